"""Residual blocks that grow, keep or shrink a map, and the first weights of networks made of them.

Nearest growth before a 3x3 convolution and average pooling behind one are both a single convolution of stride 2 whose
4x4 weights are sums of the 3x3 ones. That form is computed: of 9 multiplications it saves 5.
"""

from __future__ import annotations

import math
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, conv_transpose2d, interpolate, pad

from ganforge.core.records import Condition
from ganforge.networks.blocks.activations import ACTIVATIONS, ActivationName, in_place
from ganforge.networks.blocks.norms import Labelled, Layers, Norm, normalised
from ganforge.networks.blocks.sides import Axes

ResidualInit = Literal["torch", "xavier"]
"""First weights: torch's own, or Glorot's with a gain of sqrt(2) in the branches and 1 elsewhere, biases at 0."""
Widening = Literal["none", "doubling"]
"""How channels go with the resolution: the same everywhere, or twice as many each time it halves."""


def channels(width: int, maps: int, widening: Widening, most: int) -> list[int]:
    """Channels of `maps` maps from the largest, which has `width`, to the smallest; never more than `most`."""
    return [min(width * (2**place if widening == "doubling" else 1), most) for place in range(maps)]


def enlarged(x: Float[Tensor, "n c h_in w_in"], stride: Axes) -> Float[Tensor, "n c h w"]:
    """Each pixel becomes `stride` pixels."""
    if stride == (1, 1):
        return x
    return interpolate(x, size=(x.shape[2] * stride[0], x.shape[3] * stride[1]), mode="nearest")


def pooled(x: Float[Tensor, "n c h_in w_in"], stride: Axes) -> Float[Tensor, "n c h w"]:
    """The mean of each `stride` pixels; of an odd side's last pixel alone."""
    return x if stride == (1, 1) else avg_pool2d(x, stride, ceil_mode=True)


class EnlargingConv(nn.Conv2d):
    """A 3x3 convolution of the enlarged map."""

    def __init__(self, inputs: int, outputs: int, stride: Axes, *, bias: bool) -> None:
        super().__init__(inputs, outputs, 3, padding=1, bias=bias)
        self.by = stride

    def forward(self, x: Float[Tensor, "n c_in h_in w_in"]) -> Float[Tensor, "n c h w"]:
        """`conv(enlarged(x))`."""
        if self.by == (1, 1):
            return super().forward(x)
        weight = spread(self.weight.flip(2, 3), self.by).transpose(0, 1)
        return conv_transpose2d(x, weight, self.bias, stride=self.by, padding=1)


class PoolingConv(nn.Conv2d):
    """A 3x3 convolution whose map is then pooled."""

    def __init__(self, inputs: int, outputs: int, stride: Axes, *, bias: bool) -> None:
        super().__init__(inputs, outputs, 3, padding=1, bias=bias)
        self.by = stride

    def forward(self, x: Float[Tensor, "n c_in h_in w_in"]) -> Float[Tensor, "n c h w"]:
        """`pooled(conv(x))`."""
        # An odd side's last pixel is not halved: there the two forms differ.
        if self.by == (1, 1) or any(side % step for side, step in zip(x.shape[2:], self.by, strict=True)):
            return pooled(super().forward(x), self.by)
        weight = spread(self.weight, self.by) / math.prod(self.by)
        return conv2d(x, weight, self.bias, stride=self.by, padding=1)


def spread(weight: Float[Tensor, "c_out c_in 3 3"], stride: Axes) -> Float[Tensor, "c_out c_in h w"]:
    """3x3 weights added to themselves, one pixel on, along each axis of stride 2: four pixels long."""
    for axis in (0, 1):
        if stride[axis] == 2:
            before = (0, 0, 1, 0) if axis == 0 else (1, 0, 0, 0)
            behind = (0, 0, 0, 1) if axis == 0 else (0, 1, 0, 0)
            weight = pad(weight, before) + pad(weight, behind)
    return weight


class ResidualBlock(Labelled):
    """`skip(x) + conv(act(norm(conv(act(norm(x))))))`, both convolutions 3x3 (arXiv:1603.05027).

    The skip is x itself, or resized with a 1x1 convolution where the shape changes.

    Args:
        first: the branch's first convolution; it does the growing.
        second: the other; it does the pooling.
        norm: in front of each activation.
        activation: in front of each convolution.
        grows: by how much the block enlarges a map.
        shrinks: by how much it pools one.
        classes: how many labels the normalisations are told; 0 = none.
        raw: x is the picture itself: no normalisation and no activation in front of the first convolution.
    """

    def __init__(
        self,
        first: nn.Conv2d,
        second: nn.Conv2d,
        norm: Norm,
        activation: ActivationName,
        *,
        grows: Axes = (1, 1),
        shrinks: Axes = (1, 1),
        classes: int = 0,
        raw: bool = False,
    ) -> None:
        super().__init__()
        inputs, between, outputs = first.in_channels, first.out_channels, second.out_channels
        before: list[nn.Module] = [] if raw else normalised(norm, inputs, classes=classes)
        if not raw:  # without a normalisation the activation would overwrite what the skip needs
            before.append(in_place(activation) if before else ACTIVATIONS[activation]())
        middle = [*normalised(norm, between, classes=classes), in_place(activation)]
        self.branch = Layers([*before, first, *middle, second])
        self.grows, self.shrinks = grows, shrinks
        resized = grows != (1, 1) or shrinks != (1, 1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if resized or inputs != outputs else None

    def forward(self, x: Float[Tensor, "n c_in h_in w_in"], condition: Condition | None) -> Float[Tensor, "n c h w"]:
        """The map of the next resolution."""
        beside = x
        if self.skip is not None:  # a 1x1 convolution goes with both resizings; it is done where the map is smaller
            beside = enlarged(self.skip(pooled(x, self.shrinks)), self.grows)
        out: Tensor = self.branch(x, condition) + beside
        return out


def growing_block(
    inputs: int, outputs: int, stride: Axes, norm: Norm, activation: ActivationName, classes: int
) -> ResidualBlock:
    """A generator's block; it enlarges in front of its first convolution."""
    first = EnlargingConv(inputs, outputs, stride, bias=norm == "none")  # a normalisation would take a bias away again
    second = nn.Conv2d(outputs, outputs, 3, padding=1)
    return ResidualBlock(first, second, norm, activation, grows=stride, classes=classes)


def shrinking_block(
    inputs: int, outputs: int, stride: Axes, norm: Norm, activation: ActivationName, *, raw: bool
) -> ResidualBlock:
    """A discriminator's block; it pools behind its second convolution."""
    between = outputs if raw else inputs  # as in arXiv:1704.00028: a picture's three channels would be a bottleneck
    first = nn.Conv2d(inputs, between, 3, padding=1, bias=norm == "none")
    second = PoolingConv(between, outputs, stride, bias=True)
    return ResidualBlock(first, second, norm, activation, shrinks=stride, raw=raw)


def start_residual(network: nn.Module, init: ResidualInit) -> None:
    """Give a new network's convolutions and linear layers the first weights that `init` names."""
    if init == "torch":
        return
    blocks = [module for module in network.modules() if isinstance(module, ResidualBlock)]
    branches = {layer for block in blocks for layer in block.branch.modules()}
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight, gain=math.sqrt(2.0) if module in branches else 1.0)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
