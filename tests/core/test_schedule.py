from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.core.schedule import Schedule, constant

values = st.floats(1e-6, 1e3)
progress = st.floats(0, 1)
shapes = st.sampled_from(["linear", "cosine", "geometric"])


@given(values, progress)
def test_a_constant_never_changes(value: float, at: float) -> None:
    assert constant(value).at(at) == value


@given(start=values, end=values, shape=shapes, warmup=st.floats(0, 0.9))
def test_it_goes_from_start_to_end_and_stays_there(start: float, end: float, shape: str, warmup: float) -> None:
    schedule = Schedule(start, end, shape, warmup=warmup)  # type: ignore[arg-type]
    assert schedule.at(warmup) == pytest.approx(start)
    assert schedule.at(1.0) == pytest.approx(end)
    assert schedule.at(1.7) == pytest.approx(end)


@given(start=values, end=values, shape=shapes, a=progress, b=progress)
def test_it_never_turns_back(start: float, end: float, shape: str, a: float, b: float) -> None:
    schedule = Schedule(start, end, shape)  # type: ignore[arg-type]
    earlier, later = sorted((a, b))
    towards = 1 if end >= start else -1
    assert towards * (schedule.at(later) - schedule.at(earlier)) >= -1e-9 * max(start, end)


@given(warmup=st.floats(0.01, 0.9), share=st.floats(0, 1, exclude_max=True))
def test_the_warm_up_rises_in_a_line(warmup: float, share: float) -> None:
    assert Schedule(2.0, 1.0, warmup=warmup).at(share * warmup) == pytest.approx(2.0 * share)


@pytest.mark.parametrize(("shape", "half"), [("linear", 5.05), ("cosine", 5.05), ("geometric", 1.0)])
def test_half_way(shape: str, half: float) -> None:
    assert Schedule(10.0, 0.1, shape).at(0.5) == pytest.approx(half)  # type: ignore[arg-type]


def test_the_cosine_is_level_at_both_ends() -> None:
    schedule = Schedule(1.0, 0.0)
    assert schedule.at(0.25) == pytest.approx(0.5 + 0.5 * math.cos(math.pi / 4))
    assert 1.0 - schedule.at(0.01) < 0.001
    assert schedule.at(0.99) < 0.001


@given(hold=st.floats(0.01, 0.99), share=progress)
def test_it_holds_its_start_as_long_as_asked(hold: float, share: float) -> None:
    schedule = Schedule(2.0, 1.0, "linear", hold=hold)
    assert schedule.at(share * hold) == pytest.approx(2.0)
    assert schedule.at((1 + hold) / 2) == pytest.approx(1.5)


@given(length=st.floats(1, 1e4), share=progress)
def test_it_holds_its_start_no_longer_than_so_many_samples(length: float, share: float) -> None:
    bounded, kimg = Schedule(2.0, 1.0, "linear", hold=0.5, hold_kimg=100.0), share * length
    held = min(0.5, 100.0 / length)
    assert bounded.at(share, kimg) == pytest.approx(Schedule(2.0, 1.0, "linear", hold=held).at(share), rel=1e-6)


def test_without_a_sample_shown_it_is_at_its_start() -> None:
    assert Schedule(2.0, 1.0, "linear", hold=0.5, hold_kimg=100.0).at(0.0) == 2.0
