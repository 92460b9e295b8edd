"""Does a training survive? Kills it at random instants and compares the end, bit by bit, with one that was left alone.

Each kill is a SIGKILL of the training process at an instant drawn uniformly over its length; checkpoints are written
so often that many kills fall into the writing of one.
"""

from __future__ import annotations

import hashlib
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
    threads: int | None


CASES = (
    Case("ring", "auto", 100.0, {}, threads=1),
    Case("digits", "dcgan", 4.0, {"batch": 64, "networks.settings.width": 16}, threads=1),
    Case("digits", "auto", 10.0, {}, threads=None),  # as everybody trains: threads and precision as measured
)


def run(*, kills: int = 50, seed: int = 0) -> None:
    """Kill trainings at random instants, each once, resume them, and compare each end with the undisturbed one's.

    Parameters
    ----------
    kills
        SIGKILLs in all, spread over the cases.
    seed
        Of the instants.
    """
    dice = random.Random(seed)
    total = 0
    with tempfile.TemporaryDirectory() as scratch:
        for number, case in enumerate(CASES):
            share = kills // len(CASES) + (number < kills % len(CASES))
            same, during = _victims(case, share, dice, Path(scratch) / str(number))
            total += same
            console.print(
                f"{case.source} with {case.recipe}: {share} SIGKILLs, {same} resumed to the same bits; "
                f"{during} left a half-written checkpoint behind."
            )
    console.print(f"In all {total} of {kills}. [dim]{machine_line()}[/]")


def _victims(case: Case, kills: int, dice: random.Random, scratch: Path) -> tuple[int, int]:
    """How many of the killed trainings ended alike, and how many were killed while a checkpoint was written."""
    _in_process(_prepare, case, scratch / "prepared")
    (folder,) = (scratch / "prepared").iterdir()
    undisturbed = scratch / "undisturbed"
    shutil.copytree(folder, undisturbed)
    began = time.monotonic()
    _in_process(_train, undisturbed)
    length = time.monotonic() - began
    wanted = digest_of(undisturbed)
    same = done = during = 0
    while done < kills:
        victim = scratch / "victim"
        shutil.copytree(folder, victim)
        if _killed(victim, dice.uniform(0, length)):  # else it had ended before its instant came
            done += 1
            during += any(path.suffix not in {".json", ".safetensors"} for path in (victim / "checkpoints").iterdir())
            _in_process(_train, victim)
            same += digest_of(victim) == wanted
        shutil.rmtree(victim)
    return same, during


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
        recipe=case.recipe,
        kimg=case.kimg,
        out=out,
        threads=case.threads,
        settings=case.settings,
        save_seconds=SAVE_SECONDS,
        report=False,
    )
    prepare(case.source, options)


def _train(folder: Path) -> None:
    carry_out(reopen(RunFolder.open(folder)))


def digest_of(folder: Path) -> str:
    """A hash of the last checkpoint that is equal only if every bit of every tensor is."""
    checkpoint = RunFolder.open(folder).checkpoints.load()
    digest = hashlib.blake2b(str(checkpoint.step).encode())
    for name in sorted(checkpoint.tensors):
        tensor = checkpoint.tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
