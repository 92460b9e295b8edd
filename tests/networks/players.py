"""Every pair of networks, with shapes that it takes, as the tests of this folder build them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from ganforge.core.records import Condition
from ganforge.core.settings import Part
from ganforge.networks._pair import PAIRS, Discriminator, Generator

SHAPES = [(1,), (2,), (20,), (1, 28, 28), (3, 32, 48), (1, 1, 1), (3, 7, 100), (1, 64, 64)]
LATENT, BATCH = 5, 4

Shape = tuple[int, ...]


def taken() -> Iterator[tuple[str, Shape]]:
    for name, shape in itertools.product(PAIRS.names(), SHAPES):
        if PAIRS.get(name)().takes(shape) is None:
            yield name, shape


def small() -> Iterator[tuple[str, Shape]]:
    """Each pair with a shape that is quick to compute."""
    for name in PAIRS.names():
        yield name, next(shape for shape in ((1, 12, 12), (7,)) if PAIRS.get(name)().takes(shape) is None)


every_pair = pytest.mark.parametrize("name", PAIRS.names())
every_small_pair = pytest.mark.parametrize(("name", "shape"), list(small()))
every_shape = pytest.mark.parametrize(("name", "shape"), list(taken()))
every_number_of_classes = pytest.mark.parametrize("classes", [0, 3])


def players(
    name: str, shape: Shape, classes: int, seed: int = 0, settings: dict[str, object] | None = None
) -> tuple[Generator, Discriminator]:
    """Both networks, narrow ones; parts of them that begin at exactly zero are moved a little off it."""
    pair = Part(name, {"width": 16, **(settings or {})}).build(PAIRS.get(name))
    torch.manual_seed(seed)
    both = pair.generator(shape, LATENT, classes), pair.discriminator(shape, classes)
    for parameter in (parameter for network in both for parameter in network.parameters()):
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    return both


def asked(classes: int) -> Condition | None:
    return Condition(labels=torch.arange(BATCH) % classes) if classes else None


def latents() -> Tensor:
    return torch.randn(BATCH, LATENT, generator=torch.Generator().manual_seed(3))


def samples(shape: Shape) -> Tensor:
    return torch.randn(BATCH, *shape, generator=torch.Generator().manual_seed(4))


def pairs_of_tensors(a: nn.Module, b: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
    ours, theirs = a.state_dict(), b.state_dict()
    assert list(ours) == list(theirs)
    return zip(ours.values(), theirs.values(), strict=True)
