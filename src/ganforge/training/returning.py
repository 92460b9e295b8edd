"""Moments of a training that are worth coming back to."""

from __future__ import annotations

import math

from ganforge.core.records import Finding
from ganforge.core.settings import Json

PARTS = 10
"""A run is looked at for such a moment so many times."""
KEPT = 3
"""The newest are kept, and the first: the beginning."""


class Returning:
    """The checkpoints of healthy moments, by k samples seen and number; the first is the beginning of the run."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []
        self.since = math.inf
        """k samples at which the signs of what was found began; what is later is not to be trusted."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of the checkpoints that are needed."""
        return tuple(number for _, number in self._marks)

    def is_due(self, step: int, total_steps: int) -> bool:
        """Whether a moment to come back to is wanted after `step` updates."""
        return 0 < step < total_steps and step % -(-total_steps // PARTS) == 0

    def mark(self, kimg: float, number: int) -> None:
        """All is well here."""
        self._marks.append((kimg, number))
        self._marks = [*self._marks[:1], *self._marks[1:][-KEPT:]]

    def suspect(self, finding: Finding) -> None:
        """Something is wrong, and has been for a while."""
        self.since = finding.kimg * finding.since / max(1, finding.step)

    def newest(self, before: float) -> int:
        """The number of the newest checkpoint of at most `before` k samples."""
        return [number for kimg, number in self._marks if kimg <= before or kimg == 0.0][-1]

    def go_on_from(self, kimg: float, number: int) -> None:
        """A treatment takes back what is later; from the start, `number` is a beginning in the old one's place."""
        self._marks = [mark for mark in self._marks if mark[0] <= kimg] if kimg > 0.0 else [(0.0, number)]

    def save(self) -> Json:
        """As plain values."""
        return {"marks": [list(mark) for mark in self._marks], "since": self.since}

    def restore(self, saved: Json) -> None:
        """Take up what `save` gave."""
        self._marks = [(float(kimg), int(number)) for kimg, number in saved.get("marks", [])]
        self.since = float(saved.get("since", math.inf))
