"""Does a training survive? Kills it at random instants and compares the end, bit by bit, with one that was left alone.

Each kill is a SIGKILL of the training process at an instant drawn uniformly over its length; checkpoints are written
so often that many kills fall into the writing of one.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ganforge.bench._common import console, machine_line
from ganforge.core.errors import RunError
from ganforge.runs.folder import RunFolder
from ganforge.session import Options, carry_out, prepare, reopen

SAVE_SECONDS = 0.05


@dataclass(frozen=True)
class Case:
    """A short training to be killed."""

    source: str
    recipe: str
    kimg: float
    settings: dict[str, object]


CASES = (
    Case("ring", "auto", 120.0, {}),
    Case("digits", "dcgan", 5.0, {"batch": 64, "networks.settings.width": 16}),
)


def run(*, kills: int = 50, seed: int = 0) -> None:
    """Kill trainings of two recipes at random instants, resume them, compare the results with the undisturbed ones.

    Parameters
    ----------
    kills
        SIGKILLs in all, half on each recipe. A training is killed up to five times before it is let finish.
    seed
        Of the instants.
    """
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        for case in CASES:
            same, done, during = _victims(case, kills // len(CASES), dice, Path(scratch))
            console.print(
                f"{case.source} with {case.recipe}: {done} SIGKILLs, {same} resumed to the same bits; "
                f"{during} of them left a half-written file behind."
            )
    console.print(f"[dim]{machine_line()}[/]")


def _victims(case: Case, kills: int, dice: random.Random, scratch: Path) -> tuple[int, int, int]:
    prepared = scratch / f"{case.source}-prepared"
    _in_process(_prepare, case, prepared)
    (folder,) = prepared.iterdir()
    undisturbed = scratch / f"{case.source}-undisturbed"
    shutil.copytree(folder, undisturbed)
    began = time.monotonic()
    _in_process(_train, undisturbed)
    length = time.monotonic() - began
    wanted = _digest(undisturbed)
    same = done = during = number = 0
    while done < kills:
        victim = scratch / f"{case.source}-victim-{number}"
        number += 1
        shutil.copytree(folder, victim)
        hits = 0
        while hits < 5 and done + hits < kills:
            if not _killed(victim, dice.uniform(0, length)):
                break  # it had ended before its instant came
            hits += 1
            during += any(path.suffix not in {".json", ".safetensors"} for path in (victim / "checkpoints").iterdir())
        _in_process(_train, victim)
        done += hits
        same += hits * (_digest(victim) == wanted)
        shutil.rmtree(victim)
    return same, done, during


def _killed(victim: Path, after: float) -> bool:
    """Train for `after` seconds, then SIGKILL; False if the training ended before."""
    process = multiprocessing.get_context("fork").Process(target=_train, args=(victim,))
    process.start()
    process.join(after)
    if process.exitcode is not None:
        return False
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    return process.exitcode == -signal.SIGKILL


def _in_process(target: Callable[..., None], *arguments: object) -> None:
    """Call in a forked process: this one must stay free of torch's threads, which do not survive a fork."""
    process = multiprocessing.get_context("fork").Process(target=target, args=arguments)
    process.start()
    process.join()
    if process.exitcode != 0:
        raise RunError(f"A training that nobody disturbed ended with {process.exitcode}.")


def _prepare(case: Case, out: Path) -> None:
    options = Options(
        recipe=case.recipe, kimg=case.kimg, out=out, threads=1, settings=case.settings, save_seconds=SAVE_SECONDS
    )
    prepare(case.source, options)


def _train(folder: Path) -> None:
    carry_out(reopen(RunFolder.open(folder)))


def _digest(folder: Path) -> str:
    """All tensors of the last checkpoint, as text that is equal only if every bit is."""
    checkpoint = RunFolder.open(folder).checkpoints.load()
    bits = {
        name: tensor.contiguous().reshape(-1).view(torch.uint8).tolist() for name, tensor in checkpoint.tensors.items()
    }
    return json.dumps([checkpoint.step, bits], sort_keys=True)
