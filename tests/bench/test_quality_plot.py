"""The picture of `bench quality`: axes, curves, panels."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ganforge.bench._quality_plot import (
    PANEL_HEIGHT,
    PANEL_WIDTH,
    Axis,
    Curve,
    Panel,
    Point,
    as_png,
    draw_quality,
    spoken,
)

BLUE, RED, GREY = (0x1B, 0x6C, 0xA8), (0xC0, 0x56, 0x2B), (0x5B, 0x61, 0x6B)


@given(st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=9), st.floats(-1e6, 1e7))
def test_an_axis_is_monotone_and_keeps_everything_on_the_picture(values: list[float], other: float) -> None:
    axis = Axis(min(values) / 2, max(values) * 2, 100.0, 900.0)
    places = [axis.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert 100.0 <= axis.place(other) <= 900.0


def test_equal_factors_are_equal_ways_on_an_axis() -> None:
    axis = Axis(1.0, 1000.0, 0.0, 300.0)
    assert [axis.place(value) for value in (1.0, 10.0, 100.0, 1000.0)] == pytest.approx([0, 100, 200, 300])
    assert axis.place(-5.0) == 0.0


def curve(name: str, *values: float, baseline: bool = False) -> Curve:
    points = tuple(Point(10.0 * 2**i, value, value - 0.1, math.inf) for i, value in enumerate(values))
    return Curve(name, "note", points, baseline)


def panel(*curves: Curve) -> Panel:
    return Panel("Clothes", "by a judge", curves)


def colours(page: Image.Image) -> set[tuple[int, ...]]:
    return {colour for _, colour in page.getcolors(1 << 24) or [] if isinstance(colour, tuple)}


def test_the_picture_shows_every_curve_in_its_colour_also_below_the_floor() -> None:
    curves = [curve("a", 9.0, 3.0, -0.2), curve("b", 8.0, 7.0, 6.0, baseline=True), curve("c")]
    page = draw_quality("title", "subtitle", [panel(*curves)])
    assert page.width == PANEL_WIDTH
    assert {BLUE, GREY} <= colours(page)
    assert RED not in colours(page)
    again = Image.open(io.BytesIO(as_png(page)))
    assert again.tobytes() == page.tobytes()


def test_trainings_of_one_recipe_have_one_colour() -> None:
    page = draw_quality("", "", [panel(curve("a", 9.0, 3.0), curve("a", 8.0, 2.0), curve("b", 7.0, 5.0))])
    assert {BLUE, RED} <= colours(page)
    assert (0x2F, 0x7D, 0x5B) not in colours(page)


def test_each_panel_has_its_place_two_in_a_row() -> None:
    one = panel(curve("a", 9.0, 3.0))
    two, three = draw_quality("", "", [one] * 2), draw_quality("", "", [one] * 3)
    assert two.width == three.width == 2 * PANEL_WIDTH
    assert three.height == two.height + PANEL_HEIGHT
    left = three.crop((0, three.height - PANEL_HEIGHT, PANEL_WIDTH, three.height))
    right = three.crop((PANEL_WIDTH, three.height - PANEL_HEIGHT, 2 * PANEL_WIDTH, three.height))
    assert BLUE in colours(left)
    assert colours(right) == {(255, 255, 255)}


def test_a_better_curve_ends_lower() -> None:
    page = np.asarray(draw_quality("", "", [panel(curve("a", 9.0, 1.0), curve("b", 9.0, 5.0))])).astype(int)

    def last(colour: tuple[int, int, int]) -> float:
        rows, columns = np.nonzero((abs(page - colour).sum(2) < 12)[:, :800])
        return float(rows[columns == columns.max()].mean())

    assert last(BLUE) > last(RED)


def test_without_any_curve_there_is_still_a_picture() -> None:
    assert draw_quality("title", "", []).width == PANEL_WIDTH
    assert draw_quality("title", "", [panel()]).width == PANEL_WIDTH


@pytest.mark.parametrize(("seconds", "words"), [(15, "15 s"), (60, "1 min"), (90, "1.5 min"), (7200, "2 h")])
def test_lengths_of_time_are_spoken(seconds: float, words: str) -> None:
    assert spoken(float(seconds)) == words
