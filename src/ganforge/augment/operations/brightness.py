"""Brightness: a number is added to a whole picture (DiffAugment, arXiv:2006.10738, section 3.1: color)."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ganforge.augment._operation import Operation, is_picture, uniform


@dataclass(frozen=True)
class Brightness(Operation):
    """Nothing is cut off: D may see values beyond [-1, 1]."""

    most: float = 0.5
    """Of the 2 between black and white."""

    def suits(self, shape: tuple[int, ...]) -> bool:
        return is_picture(shape)

    def changed(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        return x + uniform(x, -self.most, self.most)


OPERATION = Brightness
