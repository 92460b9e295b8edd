"""Self-attention over the places of a map: far parts of a picture are made to fit each other (arXiv:1805.08318)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganforge.networks.blocks.sides import Axes


class SelfAttention(nn.Module):
    """`x + gamma * o`, with `o_j = W_v sum over i of softmax_i(f(x_i) . g(x_j)) h(x_i)` (its eq. 1 to 3).

    gamma is learned and begins at 0: at first the network learns from near places only.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        few = max(1, channels // 8)
        self.f, self.g = nn.Conv2d(channels, few, 1, bias=False), nn.Conv2d(channels, few, 1, bias=False)
        self.h = nn.Conv2d(channels, max(1, channels // 2), 1, bias=False)
        self.v = nn.Conv2d(max(1, channels // 2), channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """A map of the same shape."""
        n, _, height, width = x.shape
        # Scores of places are not scaled in the paper; in half precision they would overflow the softmax's digits.
        places = torch.bmm(self.f(x).flatten(2).transpose(1, 2), self.g(x).flatten(2))
        share = places.float().softmax(dim=1).to(x.dtype)
        seen = torch.bmm(self.h(x).flatten(2), share).reshape(n, -1, height, width)
        attended: Tensor = x + self.gamma * self.v(seen)
        return attended


def attended(maps: Sequence[Axes], side: int) -> int | None:
    """Which of these maps gets self-attention: the largest whose sides are no longer than `side`; None if 0.

    Where all are larger it is the smallest.
    """
    if side == 0:
        return None
    by_size = sorted(range(len(maps)), key=lambda place: max(maps[place]))
    fitting = [place for place in by_size if max(maps[place]) <= side]
    return fitting[-1] if fitting else by_size[0]
