"""SAGAN: self-attention lets far parts of a picture agree; two rates of learning (arXiv:1805.08318)."""

from __future__ import annotations

from typing import Any

from ganforge.core.recipe import EmaSettings, LatentSettings, Lineage, OptimizerSettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import constant
from ganforge.core.settings import Part
from ganforge.recipes._recipes import (
    SAME_ON_NUMBERS,
    SHOWS_THE_AVERAGE,
    budget_for,
    latent_for,
    networks_for_numbers,
    of_pictures,
    small,
)

LINEAGE = Lineage(
    paper="Zhang, Goodfellow, Metaxas, Odena, Self-Attention Generative Adversarial Networks (2018), arXiv:1805.08318",
    brought=(
        "A layer in both players where every place of a map looks at all others; spectral normalisation of G too; "
        "D's rate is four times G's: one step of D for one of G is enough."
    ),
    cures=(
        "Dogs of good fur and no clear legs: convolutions see near places only. It brought the best FID on ImageNet "
        "from 27.6 to 18.7. Attention costs the square of the places."
    ),
    use="For pictures whose parts must fit together, from 64x64 up; with --labels for classes.",
    deviations=(
        (
            "Widths: 16 channels at the picture's own resolution, doubling as it halves, where the "
            "paper's ImageNet networks have 64: --set networks.settings.width=64."
        ),
        (
            "Attention at the maps of 32x32 pixels, as there, or the largest below; in pictures of up to 32x32 at "
            "16x16: at full size it would cost more than all else."
        ),
        "Batches of 64 for pictures; the paper has 256.",
        SHOWS_THE_AVERAGE,
        SAME_ON_NUMBERS + " G has batch normalisation there too, without which spectral normalisation would tie it to "
        "a slope of 1; self-attention needs places and is left out.",
    ),
)


def recipe(data: DataCard) -> Recipe:
    """The paper's hyperparameters (its section 4)."""
    pictures = of_pictures(data)
    normalised = {"generator_norm": "batch", "generator_spectral": True, "discriminator_spectral": True}
    return Recipe(
        name="sagan",
        why="the SAGAN paper's networks and hyperparameters",
        networks=_residual(data, normalised) if pictures else networks_for_numbers(normalised),
        objective=Part("hinge"),
        generator=OptimizerSettings(lr=constant(1e-4), betas=(0.0, 0.9)),
        discriminator=OptimizerSettings(lr=constant(4e-4), betas=(0.0, 0.9)),
        batch=64 if pictures else 256,
        latent=LatentSettings(normal=128) if pictures else latent_for(data),
        ema=EmaSettings(half_life_kimg=5.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )


def _residual(data: DataCard, normalised: dict[str, Any]) -> Part:
    attention = 16 if small(data) else 32
    return Part(
        "resnet",
        {"width": 16, "max_width": 1024, "attention": attention, "generator_labels": "normalisation", **normalised},
    )
