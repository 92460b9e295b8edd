"""A recipe: every choice that shapes a training, as one frozen value."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from ganforge.core.errors import SettingError
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part


@dataclass(frozen=True)
class OptimizerSettings:
    """The optimiser of the players that one phase trains."""

    lr: Schedule
    """Learning rate over the run."""
    betas: tuple[float, float] = (0.0, 0.99)
    """Decay, a step, of the running mean of the gradient (the momentum; RMSProp has none) and of its running square
    (SGD has none)."""
    eps: float = 1e-8
    """Added to the root of the running square (SGD: unused)."""
    method: Literal["adam", "rmsprop", "sgd"] = "adam"
    """Adam (arXiv:1412.6980), RMSProp, or stochastic gradient descent with momentum."""

    def __post_init__(self) -> None:
        if not all(0.0 <= beta < 1.0 for beta in self.betas):
            raise SettingError(f"An optimiser's betas are {self.betas}; both must lie in [0, 1).")
        if not 0.0 < self.eps < math.inf:
            raise SettingError(f"An optimiser's eps is {self.eps}; it must be a number above 0.")


@dataclass(frozen=True)
class PenaltySettings:
    """A regulariser of the discriminator."""

    penalty: Part
    """Its name in losses/penalties, with settings."""
    weight: Schedule
    """Its strength (gamma)."""
    every: int = 1
    """Applied in every n-th step with n times its strength, so that laziness keeps the strength."""


@dataclass(frozen=True)
class EmaSettings:
    """The averaged generator: what is saved, shown and measured."""

    half_life_kimg: float
    """After so many k samples, half of the average is newer."""
    ramp_up: float = 0.05
    """The half-life is never more than this share of the samples seen so far, so that the beginning is forgotten."""

    def __post_init__(self) -> None:
        for name, value in (("half_life_kimg", self.half_life_kimg), ("ramp_up", self.ramp_up)):
            if not 0.0 < value < math.inf:
                raise SettingError(f"ema.{name} is {value}; it must be a number above 0.")


@dataclass(frozen=True)
class LatentSettings:
    """The noise z that the generator starts from."""

    normal: int = 0
    """So many standard normal numbers."""
    uniform: int = 0
    """So many numbers that are uniform in [-1, 1]."""
    signs: int = 0
    """So many fair coins, -1 or 1: a continuous map of a connected z cannot make separate clusters without samples
    between them (arXiv:1806.00880); coins take z apart."""

    @property
    def length(self) -> int:
        """Numbers in one z: the normal ones, the uniform ones, then the coins."""
        return self.normal + self.uniform + self.signs

    def __post_init__(self) -> None:
        for name, value in (("normal", self.normal), ("uniform", self.uniform), ("signs", self.signs)):
            if value < 0:
                raise SettingError(f"latent.{name} is {value}; it must be 0 or more.")
        if self.length < 1:
            raise SettingError("The latent is empty; give latent.normal, latent.uniform or latent.signs at least 1.")


@dataclass(frozen=True)
class Budget:
    """How long to train: whichever of the two is reached first. None = no such bound."""

    kimg: float | None
    """k real samples shown to the discriminator."""
    minutes: float | None
    """Wall time of training; turned into k samples by the measured speed before the first step."""


@dataclass(frozen=True)
class Lineage:
    """Where a recipe comes from, for people."""

    paper: str
    """Authors, title, year, arXiv number."""
    brought: str
    """What it brought."""
    cures: str
    """Which trouble of its forerunners it cures, and which it leaves."""
    use: str
    """When to use it."""
    deviations: tuple[str, ...] = ()
    """Where the recipe departs from the paper, and why."""


@dataclass(frozen=True)
class Recipe:
    """A complete named set of choices."""

    name: str
    why: str
    """One line for a person: what was chosen and for what reason."""
    networks: Part
    """The pair of architectures, by name in networks/."""
    objective: Part
    """The adversarial losses, by name in losses/objectives/."""
    generator: OptimizerSettings
    discriminator: OptimizerSettings
    batch: int
    """Real samples in each step of the discriminator."""
    latent: LatentSettings
    ema: EmaSettings
    budget: Budget
    penalties: tuple[PenaltySettings, ...] = ()
    projections: tuple[Part, ...] = ()
    """What is done to the discriminator's weights after each of its updates, by name in losses/projections."""
    discriminator_steps: int = 1
    """Updates of the discriminator for one of the generator."""
    packing: int = 1
    """The discriminator judges so many samples of one kind at once (PacGAN, arXiv:1712.04086)."""
    augment: Part | None = None
    """What the discriminator's input is changed by, real and fake alike, by name in augment/; None = nothing."""
    class_weight: Schedule = field(default_factory=lambda: constant(1.0))
    """Strength of the classes' loss, where the discriminator also classifies."""
    game: Part = field(default_factory=lambda: Part("noise"))
    """Who plays and how, by name in games/."""
    lineage: Lineage | None = None
    """Where it comes from; None = nowhere but here."""

    def __post_init__(self) -> None:
        for name, value in (
            ("batch", self.batch),
            ("discriminator_steps", self.discriminator_steps),
            ("packing", self.packing),
        ):
            if value < 1:
                raise SettingError(f"Recipe '{self.name}': {name} is {value}; it must be at least 1.")
        if self.batch % self.packing:
            raise SettingError(
                f"Recipe '{self.name}': a batch of {self.batch} cannot be judged in packs of {self.packing}; "
                f"make the batch a multiple of it."
            )
        for which, bound in (("budget.kimg", self.budget.kimg), ("budget.minutes", self.budget.minutes)):
            if bound is not None and not 0 < bound < math.inf:
                raise SettingError(f"Recipe '{self.name}': {which} is {bound}; it must be a number above 0.")
        for penalty in self.penalties:
            if penalty.every < 1:
                raise SettingError(
                    f"Recipe '{self.name}': a penalty's `every` is {penalty.every}; it must be at least 1."
                )
