"""Error bars: how much a score would change with other samples and other real items.

Halves of the rows are drawn without replacement, and the spread of the score over them is scaled to all rows (the
delete-d jackknife: Shao and Wu 1989, doi:10.1214/aos/1176347263, section 2). Drawing with replacement (the bootstrap)
would not do: a row that is drawn twice is its own nearest neighbour, and a covariance of fewer rows is another one.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import CERTAIN, Case, Estimate

REPLICATES = 40
LEAST = 4
"""With fewer rows a spread cannot be measured."""
FEW = 8
"""Where half of the rows are fewer, up to so many are kept: two or three rows say nothing."""
NORMAL = 1.959964
"""The 97.5 % point of the normal distribution."""

TwoSample = Callable[[Float[Tensor, "n d"], Float[Tensor, "n d"]], Mapping[str, float]]
"""Scores by name of the first set against the second, the reference."""


@dataclass(frozen=True)
class Compared:
    """One score of a case: of the samples, of the floor, and their difference."""

    value: Estimate
    floor: Estimate
    difference: Estimate


def compared(
    case: Case, function: TwoSample, *, most: int = 1000, replicates: int = REPLICATES, share: bool = False
) -> dict[str, Compared]:
    """The scores that `function` gives of a case, with intervals; see `compared_rows`."""
    return compared_rows(
        (case.samples, case.reference, case.held_out),
        function,
        seed=case.seed,
        most=most,
        replicates=replicates,
        share=share,
    )


def compared_rows(
    rows: tuple[Float[Tensor, "n d"], Float[Tensor, "n d"], Float[Tensor, "n d"]],
    function: TwoSample,
    *,
    seed: int,
    most: int = 1000,
    replicates: int = REPLICATES,
    share: bool = False,
) -> dict[str, Compared]:
    """The scores that `function` gives, with intervals.

    Args:
        rows: the samples, the reference and the held-out items.
        function: symmetric in nothing; must bear any n >= 2.
        seed: of the halves that are drawn.
        most: rows of one replicate, at most (its cost); the spread over few rows is scaled as exactly as over half.
        replicates: how many.
        share: the scores are shares of the samples: see `as_share`.
    """
    samples, reference, held_out = rows
    n = len(samples)
    full, floor = function(samples, reference), function(held_out, reference)
    kept = min(max(n // 2, min(n - 1, FEW)), most)
    spread: dict[str, list[tuple[float, float]]] = {name: [] for name in full}
    for number in range(replicates if n >= LEAST else 0):
        draws = Draws(seed, "replicate", number)
        a, b, c = (draws.permutation(n)[:kept] for _ in range(3))
        part = reference[b]  # the same for both: differences are paired
        values, floors = function(samples[a], part), function(held_out[c], part)
        for name, pairs in spread.items():
            pairs.append((values[name], floors[name]))
    scale = kept / max(1, n - kept)
    made = {}
    for name, pairs in spread.items():
        errors = [math.inf] * 3
        if pairs:
            columns = ([v for v, _ in pairs], [f for _, f in pairs], [v - f for v, f in pairs])
            errors = [math.sqrt(scale * statistics.variance(column)) for column in columns]
        made[name] = Compared(
            estimate(full[name], errors[0], n),
            estimate(floor[name], errors[1], n),
            estimate(full[name] - floor[name], errors[2], n),
        )
    return {name: as_share(one, n) for name, one in made.items()} if share else made


def as_share(found: Compared, n: int) -> Compared:
    """The same for a score that is a share of n items.

    Intervals stay within 0 and 1, and a share that is 0 or 1 in every replicate is as uncertain as so few rows make it.
    """
    value, floor = (_share(one, n) for one in (found.value, found.floor))
    # Half of both errors: where the two shares are of the same reference, they move together
    error = math.hypot(*(share_error(min(1.0, max(0.0, one.value)), n) for one in (value, floor))) / 2
    difference = estimate(found.difference.value, max(found.difference.error, error), n)
    return Compared(value, floor, difference)


def _share(found: Estimate, n: int) -> Estimate:
    """A share with an interval within 0 and 1 that reaches as far inwards as that of Agresti and Coull."""
    share = min(1.0, max(0.0, found.value))
    wide = estimate(found.value, max(found.error, share_error(share, n)), n)
    middle = (share * n + 2) / (n + 4) - share
    return Estimate(
        found.value, max(0.0, wide.low + min(0.0, middle)), min(1.0, wide.high + max(0.0, middle)), wide.error
    )


def certain(difference: Estimate) -> bool:
    """Whether a difference is so far from 0 that it may be put into words; of few items more is asked than of many.

    `CERTAIN` standard errors where there are many items; where there are few, as many more as their interval is wider.
    """
    reach = (difference.high - difference.low) / 2
    return math.isfinite(reach) and abs(difference.value) > CERTAIN * reach / NORMAL


def estimate(value: float, error: float, n: int, bounds: tuple[float, float] = (-math.inf, math.inf)) -> Estimate:
    """A number with its 95 % interval by Student's t with n - 1 degrees of freedom; no bounds where it has no error."""
    reach = quantile_of_t(n - 1) * error if math.isfinite(error) else math.inf
    return Estimate(value, max(bounds[0], value - reach), min(bounds[1], value + reach), error)


def not_below_zero(found: Estimate) -> Estimate:
    """The same for a distance, which is 0 or more, as its interval is."""
    value, low, high = (max(0.0, one) for one in (found.value, found.low, found.high))
    return Estimate(value, low, high, found.error)


def share_error(share: float, n: int) -> float:
    """Standard error of a share of n, never 0 (Agresti and Coull 1998: two successes and two failures are added)."""
    middle = (share * n + 2) / (n + 4)
    return math.sqrt(middle * (1 - middle) / (n + 4))


def quantile_of_t(freedom: int) -> float:
    """The 97.5 % point of Student's t (Cornish-Fisher expansion, Abramowitz and Stegun 26.7.5), exact to 2 % from 3."""
    z, v = NORMAL, max(1, freedom)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / v + second / v**2 + third / v**3


def spread_of(values: Tensor) -> float:
    """Standard error of the mean of independent values; infinite for fewer than 2."""
    return float(values.double().std() / math.sqrt(len(values))) if len(values) > 1 else math.inf
