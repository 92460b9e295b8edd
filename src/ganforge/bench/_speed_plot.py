"""Ratios of speed as one picture: a bar each, with the range of all rounds and the interval of the median."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from ganforge.bench._speed_ratios import Spread

WIDTH = 1400
_LEFT, _RIGHT, _TOP, _BOTTOM = 330.0, 150.0, 130.0, 70.0
_BAR, _GAP, _HEAD = 24.0, 8.0, 34.0
"""Height of a bar, space below it, and space above the first of a group, in pixels."""
_PAPER, _INK, _QUIET, _LINE = "#ffffff", "#22252b", "#777d88", "#e2e5eb"
_COLOURS = ("#1b6ca8", "#c0562b", "#2f7d5b", "#8a4f9e", "#a8741a")
_FINER = 2
"""Drawn so many times larger, then made small: Pillow draws hard edges."""
_STEPS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_MOST_LINES = 12


@dataclass(frozen=True)
class Bar:
    """One ratio."""

    group: str
    """Bars of the same group that follow each other stand together."""
    name: str
    kind: str
    """Bars of the same kind have the same colour."""
    ratios: Spread


def draw_speed(title: str, subtitle: str, bars: Sequence[Bar]) -> Image.Image:
    """The whole picture; its height follows from the number of bars."""
    places, bottom = _places(bars)
    height = round(bottom + _BOTTOM)
    page = Image.new("RGB", (WIDTH * _FINER, height * _FINER), _PAPER)
    draw = ImageDraw.Draw(page)
    _text(draw, 56.0, 56.0, title, _INK, 32)
    _text(draw, 56.0, 86.0, subtitle, _QUIET, 16)
    most = max((bar.ratios.high for bar in bars), default=1.0) * 1.05
    _draw_axis(draw, most, bottom)
    kinds = list(dict.fromkeys(bar.kind for bar in bars))
    before = ""
    for bar, y in zip(bars, places, strict=True):
        if bar.group != before:
            _text(draw, 56.0, y - 8.0, bar.group, _INK, 17)
            before = bar.group
        _draw_bar(draw, bar, y, most, _COLOURS[kinds.index(bar.kind) % len(_COLOURS)])
    return page.resize((WIDTH, height), Image.Resampling.LANCZOS)


def as_png(page: Image.Image) -> bytes:
    """The picture as a file."""
    buffer = io.BytesIO()
    page.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _places(bars: Sequence[Bar]) -> tuple[list[float], float]:
    """The upper edge of each bar, and where the last ends."""
    y, places, before = _TOP, [], ""
    for bar in bars:
        if bar.group != before:
            y += _HEAD
            before = bar.group
        places.append(y)
        y += _BAR + _GAP
    return places, y


def _draw_axis(draw: ImageDraw.ImageDraw, most: float, bottom: float) -> None:
    step = next((step for step in _STEPS if most / step <= _MOST_LINES), most)
    for number in range(math.floor(most / step) + 1):
        x = _x(number * step, most)
        _line(draw, (x, _TOP), (x, bottom), _LINE)
        _text(draw, x, bottom + 24.0, f"{number * step:g}", _QUIET, 15, "ms")
    one = _x(1.0, most)
    if most >= 1.0:
        _line(draw, (one, _TOP), (one, bottom), _QUIET, 2.0)
    _text(draw, (_LEFT + WIDTH - _RIGHT) / 2, bottom + 52.0, "times as fast; line: equally fast", _INK, 16, "ms")


def _draw_bar(draw: ImageDraw.ImageDraw, bar: Bar, y: float, most: float, colour: str) -> None:
    ratios, middle = bar.ratios, y + _BAR / 2
    corners = [value * _FINER for value in (_LEFT, y, _x(ratios.median, most), y + _BAR)]
    draw.rectangle(corners, fill=colour)
    _line(draw, (_x(ratios.low, most), middle), (_x(ratios.high, most), middle), _INK, 1.5)
    if ratios.interval is not None:
        for value in ratios.interval:
            _line(draw, (_x(value, most), middle - 6), (_x(value, most), middle + 6), _INK, 2.0)
    _text(draw, _LEFT - 12.0, middle, bar.name, _QUIET, 15, "rm")
    _text(draw, _x(ratios.high, most) + 10.0, middle, f"{ratios.median:.2f}", colour, 18, "lm")


def _x(value: float, most: float) -> float:
    return _LEFT + value / most * (WIDTH - _RIGHT - _LEFT)


def _line(
    draw: ImageDraw.ImageDraw, start: tuple[float, float], stop: tuple[float, float], colour: str, width: float = 1.0
) -> None:
    ends = [(x * _FINER, y * _FINER) for x, y in (start, stop)]
    draw.line(ends, fill=colour, width=round(width * _FINER))


def _text(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, colour: str, size: int, anchor: str = "ls") -> None:
    draw.text((x * _FINER, y * _FINER), text, colour, _font(size * _FINER), anchor=anchor)


@cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
