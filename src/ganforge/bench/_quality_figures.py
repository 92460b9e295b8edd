"""All figures of `bench quality` on one set as a file, and the picture drawn of such files."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganforge.bench._common import machine_line
from ganforge.bench._quality_plot import Curve, Panel, Point, as_png, draw_quality
from ganforge.bench._quality_scores import Bench, Row
from ganforge.bench._quality_targets import Compared, compare
from ganforge.bench._quality_trainings import TEXTBOOK
from ganforge.core.device import Machine, describe_machine
from ganforge.core.errors import GanforgeError
from ganforge.core.settings import from_json, to_json
from ganforge.runs.files import from_text, to_text, write_whole

FILE = "quality.json"
PICTURE = "quality.png"


@dataclass(frozen=True)
class JudgeUsed:
    """What was looked with."""

    name: str
    label: str
    floor: float
    """The Fréchet distance that test pictures get."""


@dataclass(frozen=True)
class SetUsed:
    """What was trained on."""

    name: str
    title: str
    source: str
    side: int
    channels: int
    shown: int
    """Pictures that trainings are given."""
    train: int
    """Pictures that the reference is drawn from."""
    test: int


@dataclass(frozen=True)
class Figures:
    """Everything that one set gave."""

    machine: Machine
    machine_line: str
    pictures: SetUsed
    judges: tuple[JudgeUsed, ...]
    """The first also looked at the scores at the end."""
    samples: int
    """Of each generator, and as many training and test pictures."""
    minutes: float
    side_by_side: bool
    """Two trainings at a time with a core each; else one after the other with the whole machine."""
    trainings: tuple[Row, ...]
    targets: tuple[Compared, ...]


def figures_of(rows: Sequence[Row], bench: Bench, minutes: float, *, side_by_side: bool) -> Figures:
    """The figures of all trainings on a set."""
    pictures = bench.pictures
    judges = tuple(
        JudgeUsed(eye.name, eye.label, rows[0].end.by(eye.name).value.value - rows[0].end.by(eye.name).over_floor.value)
        for eye in bench.eyes
    )
    counts = (len(pictures.shown), len(pictures.train.pixels), len(pictures.test.pixels))
    used = SetUsed(pictures.name, pictures.title, pictures.source, pictures.shown.shape[1], pictures.channels, *counts)
    return Figures(
        describe_machine("cpu"),
        machine_line(),
        used,
        judges,
        bench.n,
        minutes,
        side_by_side,
        tuple(rows),
        compare(rows),
    )


def write_figures(figures: Figures, folder: Path) -> None:
    """Put them into the set's folder."""
    write_whole(folder / FILE, to_text(to_json(figures), indent=2))


def read_all(out: Path) -> list[Figures]:
    """The figures of all sets that lie below a folder, by name; damaged files are left out."""
    found = []
    for file in sorted(out.glob(f"*/{FILE}")):
        with contextlib.suppress(OSError, GanforgeError):
            found.append(from_json(Figures, from_text(file.read_bytes()), what=str(file)))
    return found


def write_picture(found: Sequence[Figures], out: Path) -> None:
    """Draw a panel for each set and judge."""
    panels = [panel_of(figures, judge) for figures in found for judge in figures.judges]
    line = "  ·  ".join(dict.fromkeys(figures.machine_line for figures in found))
    write_whole(out / PICTURE, as_png(draw_quality("How soon is it how good?", line, panels)))


def panel_of(figures: Figures, judge: JudgeUsed) -> Panel:
    """The trainings of a set as one judge sees them."""
    rows = [row for row in figures.trainings if not row.trained.asked.also]
    way = "two at a time, a core each" if figures.side_by_side else "one at a time"
    subtitle = f"distance over the floor of {spoken_number(judge.floor)}  ·  {figures.samples:,} samples  ·  {way}"
    title = f"{figures.pictures.title}  ·  {'classifier' if judge is not figures.judges[0] else judge.label}"
    return Panel(title, subtitle, tuple(curve_of(row, judge.name) for row in rows))


def curve_of(row: Row, judge: str) -> Curve:
    """A training as it is drawn."""
    asked = row.trained.asked
    found = [(each.snapshot.seconds, each.by(judge).over_floor) for each in row.judged if each.snapshot.seconds > 0]
    points = tuple(Point(seconds, over.value, over.low, over.high) for seconds, over in found)
    end = row.end.by(judge).over_floor.value
    return Curve(asked.recipe, spoken_number(end), points, baseline=asked.recipe == TEXTBOOK)


def spoken_number(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
