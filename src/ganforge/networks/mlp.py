"""Fully connected pair for samples of any shape: numbers, points, small pictures (as in arXiv:1406.2661)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition, Scores
from ganforge.networks._pair import Discriminator, Generator, Pair
from ganforge.networks.blocks.dense import ActivationName, DenseInit, DenseStack
from ganforge.networks.blocks.labels import LabelledLatent, Score


class MlpGenerator(Generator):
    """Hidden layers and a linear one, unflattened to the samples' shape."""

    def __init__(self, shape: tuple[int, ...], latent: int, classes: int, stack: DenseStack) -> None:
        super().__init__()
        self.shape = shape
        self.input = LabelledLatent(latent, classes)
        self.hidden = stack.hidden(self.input.width)
        self.output = nn.Linear(stack.width, math.prod(shape))

    def forward(self, z: Float[Tensor, "n latent"], condition: Condition | None) -> Float[Tensor, "n ..."]:
        """Raw samples, float32 and unbounded."""
        flat: Tensor = self.output(self.hidden(self.input(z, condition)))
        return flat.float().reshape(-1, *self.shape)


class MlpDiscriminator(Discriminator):
    """Flattens, hidden layers, one score."""

    def __init__(self, shape: tuple[int, ...], classes: int, stack: DenseStack) -> None:
        super().__init__()
        self.hidden = stack.hidden(math.prod(shape))
        self.score = Score(stack.width, classes)

    def forward(self, x: Float[Tensor, "n ..."], condition: Condition | None) -> Scores:
        """One score a sample, float32."""
        return Scores((self.score(self.hidden(x.flatten(1)), condition),))


@dataclass(frozen=True)
class MlpPair(Pair):
    """Options of the fully connected pair."""

    width: int = 128
    """Units of a hidden layer."""
    depth: int = 3
    """Hidden layers."""
    activation: ActivationName = "relu"
    """After each hidden layer."""
    init: DenseInit = "he"
    """First weights: He's with the first layer's biases uniform in [-1, 1], or torch's own, which are smaller."""
    fourier: int = 0
    """So many random Fourier features beside the discriminator's input; 0 = none."""
    fourier_highest: float = 120.0
    """The highest of their frequencies, in radians a standard deviation of the data; the lowest is 1."""
    discriminator_width: int | None = None
    """The discriminator's `width` if it differs; None = the same."""
    discriminator_depth: int | None = None
    """The discriminator's `depth` if it differs; None = the same."""
    discriminator_activation: ActivationName | None = None
    """The discriminator's `activation` if it differs; None = the same."""

    def __post_init__(self) -> None:
        for name, value, least in (
            ("width", self.width, 1),
            ("depth", self.depth, 1),
            ("fourier", self.fourier, 0),
            ("discriminator_width", self.discriminator_width, 1),
            ("discriminator_depth", self.discriminator_depth, 1),
        ):
            if value is not None and value < least:
                raise SettingError(f"networks 'mlp': {name} is {value}; it must be at least {least}.")

    def takes(self, shape: tuple[int, ...]) -> str | None:
        """Every shape that holds at least one number."""
        if shape and min(shape) >= 1:
            return None
        return f"needs at least one number a sample; these samples have the shape {shape}"

    def generator(self, shape: tuple[int, ...], latent: int, classes: int) -> Generator:
        """A new generator; see `Pair.generator`."""
        self.require(shape)
        stack = DenseStack(self.width, self.depth, self.activation, self.init, fourier=0, fourier_highest=0.0)
        return MlpGenerator(shape, latent, classes, stack)

    def discriminator(self, shape: tuple[int, ...], classes: int) -> Discriminator:
        """A new discriminator; see `Pair.discriminator`."""
        self.require(shape)
        stack = DenseStack(
            self.discriminator_width or self.width,
            self.discriminator_depth or self.depth,
            self.discriminator_activation or self.activation,
            self.init,
            self.fourier,
            self.fourier_highest,
        )
        return MlpDiscriminator(shape, classes, stack)


PAIR = MlpPair
