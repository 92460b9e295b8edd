"""Scores beside the floor: the picture says what the numbers say."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ganforge.metrics._metric import Estimate
from ganforge.report._scores import Verdict, percent, section, strip, strip_scale, verdict
from ganforge.report._words import counted, date, estimate, k_samples, number
from tests.report.pages import Node, evaluation, read, score
from tests.report.pages import estimate as about

NONE = Estimate(0.5, -math.inf, math.inf, math.inf)


@pytest.mark.parametrize(
    ("better", "difference", "error", "words", "differs"),
    [
        ("high", -0.3, 0.02, "worse than real data", True),
        ("high", 0.3, 0.02, "beyond real data", True),
        ("low", 0.3, 0.02, "worse than real data", True),
        ("low", -0.3, 0.02, "beyond real data", True),
        ("floor", -0.3, 0.02, "differs from real data", True),
        ("low", 0.0799, 0.02, "perhaps worse than real data", False),
        ("high", 0.0799, 0.02, "perhaps beyond real data", False),
        ("high", -0.0393, 0.02, "perhaps worse than real data", False),
        ("floor", 0.0393, 0.02, "perhaps differs from real data", False),
        ("low", 0.0391, 0.02, "no certain difference", False),
        ("low", -0.0391, 0.02, "no certain difference", False),
        ("low", 0.0801, 0.02, "worse than real data", True),
        ("low", 0.0, 0.0, "no certain difference", False),
        ("low", 0.3, math.inf, "too few samples to tell", False),
    ],
)
def test_only_what_is_certain_is_said(better: str, difference: float, error: float, words: str, differs: bool) -> None:
    reach = 1.96 * error
    told = verdict(score(difference=Estimate(difference, difference - reach, difference + reach, error), better=better))
    assert (told.words, told.differs) == (words, differs)


def test_a_score_without_a_floor_or_a_value_is_not_judged() -> None:
    lone = replace(score(), floor=None, difference=None)
    assert verdict(score(value=about(math.nan, 1.0))).words == "could not be computed"
    assert verdict(lone) == Verdict("nothing to compare it with", differs=False)
    assert not read(strip(lone).text).all("rect")


def parts(page: Node) -> tuple[float, float, float, float, float]:
    band, value, whisker = page.one("rect", "floor"), page.one("circle", "value"), page.one("line", "whisker")
    places = (band.attributes["x"], band.attributes["width"], value.attributes["cx"])
    x, width, at = (float(place[:-1]) for place in places)
    return x, x + width, at, float(whisker.attributes["x1"][:-1]), float(whisker.attributes["x2"][:-1])


def test_band_dot_and_whisker_stand_on_one_scale() -> None:
    shown = score(value=about(0.6, 0.02), floor=about(0.9, 0.05))  # 0.56 to 0.64; 0.8 to 1.0
    low, high, at, left, right = parts(read(strip(shown).text))

    def place(value: float) -> float:
        return 6 + 88 * (value - 0.56) / (1.0 - 0.56)

    expected = (place(0.8), place(1.0), place(0.6), place(0.56), place(0.64))
    assert (low, high, at, left, right) == pytest.approx(expected, abs=0.011)
    scale = strip_scale(shown)
    assert scale is not None
    assert percent(scale, 0.56) == pytest.approx(6)


def test_a_certain_difference_is_coloured_and_said() -> None:
    different = read(strip(score()).text)
    same = read(strip(score(difference=about(0.0, 1.0))).text)
    assert different.all("div", "certain")
    assert not same.all("div", "certain")
    assert different.one("div", "differs").text == "worse than real data"
    assert "no certain difference" in same.text


def test_what_may_be_chance_is_said_with_perhaps_beside_a_hollow_mark() -> None:
    page = read(strip(score(difference=about(-0.3, 0.1))).text)
    assert page.one("div", "told").text == "perhaps worse than real data"
    assert not page.all("div", "certain") and not page.all("div", "differs")


def test_an_interval_without_bounds_reaches_over_the_whole_strip() -> None:
    low, high, at, left, right = parts(read(strip(score(value=NONE, floor=NONE, difference=NONE)).text))
    assert (low, high, left, right) == (0.0, 100.0, 0.0, 100.0)
    assert at == 50.0


def test_a_value_that_is_no_number_is_said_and_not_drawn() -> None:
    page = read(strip(score(value=Estimate(math.nan, math.nan, math.nan, math.nan))).text)
    assert not page.all("svg")
    assert "not a number" in page.text


def test_every_row_tells_its_samples_and_its_features() -> None:
    page = read(section(evaluation()).text)
    rows = [row for table in page.all("table") for row in table.one("tbody").all("tr")]
    assert len(rows) == 5
    for row in rows:
        assert "n = 250 · EfficientNet-Lite0 at 64 pixels" in row.text
    assert "A note on memorisation." in page.text
    assert "The samples repeat themselves." in page.text
    assert len(page.one("div", "strips").all("svg")) == 4, "only headlines are drawn"


def test_where_nothing_is_a_headline_everything_is_drawn() -> None:
    page = read(section(evaluation(score(headline=False), score("other", headline=False))).text)
    assert len(page.one("div", "strips").all("svg")) == 2


def test_what_flatters_the_run_is_said() -> None:
    assert "flatter" in section(evaluation(partial=True)).text
    assert "flatter" not in section(evaluation()).text
    assert "held-out" in section(evaluation()).text
    assert "held-out" not in read(section(evaluation(holds_out=False)).text).one("p", "lead").text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.7123, 0.03, "0.71"),
        (0.7123, 0.02, "0.712"),
        (-0.7123, 0.03, "−0.71"),
        (-0.0001, 0.03, "0.00"),
        (96.24, 2.1, "96.2"),
        (12345.6, 300.0, "12,346"),
        (0.0, math.inf, "0"),
        (0.5, math.inf, "0.500"),
        (1234.5, math.nan, "1,234"),
        (1e-9, 1e-10, "1.00e−09"),
        (math.nan, 0.1, "not a number"),
        (math.inf, 0.1, "∞"),
    ],
)
def test_numbers_have_the_digits_that_are_known(value: float, error: float, text: str) -> None:
    assert number(value, error) == text


def test_words_for_intervals_dates_and_counts() -> None:
    assert estimate(about(0.7, 0.03), 0.03) == "0.70 (0.64 to 0.76)"
    assert estimate(NONE, math.nan) == "0.500 (no interval)"
    assert estimate(None, 0.1) == "–"
    assert date("2026-02-03T04:05:06+00:00") == "3 February 2026"
    assert date("soon") == "soon"
    assert (counted(1, "row"), counted(2000, "row")) == ("1 row", "2,000 rows")
    assert (k_samples(84.67), k_samples(1234.5)) == ("84.7k samples", "1,234k samples")
