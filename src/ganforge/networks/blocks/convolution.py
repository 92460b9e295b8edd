"""Convolutions that grow or shrink a map along each axis by itself, and the first weights of such networks."""

from __future__ import annotations

from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ganforge.networks.blocks.sides import Axes

Up = Literal["transposed", "shuffle", "sub-pixel"]
"""How maps grow: a transposed convolution, or a convolution whose channels become pixels, of 1x1 (cheaper) or of 3x3
(arXiv:1609.05158)."""
ConvInit = Literal["torch", "dcgan"]
"""First weights: torch's own, or normal with deviation 0.02 as in arXiv:1511.06434."""


class AxisShuffle(nn.Module):
    """Channels become pixels, `down` x `across` for each; PixelShuffle (arXiv:1609.05158) by axis."""

    def __init__(self, stride: Axes) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, x: Float[Tensor, "n c_in h_in w_in"]) -> Float[Tensor, "n c h w"]:
        """(n, c * down * across, h, w) -> (n, c, h * down, w * across)."""
        down, across = self.stride
        n, channels, height, width = x.shape
        cells = x.reshape(n, channels // (down * across), down, across, height, width)
        return cells.permute(0, 1, 4, 2, 5, 3).reshape(n, -1, height * down, width * across)


def growing(inputs: int, outputs: int, stride: Axes, up: Up, *, bias: bool) -> nn.Module:
    """A layer that multiplies the sides of a map by `stride` (1 or 2 an axis); 3x3 along an axis that stays."""
    if up == "transposed" or stride == (1, 1):
        kernel = (_kernel(stride[0]), _kernel(stride[1]))
        return nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding=1, bias=bias)
    shuffle = nn.PixelShuffle(2) if stride == (2, 2) else AxisShuffle(stride)
    kernel_size = 1 if up == "shuffle" else 3
    layer = nn.Conv2d(inputs, outputs * stride[0] * stride[1], kernel_size, padding=kernel_size // 2, bias=bias)
    return nn.Sequential(layer, shuffle)


def shrinking(inputs: int, outputs: int, sides: Axes, stride: Axes, *, bias: bool) -> tuple[nn.Module, Axes]:
    """A convolution that divides the sides of a map by `stride`, odd sides rounded up, and the sides that come out."""
    # A kernel of 4 halves even sides without a rest; on an odd one it would lose the last row.
    kernel = tuple(_kernel(s) if side % 2 == 0 else 3 for s, side in zip(stride, sides, strict=True))
    layer = nn.Conv2d(inputs, outputs, (kernel[0], kernel[1]), stride, padding=1, bias=bias)
    return layer, (-(-sides[0] // stride[0]), -(-sides[1] // stride[1]))


def start_from(network: nn.Module, init: ConvInit) -> None:
    """Give a new network's convolutions, linear layers and normalisations the first weights that `init` names."""
    if init == "torch":
        return
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)


def _kernel(stride: int) -> int:
    return 4 if stride == 2 else 3
