"""Fully connected stacks and what they are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganforge.networks.blocks.activations import ACTIVATIONS, ActivationName
from ganforge.networks.blocks.norms import Layers, Norm, normalised

DenseInit = Literal["torch", "he", "small"]


class FourierFeatures(nn.Module):
    """x with the sine and cosine of random projections of it behind it (arXiv:2006.10739): fine detail is seen sooner.

    The projections' directions are drawn once and not trained; their frequencies go from 1 to `highest` in equal
    ratios, so that every scale is seen, as in arXiv:2003.08934, section 5.1.
    """

    directions: Tensor

    def __init__(self, inputs: int, count: int, highest: float) -> None:
        """`highest`: in radians a unit of the input."""
        super().__init__()
        directions = nn.functional.normalize(torch.randn(inputs, count), dim=0)
        self.register_buffer("directions", directions * torch.logspace(0.0, math.log10(highest), count))

    def forward(self, x: Float[Tensor, "n inputs"]) -> Float[Tensor, "n width"]:
        """inputs + 2 * count numbers a row."""
        angles = x @ self.directions
        return torch.cat([x, angles.sin().to(x.dtype), angles.cos().to(x.dtype)], dim=1)


class Maxout(nn.Module):
    """Each number is the largest of `pieces` neighbours (arXiv:1302.4389)."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, x: Float[Tensor, "n width_times_pieces"]) -> Float[Tensor, "n width"]:
        """(n, width * pieces) -> (n, width)."""
        return x.reshape(len(x), -1, self.pieces).amax(2)


@dataclass(frozen=True)
class DenseStack:
    """What one fully connected stack looks like."""

    width: int
    depth: int
    activation: ActivationName
    init: DenseInit
    norm: Norm = "none"
    fourier: int = 0
    fourier_highest: float = 0.0
    pieces: int = 1
    dropout: float = 0.0

    def hidden(self, inputs: int, classes: int = 0) -> Layers:
        """The stack's hidden layers: `inputs` numbers in, `width` numbers out, each layer activated.

        With `classes` the normalisations are told the label.
        """
        layers: list[nn.Module] = []
        if self.fourier:
            layers.append(FourierFeatures(inputs, self.fourier, self.fourier_highest))
            inputs += 2 * self.fourier
        for depth in range(self.depth):
            linear = nn.Linear(inputs, self.width * self.pieces)
            if self.init == "he":
                _start_he(linear, first=depth == 0)
            layers += [linear, *normalised(self.norm, self.width * self.pieces, classes=classes, axes=1)]
            layers.append(Maxout(self.pieces) if self.pieces > 1 else ACTIVATIONS[self.activation]())
            if self.dropout:
                layers.append(nn.Dropout(self.dropout))
            inputs = self.width
        return Layers(layers)


def _start_he(linear: nn.Linear, *, first: bool) -> None:
    """Variance is kept through rectifiers (arXiv:1502.01852); the first layer's kinks are spread over the input."""
    nn.init.normal_(linear.weight, std=math.sqrt(2.0 / linear.in_features))
    if first:
        nn.init.uniform_(linear.bias, -1.0, 1.0)


def start_small(network: nn.Module, bound: float) -> None:
    """Weights of every linear layer uniform in [-bound, bound], biases 0: all scores begin near 0."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            nn.init.uniform_(layer.weight, -bound, bound)
            nn.init.zeros_(layer.bias)
