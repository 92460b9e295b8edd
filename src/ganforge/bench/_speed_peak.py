"""The machine's own peak: the fastest matrix products and convolutions that torch does on it.

Products of float32 matrices by either of torch's libraries: on some processors the usual one reaches half the other's
speed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from ganforge.training.compiling import other_library_is_exact, products

Shape = tuple[int, int, int]
SIDES = (512, 1024, 2048)
"""Of the square matrices that are multiplied."""
CONVOLUTIONS = ((64, 64, 32), (128, 128, 16), (128, 256, 8))
"""Channels in and out and side of the maps of 3 x 3 convolutions, batch 64."""
BATCH = 64
LEAST = 3
"""Times that a kernel is timed in one turn, at least; the fastest counts."""


@dataclass(frozen=True)
class Peaks:
    """GFLOP/s, the fastest of several shapes."""

    gemm_float32: float
    gemm_bfloat16: float
    convolution_float32: float
    convolution_bfloat16: float

    def best(self, other: Peaks) -> Peaks:
        """The higher of each."""
        return Peaks(*(max(getattr(self, field.name), getattr(other, field.name)) for field in fields(Peaks)))

    def gemm(self, precision: str) -> float:
        """The peak of matrix products in "float32" or "bfloat16"."""
        return self.gemm_bfloat16 if precision == "bfloat16" else self.gemm_float32

    def convolution(self, precision: str) -> float:
        """The peak of convolutions."""
        return self.convolution_bfloat16 if precision == "bfloat16" else self.convolution_float32


@dataclass(frozen=True)
class _Kernel:
    gflop: float
    once: Callable[[], Tensor]

    def rate(self, seconds: float) -> float:
        """GFLOP/s of the fastest of as many goes as fit in so long."""
        self.once()
        fastest, began, done = float("inf"), time.perf_counter(), 0
        while done < LEAST or time.perf_counter() - began < seconds:
            start = time.perf_counter()
            self.once()
            fastest = min(fastest, time.perf_counter() - start)
            done += 1
        return self.gflop / fastest


class PeakMeter:
    """Holds the operands, so that a turn is spent on computing alone."""

    def __init__(self, sides: tuple[int, ...] = SIDES, convolutions: tuple[Shape, ...] = CONVOLUTIONS) -> None:
        kinds = (torch.float32, torch.bfloat16)
        self._groups = (
            tuple(_product(side, torch.float32, other) for side in sides for other in _libraries()),
            tuple(_product(side, torch.bfloat16, False) for side in sides),
            *(tuple(_convolution(shape, dtype) for shape in convolutions) for dtype in kinds),
        )

    @torch.inference_mode()
    def measure(self, seconds: float) -> Peaks:
        """The peaks, in about so many seconds."""
        each = seconds / sum(len(group) for group in self._groups)
        return Peaks(*(max(kernel.rate(each) for kernel in group) for group in self._groups))


def _libraries() -> tuple[bool, ...]:
    return (False, True) if other_library_is_exact() else (False,)


def _product(side: int, dtype: torch.dtype, other_library: bool) -> _Kernel:
    a, b, out = (torch.randn(side, side).to(dtype) for _ in range(3))

    def once() -> Tensor:
        with products(other_library=other_library):
            return torch.mm(a, b, out=out)

    return _Kernel(2 * side**3 / 1e9, once)


def _convolution(shape: Shape, dtype: torch.dtype) -> _Kernel:
    inputs, outputs, side = shape
    x = torch.randn(BATCH, inputs, side, side).to(dtype).to(memory_format=torch.channels_last)
    weight = torch.randn(outputs, inputs, 3, 3).to(dtype).to(memory_format=torch.channels_last)
    # The frame of zeros is counted as if it were computed with, as torch's own counter does
    gflop = 2 * BATCH * inputs * outputs * 9 * side**2 / 1e9
    return _Kernel(gflop, lambda: conv2d(x, weight, padding=1))
