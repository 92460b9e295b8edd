"""The Fréchet distance is torchmetrics', its bias is what is taken out by extrapolation."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchmetrics.image.fid import _compute_fid

from ganforge.core.seeding import Draws
from ganforge.metrics.frechet import Frechet, extrapolated, frechet_distance
from tests.metrics.cases import a_case, blurred, noisy


def by_torchmetrics(first: Tensor, second: Tensor) -> float:
    means = first.mean(0), second.mean(0)
    return float(_compute_fid(means[0], torch.cov(first.T), means[1], torch.cov(second.T)))


@pytest.mark.parametrize(("n", "m", "d"), [(200, 150, 24), (40, 30, 20), (500, 500, 64)])
def test_it_agrees_with_torchmetrics(n: int, m: int, d: int) -> None:
    draws = Draws(0, n, d)
    mix = draws.normal(d, d).double()
    first, second = draws.normal(n, d).double() @ mix + 3.0, draws.normal(m, d).double() * 2.0
    assert frechet_distance(first, second) == pytest.approx(by_torchmetrics(first, second), rel=1e-5)
    assert frechet_distance(first.float(), second.float()) == pytest.approx(by_torchmetrics(first, second), rel=1e-4)


def test_it_agrees_with_torchmetrics_where_there_are_fewer_rows_than_features() -> None:
    draws = Draws(1, "few")
    first, second = draws.normal(20, 60).double(), draws.normal(25, 60).double() * 1.5 + 1.0
    assert frechet_distance(first, second) == pytest.approx(by_torchmetrics(first, second), rel=1e-5)


@given(offset=st.floats(-5.0, 5.0), scale=st.floats(0.2, 5.0), n=st.integers(2, 40))
def test_it_is_the_formula_in_one_dimension(offset: float, scale: float, n: int) -> None:
    first = Draws(2, "line").normal(n, 1).double()
    second = first * scale + offset
    means = float((first.mean() - second.mean()) ** 2)
    expected = means + float((first.std() - second.std()) ** 2)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_set_has_no_distance_from_itself_or_from_itself_reordered() -> None:
    rows = Draws(3, "same").normal(50, 10).double()
    assert frechet_distance(rows, rows.flip(0)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_extrapolation_takes_most_of_the_bias_out(apart: float) -> None:
    plain, followed = [], []
    for seed in range(20):
        draws = Draws(seed, "bias")
        first, second = draws.normal(100, 10).double(), draws.normal(100, 10).double() + apart
        whole = frechet_distance(first, second)
        plain.append(whole - 10 * apart**2)
        followed.append(extrapolated(first, second, whole) - 10 * apart**2)
    bias, left = (sum(values) / len(values) for values in (plain, followed))
    assert bias > 0.5
    assert abs(left) < 0.3 * bias


def test_too_few_rows_to_extrapolate_are_told() -> None:
    _, followed = Frechet().judge(a_case(6, 4))
    assert followed.value.error == math.inf
    _, followed = Frechet().judge(a_case(40, 30))
    assert "not to be relied on" in followed.note and math.isfinite(followed.value.error)
    _, followed = Frechet().judge(a_case(100, 8))
    assert "not to be relied on" not in followed.note


def test_no_distance_is_told_to_be_less_than_nothing() -> None:
    below = 0
    for seed in range(6):
        for score in Frechet().judge(a_case(60, 4, seed=seed)):
            for told in (score.value, score.floor):
                assert told is not None and 0 <= told.low <= told.value <= told.high
            assert score.difference is not None
            below += score.difference.low < 0
    assert below > 3  # a difference may well be less than nothing


@pytest.mark.parametrize("place", [0, 1])
def test_both_grow_with_noise_blur_and_missing_kinds(place: int) -> None:
    for cases in (
        [a_case(300, 8, spoil=noisy(s)) for s in (0.0, 0.5, 1.0)],
        [a_case(300, 8, spoil=blurred(1 - s)) for s in (0.0, 0.25, 0.5)],
        [a_case(300, 8, kinds=tuple(range(kinds))) for kinds in (8, 5, 2)],
    ):
        values = [Frechet().judge(case)[place].value.value for case in cases]
        assert values == sorted(values) and values[2] > values[0] + 0.5
