"""Memorisation: whether samples are closer to the training items than held-out items are (after arXiv:2004.05675).

Meehan et al. compare the distances of samples and of held-out items to the training items, cell by cell. Such a
distance is also small for what is merely typical or blurry. Here it is the ratio
    rho(s) = d(s, nearest training item) / d(s, nearest held-out item),
in which that cancels: a typical sample is near to both. For a held-out item, the others are what is held out; for a
sample, one of them is left out in turn, so that both search among equally many. Ratios are compared among items of the
same cell, where data are equally dense and have equally many directions. What is made again and again counts once: it
was near or far by chance only once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._certainty import as_normal
from ganforge.metrics._kinds import Projection, cluster, nearest_centre
from ganforge.metrics._metric import CERTAIN, Case, Estimate, Exhibit, Metric, Remark, Score
from ganforge.metrics._neighbours import nearest
from ganforge.metrics._repeats import Distinct, hidden_repeats, why_untold
from ganforge.metrics._resampling import estimate, share_error
from ganforge.metrics._words import percent

QUANTILE = 0.02
"""Real items that count as near to a training item: so many are by chance."""
A_CELL = 60
"""Held-out items in a cell, about."""
MOST_CELLS = 20
ONE_AND_THE_SAME = 0.25
"""Samples count as one where they are nearer than this part of the distance that training items keep."""
LEAKED = 0.25
"""A sample is a copy of a held-out item where that is nearer than this part of the way to any training item."""
LOOKED_AT = 1000
"""Training items by which distances are judged."""
SHOWN = 16
"""Pairs to look at."""
PAIRS = "Samples nearest to a training item (above), and that training item (below)"
CHANCE = 0.5 * math.erfc(CERTAIN / math.sqrt(2))
"""The probability that a normal number lies beyond `CERTAIN` standard errors."""


@dataclass(frozen=True)
class Memorisation(Metric):
    """Copies among the samples, and whether all are closer to the training items than new items are."""

    about: ClassVar[str] = (
        "Copies: share of the samples that lie as close to a training item as hardly any new real item does. "
        "Closeness: how often a sample is closer to the training items than a new real item is; 50 % = as new as those."
    )
    most: int = 4000
    """Samples that are looked at."""
    most_held_out: int = 2500
    """Held-out items that they are compared with."""
    copies: float = 0.03
    """Share of copies that is put into words."""
    closeness: float = 0.6
    """Closeness that is put into words."""
    far: float = 0.25
    """With so little closeness, samples may be copies of held-out items."""
    leak: float = 0.1
    """Share of copies of held-out items that is put into words."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """Copies and closeness; where nothing was held out, only what is all but identical."""
        samples = case.more_samples[: self.most]
        if not case.holds_out or case.count < 2:
            return (_without_held_out(case, samples),)
        distinct = Distinct.of(samples, ONE_AND_THE_SAME * _apart(case))
        held_out = case.held_out[: self.most_held_out]
        real = Distinct.of(held_out)
        found = _once(_ratios(case, samples[distinct.first], held_out), real.first)
        copies = self._copies(case, found, distinct, real)
        closeness = self._closeness(case, found, distinct, named=bool(copies.remarks))
        hidden = hidden_repeats(case)
        if not hidden:
            return copies, closeness
        why = why_untold(hidden, "whether samples are copies")
        untold = (replace(one, floor=None, difference=None, note=why, remarks=()) for one in (copies, closeness))
        return tuple(untold)

    def _copies(self, case: Case, found: Ratios, distinct: Distinct, real: Distinct) -> Score:
        k, n = len(found.samples), len(found.held_out)
        made = int(distinct.sizes.sum())
        rank = max(1, math.ceil(QUANTILE * n))
        limit = found.held_out.sort().values[rank - 1]
        share = float(distinct.sizes[found.samples <= limit].sum()) / made
        usual = float(real.sizes[found.held_out <= limit].sum()) / (int(real.sizes.sum()) + 1)
        errors = share_error(share, k), math.sqrt(usual * (1 - usual) / (n + 2))
        beyond = (share - usual) / (1 - usual)
        # Exact copies are nearer than the very nearest real item, which shows them best where these are few
        chance = 2 * min(_chance(found, 1), _chance(found, rank))
        # Fewer than chance has are no copies, and no share
        told, error = max(0.0, beyond), math.hypot(*errors)
        remarks: tuple[Remark, ...] = ()
        if beyond >= self.copies and chance < CHANCE:
            all_of_them = "nearly all are" if beyond > 0.95 else f"about {percent(beyond)}"
            words = f"contain copies of training items ({all_of_them})"
            remarks = (Remark("memorisation", words, min(1.0, 0.4 + beyond)),)
        return Score(
            metric="memorisation",
            name="copies",
            label="copies of training items",
            aspect="memorisation",
            value=estimate(told, error, min(k, n), (0.0, 1.0)),
            floor=estimate(0.0, errors[1], n, (0.0, 1.0)),
            difference=estimate(told, error, min(k, n)),
            better="floor",
            count=made,
            note=f"share of the samples beyond the {percent(usual)} of {n} new real items that lie as close; "
            + _searched(case),
            remarks=remarks,
            headline=True,
            shown=(_pairs(found, distinct),),
        )

    def _closeness(self, case: Case, found: Ratios, distinct: Distinct, *, named: bool) -> Score:
        value = _closer(found)
        n = min(len(found.held_out), len(found.samples))
        floor = Estimate(0.5, 0.5, 0.5, 0.0)
        difference = estimate(value.value - 0.5, value.error, n)
        remarks: tuple[Remark, ...] = ()
        certain = as_normal(difference.value / difference.error, max(1, n - 1)) >= CERTAIN
        if certain and not named and value.value >= self.closeness:
            words = f"lie closer to the training items than new items do ({percent(value.value)} of the time, not 50 %)"
            remarks = (Remark("memorisation", words, min(1.0, 2 * difference.value)),)
        elif certain and value.value <= self.far and _leaked(case, distinct, self.most) >= self.leak:
            words = "are copies of held-out items, which they should never have seen: the split has leaked"
            remarks = (Remark("memorisation", words, 0.9),)
        return Score(
            metric="memorisation",
            name="closeness",
            label="closer to training than new items",
            aspect="memorisation",
            value=value,
            floor=floor,
            difference=difference,
            better="floor",
            count=int(distinct.sizes.sum()),
            note="0.5 by definition for new items; below it, samples lie away from all data alike; " + _searched(case),
            remarks=remarks,
        )


@dataclass(frozen=True)
class Ratios:
    """log rho of samples and of held-out items, less what is usual in their cell; cells by number."""

    samples: Float[Tensor, "k"]
    held_out: Float[Tensor, "n"]
    sample_cells: Int[Tensor, "k"]
    held_out_cells: Int[Tensor, "n"]
    sample_nearest: Int[Tensor, "k"]
    """Places of the nearest training items."""


def _ratios(case: Case, samples: Float[Tensor, "k d"], held_out: Float[Tensor, "n d"]) -> Ratios:
    to_training, places = nearest(samples, case.training)
    real_to_training, _ = nearest(held_out, case.training)
    near, which = nearest(samples, held_out, 2)
    left_out = torch.arange(len(samples)) % len(held_out)
    to_held_out = torch.where(which[:, 0] == left_out, near[:, -1], near[:, 0])
    real_to_held_out, _ = nearest(held_out, held_out, skip_self=True)
    project = Projection(case.training)
    count = max(1, min(MOST_CELLS, len(held_out) // A_CELL))
    centres = cluster(project(held_out), count, Draws(case.seed, "cells"))
    cells, real_cells = (nearest_centre(project(rows), centres) for rows in (samples, held_out))
    ratios = _log_ratio(to_training[:, 0], to_held_out)
    real = _log_ratio(real_to_training[:, 0], real_to_held_out[:, 0])
    for cell in range(len(centres)):
        members = real_cells == cell
        if not members.any():
            continue
        usual = real[members].median()
        if torch.isfinite(usual):
            real[members] -= usual
            ratios[cells == cell] -= usual
    return Ratios(ratios, real, cells, real_cells, places[:, 0])


def _once(found: Ratios, places: Int[Tensor, "n"]) -> Ratios:
    """The same with these held-out items only."""
    return replace(found, held_out=found.held_out[places], held_out_cells=found.held_out_cells[places])


def _log_ratio(above: Float[Tensor, "n"], below: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
    """The same distance to both, none included, is a ratio of 1."""
    ratio = above.double().log() - below.double().log()
    return torch.where((above == 0) & (below == 0), 0.0, ratio)


def _near(found: Ratios, rank: int) -> tuple[int, int]:
    """How many samples, and how many held-out items, are as near as the held-out item of this rank; ties count."""
    limit = found.held_out.sort().values[rank - 1]
    return int((found.samples <= limit).sum()), int((found.held_out <= limit).sum())


def _chance(found: Ratios, rank: int) -> float:
    """Probability that so many new items would be as near as the held-out item of this rank."""
    count, rank = _near(found, rank)
    return _beyond(count, len(found.samples), rank, len(found.held_out))


def _beyond(count: int, k: int, rank: int, n: int) -> float:
    """Probability that of k new items `count` or more lie below the value of this rank of n others.

    Whatever their distribution, the count is beta-binomial (Wilks 1942, doi:10.1214/aoms/1177731537).
    """
    at = torch.arange(count, k + 1, dtype=torch.float64)

    def log_beta(a: Tensor, b: Tensor) -> Tensor:
        return a.lgamma() + b.lgamma() - (a + b).lgamma()

    choose = -log_beta(at + 1, k - at + 1) - math.log(k + 1)
    of_real = log_beta(torch.tensor(float(rank)).double(), torch.tensor(float(n + 1 - rank)).double())
    return float((choose + log_beta(at + rank, k - at + n + 1 - rank) - of_real).exp().sum())


def _leaked(case: Case, distinct: Distinct, most: int) -> float:
    """Share of the samples that are held-out items, all but exactly; 0 where that could be chance.

    As many training items as are so near to a held-out one for how near they are to other training items show what
    chance makes: samples that are noisy, blurred or new are nearer to training items, of which there are more.
    """
    samples, some = case.more_samples[:most][distinct.first], case.training[:LOOKED_AT]
    to_training = nearest(samples, case.training)[0][:, 0], nearest(some, case.training, skip_self=True)[0][:, 0]
    to_held_out = nearest(samples, case.held_out)[0][:, 0], nearest(some, case.held_out)[0][:, 0]
    made, real = (held < LEAKED * known for held, known in zip(to_held_out, to_training, strict=True))
    count, usual, k, m = int(made.sum()), int(real.sum()), len(samples), len(some)
    if usual >= m or _beyond(count, k, usual + 1, m) >= CHANCE:
        return 0.0
    return float(distinct.sizes[made].sum() / distinct.sizes.sum()) - usual / m


def _apart(case: Case) -> float:
    """The usual distance from a training item to the nearest other one."""
    return float(nearest(case.training[:LOOKED_AT], case.training, skip_self=True)[0].median())


def _closer(found: Ratios) -> Estimate:
    """How often a sample's ratio is below that of a held-out item of its cell; ties count half.

    The error is DeLong's (1988, doi:10.2307/2531595): the spread of each item's own share of wins, cell by cell.
    """
    total, variance, weight = 0.0, 0.0, 0.0
    for cell in sorted(set(found.held_out_cells.tolist())):
        made, real = found.samples[found.sample_cells == cell], found.held_out[found.held_out_cells == cell]
        if not len(made):
            continue
        ordered, of_made = real.sort().values, made.sort().values
        wins = 1 - _below(ordered, made)
        losses = _below(of_made, real)
        share = len(made) / len(found.samples)
        total += share * float(wins.mean())
        # A cell in which all win is as uncertain as so few rows make it
        of_wins, of_losses = (
            max(share_error(float(wins.mean()), len(rows)) ** 2 / 3, _variance(rows)) for rows in (wins, losses)
        )
        variance += share**2 * (of_wins + of_losses)
        weight += share
    value, error = total / weight, math.sqrt(variance) / weight
    return estimate(value, error, len(found.held_out), (0.0, 1.0))


def _below(ordered: Float[Tensor, "m"], values: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
    """Share of the ordered numbers that each value lies above; equal ones count half."""
    under = torch.searchsorted(ordered, values) + torch.searchsorted(ordered, values, right=True)
    return under.double() / (2 * len(ordered))


def _variance(values: Float[Tensor, "n"]) -> float:
    """Of the mean."""
    return float(values.var()) / len(values) if len(values) > 1 else 0.25


def _pairs(found: Ratios, distinct: Distinct) -> Exhibit:
    """The samples that are nearest to a training item for what is usual; each training item once."""
    taken: dict[int, int] = {}
    for sample in found.samples.argsort(stable=True)[: 50 * SHOWN].tolist():
        taken.setdefault(int(found.sample_nearest[sample]), int(distinct.first[sample]))
        if len(taken) == SHOWN:
            break
    return Exhibit(PAIRS, tuple(taken.values()), tuple(taken))


def _searched(case: Case) -> str:
    if len(case.training) >= case.training_total:
        return f"all {case.training_total:,} training items were searched"
    some = f"{len(case.training):,} of the {case.training_total:,}"
    return f"{some} training items were searched: copies of others do not show"


def _without_held_out(case: Case, samples: Float[Tensor, "k d"]) -> Score:
    """All that can be told without held-out items: how many samples are all but identical to a training item."""
    distance, places = nearest(samples, case.training)
    apart, _ = nearest(case.training, case.training, skip_self=True)
    identical: Bool[Tensor, "k"] = distance[:, 0] <= 0.05 * apart.median()
    share = float(identical.double().mean())
    order = distance[:, 0].argsort(stable=True)[:SHOWN]
    pairs = Exhibit(PAIRS, tuple(order.tolist()), tuple(places[order, 0].tolist()))
    return Score(
        metric="memorisation",
        name="copies",
        label="all but identical to a training item",
        aspect="memorisation",
        value=estimate(share, share_error(share, len(samples)), len(samples), (0.0, 1.0)),
        floor=None,
        difference=None,
        better="low",
        count=len(samples),
        note="nothing was held out, so that it cannot be told whether this is more than new items would show",
        headline=True,
        shown=(pairs,),
    )


METRIC = Memorisation
