"""What benches share: running the command line as a user does, telling the machine, summing up."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ganforge.core.device import describe_machine
from ganforge.core.errors import MachineError

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def machine_line() -> str:
    """The machine that the figures are from."""
    machine = describe_machine("cpu")
    return f"{machine.processor}, {machine.cores} cores, torch {machine.torch}"


def command_line(arguments: Sequence[str], *, cores: int | None = None) -> float:
    """Run `ganforge ARGUMENTS` in a process of its own, on so many cores; returns its wall time in seconds.

    Raises:
        MachineError: it did not end well; the message holds the end of what it printed.
    """
    environment = dict(os.environ)
    pinned = None
    if cores is not None:
        pinned = sorted(os.sched_getaffinity(0))[:cores]
        environment["OMP_NUM_THREADS"] = str(cores)

    def pin() -> None:
        if pinned is not None:
            os.sched_setaffinity(0, pinned)

    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ganforge.cli", *arguments],
        env=environment,
        preexec_fn=pin,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise MachineError(f"ganforge {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return seconds


def only_run(folder: Path) -> Path:
    """The one run below a folder."""
    (run,) = [path for path in folder.iterdir() if (path / "run.json").exists()]
    return run


def median_and_worst(values: Sequence[float], *, worst_is_low: bool) -> tuple[float, float]:
    """What is quoted of repeated measurements."""
    return statistics.median(values), min(values) if worst_is_low else max(values)
