"""The registries of recipes and of where they come from, and what recipes share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ganforge.core.recipe import Budget, LatentSettings, Lineage, Recipe
from ganforge.core.records import DataCard
from ganforge.core.registry import Registry
from ganforge.core.settings import Part

RECIPES: Registry[Callable[[DataCard], Recipe]] = Registry("ganforge.recipes", "recipe", "recipe")
LINEAGES: Registry[Lineage] = Registry("ganforge.recipes", "recipe", "LINEAGE")
"""Each recipe's paper and story, by the recipe's name."""

KIMG_FOR_NUMBERS = 2304.0
"""k rows that a first training of numbers shows: well under a minute of one core for small dense networks."""

DCGAN: Mapping[str, Any] = {
    "generator_norm": "batch",
    "discriminator_norm": "batch",
    "init": "dcgan",
    "last": "up",
}
"""The pair of arXiv:1511.06434, which several papers after it took over, at half of its width."""

DCGAN_WIDTH = (
    "Widths: at 64x64 D has 32 to 256 channels, so that a CPU trains it in minutes; the authors' DCGAN has 64 to 512: "
    "--set networks.settings.discriminator_width=64. Kernels are 4x4."
)
RESIDUAL_WIDTH = (
    "Widths: up to 32x32 both networks have 32 channels, so that a CPU trains them in minutes; larger pictures 16 at "
    "their own resolution, doubling as it halves."
)
SHOWS_THE_AVERAGE = "The average of G's weights is shown and saved (arXiv:1806.04498); the paper shows the last ones."
"""Among the deviations of every recipe from a paper but R3GAN's, which shows the average too."""
SAME_ON_NUMBERS = (
    "Numbers: all recipes from papers use the same two MLPs (3 layers of 128 units, z of normal numbers; none of "
    "auto's Fourier features and coins), so that what differs is the idea."
)


def of_pictures(data: DataCard) -> bool:
    """Samples of three axes are pictures; all else is rows of numbers."""
    return len(data.shape) == 3


def minutes_for_pictures(data: DataCard) -> float:
    """How long a first training of pictures should take: 3 minutes at 28x28, longer for more pixels, at most an hour.

    Larger pictures need more samples and each costs more; a square-root-like growth keeps a first run short enough to
    be tried; --minutes asks for more.
    """
    _, height, width = data.shape
    return float(min(60.0, max(3.0, round(3.0 * (height * width / 784.0) ** 0.75))))


def budget_for(data: DataCard) -> Budget:
    """The length of a first training by a recipe from a paper."""
    if of_pictures(data):
        return Budget(kimg=None, minutes=minutes_for_pictures(data))
    return Budget(kimg=KIMG_FOR_NUMBERS, minutes=None)


def networks_for_numbers(settings: Mapping[str, Any]) -> Part:
    """The MLPs that all recipes from papers share for rows of numbers, with what belongs to the recipe's idea."""
    return Part("mlp", {"width": 128, "depth": 3, **settings})


def residual_for(data: DataCard, settings: Mapping[str, Any]) -> Part:
    """SNGAN's residual pair (arXiv:1802.05957, appendix B.4) at a fraction of its width, with what a recipe adds.

    Up to 32x32 in its form for CIFAR-10, whose channels stay the same; above in its form for larger pictures.
    """
    same = {"width": 32, "widening": "none", "discriminator_side": 8, "discriminator_last": 2}
    doubling = {"width": 16, "max_width": 1024}
    return Part("resnet", {**(same if small(data) else doubling), **settings})


def small(data: DataCard) -> bool:
    """Pictures of up to 32x32 pixels."""
    return max(data.shape[1:]) <= 32


def latent_for(data: DataCard) -> LatentSettings:
    """The z that all recipes from papers share for rows of numbers: as many normal numbers as columns, at least 2."""
    return LatentSettings(normal=max(2, data.shape[0]))
