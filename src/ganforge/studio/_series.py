"""One value over a run in bounded memory: buckets of neighbours that keep their least, greatest and mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MOST = 16_384
"""Buckets of a line. A run's journal has some hundred records, so a bucket is one of them; of a million, 64 to 128."""
_TOGETHER = 512
"""So many records are put into buckets at once."""


@dataclass(frozen=True)
class Drawn:
    """A line in as many points as were asked for; what is not finite is None."""

    kimg: list[float]
    mean: list[float | None]
    low: list[float | None] | None
    """Least of each point's records; None where every point is one record."""
    high: list[float | None] | None


class Series:
    """A value's records in the order of the run; the room they take does not grow beyond a bound."""

    def __init__(self) -> None:
        self._buckets = np.empty(0, _BUCKET)
        self._size = 1
        """Records in a bucket: doubled whenever the buckets are used up."""
        self._waiting: list[tuple[float, int, float]] = []
        """Records that fill no bucket yet: k samples, updates ever done, value."""

    def add(self, kimg: float, taken: int, value: float) -> None:
        """One more record: at `kimg` k samples ever shown, after `taken` updates ever done."""
        self._waiting.append((kimg, taken, value))
        if len(self._waiting) >= _TOGETHER and len(self._waiting) >= self._size:
            self._fill()

    def forget_after(self, taken: int) -> None:
        """Drop what begins after so many updates: it was done again."""
        kept = int(np.searchsorted(self._buckets["taken"], taken, side="right"))
        self._buckets = self._buckets[:kept]
        self._waiting = [record for record in self._waiting if record[1] <= taken]

    def drawn(self, start: float, end: float, most: int) -> Drawn:
        """The part from `start` to `end` k samples, and one point beyond each side, in at most `most` points."""
        self._fill()
        rest = _folded(self._waiting, len(self._waiting)) if self._waiting else self._buckets[:0]
        whole = np.concatenate([self._buckets, rest])
        first = max(0, int(np.searchsorted(whole["kimg"], start)) - 1)
        last = min(len(whole), int(np.searchsorted(whole["kimg"], end, side="right")) + 1)
        if last <= first:
            return Drawn([], [], None, None)
        shown = whole[first:last]
        group = -(-len(shown) // most)
        edges = np.arange(0, len(shown), group)
        counts = np.minimum(edges + group, len(shown)) - edges
        with np.errstate(invalid="ignore", over="ignore"):
            mean = np.add.reduceat(shown["mean"] / np.repeat(counts, counts), edges)
        kimg = [round(at, 4) for at in shown["kimg"][edges + counts - 1].tolist()]
        if group == 1 and self._size == 1:
            return Drawn(kimg, plain(mean), None, None)
        low, high = np.minimum.reduceat(shown["low"], edges), np.maximum.reduceat(shown["high"], edges)
        return Drawn(kimg, plain(mean), plain(low), plain(high))

    def bounds(self) -> tuple[float, float] | None:
        """Least and greatest finite value; None where there is none."""
        ends = np.concatenate([self._buckets["low"], self._buckets["high"], [each[2] for each in self._waiting]])
        finite = ends[np.isfinite(ends)]
        return (float(finite.min()), float(finite.max())) if len(finite) else None

    def _fill(self) -> None:
        """Make buckets of what waits, and bigger ones where there would be too many."""
        whole = len(self._waiting) // self._size * self._size
        if not whole:
            return
        self._buckets = np.concatenate([self._buckets, _folded(self._waiting[:whole], self._size)])
        self._waiting = self._waiting[whole:]
        while len(self._buckets) > MOST:
            even = len(self._buckets) // 2 * 2
            odd_one = self._buckets[even:]  # stands alone from now on, which moves a mean a little
            first, second = self._buckets[0:even:2], self._buckets[1:even:2]
            pairs = second.copy()
            pairs["taken"] = first["taken"]
            with np.errstate(invalid="ignore", over="ignore"):
                pairs["mean"] = first["mean"] / 2 + second["mean"] / 2
            pairs["low"], pairs["high"] = (
                np.minimum(first["low"], second["low"]),
                np.maximum(first["high"], second["high"]),
            )
            self._buckets = np.concatenate([pairs, odd_one])
            self._size *= 2


_BUCKET = np.dtype([("kimg", "f8"), ("taken", "i8"), ("mean", "f8"), ("low", "f8"), ("high", "f8")])
"""k samples of its last record, updates of its first, and what its values are; NaN where one of them is not finite."""


def _folded(records: Sequence[tuple[float, int, float]], size: int) -> npt.NDArray[Any]:
    """Records in buckets of `size`, which divides their number."""
    kimg, taken, value = (np.array(column) for column in zip(*records, strict=True))
    values = np.where(np.isfinite(value), value, np.nan).astype(float).reshape(-1, size)
    buckets = np.empty(len(values), _BUCKET)
    buckets["kimg"], buckets["taken"] = kimg.reshape(-1, size)[:, -1], taken.reshape(-1, size)[:, 0]
    buckets["mean"] = (values / size).sum(axis=1)
    buckets["low"], buckets["high"] = values.min(axis=1), values.max(axis=1)
    return buckets


def plain(values: npt.NDArray[np.floating]) -> list[float | None]:
    """Numbers as JSON has them, to 6 digits."""
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in values.tolist()]
