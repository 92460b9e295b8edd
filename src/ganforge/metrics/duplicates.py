"""Duplicates: how many samples have a twin among the samples, as hardly any real item has among the real ones.

The birthday paradox test (arXiv:1706.08224, section 2) counts near-duplicates by eye. Here a sample has a twin where
its nearest neighbour is much nearer than its fifth: the ratio of both distances is below the 1 % quantile of the same
ratio among as many real items. A ratio does not mind samples that lie closer together as a whole, such as blurred ones;
those that lie ten times closer than the closest 1 % of the real items count all the same. One item that comes again and
again is counted by itself: chance hardly makes one group of many equal samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.metrics._metric import CERTAIN, Case, Exhibit, Metric, Remark, Score
from ganforge.metrics._neighbours import others
from ganforge.metrics._repeats import groups, hidden_repeats, why_untold
from ganforge.metrics._resampling import certain, estimate, share_error
from ganforge.metrics._words import percent

RARE = 0.01
"""Share of the real items that count as twins."""
CLOSER = 0.1
TINY = 1e-300
SHOWN = 16
MOST = 4000
"""Samples among which an item that comes again and again is sought."""
AGAIN = 12
"""Fewer equal samples are no item that comes again and again."""
MORE_OFTEN = 3.0
"""An item comes again and again where no real item is so large a share of the data, by this factor."""
ALL = 0.8
"""Of the pairs of samples so many are nearly equal where nine in ten samples are."""
NEARLY = 0.1
"""Nearly equal are two samples that are nearer than this part of the usual distance between real items."""
PAIRED = 500


def twinness(rows: Float[Tensor, "n d"], reference: Float[Tensor, "m d"]) -> Float[Tensor, "n"]:
    """How near the nearest other row is by the reference's measure: at most 1 is a twin, 0 an equal row."""
    near, real = others(rows), others(reference)
    ratio, usual = _ratio(near), float(torch.quantile(_ratio(real), RARE))
    return torch.minimum(_share(ratio, usual), _share(near[:, 0], _least(reference)))


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
    """So many more than among real items are put into words, and one item that is so large a share of the samples."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """One score, with a remark where samples repeat themselves, and those to look at."""
        score = self._twins(case)
        hidden = hidden_repeats(case)
        if hidden:
            note = f"{score.note}; {why_untold(hidden, 'whether samples repeat themselves')}"
            return (replace(score, floor=None, difference=None, note=note, remarks=(), headline=False, shown=()),)
        if _all_the_same(case):
            remarks = (Remark("variety", "are all the same or nearly so", 1.0),)
            return (replace(score, remarks=remarks, headline=True),)
        one = _most_repeated(case)
        share = len(one) / len(case.more_samples[:MOST])
        if share < self.matters or (score.remarks and score.value.value > 2 * share):  # many others have twins, too
            return (score,)
        words = f"make one and the same item again and again ({percent(share)} of them are)"
        shown = (Exhibit("A sample that comes again and again", samples=one[:SHOWN]),)
        return (replace(score, remarks=(Remark("variety", words, min(1.0, 0.3 + share)),), headline=True, shown=shown),)

    def _twins(self, case: Case) -> Score:
        """The share of samples that have a twin."""
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
        return Score(
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
        )


def _least(reference: Float[Tensor, "n d"]) -> float:
    """Nearer than hardly any two of so many real items are: a tenth of what the closest ones keep."""
    return CLOSER * float(torch.quantile(others(reference)[:, 0], RARE))


def _most_repeated(case: Case) -> tuple[int, ...]:
    """Places in `Case.more_samples` of the item that comes most often; empty where some real item comes as often."""
    rows, limit = case.more_samples[:MOST], _least(case.reference)
    real = torch.cat([case.training[:MOST], case.held_out[:MOST]])
    group = groups(rows, limit)
    members = (group == group.bincount().argmax()).nonzero()[:, 0]
    # Where samples are dense they are linked into a chain, whose ends are no twins
    middle = rows[members].median(0).values
    if limit > 0:
        members = members[(rows[members] - middle).norm(dim=1) <= limit]
    size, known = len(members), int(groups(real, limit).bincount().max())
    of_held_out = int(groups(case.held_out[:MOST], limit).bincount().max())
    usual = max(known / len(real), of_held_out / len(case.held_out[:MOST]) if of_held_out > 1 else 0.0)
    if size < AGAIN or size / len(rows) < MORE_OFTEN * usual or _surprise(size, len(rows), known, len(real)) < CERTAIN:
        return ()
    return tuple(members.tolist())


def _surprise(first: int, n: int, second: int, m: int) -> float:
    """How far `first` of n and `second` of m differ, in standard errors: the root of the likelihood ratio."""
    both = (first + second) / (n + m)

    def unlikely(count: int, total: int) -> float:
        parts = ((count, both), (total - count, 1 - both))
        return sum(part * math.log(part / (total * share)) for part, share in parts if part)

    return math.sqrt(max(0.0, 2 * (unlikely(first, n) + unlikely(second, m))))


def _all_the_same(case: Case) -> bool:
    """Whether nine in ten samples are all but equal, as real items are not."""
    if len(case.more_samples) < AGAIN:
        return False
    made, real = (torch.pdist(rows[:PAIRED].double()) for rows in (case.more_samples, case.reference))
    return float(made.quantile(ALL)) <= NEARLY * float(real.median()) and float(real.median()) > 0


METRIC = Duplicates
