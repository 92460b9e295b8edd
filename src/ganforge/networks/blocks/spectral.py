"""Spectral normalisation: every layer's weights are divided by their largest singular value (arXiv:1802.05957)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils import parametrize

LAYERS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


class Spectral(nn.Module):
    """`W / sigma(W)`, with sigma by one step of power iteration each time the weights are used (its algorithm 1).

    Only in training is the step kept. Where a generator is averaged the vector is averaged too; it is then a start
    like any other.

    Args:
        weight: the layer's weights.
        rows: the axis of the outputs.
    """

    u: Tensor

    def __init__(self, weight: Float[Tensor, "..."], rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.register_buffer("u", normalize(torch.randn(weight.shape[rows]), dim=0))
        with torch.no_grad():  # so that the first step does not start from far too small a sigma
            for _ in range(15):
                self._iterate(self._matrix(weight))

    def forward(self, weight: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """The weights of the same shape whose largest singular value is (nearly) 1."""
        with torch.autocast(weight.device.type, enabled=False):
            matrix = self._matrix(weight)
            u, v = self._iterate(matrix)
            return weight / torch.dot(u, matrix @ v)

    @torch.no_grad()
    def _iterate(self, matrix: Float[Tensor, "rows columns"]) -> tuple[Tensor, Tensor]:
        v = normalize(matrix.t() @ self.u, dim=0)
        u = normalize(matrix @ v, dim=0)
        if self.training:
            self.u.copy_(u)
        return u, v

    def _matrix(self, weight: Float[Tensor, "..."]) -> Float[Tensor, "rows columns"]:
        return weight.movedim(self.rows, 0).flatten(1)


def normalise_spectrally(network: nn.Module, *, embeddings: bool) -> None:
    """Put every linear layer and convolution under spectral normalisation; with `embeddings` those too."""
    kinds = (*LAYERS, nn.Embedding) if embeddings else LAYERS
    for layer in [module for module in network.modules() if isinstance(module, kinds)]:
        rows = 1 if isinstance(layer, nn.ConvTranspose2d) else 0
        parametrize.register_parametrization(layer, "weight", Spectral(layer.weight.detach(), rows))
