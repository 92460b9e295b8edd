"""How soon is it how good? Recipes and a tutorial's DCGAN on Fashion-MNIST, by their distance from the data over time.

One training after the other, each with the whole machine. Judged by the Fréchet distance of features between samples
and training pictures, less the floor: that of as many test pictures, which nobody has trained on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter
from rich.table import Table

from ganforge.bench._common import console, machine_line
from ganforge.bench._fashion import read_fashion
from ganforge.bench._quality_plot import Curve, Point, as_png, draw_quality, spoken
from ganforge.bench._quality_scores import Beside, Judged, QualityJudge, Row, judge_end, judge_snapshot
from ganforge.bench._quality_trainings import TEXTBOOK, Asked, Trained, carry_out_all, pictures_at
from ganforge.core.device import describe_machine
from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.core.settings import to_json
from ganforge.data._draw import grid
from ganforge.metrics._metric import Estimate
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.files import telling, to_text, write_whole

SHOWN = 100
"""Pictures of each finished generator that are kept to look at."""


def run(
    *,
    recipes: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (
        "auto",
        "r3gan",
        "wgan-gp",
        "dcgan",
    ),
    minutes: float = 5.0,
    seeds: int = 1,
    samples: int = 5_000,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    baseline: bool = True,
    out: Path | None = None,
    fashion: Path | None = None,
) -> None:
    """Train recipes and a tutorial's DCGAN on Fashion-MNIST, each for the same time, and print how good they were when.

    Parameters
    ----------
    recipes
        Which.
    minutes
        How long each is trained; start-up and judging are not counted.
    seeds
        Trainings of each, with seeds 0, 1, ...
    samples
        How many are judged, beside as many training and as many test pictures; at most 10,000.
    set_
        A value of the recipes by its path, as in `ganforge train`. Can be repeated.
    baseline
        Also train the tutorial's DCGAN (`ganforge bench textbook`).
    out
        Keep the trainings, quality.json, quality.png and pictures here; trainings that are complete there are not
        repeated. Without it only the tables are left.
    fashion
        The folder of Fashion-MNIST's four files; Debian's place if not given.
    """
    for name, value in (("minutes", minutes), ("seeds", seeds)):
        if value <= 0:
            raise SettingError(f"--{name} {value}: give a number above 0.")
    unknown = [name for name in recipes if name not in RECIPES.names()]
    if unknown:
        raise UnknownNameError(f"There is no recipe called '{unknown[0]}'. There are: {', '.join(RECIPES.names())}.")
    asked = [Asked(name, seed, minutes, set_) for name in dict.fromkeys(recipes) for seed in range(seeds)]
    asked += [Asked(TEXTBOOK, seed, minutes) for seed in range(seeds) if baseline]
    data = read_fashion(fashion)  # before anything is trained: what is missing is told at once
    with tempfile.TemporaryDirectory() as scratch:
        place = out or Path(scratch)
        with telling(place):
            place.mkdir(parents=True, exist_ok=True)
            file = place / "fashion-mnist.npy"
            np.save(file, data.train.pixels)
        made = carry_out_all(asked, file, fashion, place, _tell)
        judge = QualityJudge(data, samples)
        rows = [_judge(judge, trained, place) for trained in made]
        _print(rows, judge)
        if out is not None:
            _keep(rows, judge, place)


def _judge(judge: QualityJudge, trained: Trained, out: Path) -> Row:
    """All generators of a training."""
    _tell(f"Judging {trained.asked} ...")
    judged: list[Judged] = []
    ends: tuple[Beside, ...] = ()
    for snapshot in trained.snapshots:
        pictures = pictures_at(trained, snapshot, out, judge.n)
        case = judge.case(pictures)
        judged.append(judge_snapshot(case, snapshot))
        if snapshot is trained.snapshots[-1]:
            ends = judge_end(case)
            grid(pictures[:SHOWN]).save(out / f"{trained.asked.folder}.png")
    return Row(trained, tuple(judged), ends)


def _print(rows: Sequence[Row], judge: QualityJudge) -> None:
    console.print(over_time(rows))
    console.print(at_the_end(rows))
    floor = rows[0].end.value.value - rows[0].end.over_floor.value
    _tell(
        f"Distance: Fréchet distance on {judge.label}, {judge.n:,} samples against {judge.n:,} training pictures, less "
        f"the floor of {spoken_number(floor)} that {judge.n:,} test pictures get in their place; with its 95 % "
        "interval, which holds for other samples of the same generator. A training of another seed differs by more."
    )
    _tell(
        "Time: of training alone, with its saving and examining; each look takes the newest checkpoint there was at "
        "that moment. Recipes were planned for the whole length: before its end their rates have not fallen yet. They "
        "train on nine tenths of the pictures and hold the rest out; the textbook trains on all."
    )
    _tell(machine_line())


def over_time(rows: Sequence[Row]) -> Table:
    """The distances, a line a training, a column a moment."""
    marks = sorted({judged.snapshot.mark for row in rows for judged in row.judged if judged.snapshot.mark is not None})
    table = Table(title="Distance over the floor, after so long a training", box=None)
    table.add_column("")
    for mark in marks:
        table.add_column(spoken(mark), justify="right")
    table.add_column("at the end", justify="right")
    table.add_column("samples shown", justify="right")
    table.add_column("start-up", justify="right")
    for row in rows:
        cells = [_interval(judged.over_floor) if (judged := row.at(mark)) else "" for mark in marks]
        end = row.end.snapshot
        cells += [f"{_interval(row.end.over_floor)} ({end.seconds:.0f} s)", f"{end.kimg:,.0f}k"]
        table.add_row(str(row.trained.asked), *cells, f"{row.trained.start_up:.0f} s")
    return table


def at_the_end(rows: Sequence[Row]) -> Table:
    """Further scores of the finished generators, and how soon each was as good as the textbook became."""
    table = Table(title="At the end, in brackets the floor", box=None)
    table.add_column("")
    for beside in rows[0].at_the_end:
        table.add_column(beside.name, justify="right")
    goals = [row.end.over_floor.value for row in rows if row.trained.asked.recipe == TEXTBOOK]
    if goals:
        table.add_column(f"at {spoken_number(min(goals))}, the textbook's end, after", justify="right")
    for row in rows:
        cells = [f"{beside.value.value:.3f} ({beside.floor.value:.3f})" for beside in row.at_the_end]
        if goals:
            seconds = row.seconds_to(min(goals))
            cells.append("not reached" if seconds is None else f"{seconds:.0f} s at most")
        table.add_row(str(row.trained.asked), *cells)
    return table


def as_json(rows: Sequence[Row], judge: QualityJudge) -> dict[str, object]:
    """All figures."""
    return {
        "machine": to_json(describe_machine("cpu")),
        "features": judge.label,
        "samples": judge.n,
        "trainings": [to_json(row) for row in rows],
    }


def curve_of(row: Row, seeds: int) -> Curve:
    """A training as it is drawn."""
    asked = row.trained.asked
    points = tuple(
        Point(judged.snapshot.seconds, judged.over_floor.value, judged.over_floor.low, judged.over_floor.high)
        for judged in row.judged
        if judged.snapshot.seconds > 0
    )
    name = asked.recipe if seeds == 1 else str(asked)
    return Curve(name, spoken_number(row.end.over_floor.value), points, baseline=asked.recipe == TEXTBOOK)


def spoken_number(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _keep(rows: Sequence[Row], judge: QualityJudge, out: Path) -> None:
    """Write quality.json and quality.png."""
    seeds = len({row.trained.asked.seed for row in rows})
    subtitle = f"Fashion-MNIST  ·  {judge.n:,} samples, {judge.label}  ·  {machine_line()}"
    page = draw_quality("How soon is it how good?", subtitle, [curve_of(row, seeds) for row in rows])
    with telling(out):
        write_whole(out / "quality.json", to_text(as_json(rows, judge), indent=2))
        write_whole(out / "quality.png", as_png(page))
    _tell(f"Look at {out / 'quality.png'} and the pictures beside it; all figures are in {out / 'quality.json'}.")


def _interval(estimate: Estimate) -> str:
    return f"{spoken_number(estimate.value)} ± {spoken_number((estimate.high - estimate.low) / 2)}"


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
