"""Which rows are one and the same item, made or found again and again."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Case
from ganforge.metrics._neighbours import OTHERS, nearest
from ganforge.metrics._words import percent

ROUNDED = 5e-6
"""Features of equal items differ by so little, as a share of their usual length."""
NUMBERS = 16
"""Rows with no more columns are numbers, which are equal or are not."""
NATURAL = 0.02
"""More exact copies among the real items are a property of the data."""


def groups(rows: Float[Tensor, "n d"], limit: float = 0.0) -> Int[Tensor, "n"]:
    """The group that each row belongs to, numbered from 0: rows that are equal, or linked by distances up to `limit`.

    Links are sought from each row to a few of its nearest ones.
    """
    equal = _equal(rows)
    if limit <= 0 or int(equal.max()) == 0:
        return equal
    first = _first_of(equal)
    some = rows[first]
    distance, places = nearest(some, some, OTHERS, skip_self=True)
    here, column = (distance <= limit).nonzero().T
    linked = _components(len(some), here, places[here, column])
    return linked[equal]


@dataclass(frozen=True)
class Distinct:
    """Rows of which each group counts once."""

    first: Int[Tensor, "g"]
    """The place of each group's first row, ascending."""
    sizes: Int[Tensor, "g"]

    @staticmethod
    def of(rows: Float[Tensor, "n d"], limit: float = 0.0) -> Distinct:
        """The groups of rows that are equal, or linked by distances up to `limit`."""
        group = groups(rows, limit)
        first = _first_of(group)
        order = first.argsort()
        return Distinct(first[order], group.bincount()[order])


def copied(first: Float[Tensor, "n d"], among: Float[Tensor, "m d"]) -> Bool[Tensor, "n"]:
    """Which rows of the first set are equal to a row of the second."""
    group = _equal(torch.cat([first, among]))
    return torch.isin(group[: len(first)], group[len(first) :])


def hidden_repeats(case: Case) -> float:
    """Share of the real items that are exact copies of others, where the split hides that real items repeat.

    0 where hardly any are, or where held-out items repeat training items as they would in new data: a split that puts
    equal items onto one side makes held-out items newer than new items are.
    """
    share = max(_repeated(case.training), _repeated(case.held_out))
    return 0.0 if share <= NATURAL or bool(copied(case.held_out, case.training).any()) else share


def _repeated(rows: Tensor) -> float:
    group = groups(rows)
    return float((group.bincount()[group] > 1).double().mean())


def why_untold(share: float, what: str) -> str:
    """What is noted where repeats are natural but hidden."""
    return (
        f"{percent(share)} of the real items are exact copies of others, but no held-out one is of a training item, so "
        f"that {what} cannot be told"
    )


def _equal(rows: Tensor) -> Tensor:
    """Groups of equal rows: neighbours in their order along a random direction."""
    n, d = rows.shape
    limit = 0.0 if d <= NUMBERS else ROUNDED * float(rows.square().sum(1, dtype=torch.float64).mean().sqrt())
    order = (rows.double() @ Draws(0, "direction").normal(d).double()).argsort(stable=True)
    apart = (rows[order[1:]] - rows[order[:-1]]).norm(dim=1) > limit
    group = torch.empty(n, dtype=torch.long)
    group[order] = torch.cat([torch.zeros(min(1, n), dtype=torch.long), apart.long()]).cumsum(0)
    return group


def _first_of(group: Tensor) -> Tensor:
    """The first row of each group."""
    n = len(group)
    return torch.full((int(group.max()) + 1,), n).scatter_reduce_(0, group, torch.arange(n), "amin")


def _components(count: int, one: Tensor, other: Tensor) -> Tensor:
    """Connected components of a graph, numbered from 0: each takes its least member's label, link by link."""
    label = torch.arange(count)
    while True:
        least = torch.minimum(label[one], label[other])
        after = label.scatter_reduce(0, one, least, "amin").scatter_reduce(0, other, least, "amin")
        after = after[after]
        if torch.equal(after, label):
            # Labels are their components' least members
            return (torch.cumsum(label == torch.arange(count), 0) - 1)[label]
        label = after
