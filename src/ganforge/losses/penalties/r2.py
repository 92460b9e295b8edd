"""R2: the discriminator's gradient at forgeries is kept small (arXiv:1801.04406, eq. 10).

Together with R1 it makes the relativistic objective converge (R3GAN, arXiv:2501.05441).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Turn
from ganforge.losses.penalty import Penalty, gradient_penalty


@dataclass(frozen=True)
class R2(Penalty):
    """`1/2 * E_fake |grad D(x)|^2`, averaged over judges."""

    name: ClassVar[str] = "r2"
    differentiates: ClassVar[frozenset[str]] = frozenset({"fake"})

    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        """The unweighted penalty at this turn's forgeries."""
        return torch.stack([gradient_penalty(turn.fake(judge)) for judge in turn.judges]).mean()


PENALTY = R2
