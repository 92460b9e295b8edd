"""Traits: what people see and name (brightness, sharpness, place, the mean of a column), compared one by one.

Each trait's mean over the samples is compared with that over real items, in standard deviations of real items (Cohen
1988, doi:10.4324/9780203771587, eq. 2.2.1), so that a difference is large where it stands out among the data's own
variety.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from ganforge.core.records import Trait
from ganforge.metrics._certainty import as_normal
from ganforge.metrics._metric import CERTAIN, Case, Estimate, Metric, Remark, Score
from ganforge.metrics._resampling import estimate, spread_of

HEADLINES = 2
"""Traits in the short table, at most."""
FEW = 40
"""So many traits are as certain as `CERTAIN` makes them; of more, more is asked."""
LISTED = 100
"""Traits that are listed, at most: those that differ most."""


@dataclass(frozen=True)
class Traits(Metric):
    """What a person would say of the samples."""

    about: ClassVar[str] = (
        "What a person would see: how bright, sharp or colourful, where things lie, a column's mean and spread. In "
        "standard deviations of the real items; 0 = as the data, and beyond 0.3 it begins to show."
    )
    noticeable: float = 0.3
    """The smallest difference of means that is put into words, in standard deviations of the real items."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """A score for each trait; those with the gravest remarks are headlines."""
        if case.traits is None:
            return ()
        traits = list(zip(*case.traits(), strict=True))
        bar = math.sqrt(CERTAIN**2 + 2 * math.log(max(1.0, len(traits) / FEW)))
        scores = [self._score(*three, bar) for three in traits]
        if len(scores) > LISTED:
            scores = sorted(scores, key=lambda score: -abs(score.difference.value if score.difference else 0.0))[
                :LISTED
            ]
        remarked = sorted((score for score in scores if score.remarks), key=lambda score: -score.remarks[0].weight)
        shown = {score.name for score in remarked[:HEADLINES]}
        return tuple(replace(score, headline=score.name in shown) for score in scores)

    def _score(self, samples: Trait, reference: Trait, held_out: Trait, bar: float) -> Score:
        made, known, real = (trait.values.double() for trait in (samples, reference, held_out))
        unit = _unit(made, torch.cat([known, real]), samples.visible)
        n = len(made)
        value = _difference(made, known, unit)
        floor = _difference(real, known, unit)
        difference = _difference(made, real, unit)  # what both are compared with cancels out
        remarks: tuple[Remark, ...] = ()
        enough = max(self.noticeable, samples.visible / unit)
        if abs(difference.value) >= enough and abs(value.value) >= enough and _certain(made, real, bar):
            words = (
                f"{samples.less if difference.value < 0 else samples.more} ({_told(samples.name, made, real, unit)})"
            )
            remarks = (Remark("fidelity", words, 1 - math.exp(-abs(difference.value) / 2.5)),)
        return Score(
            metric="traits",
            name=f"trait: {samples.name}",
            label=samples.name,
            aspect="fidelity",
            value=value,
            floor=floor,
            difference=difference,
            better="floor",
            count=n,
            note="difference from the training items in their standard deviations",
            remarks=remarks,
        )


def _unit(made: Tensor, real: Tensor, visible: float) -> float:
    """Standard deviation of real items, or of the samples where real items are all alike; never 0."""
    spread = float(real.std(correction=0))
    return max(spread, visible) or float(made.std(correction=0)) or 1.0


def _difference(first: Tensor, second: Tensor, unit: float) -> Estimate:
    error = math.hypot(spread_of(first), spread_of(second)) / unit
    return estimate(float(first.mean() - second.mean()) / unit, error, len(first))


def _certain(first: Tensor, second: Tensor, bar: float) -> bool:
    """Whether two means differ by `bar` errors, as seldom as that is for normal numbers, however few there are."""
    n = len(first)
    both = float(torch.cat([first, second]).var(correction=0)) * 2 / n
    gap = float(first.mean() - second.mean())
    if gap == 0 or n < 2:
        return False
    # All that differ by nothing within each side are as uncertain as so few rows make them
    if abs(gap) < bar * math.sqrt(both):
        return False
    error = math.hypot(spread_of(first), spread_of(second))
    return error == 0 or as_normal(abs(gap) / error, 2 * n - 2) >= bar


def _told(name: str, made: Tensor, real: Tensor, unit: float) -> str:
    """How much, as a ratio where that means something."""
    first, second = float(made.mean()), float(real.mean())
    ratio = first / second if second > 0 else 0.0
    if min(float(made.min()), float(real.min())) >= 0 and 0.01 <= ratio <= 100 and not 0.95 < ratio < 1.05:
        return f"{name} {ratio:.2g} times theirs"
    return f"{name} off by {abs(first - second) / unit:.1f} standard deviations"


METRIC = Traits
