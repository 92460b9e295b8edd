"""DiffAugment: all that D sees goes through a few differentiable operations (arXiv:2006.10738, eqs. 3 to 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.augment._operation import Operation
from ganforge.augment._policy import Augmenter, Policy
from ganforge.core.errors import SettingError


class Fixed(Augmenter):
    """The same probability all along."""

    steered: ClassVar[bool] = False

    def __init__(self, operations: Sequence[Operation], p: float) -> None:
        super().__init__()
        self._operations = tuple(operations)
        self._p = p

    @property
    def strength(self) -> Float[Tensor, ""]:
        """The probability."""
        return torch.tensor(self._p)

    def forward(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n ..."]:
        for operation in self._operations:
            x = operation(x, self._p)
        return x


@dataclass(frozen=True)
class Diff(Policy):
    """The paper's `color + translation + cutout`, on every sample."""

    preferred: ClassVar[tuple[str, ...]] = ("translation", "brightness", "contrast", "saturation", "cutout")

    p: float = 1.0
    """Probability of each operation, for each sample."""

    operations: tuple[str, ...] = ()
    """Operations by name, instead of the preferred ones; empty = those."""

    @property
    def asked_for(self) -> tuple[str, ...]:
        """What the user has named."""
        return self.operations

    def __post_init__(self) -> None:
        if not 0.0 <= self.p <= 1.0:
            raise SettingError(f"p is {self.p}; a probability lies in [0, 1].")

    def make(self, operations: Sequence[Operation]) -> Fixed:
        return Fixed(operations, self.p)


POLICY = Diff
