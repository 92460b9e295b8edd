"""The chart answers for windows of the run, and forgets what a treatment takes back."""

from __future__ import annotations

import math
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.core.records import Change, Examined, Remedy, Started, StepRecord, Treated
from ganforge.watch._chart import FEWEST, LEAST_UPDATES, UNWATCHED, WINDOW, Chart
from tests.watch.journals import TOTAL, always, sound, spoiled, told


def chart_of(values: list[float], name: str = "probe.coverage", total: float = 100.0) -> Chart:
    """One look after every k sample, which takes 100 updates."""
    chart = Chart().after(Started(0, 0.0, total, 1))
    for number, value in enumerate(values, start=1):
        chart = chart.after(StepRecord(100 * number, float(number), {name: value}, 1.0))
    return chart


def treated(to_kimg: float) -> Treated:
    remedy = Remedy("some", "change something", (Change("batch", 2, 4),))
    return Treated(0, 0.0, 0, to_kimg, 0, 1, "mode-collapse", remedy)


@settings(max_examples=20)
@given(st.lists(st.floats(0.0, 1.0), min_size=10, max_size=60))
def test_a_level_is_the_median_of_the_last_tenth_of_the_planned_length(values: list[float]) -> None:
    assert chart_of(values).level("probe.coverage") == median(values[-10:])
    assert chart_of(values).recent("probe.coverage", 0.05) == values[-5:]


def test_rare_looks_are_taken_from_a_window_twice_as_long_and_no_longer() -> None:
    assert chart_of([1.0, 2.0, 3.0, 4.0, 5.0], total=24.0).recent("probe.coverage") == [2.0, 3.0, 4.0, 5.0]
    assert chart_of([1.0, 2.0, 3.0, 4.0, 5.0], total=10.0).level("probe.coverage") is None
    assert chart_of([1.0] * (FEWEST - 1)).level("probe.coverage") is None


def test_a_level_passes_over_what_is_not_finite_or_was_not_seen() -> None:
    chart = chart_of([1.0, math.nan, 3.0, math.inf, 5.0, 7.0])
    assert chart.level("probe.coverage") == 4.0
    assert chart.level("probe.rank") is None


def test_only_what_probes_saw_is_watched() -> None:
    chart = Chart()
    for event in told(sound(), looks=20, between=4):
        chart = chart.after(event)
    assert len(chart.readings) == 100
    assert len(chart.watched) == 20 and all(reading.probed for reading in chart.watched)


def test_a_journal_without_probes_is_looked_at_now_and_then() -> None:
    chart = chart_of([0.5] * 100, "generator.adversarial")
    assert [reading.kimg for reading in chart.watched] == [6.0 * number for number in range(1, 17)]
    assert chart.watched[1].kimg - chart.watched[0].kimg == pytest.approx(UNWATCHED * 100.0)


def test_a_gain_is_measured_from_the_best_that_there_was_before() -> None:
    rising = [number / 100.0 for number in range(1, 61)]
    assert chart_of(rising).gain(0.2) == pytest.approx(0.2)
    fallen = [0.9] * 30 + [0.1] * 30
    assert chart_of(fallen).gain(0.15) == pytest.approx(-0.8)
    back = [0.2] * 20 + [0.8] * 20 + [0.2] * 20 + [0.8] * 20
    assert chart_of(back).gain(0.15) == pytest.approx(0.0)


def test_what_is_better_than_real_is_no_gain() -> None:
    assert chart_of([1.0] * 30 + [2.0] * 30).gain(0.2) == 0.0


def test_a_young_run_has_no_gain_to_tell() -> None:
    assert chart_of([0.1, 0.2, 0.3, 0.4, 0.5]).gain(0.15) is None


@pytest.mark.parametrize(("score", "gain"), [(0.5, 0.49), (1.0, -0.01), (0.99, 0.0)])
def test_the_examined_distance_counts_beyond_its_error(score: float, gain: float) -> None:
    chart = chart_of([0.3] * 60)
    for kimg, value in ((20.0, 1.0), (55.0, score)):
        chart = chart.after(Examined(round(100 * kimg), kimg, value, 0.01, 0.0, 0.01, kept=True, seconds=0.1))
    assert chart.gain(0.2) == pytest.approx(max(0.0, gain))


def test_quality_is_that_of_the_better_of_generator_and_average() -> None:
    def quality(**values: float) -> float | None:
        chart = Chart()
        for event in told(spoiled(sound(), always(**values)), looks=30, between=0):
            chart = chart.after(event)
        return chart.quality()

    assert quality(coverage=0.9, fidelity=0.2, average_coverage=0.1, average_fidelity=0.9) == 0.2
    assert quality(coverage=0.1, fidelity=0.2, average_coverage=0.7, average_fidelity=1.9) == 0.7


def test_signs_began_with_the_first_of_the_last_row_with_one_exception_at_most() -> None:
    chart = chart_of([0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    assert chart.since(lambda reading: reading.values["probe.coverage"] > 0.5) == 600


@given(st.integers(1, 39))
@settings(max_examples=10)
def test_after_a_treatment_the_chart_is_as_it_was_at_its_start(back: int) -> None:
    events = list(told(sound(), looks=40, between=0, examined=lambda progress: 1.0 - progress))
    whole, early = Chart(), Chart()
    for event in events:
        whole = whole.after(event)
        if not isinstance(event, StepRecord | Examined) or event.kimg <= back * TOTAL / 40:
            early = early.after(event)
    assert whole.after(treated(back * TOTAL / 40)) == early


def test_the_window_is_a_tenth() -> None:
    assert chart_of([1.0] * 50).window() == list(chart_of([1.0] * 50).watched[-round(100 * WINDOW) :])


def test_a_short_run_is_taken_for_the_beginning_of_a_longer_one() -> None:
    short, long = Chart(), Chart()
    for event in told(sound(), looks=24, between=0, steps=500):
        short = short.after(event)
    for event in told(sound(), looks=24, between=0, until=0.1):
        long = long.after(event)
    assert short.progress == pytest.approx(1.0)
    assert short.maturity == pytest.approx(500 / LEAST_UPDATES)
    assert short.length == pytest.approx(LEAST_UPDATES * TOTAL / 5000) and short.is_cut_short
    assert long.length == TOTAL and long.maturity == long.progress and not long.is_cut_short


def test_few_updates_of_many_samples_are_no_short_run() -> None:
    chart = Chart().after(Started(0, 0.0, 600.0, 1)).after(StepRecord(10, 12.0, {}, 1.0))
    assert chart.length == 600.0


def test_an_approach_is_told_however_far_it_is() -> None:
    chart = Chart().after(Started(0, 0.0, 100.0, 1))
    for number in range(1, 61):
        away = {"probe.missed": 9.0 * 0.5 ** (number / 20) + 1.0, "probe.strayed": 0.5, "probe.floor": 1.0}
        chart = chart.after(StepRecord(100 * number, float(number), away, 1.0))
    assert chart.approach(0.2) == pytest.approx(0.5, abs=0.02)
    assert chart_of([1.0] * 60).approach(0.2) is None
