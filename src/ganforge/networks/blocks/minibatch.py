"""Features of a sample's company: what a discriminator cannot see in one sample, it sees in the batch."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

Minibatch = Literal["none", "stddev", "discrimination"]


class StandardDeviation(nn.Module):
    """The mean over all features of their standard deviation in the batch (arXiv:1710.10196, section 3).

    The paper puts it before the last convolution; here it is one more number behind the features. The whole batch is
    one group.
    """

    added = 1

    def forward(self, f: Float[Tensor, "n features"]) -> Float[Tensor, "n 1"]:
        """The same number for every sample."""
        # Not torch's std: its slope is infinite where all samples are alike
        deviation = (f.float().var(dim=0, correction=0) + 1e-8).sqrt().mean()
        return deviation.expand(len(f), 1)


class Discrimination(nn.Module):
    """How close each sample is to its company, in learned directions (Salimans et al., arXiv:1606.03498, section 3.2).

    With M = f T of shape (kernels, size): `o_ib = sum over j != i of exp(-|M_ib - M_jb|_1)`. The authors use 100
    kernels; 32 keep the n x n comparison cheap.

    Args:
        features: length of f.
    """

    added = 32
    size = 5

    def __init__(self, features: int) -> None:
        super().__init__()
        self.transform = nn.Linear(features, self.added * self.size, bias=False)

    def forward(self, f: Float[Tensor, "n features"]) -> Float[Tensor, "n kernels"]:
        """A number a kernel for every sample, from 0 (alone) to n - 1 (all alike)."""
        m = self.transform(f).float().reshape(len(f), self.added, self.size)
        closeness = torch.exp(-(m[:, None] - m[None]).abs().sum(3))
        return closeness.sum(1) - 1.0
