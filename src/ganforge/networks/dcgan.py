"""Convolutional pair for pictures of any size (DCGAN, arXiv:1511.06434).

Inside, each side is 4, 5, 6 or 7 times a power of two: the generator's picture is cropped around its centre, the
discriminator's is framed with zeros. Unlike the paper, D has no normalisation unless asked for, and ends in a
linear layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ganforge.core.records import Condition
from ganforge.networks._pair import Discriminator, Generator, Pair, needs_pictures
from ganforge.networks.blocks.activations import ActivationName, in_place
from ganforge.networks.blocks.attention import SelfAttention, attended
from ganforge.networks.blocks.convolution import ConvInit, Up, growing, shrinking, start_from
from ganforge.networks.blocks.head import Head
from ganforge.networks.blocks.labels import LabelledInput, LabelledLatent
from ganforge.networks.blocks.norms import Layers, Norm, normalised
from ganforge.networks.blocks.sides import frame, growth, shrinkage

SMALLEST_SIDE = 4
"""The discriminator halves a side until it is no longer than this."""


@dataclass(frozen=True, kw_only=True)
class DcganPair(Pair):
    """Options of the convolutional pair.

    `width`: the generator's channels at the picture's own resolution, and the discriminator's behind its first
    convolution; they double as the resolution halves. `depth`: convolutions at each resolution.
    """

    width: int = 32
    max_width: int = 512
    """No layer of either network has more channels."""
    generator_norm: Norm = "batch"
    discriminator_activation: ActivationName | None = "leaky-relu"
    up: Up = "transposed"
    """How the generator's maps grow."""
    last: Literal["conv", "up"] = "conv"
    """What makes the picture: a 3x3 convolution at full resolution, or (as in the paper) the last growth itself."""
    init: ConvInit = "torch"
    """First weights."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least("max_width", 1)

    def takes(self, shape: tuple[int, ...]) -> str | None:
        """Pictures: (channels, height, width)."""
        return needs_pictures(shape)

    def make_generator(self, shape: tuple[int, ...], latent: int, classes: int) -> Generator:
        """See `Pair.make_generator`."""
        return DcganGenerator(self, (shape[0], shape[1], shape[2]), latent, classes)

    def make_discriminator(self, shape: tuple[int, ...], classes: int) -> Discriminator:
        """See `Pair.make_discriminator`."""
        return DcganDiscriminator(self, (shape[0], shape[1], shape[2]), classes)


class DcganGenerator(Generator):
    """z -> linear -> a map of 4 to 7 pixels a side -> grown stage by stage -> cropped."""

    def __init__(self, options: DcganPair, shape: tuple[int, int, int], latent: int, classes: int) -> None:
        super().__init__()
        channels, self.height, self.width = shape
        plan = growth(self.height, self.width)
        stages = len(plan.strides)
        widths = [min(options.width * 2 ** (stages - stage), options.max_width) for stage in range(stages + 1)]
        bias = options.generator_norm == "none"  # a normalisation would take a bias away again
        told = classes if options.generator_labels == "normalisation" else 0
        self.input = LabelledLatent(latent, 0 if told else classes)
        self.linear = nn.Linear(self.input.width, widths[0] * plan.start[0] * plan.start[1], bias=bias)
        self.start = (widths[0], *plan.start)

        def finished(outputs: int) -> list[nn.Module]:
            return [*normalised(options.generator_norm, outputs, classes=told), in_place(options.activation)]

        # With last = "up" the growth of the last stage is the layer that makes the picture.
        grown = stages - 1 if options.last == "up" else stages
        place = attended(plan.maps[: grown + 1], options.attention)
        layers = finished(widths[0])
        for stage in range(grown + 1):
            if stage:
                layers.append(growing(widths[stage - 1], widths[stage], plan.strides[stage - 1], options.up, bias=bias))
                layers += finished(widths[stage])
            for _ in range(options.depth - 1):
                layers += [nn.Conv2d(widths[stage], widths[stage], 3, padding=1, bias=bias), *finished(widths[stage])]
            if stage == place:
                layers.append(SelfAttention(widths[stage]))
        if options.last == "up":
            layers.append(growing(widths[-2], channels, plan.strides[-1], options.up, bias=True))
        else:
            layers.append(nn.Conv2d(widths[-1], channels, 3, padding=1))
        self.layers = Layers(layers)
        self.left, _, self.top, _ = frame((self.height, self.width), plan.end)
        start_from(self, options.init)

    def forward(self, z: Float[Tensor, "n latent"], condition: Condition | None) -> Float[Tensor, "n c h w"]:
        """Raw pictures, float32 and unbounded."""
        start = self.linear(self.input(z, condition)).reshape(-1, *self.start)
        x = self.layers(start, condition)
        return x[:, :, self.top : self.top + self.height, self.left : self.left + self.width].float()


class DcganDiscriminator(Discriminator):
    """Framed picture -> strided convolutions down to 4 pixels a side or fewer -> one score."""

    def __init__(self, options: DcganPair, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        self.input = LabelledInput(shape, classes if options.discriminator_labels == "embedding" else 0)
        (inputs, height, width), activation = self.input.shape, options.discriminator_activation or options.activation
        sides = growth(height, width).end
        self.frame = frame((height, width), sides)
        strides, maps = shrinkage(sides, SMALLEST_SIDE)
        place = attended(maps, options.attention)
        outputs = min(options.discriminator_width or options.width, options.max_width)
        layers: list[nn.Module] = []
        for stage, stride in enumerate(strides):
            norm: Norm = options.discriminator_norm if stage else "none"
            layer, sides = shrinking(inputs, outputs, sides, stride, bias=norm == "none")
            layers += [layer, *normalised(norm, outputs), in_place(activation)]
            for _ in range((options.discriminator_depth or options.depth) - 1):
                norm = options.discriminator_norm
                layers.append(nn.Conv2d(outputs, outputs, 3, padding=1, bias=norm == "none"))
                layers += [*normalised(norm, outputs), in_place(activation)]
            if stage == place:
                layers.append(SelfAttention(outputs))
            inputs, outputs = outputs, min(outputs * 2, options.max_width)
        self.layers = nn.Sequential(*layers)
        self.head = Head(inputs * sides[0] * sides[1], classes, options.discriminator_labels, options.minibatch)
        start_from(self, options.init)

    def features(self, x: Float[Tensor, "n c h w"], condition: Condition | None) -> Float[Tensor, "n features"]:
        """The last maps, laid flat."""
        x = self.input(x, condition)
        framed = pad(x, self.frame) if any(self.frame) else x
        maps: Tensor = self.layers(framed)
        return maps.flatten(1)


PAIR = DcganPair
