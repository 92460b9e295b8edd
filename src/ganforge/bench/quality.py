"""How soon is it how good? Recipes and a tutorial's DCGAN on sets of pictures, by their distance over the time.

One training after the other, each with the whole machine, or two at a time with a core each. Judged by the Fréchet
distance of features between samples and training pictures, less the floor: that of as many test pictures, which nobody
has trained on. There are two judges: a network trained on photographs, and a classifier of the set's own classes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter
from rich.table import Table

from ganforge.bench._common import console
from ganforge.bench._emoji import SIDE
from ganforge.bench._fashion import Pixels
from ganforge.bench._picture_sets import PictureSet, Wanted, read_set
from ganforge.bench._quality_eyes import classifier_eye, efficientnet_eye
from ganforge.bench._quality_figures import (
    FILE,
    PICTURE,
    Figures,
    figures_of,
    read_all,
    spoken_number,
    write_figures,
    write_picture,
)
from ganforge.bench._quality_plot import spoken
from ganforge.bench._quality_processes import LANES, carry_out_all, lane_of
from ganforge.bench._quality_scores import Bench, Row, count_for
from ganforge.bench._quality_targets import target_tables
from ganforge.bench._quality_trainings import TEXTBOOK, Asked, Snapshot, Trained, pictures_at, program_of
from ganforge.bench.textbook import BATCH, to_tensor
from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.data._draw import grid
from ganforge.metrics._metric import Estimate
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.files import telling

SHOWN = 100
"""Pictures of each finished generator that are kept to look at."""
FEW_MARKS = 6
COLUMNS = (15.0, 30.0, 60.0, 120.0, 300.0, 1200.0, 3600.0)
"""Moments in the printed table where there are more than `FEW_MARKS`; the file has all."""


@dataclass(frozen=True)
class Plan:
    """What is trained on every set."""

    recipes: tuple[str, ...]
    minutes: float
    also_minutes: tuple[float, ...]
    seeds: int
    settings: tuple[str, ...]
    baseline: bool
    side_by_side: bool

    def asked(self, data: str = "") -> list[Asked]:
        """The trainings on one set; `data` tells it from others."""
        cores = 1 if self.side_by_side else None
        whole = [Asked(name, seed, self.minutes, self.settings, data, cores) for seed, name in self._each()]
        if self.baseline:
            whole += [Asked(TEXTBOOK, seed, self.minutes, (), data, cores) for seed in range(self.seeds)]
        return whole + [
            Asked(name, seed, minutes, self.settings, data, cores, also=True)
            for minutes in dict.fromkeys(self.also_minutes)
            for seed, name in self._each()
        ]

    def _each(self) -> list[tuple[int, str]]:
        return [(seed, name) for name in dict.fromkeys(self.recipes) for seed in range(self.seeds)]


def run(
    *,
    recipes: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (
        "auto",
        "r3gan",
        "wgan-gp",
        "dcgan",
    ),
    data: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = ("fashion",),
    minutes: float = 5.0,
    also_minutes: Annotated[tuple[float, ...], Parameter(consume_multiple=True, negative="")] = (),
    seeds: int = 1,
    samples: int | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    baseline: bool = True,
    side_by_side: Annotated[bool, Parameter(negative="")] = False,
    pictures: int | None = None,
    size: int = SIDE,
    emoji: Path | None = None,
    fashion: Path | None = None,
    out: Path | None = None,
) -> None:
    """Train recipes and a tutorial's DCGAN on pictures, each for the same time, and print how good they were when.

    Parameters
    ----------
    recipes
        Which.
    data
        Sets of pictures: fashion (60,000), digits (4,000), emoji (3,100, needs --emoji).
    minutes
        How long each is trained; start-up and judging are not counted.
    also_minutes
        Train the recipes also for so long, planned for it from the start; held against the textbook's --minutes.
    seeds
        Trainings of each, with seeds 0, 1, ...
    samples
        How many are judged, beside as many training and as many test pictures; 5,000 if not given, or as many as the
        set holds out (digits 1,010, emoji about 700).
    set_
        A value of the recipes by its path, as in `ganforge train`. Can be repeated.
    baseline
        Also train the tutorial's DCGAN (`ganforge bench textbook`).
    side_by_side
        Two trainings at a time, each with a core of its own: the textbook beside the first recipe of the same seed.
    pictures
        Train on so many of each set, always the same ones; all if not given. Judged is against the whole set.
    size
        Side of the emoji, 32 or 64 pixels.
    emoji
        The unpacked npm package emoji-datasource-google.
    fashion
        The folder of Fashion-MNIST's four files; Debian's place if not given.
    out
        Keep the trainings, figures and pictures here, a folder a set, and quality.png of all sets; what is complete
        there is not repeated. Without it only the tables are left.
    """
    for name, value in (("minutes", minutes), ("seeds", seeds), *(("also-minutes", one) for one in also_minutes)):
        if value <= 0:
            raise SettingError(f"--{name} {value}: give a number above 0.")
    unknown = [name for name in recipes if name not in RECIPES.names()]
    if unknown:
        raise UnknownNameError(f"There is no recipe called '{unknown[0]}'. There are: {', '.join(RECIPES.names())}.")
    plan = Plan(recipes, minutes, also_minutes, seeds, set_, baseline, side_by_side)
    if not plan.asked():
        raise SettingError("Nothing is to be trained: name a recipe with --recipes, or leave out --no-baseline.")
    if side_by_side:
        lane_of(plan.asked()[0], LANES - 1)  # refuses a machine that has too few cores
    wanted = Wanted(fashion, emoji, size, pictures)
    # Before anything is trained: what is missing is told at once
    sets = [read_set(name, wanted) for name in dict.fromkeys(data)]
    counts = [count_for(one, samples) for one in sets]
    for one in sets:
        for name in recipes:
            program_of(name, set_, one.shown)
        if baseline:
            to_tensor(one.shown[:BATCH])
    with tempfile.TemporaryDirectory() as scratch:
        for one, n in zip(sets, counts, strict=True):
            measure(one, n, plan, out or Path(scratch))
        if out is not None:
            with telling(out):
                write_picture(read_all(out), out)
            _tell(f"Look at {out / PICTURE} and the pictures in the folders beside it, where {FILE} has all figures.")


def measure(pictures: PictureSet, n: int, plan: Plan, out: Path) -> None:
    """Train and judge on one set, of n samples each, and keep all in a folder of its own in `out`."""
    _tell(f"{pictures.title}: {len(pictures.shown):,} pictures to train on. {pictures.source}.")
    bench, rows = trained_and_judged(pictures, plan.asked(pictures.fingerprint), n, out, _tell)
    figures = figures_of(rows, bench, plan.minutes, side_by_side=plan.side_by_side)
    with telling(out):
        write_figures(figures, out / pictures.name)
    print_figures(figures)


def trained_and_judged(
    pictures: PictureSet, asked: Sequence[Asked], n: int, out: Path, tell: Callable[[str], None]
) -> tuple[Bench, list[Row]]:
    """Trainings on a set, in a folder of its own in `out`, each judged by n samples; what is there is not repeated."""
    place, judges = out / pictures.name, out / "judges"
    with telling(place):
        judges.mkdir(parents=True, exist_ok=True)
        place.mkdir(exist_ok=True)
        file = place / "train.npy"
        np.save(file, pictures.shown)
    exact = [replace(one, program=program_of(one.recipe, one.settings, pictures.shown)) for one in asked]
    made = carry_out_all(exact, file, place, tell)
    bench = Bench(pictures, (efficientnet_eye(pictures), classifier_eye(pictures, judges)), n, judges)
    return bench, [judged_with_sheet(bench, trained, place, tell) for trained in made]


def judged_with_sheet(bench: Bench, trained: Trained, place: Path, tell: Callable[[str], None]) -> Row:
    """All generators of a training, and a sheet of pictures of the last."""

    def at(snapshot: Snapshot) -> Pixels:
        made = pictures_at(trained, snapshot, place, bench.n)
        if snapshot is trained.end:
            grid(made[:SHOWN]).save(place / f"{trained.asked.folder}.png")
        return made

    return bench.judged(trained, place / trained.asked.folder, at, tell)


def print_figures(figures: Figures) -> None:
    """All tables of a set, and what must be known to read them."""
    for judge in figures.judges:
        console.print(over_time(figures.trainings, judge.name))
    console.print(at_the_end(figures.trainings))
    for table in target_tables(figures.targets, figures.minutes):
        console.print(table)
    n = figures.samples
    for judge in figures.judges:
        _tell(
            f"{judge.name}: {judge.label}. Distance: Fréchet distance of {n:,} samples from {n:,} training pictures, "
            f"less the floor of {spoken_number(judge.floor)} that {n:,} test pictures get in their place; with its "
            "95 % interval, which holds for other samples of the same generator. A training of another seed differs "
            "by more."
        )
    _tell(
        "Time: of training alone, with its saving and examining; each look takes the newest checkpoint there was at "
        "that moment. Recipes were planned for the whole length: before its end their rates have not fallen yet. They "
        "train on nine tenths of the pictures and hold the rest out; the textbook trains on all."
    )
    way = "Two trainings at a time, a core each" if figures.side_by_side else "One training at a time, all cores"
    _tell(f"{way}. {figures.machine_line}")


def over_time(rows: Sequence[Row], judge: str) -> Table:
    """The distances, a line a training, a column a moment."""
    marks = sorted({judged.snapshot.mark for row in rows for judged in row.judged if judged.snapshot.mark is not None})
    if len(marks) > FEW_MARKS:
        marks = [mark for mark in marks if mark in COLUMNS]
    table = Table(title=f"Distance over the floor on {judge}, after so long a training", box=None)
    table.add_column("")
    for mark in marks:
        table.add_column(spoken(mark), justify="right")
    for heading in ("at the end", "samples shown", "start-up"):
        table.add_column(heading, justify="right")
    for row in rows:
        cells = [_interval(judged.by(judge).over_floor) if (judged := row.at(mark)) else "" for mark in marks]
        end = row.end.snapshot
        cells += [f"{_interval(row.end.by(judge).over_floor)} ({end.seconds:.0f} s)", f"{end.kimg:,.0f}k"]
        table.add_row(str(row.trained.asked), *cells, f"{row.trained.start_up:.0f} s")
    return table


def at_the_end(rows: Sequence[Row]) -> Table:
    """Further scores of the finished generators."""
    table = Table(title="At the end, in brackets the floor", box=None)
    table.add_column("")
    for beside in rows[0].at_the_end:
        table.add_column(beside.name, justify="right")
    for row in rows:
        cells = [f"{beside.value.value:.3f} ({beside.floor.value:.3f})" for beside in row.at_the_end]
        table.add_row(str(row.trained.asked), *cells)
    return table


def _interval(estimate: Estimate) -> str:
    return f"{spoken_number(estimate.value)} ± {spoken_number((estimate.high - estimate.low) / 2)}"


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
