"""The kernel distance: its value, its error bars, and what it sees."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torchmetrics.image.kid import poly_mmd

from ganforge.metrics.features._features import Kernel
from ganforge.metrics.kernel import KernelDistance, Within, jackknife, kernel_distance, kernel_for
from tests.metrics.cases import a_case


def rows(n: int, d: int, seed: int, shift: float = 0.0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed)) * 0.5 + shift


@pytest.mark.parametrize(("n", "d"), [(4, 3), (50, 200), (300, 64)])
def test_it_is_kid_as_others_compute_it(n: int, d: int) -> None:
    first, second = rows(n, d, 0), rows(n, d, 1, shift=0.1)
    kernel = kernel_for("cubic", second)
    ours = kernel_distance(first, Within.of(second, kernel), kernel).value
    theirs = float(poly_mmd(first.double(), second.double(), degree=3, gamma=None, coef=1.0))
    assert ours == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize("name", ["cubic", "gaussian"])
def test_every_pair_of_different_rows_counts_once(name: Kernel) -> None:
    first, second = rows(7, 3, 0), rows(9, 3, 1)
    kernel = kernel_for(name, second)
    k = [[float(kernel(a[None].double(), b[None].double())) for b in first] for a in first]
    r = [[float(kernel(a[None].double(), b[None].double())) for b in second] for a in second]
    x = [[float(kernel(a[None].double(), b[None].double())) for b in second] for a in first]
    within_first = sum(k[i][j] for i in range(7) for j in range(7) if i != j) / 42
    within_second = sum(r[i][j] for i in range(9) for j in range(9) if i != j) / 72
    across = sum(map(sum, x)) / 63
    made = kernel_distance(first, Within.of(second, kernel), kernel)
    assert made.value == pytest.approx(within_first + within_second - 2 * across, rel=1e-9)


@pytest.mark.parametrize("name", ["cubic", "gaussian"])
def test_what_it_would_be_without_a_row_is_what_it_is_without_that_row(name: Kernel) -> None:
    first, second = rows(6, 4, 0), rows(8, 4, 1)
    kernel = kernel_for(name, second)
    made = kernel_distance(first, Within.of(second, kernel), kernel)
    for i in range(6):
        left = torch.cat([first[:i], first[i + 1 :]])
        expected = kernel_distance(left, Within.of(second, kernel), kernel).value
        assert float(made.without_first[i]) == pytest.approx(expected, rel=1e-9)
    for i in range(8):
        left = torch.cat([second[:i], second[i + 1 :]])
        expected = kernel_distance(first, Within.of(left, kernel), kernel).value
        assert float(made.without_second[i]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", ["cubic", "gaussian"])
def test_it_is_unbiased_and_its_error_is_right(name: Kernel) -> None:
    kernel = kernel_for(name, rows(500, 5, 9))
    made = [
        kernel_distance(rows(60, 5, seed), Within.of(rows(60, 5, seed + 1000), kernel), kernel) for seed in range(100)
    ]
    values = torch.tensor([each.value for each in made])
    spread = float(values.std())
    assert abs(float(values.mean())) < 3 * spread / 10
    errors = sum(each.error for each in made) / len(made)
    assert 0.8 * spread < errors < 2.2 * spread  # without any difference the jackknife is known to be cautious


def test_the_error_of_a_difference_on_the_same_rows_is_smaller_than_that_of_either() -> None:
    reference = rows(200, 5, 0)
    kernel = kernel_for("gaussian", reference)
    within = Within.of(reference, kernel)
    made = rows(200, 5, 1, shift=0.3)
    far, near = (kernel_distance(x, within, kernel) for x in (made, made * 0.98))
    gain, error = far.minus(near)
    assert gain == pytest.approx(far.value - near.value)
    assert error < 0.3 * min(far.error, near.error)


def test_large_sets_in_blocks_and_float32_give_what_small_blocks_in_float64_give(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = rows(400, 32, 0), rows(300, 32, 1, shift=0.2)
    kernel = kernel_for("cubic", second)
    exact = kernel_distance(first, Within.of(second, kernel), kernel)
    monkeypatch.setattr("ganforge.metrics.kernel.EXACT", 0)
    monkeypatch.setattr("ganforge.metrics.kernel.BLOCK", 1000)
    rounded = kernel_distance(first, Within.of(second, kernel), kernel)
    assert rounded.value == pytest.approx(exact.value, rel=1e-4)
    assert rounded.error == pytest.approx(exact.error, rel=1e-3)


def test_a_gaussian_kernel_sees_modes_that_share_their_first_three_moments() -> None:
    """Two coins of the same mean, variance and skewness: what a cubic kernel cannot tell apart."""
    draws = torch.Generator().manual_seed(0)
    three = torch.tensor([-math.sqrt(3), 0.0, 0.0, 0.0, 0.0, math.sqrt(3)])[torch.randint(6, (800, 1), generator=draws)]
    two = torch.randint(2, (800, 1), generator=draws) * 2.0 - 1.0
    certain = {}
    for name in ("cubic", "gaussian"):
        kernel = kernel_for(name, two)
        made = kernel_distance(three, Within.of(two, kernel), kernel)
        certain[name] = made.value / made.error
    assert certain["gaussian"] > 20
    assert certain["cubic"] < certain["gaussian"] / 5


def test_two_rows_have_a_distance_and_no_certainty() -> None:
    kernel = kernel_for("cubic", rows(2, 3, 0))
    made = kernel_distance(rows(2, 3, 1), Within.of(rows(2, 3, 0), kernel), kernel)
    assert math.isfinite(made.value)
    assert made.error == math.inf
    assert jackknife(torch.tensor([1.0, 2.0])) == math.inf


@pytest.mark.parametrize("kernel", ["cubic", "gaussian"])
def test_it_grows_with_damage(kernel: Kernel) -> None:
    values = []
    for strength in (0.0, 0.5, 1.0, 2.0):
        (score,) = KernelDistance().judge(a_case(kernel=kernel, spoil=lambda x, s=strength: x + s))  # type: ignore[misc]
        values.append(score.value.value)
    assert values == sorted(values)
    assert values[1] > 3 * abs(values[0])
