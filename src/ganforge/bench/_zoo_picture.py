"""The zoo as one picture: recipes as rows, sets of data as columns."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ganforge.data._draw import grid
from ganforge.data._plots import Window, draw_cloud
from ganforge.data._samples import Mixture

WIDTH = 1600
PANEL = 248
"""Side of a panel, in pixels."""
DIGITS_ACROSS = 8
COLOURS = 160
_MARGIN, _GAP, _HEAD, _NAMES = 56, 16, 168, 196
_PAPER, _INK, _QUIET, _LINE, _RING = "#ffffff", "#22252b", "#777d88", "#e2e5eb", (196, 202, 214)
_GOOD, _POOR, _BAD = "#2f7d5b", "#a8741a", "#b3402f"
_SWATCH = 64
_RING_RADIUS = 8.0
_FINER = 4
"""Circles are drawn so many times larger, then made small: Pillow draws hard edges."""


@dataclass(frozen=True)
class Cell:
    """One recipe on one set of data."""

    panel: Image.Image | None
    """Samples; None = there are none."""
    verdict: str
    """Empty for the data themselves."""
    figures: tuple[str, ...]
    """Lines below the verdict."""


@dataclass(frozen=True)
class Line:
    """One recipe on all sets."""

    name: str
    note: str
    """A small line below the name."""
    cells: tuple[Cell, ...]


def point_panel(samples: npt.NDArray[np.float64], truth: Mixture, side: int = PANEL) -> Image.Image:
    """Samples as soft dots, with a thin circle around each true mode."""
    reach = 1.25 * float(np.abs(np.asarray(truth.centres)).max())
    window = Window("", -reach, reach)
    panel = draw_cloud(samples, window, window, side)
    large = Image.new("L", (side * _FINER, side * _FINER))
    draw = ImageDraw.Draw(large)
    for x, y in truth.centres:
        at = ((x + reach) / (2 * reach) * side * _FINER, (reach - y) / (2 * reach) * side * _FINER)
        draw.circle(at, _RING_RADIUS * _FINER, outline=255, width=_FINER)
    panel.paste(_RING, (0, 0, side, side), large.resize((side, side), Image.Resampling.BOX))
    return panel


def digit_panel(samples: npt.NDArray[np.uint8], side: int = PANEL) -> Image.Image:
    """The first samples, in a grid."""
    return grid(samples[: DIGITS_ACROSS**2], DIGITS_ACROSS).resize((side, side), Image.Resampling.LANCZOS)


def draw_zoo(title: str, subtitle: str, columns: Sequence[tuple[str, str]], lines: Sequence[Line]) -> Image.Image:
    """The whole picture.

    Args:
        title: large, above all.
        subtitle: a small line below it.
        columns: name and a note of each set of data.
        lines: one recipe each, with as many cells as there are columns.
    """
    page = Image.new("RGB", (WIDTH, _HEAD + len(lines) * (PANEL + _GAP) + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((_MARGIN, 62), title, _INK, _font(38), anchor="ls")
    draw.text((_MARGIN, 94), subtitle, _QUIET, _font(17), anchor="ls")
    width = (WIDTH - 2 * _MARGIN - _NAMES) // len(columns)
    for place, (name, note) in enumerate(columns):
        x = _MARGIN + _NAMES + place * width
        draw.text((x, _HEAD - 16), name, _INK, _font(22), anchor="ls")
        draw.text((x + draw.textlength(name, _font(22)) + 10, _HEAD - 16), note, _QUIET, _font(15), anchor="ls")
    for number, line in enumerate(lines):
        y = _HEAD + number * (PANEL + _GAP)
        draw.line((_MARGIN, y - _GAP // 2, WIDTH - _MARGIN, y - _GAP // 2), _LINE)
        draw.text((_MARGIN, y + 30), line.name, _INK, _font(26), anchor="ls")
        draw.text((_MARGIN, y + 56), line.note, _QUIET, _font(15), anchor="ls")
        for place, cell in enumerate(line.cells):
            _draw_cell(page, draw, cell, _MARGIN + _NAMES + place * width, y, width - PANEL - 32)
    return page


def as_png(page: Image.Image) -> bytes:
    """The picture in few bytes, with one palette that knows the colours of the words as well."""
    words = (_INK, _QUIET, _GOOD, _POOR, _BAD)
    model = Image.new("RGB", (page.width, page.height + _SWATCH * len(words)))
    model.paste(page)
    for place, colour in enumerate(words):  # thin letters alone would count for nothing beside the panels
        model.paste(colour, (0, page.height + place * _SWATCH, page.width, page.height + (place + 1) * _SWATCH))
    drawn = model.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    drawn.crop((0, 0, *page.size)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw_cell(page: Image.Image, draw: ImageDraw.ImageDraw, cell: Cell, x: int, y: int, room: int) -> None:
    if cell.panel is None:
        draw.rectangle((x, y, x + PANEL - 1, y + PANEL - 1), outline=_LINE)
        draw.text((x + PANEL // 2, y + PANEL // 2), "no samples", _QUIET, _font(17), anchor="mm")
    else:
        page.paste(cell.panel, (x, y))
    left, top = x + PANEL + 14, y + 25
    for text in _wrapped(draw, cell.verdict, 19, room) if cell.verdict else []:
        draw.text((left, top), text, _colour(cell.verdict), _font(19), anchor="ls")
        top += 26
    top += 6 if cell.verdict else 0
    for figure in cell.figures:
        for text in _wrapped(draw, figure, 15, room):
            draw.text((left, top), text, _QUIET, _font(15), anchor="ls")
            top += 22


def _wrapped(draw: ImageDraw.ImageDraw, text: str, size: int, room: int) -> list[str]:
    """Lines that are not wider than the room, as far as words allow."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and draw.textlength(longer, _font(size)) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _colour(verdict: str) -> str:
    """What covers well, what covers with a fault, what does not."""
    if verdict.split(" (", maxsplit=1)[0] == "covers":
        return _GOOD
    return _POOR if verdict.startswith("covers") else _BAD


@cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
