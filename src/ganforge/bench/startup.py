"""How long the command line takes to be there: `ganforge --help`, and `ganforge train` to its first pictures."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from ganforge.bench._common import begin_command_line, check_command_line, console, machine_line
from ganforge.core.errors import MachineError

PATIENCE = 300.0
"""Seconds in which a training must have drawn something."""
FIRST_STEP, FIRST_GRID = 5.0, 15.0
"""Seconds that are to be reached, without the import of torch."""


@dataclass(frozen=True)
class Beginning:
    """What a training had reached when, in seconds from the command."""

    untrained: float
    """The grid of samples before the first step is on disk."""
    first_step: float
    """The first step begins: all that comes before it, the first checkpoint included, is done."""
    trained: float
    """The first grid after a step is on disk."""
    step: int
    """That grid's step."""


def run(
    *,
    repeats: int = 20,
    trainings: int = 5,
    sources: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = ("digits", "grid"),
) -> None:
    """Time `ganforge --help` and `ganforge train SOURCE`, each beside a bare Python or an import of torch in turn.

    Parameters
    ----------
    repeats
        Starts for the help.
    trainings
        Starts of a training with an empty cache, and as many with a filled one; each is ended at its first grid after
        a step.
    sources
        What is trained on: digits, whose losses are not compiled, and grid, whose losses are.
    """
    bare, ours = [], []
    for _ in range(repeats):
        bare.append(_seconds([sys.executable, "-c", "pass"]))
        ours.append(_seconds([sys.executable, "-m", "ganforge.cli", "--help"]))
    if repeats:
        extra = [o - b for o, b in zip(ours, bare, strict=True)]
        console.print(
            f"ganforge --help: {statistics.median(extra):.2f} s beyond bare Python's start "
            f"(median of {repeats}; worst {max(extra):.2f} s; bare Python {statistics.median(bare):.2f} s)."
        )
    if trainings:
        for source in sources:
            console.print(_table(source, trainings))
        console.print(
            "Seconds from the command, median (worst), less what an import of torch took in the "
            f"same round. To be reached: {FIRST_STEP:g} s to the first step, {FIRST_GRID:g} s to the first grid.",
            soft_wrap=True,
        )
    console.print(f"[dim]{machine_line()}[/]")


def _table(source: str, trainings: int) -> Table:
    table = Table(title=f"ganforge train {source}", box=None)
    headings = (
        "cache",
        "torch's import",
        "grid before training",
        "first step begins",
        "first grid after a step",
        "step",
    )
    for name in headings:
        table.add_column(name, justify="left" if name == "cache" else "right")
    for name, began in zip(("empty", "filled"), _trainings(source, trainings), strict=True):
        imports = [torch for torch, _ in began]
        cells = [
            _spoken([getattr(beginning, field) - torch for torch, beginning in began])
            for field in ("untrained", "first_step", "trained")
        ]
        table.add_row(name, _spoken(imports), *cells, f"{statistics.median(one.step for _, one in began):.0f}")
    return table


def _trainings(source: str, count: int) -> tuple[list[tuple[float, Beginning]], list[tuple[float, Beginning]]]:
    """Seconds of torch's import and what a training reached; with an empty and with a filled cache, in turn."""
    empty: list[tuple[float, Beginning]] = []
    filled: list[tuple[float, Beginning]] = []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as scratch:
            for number, begun in enumerate((empty, filled)):  # the second finds what the first has left
                torch = _seconds([sys.executable, "-c", "import torch"]) - _seconds([sys.executable, "-c", "pass"])
                place = Path(scratch) / str(number)
                place.mkdir()
                begun.append((torch, beginning(["train", source], place, Path(scratch) / "cache")))
    return empty, filled


def beginning(arguments: Sequence[str], place: Path, cache: Path) -> Beginning:
    """Start `ganforge ARGUMENTS`, a training, and end it at its first grid after a step.

    Args:
        arguments: without `--out`.
        place: an empty folder for the run.
        cache: where decoded data are kept.

    Raises:
        MachineError: it ended before, or drew nothing in a long time.
    """
    log, began = place / "log", time.time()
    process = begin_command_line([*arguments, "--out", str(place / "runs")], log, cache=cache)
    try:
        while time.time() - began < PATIENCE:
            found = reached(place / "runs", began)
            if found is not None:
                return found
            if process.poll() is not None:
                check_command_line(process, log, f"ganforge {' '.join(arguments)}")
                break
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    raise MachineError(f"ganforge {' '.join(arguments)} drew no grid after its first step.")


def reached(runs: Path, began: float) -> Beginning | None:
    """What the only run of a folder has reached, by the times of its files; None = nothing after a step as yet.

    `began` is the time of the command, in seconds as `time.time` tells them.
    """
    grids = sorted(runs.glob("[0-9]*/samples/[0-9]*.png"))
    saved = sorted(runs.glob("[0-9]*/checkpoints/00000000*"), key=_written)
    if len(grids) < 2 or not saved:
        return None
    first, second = grids[:2]
    return Beginning(_written(first) - began, _written(saved[-1]) - began, _written(second) - began, int(second.stem))


def _written(path: Path) -> float:
    return path.stat().st_mtime


def _spoken(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ({max(values):.1f})"


def _seconds(command: Sequence[str]) -> float:
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=dict(os.environ))
    return time.monotonic() - began
