"""What every adversarial objective is: the two halves of the game's loss, one number a score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ganforge.core.registry import Registry


@dataclass(frozen=True)
class Objective(ABC):
    """An adversarial pair of losses: pure functions of scores, with its hyperparameters as fields.

    Scores are float32 and higher is more real. Every scale of the scores is handed over by itself, so an
    objective never sees how many scales or judges there are; whoever calls it averages.
    """

    generator_sees_real: ClassVar[bool] = False
    """True where the generator's loss compares forgeries with real samples."""
    compares_means: ClassVar[bool] = False
    """False: element i of a loss depends on element i of the scores alone. True: also on the other kind's mean over
    the samples handed over; a batch that is computed in parts is then compared part by part."""
    converges_with: ClassVar[frozenset[str]] = frozenset()
    """Penalties with which the game is proven to come to rest where real and fake are alike, while the generator's
    gradient never vanishes before that; empty = there is no such proof for it."""

    @property
    def undecided(self) -> float | None:
        """The score of a sample that is as likely real as not; None = a score means nothing but beside another."""
        return 0.0

    @abstractmethod
    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """What the discriminator lowers: one number a score, to be averaged.

        Args:
            real: its scores of real samples.
            fake: its scores of forgeries.
        """

    @abstractmethod
    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """What the generator lowers: one number a score, to be averaged.

        Args:
            real: scores of real samples; NaN unless `generator_sees_real`, so that an objective that forgets
                to say that it needs them is noticed in its first step.
            fake: scores of its forgeries.
        """


OBJECTIVES: Registry[type[Objective]] = Registry("ganforge.losses.objectives", "objective", "OBJECTIVE")
"""Every adversarial objective by name."""
