"""What every operation is: a differentiable change of samples, made to some of them by chance.

D sees real samples and forgeries only after the operations, and G learns through them (arXiv:2006.10738, section 3).
What is random in them comes from torch's own generators, which the duel seeds for each phase of each step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.registry import Registry


@dataclass(frozen=True)
class Operation(ABC):
    """A change of samples; its strength is in its fields. Nothing is remembered between calls."""

    def suits(self, shape: tuple[int, ...]) -> bool:
        """Whether it means anything for samples of this shape."""
        return True

    @abstractmethod
    def changed(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n ..."]:
        """All samples changed, each in its own random way; differentiable twice with respect to `x`."""

    def __call__(self, x: Float[Tensor, "n ..."], p: float | Float[Tensor, ""]) -> Float[Tensor, "n ..."]:
        """Each sample changed with probability `p`, on its own; the others stay as they are, bit for bit."""
        chosen = torch.rand(len(x), device=x.device) < p
        return torch.where(chosen.view(-1, *[1] * (x.ndim - 1)), self.changed(x), x)


OPERATIONS: Registry[type[Operation]] = Registry("ganforge.augment.operations", "augmentation", "OPERATION")
"""Every operation by name."""


def is_picture(shape: tuple[int, ...]) -> bool:
    """Whether samples of this shape are pictures: (channels, height, width)."""
    return len(shape) == 3


def uniform(x: Float[Tensor, "n ..."], low: float, high: float) -> Float[Tensor, "n ..."]:
    """A number for each sample, uniform in [low, high), in a shape that goes with `x`."""
    drawn = torch.rand(len(x), *[1] * (x.ndim - 1), device=x.device)
    return (low + (high - low) * drawn).to(x.dtype)
