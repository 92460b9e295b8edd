"""What every pair of networks is: a generator and a discriminator made for each other and for a shape of samples.

The name of this file begins with an underscore because every other file beside it is a member of the registry.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Literal

from jaxtyping import Float
from torch import Tensor, nn

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition, Scores
from ganforge.core.registry import Registry
from ganforge.networks.blocks.activations import ActivationName
from ganforge.networks.blocks.head import DiscriminatorLabels, Head
from ganforge.networks.blocks.labels import LabelledInput
from ganforge.networks.blocks.minibatch import Minibatch
from ganforge.networks.blocks.norms import Norm
from ganforge.networks.blocks.spectral import normalise_spectrally

GeneratorLabels = Literal["embedding", "normalisation"]
"""Beside z (arXiv:1411.1784), or as the scale and shift of each normalisation (arXiv:1610.07629)."""


class Generator(nn.Module, ABC):
    """Turns noise into raw samples."""

    if TYPE_CHECKING:  # nn.Module leaves it untyped

        def __call__(self, z: Tensor, condition: Condition | None) -> Tensor: ...

    @abstractmethod
    def forward(self, z: Float[Tensor, "n latent"], condition: Condition | None) -> Float[Tensor, "n ..."]:
        """Raw output in the shape of samples, float32 and unbounded; the domain's head (tanh, ...) follows.

        Raises:
            SettingError: it was made for classes and `condition` has no labels.
        """


class Discriminator(nn.Module, ABC):
    """Scores samples: higher is more real."""

    input: LabelledInput
    """Where a sample comes in, and its label where it is told there."""
    head: Head
    """What makes a score of features."""

    if TYPE_CHECKING:  # nn.Module leaves it untyped

        def __call__(self, x: Tensor, condition: Condition | None) -> Scores: ...

    @abstractmethod
    def features(self, x: Float[Tensor, "n ..."], condition: Condition | None) -> Float[Tensor, "n features"]:
        """What it makes of each sample by itself, just before it makes a score of that.

        Raises:
            SettingError: it is told labels beside its input and `condition` has none.
        """

    def forward(self, x: Float[Tensor, "n ..."], condition: Condition | None) -> Scores:
        """One score a sample, in float32, whatever it was computed in.

        Raises:
            SettingError: it was made for classes and `condition` has no labels.
        """
        scores: Scores = self.head(self.features(x, condition), condition)
        return scores


@dataclass(frozen=True, kw_only=True)
class Pair(ABC):
    """An architecture with its options as fields; makes both networks for a shape of samples.

    The options here are those of every pair; a pair adds its own, and declares one of these again only to give it
    another default. The networks' first weights are a function of torch's global seed alone.
    """

    lacks: ClassVar[Mapping[str, str]] = {}
    """Options of every pair that this one does not have, each with the reason; they are refused."""

    width: int = 64
    """Units of a hidden layer, or channels; what exactly says the pair."""
    depth: int = 1
    """Layers, or layers at each resolution; what exactly says the pair."""
    activation: ActivationName = "relu"
    """After each hidden layer."""
    generator_norm: Norm = "none"
    """Behind the generator's hidden layers."""
    generator_spectral: bool = False
    """Spectral normalisation of all of the generator's weights (arXiv:1802.05957)."""
    generator_labels: GeneratorLabels = "embedding"
    """How the generator is told the label."""
    discriminator_width: int | None = None
    """The discriminator's `width` if it differs; None = the same."""
    discriminator_depth: int | None = None
    """The discriminator's `depth` if it differs; None = the same."""
    discriminator_activation: ActivationName | None = None
    """The discriminator's `activation` if it differs; None = the same."""
    discriminator_norm: Norm = "none"
    """Behind the discriminator's hidden layers."""
    discriminator_spectral: bool = False
    """Spectral normalisation of all of the discriminator's weights."""
    discriminator_labels: DiscriminatorLabels = "projection"
    """How the discriminator is told the label."""
    minibatch: Minibatch = "none"
    """What the discriminator is told of the batch: its standard deviation, or minibatch discrimination."""
    attention: int = 0
    """Self-attention in both networks at their largest maps whose sides are no longer than so many pixels; 0 = none."""

    def __post_init__(self) -> None:
        for name in ("width", "depth", "discriminator_width", "discriminator_depth"):
            self.at_least(name, 1)
        self.at_least("attention", 0)
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in self.lacks and value != field.default:
                raise SettingError(
                    f"networks: {field.name} is {value}; {self.lacks[field.name]}. Leave it at {field.default}, or "
                    "choose other networks."
                )
        if self.generator_labels == "normalisation" and self.generator_norm == "none":
            raise SettingError(
                "networks: generator_labels is 'normalisation', and generator_norm is 'none': there is nothing to tell "
                "the label to. Set networks.settings.generator_norm=batch, or generator_labels=embedding."
            )

    def at_least(self, name: str, least: int) -> None:
        """Refuse an option below `least`.

        Raises:
            SettingError: it is.
        """
        value = getattr(self, name)
        if value is not None and value < least:
            raise SettingError(f"networks: {name} is {value}; it must be at least {least}.")

    @property
    def classifies(self) -> bool:
        """Whether its discriminators name the label of what they judge (AC-GAN)."""
        return self.discriminator_labels == "auxiliary"

    @abstractmethod
    def takes(self, shape: tuple[int, ...]) -> str | None:
        """None if it can make samples of this shape, else a sentence that says why not."""

    def require(self, shape: tuple[int, ...]) -> None:
        """Refuse a shape that it does not take.

        Raises:
            SettingError: with the reason that `takes` gives.
        """
        reason = self.takes(shape)
        if reason is not None:
            raise SettingError(f"{type(self).__name__} {reason}. Choose other networks for these data.")

    def generator(self, shape: tuple[int, ...], latent: int, classes: int) -> Generator:
        """A new generator.

        Args:
            shape: of one sample: (channels, height, width) or (columns,).
            latent: length of z.
            classes: how many labels there are; 0 = unconditional, labels are then ignored.

        Raises:
            SettingError: it does not take this shape.
        """
        self.require(shape)
        network = self.make_generator(shape, latent, classes)
        if self.generator_spectral:
            normalise_spectrally(network, embeddings=False)
        return network

    def discriminator(self, shape: tuple[int, ...], classes: int) -> Discriminator:
        """A new discriminator; arguments and errors as for `generator`."""
        self.require(shape)
        network = self.make_discriminator(shape, classes)
        if self.discriminator_spectral:
            normalise_spectrally(network, embeddings=True)
        return network

    @abstractmethod
    def make_generator(self, shape: tuple[int, ...], latent: int, classes: int) -> Generator:
        """The generator for a shape that it takes, before spectral normalisation."""

    @abstractmethod
    def make_discriminator(self, shape: tuple[int, ...], classes: int) -> Discriminator:
        """The discriminator for a shape that it takes, before spectral normalisation."""


def needs_pictures(shape: tuple[int, ...]) -> str | None:
    """What a convolutional pair's `takes` says: pictures, (channels, height, width), and nothing else."""
    if len(shape) == 3 and min(shape) >= 1:
        return None
    what = f"{shape[0]} number{'s' if shape[0] > 1 else ''}" if len(shape) == 1 else f"of the shape {shape}"
    return f"needs pictures; these samples are {what}"


PAIRS: Registry[type[Pair]] = Registry("ganforge.networks", "network pair", "PAIR")
"""Every pair of networks by name."""
