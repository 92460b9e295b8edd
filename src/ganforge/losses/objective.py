"""What every adversarial objective is: the two halves of the game's loss, element by element."""

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

    @abstractmethod
    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """What the discriminator lowers, element by element.

        Args:
            real: its scores of real samples.
            fake: its scores of forgeries.
        """

    @abstractmethod
    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """What the generator lowers, element by element.

        Args:
            real: scores of real samples; NaN unless `generator_sees_real`, so that an objective that forgets
                to say that it needs them is noticed in its first step.
            fake: scores of its forgeries.
        """


OBJECTIVES: Registry[type[Objective]] = Registry("ganforge.losses.objectives", "objective", "OBJECTIVE")
"""Every adversarial objective by name."""
