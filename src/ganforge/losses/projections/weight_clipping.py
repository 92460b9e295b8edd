"""Weight clipping: every weight of D is kept between -c and c, which bounds D's slope (arXiv:1701.07875, alg. 1).

Crude, as the paper itself says; `wgan-gp` is the penalty that took its place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganforge.core.errors import SettingError
from ganforge.losses.projection import Projection


@dataclass(frozen=True)
class WeightClipping(Projection):
    """`w = clip(w, -c, c)` (line 7 of the algorithm), for biases too."""

    bound: float = 0.01
    """c."""

    def __post_init__(self) -> None:
        if not 0.0 < self.bound < math.inf:
            raise SettingError(f"bound is {self.bound}; it must be a number above 0.")

    @torch.no_grad()
    def __call__(self, weights: Iterable[Tensor]) -> None:
        """Clip the weights in place."""
        for weight in weights:
            weight.clamp_(-self.bound, self.bound)


PROJECTION = WeightClipping
