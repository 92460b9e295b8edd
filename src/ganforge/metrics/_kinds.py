"""Which kind an item is of: its class by a classifier where there are labels, else its cluster."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Case, Labels

MOST_KINDS = 20
"""Clusters, at most."""
ITEMS_A_KIND = 12
"""Samples for each cluster: with fewer, chance alone would empty some."""
FITTED = 20_000
"""Training items that a classifier or the clusters are fitted to, at most."""
AXES = 64
"""Clusters are sought along the directions in which the training items vary most."""
ROUNDED = 1e-12
"""A variance of rows of length 1 that is no more than rounding."""
ROUNDS = 50
RIDGE = 0.1
"""Strength of the classifier's penalty, in rows of each column's own variance."""


@dataclass(frozen=True)
class Kinds:
    """Numbers of kinds; for the training items by a rule that was fitted to others than they."""

    count: int
    samples: Int[Tensor, "k"]
    """Of `Case.more_samples`."""
    held_out: Int[Tensor, "n"]
    training: Int[Tensor, "t"]
    """Of the training items at `places`."""
    places: Int[Tensor, "t"]
    accuracy: float | None = None
    """Share of the training items whose class was told rightly; None for clusters."""


def classes_of(case: Case, labels: Labels) -> Kinds:
    """Classes by least squares with a penalty (Hoerl and Kennard 1970), fitted to the training items' labels.

    Two classifiers are fitted, each to one half of the training items, and tell the other half's classes; of all other
    items each tells every second one. So all are told equally well, and equally badly.
    """
    count = len(labels.names)
    order = Draws(case.seed, "classifier").permutation(len(case.training))[:FITTED]
    halves = order[::2], order[1::2]
    tell = [_Classifier(case.training[half], labels.training[half], count) for half in halves]
    told = [tell[1](case.training[halves[0]]), tell[0](case.training[halves[1]])]
    places, training = torch.cat(halves), torch.cat(told)

    def of(rows: Tensor) -> Tensor:
        kinds = torch.empty(len(rows), dtype=torch.long)
        for first, teller in enumerate(tell):
            if len(rows) > first:
                kinds[first::2] = teller(rows[first::2])
        return kinds

    right = float((training == labels.training[places]).double().mean())
    return Kinds(count, of(case.more_samples), of(case.held_out), training, places, right)


def clusters_of(case: Case) -> Kinds | None:
    """Clusters of one half of the training items, and to which those of the other half belong; None for too few."""
    order = Draws(case.seed, "clusters").permutation(len(case.training))[: 2 * FITTED]
    fitted, told = order[::2], order[1::2]
    count = max(2, min(MOST_KINDS, case.count // ITEMS_A_KIND))
    if len(told) < 2 * count:
        return None
    project = Projection(case.training[fitted])
    centres = cluster(project(case.training[fitted]), count, Draws(case.seed, "first centres"))
    samples, held_out, training = (
        nearest_centre(project(rows), centres) for rows in (case.more_samples, case.held_out, case.training[told])
    )
    return Kinds(len(centres), samples, held_out, training, told)


class Projection:
    """Maps rows onto the directions in which the fitted rows vary most.

    A few columns are numbers that mean something and stay as they are. Many are features, whose direction tells what
    something is, and whose length how strongly: they are made equally long first.
    """

    def __init__(self, rows: Float[Tensor, "m d"]) -> None:
        self._axes: Float[Tensor, "d a"] | None = None
        if rows.shape[1] > AXES:
            rows = torch.nn.functional.normalize(rows, dim=1)
            self._axes = _main_axes(rows)

    def __call__(self, rows: Float[Tensor, "n d"]) -> Float[Tensor, "n a"]:
        """Few columns."""
        return rows if self._axes is None else torch.nn.functional.normalize(rows, dim=1) @ self._axes


def _main_axes(rows: Float[Tensor, "m d"]) -> Float[Tensor, "d a"]:
    """The directions of most variance; of rows that are all equal but for rounding, the first columns."""
    # In float32 the decomposition fails for features of few distinct items
    centred = rows.double() - rows.double().mean(0)
    square = centred.T @ centred
    largest = float(square.diagonal().max())
    if largest <= ROUNDED * len(rows):
        return torch.eye(rows.shape[1])[:, :AXES]
    axes: Tensor = torch.linalg.eigh(square / largest).eigenvectors[:, -AXES:].float()
    return axes


def cluster(rows: Float[Tensor, "m d"], count: int, draws: Draws) -> Float[Tensor, "k d"]:
    """Centres of k <= `count` clusters: k-means (Lloyd 1982) from k-means++ (Arthur and Vassilvitskii 2007)."""
    first = int(draws.integers(len(rows), 1))
    centres = rows[first : first + 1]
    square = (rows - centres).square().sum(1)
    while len(centres) < count and float(square.sum()) > 0:
        along = square.double().cumsum(0)
        place = int(torch.searchsorted(along, draws.uniform(1).double() * along[-1]).clamp_max(len(rows) - 1))
        centres = torch.cat([centres, rows[place : place + 1]])
        square = torch.minimum(square, (rows - rows[place]).square().sum(1))
    for _ in range(ROUNDS):
        kinds = nearest_centre(rows, centres)
        sums = torch.zeros_like(centres).index_add_(0, kinds, rows)
        sizes = kinds.bincount(minlength=len(centres))
        moved = torch.where(sizes[:, None] > 0, sums / sizes[:, None].clamp_min(1), centres)
        if torch.equal(moved, centres):
            break
        centres = moved
    return centres


def nearest_centre(rows: Float[Tensor, "n d"], centres: Float[Tensor, "k d"]) -> Int[Tensor, "n"]:
    """Which centre each row is nearest to."""
    return (centres.square().sum(1) - 2 * rows @ centres.T).argmin(1)


class _Classifier:
    """Least squares from standardised features to classes."""

    def __init__(self, rows: Float[Tensor, "m d"], labels: Int[Tensor, "m"], count: int) -> None:
        self._middle, self._scale = rows.mean(0), rows.std(0, correction=0).clamp_min(1e-6)
        x = (rows - self._middle) / self._scale
        wanted = torch.nn.functional.one_hot(labels, count).float()
        self._share = wanted.mean(0)
        penalty = RIDGE * len(rows)
        if x.shape[1] <= len(x):
            square = x.T @ x
            square.diagonal().add_(penalty)
            weights = torch.linalg.solve(square, x.T @ (wanted - self._share))
        else:  # the same by a smaller system
            square = x @ x.T
            square.diagonal().add_(penalty)
            weights = x.T @ torch.linalg.solve(square, wanted - self._share)
        self._weights: Float[Tensor, "d classes"] = weights

    def __call__(self, rows: Float[Tensor, "n d"]) -> Int[Tensor, "n"]:
        return (((rows - self._middle) / self._scale) @ self._weights + self._share).argmax(1)
