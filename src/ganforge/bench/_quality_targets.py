"""Recipes against the textbook's training of the same seed: how soon as good, how much better at the end."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from ganforge.bench._quality_scores import Distance, Row
from ganforge.bench._quality_trainings import TEXTBOOK
from ganforge.metrics._metric import Estimate
from ganforge.metrics._resampling import NORMAL

BETTER = ("precision", "coverage")
"""Scores at the end that are to be higher than the textbook's."""
SOON = 30.0
"""Seconds by which the textbook's end is to be reached."""
SHARE = 0.1
"""Of the textbook's distance over the floor, at most, at the end."""


@dataclass(frozen=True)
class OnJudge:
    """A recipe's training beside the textbook's, on one judge's features."""

    judge: str
    goal: float
    """The textbook's distance over the floor at its end."""
    seconds: float | None
    """Training time of the first look that was at most so far; None = no look was."""
    ratio: Estimate | None
    """The recipe's distance over the floor at its end, as a share of the goal; None where the goal is not above 0."""


@dataclass(frozen=True)
class Shorter:
    """A training of its own that was planned for less time, beside the textbook's of the usual length."""

    minutes: float
    judge: str
    seconds: float | None
    """As above."""
    ratio: Estimate | None
    """As above."""


@dataclass(frozen=True)
class Higher:
    """A score at the end of both."""

    name: str
    value: float
    textbook: float

    @property
    def higher(self) -> bool:
        """Whether the recipe's is."""
        return self.value > self.textbook


@dataclass(frozen=True)
class Compared:
    """One recipe and seed."""

    recipe: str
    seed: int
    judges: tuple[OnJudge, ...]
    higher: tuple[Higher, ...]
    shorter: tuple[Shorter, ...]


def compare(rows: Sequence[Row]) -> tuple[Compared, ...]:
    """Every recipe's training of the usual length for whose seed the textbook was trained as long."""
    baselines = {row.trained.asked.seed: row for row in rows if row.trained.asked.recipe == TEXTBOOK}
    made = []
    for row in rows:
        asked = row.trained.asked
        baseline = baselines.get(asked.seed)
        if asked.recipe == TEXTBOOK or asked.also or baseline is None:
            continue
        others = [
            other
            for other in rows
            if other.trained.asked.also
            and (other.trained.asked.recipe, other.trained.asked.seed) == (asked.recipe, asked.seed)
        ]
        made.append(_compared(row, baseline, others))
    return tuple(made)


def _compared(row: Row, baseline: Row, others: Sequence[Row]) -> Compared:
    asked = row.trained.asked
    judges = tuple(
        OnJudge(
            end.judge,
            end.over_floor.value,
            row.seconds_to(end.over_floor.value, end.judge),
            ratio_of(row.end.by(end.judge), end),
        )
        for end in baseline.end.distances
    )
    shorter = tuple(
        Shorter(
            other.trained.asked.minutes,
            end.judge,
            other.seconds_to(end.over_floor.value, end.judge),
            ratio_of(other.end.by(end.judge), end),
        )
        for other in others
        for end in baseline.end.distances
    )
    theirs = {beside.name: beside.value.value for beside in baseline.at_the_end}
    higher = tuple(
        Higher(beside.name, beside.value.value, theirs[beside.name])
        for beside in row.at_the_end
        if beside.name in BETTER and beside.name in theirs
    )
    return Compared(asked.recipe, asked.seed, judges, higher, shorter)


def ratio_of(value: Distance, goal: Distance) -> Estimate | None:
    """One distance over the floor as a share of another, with its 95 % interval by the delta method.

    The errors of both are taken to be independent; in truth they share the reference, which makes them a little less.
    None where the other is not above the floor: then a share says nothing.
    """
    above, below = value.over_floor, goal.over_floor
    if below.value <= 0:
        return None
    ratio = above.value / below.value
    error = math.hypot(above.error, ratio * below.error) / below.value
    return Estimate(ratio, ratio - NORMAL * error, ratio + NORMAL * error, error)


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    name: str
    cells: tuple[str, ...]
    """One a seed."""
    middle: str


def lines_of(compared: Sequence[Compared]) -> list[Line]:
    """What is told of one recipe's seeds."""
    first = compared[0]
    lines = []
    for place, judge in enumerate(first.judges):
        seconds = [one.judges[place].seconds for one in compared]
        lines.append(_times(f"as good as the textbook's end, {judge.judge}", seconds))
    for place, judge in enumerate(first.judges):
        ratios = [one.judges[place].ratio for one in compared]
        lines.append(_ratios(f"share of the textbook's distance, {judge.judge}", ratios))
    for place, score in enumerate(first.higher):
        pairs = [one.higher[place] for one in compared]
        cells = tuple(f"{pair.value:.3f} ({pair.textbook:.3f})" for pair in pairs)
        lines.append(Line(f"{score.name} at the end (the textbook's)", cells, _how_many(pair.higher for pair in pairs)))
    for place, other in enumerate(first.shorter):
        alike = [one.shorter[place] for one in compared if place < len(one.shorter)]
        name = f"of {other.minutes:g} min: {{}}, {other.judge}"
        lines.append(_times(name.format("as good as the textbook's end"), [one.seconds for one in alike]))
        lines.append(_ratios(name.format("share of the textbook's distance"), [one.ratio for one in alike]))
    return lines


def target_tables(compared: Sequence[Compared], minutes: float) -> list[Table]:
    """A table a recipe, a column a seed and the middle."""
    tables = []
    for recipe in dict.fromkeys(one.recipe for one in compared):
        own = [one for one in compared if one.recipe == recipe]
        table = Table(title=f"{recipe} beside the textbook's {minutes:g} min of the same seed", box=None)
        table.add_column("")
        for one in own:
            table.add_column(f"seed {one.seed}", justify="right")
        table.add_column("median", justify="right")
        for line in lines_of(own):
            table.add_row(line.name, *line.cells, line.middle)
        tables.append(table)
    return tables


def _times(name: str, seconds: Sequence[float | None]) -> Line:
    cells = tuple("not reached" if one is None else f"{one:.0f} s" for one in seconds)
    middle = statistics.median(math.inf if one is None else one for one in seconds)
    soon = _how_many(one is not None and one <= SOON for one in seconds)
    words = "not reached" if math.isinf(middle) else f"{middle:.0f} s"
    return Line(name, cells, f"{words}; within {SOON:.0f} s: {soon}")


def _ratios(name: str, ratios: Sequence[Estimate | None]) -> Line:
    cells = tuple("none" if one is None else f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})" for one in ratios)
    known = [one.value for one in ratios if one is not None]
    if not known:
        return Line(name, cells, "")
    return Line(
        name, cells, f"{statistics.median(known):.3f}; at most {SHARE:g}: {_how_many(one <= SHARE for one in known)}"
    )


def _how_many(answers: Iterable[bool]) -> str:
    held = list(answers)
    return f"{sum(held)} of {len(held)}"
