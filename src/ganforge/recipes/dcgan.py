"""DCGAN: the convolutional pair with batch normalisation that made GANs of pictures train (arXiv:1511.06434).

Brought: strided and transposed convolutions instead of pooling and dense layers, batch normalisation in both players,
ReLU in G and LeakyReLU in D, Adam at 2e-4 with beta1 0.5.
Cures: the failure of the first, dense GANs on anything beyond digits.
Use it: as the classic to compare with, and in courses. For results, `auto` learns several times faster.
Deviations: z is normal, not uniform; the averaged generator is shown, the paper shows the last one; widths follow the
picture's size.
"""

from __future__ import annotations

from ganforge.core.recipe import Budget, EmaSettings, LatentSettings, OptimizerSettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import constant
from ganforge.core.settings import Part
from ganforge.recipes._recipes import minutes_for_pictures


def recipe(data: DataCard) -> Recipe:
    """The paper's hyperparameters (its section 4)."""
    adam = OptimizerSettings(lr=constant(2e-4), betas=(0.5, 0.999))
    return Recipe(
        name="dcgan",
        why="the hyperparameters of the DCGAN paper",
        networks=Part(
            "dcgan", {"discriminator_norm": "batch", "generator_norm": "batch", "init": "dcgan", "last": "up"}
        ),
        objective=Part("non-saturating"),
        generator=adam,
        discriminator=adam,
        batch=128,
        latent=LatentSettings(normal=100),
        ema=EmaSettings(half_life_kimg=5.0),
        budget=Budget(kimg=None, minutes=minutes_for_pictures(data) if len(data.shape) == 3 else 3.0),
    )
