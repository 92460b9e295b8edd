"""Cases with a known truth: items of several kinds in a space of features, and samples with or without faults."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganforge.core.records import Trait
from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Case, Labels
from ganforge.metrics.features._features import Kernel

KINDS = 8
"""Clusters of the real items, as frequent as each other."""
APART = 4.0
"""Distance of the clusters' middles from the origin, in standard deviations of a cluster."""

Spoil = Callable[[Float[Tensor, "k d"]], Float[Tensor, "k d"]]


def some_items(
    count: int, d: int, *, seed: int, place: str, kinds: tuple[int, ...] = tuple(range(KINDS))
) -> tuple[Float[Tensor, "count d"], Int[Tensor, "count"]]:
    """Items of these kinds, and which kind each is. The clusters lie the same for every seed; their deviation is 1."""
    middles = torch.nn.functional.normalize(Draws(7, "middles", d).normal(KINDS, d), dim=1) * APART
    # Directions count unequally, as they do in features of pictures
    stretch = torch.logspace(0, -1, d)
    stretch = stretch * math.sqrt(d) / stretch.norm()
    draws = Draws(seed, "items", place)
    which = torch.tensor(kinds)[draws.integers(len(kinds), count)]
    return middles[which] + draws.normal(count, d) * stretch, which


def noisy(strength: float) -> Spoil:
    """Adds normal numbers of this deviation."""
    return lambda rows: rows + strength * Draws(1, "noise").normal(*rows.shape)


def blurred(kept: float) -> Spoil:
    """Shrinks towards the mean; 1 = not at all."""
    return lambda rows: rows.mean(0) + kept * (rows - rows.mean(0))


def repeated(times: int) -> Spoil:
    """Every item comes so many times."""
    return lambda rows: rows[torch.arange(len(rows)) // times]


def some_traits(rows: Float[Tensor, "n d"]) -> tuple[Trait, ...]:
    """Two things that could be said of items."""
    return (
        Trait("place", rows[:, 0], "lie too far left", "lie too far right"),
        Trait("size", rows.norm(dim=1), "are smaller than the data", "are larger than the data"),
    )


def a_case(
    n: int = 200,
    d: int = 16,
    kernel: Kernel = "gaussian",
    *,
    seed: int = 0,
    kinds: tuple[int, ...] = tuple(range(KINDS)),
    spoil: Spoil = lambda rows: rows,
    labelled: bool = False,
    training: int | None = None,
    more: int | None = None,
) -> Case:
    """A case whose samples are fresh items of the data themselves, unless something is done to them.

    Args:
        n: samples, reference items and held-out items.
        d: features.
        kernel: which kernel suits them; features for "cubic" are shifted so that all are about 1.
        seed: of everything.
        kinds: which clusters the samples come from; the data have all of `KINDS`.
        spoil: done to all `more` samples; the case's samples are the first n of what it gives.
        labelled: whether classes are known: the clusters.
        training: training items; None = 4 n.
        more: samples for what needs many; None = 2 n.
    """
    training, more = training or 4 * n, more or 2 * n
    shift = 1.0 if kernel == "cubic" else 0.0
    known, known_kinds = some_items(training, d, seed=seed, place="training")
    held_out, held_out_kinds = some_items(n, d, seed=seed, place="held out")
    made, made_kinds = some_items(more, d, seed=seed, place="samples", kinds=kinds)
    known, held_out, made = known + shift, held_out + shift, spoil(made + shift)
    names = tuple(f"kind {number}" for number in range(KINDS))
    samples, reference = made[:n], known[:n]
    return Case(
        samples=samples,
        reference=reference,
        held_out=held_out,
        training=known,
        training_total=training,
        more_samples=made,
        kernel=kernel,
        labels=Labels(names, made_kinds[:n], known_kinds[:n], held_out_kinds, known_kinds) if labelled else None,
        traits=lambda: (some_traits(samples), some_traits(reference), some_traits(held_out)),
        path_lengths=lambda count: Draws(seed, "paths").normal(count).square(),
        seed=seed,
    )
