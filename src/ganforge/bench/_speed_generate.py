"""Making samples: the way from a loaded run to the file of an array, beside the generator's bare forward pass."""

from __future__ import annotations

import copy
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ganforge.bench._common import command_line, only_run
from ganforge.bench._speed_ratios import Spread, spread
from ganforge.core.device import cores
from ganforge.runs.folder import RunFolder
from ganforge.trained import Run

BATCHES = (16, 32, 64, 128, 256, 1024)
"""Of which the bare pass takes the fastest, in the faster of both memory formats."""
TRIALS = 3
SOURCES = {"digits": 8_192, "grid": 262_144}
"""What generators are trained on for a moment, and how many samples are made at a time."""


@dataclass(frozen=True)
class Bare:
    """How the bare pass is fastest."""

    batch: int
    channels_last: bool


@dataclass(frozen=True)
class Generating:
    """What was measured of one generator, in float32."""

    source: str
    count: int
    threads: int
    bare: Bare
    made: Spread
    """Samples a second, the array's file included."""
    forward: Spread
    """Samples a second of the bare pass."""
    ratios: Spread
    """`made` over `forward`, round by round."""


def generating(source: str, count: int, repeats: int, threads: int | None) -> Generating:
    """Train a generator for a moment, then let both make samples in turn.

    Raises:
        MachineError: the training did not end well.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads or cores())
    try:
        with tempfile.TemporaryDirectory() as scratch:
            command_line(["train", source, "--kimg", "2", "--threads", "1", "--no-report", "--out", scratch])
            return _in_turn(Run(RunFolder.open(only_run(Path(scratch)))), source, count, repeats, Path(scratch))
    finally:
        torch.set_num_threads(before)


def _in_turn(run: Run, source: str, count: int, repeats: int, scratch: Path) -> Generating:
    z = run.latents(count)
    bare, forward = _fastest(run.game.players[run.game.averaged[0]], z)
    made, passed = [], []
    for seed in range(repeats):
        file = scratch / f"{seed}.npy"
        made.append(count / _seconds(lambda file=file, seed=seed: run.write(run.sample(count, seed=seed), file)))  # type: ignore[misc]
        file.unlink()
        passed.append(count / _seconds(forward))
    ratios = [mine / its for mine, its in zip(made, passed, strict=True)]
    threads = torch.get_num_threads()
    return Generating(source, count, threads, bare, spread(made), spread(passed), spread(ratios))


def _fastest(generator: nn.Module, z: Tensor) -> tuple[Bare, Callable[[], None]]:
    """The best of all formats and batches, on an eighth of the z, and the pass over all of them."""
    formats = {
        last: copy.deepcopy(generator).to(memory_format=torch.channels_last if last else torch.contiguous_format)  # type: ignore[call-overload]
        for last in (False, True)
    }
    few = z[: max(*BATCHES, len(z) // 8)]
    times = {
        Bare(batch, last): statistics.median(_seconds(lambda b=batch, g=each: _pass(g, few, b)) for _ in range(TRIALS))  # type: ignore[misc]
        for last, each in formats.items()
        for batch in BATCHES
    }
    best = min(times, key=lambda way: times[way])
    return best, lambda: _pass(formats[best.channels_last], z, best.batch)


@torch.inference_mode()
def _pass(generator: nn.Module, z: Tensor, batch: int) -> None:
    for part in torch.split(z, batch):
        generator(part, None)


def _seconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began
