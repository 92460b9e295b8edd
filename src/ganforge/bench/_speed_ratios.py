"""What is quoted of repeated measurements: the median with the interval that holds it, and all that was seen."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Spread:
    """Values measured again and again."""

    median: float
    quartiles: tuple[float, float]
    low: float
    """The least."""
    high: float
    """The most."""
    interval: tuple[float, float] | None
    """Holds the median of all such measurements with at least 95 %; None = there are too few values to say."""
    values: tuple[float, ...]
    """In the order of time."""


def spread(values: Sequence[float]) -> Spread:
    """Sum up one value or more; the interval is that of order statistics, which asks nothing of the distribution."""
    ordered, n = sorted(values), len(values)
    quartiles = statistics.quantiles(ordered, n=4, method="inclusive") if n > 1 else ordered * 3
    cut = _ranks_to_leave_out(n)
    interval = None if cut is None else (ordered[cut], ordered[n - 1 - cut])
    middle = statistics.median(ordered)
    return Spread(middle, (quartiles[0], quartiles[2]), ordered[0], ordered[-1], interval, tuple(values))


def _ranks_to_leave_out(n: int) -> int | None:
    """So many values at each end may be left out, and the median still lies between the others with 95 %."""
    allowed, cut, below = 1.0 - CONFIDENCE, None, 0.0
    for rank in range((n + 1) // 2):
        below += math.comb(n, rank) / 2**n
        if 2 * below > allowed:
            break
        cut = rank
    return cut
