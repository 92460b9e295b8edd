"""The time of so many updates of a training: what benches that compare two ways of training take in turn."""

from __future__ import annotations

import time

from ganforge.training.loop import Loop


class Stretch:
    """Asks a loop to stop after so many updates, and takes the time of them."""

    def __init__(self, steps: int = 1) -> None:
        self.steps = steps
        self.seconds = 0.0
        self._done = -1
        self._began = 0.0

    def __call__(self) -> bool:
        self._done += 1
        if self._done == 0:
            self._began = time.perf_counter()  # the first is not timed: what the loop does as it begins is in it
        if self._done < self.steps:
            return False
        self.seconds = time.perf_counter() - self._began
        self._done = -1
        return True

    def timed(self, loop: Loop) -> float:
        """Let a loop that asks this stretch run once; its seconds."""
        loop.run()
        return self.seconds
