"""Chooses everything for your data: the recipe that works with no flag.

Pictures: a DCGAN generator with batch normalisation against a plain discriminator under lazy R1 and R2 penalties
(arXiv:1801.04406), which learned several times faster than the textbook DCGAN in our measurements.
Numbers: two MLPs, relativistic pairing with R1 and R2 (arXiv:2501.05441), which covers all modes.
"""

from __future__ import annotations

from dataclasses import replace

from ganforge.core.recipe import (
    Budget,
    EmaSettings,
    LatentSettings,
    Lineage,
    OptimizerSettings,
    PenaltySettings,
    Recipe,
)
from ganforge.core.records import DataCard
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part
from ganforge.recipes import r3gan
from ganforge.recipes._recipes import minutes_for_pictures

LINEAGE = Lineage(
    paper=(
        "None of its own. Pictures: Mescheder, Geiger, Nowozin (2018), arXiv:1801.04406; numbers: R3GAN (2025), "
        "arXiv:2501.05441"
    ),
    brought=(
        "Nothing new, but measured: for pictures a DCGAN generator against a plain discriminator, both slopes of D "
        "kept small (R1, R2); for numbers relativistic pairing with the same."
    ),
    cures=(
        "The search for settings: batch, rates, penalties, widths and length follow from the data, and the machine is "
        "measured before it starts."
    ),
    use="Always first. The other recipes are for comparing, for teaching, and for when you know better.",
    deviations=(
        (
            "The penalties are applied in every 16th or 4th step, and then count as many times more; the papers apply "
            "them in every step."
        ),
        (
            "Numbers: a part of z are coins, and D sees Fourier features of its input (arXiv:1806.00880, "
            "arXiv:2006.10739): so narrow clusters come out apart, and as wide as they are."
        ),
    ),
)

FULL_RATE_KIMG = 100.0
"""So long at most the rate of pictures stays full: kept up for half of ten minutes, samples got worse from the second
minute on (docs/performance.md)."""
PASSES = 150
"""So often a set of pictures is shown at most: after more, D knows a small set by heart and the variety shrinks."""
FEW = 300
"""Up to so many pictures, all that D sees is augmented. Measured with 100 (docs/benchmarks.md, "A hundred pictures");
the number itself is a choice."""
FEW_KIMG = 200.0
"""And they are trained on for so long: ten times what was chosen before, and samples came to a quarter or less of their
distance from pictures that nobody had seen, without copying."""
SMALL_PIXELS = 32 * 32
"""Pictures of up to so many pixels have rarer penalties and, where they are grey, a higher rate, larger batches and a
deeper generator."""


def recipe(data: DataCard) -> Recipe:
    """The recipe for pictures (samples of three axes) or for rows of numbers (all else)."""
    return _pictures(data) if len(data.shape) == 3 else _numbers(data)


def _pictures(data: DataCard) -> Recipe:
    channels, height, width = data.shape
    minutes = minutes_for_pictures(data)
    # Deeper pairs, as larger pictures need, diverge at the rate that suits small ones, and under rare, hard penalties
    small = height * width <= SMALL_PIXELS
    small_grey = small and channels == 1
    # Stacked digits had spikes of D's loss at 3e-3 and none at 1e-3 (docs/benchmarks.md)
    rate = 3e-3 if small_grey else 1e-3
    few = data.count <= FEW
    # From what helped and what did not (docs/performance.md): smaller batches than usual, for more updates in the same
    # time; a second convolution at each of G's resolutions where pictures are grey and not few, though it costs speed
    batch = 32 if small_grey else 16
    depth = 2 if small_grey and not few else 1
    adam = OptimizerSettings(lr=Schedule(rate, end=0.0, shape="linear", hold=0.5, hold_kimg=FULL_RATE_KIMG))
    kimg = FEW_KIMG if few else data.count * PASSES / 1000
    length = f"{kimg:g}k samples" if few else f"{PASSES} times all pictures"
    colours = "grey" if channels == 1 else "colour"
    return Recipe(
        name="auto",
        lineage=LINEAGE,
        why=(
            f"{data.count:,} {colours} pictures of {width}x{height}: convolutional networks, "
            f"{minutes:g} minutes for this size, or {length}" + (", augmented since they are few" if few else "")
        ),
        networks=Part("dcgan", {"width": 16, "discriminator_width": 32, "depth": depth, "discriminator_depth": 1}),
        objective=Part("non-saturating"),
        penalties=_r1_and_r2(constant(0.5), every=16 if small else 4),
        augment=Part("diff") if few else None,
        generator=adam,
        discriminator=adam,
        batch=batch,
        latent=LatentSettings(normal=64),
        ema=EmaSettings(half_life_kimg=30.0),
        budget=Budget(kimg=kimg, minutes=minutes),
    )


def _numbers(data: DataCard) -> Recipe:
    """The recipe from a paper that covers every mode and draws it sharply (docs/zoo.md), made finer."""
    base = r3gan.recipe(data)
    adam = OptimizerSettings(lr=Schedule(2e-3, end=0.0, warmup=0.01))
    return replace(
        base,
        name="auto",
        lineage=LINEAGE,
        why=f"{data.count:,} rows of {data.shape[0]} numbers: two small dense networks, r3gan's loss and penalties",
        networks=Part("mlp", {"width": 128, "depth": 3, "fourier": 32}),
        penalties=_r1_and_r2(Schedule(0.5, end=0.02, shape="geometric"), every=4),
        generator=adam,
        discriminator=adam,
        latent=replace(base.latent, signs=10),
        budget=Budget(kimg=base.budget.kimg, minutes=30.0),
    )


def _r1_and_r2(gamma: Schedule, every: int) -> tuple[PenaltySettings, ...]:
    return tuple(PenaltySettings(Part(name), gamma, every) for name in ("r1", "r2"))
