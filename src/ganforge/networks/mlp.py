"""Fully connected pair for samples of any shape: numbers, points, small pictures (as in arXiv:1406.2661)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition
from ganforge.networks._pair import Discriminator, Generator, Pair
from ganforge.networks.blocks.dense import DenseInit, DenseStack, start_small
from ganforge.networks.blocks.head import Head
from ganforge.networks.blocks.labels import LabelledInput, LabelledLatent

SMALL_IN_GENERATOR, SMALL_IN_DISCRIMINATOR = 0.05, 0.005
"""Bounds of the first weights in the MNIST experiment of arXiv:1406.2661 (its authors' mnist.yaml)."""


@dataclass(frozen=True, kw_only=True)
class MlpPair(Pair):
    """Options of the fully connected pair: `width` units in each of `depth` hidden layers."""

    lacks: ClassVar[Mapping[str, str]] = {"attention": "it relates the places of a map, and a dense network has none"}

    width: int = 128
    depth: int = 3
    init: DenseInit = "he"
    """First weights: He's with the first layer's biases uniform in [-1, 1]; torch's own, which are smaller; or those of
    2014: uniform in [-0.05, 0.05] in the generator and in a tenth of that in the discriminator, biases 0."""
    fourier: int = 0
    """So many random Fourier features beside the discriminator's input; 0 = none."""
    fourier_highest: float = 120.0
    """The highest of their frequencies, in radians a standard deviation of the data; the lowest is 1."""
    discriminator_pieces: int = 1
    """Each of the discriminator's units is the largest of so many linear ones (maxout); 1 = the activation instead."""
    discriminator_dropout: float = 0.0
    """Share of the discriminator's units that are left out in each step."""
    discriminator_input_dropout: float = 0.0
    """Share of a sample's numbers that are left out in each step before the discriminator sees it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least("fourier", 0)
        self.at_least("discriminator_pieces", 1)
        if not 0.0 < self.fourier_highest < math.inf:
            raise SettingError(f"networks: fourier_highest is {self.fourier_highest}; it must be a number above 0.")
        for name in ("discriminator_dropout", "discriminator_input_dropout"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise SettingError(f"networks: {name} is {getattr(self, name)}; it must be a share below 1.")

    def takes(self, shape: tuple[int, ...]) -> str | None:
        """Every shape that holds at least one number."""
        if shape and min(shape) >= 1:
            return None
        return f"needs at least one number a sample; these samples have the shape {shape}"

    def make_generator(self, shape: tuple[int, ...], latent: int, classes: int) -> Generator:
        """See `Pair.make_generator`."""
        return MlpGenerator(self, shape, latent, classes)

    def make_discriminator(self, shape: tuple[int, ...], classes: int) -> Discriminator:
        """See `Pair.make_discriminator`."""
        return MlpDiscriminator(self, shape, classes)


class MlpGenerator(Generator):
    """Hidden layers and a linear one, unflattened to the samples' shape."""

    def __init__(self, options: MlpPair, shape: tuple[int, ...], latent: int, classes: int) -> None:
        super().__init__()
        self.shape = shape
        told = options.generator_labels == "normalisation"
        stack = DenseStack(options.width, options.depth, options.activation, options.init, options.generator_norm)
        self.input = LabelledLatent(latent, 0 if told else classes)
        self.hidden = stack.hidden(self.input.width, classes if told else 0)
        self.output = nn.Linear(stack.width, math.prod(shape))
        if options.init == "small":
            start_small(self, SMALL_IN_GENERATOR)

    def forward(self, z: Float[Tensor, "n latent"], condition: Condition | None) -> Float[Tensor, "n ..."]:
        """Raw samples, float32 and unbounded."""
        flat: Tensor = self.output(self.hidden(self.input(z, condition), condition))
        return flat.float().reshape(-1, *self.shape)


class MlpDiscriminator(Discriminator):
    """Flattens, hidden layers, one score."""

    def __init__(self, options: MlpPair, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        columns = (math.prod(shape),)
        self.kept = nn.Dropout(options.discriminator_input_dropout)
        self.input = LabelledInput(columns, classes if options.discriminator_labels == "embedding" else 0)
        stack = DenseStack(
            options.discriminator_width or options.width,
            options.discriminator_depth or options.depth,
            options.discriminator_activation or options.activation,
            options.init,
            options.discriminator_norm,
            options.fourier,
            options.fourier_highest,
            options.discriminator_pieces,
            options.discriminator_dropout,
        )
        self.hidden = stack.hidden(self.input.shape[0])
        self.head = Head(stack.width, classes, options.discriminator_labels, options.minibatch)
        if options.init == "small":
            start_small(self, SMALL_IN_DISCRIMINATOR)

    def features(self, x: Float[Tensor, "n ..."], condition: Condition | None) -> Float[Tensor, "n features"]:
        """The last hidden layer."""
        told = self.input(self.kept(x.flatten(1)), condition)
        hidden: Tensor = self.hidden(told, condition)
        return hidden


PAIR = MlpPair
