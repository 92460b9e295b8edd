"""Density and coverage (Naeem et al., arXiv:2002.09797, eqs. 3 and 4, k = 5).

About each real item lies a ball that reaches to its k-th nearest other real item. Density is how many of these balls a
sample lies in, over k: about 1 for real items. Coverage is the share of the balls that any sample lies in. Both look at
balls about real items only, so that a single strange sample does not count for much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Case, Metric, Remark, Score
from ganforge.metrics._neighbours import counts_within, radii
from ganforge.metrics._repeats import hidden_repeats, why_untold
from ganforge.metrics._resampling import Compared, as_share, certain, compared, estimate
from ganforge.metrics._words import fraction

TINY = 1e-9


def density_and_coverage(
    samples: Float[Tensor, "n d"], reference: Float[Tensor, "m d"], k: int = 5
) -> Mapping[str, float]:
    """Density (>= 0) and coverage (0 to 1); n >= 2 and m >= 2. The border belongs to a ball.

    Of fewer than k + 1 real items the farthest takes the k-th's place.
    """
    in_balls, inside = counts_within(samples, reference, radii(reference, k))
    return {
        "density": float(in_balls.double().mean()) / min(k, len(reference) - 1),
        "coverage": float((inside > 0).double().mean()),
    }


@dataclass(frozen=True)
class DensityCoverage(Metric):
    """How near samples are to real items, and how many real items have a sample near."""

    about: ClassVar[str] = (
        "Density: how near the samples lie to real items, about 1 for real data. Coverage: the share of real items "
        "that have a sample near; what is missing are kinds of items that are hardly ever made."
    )
    k: int = 5
    replicates: int = 24
    misses: float = 0.05
    """So much less coverage than real data have is put into words."""
    tells: float = 0.5
    """Where the samples' density is less than this share of real data's, coverage says nothing of their variety."""
    crowds: float = 0.4
    """So much more density than real data have is put into words."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """Density and coverage, with a remark where samples crowd or part of the variety is missing."""
        n = case.count
        made = compared(case, lambda a, b: density_and_coverage(a, b, self.k), replicates=self.replicates)
        density, coverage = made["density"], as_share(made["coverage"], n)
        crowd: tuple[Remark, ...] = ()
        if density.difference.value >= self.crowds and certain(density.difference):
            figures = f"(density {density.value.value:.2f}, real data {density.floor.value:.2f})"
            crowd = (Remark("variety", f"crowd where real items are densest {figures}", 0.2),)
        missing = self._missing(case, coverage, density.value.value / max(TINY, density.floor.value))
        note = f"by the {self.k} nearest neighbours"
        crowding = Score(
            metric="density-coverage",
            name="density",
            label="density",
            aspect="fidelity",
            value=density.value,
            floor=density.floor,
            difference=density.difference,
            better="floor",
            count=n,
            note=f"{note}; well above the floor, samples crowd in the middle of the data",
            remarks=crowd,
        )
        hidden = hidden_repeats(case)
        if hidden:
            why = why_untold(hidden, "whether samples crowd")
            crowding = replace(crowding, floor=None, difference=None, note=f"{note}; {why}", remarks=())
        return (
            crowding,
            Score(
                metric="density-coverage",
                name="coverage",
                label="coverage",
                aspect="variety",
                value=coverage.value,
                floor=coverage.floor,
                difference=coverage.difference,
                better="high",
                count=n,
                note=note,
                remarks=missing,
                headline=True,
            ),
        )

    def _missing(self, case: Case, coverage: Compared, near: float) -> tuple[Remark, ...]:
        """What is said of too little coverage, beyond what samples that lie nowhere near real items explain.

        `near`: the samples' density over that of real data. Where two thirds of the samples are near real items, they
        cannot cover more than two thirds as many real items would.
        """
        if near < self.tells or -coverage.difference.value < self.misses or not certain(coverage.difference):
            return ()
        count = max(2, round(case.count * min(1.0, near)))
        as_many = case.held_out[Draws(case.seed, "near").permutation(case.count)[:count]]
        could = density_and_coverage(as_many, case.reference, self.k)["coverage"]
        value, error = coverage.value.value, coverage.difference.error
        if could - value < self.misses or not certain(estimate(value - could, error, case.count)):
            return ()
        lost = 1 - value / could
        figures = f"(coverage {value:.2f}, real data {coverage.floor.value:.2f})"
        return (Remark("variety", f"miss {fraction(lost)} of the variety {figures}", lost),)


METRIC = DensityCoverage
