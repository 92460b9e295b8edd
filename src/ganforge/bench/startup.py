"""How long `ganforge --help` takes beyond Python's own start."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from ganforge.bench._common import console, machine_line


def run(*, repeats: int = 20) -> None:
    """Time `ganforge --help` and a bare Python in turn.

    Parameters
    ----------
    repeats
        Pairs of starts.
    """
    bare, ours = [], []
    for _ in range(repeats):
        bare.append(_seconds([sys.executable, "-c", "pass"]))
        ours.append(_seconds([sys.executable, "-m", "ganforge.cli", "--help"]))
    extra = [o - b for o, b in zip(ours, bare, strict=True)]
    console.print(
        f"ganforge --help: {statistics.median(extra):.2f} s beyond bare Python's start "
        f"(median of {repeats}; worst {max(extra):.2f} s; bare Python {statistics.median(bare):.2f} s). "
        f"{machine_line()}"
    )


def _seconds(command: Sequence[str]) -> float:
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began
