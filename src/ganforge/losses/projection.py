"""What every projection of the discriminator's weights is: applied after each of its updates, it has no loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

from ganforge.core.registry import Registry


@dataclass(frozen=True)
class Projection(ABC):
    """Moves weights back into a set; its settings are fields (see `ganforge.core.contracts.Projection`)."""

    @abstractmethod
    def __call__(self, weights: Iterable[Tensor]) -> None:
        """Change the weights in place; weights that lie in the set stay as they are, bit for bit."""


PROJECTIONS: Registry[type[Projection]] = Registry("ganforge.losses.projections", "projection", "PROJECTION")
"""Every projection by name."""
