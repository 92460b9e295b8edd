"""Saturation: each pixel's distance from its own grey is multiplied (DiffAugment, arXiv:2006.10738, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ganforge.augment._operation import Operation, is_picture, uniform


@dataclass(frozen=True)
class Saturation(Operation):
    """From grey to twice as colourful. Nothing is cut off: D may see values beyond [-1, 1]."""

    most: float = 1.0
    """The factor lies in [1 - most, 1 + most]."""

    def suits(self, shape: tuple[int, ...]) -> bool:
        return is_picture(shape) and shape[0] == 3

    def changed(self, x: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 3 h w"]:
        grey = x.mean(1, keepdim=True)
        return grey + (x - grey) * uniform(x, 1.0 - self.most, 1.0 + self.most)


OPERATION = Saturation
