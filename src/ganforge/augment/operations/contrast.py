"""Contrast: a picture's distances from its own mean are multiplied (DiffAugment, arXiv:2006.10738, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ganforge.augment._operation import Operation, is_picture, uniform


@dataclass(frozen=True)
class Contrast(Operation):
    """Nothing is cut off: D may see values beyond [-1, 1]."""

    most: float = 0.5
    """The factor lies in [1 - most, 1 + most]."""

    def suits(self, shape: tuple[int, ...]) -> bool:
        return is_picture(shape)

    def changed(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        mean = x.mean((1, 2, 3), keepdim=True)
        return mean + (x - mean) * uniform(x, 1.0 - self.most, 1.0 + self.most)


OPERATION = Contrast
