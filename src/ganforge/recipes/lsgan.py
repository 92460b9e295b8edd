"""LSGAN: D is fitted by least squares, so that samples it is sure of still pull (arXiv:1611.04076)."""

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
    paper=("Mao, Li, Xie, Lau, Wang, Smolley, Least Squares Generative Adversarial Networks (2016), arXiv:1611.04076"),
    brought=(
        "Squared distances to targets (fake 0, real 1; G aims at 1) in place of cross-entropy: G then lowers a Pearson "
        "chi-squared divergence."
    ),
    cures=(
        "Vanishing gradients: a forgery on the right side of D's border but far from the data is still pulled towards "
        "them. Collapse can still happen."
    ),
    use="Where a DCGAN stalls because D has won; one line away from it, at the same price.",
    deviations=(
        (
            "Networks are those of the paper's comparison of stability (a DCGAN at 64x64) at every size, so that only "
            "the loss differs from the recipe `dcgan`; its larger scenes and its characters had networks of their own."
        ),
        DCGAN_WIDTH,
        "z has 100 numbers, not 1024: --set latent.uniform=1024.",
        SHOWS_THE_AVERAGE,
        SAME_ON_NUMBERS,
    ),
)


def recipe(data: DataCard) -> Recipe:
    """The paper's targets and optimiser (its sections 3 and 4)."""
    pictures = of_pictures(data)
    adam = OptimizerSettings(lr=constant(2e-4), betas=(0.5, 0.999))
    return Recipe(
        name="lsgan",
        why="the loss and the optimiser of the LSGAN paper",
        networks=Part("dcgan", DCGAN) if pictures else networks_for_numbers({}),
        objective=Part("least-squares"),
        generator=adam,
        discriminator=adam,
        batch=64,
        latent=LatentSettings(uniform=100) if pictures else latent_for(data),
        ema=EmaSettings(half_life_kimg=5.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )
