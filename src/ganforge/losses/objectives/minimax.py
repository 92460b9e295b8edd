"""Minimax: the game of 2014 as its equation has it; D and G play for one and the same value (arXiv:1406.2661, eq. 1).

Its generator stops learning where D wins: `non-saturating` is the remedy that the same paper gives.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from ganforge.losses.objective import Objective


@dataclass(frozen=True)
class Minimax(Objective):
    """Cross-entropy on logits; G's half is `log(1 - sigmoid(fake))`, whose gradient vanishes when D wins."""

    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`softplus(-real) + softplus(fake)`, that is `-log sigmoid(real) - log(1 - sigmoid(fake))`."""
        return softplus(-real) + softplus(fake)

    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`-softplus(fake)`, that is `log(1 - sigmoid(fake))`."""
        return -softplus(fake)


OBJECTIVE = Minimax
