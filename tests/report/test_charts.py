"""Charts: every number lands where it should."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.report._charts import HEIGHT, WIDTH, Chart, Line, Mark, Scale, draw, nice_ticks, scale_of, tick_text
from tests.report.pages import numbers_in, read

X = Scale(0.0, 10.0)
ANY = st.floats(width=64)


def chart(*ys: float, log: bool = False, **changes: object) -> Chart:
    line = Line("loss", tuple(float(at) for at in range(len(ys))), ys)
    return Chart("Title", "About.", (line,), log=log, **changes)  # type: ignore[arg-type]


def drawn(what: Chart, x_scale: Scale = X) -> list[tuple[float, float]]:
    figure = draw(what, x_scale)
    assert figure is not None
    return numbers_in(read(figure.text).one("path", "line").attributes["d"])


def test_points_lie_where_their_numbers_are() -> None:
    figure = draw(chart(0.0, 1.0, 4.0), X)
    assert figure is not None
    page = read(figure.text)
    points = numbers_in(page.one("path", "line").attributes["d"])
    assert [x for x, _ in points] == [0.0, 0.1 * WIDTH, 0.2 * WIDTH]
    # The axis holds -0.24 to 4.24
    expected = [HEIGHT * (1 - (y + 0.24) / 4.48) for y in (0.0, 1.0, 4.0)]
    assert [y for _, y in points] == pytest.approx(expected, abs=0.06)
    ticks = {span.text: float(span.attributes["style"][4:-1]) for span in page.one("div", "ys").all("span")}
    assert ticks.keys() == {"0", "1", "2", "3", "4"}
    for text, top in ticks.items():
        assert top == pytest.approx(100 * (1 - (float(text) + 0.24) / 4.48), abs=0.06)


def test_a_logarithmic_axis_gives_each_power_the_same_room() -> None:
    heights = [y for _, y in drawn(chart(0.01, 0.1, 1.0, 10.0, log=True))]
    steps = [above - below for above, below in pairwise(heights)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.2)
    assert steps[0] > 0.2 * HEIGHT


def test_what_is_not_positive_lies_at_the_foot_of_a_logarithmic_axis() -> None:
    assert drawn(chart(1.0, 0.0, -3.0, 100.0, log=True))[1][1] == HEIGHT
    assert drawn(chart(1.0, 0.0, -3.0, 100.0, log=True))[2][1] == HEIGHT


def test_what_is_not_finite_is_a_gap() -> None:
    figure = draw(chart(1.0, 2.0, math.nan, 3.0, math.inf, 4.0), X)
    assert figure is not None
    path = read(figure.text).one("path", "line").attributes["d"]
    assert path.count("M") == 3
    assert [x for x, _ in numbers_in(path)] == [0.0, 100.0, 300.0, 500.0]


def test_a_chart_without_a_finite_number_is_left_out() -> None:
    assert draw(chart(math.nan, math.inf), X) is None
    assert draw(chart(), X) is None
    assert draw(chart(-1.0, 0.0, log=True), X) is None


def test_one_number_alone_is_a_dot() -> None:
    assert drawn(chart(5.0)) == [(0.0, HEIGHT / 2)]


def test_a_band_lies_around_its_line_and_a_gap_between_two() -> None:
    low, high = (0.0, 1.0, 2.0), (2.0, 3.0, 4.0)
    line = Line("score", (0.0, 5.0, 10.0), (1.0, 2.0, 3.0), "forged", low, high)
    other = Line("real", (0.0, 5.0, 10.0), (4.0, 4.0, 4.0))
    figure = draw(Chart("Title", "About.", (other, line), gap=True), X)
    assert figure is not None
    gap, band = (numbers_in(path.attributes["d"]) for path in read(figure.text).all("path", "band"))
    assert [x for x, _ in band] == [0.0, 500.0, 1000.0, 1000.0, 500.0, 0.0]
    axis = scale_of([1.0, 3.0, 4.0])
    assert axis is not None
    assert [y for _, y in band] == pytest.approx(
        [HEIGHT * (1 - axis.place(y)) for y in (2.0, 3.0, 4.0, 2.0, 1.0, 0.0)], abs=0.06
    )
    assert [y for _, y in gap] == pytest.approx(
        [HEIGHT * (1 - axis.place(y)) for y in (4.0, 4.0, 4.0, 3.0, 2.0, 1.0)], abs=0.06
    )


def test_marks_are_told_and_the_strong_one_is_drawn_last() -> None:
    marks = (Mark(2.0, 1.0, "in use", strong=True), Mark(1.0, 2.0, "kept"), Mark(3.0, math.nan, "lost"))
    figure = draw(chart(1.0, 2.0, marks=marks), X)
    assert figure is not None
    dots = read(figure.text).all("path", "dot")
    assert [dot.text for dot in dots] == ["kept", "in use"]
    assert [numbers_in(dot.attributes["d"])[0][0] for dot in dots] == [100.0, 200.0]
    assert "strong" in dots[1].classes


def test_names_at_the_ends_of_lines_do_not_lie_over_each_other() -> None:
    lines = tuple(Line(f"line {at}", (0.0, 1.0), (0.0, 1.0 + at / 1000)) for at in range(6))
    figure = draw(Chart("Title", "About.", lines), X)
    assert figure is not None
    spans = read(figure.text).one("div", "names").all("span")
    tops = sorted(float(span.attributes["style"][4:-1]) for span in spans)
    assert all(later - earlier >= 8.9 for earlier, later in pairwise(tops))
    assert tops[0] >= 0
    assert tops[-1] <= 100


@given(st.lists(ANY, max_size=12), st.booleans())
def test_no_journal_can_leave_the_box(ys: list[float], log: bool) -> None:
    figure = draw(chart(*ys, log=log), Scale(0.0, float(len(ys) + 1)))
    finite = [y for y in ys if math.isfinite(y) and (y > 0 or not log)]
    assert (figure is None) == (not finite)
    if figure is not None:
        page = read(figure.text)
        points = numbers_in(page.one("path", "line").attributes["d"])
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
        assert 1 <= len(page.one("div", "ys").all("span")) <= 40


@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12))
def test_ticks_are_few_round_and_within(low: float, size: float) -> None:
    high = low + size
    if high - low < 1e-9 * abs(low):
        return  # no room for numbers between them
    ticks = nice_ticks(low, high)
    assert 1 <= len(ticks) <= 9
    slack = 1e-6 * (high - low)
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    steps = [later - earlier for earlier, later in pairwise(ticks)]
    for step in steps[:1]:
        assert f"{step:.0e}"[0] in "125"


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), ANY.filter(math.isfinite))
def test_places_lie_between_the_ends(one: float, other: float, value: float) -> None:
    scale = scale_of([one, other])
    assert scale is not None
    assert 0 <= scale.place(value) <= 1
    assert scale.place(min(one, other)) <= scale.place(max(one, other))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.05, "0.05"),
        (-0.5, "−0.5"),
        (3000.0, "3,000"),
        (2e6, "2e6"),
        (1e-5, "1e−5"),
        (0.30000000000000004, "0.3"),
    ],
)
def test_ticks_are_written_short(value: float, text: str) -> None:
    assert tick_text(value, Scale(-1.0, 1.0)) == text
