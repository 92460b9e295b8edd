"""WGAN-GP: a penalty holds the critic's slope near 1, where WGAN clips weights (arXiv:1704.00028)."""

from __future__ import annotations

from ganforge.core.recipe import EmaSettings, LatentSettings, Lineage, OptimizerSettings, PenaltySettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part
from ganforge.recipes._recipes import (
    RESIDUAL_WIDTH,
    SAME_ON_NUMBERS,
    SHOWS_THE_AVERAGE,
    budget_for,
    latent_for,
    networks_for_numbers,
    of_pictures,
    residual_for,
)

LINEAGE = Lineage(
    paper=(
        "Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville, Improved Training of Wasserstein GANs (2017), "
        "arXiv:1704.00028"
    ),
    brought=(
        "A penalty on the critic's slope on the lines between real and fake samples, 10 (|slope| - 1)^2, in place of "
        "clipped weights; residual networks for both players."
    ),
    cures=(
        "WGAN's slowness and its too simple critics; trains networks that earlier losses could not. Each step costs a "
        "second derivative, and the critic five steps."
    ),
    use="Where modes must not be lost and time is no matter; a stable start for odd architectures.",
    deviations=(
        RESIDUAL_WIDTH + " The paper's CIFAR-10 networks: --set networks.settings.width=128.",
        "G's batch is as large as the critic's (64); on CIFAR-10 the authors' code has twice that.",
        (
            "Labels, where there are: an auxiliary classifier and conditional batch normalisation, as there, but our "
            "critic learns the classes on forgeries too (as in AC-GAN's paper, arXiv:1610.09585), theirs on real "
            "samples only; and the classes count the same for G as for the critic, where they have 0.1 for G."
        ),
        (
            "Numbers: the authors' toy experiment (penalty 0.1, beta1 0.5, batches of 256), but with Adam at 0.001 "
            "falling to 0 where it has 0.0001 for 50 times as many samples."
        ),
        SHOWS_THE_AVERAGE,
        SAME_ON_NUMBERS,
    ),
)


def recipe(data: DataCard) -> Recipe:
    """The paper's CIFAR-10 experiment (its appendix F) for pictures, its toy experiment for numbers."""
    return _pictures(data) if of_pictures(data) else _numbers(data)


def _pictures(data: DataCard) -> Recipe:
    adam = OptimizerSettings(lr=Schedule(2e-4, end=0.0, shape="linear"), betas=(0.0, 0.9))
    return Recipe(
        name="wgan-gp",
        why="the WGAN-GP paper's residual networks and hyperparameters for CIFAR-10",
        networks=residual_for(
            data,
            {"pooling": "mean", "generator_labels": "normalisation", "discriminator_labels": "auxiliary"},
        ),
        objective=Part("wasserstein"),
        penalties=(PenaltySettings(Part("wgan-gp"), constant(10.0)),),
        generator=adam,
        discriminator=adam,
        discriminator_steps=5,
        batch=64,
        latent=LatentSettings(normal=128),
        ema=EmaSettings(half_life_kimg=5.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )


def _numbers(data: DataCard) -> Recipe:
    adam = OptimizerSettings(lr=Schedule(1e-3, end=0.0), betas=(0.5, 0.9))
    return Recipe(
        name="wgan-gp",
        why="the loss and the hyperparameters of the WGAN-GP authors' toy experiment",
        networks=networks_for_numbers({}),
        objective=Part("wasserstein"),
        penalties=(PenaltySettings(Part("wgan-gp"), constant(0.1)),),
        generator=adam,
        discriminator=adam,
        discriminator_steps=5,
        batch=256,
        latent=latent_for(data),
        ema=EmaSettings(half_life_kimg=8.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )
