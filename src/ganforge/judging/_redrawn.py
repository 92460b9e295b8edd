"""Real pictures as another hand would have made them: placed, turned and sized a little otherwise, with another pen.

Who draws cannot place to the pixel, and has one brush. What changes no more than that is no forgery's mark, so that an
aspect of the judge takes it for as odd as it is among pictures redrawn like this.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ganforge.core.seeding import Draws

PLACED = 0.1
"""Most that a picture is moved by, as a share of its sides: nearly 3 of 28 pixels."""
SIZED, TURNED = 0.12, 12.0
"""Most that it is made larger or smaller, and turned, in degrees."""
THICKER, THINNER = 0.8, 0.4
"""Most of the way from a pixel to the lightest, or the darkest, of those around it; thin lines must not vanish."""
CRISPER = 3.0
"""Most that contrast about the middle of its range is multiplied by: a brush knows few half-tones."""


def redrawn(x: Float[Tensor, "n c h w"], draws: Draws) -> Float[Tensor, "n c h w"]:
    """Each picture in [-1, 1] once, by a hand of its own."""
    return _inked(_placed(x, draws), draws)


def _placed(x: Tensor, draws: Draws) -> Tensor:
    """Moved, turned and sized; what comes in from outside is as the border is."""
    n, _, height, width = x.shape
    size = 1 + SIZED * _between(draws, n)
    angle = math.radians(TURNED) * _between(draws, n)
    move = 2 * PLACED * (2 * draws.uniform(n, 2) - 1)
    ratio = height / width
    rows = torch.stack(
        [
            torch.stack([angle.cos() * size, -angle.sin() * size * ratio, move[:, 0]], 1),
            torch.stack([angle.sin() * size / ratio, angle.cos() * size, move[:, 1]], 1),
        ],
        1,
    )
    grid = F.affine_grid(rows, list(x.shape), align_corners=False)
    return F.grid_sample(x.contiguous(), grid, mode="bicubic", padding_mode="border", align_corners=False).clamp(-1, 1)


def _inked(x: Tensor, draws: Draws) -> Tensor:
    """Lines thicker or thinner by up to a pixel, and edges harder."""
    n = len(x)
    # Lines are what differs from the commonest: light ones on dark, or dark ones on light
    on_dark = x.flatten(1).median(1).values[:, None, None, None] < 0
    light, dark = F.max_pool2d(x, 3, 1, 1), -F.max_pool2d(-x, 3, 1, 1)
    more, less = torch.where(on_dark, light, dark), torch.where(on_dark, dark, light)
    way = _between(draws, n)[:, None, None, None]
    drawn = torch.where(
        way > 0, torch.lerp(x, more, THICKER * way.clamp_min(0)), torch.lerp(x, less, THINNER * (-way).clamp_min(0))
    )
    low, high = drawn.amin((1, 2, 3), keepdim=True), drawn.amax((1, 2, 3), keepdim=True)
    middle, gain = (low + high) / 2, 1 + (CRISPER - 1) * draws.uniform(n, 1, 1, 1)
    return torch.minimum(torch.maximum(middle + gain * (drawn - middle), low), high).contiguous()


def _between(draws: Draws, n: int) -> Float[Tensor, "n"]:
    """-1 to 1."""
    return 2 * draws.uniform(n) - 1
