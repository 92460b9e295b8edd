"""Residual pair for pictures of any size (SNGAN, arXiv:1802.05957, tables 4 to 6).

The paper's networks at 32x32 are `width=256, discriminator_width=128, widening="none", discriminator_side=8,
discriminator_last=2`; WGAN-GP's (arXiv:1704.00028) too, with 128 in both and the mean as `pooling`. Those at 48x48
and 128x128 are `width=64, max_width=1024`, and so are SAGAN's (arXiv:1805.08318), with `attention=32`. Other sizes
are cropped and framed as in `dcgan`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ganforge.core.records import Condition
from ganforge.networks._pair import Discriminator, Generator, Pair, needs_pictures
from ganforge.networks.blocks.activations import in_place
from ganforge.networks.blocks.attention import SelfAttention, attended
from ganforge.networks.blocks.head import Head
from ganforge.networks.blocks.labels import LabelledInput, LabelledLatent
from ganforge.networks.blocks.norms import Layers, Norm, normalised
from ganforge.networks.blocks.residual import (
    ResidualInit,
    Widening,
    channels,
    growing_block,
    shrinking_block,
    start_residual,
)
from ganforge.networks.blocks.sides import frame, growth, shrinkage


@dataclass(frozen=True, kw_only=True)
class ResnetPair(Pair):
    """Options of the residual pair.

    `width`: the generator's channels at the picture's own resolution, and the discriminator's behind its first block.
    `depth`: blocks at each resolution, the first of which resizes.
    """

    width: int = 32
    widening: Widening = "doubling"
    """How channels go with the resolution in both networks."""
    max_width: int = 512
    """No layer of either network has more channels."""
    generator_norm: Norm = "batch"
    discriminator_side: int = 4
    """The discriminator halves its maps until their sides are no longer than so many pixels."""
    discriminator_last: int = 1
    """So many more of its blocks follow at that size."""
    pooling: Literal["sum", "mean"] = "sum"
    """What the discriminator does with the places of its last map; the mean is WGAN-GP's."""
    init: ResidualInit = "xavier"
    """First weights."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least("max_width", 1)
        self.at_least("discriminator_side", 1)
        self.at_least("discriminator_last", 0)

    def takes(self, shape: tuple[int, ...]) -> str | None:
        """Pictures: (channels, height, width)."""
        return needs_pictures(shape)

    def make_generator(self, shape: tuple[int, ...], latent: int, classes: int) -> Generator:
        """See `Pair.make_generator`."""
        return ResnetGenerator(self, (shape[0], shape[1], shape[2]), latent, classes)

    def make_discriminator(self, shape: tuple[int, ...], classes: int) -> Discriminator:
        """See `Pair.make_discriminator`."""
        return ResnetDiscriminator(self, (shape[0], shape[1], shape[2]), classes)


class ResnetGenerator(Generator):
    """z -> linear -> a map of 4 to 7 pixels a side -> blocks, one a growth -> cropped."""

    def __init__(self, options: ResnetPair, shape: tuple[int, int, int], latent: int, classes: int) -> None:
        super().__init__()
        outputs, self.height, self.width = shape
        plan = growth(self.height, self.width)
        widths = channels(options.width, len(plan.maps), options.widening, options.max_width)[::-1]
        told = classes if options.generator_labels == "normalisation" else 0
        norm, activation = options.generator_norm, options.activation
        self.input = LabelledLatent(latent, 0 if told else classes)
        self.linear = nn.Linear(self.input.width, widths[0] * plan.start[0] * plan.start[1])
        self.start = (widths[0], *plan.start)
        place = attended(plan.maps, options.attention)
        layers: list[nn.Module] = []
        for stage, width in enumerate(widths):
            if stage:
                layers.append(growing_block(widths[stage - 1], width, plan.strides[stage - 1], norm, activation, told))
                layers += [
                    growing_block(width, width, (1, 1), norm, activation, told) for _ in range(options.depth - 1)
                ]
            if stage == place:
                layers.append(SelfAttention(width))
        # The last normalisation is not told the label, as in arXiv:1802.05637.
        layers += [*normalised(norm, widths[-1]), in_place(activation), nn.Conv2d(widths[-1], outputs, 3, padding=1)]
        self.layers = Layers(layers)
        self.left, _, self.top, _ = frame((self.height, self.width), plan.end)
        start_residual(self, options.init)

    def forward(self, z: Float[Tensor, "n latent"], condition: Condition | None) -> Float[Tensor, "n c h w"]:
        """Raw pictures, float32 and unbounded."""
        start = self.linear(self.input(z, condition)).reshape(-1, *self.start)
        x = self.layers(start, condition)
        return x[:, :, self.top : self.top + self.height, self.left : self.left + self.width].float()


class ResnetDiscriminator(Discriminator):
    """Framed picture -> blocks that shrink it -> blocks that do not -> pooled over all places -> one score."""

    def __init__(self, options: ResnetPair, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        self.input = LabelledInput(shape, classes if options.discriminator_labels == "embedding" else 0)
        (inputs, height, width), activation = self.input.shape, options.discriminator_activation or options.activation
        norm = options.discriminator_norm
        sides = growth(height, width).end
        self.frame = frame((height, width), sides)
        strides, maps = shrinkage(sides, options.discriminator_side)
        widest = options.discriminator_width or options.width
        last = options.discriminator_last
        widths = channels(widest, len(maps) + last, options.widening, options.max_width)
        place = attended(maps, options.attention)
        layers: list[nn.Module] = []
        for stage, outputs in enumerate(widths):
            stride = strides[stage] if stage < len(strides) else (1, 1)
            layers.append(shrinking_block(inputs, outputs, stride, norm, activation, raw=stage == 0))
            more = (options.discriminator_depth or options.depth) - 1 if stage < len(strides) else 0
            layers += [shrinking_block(outputs, outputs, (1, 1), norm, activation, raw=False) for _ in range(more)]
            if stage == place:
                layers.append(SelfAttention(outputs))
            inputs = outputs
        self.layers = Layers([*layers, *normalised(norm, inputs), in_place(activation)])
        self.mean = options.pooling == "mean"
        self.head = Head(inputs, classes, options.discriminator_labels, options.minibatch)
        start_residual(self, options.init)

    def features(self, x: Float[Tensor, "n c h w"], condition: Condition | None) -> Float[Tensor, "n features"]:
        """The last maps, pooled over all places."""
        x = self.input(x, condition)
        maps: Tensor = self.layers(pad(x, self.frame) if any(self.frame) else x, condition)
        return maps.mean((2, 3)) if self.mean else maps.sum((2, 3))


PAIR = ResnetPair
