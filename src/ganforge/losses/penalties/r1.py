"""R1: the discriminator's gradient at real samples is kept small (arXiv:1801.04406, eq. 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Turn
from ganforge.losses.penalty import Penalty, gradient_penalty


@dataclass(frozen=True)
class R1(Penalty):
    """`1/2 * E_real |grad D(x)|^2`, averaged over judges: no slope where the data are, so that the game can rest."""

    name: ClassVar[str] = "r1"
    differentiates: ClassVar[frozenset[str]] = frozenset({"real"})

    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        """The unweighted penalty at this turn's real samples."""
        return torch.stack([gradient_penalty(turn.real(judge)) for judge in turn.judges]).mean()


PENALTY = R1
