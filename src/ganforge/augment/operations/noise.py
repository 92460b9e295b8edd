"""Noise: normal numbers are added (arXiv:2006.06676, appendix B; instance noise: arXiv:1610.04490, section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.augment._operation import Operation, is_picture

PICTURES_SPREAD = 0.5
"""Standard deviation of a picture's values in [-1, 1], about: digits have 0.6, photographs 0.5. Rows have 1."""


@dataclass(frozen=True)
class Noise(Operation):
    """Each sample has noise of a strength of its own, the absolute value of a normal number."""

    strength: float = 0.2
    """Standard deviation of the noise's strength, in standard deviations of the data."""

    def changed(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n ..."]:
        strengths = torch.randn(len(x), *[1] * (x.ndim - 1), device=x.device, dtype=x.dtype).abs()
        return with_noise(x, self.strength * strengths)


def with_noise(x: Float[Tensor, "n ..."], strength: Float[Tensor, "..."]) -> Float[Tensor, "n ..."]:
    """Samples with normal noise of this strength, in standard deviations of the data.

    The data's own would be one for all, too, but what D is shown is not all of the data: of pictures, a constant.
    """
    unit = PICTURES_SPREAD if is_picture(tuple(x.shape[1:])) else 1.0
    return x + (strength * unit).to(x.dtype) * torch.randn_like(x)


OPERATION = Noise
