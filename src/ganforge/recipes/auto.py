"""Chooses everything for your data: the recipe that works with no flag. The machine is measured, see `Plan:`.

Pictures: a DCGAN generator with batch normalisation against a plain discriminator under lazy R1 and R2 penalties
(arXiv:1801.04406), which learned several times faster than the textbook DCGAN in our measurements.
Numbers: two MLPs, relativistic pairing with R1 and R2 (arXiv:2501.05441), which covers all modes.
"""

from __future__ import annotations

from ganforge.core.recipe import Budget, EmaSettings, LatentSettings, OptimizerSettings, PenaltySettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part
from ganforge.recipes._recipes import minutes_for_pictures

PASSES = 150
"""So often a set of pictures is shown at most: after more, D knows a small set by heart and the variety shrinks."""
LEAST_KIMG = 20.0
SMALL_PIXELS = 32 * 32
"""Pictures of up to so many pixels learn at a higher rate."""


def recipe(data: DataCard) -> Recipe:
    """The recipe for pictures (samples of three axes) or for rows of numbers (all else)."""
    return _pictures(data) if len(data.shape) == 3 else _numbers(data)


def _pictures(data: DataCard) -> Recipe:
    channels, height, width = data.shape
    minutes = minutes_for_pictures(data)
    # Deeper pairs, as larger pictures need, diverge at the rate that suits small ones, and under rare, hard penalties
    small = height * width <= SMALL_PIXELS
    adam = OptimizerSettings(lr=Schedule(3e-3 if small else 1e-3, end=0.0, shape="linear", hold=0.5))
    kimg = max(LEAST_KIMG, data.count * PASSES / 1000)
    colours = "grey" if channels == 1 else "colour"
    return Recipe(
        name="auto",
        why=(
            f"{data.count:,} {colours} pictures of {width}x{height}: convolutional networks, "
            f"{minutes:g} minutes for this size, or {PASSES} times all pictures"
        ),
        networks=Part("dcgan", {"width": 16, "discriminator_width": 32}),
        objective=Part("non-saturating"),
        penalties=_r1_and_r2(constant(0.5), every=16 if small else 4),
        generator=adam,
        discriminator=adam,
        batch=64,
        latent=LatentSettings(normal=64),
        ema=EmaSettings(half_life_kimg=30.0),
        budget=Budget(kimg=kimg, minutes=minutes),
    )


def _numbers(data: DataCard) -> Recipe:
    adam = OptimizerSettings(lr=Schedule(2e-3, end=0.0, warmup=0.01))
    columns = data.shape[0]
    return Recipe(
        name="auto",
        why=f"{data.count:,} rows of {columns} numbers: two small dense networks",
        networks=Part("mlp", {"width": 128, "depth": 3, "fourier": 32}),
        objective=Part("relativistic"),
        penalties=_r1_and_r2(Schedule(0.5, end=0.02, shape="geometric"), every=4),
        generator=adam,
        discriminator=adam,
        batch=256,
        latent=LatentSettings(normal=max(2, columns), signs=10),
        ema=EmaSettings(half_life_kimg=8.0),
        budget=Budget(kimg=2304.0, minutes=30.0),
    )


def _r1_and_r2(gamma: Schedule, every: int) -> tuple[PenaltySettings, ...]:
    return tuple(PenaltySettings(Part(name), gamma, every) for name in ("r1", "r2"))
