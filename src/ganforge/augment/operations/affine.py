"""Scaling and rotation about the centre, small ones (arXiv:2006.06676, appendix B: geometric transformations)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.augment._operation import Operation, is_picture, uniform
from ganforge.augment._resample import moved


@dataclass(frozen=True)
class Affine(Operation):
    """Both at once, so that pixels are mixed once.

    The paper turns by any angle. What stands upright is left so here: a generator that learns to turn its pictures in
    spite of a small p shows them tilted, not upside down.
    """

    scale: float = 0.2
    """Standard deviation of the scale's binary logarithm."""
    turn: float = 15.0
    """Degrees, at most, to either side."""

    def suits(self, shape: tuple[int, ...]) -> bool:
        return is_picture(shape)

    def changed(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Bilinear between pixels; what lies outside is reflected at the edges."""
        size = torch.exp2(self.scale * torch.randn(len(x), device=x.device))
        most = math.radians(self.turn)
        angle = uniform(x.float(), -most, most).flatten()
        cosine, sine = angle.cos() * size, angle.sin() * size
        matrix = torch.stack([torch.stack([cosine, -sine], 1), torch.stack([sine, cosine], 1)], 1)
        return moved(x, matrix, torch.zeros(len(x), 2, device=x.device), "bilinear")


OPERATION = Affine
