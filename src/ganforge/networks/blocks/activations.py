"""Activations by the name that a recipe uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

ActivationName = Literal["relu", "leaky-relu", "elu", "silu", "gelu", "softplus", "tanh", "sine"]


class Sine(nn.Module):
    """`sin(x)`, element by element."""

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """The sine of every element."""
        return torch.sin(x)


ACTIVATIONS: dict[ActivationName, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(0.2),
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "sine": Sine,
}
"""Makes a new activation."""


def in_place(name: ActivationName) -> nn.Module:
    """A new activation that overwrites its input where it can: less memory is moved. Not for inputs used again."""
    layer = ACTIVATIONS[name]()
    if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
        layer.inplace = True
    return layer
