"""Duplicates: how many samples have a twin among the samples, as hardly any real item has among the real ones.

The birthday paradox test (arXiv:1706.08224, section 2) counts near-duplicates by eye. Here a sample has a twin where
its nearest neighbour is much nearer than its fifth: the ratio of both distances is below the 1 % quantile of the same
ratio among as many real items. A ratio does not mind samples that lie closer together as a whole, such as blurred ones;
those that lie ten times closer than the closest 1 % of the real items count all the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.metrics._metric import Case, Exhibit, Metric, Remark, Score
from ganforge.metrics._neighbours import others
from ganforge.metrics._resampling import certain, estimate, share_error
from ganforge.metrics._words import percent

RARE = 0.01
"""Share of the real items that count as twins."""
CLOSER = 0.1
TINY = 1e-300
SHOWN = 16


def twinness(rows: Float[Tensor, "n d"], reference: Float[Tensor, "m d"]) -> Float[Tensor, "n"]:
    """How near the nearest other row is by the reference's measure: at most 1 is a twin, 0 an equal row."""
    near, real = others(rows), others(reference)
    ratio, usual = _ratio(near), float(torch.quantile(_ratio(real), RARE))
    least = CLOSER * float(torch.quantile(real[:, 0], RARE))
    return torch.minimum(_share(ratio, usual), _share(near[:, 0], least))


def _ratio(near: Tensor) -> Tensor:
    # Five equal rows have no distance at all: as near as can be
    return torch.where(near[:, -1] > 0, near[:, 0] / near[:, -1].clamp_min(TINY), 0.0)


def _share(distance: Tensor, limit: float) -> Tensor:
    """0 for no distance, even where the limit is 0."""
    return torch.where(distance > 0, distance / max(limit, TINY), 0.0)


@dataclass(frozen=True)
class Duplicates(Metric):
    """Share of the samples that have a twin."""

    about: ClassVar[str] = (
        "How many samples have a near twin among the samples. About 1 in 100 real items has one by this measure; more "
        "means that the generator repeats itself."
    )
    matters: float = 0.03
    """So many more than among real items are put into words."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """One score, with a remark where samples repeat themselves, and those to look at."""
        n = case.count
        nearness = twinness(case.samples, case.reference)
        value, floor = (
            float((one <= 1).double().mean()) for one in (nearness, twinness(case.held_out, case.reference))
        )
        # Twins come in pairs: half as many independent items. The limit is as uncertain as the floor
        own, real = (math.sqrt(2) * share_error(share, n) for share in (value, floor))
        difference = estimate(value - floor, math.hypot(own, real), n)
        remarks: tuple[Remark, ...] = ()
        shown: tuple[Exhibit, ...] = ()
        if difference.value >= self.matters and certain(difference):
            words = f"repeat themselves ({percent(value)} have a near twin, {percent(floor)} of real items have)"
            remarks = (Remark("variety", words, min(1.0, 0.2 + difference.value)),)
            shown = (
                Exhibit("Samples that have a twin", samples=tuple(nearness.argsort(stable=True)[:SHOWN].tolist())),
            )
        return (
            Score(
                metric="duplicates",
                name="duplicates",
                label="near duplicates",
                aspect="variety",
                value=estimate(value, own, n, (0.0, 1.0)),
                floor=estimate(floor, math.hypot(real, math.sqrt(2) * share_error(RARE, n)), n, (0.0, 1.0)),
                difference=difference,
                better="low",
                count=n,
                note=f"share of samples with a twin as {percent(RARE)} of real items have",
                remarks=remarks,
                headline=bool(remarks),
                shown=shown,
            ),
        )


METRIC = Duplicates
