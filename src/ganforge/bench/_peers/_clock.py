"""What the scripts of all peers share. It runs in a peer's own environment, where there is no Ganforge."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WARM_UP = 3
"""Steps before the clock starts."""


@dataclass(frozen=True)
class Asked:
    """What the bench asks for, read from the script's only argument."""

    data: str
    """A .npy file: pictures uint8 (n, h, w), or rows of numbers (n, columns)."""
    own: bool
    """The package's own defaults; else batch and networks as near to Ganforge's as it lets one."""
    batch: int
    """Ganforge's."""
    threads: int
    seconds: float


def asked() -> Asked:
    """From the command line."""
    return Asked(**json.loads(sys.argv[1]))


class Clock:
    """Counts steps for so many seconds, the first few left out."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = 0.0
        self.passed = 0.0
        self.steps = 0

    def steps_that_fit(self) -> Iterator[None]:
        """One for each step that is to be taken; the time of a step is that until the next is asked for."""
        for _ in range(WARM_UP):
            yield
        self._began = time.perf_counter()
        while self.passed < self._seconds:
            yield
            self.steps += 1
            self.passed = time.perf_counter() - self._began


def told(clock: Clock, batch: int, what: str, weights: int, *, steps_each: int = 1) -> None:
    """Print what was measured, for the bench to read: the last line; the clock counted one for `steps_each` steps."""
    measured: dict[str, Any] = {
        "seconds": clock.passed,
        "samples": clock.steps * steps_each * batch,
        "batch": batch,
        "what": what,
        "weights": weights,
    }
    sys.stdout.write(f"\n{json.dumps(measured)}\n")
