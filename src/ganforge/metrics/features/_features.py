"""What every feature extractor is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Domain
from ganforge.core.registry import Registry
from ganforge.games._game import PlayableGame

Kernel = Literal["cubic", "gaussian"]
"""Which kernel compares rows of these features: (x.y / d + 1)^3 (arXiv:1801.01401), or Gaussians of several widths."""
CHUNK = 250
"""Samples that go through an extractor at once."""


@dataclass(frozen=True)
class Setting:
    """What an extractor may need."""

    domain: Domain
    game: PlayableGame | None = None
    """The run's game with its trained networks; None where samples are judged without a run."""
    weights: Path | None = None
    """A file of weights that the user named."""


@dataclass(frozen=True)
class Seen:
    """What an extractor makes of samples: of each as a whole, and place by place."""

    features: Float[Tensor, "n d"]
    places: tuple[Float[Tensor, "n _ i j"], ...] = ()
    """What it sees at each place, one tensor a scale, all with the same i x j; empty = samples have no places."""


class Extractor(ABC):
    """Turns samples into rows of numbers, the same numbers for the same sample."""

    kernel: ClassVar[Kernel]
    perceptual: ClassVar[bool] = False
    """Whether distances in it resemble what people see, so that a path through latent space can be measured."""
    partial: ClassVar[bool] = False
    """Whether the run's own training shaped it: its scores flatter the run."""

    @classmethod
    @abstractmethod
    def make(cls, setting: Setting) -> Extractor:
        """The extractor for this domain.

        Raises:
            SettingError: it does not suit the domain, or needs a run or a file that is not there.
            MissingExtraError: its package is not installed.
        """

    @property
    @abstractmethod
    def label(self) -> str:
        """What is printed with every score: "EfficientNet-Lite0 at 64 pixels"."""

    @abstractmethod
    def extract(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n d"]:
        """Features of at most `CHUNK` samples as the networks see them, float32."""

    @torch.no_grad()
    def see(self, x: Float[Tensor, "n ..."]) -> Seen:
        """Features of at most `CHUNK` samples, and what is seen at each place where samples have places."""
        return Seen(self.extract(x))

    @torch.no_grad()
    def __call__(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n d"]:
        """Features of any number of samples, n >= 1."""
        return torch.cat([self.extract(part) for part in torch.split(x, CHUNK)])


FEATURES: Registry[type[Extractor]] = Registry("ganforge.metrics.features", "feature extractor", "EXTRACTOR")
