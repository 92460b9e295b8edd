"""What is no item of the kind: made of nothing, or of real ones; most of it unlike what the judge learned from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F

from ganforge.core.seeding import Draws

Fake = Callable[[Tensor, Draws], Tensor]
"""From real items, as the networks see them, to as many fakes."""


def _blank(x: Tensor, draws: Draws) -> Tensor:
    """The commonest colour of the data, and nothing else."""
    return x.median().expand(x.shape).contiguous()


def _flat(x: Tensor, draws: Draws) -> Tensor:
    return (draws.uniform(len(x), x.shape[1], 1, 1) * 2 - 1).expand(x.shape).contiguous()


def _noise(x: Tensor, draws: Draws) -> Tensor:
    return draws.uniform(*x.shape) * 2 - 1


def _scribble(x: Tensor, draws: Draws) -> Tensor:
    """A pen that goes to and fro over the data's darkest or lightest, whichever is commoner."""
    ground = 0 if float(x.median()) < 0 else 255
    made = []
    for number in range(len(x)):
        picture = Image.new("L", (x.shape[3], x.shape[2]), ground)
        places = draws.uniform(12, 2) * torch.tensor([x.shape[3], x.shape[2]])
        line = [(float(a), float(b)) for a, b in places]
        ImageDraw.Draw(picture).line(line, fill=255 - ground, width=1 + number % 3)
        made.append(torch.from_numpy(np.array(picture)).float() / 127.5 - 1)
    return torch.stack(made)[:, None].expand(x.shape).contiguous()


def _loops(x: Tensor, draws: Draws) -> Tensor:
    """The same pen in round loops: both coordinates are sums of a few waves."""
    ground = 0 if float(x.median()) < 0 else 255
    size = torch.tensor([[x.shape[3]], [x.shape[2]]])
    time = torch.linspace(0, 2 * math.pi, 200)
    made = []
    for number in range(len(x)):
        count = 3 + number % 6
        waves = torch.arange(1, 1 + count)[:, None] * time + 2 * math.pi * draws.uniform(2, count, 1)
        way = (draws.normal(2, count, 1) * waves.sin()).sum(1)
        way = (way / way.abs().amax(1, keepdim=True) * 0.45 + 0.5) * size
        picture = Image.new("L", (x.shape[3], x.shape[2]), ground)
        ImageDraw.Draw(picture).line([(float(a), float(b)) for a, b in way.T], fill=255 - ground, width=1 + number % 3)
        made.append(torch.from_numpy(np.array(picture)).float() / 127.5 - 1)
    return torch.stack(made)[:, None].expand(x.shape).contiguous()


def _thicker(x: Tensor, draws: Draws) -> Tensor:
    return _by_brush(x, 2)


def _thinner(x: Tensor, draws: Draws) -> Tensor:
    return _by_brush(x, -2)


def _by_hand(x: Tensor, draws: Draws) -> Tensor:
    """With a brush, from memory: each line bent by a pixel or so, some thicker, all of it not quite in its place."""
    n, _, height, width = x.shape
    bends = F.interpolate(draws.normal(n, 2, 4, 4), (height, width), mode="bicubic", align_corners=True)
    off = (0.7 * bends + 0.7 * draws.normal(n, 2, 1, 1)).permute(0, 2, 3, 1)  # pixels
    ways = F.affine_grid(torch.eye(2, 3).expand(n, 2, 3), list(x.shape), align_corners=False)
    bent = F.grid_sample(
        x, ways + 2 * off / torch.tensor([width, height]), mode="bicubic", padding_mode="border", align_corners=False
    )
    return torch.cat([_by_brush(one[None], number % 4 - 1) for number, one in enumerate(bent)])


def _by_brush(x: Tensor, wider: int) -> Tensor:
    """The ink alone, its edge moved out by quarters of a pixel, as a brush lays it: full, but for the edge's pixels."""
    ground = x.median()
    ink = -1.0 if float(ground) > 0 else 1.0
    large = F.interpolate(x, scale_factor=4, mode="bicubic", align_corners=False).mean(1, keepdim=True)
    inked = ((large - ground).abs() > (ink - ground).abs() / 2).float()
    reach = torch.arange(-abs(wider), abs(wider) + 1)
    disc = (reach[:, None] ** 2 + reach**2 <= wider * wider + 1).float()[None, None]
    moved = inked if wider > 0 else 1 - inked
    moved = (F.conv2d(moved, disc, padding=abs(wider)) > 0).float()
    share = F.avg_pool2d(moved if wider > 0 else 1 - moved, 4)
    return torch.lerp(ground.expand(share.shape), torch.full_like(share, ink), share).expand(x.shape).contiguous()


PICTURES: Mapping[str, Fake] = {
    "blank": _blank,
    "flat": _flat,
    "noise": _noise,
    "scribble": _scribble,
    "loops": _loops,
    "inverted": lambda x, draws: -x,
    "another's half": lambda x, draws: torch.cat([x[..., : x.shape[3] // 2], x.roll(1, 0)[..., x.shape[3] // 2 :]], 3),
    "upside down": lambda x, draws: x.flip(2),
    "moved by 1": lambda x, draws: x.roll(1, 3),
    "moved by 2": lambda x, draws: x.roll((2, 2), (2, 3)),
    "thicker by a pixel": _thicker,
    "thinner by a pixel": _thinner,
    "redrawn by hand": _by_hand,
}
PLANTED = ("noise", "grey", "its opposite")
"""What a quarter of the sides of a picture is replaced by."""


def planted(x: Tensor, kind: str, draws: Draws) -> tuple[Tensor, Tensor]:
    """Pictures with a flawed patch in the middle, and where it is, bool (h, w)."""
    high, wide = x.shape[2] // 4, x.shape[3] // 4
    where = torch.zeros(x.shape[2], x.shape[3], dtype=torch.bool)
    top, left = (x.shape[2] - high) // 2, (x.shape[3] - wide) // 2
    where[top : top + high, left : left + wide] = True
    flaw = {"noise": _noise(x, draws), "grey": torch.zeros_like(x), "its opposite": -x}[kind]
    return torch.where(where, flaw, x), where


SETS: Mapping[str, Fake] = {
    "one place": lambda x, draws: x[:1].expand(x.shape).contiguous(),
    "its middle": lambda x, draws: x.mean(0, keepdim=True).expand(x.shape).contiguous(),
    "anywhere": lambda x, draws: x.amin(0) + draws.uniform(*x.shape) * (x.amax(0) - x.amin(0)),
    "a line": lambda x, draws: torch.lerp(x.amin(0), x.amax(0), torch.linspace(0, 1, len(x))[:, None]),
    "half of the range": lambda x, draws: x[x[:, 0] <= x[:, 0].median()],
    "shaken by a tenth": lambda x, draws: x + 0.1 * draws.normal(*x.shape),
}
