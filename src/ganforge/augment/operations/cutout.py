"""Cutout: a rectangle of a picture becomes middle grey (arXiv:1708.04552; for GANs arXiv:2006.10738, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ganforge.augment._operation import Operation, is_picture


@dataclass(frozen=True)
class Cutout(Operation):
    """Its centre is any pixel; what of it lies outside is lost."""

    size: float = 0.5
    """Share of the height and of the width."""

    def suits(self, shape: tuple[int, ...]) -> bool:
        return is_picture(shape)

    def changed(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """0 within, unchanged without."""
        down, across = (self._within(len(x), side, x.device) for side in x.shape[2:])
        return x.masked_fill((down[:, :, None] & across[:, None, :])[:, None], 0.0)

    def _within(self, n: int, side: int, device: torch.device) -> Bool[Tensor, "n side"]:
        """Which rows (or columns) of n pictures the rectangle covers."""
        length = round(self.size * side)
        first = torch.randint(side, (n, 1), device=device) - length // 2
        place = torch.arange(side, device=device)
        return (place >= first) & (place < first + length)


OPERATION = Cutout
