"""Sliced Wasserstein distance: rows are projected onto random directions, where optimal transport is sorting.

The root of the mean over directions of W2^2 (arXiv:1902.00434, eq. 7, from equally many rows on both sides: W2^2 is the
mean squared difference of the sorted projections; Bonneel et al. 2015, doi:10.1007/s10851-014-0506-3), divided by the
deviation of the real items along a direction, so that it has no unit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Case, Metric, Score
from ganforge.metrics._resampling import compared_rows, not_below_zero


def sliced_distance(first: Float[Tensor, "n slices"], second: Float[Tensor, "n slices"]) -> float:
    """Root mean square of W2 over slices: columns are the projections onto one direction each."""
    # NumPy sorts such numbers some twenty times faster than torch
    a, b = (np.sort(rows.T.contiguous().numpy(), axis=1) for rows in (first, second))
    return math.sqrt(float(np.square(a - b).mean(dtype=np.float64)))


@dataclass(frozen=True)
class SlicedWasserstein(Metric):
    """Sliced W2 distance in deviations of the data."""

    about: ClassVar[str] = (
        "How far the samples must be moved to become the data, seen along many random directions, in standard "
        "deviations of the data; 0 = not at all. It sees shapes that means and covariances do not."
    )
    directions: int = 300
    """Random directions, the same for samples and floor."""
    replicates: int = 24

    def judge(self, case: Case) -> tuple[Score, ...]:
        """One score. It speaks of the whole and names no cause, so it makes no remark."""
        middle = case.reference.mean(0)
        d = len(middle)
        # The same for every seed of a case, so that two evaluations look along the same directions
        slices = Draws(0, "directions").normal(d, self.directions)
        slices = slices / slices.norm(dim=0)
        samples, reference, held_out = (
            (rows - middle) @ slices for rows in (case.samples, case.reference, case.held_out)
        )
        deviation = math.sqrt(float((case.reference - middle).double().square().sum() / (case.count * d))) or 1.0

        def distance(first: Tensor, second: Tensor) -> Mapping[str, float]:
            return {"sliced": sliced_distance(first, second) / deviation}

        rows = samples, reference, held_out
        made = compared_rows(rows, distance, seed=case.seed, replicates=self.replicates)["sliced"]
        return (
            Score(
                metric="sliced-wasserstein",
                name="sliced_wasserstein",
                label="sliced Wasserstein distance",
                aspect="both",
                value=not_below_zero(made.value),
                floor=not_below_zero(made.floor),
                difference=made.difference,
                better="low",
                count=case.count,
                note=f"W2 over {self.directions} directions, in deviations of the data; few samples make it larger, "
                "as they do the floor",
            ),
        )


METRIC = SlicedWasserstein
