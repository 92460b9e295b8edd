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

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition, Scores
from ganforge.networks._pair import Discriminator, Generator, Pair
from ganforge.networks.blocks.convolution import ConvInit, Norm, Up, growing, normalised, shrinking, start_from
from ganforge.networks.blocks.labels import LabelledLatent, Score
from ganforge.networks.blocks.sides import Axes, growth

SMALLEST_SIDE = 4
"""The discriminator halves a side until it is no longer than this."""


@dataclass(frozen=True)
class DcganPair(Pair):
    """Options of the convolutional pair."""

    width: int = 32
    """The generator's channels at the picture's own resolution; they double as the resolution halves."""
    max_width: int = 512
    """No layer of either network has more channels."""
    discriminator_width: int | None = None
    """The discriminator's channels behind its first convolution, doubling in the same way; None = `width`."""
    generator_norm: Norm = "batch"
    """Behind each convolution of the generator but the last."""
    discriminator_norm: Norm = "none"
    """Behind each convolution of the discriminator but the first."""
    up: Up = "transposed"
    """How the generator's maps grow."""
    last: Literal["conv", "up"] = "conv"
    """What makes the picture: a 3x3 convolution at full resolution, or (as in the paper) the last growth itself."""
    init: ConvInit = "torch"
    """First weights."""

    def __post_init__(self) -> None:
        for name, value in (
            ("width", self.width),
            ("max_width", self.max_width),
            ("discriminator_width", self.discriminator_width),
        ):
            if value is not None and value < 1:
                raise SettingError(f"networks 'dcgan': {name} is {value}; it must be at least 1.")

    def takes(self, shape: tuple[int, ...]) -> str | None:
        """Pictures: (channels, height, width)."""
        if len(shape) == 3 and min(shape) >= 1:
            return None
        what = f"{shape[0]} number{'s' if shape[0] > 1 else ''}" if len(shape) == 1 else f"of the shape {shape}"
        return f"needs pictures; these samples are {what}"

    def generator(self, shape: tuple[int, ...], latent: int, classes: int) -> Generator:
        """A new generator; see `Pair.generator`."""
        self.require(shape)
        return DcganGenerator(self, (shape[0], shape[1], shape[2]), latent, classes)

    def discriminator(self, shape: tuple[int, ...], classes: int) -> Discriminator:
        """A new discriminator; see `Pair.discriminator`."""
        self.require(shape)
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
        self.input = LabelledLatent(latent, classes)
        self.linear = nn.Linear(self.input.width, widths[0] * plan.start[0] * plan.start[1], bias=bias)
        self.start = (widths[0], *plan.start)
        layers = [*normalised(options.generator_norm, widths[0]), nn.ReLU(inplace=True)]
        # With last = "up" the growth of the last stage is the layer that makes the picture.
        grown = stages - 1 if options.last == "up" else stages
        for stage in range(grown):
            layers.append(growing(widths[stage], widths[stage + 1], plan.strides[stage], options.up, bias=bias))
            layers += [*normalised(options.generator_norm, widths[stage + 1]), nn.ReLU(inplace=True)]
        if options.last == "up":
            layers.append(growing(widths[-2], channels, plan.strides[-1], options.up, bias=True))
        else:
            layers.append(nn.Conv2d(widths[-1], channels, 3, padding=1))
        self.layers = nn.Sequential(*layers)
        self.top, self.left = (plan.end[0] - self.height) // 2, (plan.end[1] - self.width) // 2
        start_from(self, options.init)

    def forward(self, z: Float[Tensor, "n latent"], condition: Condition | None) -> Float[Tensor, "n c h w"]:
        """Raw pictures, float32 and unbounded."""
        x: Tensor = self.layers(self.linear(self.input(z, condition)).reshape(-1, *self.start))
        return x[:, :, self.top : self.top + self.height, self.left : self.left + self.width].float()


class DcganDiscriminator(Discriminator):
    """Framed picture -> strided convolutions down to 4 pixels a side or fewer -> one score."""

    def __init__(self, options: DcganPair, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        channels, height, width = shape
        sides = growth(height, width).end
        self.frame = (*_halves(sides[1] - width), *_halves(sides[0] - height))  # left, right, top, bottom
        layers: list[nn.Module] = []
        inputs, outputs = channels, min(options.discriminator_width or options.width, options.max_width)
        while not layers or max(sides) > SMALLEST_SIDE:  # at least one, or D would be linear in tiny pictures
            norm: Norm = options.discriminator_norm if layers else "none"
            layer, sides = shrinking(inputs, outputs, sides, _halving(sides), bias=norm == "none")
            layers += [layer, *normalised(norm, outputs), nn.LeakyReLU(0.2, inplace=True)]
            inputs, outputs = outputs, min(outputs * 2, options.max_width)
        self.layers = nn.Sequential(*layers)
        self.score = Score(inputs * sides[0] * sides[1], classes)
        start_from(self, options.init)

    def forward(self, x: Float[Tensor, "n c h w"], condition: Condition | None) -> Scores:
        """One score a picture, float32."""
        framed = pad(x, self.frame) if any(self.frame) else x
        return Scores((self.score(self.layers(framed).flatten(1), condition),))


def _halves(rest: int) -> Axes:
    """What of a frame's width goes before and after; the same place as the generator's crop."""
    return rest // 2, rest - rest // 2


def _halving(sides: Axes) -> Axes:
    return (2 if sides[0] > SMALLEST_SIDE else 1, 2 if sides[1] > SMALLEST_SIDE else 1)


PAIR = DcganPair
