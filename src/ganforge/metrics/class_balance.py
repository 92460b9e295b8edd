"""Class balance: whether every kind of item occurs as often as in the data; kinds are classes, or else clusters.

What is missing shows in the shares of kinds among the samples (as in the mode counts of arXiv:1611.02163, section
3.3). Shares are told by a rule that was fitted to other training items than those it is compared on, so that its own
mistakes are the same on all sides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._kinds import Kinds, classes_of, clusters_of
from ganforge.metrics._metric import CERTAIN, Case, Estimate, Exhibit, Labels, Metric, Remark, Score
from ganforge.metrics._neighbours import counts_within, nearest, radii
from ganforge.metrics._resampling import estimate, share_error
from ganforge.metrics._words import nearly_all, percent

SHOWN = 16
"""Training items of a missing kind to look at."""
NAMED = 3
"""Kinds named in one remark; the rest is counted."""
MISSING = 0.15
"""A kind with less than this part of its share counts as missing."""
NEIGHBOURS = 5
"""Of the balls that must hold a sample (arXiv:2002.09797, section 4.1)."""
ALIKE = 0.75
"""With fewer samples that are like any item at all, their kinds mean nothing."""
COMPARED = 2000
"""Items on each side when that is judged."""
LARGE = 0.1
"""Share of samples of the wrong kinds that is put into words where no kind stands out."""
LISTED = 20
"""Classes with a coverage of their own: the worst ones."""


@dataclass(frozen=True)
class ClassBalance(Metric):
    """Whether all kinds occur, and as often as in the data."""

    about: ClassVar[str] = (
        "Share of the samples that would have to be of another kind for all kinds to be as frequent as in the data; "
        "kinds are the classes, or clusters of the data where there are none. 0 = as the data."
    )
    seldom: float = 0.6
    """A kind is called too rare below this part of its share in the data, too frequent above the inverse."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """The balance; with labels also how many samples are what was asked, and the coverage of each class."""
        labels = case.labels
        kinds = clusters_of(case) if labels is None else classes_of(case, labels)
        if kinds is None:
            return ()
        alike = _alike(case, kinds)
        few, many = self._strange(kinds) if alike >= ALIKE else ([], [])
        if labels is None:
            return (_balance(case, kinds, alike, few, many),)
        balance = _balance(case, kinds, alike, few, many, labels.names)
        asked = () if labels.samples is None else (_asked(case, labels, labels.samples, kinds),)
        return balance, *asked, *_coverages(case, labels, few)

    def _strange(self, kinds: Kinds) -> tuple[list[int], list[int]]:
        """Kinds that are much too rare, and much too frequent, for certain; the gravest first."""
        made, known = _shares(kinds.samples, kinds.count), _shares(kinds.training, kinds.count)
        bar = math.sqrt(CERTAIN**2 + 2 * math.log(kinds.count))  # as certain for all kinds together as for one
        sure = _surprise(made, known, len(kinds.samples), len(kinds.training)) >= bar
        lacking = known - made
        usual = _usual(made, known)
        few = sure & (made < self.seldom * usual * known) & (lacking >= 0.005)
        many = sure & (made * self.seldom > known) & (-lacking >= 0.02)
        order = lacking.abs().argsort(descending=True, stable=True).tolist()
        return [kind for kind in order if few[kind]], [kind for kind in order if many[kind]]


def _balance(
    case: Case, kinds: Kinds, alike: float, few: list[int], many: list[int], names: tuple[str, ...] = ()
) -> Score:
    """The score of all kinds together."""
    n = case.count
    made, real, known = (_shares(which, kinds.count) for which in (kinds.samples[:n], kinds.held_out, kinds.training))
    value, floor, difference = _variations(made, real, known, n, len(kinds.training))
    remarks = _remarks(kinds, few, many, names)
    unbalanced = _unbalanced(kinds) if alike >= ALIKE and not remarks else 0.0
    if unbalanced >= LARGE:
        words = f"make some kinds too often and others too seldom (for {percent(unbalanced)} of the samples)"
        remarks = (Remark("variety", words, min(1.0, 0.1 + unbalanced)),)
    note = f"{kinds.count} clusters of the training items"
    if kinds.accuracy is not None:
        note = f"classes told by a classifier that is right for {percent(kinds.accuracy)} of real items"
    if alike < ALIKE:
        note += f"; only {percent(alike)} of the samples are like any item, so that no kind is said to be missing"
    return Score(
        metric="class-balance",
        name="class_balance",
        label="class balance" if names else "balance of clusters",
        aspect="variety",
        value=value,
        floor=floor,
        difference=difference,
        better="low",
        count=n,
        note=note,
        remarks=remarks,
        headline=True,
        shown=tuple(_exhibit(kinds, kind, names) for kind in few[:NAMED]),
    )


def _unbalanced(kinds: Kinds) -> float:
    """Total variation distance beyond what chance makes; 0 where the shares could well be the same.

    All samples and training items count, not only as many as there are held out. That the shares differ is certain by
    the likelihood ratio of all of them, as a normal number (Wilson and Hilferty 1931).
    """
    made, known = _shares(kinds.samples, kinds.count), _shares(kinds.training, kinds.count)
    n, m = len(kinds.samples), len(kinds.training)
    both = ((n * made + m * known) / (n + m)).clamp_min(1e-300)
    ratio = 2 * float((n * torch.xlogy(made, made / both) + m * torch.xlogy(known, known / both)).sum())
    freedom = max(1, int((both > 1e-300).sum()) - 1)
    slack = 2 / (9 * freedom)
    if (max(0.0, ratio / freedom) ** (1 / 3) - 1 + slack) / math.sqrt(slack) < CERTAIN:
        return 0.0
    chance = (both * (1 - both) * (1 / n + 1 / m) * 2 / math.pi).clamp_min(0).sqrt().sum() / 2
    distance = (made - known).abs().sum() / 2
    return float((distance.square() - chance.square()).clamp_min(0).sqrt())


def _usual(made: Float[Tensor, "kinds"], known: Float[Tensor, "kinds"]) -> float:
    """How frequent a kind of which nothing is missing is, for its share in the data; at least 1.

    Where a third is missing, all others are half as frequent again: the median over the samples.
    """
    ratios = (made / known.clamp_min(1e-12)).sort()
    half = int((made[ratios.indices].cumsum(0) < 0.5).sum())
    return max(1.0, min(2.0, float(ratios.values[min(half, len(made) - 1)])))


def _alike(case: Case, kinds: Kinds) -> float:
    """Share of the samples that are like any training item.

    Those that are not fall to some kind all the same. As near as nearly all held-out items are to a training item, or
    much nearer than the middles of two kinds are to each other, is near enough.
    """
    some = case.training[Draws(case.seed, "alike").permutation(len(case.training))[:COMPARED]]
    near, real = (nearest(rows[:COMPARED], some)[0][:, 0] for rows in (case.samples, case.held_out))
    members = [case.training[kinds.places[kinds.training == kind]] for kind in range(kinds.count)]
    middles = torch.stack([rows.mean(0) for rows in members if len(rows)])
    apart = float(nearest(middles, middles, skip_self=True)[0].median()) if len(middles) > 1 else 0.0
    limit = max(float(real.quantile(0.95)), 0.25 * apart)
    return float((near <= limit).double().mean())


def _shares(kinds: Int[Tensor, "n"], count: int) -> Float[Tensor, "kinds"]:
    return kinds.bincount(minlength=count).double() / max(1, len(kinds))


def _variations(
    made: Float[Tensor, "kinds"], real: Float[Tensor, "kinds"], known: Float[Tensor, "kinds"], n: int, m: int
) -> tuple[Estimate, Estimate, Estimate]:
    """Total variation distance of samples and of held-out items to the training items, and the difference.

    Errors by the delta method: a sum of shares, each with the sign of its deviation, is a mean over items.
    """
    towards, away = (made - known).sign() / 2, (real - known).sign() / 2
    value, floor = float((made - known) @ towards), float((real - known) @ away)
    of_made, of_real = _variance(towards, made, n), _variance(away, real, n)
    error = math.sqrt(of_made + _variance(towards, known, m))
    floor_error = math.sqrt(of_real + _variance(away, known, m))
    between = math.sqrt(of_made + of_real + _variance(towards - away, known, m))
    least = share_error(0.0, n) / 2
    return (
        estimate(value, max(error, least), n, (0.0, 1.0)),
        estimate(floor, max(floor_error, least), n, (0.0, 1.0)),
        estimate(value - floor, max(between, least), n),
    )


def _variance(values: Float[Tensor, "kinds"], shares: Float[Tensor, "kinds"], n: int) -> float:
    """Of the mean of `values` over n items of kinds with these shares."""
    return max(0.0, float(shares @ values.square() - (shares @ values) ** 2)) / n


def _surprise(made: Float[Tensor, "kinds"], known: Float[Tensor, "kinds"], n: int, m: int) -> Float[Tensor, "kinds"]:
    """How far two shares differ, in standard errors: the root of the likelihood ratio, right also for few items."""
    both = (n * made + m * known) / (n + m)

    def unlikely(share: Tensor) -> Tensor:
        return torch.xlogy(share, share / both.clamp_min(1e-300)) + torch.xlogy(
            1 - share, (1 - share) / (1 - both).clamp_min(1e-300)
        )

    return (2 * (n * unlikely(made) + m * unlikely(known))).clamp_min(0).sqrt()


def _remarks(kinds: Kinds, few: list[int], many: list[int], names: tuple[str, ...]) -> tuple[Remark, ...]:
    made, known = _shares(kinds.samples, kinds.count), _shares(kinds.training, kinds.count)
    gone = [kind for kind in few if made[kind] < MISSING * known[kind]]
    rare = [kind for kind in few if kind not in gone]
    found = []
    for which, named, one, several in (
        (gone, "hardly make any", "miss a kind of item that makes up", "miss {} kinds of item that make up"),
        (rare, "make too few", "make too few of a kind that makes up", "make too few of {} kinds that make up"),
        (many, "make too many", "make too many of a kind that makes up", "make too many of {} kinds that make up"),
    ):
        if not which:
            continue
        before, now = float(known[which].sum()), float(made[which].sum())
        if names:
            each = [f"'{names[k]}' ({_percent(made[k])} instead of {_percent(known[k])})" for k in which[:NAMED]]
            more = [f"{len(which) - NAMED} more"] if len(which) > NAMED else []
            words = f"{named} {_listed([*each, *more])}"
        else:
            start = one if len(which) == 1 else several.format(len(which))
            words = f"{start} {_percent(before)} of the data ({_percent(now)} of the samples)"
        found.append(Remark("variety", words, min(1.0, 0.3 + abs(before - now))))
    return tuple(found)


def _percent(share: Tensor | float) -> str:
    return percent(float(share))


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _exhibit(kinds: Kinds, kind: int, names: tuple[str, ...]) -> Exhibit:
    places = kinds.places[kinds.training == kind][:SHOWN]
    title = f"'{names[kind]}' in the data" if names else "A kind of item in the data"
    return Exhibit(f"{title}, of which there are too few among the samples", training=tuple(places.tolist()))


def _asked(case: Case, labels: Labels, asked: Int[Tensor, "n"], kinds: Kinds) -> Score:
    """How many samples look like the class that they were asked to be."""
    n = case.count
    made = float((kinds.samples[:n] == asked).double().mean())
    real = float((kinds.held_out == labels.held_out).double().mean())
    errors = share_error(made, n), share_error(real, n)
    difference = estimate(made - real, math.hypot(*errors), n)
    remarks: tuple[Remark, ...] = ()
    if difference.value <= -max(0.1, CERTAIN * difference.error):
        how = "are hardly ever" if nearly_all(1 - made / real) else "often are not"
        words = f"{how} of the class that was asked for ({percent(made)} are, of real items {percent(real)})"
        remarks = (Remark("fidelity", words, min(1.0, 0.2 - difference.value)),)
    return Score(
        metric="class-balance",
        name="as_asked",
        label="of the class asked for",
        aspect="fidelity",
        value=estimate(made, errors[0], n, (0.0, 1.0)),
        floor=estimate(real, errors[1], n, (0.0, 1.0)),
        difference=difference,
        better="high",
        count=n,
        note="classes told by a classifier; the floor is how often it is right for real items",
        remarks=remarks,
        headline=True,
    )


def _coverages(case: Case, labels: Labels, named: list[int]) -> list[Score]:
    """For each class the share of its real items that have a sample nearby; the worst classes.

    Of the classes in `named` it is said already that there are too few.
    """
    radius = radii(case.reference, NEIGHBOURS)
    made, real = (counts_within(rows, case.reference, radius)[1] > 0 for rows in (case.samples, case.held_out))
    bar = math.sqrt(CERTAIN**2 + 2 * math.log(len(labels.names)))
    scores = []
    for kind, name in enumerate(labels.names):
        members = labels.reference == kind
        count = int(members.sum())
        if count == 0:
            continue
        value, floor = (float(near[members].double().mean()) for near in (made, real))
        errors = share_error(value, count), share_error(floor, count)
        difference = estimate(value - floor, math.hypot(*errors), count)
        remarks: tuple[Remark, ...] = ()
        if kind not in named and difference.value <= -max(0.25, bar * difference.error):
            words = f"show too little of the variety of '{name}' (coverage {value:.2f}, of real items {floor:.2f})"
            remarks = (Remark("variety", words, min(1.0, -difference.value * count / case.count + 0.1)),)
        scores.append(
            Score(
                metric="class-balance",
                name=f"coverage: {name}",
                label=f"coverage of '{name}'",
                aspect="variety",
                value=estimate(value, errors[0], count, (0.0, 1.0)),
                floor=estimate(floor, errors[1], count, (0.0, 1.0)),
                difference=difference,
                better="high",
                count=count,
                note=f"share of the {count} training items of this class that have a sample among their {NEIGHBOURS} "
                "nearest; the classes that are covered worst",
                remarks=remarks,
            )
        )
    return sorted(scores, key=lambda score: 0.0 if score.difference is None else score.difference.value)[:LISTED]


METRIC = ClassBalance
