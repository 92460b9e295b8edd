"""Randomness as a function of where it is drawn, so that nothing has to be remembered to resume.

Every draw of a training comes from a generator whose seed is a hash of the run's seed and the place of use
(a stream's name, the step, the phase). A run that is resumed at step k therefore draws what it would have drawn.
"""

from __future__ import annotations

import hashlib

import torch
from jaxtyping import Float, Int
from torch import Tensor


def seed_for(seed: int, *place: str | int) -> int:
    """A 63-bit seed for one place of use; different places and seeds are unrelated."""
    text = "\x1f".join(str(part) for part in (seed, *place))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


class Draws:
    """Random tensors for one place of use."""

    def __init__(self, seed: int, *place: str | int, device: torch.device | str = "cpu") -> None:
        self._device = torch.device(device)
        self._generator = torch.Generator(self._device)
        self._generator.manual_seed(seed_for(seed, *place))

    def normal(self, *shape: int) -> Float[Tensor, "..."]:
        """Standard normal numbers."""
        return torch.randn(shape, generator=self._generator, device=self._device)

    def uniform(self, *shape: int) -> Float[Tensor, "..."]:
        """Numbers uniform in [0, 1)."""
        return torch.rand(shape, generator=self._generator, device=self._device)

    def integers(self, high: int, *shape: int) -> Int[Tensor, "..."]:
        """Integers uniform in [0, high)."""
        return torch.randint(high, shape, generator=self._generator, device=self._device)

    def gumbel(self, *shape: int) -> Float[Tensor, "..."]:
        """Standard Gumbel numbers (for Gumbel-softmax heads, arXiv:1611.01144)."""
        waits = torch.empty(shape, device=self._device).exponential_(generator=self._generator)
        return -waits.clamp_(min=torch.finfo(torch.float32).tiny).log()

    def permutation(self, n: int) -> Int[Tensor, "n"]:
        """The numbers 0 to n - 1 in random order."""
        return torch.randperm(n, generator=self._generator, device=self._device)
