"""Fréchet distance between two Gaussians fitted to features (arXiv:1706.08500, eq. 6; called FID on Inception-v3's).

|m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2). With X1, X2 the centred rows divided by the root of their number less
one, tr (S1 S2)^(1/2) is the sum of the singular values of X1 X2^T, so that no root of a matrix is taken, and fewer rows
than features do no harm. The distance of finite samples is too large, by about a constant over their number; the
extrapolated one follows it to infinitely many on both sides (Chong and Forsyth, arXiv:1911.07023, section 3, where the
real side is held fixed).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Case, Metric, Score
from ganforge.metrics._resampling import compared, estimate, not_below_zero

PARTS = (1, 2, 4)
"""The distance is extrapolated from all rows, halves and quarters."""
LEAST_TO_EXTRAPOLATE = 8
REPLICATES = 16
REPLICATE_ROWS = 500


def frechet_distance(first: Float[Tensor, "n d"], second: Float[Tensor, "m d"]) -> float:
    """The squared distance in the features' units squared, n >= 2 and m >= 2; computed in the precision of the rows."""
    shift = second.mean(0)
    first, second = first - shift, second - shift
    means = first.mean(0), second.mean(0)
    a, b = (_factor(rows - mean) for rows, mean in zip((first, second), means, strict=True))
    root = torch.linalg.svdvals(a @ b.T).double().sum()
    traces = a.double().square().sum() + b.double().square().sum()
    return max(0.0, float((means[0] - means[1]).double().square().sum() + traces - 2 * root))


def _factor(centred: Tensor) -> Tensor:
    """F with F^T F the covariance, and no more rows than needed."""
    n, d = centred.shape
    rows = torch.linalg.qr(centred, mode="r").R if n > d else centred
    return rows / math.sqrt(n - 1)


def extrapolated(first: Float[Tensor, "n d"], second: Float[Tensor, "n d"], whole: float) -> float:
    """The distance that infinitely many rows would have, from that of all rows (`whole`) and those of parts of them.

    A line through the mean distance of the parts, against how many parts there are, is followed to 0 parts. Rows must
    be in random order. Where even halves are too few it is `whole`.
    """
    n = len(first)
    parts = [count for count in PARTS if n // count >= 2]
    values = [whole]
    for count in parts[1:]:
        size = n // count
        pieces = [slice(size * i, size * (i + 1)) for i in range(count)]
        values.append(sum(frechet_distance(first[piece], second[piece]) for piece in pieces) / count)
    middle = sum(parts) / len(parts)
    spread = sum((count - middle) ** 2 for count in parts)
    if not spread:
        return whole
    slope = sum((count - middle) * value for count, value in zip(parts, values, strict=True)) / spread
    return sum(values) / len(values) - slope * middle


@dataclass(frozen=True)
class Frechet(Metric):
    """Fréchet distance, as it is for so many samples and extrapolated to infinitely many."""

    about: ClassVar[str] = (
        "How far the samples are from the data as a whole, by means and covariances of features; lower is better. Few "
        "samples alone make it larger: hold it against the floor, never against figures from elsewhere."
    )

    def judge(self, case: Case) -> tuple[Score, ...]:
        """Two scores. They speak of the whole and name no cause, so they make no remark."""
        n, d = case.count, case.samples.shape[1]

        def distances(samples: Tensor, reference: Tensor) -> Mapping[str, float]:
            # Exact for all rows; of replicates only the spread is wanted
            precise = len(samples) == n or len(samples) * d < 1 << 16
            whole = frechet_distance(*((x.double() if precise else x) for x in (samples, reference)))
            draws = Draws(case.seed, "parts", len(samples))
            first, second = (x[draws.permutation(len(x))] for x in (samples, reference))
            return {"frechet": whole, "frechet_extrapolated": extrapolated(first, second, whole)}

        made = compared(case, distances, most=REPLICATE_ROWS, replicates=REPLICATES)
        plain = made["frechet"]
        first = Score(
            metric="frechet",
            name="frechet",
            label="Fréchet distance",
            aspect="both",
            value=not_below_zero(plain.value),
            floor=not_below_zero(plain.floor),
            difference=plain.difference,
            better="low",
            count=n,
            note=f"too large by about a constant over the number of samples, as its floor is; {n} samples",
            headline=True,
        )
        follow = made["frechet_extrapolated"]
        note = (
            "extrapolated to infinitely many samples, where its floor would be 0; what comes out below 0 is shown as 0"
        )
        if n < 2 * d:
            note += f"; {n} samples are few for {d} features: not to be relied on"
        unknown = n < LEAST_TO_EXTRAPOLATE
        value, floor, difference = (
            estimate(one.value, math.inf, n) if unknown else one
            for one in (follow.value, follow.floor, follow.difference)
        )
        second = replace(
            first,
            name="frechet_extrapolated",
            label="Fréchet distance, extrapolated",
            value=not_below_zero(value),
            floor=not_below_zero(floor),
            difference=difference,
            note=note,
            headline=False,
        )
        return first, second


METRIC = Frechet
