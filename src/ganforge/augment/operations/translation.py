"""Translation: pictures are moved by whole pixels, reflected at the edges (arXiv:2006.06676, appendix B)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.augment._operation import Operation, is_picture, uniform
from ganforge.augment._resample import moved


@dataclass(frozen=True)
class Translation(Operation):
    """Up to an eighth of the sides in each direction."""

    most: float = 0.125
    """Share of the height and of the width."""

    def suits(self, shape: tuple[int, ...]) -> bool:
        return is_picture(shape)

    def changed(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Pixels keep their values."""
        height, width = x.shape[2:]
        shifts = [self._whole(uniform(x.float(), -1.0, 1.0), side).flatten() for side in (width, height)]
        unturned = torch.eye(2, device=x.device).expand(len(x), 2, 2)
        return moved(x, unturned, torch.stack(shifts, 1), "nearest")

    def _whole(self, share: Tensor, side: int) -> Tensor:
        """Whole numbers in [-most, most] pixels, each as likely."""
        most = min(side - 1, max(1, round(self.most * side)))
        return ((share + 1) / 2 * (2 * most + 1)).floor().clamp(max=2 * most) - most


OPERATION = Translation
