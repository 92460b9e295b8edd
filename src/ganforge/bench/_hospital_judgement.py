"""Who is sick, by the outcome beside its healthy twins; and intervals of shares."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from ganforge.bench._hospital_measure import Measured
from ganforge.core.seeding import seed_for

Standing = Literal["sick", "not sick", "healthy", "unclear"]
"""Of a spoiled case: sick or not sick. Of one that is sound by design: healthy or unclear. Without twins: unclear."""

ERRORS = 2.0
"""Standard errors beyond which a difference counts."""
WORSE = 1.2
"""A sick one's distance is at least so many times its twin's."""
AS_GOOD = 1.5
"""A healthy one's distance, over the floor, is at most so many times the median of its twins'."""
LEAST_COVERAGE = 0.6
"""And its samples reach at least so much of the truth, relative to real data."""
RESAMPLED = 10_000
"""Draws of a bootstrap."""
RESCUED = 1.15
"""A rescued one's distance, over the floor, is at most so many times its twin's, and `ERRORS` standard errors more."""


def is_sick(found: Measured, twins: Sequence[Measured]) -> bool:
    """Whether a spoiled training's result is worse than that of its twins.

    Worse than the median twin beyond error, worse by a fifth, and worse than every one of them.
    """
    twin = typical(twins)
    if twin is None or not math.isfinite(twin.score):
        return False
    beyond = found.score - twin.score > ERRORS * math.hypot(found.error, twin.error)
    by_a_fifth = found.score >= WORSE * max(0.0, twin.score)
    return beyond and by_a_fifth and all(found.score > other.score for other in twins)


def is_healthy(found: Measured, twins: Sequence[Measured]) -> bool:
    """Whether a training that is sound by design came out so: about as near as its twins, and covering the truth."""
    twin = typical(twins)
    if twin is None or not (math.isfinite(twin.score) and math.isfinite(found.score)):
        return False
    bound = AS_GOOD * max(0.0, twin.score - twin.floor) + ERRORS * math.hypot(found.error, twin.error)
    return found.score - found.floor <= bound and found.coverage >= LEAST_COVERAGE


def typical(twins: Sequence[Measured]) -> Measured | None:
    """The twin of the (lower) median score; None where there is none.

    Its error is the standard deviation of the twins' scores where that is larger than its own, which knows nothing of
    what another seed would have brought.
    """
    if not twins:
        return None
    middle = sorted(twins, key=lambda twin: twin.score)[(len(twins) - 1) // 2]
    scores = [twin.score for twin in twins if math.isfinite(twin.score)]
    between_seeds = statistics.stdev(scores) if len(scores) > 1 else 0.0
    return replace(middle, error=max(middle.error, between_seeds))


def is_rescued(treated: Measured, twin: Measured) -> bool:
    """`(score - floor) <= 1.15 * (twin's - floor) + 2 standard errors`."""
    error = math.hypot(treated.error, RESCUED * twin.error)
    return treated.score - treated.floor <= RESCUED * (twin.score - twin.floor) + ERRORS * error


def is_worse(treated: Measured, untreated: Measured) -> bool:
    """Whether the treated one ended worse than the untreated one beyond error."""
    if not math.isfinite(untreated.score):
        return False
    return treated.score - untreated.score > ERRORS * math.hypot(treated.error, untreated.error)


def share_interval(successes: int, of: int) -> tuple[float, float]:
    """The exact 95 % interval of a share (Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404)."""
    if of == 0:
        return 0.0, 1.0
    tail = 0.025
    low = 0.0 if successes == 0 else _root(lambda p: _at_least(successes, of, p) - tail)
    high = 1.0 if successes == of else _root(lambda p: _at_least(successes + 1, of, p) - (1.0 - tail))
    return low, high


def interval_by_cause(outcomes: Mapping[str, Sequence[bool]]) -> tuple[float, float]:
    """The 95 % interval of a share whose cases are not independent: those of one cause succeed or fail together.

    A bootstrap in two stages: causes are drawn with replacement, then cases of each (Davison and Hinkley 1997,
    doi:10.1017/CBO9780511802843, section 3.8). It cannot tell of what no case shows: where all succeeded, both ends
    are 1.

    Args:
        outcomes: by cause, whether each case was a success.
    """
    kinds = [cases for cases in outcomes.values() if cases]
    if not kinds:
        return 0.0, 1.0
    random = np.random.default_rng(seed_for(0, "hospital", "causes"))
    sizes, shares = np.array([len(cases) for cases in kinds]), np.array([sum(cases) / len(cases) for cases in kinds])
    drawn = random.integers(len(kinds), size=(RESAMPLED, len(kinds)))
    successes = random.binomial(sizes[drawn], shares[drawn]).sum(axis=1)  # of as many cases, drawn with replacement
    low, high = np.quantile(successes / sizes[drawn].sum(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _at_least(k: int, n: int, p: float) -> float:
    """The probability of k or more successes of n."""
    return math.fsum(math.comb(n, i) * p**i * (1.0 - p) ** (n - i) for i in range(k, n + 1))


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function of a share passes 0."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (low, middle) if rising(middle) > 0.0 else (middle, high)
    return (low + high) / 2.0


def told_share(successes: int, of: int) -> str:
    """A share with its interval, for people."""
    if of == 0:
        return "none of none"
    low, high = share_interval(successes, of)
    return f"{successes} of {of} = {successes / of:.1%} (95 % interval {low:.1%} to {high:.1%})"


def told_by_cause(outcomes: Mapping[str, Sequence[bool]]) -> str:
    """A share with both its intervals, for people."""
    successes, of = (sum(count(cases) for cases in outcomes.values()) for count in (sum, len))
    if of == 0:
        return "none of none"
    low, high = interval_by_cause(outcomes)
    return f"{told_share(successes, of)}; with the causes drawn anew {low:.1%} to {high:.1%}"


def middle_of(values: Sequence[float]) -> float:
    """The median; NaN of none."""
    return statistics.median(values) if values else math.nan
