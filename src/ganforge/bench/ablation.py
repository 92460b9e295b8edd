"""Which choices of a recipe earn their place: the recipe with one thing changed at a time, on several sets of pictures.

Each training has one core and one thread, two go on at a time, and all have the same time: what costs more must bring
more. Judged as in `bench quality`, over the floor, after a part of the time and at the end.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from ganforge.bench._common import console, machine_line
from ganforge.bench._picture_sets import SETS, PictureSet, Wanted, read_set
from ganforge.bench._quality_eyes import CLASSIFIER, EXTRACTOR
from ganforge.bench._quality_figures import spoken_number
from ganforge.bench._quality_processes import LANES, lane_of
from ganforge.bench._quality_scores import Row, count_for
from ganforge.bench._quality_trainings import Asked, program_of
from ganforge.bench.quality import trained_and_judged
from ganforge.core.device import describe_machine
from ganforge.core.errors import SettingError
from ganforge.core.settings import to_json
from ganforge.runs.files import telling, to_text, write_whole

NETWORKS = "networks.settings"
CHANGES = (
    "as-it-is:",
    "batch-64: batch=64",
    f"shallow-G: {NETWORKS}.depth=1",
    f"deeper-G: {NETWORKS}.depth=2",
    f"sub-pixel: {NETWORKS}.up=sub-pixel",
    f"wider-G: {NETWORKS}.width=32",
    f"last-up: {NETWORKS}.last=up",
    "relativistic: objective=relativistic",
    "gamma-0.1: penalties.0.weight=0.1 penalties.1.weight=0.1",
    "warm-up: generator.lr.warmup=0.05 discriminator.lr.warmup=0.05",
    f"init-dcgan: {NETWORKS}.init=dcgan",
    "long-average: ema.half_life_kimg=100",
)
"""What is tried where nothing is asked for: a name, and values by their paths."""
FILE = "ablation.json"


@dataclass(frozen=True)
class Change:
    """A recipe with something changed."""

    name: str
    """Fit for a folder."""
    settings: tuple[str, ...]
    """PATH=VALUE; none = the recipe as it is."""


@dataclass(frozen=True)
class Cell:
    """What came of a change on a set."""

    set: str
    change: Change
    rows: tuple[Row, ...]
    """A training each seed."""

    def at_the_end(self, judge: str) -> float:
        """Distance over the floor, the median over seeds."""
        return statistics.median(row.end.by(judge).over_floor.value for row in self.rows)

    def early(self, judge: str) -> float | None:
        """The same at the last look within a quarter of the time; None where there was none."""
        values = []
        for row in self.rows:
            looks = [look for look in row.judged if look.snapshot.seconds <= row.trained.asked.minutes * 60 / 4]
            values += [looks[-1].by(judge).over_floor.value] if looks else []
        return statistics.median(values) if values else None


def run(
    *,
    data: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = ("fashion", "digits"),
    changes: Annotated[tuple[str, ...], Parameter(name="--change", negative="")] = CHANGES,
    recipe: str = "auto",
    minutes: float = 1.0,
    seeds: int = 1,
    samples: int | None = None,
    emoji: Path | None = None,
    fashion: Path | None = None,
    out: Path | None = None,
) -> None:
    """Train a recipe with one thing changed at a time on several sets of pictures, and print what each change brings.

    Parameters
    ----------
    data
        Sets of pictures: fashion, digits, emoji-32, emoji-64 (need --emoji); with a number behind, only so many of its
        pictures: fashion-300, emoji-64-300.
    changes
        "NAME: PATH=VALUE PATH=VALUE"; "NAME:" is the recipe as it is. Can be repeated; a list of twelve if not given.
    recipe
        Which.
    minutes
        How long each is trained, on one core; two go on at a time.
    seeds
        Trainings of each, with seeds 0, 1, ...
    samples
        How many are judged; 5,000 if not given, or as many as the set holds out.
    emoji
        The unpacked npm package emoji-datasource-google.
    fashion
        The folder of Fashion-MNIST's four files; Debian's place if not given.
    out
        Keep the trainings, pictures and ablation.json here; what is complete there is not repeated.
    """
    if minutes <= 0 or seeds < 1:
        raise SettingError(f"--minutes {minutes:g}, --seeds {seeds}: give a number above 0, and 1 or more.")
    tried = [change_of(text) for text in dict.fromkeys(changes)]
    names = [change.name for change in tried]
    if len(set(names)) < len(names):
        raise SettingError(f"Two changes have the same name, of {', '.join(names)}: it is a folder's and a line's.")
    lane_of(Asked(recipe, 0, minutes, cores=1), LANES - 1)  # refuses a machine that has too few cores
    sets = [set_named(name, Wanted(fashion, emoji)) for name in dict.fromkeys(data)]
    counts = [count_for(one, samples) for one in sets]
    for one in sets:  # what is no setting is told before anything is trained
        for change in tried:
            program_of(recipe, change.settings, one.shown)
    with tempfile.TemporaryDirectory() as scratch:
        cells = []
        for one, n in zip(sets, counts, strict=True):
            asked = [
                Asked(recipe, seed, minutes, change.settings, one.fingerprint, 1, change=change.name)
                for change in tried
                for seed in range(seeds)
            ]
            cells += cells_of(one, n, tried, asked, out or Path(scratch))
        if out is not None:
            facts = {"machine": to_json(describe_machine("cpu")), "minutes": minutes, "cells": to_json(cells)}
            with telling(out):
                write_whole(out / FILE, to_text(facts, indent=1))
    for judge in (EXTRACTOR, CLASSIFIER):
        console.print(table_of(cells, judge))
    many = f"the median of {seeds} seeds" if seeds > 1 else "one seed"
    _tell(
        f"Distance over the floor after a quarter of the time > after {minutes:g} min, and k samples shown; {many}. "
        "One core and one thread each, two trainings at a time."
    )
    _tell(machine_line())


def change_of(text: str) -> Change:
    """Read "NAME: PATH=VALUE PATH=VALUE".

    Raises:
        SettingError: it is not of that form.
    """
    name, colon, values = text.partition(":")
    settings = tuple(values.split())
    if not colon or not name.strip() or not all("=" in value for value in settings):
        raise SettingError(f"--change '{text}': write NAME: PATH=VALUE, as in 'slower: generator.lr.start=1e-3'.")
    if not all(letter.isalnum() or letter in "-_." for letter in name.strip()):
        raise SettingError(f"--change '{text}': the name becomes that of a folder; use letters, digits, - and _.")
    return Change(name.strip(), settings)


def set_named(name: str, wanted: Wanted) -> PictureSet:
    """A set by a name such as "fashion", "emoji-64", "fashion-300" or "emoji-64-300".

    Raises:
        UnknownNameError: there is none.
        SettingError: a part of the name that should be a number is none, or there are too many.
    """
    base, *numbers = name.split("-")
    takes_size = base == "emoji"
    if not all(number.isdecimal() for number in numbers) or len(numbers) > 1 + takes_size:
        raise SettingError(f"--data '{name}': write one of {', '.join(SETS)}, emoji-32, emoji-64, or with -300 behind.")
    values = [int(number) for number in numbers]
    if takes_size and values:
        wanted = replace(wanted, size=values.pop(0))
    return read_set(base, replace(wanted, pictures=values[0] if values else None))


def cells_of(pictures: PictureSet, n: int, tried: Sequence[Change], asked: Sequence[Asked], out: Path) -> list[Cell]:
    """Train and judge on one set, in a folder of its own in `out`."""
    _, rows = trained_and_judged(pictures, asked, n, out, _tell)
    return [
        Cell(pictures.title, change, tuple(row for row in rows if row.trained.asked.change == change.name))
        for change in tried
    ]


def table_of(cells: Sequence[Cell], judge: str) -> Table:
    """A line a change, a column a set."""
    table = Table(title=f"Distance over the floor on {judge}", box=None)
    table.add_column("")
    sets = list(dict.fromkeys(cell.set for cell in cells))
    for name in sets:
        table.add_column(name, justify="right")
    for change in dict.fromkeys(cell.change for cell in cells):
        found = {cell.set: cell for cell in cells if cell.change == change}
        table.add_row(change.name, *(spoken_cell(found[name], judge) for name in sets))
    return table


def spoken_cell(cell: Cell, judge: str) -> str:
    """Early, late, and how many samples that took."""
    early = cell.early(judge)
    kimg = statistics.median(row.end.snapshot.kimg for row in cell.rows)
    before = "" if early is None else f"{spoken_number(early)} > "
    return f"{before}{spoken_number(cell.at_the_end(judge))} ({kimg:,.0f}k)"


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
