"""PacGAN: D judges several samples at once, so that it sees a lack of variety (arXiv:1712.04086)."""

from __future__ import annotations

from ganforge.core.recipe import EmaSettings, LatentSettings, Lineage, OptimizerSettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part
from ganforge.recipes._recipes import (
    DCGAN,
    DCGAN_WIDTH,
    SAME_ON_NUMBERS,
    SHOWS_THE_AVERAGE,
    budget_for,
    latent_for,
    networks_for_numbers,
    of_pictures,
)

LINEAGE = Lineage(
    paper=(
        "Lin, Khetan, Fanti, Oh, PacGAN: The power of two samples in generative adversarial networks (2017), "
        "arXiv:1712.04086"
    ),
    brought=(
        "Packing: D is shown m samples of one kind side by side. Nothing else changes: same networks, same loss, same "
        "hyperparameters; only D's first layer is wider."
    ),
    cures=(
        "Mode collapse: m forgeries that are alike give themselves away. On the paper's 25 Gaussians a GAN found 17.3 "
        "modes, with packs of 4 it found 24.8; 1000 of 1000 on StackedMNIST, where a DCGAN found 99."
    ),
    use="As the first thing to try against collapse; --set packing=2 works with every recipe.",
    deviations=(
        DCGAN_WIDTH,
        "Packs of 2, the smallest; the paper goes up to 4, which learn more slowly: --set packing=4.",
        (
            "Numbers: batches of 128, Adam at 0.001 falling to 0; the paper's experiment with 25 Gaussians has 100 and "
            "a constant 0.0001 for 17 times as many samples. Its networks are larger, with batch normalisation in G "
            "and maxout in D: --set networks.settings.width=400 --set networks.settings.depth=4 --set "
            "networks.settings.generator_norm=batch --set networks.settings.discriminator_width=200 --set "
            "networks.settings.discriminator_depth=3 --set networks.settings.discriminator_pieces=5."
        ),
        SHOWS_THE_AVERAGE,
        SAME_ON_NUMBERS,
    ),
)


def recipe(data: DataCard) -> Recipe:
    """The paper's DCGAN with packs for pictures, its experiment with 25 Gaussians for numbers."""
    pictures = of_pictures(data)
    adam = (
        OptimizerSettings(lr=constant(2e-4), betas=(0.5, 0.999))
        if pictures
        else OptimizerSettings(lr=Schedule(1e-3, end=0.0), betas=(0.8, 0.999))
    )
    return Recipe(
        name="pacgan",
        why="packs of 2 samples for the discriminator, as in the PacGAN paper",
        networks=Part("dcgan", DCGAN) if pictures else networks_for_numbers({}),
        objective=Part("non-saturating"),
        generator=adam,
        discriminator=adam,
        batch=64 if pictures else 128,
        packing=2,
        latent=LatentSettings(uniform=100) if pictures else latent_for(data),
        ema=EmaSettings(half_life_kimg=5.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )
