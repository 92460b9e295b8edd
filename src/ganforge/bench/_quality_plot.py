"""Quality against time as one picture: both axes logarithmic, each curve named at its end."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1400, 860
_LEFT, _RIGHT, _TOP, _BOTTOM = 110.0, 250.0, 150.0, 90.0
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
    note: str
    """Small, beside the name."""
    points: tuple[Point, ...]
    baseline: bool = False


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


def draw_quality(title: str, subtitle: str, curves: Sequence[Curve]) -> Image.Image:
    """The whole picture; curves without points are left out."""
    curves = [curve for curve in curves if curve.points]
    page = Image.new("RGB", (WIDTH * _FINER, HEIGHT * _FINER), _PAPER)
    draw = ImageDraw.Draw(page)
    _text(draw, _LEFT - 54, 56.0, title, _INK, 32)
    _text(draw, _LEFT - 54, 86.0, subtitle, _QUIET, 16)
    _text(draw, _LEFT - 54, 124.0, "distance over the floor", _INK, 17)
    if curves:
        times, values = _axes(curves)
        _draw_times(draw, times)
        _draw_values(draw, values)
        for number, curve in enumerate(curves):
            _draw_curve(draw, curve, times, values, _colour(curve, number))
        _draw_names(draw, curves, values)
    return page.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def as_png(page: Image.Image) -> bytes:
    """The picture as a file."""
    buffer = io.BytesIO()
    page.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _axes(curves: Sequence[Curve]) -> tuple[Axis, Axis]:
    seconds = [point.seconds for curve in curves for point in curve.points]
    # A curve that has reached the floor has no logarithm: it ends at the axis, just below the least that is above
    above = [point.value for curve in curves for point in curve.points if point.value > 0] or [1.0]
    times = Axis(min(seconds) / 1.15, max(seconds) * 1.1, _LEFT, WIDTH - _RIGHT)
    return times, Axis(min(above) / 1.4, max(above) * 1.4, HEIGHT - _BOTTOM, _TOP)


def _draw_times(draw: ImageDraw.ImageDraw, axis: Axis) -> None:
    for seconds in _TIMES:
        if axis.low <= seconds <= axis.high:
            x = axis.place(seconds)
            _line(draw, (x, _TOP), (x, HEIGHT - _BOTTOM), _LINE)
            _text(draw, x, HEIGHT - _BOTTOM + 26, spoken(seconds), _QUIET, 16, "ms")
    _text(draw, (axis.start + axis.stop) / 2, HEIGHT - _BOTTOM + 60, "time of training", _INK, 17, "ms")


def _draw_values(draw: ImageDraw.ImageDraw, axis: Axis) -> None:
    for power in range(math.floor(math.log10(axis.low)), math.ceil(math.log10(axis.high)) + 1):
        for factor in (1, 2, 5) if axis.high > _MANY * axis.low else range(1, 10):
            value = factor * 10.0**power
            if axis.low <= value <= axis.high:
                y = axis.place(value)
                _line(draw, (_LEFT, y), (WIDTH - _RIGHT, y), _LINE)
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


def _draw_names(draw: ImageDraw.ImageDraw, curves: Sequence[Curve], values: Axis) -> None:
    """Beside the ends, pushed apart where they would touch."""
    ends = sorted(
        (values.place(curve.points[-1].value), curve.name, curve.note, _colour(curve, number))
        for number, curve in enumerate(curves)
    )
    before = -math.inf
    for y, name, note, colour in ends:
        before = max(y, before + _LABEL_STEP)
        x = WIDTH - _RIGHT + 14
        _text(draw, x, before, name, colour, 19, "lm")
        width = draw.textlength(name, _font(19 * _FINER)) / _FINER
        _text(draw, x + width + 10, before, note, _QUIET, 15, "lm")


def spoken(seconds: float) -> str:
    """A length of time for a person: "30 s", "5 min", "2 h"."""
    if seconds < 60:
        return f"{seconds:g} s"
    return f"{seconds / 60:.3g} min" if seconds < 3600 else f"{seconds / 3600:.3g} h"


def _colour(curve: Curve, number: int) -> str:
    return _BASELINE if curve.baseline else COLOURS[number % len(COLOURS)]


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
