"""Nearest neighbours, exactly, in blocks that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

BLOCK = 1 << 24
"""Distances held at once: 64 MB."""
SPARE = 4
"""Candidates beyond k that are looked at again: products round, and may put near ones into the wrong order."""
ROUNDING = 4e-6
"""A squared distance by float32 products is right to this share of the squared lengths of both rows."""
OTHERS = 5
"""Distances to so many others are kept for each row of a set: neighbours are sought once for all metrics."""

_KNOWN = WeakTensorKeyDictionary()


def nearest(
    queries: Float[Tensor, "n d"], among: Float[Tensor, "m d"], k: int = 1, *, skip_self: bool = False
) -> tuple[Float[Tensor, "n k"], Int[Tensor, "n k"]]:
    """Distances to the k nearest rows of `among`, ascending, and which they are.

    Args:
        queries: the rows asked for.
        among: the rows searched; m > k.
        k: how many; fewer where there are not so many rows.
        skip_self: row i of `queries` is row i of `among`, and is not its own neighbour.
    """
    m = len(among)
    k = max(1, min(k, m - skip_self))
    taken = min(m, k + SPARE + skip_self)
    distances, places = [], []
    for block in _blocks(queries, among):
        own = torch.arange(len(block.rows))
        if skip_self:
            block.square[own, own + block.start] = torch.inf
        candidates = block.square.topk(taken, largest=False).indices
        # Differences, not products: exact also where two rows are nearly the same
        exact = _exact(block.rows, among, candidates)
        if skip_self:
            exact[candidates == (own + block.start)[:, None]] = torch.inf
        near, order = exact.topk(k, largest=False)
        distances.append(near)
        places.append(candidates.gather(1, order))
    return torch.cat(distances), torch.cat(places)


def others(rows: Float[Tensor, "n d"]) -> Float[Tensor, "n k"]:
    """Distances of each row to its `OTHERS` nearest other rows, ascending; fewer where there are not so many.

    They are remembered for as long as the tensor lives, which nobody may change in place.
    """
    if rows not in _KNOWN:
        _KNOWN[rows] = nearest(rows, rows, OTHERS, skip_self=True)[0]
    known: Tensor = _KNOWN[rows]
    return known


def radii(rows: Float[Tensor, "n d"], k: int) -> Float[Tensor, "n"]:
    """Distance of each row to its k-th nearest other row, k <= `OTHERS`; to the farthest where there are fewer."""
    near = others(rows)
    return near[:, min(k, near.shape[1]) - 1]


def counts_within(
    queries: Float[Tensor, "n d"], centres: Float[Tensor, "m d"], radius: Float[Tensor, "m"]
) -> tuple[Int[Tensor, "n"], Int[Tensor, "m"]]:
    """For each query, in how many balls about the centres it lies; for each centre, how many queries lie in its ball.

    The border belongs to the ball.
    """
    in_balls, inside = [], torch.zeros(len(centres), dtype=torch.long)
    for block in _blocks(queries, centres):
        within = block.within(radius[None])
        in_balls.append(within.sum(1))
        inside += within.sum(0)
    return torch.cat(in_balls), inside


def reached(
    first: Float[Tensor, "n d"],
    first_radius: Float[Tensor, "n"],
    second: Float[Tensor, "m d"],
    second_radius: Float[Tensor, "m"],
) -> tuple[Bool[Tensor, "n"], Bool[Tensor, "m"]]:
    """Which rows of the first set lie in any ball about the second, and which of the second in any about the first.

    The border belongs to the ball.
    """
    of_first, of_second = [], torch.zeros(len(second), dtype=torch.bool)
    for block in _blocks(first, second):
        of_first.append(block.within(second_radius[None]).any(1))
        of_second |= block.within(first_radius[block.start : block.start + len(block.rows), None]).any(0)
    return torch.cat(of_first), of_second


@dataclass(frozen=True)
class _Block:
    """Some of the queries, and their squared distances to all rows, up to rounding."""

    start: int
    rows: Float[Tensor, "n d"]
    among: Float[Tensor, "m d"]
    square: Float[Tensor, "n m"]
    doubt: Float[Tensor, "1 m"]
    """By how much a squared distance may be wrong."""

    def within(self, radius: Float[Tensor, "..."]) -> Bool[Tensor, "n m"]:
        """Which distances are no longer than `radius`, (n, 1) or (1, m)."""
        bound = (radius.double() ** 2).float()
        gap = self.square - bound
        within = gap <= 0
        # Where a product could have rounded to the wrong side of the border, the difference decides
        doubtful = (gap.abs_() <= self.doubt).nonzero()
        limit = radius.double().expand(self.square.shape)
        for part in torch.split(doubtful, max(1, BLOCK // self.rows.shape[1])):
            here, there = part.T
            exact = _length(self.rows[here] - self.among[there])
            within[here, there] = exact <= limit[here, there] * (1 + 1e-12)
        return within


def _blocks(queries: Tensor, among: Tensor) -> Iterator[_Block]:
    """Squared distances by products, block by block; about the middle, so that little cancels."""
    middle = among.mean(0)
    near = (among - middle).float()
    lengths = near.square().sum(1)
    step = max(1, BLOCK // max(1, len(among)))
    for start in range(0, len(queries), step):
        rows = queries[start : start + step]
        moved = (rows - middle).float()
        own = moved.square().sum(1, keepdim=True)
        square = torch.addmm(lengths[None], moved, near.T, alpha=-2).add_(own).clamp_(min=0)
        yield _Block(start, rows, among, square, ROUNDING * (lengths + own.max())[None])


def _exact(rows: Tensor, among: Tensor, candidates: Tensor) -> Tensor:
    parts = []
    step = max(1, BLOCK // max(1, candidates.shape[1] * rows.shape[1]))
    for start in range(0, len(rows), step):
        near = among[candidates[start : start + step]]
        parts.append(_length(near.sub_(rows[start : start + step, None])))
    return torch.cat(parts)


def _length(differences: Tensor) -> Tensor:
    return differences.square_().sum(-1, dtype=torch.float64).sqrt()
