"""The zoo's sets of data: how samples of each are judged, put into words and drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy.typing as npt
import torch
from PIL import Image

from ganforge.bench._zoo_picture import DIGITS_ACROSS, Cell, digit_panel, point_panel
from ganforge.bench._zoo_scores import (
    DIGIT_RULE,
    POINT_RULE,
    DigitScores,
    Outcome,
    Row,
    as_row,
    digit_verdict,
    medians,
    point_verdict,
    score_digits,
    training_cost,
)
from ganforge.bench._zoo_tables import (
    Sheet,
    cheapest,
    cost_figures,
    digit_figures,
    digit_sheet,
    point_figures,
    point_sheet,
)
from ganforge.bench._zoo_trainings import DIVERGED, Training
from ganforge.bench.digits import SAMPLES as DIGITS
from ganforge.bench.digits import labelled, trained_judge
from ganforge.bench.modes import SAMPLES as POINTS
from ganforge.bench.modes import ModeScores, score_modes
from ganforge.core.contracts import DataOptions
from ganforge.core.seeding import Draws
from ganforge.data._opening import open_source
from ganforge.data._samples import MIXTURES
from ganforge.runs.folder import RunFolder
from ganforge.trained import Run

Scores = TypeVar("Scores")
Samples = npt.NDArray[Any]
SHOWN_POINTS = 4_096


@dataclass(frozen=True)
class Exhibit(Generic[Scores]):
    """A set of data, and all that is done with samples of it."""

    name: str
    note: str
    """A few words beside the name."""
    judged: int
    """Samples of each training that are judged."""
    shown: int
    """Samples that the picture shows."""
    score: Callable[[Samples], Scores]
    in_words: Callable[[Scores], str]
    """The verdict."""
    rule: str
    """The verdict's rule, for people."""
    figures: Callable[[Scores], str]
    """The line below the verdict in the picture."""
    sheet: Callable[[str, Sequence[Row[Scores]]], Sheet]
    panel: Callable[[Samples], Image.Image]
    real: Cell
    """What the data themselves look like in the picture."""


@dataclass(frozen=True)
class Chapter(Generic[Scores]):
    """All recipes on one set of data."""

    exhibit: Exhibit[Scores]
    kimg: float
    rows: tuple[Row[Scores], ...]
    sheet: Sheet
    cells: Mapping[str, Cell]
    """Of the picture, by recipe."""


def exhibit_points(name: str) -> Exhibit[ModeScores]:
    """Points whose modes are known."""
    truth = MIXTURES[name]
    modes = len(truth.centres)
    perfect = score_modes(truth.draw(POINTS, seed=1), truth)
    return Exhibit(
        name=name,
        note=f"{modes} modes",
        judged=POINTS,
        shown=SHOWN_POINTS,
        score=lambda samples: score_modes(samples, truth),
        in_words=lambda scores: point_verdict(scores, modes),
        rule=POINT_RULE,
        figures=point_figures,
        sheet=lambda title, rows: point_sheet(title, rows, perfect),
        panel=lambda samples: point_panel(samples, truth),
        real=Cell(point_panel(truth.draw(SHOWN_POINTS, seed=2), truth), "", (point_figures(perfect),)),
    )


def exhibit_digits(name: str) -> Exhibit[DigitScores]:
    """Handwritten digits, before a judge that is trained here."""
    source = open_source(name, DataOptions(labels=True))
    judge = trained_judge()
    real = labelled(source, source.split.train)
    shown = DIGITS_ACROSS**2
    any_of_them = Draws(0, "zoo: real digits").permutation(len(real.y))[:shown]  # in the source they are sorted

    def score(samples: Samples) -> DigitScores:
        return score_digits(torch.from_numpy(samples).float()[:, None] / 127.5 - 1, judge, real)

    return Exhibit(
        name=name,
        note="28 x 28",
        judged=DIGITS,
        shown=shown,
        score=score,
        in_words=digit_verdict,
        rule=DIGIT_RULE,
        figures=digit_figures,
        sheet=digit_sheet,
        panel=digit_panel,
        real=Cell(digit_panel(source.domain.decode(real.take(any_of_them).x)), "", ()),
    )


def write_chapter(
    exhibit: Exhibit[Scores], trainings: Sequence[Training], runs: Mapping[Training, RunFolder]
) -> Chapter[Scores]:
    """Judge all trainings on one set of data and draw the samples of each recipe's first seed that did not diverge."""
    rows, panels = [], {}
    for recipe in dict.fromkeys(training.recipe for training in trainings):
        outcomes = []
        for training in (each for each in trainings if each.recipe == recipe):
            outcome, samples = _judged(exhibit, training, runs[training])
            outcomes.append(outcome)
            if recipe not in panels and samples is not None:
                panels[recipe] = exhibit.panel(samples[: exhibit.shown])
        rows.append(as_row(recipe, outcomes, exhibit.in_words))
    best = cheapest([row.cost for row in rows])
    cells = {}
    for row in rows:
        figures = (exhibit.figures(medians(row.judged)),) if row.judged else ()
        cells[row.recipe] = Cell(panels.get(row.recipe), row.verdict, (*figures, *cost_figures(row.cost, best)))
    kimg, seeds = trainings[0].kimg, len(rows[0].outcomes)
    over = "one training" if seeds == 1 else f"medians of {seeds} trainings"
    title = f"{exhibit.name}: {exhibit.note}; {kimg:,.10g}k samples shown; {exhibit.judged:,} judged; {over}"
    return Chapter(exhibit, kimg, tuple(rows), exhibit.sheet(title, rows), cells)


def _judged(exhibit: Exhibit[Scores], training: Training, folder: RunFolder) -> tuple[Outcome[Scores], Samples | None]:
    """How a training ended, and its samples; none where it diverged."""
    cost = training_cost([record for record in folder.journal.records() if record["event"] == "record"])
    if folder.status() == DIVERGED:
        return Outcome(training.seed, cost, None), None
    # What it ended as, not what it once was: a collapse must show
    samples = Run(folder, "newest").sample(exhibit.judged, seed=1000 + training.seed)
    return Outcome(training.seed, cost, exhibit.score(samples)), samples
