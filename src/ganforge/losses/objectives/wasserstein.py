"""Wasserstein (WGAN): D's mean scores lie as far apart as its slope allows (arXiv:1701.07875, algorithm 1).

It needs a D of bounded slope: the projection `weight-clipping` or the penalty `wgan-gp`.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ganforge.losses.objective import Objective


@dataclass(frozen=True)
class Wasserstein(Objective):
    """Where D's slope is at most 1 and D plays well, its loss is minus the distance of real samples and forgeries."""

    @property
    def undecided(self) -> None:
        return None

    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`fake - real`."""
        return fake - real

    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`-fake`."""
        return -fake


OBJECTIVE = Wasserstein
