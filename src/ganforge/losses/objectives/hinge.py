"""Hinge: D cares for no sample that it tells by a margin of 1 (arXiv:1705.02894; arXiv:1802.05957, eqs. 16, 17)."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import relu

from ganforge.losses.objective import Objective


@dataclass(frozen=True)
class Hinge(Objective):
    """D's half is that of a support vector machine, G's raises the scores of its forgeries without a bound."""

    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`max(0, 1 - real) + max(0, 1 + fake)`."""
        return relu(1.0 - real) + relu(1.0 + fake)

    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`-fake`."""
        return -fake


OBJECTIVE = Hinge
