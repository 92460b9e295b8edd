"""R3GAN: relativistic pairing with R1 and R2, and no normalisation of any kind (arXiv:2501.05441)."""

from __future__ import annotations

import math

from ganforge.core.recipe import EmaSettings, LatentSettings, Lineage, OptimizerSettings, PenaltySettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import Schedule
from ganforge.core.settings import Part
from ganforge.recipes._recipes import (
    SAME_ON_NUMBERS,
    budget_for,
    latent_for,
    networks_for_numbers,
    of_pictures,
)

LINEAGE = Lineage(
    paper=(
        "Huang, Gokaslan, Kuleshov, Tompkin, The GAN is dead; long live the GAN! A Modern GAN Baseline (2025), "
        "arXiv:2501.05441"
    ),
    brought=(
        "A loss that is proven to converge locally: each real sample is compared with a forgery, and D's slope is kept "
        "small at both (R1, R2). StyleGAN's tricks can go: plain residual networks, grouped convolutions, no "
        "normalisation."
    ),
    cures=(
        "Collapse and divergence at once: 1000 of 1000 modes on StackedMNIST, and FIDs beyond StyleGAN2's. "
        "Two second derivatives make D's step two to three times as dear."
    ),
    use="Where quality and full coverage count and time is at hand. The modern baseline.",
    deviations=(
        (
            "Widths: 16 channels at the picture's own resolution, doubling up to 128, and one block each, where the "
            "paper's FFHQ-256 networks have 96 to 768 and two: --set networks.settings.width=96 --set "
            "networks.settings.max_width=768 --set networks.settings.depth=2."
        ),
        (
            "gamma: the paper gives one for each set of pictures; here it grows with the pixels so that it meets the "
            "paper's at 64x64 and 256x256 (2 and 150), and falls to a tenth over the run, as there."
        ),
        (
            "Adam's beta2 stays at 0.99 (there it rises from 0.9), and the rate begins at 0.001, not 0.0002, since a "
            "first run here is a thousand times shorter; it falls to a quarter, as there. No augmentation."
        ),
        "Batches of 64 for pictures; the paper's are larger.",
        (
            "The average of G's weights has a half-life of 20k samples, 8k on numbers; the authors' presets have 500k "
            "(FFHQ) and 5,000k (CIFAR-10)."
        ),
        SAME_ON_NUMBERS + " gamma 0.1 was chosen on the sample `grid`.",
    ),
)

MEASURED = ((64 * 64, 2.0), (256 * 256, 150.0))
"""Pixels and the gamma that the paper begins with there (FFHQ)."""


def recipe(data: DataCard) -> Recipe:
    """The paper's loss and schedules (its section 3 and appendix)."""
    pictures = of_pictures(data)
    adam = OptimizerSettings(lr=Schedule(1e-3, end=2.5e-4), betas=(0.0, 0.99))
    gamma = gamma_for_pictures(data) if pictures else 0.1
    weight = Schedule(gamma, end=gamma / 10.0)
    return Recipe(
        name="r3gan",
        why="the loss, the schedules and the kind of networks of the R3GAN paper",
        networks=Part("resnext", {"width": 16, "max_width": 128, "depth": 1}) if pictures else networks_for_numbers({}),
        objective=Part("relativistic"),
        penalties=(PenaltySettings(Part("r1"), weight), PenaltySettings(Part("r2"), weight)),
        generator=adam,
        discriminator=adam,
        batch=64 if pictures else 256,
        latent=LatentSettings(normal=64) if pictures else latent_for(data),
        ema=EmaSettings(half_life_kimg=20.0 if pictures else 8.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )


def gamma_for_pictures(data: DataCard) -> float:
    """A power of the number of pixels, through the paper's two values for faces."""
    (few, low), (many, high) = MEASURED
    _, height, width = data.shape
    exponent = math.log(high / low) / math.log(many / few)
    return float(low * (height * width / few) ** exponent)
