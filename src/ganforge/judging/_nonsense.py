"""What is certainly no item: flat, noise, blurred, shuffled, inverted, or what a pen does that wanders about.

A classifier that has seen these knows what a blank canvas is, which lies near many a sparse picture in a network's
features. It is told nothing of the generator's forgeries.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ganforge.core.seeding import Draws
from ganforge.metrics.classifier import fit, standardised
from ganforge.metrics.kernel import KernelFunction, kernel_for

BLUR = 0.07
"""Deviation of the blur as a share of the shorter side."""
TILES = 4
"""Along each side, that are shuffled."""
STEPS = 320
"""Places on a pen's way that are joined."""
CORNERS = (4, 24)
"""On it, on average, at least and at most."""


def nonsense(x: Float[Tensor, "n c h w"], draws: Draws) -> Float[Tensor, "m c h w"]:
    """From real pictures in [-1, 1], n >= 10, as many that are none; half of them a pen's, as these are the hardest."""
    flat, noisy, blurred, shuffled, inverted, *penned = torch.tensor_split(x, 10)
    return torch.cat(
        [
            _flat(flat, draws),
            _noisy(noisy, draws),
            _blurred(blurred),
            _shuffled(shuffled, draws),
            -inverted,
            _penned(torch.cat(penned), draws),
        ]
    )


def _flat(x: Tensor, draws: Draws) -> Tensor:
    """Of one colour; a third each black, white and anything."""
    n, channels = x.shape[:2]
    colour = draws.uniform(n, channels, 1, 1) * 2 - 1
    kind = torch.arange(n)[:, None, None, None] % 3
    return torch.where(kind == 0, -1.0, torch.where(kind == 1, 1.0, colour)).expand(x.shape).contiguous()


def _noisy(x: Tensor, draws: Draws) -> Tensor:
    """Noise of any strength about any colour, some of it in grains of several pixels, some on top of a picture."""
    n, channels, height, width = x.shape
    fine, coarse = draws.normal(*x.shape), draws.normal(n, channels, -(-height // 2), -(-width // 2))
    coarse = coarse.repeat_interleave(2, 2).repeat_interleave(2, 3)[:, :, :height, :width]
    kind = torch.arange(n)[:, None, None, None]
    ground = torch.where(kind % 3 == 0, x, draws.uniform(n, channels, 1, 1) * 2 - 1)
    return (ground + (0.2 + draws.uniform(n, 1, 1, 1)) * torch.where(kind % 2 == 0, fine, coarse)).clamp(-1, 1)


def _blurred(x: Tensor) -> Tensor:
    channels, shorter = x.shape[1], min(x.shape[2:])
    sigma = max(0.8, BLUR * shorter)
    reach = min(shorter - 1, int(3 * sigma) + 1)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    padded = F.pad(x, (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel, groups=channels), kernel.transpose(2, 3), groups=channels)


def _shuffled(x: Tensor, draws: Draws) -> Tensor:
    """Tiles in another order, in each picture the same; the rest at the border stays."""
    made = x.clone()
    high, wide = x.shape[2] // TILES, x.shape[3] // TILES
    order = draws.permutation(TILES * TILES).tolist()
    for to, of in enumerate(order):
        (y, x_to), (v, x_of) = divmod(to, TILES), divmod(of, TILES)
        tile = x[:, :, v * high : (v + 1) * high, x_of * wide : (x_of + 1) * wide]
        made[:, :, y * high : (y + 1) * high, x_to * wide : (x_to + 1) * wide] = tile
    return made


def _penned(x: Tensor, draws: Draws) -> Tensor:
    """A pen that wanders over the picture's commonest colour, in the colour farthest from it.

    Its lines are as smooth, or as straight, as real ones, and only mean nothing.
    """
    height, width = x.shape[2:]
    down, across = (torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width
    made = []
    for picture in x:
        path = _wandering(draws)
        path = path[:, : int(STEPS * (0.4 + 0.6 * float(draws.uniform(1))))]
        square = (down[:, None, None] - path[0]).square() + (across[None, :, None] - path[1]).square()
        far = square.amin(2).sqrt() * min(height, width)
        radius = (0.5 + 1.2 * float(draws.uniform(1))) * max(1.0, min(height, width) / 32)
        ink = (radius + 0.5 - far).clamp(0, 1)
        ground = picture.flatten(1).median(1).values[:, None, None]
        made.append(torch.lerp(ground.expand(picture.shape), -ground.sign().expand(picture.shape), ink))
    return torch.stack(made)


def _wandering(draws: Draws) -> Float[Tensor, "2 steps"]:
    """A way that bends all the time, and now and then turns back sharply; at the edge it is thrown back."""
    sharp = CORNERS[0] + (CORNERS[1] - CORNERS[0]) * float(draws.uniform(1))
    bends = 0.15 * float(draws.uniform(1)) * draws.normal(STEPS)
    turns = (draws.uniform(STEPS) < sharp / STEPS) * math.pi * (0.5 + draws.uniform(STEPS))
    heading = (bends + turns).cumsum(0) + 2 * math.pi * draws.uniform(1)
    speed = (3 + 9 * float(draws.uniform(1))) / STEPS
    path = draws.uniform(2, 1) + speed * torch.stack([heading.sin(), heading.cos()]).cumsum(1)
    # Folded back at 0 and 1
    return 0.05 + 0.9 * (1 - (path % 2 - 1).abs())


@dataclass(frozen=True)
class Nonsense:
    """A classifier of real items and nonsense: the two-sample test's (arXiv:1610.06545), kept."""

    reference: Float[Tensor, "m d"]
    """The real rows by which all are standardised."""
    rows: Float[Tensor, "k d"]
    weights: Float[Tensor, "k"]
    kernel: KernelFunction

    @staticmethod
    def of(real: Float[Tensor, "m d"], wrong: Float[Tensor, "w d"]) -> Nonsense:
        """Fitted to rows of real training items and of nonsense."""
        rows = standardised(torch.cat([real, wrong]), real).clamp(-LIMIT, LIMIT)
        kernel = kernel_for("cubic", rows)
        truth = torch.cat([-torch.ones(len(real)), torch.ones(len(wrong))]).double()
        return Nonsense(real, rows, fit(rows, truth, kernel), kernel)

    def oddness(self, rows: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """About -1 of real items, 1 of nonsense."""
        asked = standardised(rows, self.reference).clamp(-LIMIT, LIMIT)
        return self.kernel(asked, self.rows).double() @ self.weights


LIMIT = 10.0
"""Standard deviations beyond which a number says no more: a cubic kernel would hear nothing else."""
