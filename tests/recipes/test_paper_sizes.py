"""At the paper's size, the networks have the paper's number of parameters, or the difference is explained."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from torch import nn

from ganforge.core.recipe import Recipe
from ganforge.core.records import DataCard
from ganforge.core.settings import with_value
from ganforge.networks._pair import PAIRS
from ganforge.recipes._recipes import LINEAGES, RECIPES
from tests.recipes.kinds import settings_in


@dataclass(frozen=True)
class Size:
    """Numbers of parameters at the size of one of a paper's experiments."""

    where: str
    shape: tuple[int, ...]
    generator: int
    """The paper's, as printed or counted from the layers that it lists."""
    discriminator: int
    classes: int = 0
    extra_generator: int = 0
    """Ours have so many more ..."""
    extra_discriminator: int = 0
    why: str = ""
    """... for this reason."""


def norms(*channels: int) -> int:
    """Scales and shifts."""
    return 2 * sum(channels)


MAPS = (1024, 512, 256, 128)
FULL = 1024 * 512 + 512 * 256 + 256 * 128
"""Weights of the inner convolutions of the DCGAN paper's network, for each pixel of the kernel."""
HALF = 512 * 256 + 256 * 128 + 128 * 64
"""The same of the network of half its width that later papers took over."""

SIZES = {
    "gan": Size(
        where="MNIST, the authors' mnist.yaml",
        shape=(1, 28, 28),
        generator=100 * 1200 + 1200 + 1200 * 1200 + 1200 + 1200 * 784 + 784,
        discriminator=784 * 1200 + 1200 + 240 * 1200 + 1200 + 240 + 1,
    ),
    "dcgan": Size(
        where="LSUN at 64x64, figure 1: kernels of 5x5",
        shape=(3, 64, 64),
        generator=100 * 1024 * 16 + norms(*MAPS) + 25 * (FULL + 128 * 3) + 3,
        discriminator=25 * (3 * 128 + FULL) + 128 + norms(256, 512, 1024) + 1024 * 16 + 1,
        extra_generator=-9 * (FULL + 128 * 3),
        extra_discriminator=-9 * (3 * 128 + FULL),
        why="kernels of 4x4",
    ),
    "lsgan": Size(
        where="LSUN at 64x64, the DCGAN of its comparison of stability: kernels of 5x5, z of 1024",
        shape=(3, 64, 64),
        generator=1024 * 8192 + 8192 + 25 * (HALF + 64 * 3) + 256 + 128 + 64 + 3 + norms(512, 256, 128, 64),
        discriminator=25 * (3 * 64 + HALF) + 64 + 128 + 256 + 512 + norms(128, 256, 512) + 512 * 16 + 1,
        extra_generator=-9 * (HALF + 64 * 3) - (8192 + 256 + 128 + 64),
        extra_discriminator=-9 * (3 * 64 + HALF) - (128 + 256 + 512),
        why="kernels of 4x4, and no biases before a normalisation, which it would take away again",
    ),
    "wgan": Size(
        where="LSUN at 64x64, a DCGAN with 64 maps at the end",
        shape=(3, 64, 64),
        generator=3_576_704,
        discriminator=2_765_568,
        extra_generator=3,
        extra_discriminator=64 + 1,
        why="biases where no normalisation follows: of the picture, of D's first layer and of its score",
    ),
    "pacgan": Size(
        where="25 Gaussians, section 4.1: G of 400 units four times, D of 200 maxout units three times, packs of 2",
        shape=(2,),
        generator=2 * 400 + 3 * 400 * 400 + norms(400, 400, 400, 400) + 400 * 2 + 2,
        discriminator=4 * 1000 + 1000 + 2 * (200 * 1000 + 1000) + 200 + 1,
        extra_generator=4 * 400,
        why="biases before a normalisation, which it takes away again",
    ),
    "wgan-gp": Size(
        where="CIFAR-10, appendix F",
        shape=(3, 32, 32),
        generator=1_204_483,
        discriminator=1_053_825,
        extra_generator=-3 * 128,
        why="no biases before a normalisation, which it would take away again",
    ),
    "sngan": Size(
        where="CIFAR-10, table 4",
        shape=(3, 32, 32),
        generator=4_276_739,
        discriminator=1_053_825,
        extra_generator=-3 * 256,
        why="no biases before a normalisation, which it would take away again",
    ),
    "sagan": Size(
        where="ImageNet at 128x128: 81.5 M in all, table 1 of arXiv:1809.11096",
        shape=(3, 128, 128),
        classes=1000,
        generator=41_996_931 + 81_921,
        discriminator=39_443_137 + 20_481,
        extra_generator=-(1024 + 512 + 256 + 128 + 64),
        extra_discriminator=9 * (64**2 - 1024**2) + 64 - 1024,
        why="no biases before a normalisation; D's blocks widen in their second convolution, as SNGAN's do",
    ),
    "r3gan": Size(
        where="FFHQ at 256x256, table 2: 23.058 M and 23.010 M",
        shape=(3, 256, 256),
        generator=23_057_952,
        discriminator=23_009_568,
        extra_generator=3,
        extra_discriminator=96 + 1,
        why="biases of the picture, of D's first layer and of its score",
    ),
}


def parameters(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def at_papers_size(name: str, size: Size) -> Recipe:
    """The recipe with all that its story says to set for the paper's networks, and nothing else."""
    recipe = RECIPES.get(name)(DataCard("data", "a kind", 1000, size.shape, "fingerprint"))
    for path, value in settings_in(LINEAGES.get(name), numbers=len(size.shape) == 1):
        if path.startswith(("networks.", "latent.")):
            recipe = with_value(recipe, path, value)
    return recipe


@pytest.mark.parametrize("name", SIZES)
def test_a_recipe_at_its_papers_size_has_the_papers_number_of_parameters(name: str) -> None:
    size = SIZES[name]
    recipe = at_papers_size(name, size)
    pair = recipe.networks.build(PAIRS.get(recipe.networks.name))
    packs = recipe.packing
    generator = pair.generator(size.shape, recipe.latent.length, size.classes)
    discriminator = pair.discriminator((size.shape[0] * packs, *size.shape[1:]), size.classes * packs)
    explained = size.extra_generator, size.extra_discriminator
    assert any(explained) == bool(size.why)
    assert parameters(generator) - size.generator == size.extra_generator
    assert parameters(discriminator) - size.discriminator == size.extra_discriminator


def test_every_recipe_from_a_paper_is_held_to_its_size() -> None:
    assert set(SIZES) == set(RECIPES.names()) - {"auto"}
