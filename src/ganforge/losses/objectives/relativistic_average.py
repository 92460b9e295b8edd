"""Relativistic average: D is asked whether a sample is more real than the mean of the other kind (arXiv:1807.00734)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from ganforge.losses.objective import Objective


@dataclass(frozen=True)
class RelativisticAverage(Objective):
    """RaSGAN: cross-entropy on a score's distance from the other kind's mean, over all its samples and patches."""

    generator_sees_real: ClassVar[bool] = True
    compares_means: ClassVar[bool] = True

    @property
    def undecided(self) -> None:
        return None

    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`softplus(mean(fake) - real) + softplus(fake - mean(real))`."""
        return softplus(fake.mean() - real) + softplus(fake - real.mean())

    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`softplus(mean(real) - fake) + softplus(real - mean(fake))`: D's with the kinds exchanged."""
        return softplus(real.mean() - fake) + softplus(real - fake.mean())


OBJECTIVE = RelativisticAverage
