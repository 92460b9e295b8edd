"""Noise for whole numbers: a row's own, wherever it stands, and even over equal rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ganforge.core.contracts import DataOptions
from ganforge.data._opening import open_source
from ganforge.data._spread import repeats, spread
from ganforge.data.points import PointSource

Row = tuple[int, int, float]
ROWS = st.lists(
    st.tuples(st.integers(-3, 3), st.integers(0, 200_000), st.sampled_from([-1.5, 0.0, 0.25])),
    min_size=2,
    max_size=30,
    unique=True,
)


def opened(rows: np.ndarray) -> PointSource:
    source = open_source(rows, DataOptions())
    assert isinstance(source, PointSource)
    return source


def test_numbers_are_spread_evenly_and_independently_of_each_other() -> None:
    noise = spread(np.random.default_rng(0).integers(0, 4, (20_000, 3)).astype(np.float64))
    assert np.abs(noise).max() < 0.49
    for column in noise.T:
        assert stats.kstest(column, "uniform", (-0.49, 0.98)).pvalue > 0.01
        assert abs(stats.pearsonr(column[1:], column[:-1]).statistic) < 0.03
    assert np.abs(np.corrcoef(noise.T) - np.eye(3)).max() < 0.03


@pytest.mark.parametrize("face", [-2.0, 0.0, 3.0])
def test_equal_rows_are_spread_evenly_without_gaps(face: float) -> None:
    noise = spread(np.full((4_000, 2), face))
    for column in noise.T:
        counts, _ = np.histogram(column, 40, (-0.49, 0.49))
        assert stats.chisquare(counts).pvalue > 0.01
        assert np.diff(np.sort(column)).max() < 0.98 * 15 / 4_000
    assert abs(stats.pearsonr(*noise.T).statistic) < 0.05


@settings(derandomize=True, deadline=None, max_examples=60)
@given(ROWS)
def test_a_row_has_its_noise_wherever_it_stands(rows: list[Row]) -> None:
    table = np.array(rows, dtype=np.float64)
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    assert np.array_equal(spread(table)[order], spread(table[order]))


def test_the_second_of_equal_rows_differs_from_the_first_as_it_did() -> None:
    once, twice = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[3.0, 4.0], [1.0, 2.0], [3.0, 4.0], [3.0, 4.0]])
    assert np.array_equal(spread(twice)[:2], spread(once)[::-1])
    assert len(np.unique(spread(twice), axis=0)) == 4
    assert np.array_equal(spread(np.array([[-0.0, 1.0]])), spread(np.array([[0.0, 1.0]])))
    assert spread(np.zeros((0, 3))).shape == (0, 3)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(ROWS)
def test_a_row_that_is_read_again_is_the_row_that_was_opened(rows: list[Row]) -> None:
    table = np.array([[7.0, *row] for row in [*rows, (5, -9, 1e3)]])  # a constant column, and none of the others is
    source = opened(table)
    seen = source.batch(torch.arange(len(table))).real["x"]
    for places in (list(range(len(table))), list(range(len(table)))[::-2]):
        torch.testing.assert_close(source.domain.read(table[places]).x, seen[places], rtol=1e-5, atol=1e-6)


def test_another_order_of_columns_and_more_of_them_make_no_difference() -> None:
    table = np.random.default_rng(0).integers(0, 90, (50, 2)).astype(np.float64)
    Path("a.csv").write_text("age,hours\n" + "".join(f"{a:.0f},{b:.0f}\n" for a, b in table))
    Path("b.csv").write_text("hours,name,size,age\n" + "".join(f"{b:.0f},ann,{a * b},{a:.0f}\n" for a, b in table))
    source = open_source("a.csv", DataOptions())
    torch.testing.assert_close(
        source.domain.read("b.csv").x, source.batch(torch.arange(50)).real["x"], rtol=1e-5, atol=1e-6
    )


def test_a_column_of_a_wide_range_is_spread_neither_in_opening_nor_in_reading() -> None:
    table = np.array([[float(n)] for n in (*range(100), 200_000)])
    source = opened(table)
    torch.testing.assert_close(
        source.domain.read(table[::-1]).x.flipud(), source.batch(torch.arange(101)).real["x"], rtol=1e-5, atol=1e-6
    )
    restored = source.domain.read(table[:2]).x
    assert float((restored[1] - restored[0]) * table.std()) == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(("faces", "known"), [(50_000, True), (40, False)])
def test_where_rows_repeat_by_chance_an_equal_row_is_not_the_same(faces: int, known: bool) -> None:
    table = np.random.default_rng(0).integers(0, faces, (300, 2)).astype(np.float64)
    assert ((repeats(table) > 0).mean() > 0.01) != known
    source = opened(table)
    seen = source.batch(torch.arange(300)).real["x"]
    same = (source.domain.read(table).x - seen).abs().amax(1) < 1e-6
    assert float(same.float().mean()) == (1.0 if known else 0.0)


def test_equal_rows_are_counted_in_their_order() -> None:
    assert repeats(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [1.0, 2.0]])).tolist() == [0, 0, 1, 2]
