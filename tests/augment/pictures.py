"""Pictures and rows to change."""

from __future__ import annotations

import torch
from torch import Tensor

COLOUR, GREY, ROWS = (3, 5, 4), (1, 5, 5), (4,)
SHAPES = (COLOUR, GREY, ROWS)


def samples(shape: tuple[int, ...], n: int = 5, seed: int = 0) -> Tensor:
    """n samples in [-1, 1]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, *shape, generator=generator) * 2 - 1
