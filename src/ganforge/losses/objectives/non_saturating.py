"""Non-saturating: D tells real from fake by cross-entropy, G raises log D(fake) (arXiv:1406.2661, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from ganforge.losses.objective import Objective


@dataclass(frozen=True)
class NonSaturating(Objective):
    """Cross-entropy on logits; G's half is `-log sigmoid(fake)`, whose gradient does not vanish when D wins."""

    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`softplus(-real) + softplus(fake)`, that is `-log sigmoid(real) - log(1 - sigmoid(fake))`."""
        return softplus(-real) + softplus(fake)

    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        """`softplus(-fake)`, that is `-log sigmoid(fake)`."""
        return softplus(-fake)


OBJECTIVE = NonSaturating
