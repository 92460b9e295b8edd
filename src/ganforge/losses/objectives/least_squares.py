"""Least squares (LSGAN): scores are pulled to fixed targets by squared distance (arXiv:1611.04076, eq. 2)."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ganforge.losses.objective import Objective


@dataclass(frozen=True)
class LeastSquares(Objective):
    """Scores are no logits but numbers near the targets; one beyond its target is pulled back."""

    a: float = 0.0
    """What D wants to give forgeries."""
    b: float = 1.0
    """What D wants to give real samples."""
    c: float = 1.0
    """What G wants D to give forgeries."""

    @property
    def undecided(self) -> float:
        """Half-way between what D wants to give forgeries and real samples."""
        return (self.a + self.b) / 2

    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`1/2 (real - b)^2 + 1/2 (fake - a)^2`."""
        return 0.5 * (real - self.b).square() + 0.5 * (fake - self.a).square()

    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`1/2 (fake - c)^2`."""
        return 0.5 * (fake - self.c).square()


OBJECTIVE = LeastSquares
