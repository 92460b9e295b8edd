"""What every pair of networks is: a generator and a discriminator made for each other and for a shape of samples.

The name of this file begins with an underscore because every other file beside it is a member of the registry.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float
from torch import Tensor, nn

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition, Scores
from ganforge.core.registry import Registry


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

    if TYPE_CHECKING:  # nn.Module leaves it untyped

        def __call__(self, x: Tensor, condition: Condition | None) -> Scores: ...

    @abstractmethod
    def forward(self, x: Float[Tensor, "n ..."], condition: Condition | None) -> Scores:
        """Scores in float32, whatever they were computed in.

        Raises:
            SettingError: it was made for classes and `condition` has no labels.
        """


@dataclass(frozen=True)
class Pair(ABC):
    """An architecture with its options as fields; makes both networks for a shape of samples.

    The networks' first weights are a function of torch's global seed alone.
    """

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

    @abstractmethod
    def generator(self, shape: tuple[int, ...], latent: int, classes: int) -> Generator:
        """A new generator.

        Args:
            shape: of one sample: (channels, height, width) or (columns,).
            latent: length of z.
            classes: how many labels there are; 0 = unconditional, labels are then ignored.

        Raises:
            SettingError: it does not take this shape.
        """

    @abstractmethod
    def discriminator(self, shape: tuple[int, ...], classes: int) -> Discriminator:
        """A new discriminator; arguments and errors as for `generator`."""


PAIRS: Registry[type[Pair]] = Registry("ganforge.networks", "network pair", "PAIR")
"""Every pair of networks by name."""
