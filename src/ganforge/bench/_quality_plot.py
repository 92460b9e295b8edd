"""Quality against time as one picture: both axes logarithmic, each curve named at its end."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

PANEL_WIDTH, PANEL_HEIGHT = 1000, 720
COLUMNS = 2
_HEAD = 110
"""Height of the title above all panels."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 100.0, 200.0, 96.0, 80.0
_PAPER, _INK, _QUIET, _LINE = "#ffffff", "#22252b", "#777d88", "#e2e5eb"
COLOURS = ("#1b6ca8", "#c0562b", "#2f7d5b", "#8a4f9e", "#a8741a", "#4f5d75", "#b3402f", "#3c8d93")
"""Of the curves; the baseline is grey and dashed."""
_BASELINE = "#5b616b"
_FINER = 2
"""Drawn so many times larger, then made small: Pillow draws hard edges."""
_LABEL_STEP = 24
"""Pixels between two names, at least."""
_TIMES = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0)

_MANY = 8.0
"""Values that span more than this factor have three lines a decade, others nine."""


@dataclass(frozen=True)
class Point:
    """A curve at some time above 0."""

    seconds: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """One training."""

    name: str
    """Curves of the same name have one colour, and are named once, at the middle one's end."""
    note: str
    """Small, beside the name."""
    points: tuple[Point, ...]
    baseline: bool = False


@dataclass(frozen=True)
class Panel:
    """One set of pictures, looked at by one judge."""

    title: str
    subtitle: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis."""

    low: float
    high: float
    start: float
    """Where `low` lies, in pixels."""
    stop: float

    def place(self, value: float) -> float:
        """Where a value lies; what is below the axis lies at its end."""
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self.start + min(1.0, share) * (self.stop - self.start)


def draw_quality(title: str, subtitle: str, panels: Sequence[Panel]) -> Image.Image:
    """The whole picture, two panels a row; curves without points are left out."""
    columns = max(1, min(COLUMNS, len(panels)))
    rows = max(1, math.ceil(len(panels) / columns))
    page = Image.new("RGB", (columns * PANEL_WIDTH, _HEAD + rows * PANEL_HEIGHT), _PAPER)
    head = Image.new("RGB", (page.width * _FINER, _HEAD * _FINER), _PAPER)
    draw = ImageDraw.Draw(head)
    _text(draw, _LEFT - 54, 56.0, title, _INK, 32)
    _text(draw, _LEFT - 54, 88.0, subtitle, _QUIET, 16)
    page.paste(_small(head), (0, 0))
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        page.paste(_drawn(panel), (column * PANEL_WIDTH, _HEAD + row * PANEL_HEIGHT))
    return page


def _drawn(panel: Panel) -> Image.Image:
    curves = [curve for curve in panel.curves if curve.points]
    sheet = Image.new("RGB", (PANEL_WIDTH * _FINER, PANEL_HEIGHT * _FINER), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _text(draw, _LEFT - 54, 34.0, panel.title, _INK, 22)
    _text(draw, _LEFT - 54, 60.0, panel.subtitle, _QUIET, 15)
    if curves:
        times, values = _axes(curves)
        colours = _colours(curves)
        _draw_times(draw, times)
        _draw_values(draw, values)
        for curve in curves:
            _draw_curve(draw, curve, times, values, colours[curve.name])
        _draw_names(draw, curves, values, colours)
    return _small(sheet)


def _small(sheet: Image.Image) -> Image.Image:
    return sheet.resize((sheet.width // _FINER, sheet.height // _FINER), Image.Resampling.LANCZOS)


def as_png(page: Image.Image) -> bytes:
    """The picture as a file."""
    buffer = io.BytesIO()
    page.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _axes(curves: Sequence[Curve]) -> tuple[Axis, Axis]:
    seconds = [point.seconds for curve in curves for point in curve.points]
    # A curve that has reached the floor has no logarithm: it ends at the axis, just below the least that is above
    above = [point.value for curve in curves for point in curve.points if point.value > 0] or [1.0]
    times = Axis(min(seconds) / 1.15, max(seconds) * 1.1, _LEFT, PANEL_WIDTH - _RIGHT)
    return times, Axis(min(above) / 1.4, max(above) * 1.4, PANEL_HEIGHT - _BOTTOM, _TOP)


def _draw_times(draw: ImageDraw.ImageDraw, axis: Axis) -> None:
    for seconds in _TIMES:
        if axis.low <= seconds <= axis.high:
            x = axis.place(seconds)
            _line(draw, (x, _TOP), (x, PANEL_HEIGHT - _BOTTOM), _LINE)
            _text(draw, x, PANEL_HEIGHT - _BOTTOM + 26, spoken(seconds), _QUIET, 16, "ms")
    _text(draw, (axis.start + axis.stop) / 2, PANEL_HEIGHT - _BOTTOM + 60, "time of training", _INK, 17, "ms")


def _draw_values(draw: ImageDraw.ImageDraw, axis: Axis) -> None:
    for power in range(math.floor(math.log10(axis.low)), math.ceil(math.log10(axis.high)) + 1):
        for factor in (1, 2, 5) if axis.high > _MANY * axis.low else range(1, 10):
            value = factor * 10.0**power
            if axis.low <= value <= axis.high:
                y = axis.place(value)
                _line(draw, (_LEFT, y), (PANEL_WIDTH - _RIGHT, y), _LINE)
                _text(draw, _LEFT - 12, y, f"{value:,.6g}", _QUIET, 16, "rm")


def _draw_curve(draw: ImageDraw.ImageDraw, curve: Curve, times: Axis, values: Axis, colour: str) -> None:
    places = [(times.place(point.seconds), values.place(point.value)) for point in curve.points]
    for place, point in zip(places, curve.points, strict=True):
        _line(draw, (place[0], values.place(point.low)), (place[0], values.place(point.high)), colour, 1.5)
    for start, stop in pairwise(places):
        if curve.baseline:
            _dashes(draw, start, stop, colour)
        else:
            _line(draw, start, stop, colour, 3.0)
    for x, y in places:
        draw.circle((x * _FINER, y * _FINER), 4.5 * _FINER, fill=colour, outline=_PAPER, width=_FINER)


def _draw_names(draw: ImageDraw.ImageDraw, curves: Sequence[Curve], values: Axis, colours: Mapping[str, str]) -> None:
    """Beside the ends, pushed apart where they would touch."""
    before = -math.inf
    for curve in sorted(_middles(curves), key=lambda curve: values.place(curve.points[-1].value)):
        before = max(values.place(curve.points[-1].value), before + _LABEL_STEP)
        x = PANEL_WIDTH - _RIGHT + 14
        _text(draw, x, before, curve.name, colours[curve.name], 19, "lm")
        width = draw.textlength(curve.name, _font(19 * _FINER)) / _FINER
        _text(draw, x + width + 10, before, curve.note, _QUIET, 15, "lm")


def _middles(curves: Sequence[Curve]) -> Iterator[Curve]:
    """Of the curves of each name the one that ends in the middle."""
    for name in dict.fromkeys(curve.name for curve in curves):
        own = sorted((curve for curve in curves if curve.name == name), key=lambda curve: curve.points[-1].value)
        yield own[(len(own) - 1) // 2]


def _colours(curves: Sequence[Curve]) -> dict[str, str]:
    """By name."""
    names = dict.fromkeys(curve.name for curve in curves if not curve.baseline)
    own = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(names)}
    return own | {curve.name: _BASELINE for curve in curves if curve.baseline}


def spoken(seconds: float) -> str:
    """A length of time for a person: "30 s", "5 min", "2 h"."""
    if seconds < 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:.3g} min" if seconds < 3600 else f"{seconds / 3600:.3g} h"


def _line(
    draw: ImageDraw.ImageDraw, start: tuple[float, float], stop: tuple[float, float], colour: str, width: float = 1.0
) -> None:
    ends = [(x * _FINER, y * _FINER) for x, y in (start, stop)]
    draw.line(ends, fill=colour, width=round(width * _FINER))


def _dashes(
    draw: ImageDraw.ImageDraw, start: tuple[float, float], stop: tuple[float, float], colour: str, dash: float = 9.0
) -> None:
    length = math.dist(start, stop)
    pieces = max(1, round(length / dash))

    def at(piece: int) -> tuple[float, float]:
        share = piece / pieces
        return start[0] + share * (stop[0] - start[0]), start[1] + share * (stop[1] - start[1])

    for piece in range(0, pieces, 2):
        _line(draw, at(piece), at(piece + 1), colour, 3.0)


def _text(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, colour: str, size: int, anchor: str = "ls") -> None:
    draw.text((x * _FINER, y * _FINER), text, colour, _font(size * _FINER), anchor=anchor)


@cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
