"""DCGAN: the convolutional pair that made GANs of pictures train (arXiv:1511.06434)."""

from __future__ import annotations

from ganforge.core.recipe import EmaSettings, LatentSettings, Lineage, OptimizerSettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import constant
from ganforge.core.settings import Part
from ganforge.recipes._recipes import (
    DCGAN,
    SAME_ON_NUMBERS,
    SHOWS_THE_AVERAGE,
    budget_for,
    latent_for,
    networks_for_numbers,
    of_pictures,
)

LINEAGE = Lineage(
    paper=(
        "Radford, Metz, Chintala, Unsupervised Representation Learning with Deep Convolutional Generative "
        "Adversarial Networks (2015), arXiv:1511.06434"
    ),
    brought=(
        "Strided and transposed convolutions instead of pooling and dense layers, batch normalisation in both players, "
        "ReLU in G and LeakyReLU in D, Adam at 2e-4 with beta1 0.5."
    ),
    cures=(
        "The failure of the first, dense GANs on anything beyond digits. Collapse and the search for a balance of the "
        "two players stay."
    ),
    use="As the classic to compare with, and in courses. For results, `auto` learns several times faster.",
    deviations=(
        (
            "Widths: at 64x64 G has 512 to 64 channels and D 32 to 256, so that a CPU trains it in minutes; the paper "
            "has 1024 to 128 in both: --set networks.settings.width=64 --set networks.settings.max_width=1024 --set "
            "networks.settings.discriminator_width=128. Kernels are 4x4, not 5x5."
        ),
        "G begins with 4 to 7 pixels a side and the picture is cropped, so that every size can be made.",
        SHOWS_THE_AVERAGE,
        SAME_ON_NUMBERS,
    ),
)


def recipe(data: DataCard) -> Recipe:
    """The paper's hyperparameters (its section 4)."""
    pictures = of_pictures(data)
    adam = OptimizerSettings(lr=constant(2e-4), betas=(0.5, 0.999))
    return Recipe(
        name="dcgan",
        why="the hyperparameters of the DCGAN paper",
        networks=Part("dcgan", DCGAN) if pictures else networks_for_numbers({}),
        objective=Part("non-saturating"),
        generator=adam,
        discriminator=adam,
        batch=128,
        latent=LatentSettings(uniform=100) if pictures else latent_for(data),
        ema=EmaSettings(half_life_kimg=5.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )
