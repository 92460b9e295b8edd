"""A value over a run, in bounded memory."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganforge.studio import _series
from ganforge.studio._series import MOST, Series


def filled(values: list[float]) -> Series:
    series = Series()
    for at, value in enumerate(values):
        series.add(float(at), at, value)
    return series


def test_a_short_line_is_told_point_by_point() -> None:
    drawn = filled([3.0, 1.0, 2.0]).drawn(0.0, 10.0, 600)
    assert (drawn.kimg, drawn.mean, drawn.low, drawn.high) == ([0.0, 1.0, 2.0], [3.0, 1.0, 2.0], None, None)


@pytest.mark.parametrize("count", [1, 511, 512, 513, 1700, MOST + 1, 3 * MOST + 77])
@pytest.mark.parametrize("most", [2, 7, 600])
def test_the_least_and_the_greatest_are_in_every_picture(count: int, most: int) -> None:
    values = np.random.default_rng(0).normal(size=count)
    values[count // 3], values[count // 2] = -50.0, 70.0
    drawn = filled(values.tolist()).drawn(0.0, math.inf, most)
    assert len(drawn.kimg) <= most
    lows, highs = drawn.low or drawn.mean, drawn.high or drawn.mean
    assert min(low for low in lows if low is not None) == pytest.approx(values.min(), rel=1e-5)
    assert max(high for high in highs if high is not None) == pytest.approx(values.max(), rel=1e-5)
    assert drawn.kimg == sorted(drawn.kimg)
    assert drawn.kimg[-1] == count - 1


def test_means_are_those_of_their_records() -> None:
    drawn = filled([float(at) for at in range(1000)]).drawn(0.0, 1000.0, 10)
    assert drawn.mean == pytest.approx([49.5 + 100 * at for at in range(10)])


def test_what_is_not_finite_is_none_and_takes_nothing_else_along() -> None:
    drawn = filled([1.0, math.nan, 3.0, math.inf, 5.0]).drawn(0.0, 10.0, 600)
    assert drawn.mean == [1.0, None, 3.0, None, 5.0]
    assert filled([1.0, math.nan, -3.0]).bounds() == (-3.0, 1.0)


def test_a_part_reaches_one_point_beyond_each_side() -> None:
    assert filled([float(at) for at in range(100)]).drawn(10.5, 12.5, 600).kimg == [10.0, 11.0, 12.0, 13.0]


def test_what_is_done_again_is_forgotten() -> None:
    for count in (5, 2000):
        series = filled([float(at) for at in range(count)])
        series.forget_after(2)
        assert series.drawn(0.0, math.inf, 600).kimg == [0.0, 1.0, 2.0]


def test_the_room_taken_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_series, "MOST", 64)
    monkeypatch.setattr(_series, "_TOGETHER", 8)
    series = filled([float(at % 10) for at in range(10_000)])
    assert len(series._buckets) <= 65
    assert len(series._waiting) <= 2 * series._size
    drawn = series.drawn(0.0, math.inf, 600)
    whole = [value for value in drawn.mean if value is not None][:-1]  # the last holds what came since
    assert whole == pytest.approx([4.5] * len(whole), abs=0.6)


def test_nothing_is_drawn_of_nothing() -> None:
    assert Series().drawn(0.0, 1.0, 5).kimg == []
    assert Series().bounds() is None
