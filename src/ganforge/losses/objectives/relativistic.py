"""Relativistic pairing: D is asked which of a real and a fake sample is the more real (arXiv:1807.00734).

With R1 and R2 it is the objective of R3GAN (arXiv:2501.05441).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from ganforge.losses.objective import Objective


@dataclass(frozen=True)
class Relativistic(Objective):
    """Each real sample is paired with one forgery; only the difference of their scores matters."""

    generator_sees_real: ClassVar[bool] = True
    converges_with: ClassVar[frozenset[str]] = frozenset({"r1", "r2"})  # arXiv:2501.05441

    @property
    def undecided(self) -> None:
        return None

    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`softplus(fake - real)`."""
        return softplus(fake - real)

    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`softplus(real - fake)`."""
        return softplus(real - fake)


OBJECTIVE = Relativistic
