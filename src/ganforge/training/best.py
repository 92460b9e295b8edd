"""Which checkpoint is the best, through all that a doctor takes back."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from ganforge.core.records import Examined
from ganforge.core.settings import Json


@dataclass(frozen=True)
class _Kept:
    number: int
    """The checkpoint's."""
    score: float
    error: float


class Best:
    """The examiner chooses within a course; between courses the lower score wins, the later where they are level."""

    def __init__(self) -> None:
        self._now: _Kept | None = None
        self._before: _Kept | None = None

    @property
    def number(self) -> int | None:
        """The best checkpoint's number; None = nothing was examined yet."""
        if self._now is None or self._before is None:
            kept = self._now or self._before
            return None if kept is None else kept.number
        error = math.hypot(self._now.error, self._before.error)
        return (self._before if self._now.score > self._before.score + error else self._now).number

    def keep(self, number: int, examined: Examined) -> None:
        """The examiner prefers this one to those before it in this course."""
        self._now = _Kept(number, examined.score, examined.error)

    def begin_anew(self) -> None:
        """A treatment begins another course."""
        number = self.number
        if self._now is not None and self._now.number == number:
            self._before = self._now
        self._now = None

    def save(self) -> Json:
        """As plain values."""
        return {name: asdict(kept) for name, kept in (("now", self._now), ("before", self._before)) if kept is not None}

    def restore(self, saved: Json, number: int | None) -> None:
        """Take up what `save` gave; checkpoints of older versions have only a number."""
        self._now = _Kept(**saved["now"]) if "now" in saved else None
        self._before = _Kept(**saved["before"]) if "before" in saved else None
        if not saved and number is not None:
            self._now = _Kept(number, math.inf, 0.0)
