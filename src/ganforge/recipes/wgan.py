"""WGAN: D measures how far the samples have to be moved; its weights are clipped (arXiv:1701.07875)."""

from __future__ import annotations

from ganforge.core.recipe import EmaSettings, LatentSettings, Lineage, OptimizerSettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import constant
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
    paper="Arjovsky, Chintala, Bottou, Wasserstein GAN (2017), arXiv:1701.07875",
    brought=(
        "A critic that estimates the Wasserstein distance in place of a judge of true or false; five updates of it for "
        "one of G; weights clipped to [-0.01, 0.01] so that its slope is bounded."
    ),
    cures=(
        "Gradients that vanish where real and fake do not overlap; a loss that says nothing: the critic's falls as the "
        "samples get better. Clipping makes it slow and its critic too simple."
    ),
    use="To see a loss curve that means something, and why `wgan-gp` followed.",
    deviations=(
        DCGAN_WIDTH,
        "z is normal, as in the authors' experiments; the paper does not say.",
        SHOWS_THE_AVERAGE,
        SAME_ON_NUMBERS,
    ),
)


def recipe(data: DataCard) -> Recipe:
    """The paper's algorithm 1 with its default values."""
    pictures = of_pictures(data)
    rmsprop = OptimizerSettings(lr=constant(5e-5), betas=(0.0, 0.99), method="rmsprop")
    return Recipe(
        name="wgan",
        why="algorithm 1 of the WGAN paper with its default values",
        networks=Part("dcgan", DCGAN) if pictures else networks_for_numbers({}),
        objective=Part("wasserstein"),
        projections=(Part("weight-clipping", {"bound": 0.01}),),
        generator=rmsprop,
        discriminator=rmsprop,
        discriminator_steps=5,
        batch=64,
        latent=LatentSettings(normal=100) if pictures else latent_for(data),
        ema=EmaSettings(half_life_kimg=5.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )
