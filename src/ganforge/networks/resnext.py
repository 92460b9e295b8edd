"""Residual pair without normalisation for pictures of any size (R3GAN, arXiv:2501.05441, section 3.4, config E).

Both networks are the same ladder, G up and D down. At 256x256 the paper's has `width=96, max_width=768`; at 32x32
it has 768 channels everywhere (`width=768, max_width=768`). Other sizes are cropped and framed as in `dcgan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad

from ganforge.core.records import Condition
from ganforge.networks._pair import Discriminator, Generator, Pair, needs_pictures
from ganforge.networks.blocks.activations import ActivationName, in_place
from ganforge.networks.blocks.attention import SelfAttention, attended
from ganforge.networks.blocks.head import Head
from ganforge.networks.blocks.labels import LabelledInput, LabelledLatent
from ganforge.networks.blocks.residual import Widening, channels, pooled
from ganforge.networks.blocks.sides import Axes, frame, growth

_NO_NORM = "these networks do without normalisation: where their blocks begin keeps the variance instead"
_NO_SPECTRAL = "its blocks begin at weights of 0, which have no singular value to be divided by"


@dataclass(frozen=True, kw_only=True)
class ResnextPair(Pair):
    """Options of the modern residual pair.

    `width`: channels at the picture's own resolution. `depth`: blocks at each resolution.
    """

    lacks: ClassVar[Mapping[str, str]] = {
        "generator_norm": _NO_NORM,
        "discriminator_norm": _NO_NORM,
        "generator_labels": "without a normalisation there is none to tell the label to",
        "generator_spectral": _NO_SPECTRAL,
        "discriminator_spectral": _NO_SPECTRAL,
    }

    width: int = 32
    depth: int = 2
    activation: ActivationName = "leaky-relu"
    widening: Widening = "doubling"
    """How channels go with the resolution in both networks."""
    max_width: int = 256
    """No more channels than this outside the blocks."""
    expansion: int = 2
    """How many times as many channels the 3x3 convolution inside a block has."""
    group: int = 16
    """Channels that it sees at a time; its channels are rounded up to whole groups, if there are more than one."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("max_width", "expansion", "group"):
            self.at_least(name, 1)

    def takes(self, shape: tuple[int, ...]) -> str | None:
        """Pictures: (channels, height, width)."""
        return needs_pictures(shape)

    def make_generator(self, shape: tuple[int, ...], latent: int, classes: int) -> Generator:
        """See `Pair.make_generator`."""
        return ResnextGenerator(self, (shape[0], shape[1], shape[2]), latent, classes)

    def make_discriminator(self, shape: tuple[int, ...], classes: int) -> Discriminator:
        """See `Pair.make_discriminator`."""
        return ResnextDiscriminator(self, (shape[0], shape[1], shape[2]), classes)


class InvertedBottleneck(nn.Module):
    """`x + W_3 act(W_2 act(W_1 x))`: 1x1 to more channels, 3x3 in groups, 1x1 back; the last has no bias.

    Its first weights are fix-up's (arXiv:1901.09321): W_3 is 0, so that a new network is its skips; W_1 and W_2 are
    He's times `blocks`^(-1/4), so that one step changes what comes out of any number of blocks equally much.

    Args:
        width: channels of x.
        options: expansion, group and activation.
        activation: between the convolutions.
        blocks: how many there are in the network.
    """

    def __init__(self, width: int, options: ResnextPair, activation: ActivationName, blocks: int) -> None:
        super().__init__()
        inner = options.expansion * width
        groups = -(-inner // options.group)
        if groups > 1:
            inner = groups * options.group
        self.layers = nn.Sequential(
            nn.Conv2d(width, inner, 1),
            in_place(activation),
            nn.Conv2d(inner, inner, 3, padding=1, groups=groups),
            in_place(activation),
            nn.Conv2d(inner, width, 1, bias=False),
        )
        widen, grouped, back = (layer for layer in self.layers if isinstance(layer, nn.Conv2d))
        for layer in (widen, grouped):
            nn.init.kaiming_normal_(layer.weight, a=0.2)
            layer.weight.data.mul_(blocks**-0.25)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # both have one
        nn.init.zeros_(back.weight)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """A map of the same shape."""
        out: Tensor = x + self.layers(x)
        return out


class Transition(nn.Module):
    """Bilinear resizing, and a 1x1 convolution where the channels change; the convolution is done on the smaller map.

    Bilinear halving of a map is the mean of 2x2 pixels.

    Args:
        inputs: channels of x.
        outputs: channels of what comes out.
        stride: by how much the sides change.
        grows: whether they grow or shrink.
    """

    def __init__(self, inputs: int, outputs: int, stride: Axes, *, grows: bool) -> None:
        super().__init__()
        self.project = _plain_conv(inputs, outputs) if inputs != outputs else nn.Identity()
        self.stride, self.grows = stride, grows

    def forward(self, x: Float[Tensor, "n c_in h_in w_in"]) -> Float[Tensor, "n c h w"]:
        """The map of the next resolution."""
        x = self.project(x if self.grows else pooled(x, self.stride))
        if not self.grows or self.stride == (1, 1):
            return x
        size = (x.shape[2] * self.stride[0], x.shape[3] * self.stride[1])
        return interpolate(x, size=size, mode="bilinear", align_corners=False)


class ResnextGenerator(Generator):
    """z scales learned maps of 4 to 7 pixels a side; blocks and growth in turns; a 1x1 convolution; cropped."""

    basis: nn.Parameter

    def __init__(self, options: ResnextPair, shape: tuple[int, int, int], latent: int, classes: int) -> None:
        super().__init__()
        outputs, self.height, self.width = shape
        plan = growth(self.height, self.width)
        widths = channels(options.width, len(plan.maps), options.widening, options.max_width)[::-1]
        self.input = LabelledLatent(latent, classes)
        self.linear = nn.Linear(self.input.width, widths[0], bias=False)
        nn.init.normal_(self.linear.weight, std=self.input.width**-0.5)
        self.basis = nn.Parameter(torch.randn(widths[0], *plan.start))
        place = attended(plan.maps, options.attention)
        layers: list[nn.Module] = []
        for stage, width in enumerate(widths):
            if stage:
                layers.append(Transition(widths[stage - 1], width, plan.strides[stage - 1], grows=True))
            blocks = options.depth * len(widths)
            layers += [InvertedBottleneck(width, options, options.activation, blocks) for _ in range(options.depth)]
            if stage == place:
                layers.append(SelfAttention(width))
        self.layers = nn.Sequential(*layers, _plain_conv(widths[-1], outputs, bias=True))
        self.left, _, self.top, _ = frame((self.height, self.width), plan.end)

    def forward(self, z: Float[Tensor, "n latent"], condition: Condition | None) -> Float[Tensor, "n c h w"]:
        """Raw pictures, float32 and unbounded."""
        scale: Tensor = self.linear(self.input(z, condition))
        x: Tensor = self.layers(scale[:, :, None, None] * self.basis)
        return x[:, :, self.top : self.top + self.height, self.left : self.left + self.width].float()


class ResnextDiscriminator(Discriminator):
    """Framed picture -> 1x1 convolution -> blocks and pooling in turns -> each map's weighted sum -> one score."""

    def __init__(self, options: ResnextPair, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        self.input = LabelledInput(shape, classes if options.discriminator_labels == "embedding" else 0)
        inputs, height, width = self.input.shape
        plan = growth(height, width)
        self.frame = frame((height, width), plan.end)
        widest = options.discriminator_width or options.width
        widths = channels(widest, len(plan.maps), options.widening, options.max_width)
        strides, maps = plan.strides[::-1], plan.maps[::-1]
        depth = options.discriminator_depth or options.depth
        activation = options.discriminator_activation or options.activation
        place = attended(maps, options.attention)
        layers: list[nn.Module] = [_plain_conv(inputs, widths[0], bias=True)]
        for stage, channels_here in enumerate(widths):
            if stage:
                layers.append(Transition(widths[stage - 1], channels_here, strides[stage - 1], grows=False))
            blocks = depth * len(widths)
            layers += [InvertedBottleneck(channels_here, options, activation, blocks) for _ in range(depth)]
            if stage == place:
                layers.append(SelfAttention(channels_here))
        reduce = nn.Conv2d(widths[-1], widths[-1], plan.start, groups=widths[-1], bias=False)
        nn.init.normal_(reduce.weight, std=(plan.start[0] * plan.start[1]) ** -0.5)
        self.layers = nn.Sequential(*layers, reduce)
        self.head = Head(widths[-1], classes, options.discriminator_labels, options.minibatch)

    def features(self, x: Float[Tensor, "n c h w"], condition: Condition | None) -> Float[Tensor, "n features"]:
        """The last maps, laid flat."""
        x = self.input(x, condition)
        framed = pad(x, self.frame) if any(self.frame) else x
        maps: Tensor = self.layers(framed)
        return maps.flatten(1)


def _plain_conv(inputs: int, outputs: int, *, bias: bool = False) -> nn.Conv2d:
    """A 1x1 convolution that keeps the variance."""
    layer = nn.Conv2d(inputs, outputs, 1, bias=bias)
    nn.init.normal_(layer.weight, std=inputs**-0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


PAIR = ResnextPair
