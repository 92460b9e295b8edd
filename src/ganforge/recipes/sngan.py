"""SNGAN: each layer of D is divided by its largest singular value, at little cost (arXiv:1802.05957)."""

from __future__ import annotations

from ganforge.core.recipe import EmaSettings, LatentSettings, Lineage, OptimizerSettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import Schedule
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
        "Miyato, Kataoka, Koyama, Yoshida, Spectral Normalization for Generative Adversarial Networks (2018), "
        "arXiv:1802.05957"
    ),
    brought=(
        "A bound on D's slope without a penalty: one step of power iteration a layer finds the largest singular value, "
        "and the weights are divided by it. Hinge loss, residual networks, five steps of D."
    ),
    cures=(
        "The price and the fragility of the gradient penalty, and clipping's simple critics; the first single network "
        "pair for all 1,000 ImageNet classes. It does not look at variety."
    ),
    use="For pictures, where a step must be cheap and steady; the base of SAGAN and BigGAN.",
    deviations=(
        RESIDUAL_WIDTH + " The paper's CIFAR-10 networks: --set networks.settings.width=256 --set "
        "networks.settings.discriminator_width=128.",
        "G's batch is as large as D's (64); the paper's is twice that.",
        "The rate falls to 0 over this run, as in the authors' code over theirs of 50,000 iterations.",
        SHOWS_THE_AVERAGE,
        SAME_ON_NUMBERS,
    ),
)


def recipe(data: DataCard) -> Recipe:
    """The paper's residual networks and hyperparameters for CIFAR-10 (its section 4 and appendix B.4)."""
    pictures = of_pictures(data)
    adam = OptimizerSettings(lr=Schedule(2e-4, end=0.0, shape="linear"), betas=(0.0, 0.9))
    return Recipe(
        name="sngan",
        why="the SNGAN paper's residual networks and hyperparameters for CIFAR-10",
        networks=residual_for(data, {"generator_labels": "normalisation", "discriminator_spectral": True})
        if pictures
        else networks_for_numbers({"discriminator_spectral": True}),
        objective=Part("hinge"),
        generator=adam,
        discriminator=adam,
        discriminator_steps=5,
        batch=64,
        latent=LatentSettings(normal=128) if pictures else latent_for(data),
        ema=EmaSettings(half_life_kimg=5.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )
