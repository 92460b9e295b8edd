"""Pictures of numbers: histograms, and points as a density that shows the faint as well as the dense."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ganforge.core.errors import SettingError

Numbers = npt.NDArray[np.float64]
Colours = npt.NDArray[np.float64]

SIDE = 480
"""Of the picture of one or two columns, in pixels; more columns take 640."""
_PAPER, _PANEL, _LINE, _INK = (255, 255, 255), (247, 248, 250), (226, 229, 235), (92, 98, 112)
_BAR = (66, 92, 190)
_RAMP = np.asarray([_PANEL, (178, 205, 238), (92, 140, 218), (66, 92, 190), (52, 40, 120), (24, 14, 60)], dtype=float)


@dataclass(frozen=True)
class Window:
    """What is shown of a column."""

    name: str
    low: float
    high: float

    def place(self, values: Numbers) -> Numbers:
        """The values as shares of the window: 0 at its low end, 1 at its high end."""
        with np.errstate(over="ignore"):  # what is so far away is not drawn
            return (values - self.low) / max(self.high - self.low, 1e-300)

    def widened(self, span: float) -> Window:
        """The same middle, `span` wide."""
        middle = (self.low + self.high) / 2
        return Window(self.name, middle - span / 2, middle + span / 2)


def draw_columns(values: Numbers, windows: Sequence[Window]) -> Image.Image:
    """One column: a histogram; two: a density; three or four: all pairs, histograms on the diagonal.

    Args:
        values: (n, columns), one window each. What is not finite or lies outside of its window is not drawn.

    Raises:
        SettingError: there are no samples.
    """
    if len(values) == 0:
        raise SettingError("There are no samples to show; ask for at least one.")
    count = len(windows)
    if count == 1:
        return _sheet(SIDE, [(_histogram(values[:, 0], windows[0], SIDE - 56), windows[0], None)], 1)
    if count == 2:
        x, y = _same_scale(windows[0], windows[1])
        return _sheet(SIDE, [(_density(values, x, y, SIDE - 56), x, y)], 1)
    side = (640 - 56 - 8 * (count - 1)) // count
    panels: list[tuple[Image.Image, Window | None, Window | None]] = []
    for row in range(count):
        for column in range(count):
            if row == column:
                panel = _histogram(values[:, row], windows[row], side)
            else:
                panel = _density(values[:, [column, row]], windows[column], windows[row], side)
            bottom = windows[column] if row == count - 1 else None
            panels.append((panel, bottom, windows[row] if column == 0 else None))
    return _sheet(640, panels, count)


def draw_cloud(values: Numbers, x: Window, y: Window, side: int) -> Image.Image:
    """The density of two columns alone, without numbers and names, for pictures that are made of many.

    Args:
        values: (n, 2). What is not finite or lies outside of the windows is not drawn.
        x: of the first column.
        y: of the second.
        side: of the picture, in pixels.
    """
    return _density(values, x, y, side)


def _same_scale(x: Window, y: Window) -> tuple[Window, Window]:
    """Equally wide windows, unless the columns are so different that one would shrink to a line."""
    wide, narrow = max(x.high - x.low, y.high - y.low), min(x.high - x.low, y.high - y.low)
    return (x.widened(wide), y.widened(wide)) if wide <= 3 * narrow else (x, y)


def _density(values: Numbers, x: Window, y: Window, side: int) -> Image.Image:
    """Points as soft dots that add up, on a light panel with the grid of the ticks."""
    places = np.stack([x.place(values[:, 0]), 1 - y.place(values[:, 1])], 1) * side
    inside = (places >= 0).all(1) & (places < side).all(1)  # False for NaN
    sigma = 0.8 if len(values) > 2000 else 1.3 if side > 200 else 1.0
    ink = _blurred(_splat(places[inside], side), sigma) * (2 * math.pi * sigma**2)  # a lone dot's middle is 1
    busy = ink[ink > 0.1]
    dense = max(3.0, float(np.quantile(busy, 0.98))) if busy.size else 3.0
    shade = np.log1p(6 * ink) / math.log1p(6 * dense)  # so that a stray point among thousands is still seen
    return _tinted(shade, _ticks_at(x, side), [side - at for at in _ticks_at(y, side)])


def _histogram(values: Numbers, window: Window, side: int) -> Image.Image:
    bins = max(12, min(48, int(math.sqrt(len(values)))))
    places = window.place(values)
    counts, _ = np.histogram(places[(places >= 0) & (places <= 1)], bins=bins, range=(0, 1))
    heights = counts / max(1, counts.max()) * (side * 0.92)
    panel = _tinted(np.zeros((side, side)), _ticks_at(window, side), [])
    draw = ImageDraw.Draw(panel)
    for bar, height in enumerate(heights):
        left, right = round(bar * side / bins), round((bar + 1) * side / bins) - 2
        if height >= 0.5:
            draw.rectangle((left, side - round(height), max(left, right), side), fill=_BAR)
    return panel


def _splat(places: Numbers, side: int) -> Numbers:
    """Each point shared out among the four pixels around it."""
    ink = np.zeros((side + 1) * (side + 1))
    moved = np.maximum(places - 0.5, 0)
    corner = moved.astype(np.int64)
    part = moved - corner
    for right in (0, 1):
        for down in (0, 1):
            weight = np.abs(1 - right - part[:, 0]) * np.abs(1 - down - part[:, 1])
            at = (corner[:, 1] + down) * (side + 1) + corner[:, 0] + right
            ink += np.bincount(at, weight, minlength=len(ink))
    return ink.reshape(side + 1, side + 1)[:side, :side]


def _blurred(ink: Numbers, sigma: float) -> Numbers:
    reach = math.ceil(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    for axis in (0, 1):
        padded = np.pad(ink, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)])
        size = ink.shape[axis]
        ink = np.asarray(sum(weight * np.take(padded, range(at, at + size), axis) for at, weight in enumerate(kernel)))
    return ink


def _tinted(shade: Numbers, across: Sequence[int], down: Sequence[int]) -> Image.Image:
    """Shades 0 to 1 in the ramp's colours, over thin lines at the ticks."""
    at = np.clip(shade, 0, 1) * (len(_RAMP) - 1)
    low = np.minimum(at.astype(int), len(_RAMP) - 2)
    colours = _RAMP[low] + (_RAMP[low + 1] - _RAMP[low]) * (at - low)[..., None]
    clear = (1 - np.clip(shade * 4, 0, 1))[..., None]
    lines = np.zeros((*shade.shape, 1))
    for column in across:
        lines[:, min(column, shade.shape[1] - 1)] = 1
    for row in down:
        lines[min(row, shade.shape[0] - 1)] = 1
    colours += (np.asarray(_LINE, dtype=float) - np.asarray(_PANEL, dtype=float)) * lines * clear
    return Image.fromarray(np.rint(colours).astype(np.uint8))


def _sheet(side: int, panels: Sequence[tuple[Image.Image, Window | None, Window | None]], columns: int) -> Image.Image:
    """Panels on paper, with numbers and names along the bottom and the left."""
    sheet = Image.new("RGB", (side, side), _PAPER)
    draw = ImageDraw.Draw(sheet)
    left, top, gap = 46, 10, 8
    for index, (panel, bottom, beside) in enumerate(panels):
        x = left + index % columns * (panel.width + gap)
        y = top + index // columns * (panel.height + gap)
        sheet.paste(panel, (x, y))
        if bottom is not None:
            _label_bottom(draw, bottom, x, y + panel.height, panel.width)
        if beside is not None:
            _label_left(sheet, draw, beside, x, y, panel.height)
    return sheet


def _label_bottom(draw: ImageDraw.ImageDraw, window: Window, x: int, y: int, width: int) -> None:
    for value, at in zip(_ticks(window, width), _ticks_at(window, width), strict=True):
        draw.text((x + at, y + 5), f"{value:.6g}", _INK, _font(11), anchor="mt")
    draw.text((x + width // 2, y + 21), _short(window.name, width), _INK, _font(13), anchor="mt")


def _label_left(sheet: Image.Image, draw: ImageDraw.ImageDraw, window: Window, x: int, y: int, height: int) -> None:
    for value, at in zip(_ticks(window, height), _ticks_at(window, height), strict=True):
        text = f"{value:.6g}"
        if draw.textlength(text, _font(11)) <= 30:
            draw.text((x - 5, y + height - at), text, _INK, _font(11), anchor="rm")
    label = Image.new("L", (height, 16))
    ImageDraw.Draw(label).text((height // 2, 8), _short(window.name, height), 255, _font(13), anchor="mm")
    turned = label.rotate(90, expand=True)
    sheet.paste(Image.new("RGB", turned.size, _INK), (0, y), turned)


def _ticks(window: Window, side: int) -> list[float]:
    """Round numbers inside the window, at most one every 64 pixels."""
    span = window.high - window.low
    rough = span / max(2, side // 64)
    if not rough > 0 or not math.isfinite(rough):
        return []
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((power * factor for factor in (1, 2, 5, 10) if power * factor >= rough), power * 10)
    first = math.ceil(window.low / step)
    last = math.floor(window.high / step)
    if not 0 <= last - first <= 100:  # steps below the resolution of floats
        return []
    return [0.0 if number == 0 else number * step for number in range(first, last + 1)]


def _ticks_at(window: Window, side: int) -> list[int]:
    return [round(at * side) for at in window.place(np.asarray(_ticks(window, side))).tolist()]


def _short(name: str, pixels: int) -> str:
    most = max(4, pixels // 8)
    return name if len(name) <= most else name[: most - 3] + "..."


@cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
