"""Kernel distance: the squared maximum mean discrepancy, unbiased at every sample size (KID: arXiv:1801.01401).

MMD^2 = mean k(s, s') + mean k(r, r') - 2 mean k(s, r) over different pairs (Gretton et al. 2012, eq. 3). The kernel is
KID's (x.y / d + 1)^3 for features of a network, and a mean of Gaussians of four widths for numbers, on which a cubic
kernel would see three moments only. Errors are by leaving one row out at a time (the jackknife), which costs nothing
beyond the sums of the rows and stays right for the difference of two distances that share rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.metrics._metric import Case, Metric, Score
from ganforge.metrics._resampling import estimate
from ganforge.metrics.features._features import Kernel

KernelFunction = Callable[[Float[Tensor, "n d"], Float[Tensor, "m d"]], Float[Tensor, "n m"]]
WIDTHS = (1.0, 1 / 4, 1 / 16, 1 / 64)
"""Of the Gaussians, as shares of the median distance between two real rows."""
BLOCK = 1 << 22
"""Kernel values computed at once."""
EXACT = 1 << 22
"""Up to so many kernel values products are float64; beyond, rounding averages out, and float32 takes half the time."""
MEDIAN_ROWS = 1000


def kernel_for(kernel: Kernel, reference: Float[Tensor, "n d"]) -> KernelFunction:
    """The kernel by name; the Gaussians' widths come from the reference."""
    if kernel == "cubic":
        return _cubic
    middle = reference.double().mean(0)
    some = reference[:MEDIAN_ROWS].double()
    median = float(torch.pdist(some).median()) if len(some) > 1 else 1.0
    widths = [share * (median or 1.0) for share in WIDTHS]

    def gaussians(x: Tensor, y: Tensor) -> Tensor:
        a, b = x - middle.to(x.dtype), y - middle.to(y.dtype)
        square = a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T
        square = square.double().clamp_(min=0)
        total = torch.zeros_like(square)
        for width in widths:
            total += torch.exp(square * (-0.5 / width**2))
        return total / len(widths)

    return gaussians


def _cubic(x: Tensor, y: Tensor) -> Tensor:
    return ((x @ y.T).double() / x.shape[1] + 1) ** 3


@dataclass(frozen=True)
class Distance:
    """A kernel distance with the values that it would have without each one of the rows."""

    value: float
    without_first: Float[Tensor, "n"]
    """Without each row of the first set; float64."""
    without_second: Float[Tensor, "m"]

    @property
    def error(self) -> float:
        """Standard error; infinite where a set has fewer than 3 rows."""
        return math.hypot(self.first_error, jackknife(self.without_second))

    @property
    def first_error(self) -> float:
        """The share of the first set in the error."""
        return jackknife(self.without_first)

    def shared_error(self, other: Distance) -> float:
        """Standard error that the second set, the same for both, adds to the difference of two distances."""
        return jackknife(self.without_second - other.without_second)

    def minus(self, other: Distance) -> tuple[float, float]:
        """The difference to a distance whose rows are of the same z, and whose real items are the same.

        Returns:
            The difference and its standard error.
        """
        first = jackknife(self.without_first - other.without_first)
        return self.value - other.value, math.hypot(first, self.shared_error(other))


def jackknife(without: Float[Tensor, "n"]) -> float:
    """Standard error of a statistic from its values without each one of n rows (Efron and Stein 1981, eq. 1.2)."""
    n = len(without)
    return math.sqrt((n - 1) * float(without.var(correction=0))) if n > 2 else math.inf


@dataclass(frozen=True)
class Within:
    """The kernel values inside of one set, summed by row; computed once for a set that many are compared with."""

    rows: Float[Tensor, "m d"]
    sums: Float[Tensor, "m"]
    """Of each row over all the others."""

    @staticmethod
    def of(rows: Float[Tensor, "m d"], kernel: KernelFunction) -> Within:
        """Sum the kernel between all pairs of different rows."""
        return Within(rows, _sums(rows, rows, kernel, same=True)[0])


def kernel_distance(first: Float[Tensor, "n d"], second: Within, kernel: KernelFunction) -> Distance:
    """The distance between two sets of rows, n >= 2 and m >= 2."""
    n, m = len(first), len(second.rows)
    a = Within.of(first, kernel).sums
    b = second.sums
    across_first, across_second = _sums(first, second.rows, kernel)
    total_a, total_b, across = a.sum(), b.sum(), across_first.sum()

    def mmd(within_a: Tensor, within_b: Tensor, between: Tensor, n: int, m: int) -> Tensor:
        return within_a / max(1, n * (n - 1)) + within_b / max(1, m * (m - 1)) - 2 * between / (n * m)

    value = mmd(total_a, total_b, across, n, m)
    return Distance(
        float(value),
        mmd(total_a - 2 * a, total_b, across - across_first, max(1, n - 1), m),
        mmd(total_a, total_b - 2 * b, across - across_second, n, max(1, m - 1)),
    )


def _precise(rows: Tensor, pairs: int) -> Tensor:
    return rows.double() if pairs <= EXACT else rows.float()


def _sums(x: Tensor, y: Tensor, kernel: KernelFunction, *, same: bool = False) -> tuple[Tensor, Tensor]:
    """Sums of the kernel over y for each row of x, and over x for each row of y; float64.

    `same`: both are one set, and no row is paired with itself.
    """
    pairs = len(x) * len(y)
    x, y = _precise(x, pairs), _precise(y, pairs)
    of_x, of_y = [], torch.zeros(len(y), dtype=torch.float64)
    step = max(1, BLOCK // len(y))
    for start in range(0, len(x), step):
        values = kernel(x[start : start + step], y)
        if same:
            values.diagonal(start).zero_()
        of_x.append(values.sum(1))
        of_y += values.sum(0)
    return torch.cat(of_x), of_y


@dataclass(frozen=True)
class KernelDistance(Metric):
    """Kernel distance (KID where the features are a network's)."""

    about: ClassVar[str] = (
        "How far the samples are from the data as a whole; 0 = no difference, and values a little below 0 occur. It is "
        "unbiased: 40 samples give a wide interval, not a higher score."
    )

    def judge(self, case: Case) -> tuple[Score, ...]:
        """One score. It speaks of the whole and names no cause, so it makes no remark of its own."""
        kernel = kernel_for(case.kernel, case.reference)
        reference = Within.of(case.reference, kernel)
        value = kernel_distance(case.samples, reference, kernel)
        floor = kernel_distance(case.held_out, reference, kernel)
        error = math.hypot(value.first_error, floor.first_error, value.shared_error(floor))
        n = case.count
        return (
            Score(
                metric="kernel",
                name="kernel_distance",
                label="kernel distance",
                aspect="both",
                value=estimate(value.value, value.error, n),
                floor=estimate(floor.value, floor.error, n),
                difference=estimate(value.value - floor.value, error, n),
                better="low",
                count=n,
                note="unbiased at every number of samples",
                headline=True,
            ),
        )


METRIC = KernelDistance
