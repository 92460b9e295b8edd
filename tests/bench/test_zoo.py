"""The zoo: verdicts by their rule, figures on samples whose faults are known, tables, the picture, going on."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ganforge
from ganforge.bench import zoo
from ganforge.bench._digit_judge import Labelled
from ganforge.bench._zoo_picture import PANEL, WIDTH, Cell, Line, as_png, digit_panel, draw_zoo, point_panel
from ganforge.bench._zoo_scores import (
    DIGIT_RULE,
    POINT_RULE,
    Cost,
    DigitScores,
    Outcome,
    Row,
    as_row,
    digit_scores,
    digit_verdict,
    medians,
    point_verdict,
    training_cost,
    variety,
)
from ganforge.bench._zoo_tables import cheapest, cost_figures, digit_sheet, point_sheet
from ganforge.bench._zoo_trainings import DIVERGED, Training, carry_out, find_run, has_ended
from ganforge.bench.modes import ModeScores
from ganforge.core.contracts import DataOptions
from ganforge.core.errors import MachineError, SettingError, UnknownNameError
from ganforge.core.settings import Json
from ganforge.data._opening import open_source
from ganforge.data._samples import GRID, RING
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.folder import RunFolder

PERFECT = ModeScores(modes=8, high_quality=0.989, reverse_kl=0.0001, narrowest=0.96, widest=0.98)
COST = Cost(updates=100, milliseconds=4.0, seconds=0.4)


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        (PERFECT, "covers"),
        (ModeScores(8, 0.99, 0.0, 0.3, 1.0), "covers, too narrow"),
        (ModeScores(8, 0.99, 0.2, 0.3, 1.0), "covers, unevenly"),
        (ModeScores(8, 0.89, 0.2, 0.3, 1.0), "covers, blurred"),
        (ModeScores(7, 0.89, 0.2, 0.0, 1.0), "loses 1 of 8"),
        (ModeScores(4, 0.99, 0.7, 0.0, 1.0), "collapses to 4 of 8"),
        (ModeScores(4, 0.05, 0.7, 0.0, 1.0), "collapses to 4 of 8"),
        (ModeScores(8, 0.05, 0.0, 1.0, 1.5), "misses the modes"),
        (ModeScores(7, 0.05, 0.0, 0.0, 1.5), "misses the modes"),
        (ModeScores(0, 0.0, 0.1, 0.0, 0.0), "misses the modes"),
        (ModeScores(0, 0.0, 2.0, 0.0, 0.0), "collapses"),  # to a place between modes
        (ModeScores(8, 0.9, 0.7, 0.9, 1.0), "collapses"),
    ],
)
def test_the_verdict_on_points_is_the_first_that_holds(scores: ModeScores, verdict: str) -> None:
    assert point_verdict(scores, 8) == verdict
    assert f"'{_without_counts(verdict)}'" in POINT_RULE


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        (DigitScores(0.8, 10, 0.01, 0.9), "covers"),
        (DigitScores(0.8, 10, 0.2, 0.9), "covers, unevenly"),
        (DigitScores(0.6, 10, 0.2, 0.9), "covers, roughly"),
        (DigitScores(0.6, 10, 0.2, 0.4), "covers, much alike"),
        (DigitScores(0.4, 10, 0.2, 0.4), "unfinished"),
        (DigitScores(0.4, 8, 0.2, 0.4), "loses 2 of 10"),
        (DigitScores(0.9, 1, 2.3, 0.1), "collapses to 1 of 10"),
        (DigitScores(0.05, 0, 2.3, 0.0), "draws no digits"),
    ],
)
def test_the_verdict_on_digits_is_the_first_that_holds(scores: DigitScores, verdict: str) -> None:
    assert digit_verdict(scores) == verdict
    assert f"'{_without_counts(verdict)}'" in DIGIT_RULE


def _without_counts(verdict: str) -> str:
    return re.sub(r" (to )?\d.*", "", verdict)


def _row(recipe: str, *modes: int | None) -> Row[ModeScores]:
    """A recipe with so many modes a seed; None = it diverged."""
    outcomes = [
        Outcome(seed, COST, None if count is None else ModeScores(count, 0.9 + seed / 100, 0.0, 0.9, 1.0))
        for seed, count in enumerate(modes)
    ]
    return as_row(recipe, outcomes, lambda scores: point_verdict(scores, 8))


def test_a_recipe_is_judged_by_the_medians_over_its_seeds() -> None:
    row = _row("some", 8, 8, 3)
    assert row.verdict == "covers"
    assert medians(row.judged) == ModeScores(8, 0.91, 0.0, 0.9, 1.0)
    assert _row("some", 3, 8, 3).verdict == "collapses to 3 of 8"


def test_diverged_trainings_are_told_and_decide_when_they_are_half() -> None:
    assert _row("some", 8, None, 8).verdict == "covers (1 of 3 diverged)"
    assert _row("some", None, 8).verdict == "diverges (1 of 2)"
    assert _row("some", None).verdict == "diverges (1 of 1)"
    assert math.isnan(_row("some", None).cost.milliseconds)


def test_the_table_of_points_has_a_row_for_each_recipe_and_one_for_the_data() -> None:
    sheet = point_sheet("ring", [_row("even", 8, 8, 8), _row("uneven", 7, 8, 6), _row("broken", None)], PERFECT)
    assert [cells[:3] for cells in sheet.rows] == [
        ("(the data)", "8", "98.9"),
        ("even", "8", "91.0"),
        ("uneven", "7 (6-8)", "91.0"),
        ("broken", "-", "-"),
    ]
    assert sheet.rows[1][-5:] == ("100", "4", "1.0x", "0", "covers")
    assert sheet.rows[3][-5:] == ("100", "-", "-", "-", "diverges (1 of 1)")
    assert {len(cells) for cells in (*sheet.rows, sheet.headings)} == {11}
    lines = sheet.markdown().splitlines()
    assert lines[0] == "**ring**"
    assert {line.count("|") for line in lines[2:]} == {12}
    assert len(lines) == 2 + 2 + 4


def test_cost_is_relative_to_the_cheapest_that_did_not_diverge() -> None:
    dear = Row("dear", (Outcome(0, Cost(10, 10.0, 1.0), DigitScores(0.9, 10, 0.0, 1.0)),), "covers")
    cheap = Row("cheap", (Outcome(0, COST, DigitScores(0.9, 10, 0.0, 1.0)),), "covers")
    broken = Row("broken", (Outcome[DigitScores](0, Cost(1, 0.1, 0.1), None),), "diverges (1 of 1)")
    sheet = digit_sheet("digits", [dear, cheap, broken])
    assert [cells[7] for cells in sheet.rows] == ["2.5x", "1.0x", "-"]
    assert cheapest([row.cost for row in (dear, cheap, broken)]) == 4.0
    assert cost_figures(dear.cost, 4.0) == ("10 ms a step", "2.5x the cheapest")
    assert cost_figures(broken.cost, 4.0) == ()


def test_the_cost_of_a_step_is_read_from_the_journal() -> None:
    """A step shows 50 samples; 1,000, 500 and 100 samples/s are 50, 100 and 500 ms a step."""
    records: list[Json] = [
        {"step": 10, "kimg": 0.5, "samples_per_second": 1000.0},
        {"step": 20, "kimg": 1.0, "samples_per_second": 500.0},
        {"step": 25, "kimg": 1.25, "samples_per_second": 100.0},
    ]
    cost = training_cost(records)
    assert cost.updates == 25
    assert cost.milliseconds == pytest.approx(100.0)
    assert cost.seconds == pytest.approx(0.5 + 1.0 + 2.5)
    assert training_cost([]).updates == 0


def _digits(count: int, seed: int) -> torch.Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_variety_is_one_for_the_data_and_nothing_for_copies() -> None:
    real = _digits(300, seed=1)
    assert variety(_digits(300, seed=2), real) == pytest.approx(1.0, abs=0.02)
    assert variety(real[:1].expand(300, -1, -1, -1), real) == 0.0
    assert variety(_digits(300, seed=2) / 2, real) == pytest.approx(0.5, abs=0.02)  # closer together
    assert variety(_digits(60, seed=2), real) == pytest.approx(1.0, abs=0.02)  # compared with as many
    assert variety(real[:1], real) == 0.0


def test_digits_are_scored_by_what_passes() -> None:
    digit = torch.cat([torch.full((300,), -1), torch.full((400,), 3), torch.full((295,), 7), torch.full((5,), 1)])
    real = Labelled(_digits(1000, seed=1), torch.arange(1000) % 10)
    scores = digit_scores(_digits(1000, seed=2), digit, real)
    assert scores.passing == pytest.approx(0.7)
    assert scores.classes == 2  # 5 of 700 are too few
    few = torch.where(torch.arange(1000) < 30, torch.arange(1000) % 10, -1)
    assert digit_scores(_digits(1000, seed=2), few, real).classes == 10  # all that pass, though little does
    shares = np.array([400, 295, 5]) / 700
    assert scores.reverse_kl == pytest.approx(float((shares * np.log(shares * 10)).sum()))
    assert scores.variety == pytest.approx(1.0, abs=0.02)
    nothing = digit_scores(_digits(10, seed=2), torch.full((10,), -1), real)
    assert (nothing.passing, nothing.classes, nothing.variety) == (0.0, 0, 0.0)
    assert nothing.reverse_kl == pytest.approx(math.log(10))


def test_the_picture_is_as_wide_as_wanted_and_small_in_bytes() -> None:
    points = point_panel(GRID.draw(4096, seed=1), GRID)
    digits = digit_panel(np.random.default_rng(0).integers(0, 255, (64, 28, 28)).astype(np.uint8))
    assert points.size == digits.size == (PANEL, PANEL)
    cells = (Cell(points, "covers", ("98.9% in 3 sigma",)), Cell(None, "diverges (1 of 1)", ()), Cell(digits, "", ()))
    lines = [Line(f"recipe {number}", "2014", cells) for number in range(11)]
    page = draw_zoo("Title", "subtitle", [("ring", "8 modes"), ("grid", "25 modes"), ("digits", "")], lines)
    assert page.width == WIDTH
    png = as_png(page)
    assert len(png) < 1_500_000
    with Image.open(io.BytesIO(png)) as read:
        assert read.size == page.size
        shown = np.asarray(read.convert("RGB")).astype(int)
    green = np.abs(shown - np.array([0x2F, 0x7D, 0x5B])).max(axis=2) < 12
    assert green.any()  # thin letters keep their colour


def test_an_empty_circle_shows_a_mode_that_was_lost() -> None:
    nothing = np.asarray(point_panel(np.full((4, 2), 9.0), RING)).astype(int)
    without = np.asarray(point_panel(np.full((4, 2), 9.0), RING.__class__((RING.centres[4],), RING.sigma))).astype(int)
    at = round(PANEL / 2 + PANEL / 2.5)  # the mode at (1, 0)
    around = (slice(PANEL // 2 - 12, PANEL // 2 + 12), slice(at - 12, at + 12))
    assert (np.abs(nothing - without)[around].max(axis=2) > 15).sum() > 30
    assert np.abs(nothing[PANEL // 2, at] - without[PANEL // 2, at]).max() == 0  # it is hollow


def test_recipes_stand_in_the_order_of_their_papers() -> None:
    names = zoo.in_order_of_papers()
    assert sorted(names) == sorted(RECIPES.names())
    numbers = [zoo._number(name) or zoo.NO_PAPER for name in names]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 5


def test_what_cannot_be_meant_is_refused_before_any_training(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="--seeds 0"):
        zoo.run(seeds=0, out=tmp_path / "zoo")
    with pytest.raises(UnknownNameError, match="nonesuch"):
        zoo.run(sets=("ring",), recipes=("auto", "nonesuch"), out=tmp_path / "zoo")
    assert not (tmp_path / "zoo").exists()


def _attempts(run: RunFolder) -> tuple[int, int]:
    return run.journal.attempts(), len(run.journal.records())


@pytest.mark.slow
def test_a_zoo_goes_on_where_it_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "zoo"
    zoo.run(sets=("ring",), recipes=("auto",), seeds=1, kimg=2.0, out=out)
    said = capsys.readouterr().out
    assert "1 of 1: ring, auto, seed 0" in said
    assert "8 modes" in said
    figures = json.loads((out / "zoo.json").read_text())
    (row,) = figures["sets"]["ring"]["recipes"]
    assert row["recipe"] == "auto"
    assert row["trainings"][0]["scores"]["modes"] <= 8
    assert figures["machine"]["cores"] > 0
    with Image.open(out / "zoo.png") as picture:
        assert picture.width == WIDTH

    run = RunFolder.open(next((out / "ring-auto-0").glob("0001-*")))
    before = _attempts(run)
    zoo.run(sets=("ring",), recipes=("auto",), seeds=1, kimg=2.0, out=out, markdown=True)
    said = capsys.readouterr().out
    assert "1 of 1 trainings are complete already." in said
    assert "| auto |" in said
    assert _attempts(run) == before

    longer = Training("ring", "auto", 0, 3.0)  # is another training: the first one does not stand for it
    other = carry_out([longer], {"ring": open_source("ring", DataOptions())}, out, lambda text: None)[longer]
    assert other.path != run.path
    assert other.facts()["recipe"]["budget"]["kimg"] == 3.0


@pytest.mark.slow
def test_an_interrupted_training_goes_on_and_a_diverged_one_is_a_result(tmp_path: Path) -> None:
    sources = {"ring": open_source("ring", DataOptions())}
    half, broken = Training("ring", "auto", 0, 2.0), Training("ring", "auto", 1, 2.0)
    for training in (half, broken):
        ganforge.train("ring", replace(training.options(), out=tmp_path / training.folder, threads=1))
    runs = {training: RunFolder.open(next((tmp_path / training.folder).iterdir())) for training in (half, broken)}
    runs[half].beat("interrupted")
    runs[broken].beat(DIVERGED)
    assert not has_ended(runs[half])
    before = runs[broken].journal.attempts()
    told: list[str] = []
    ended = carry_out([half, broken], sources, tmp_path, told.append)
    assert ended[half].path == runs[half].path  # the same run, not a new one
    assert runs[half].journal.attempts() == 2
    assert runs[broken].journal.attempts() == before
    assert ended[broken].status() == DIVERGED
    assert told == ["1 of 2 trainings are complete already.", "1 of 1: ring, auto, seed 0."]


def _with(arguments: Callable[[Training, Path], list[str]], *more: str) -> Callable[[Training, Path], list[str]]:
    return lambda training, out: [*arguments(training, out), *more]


@pytest.mark.slow
def test_a_training_that_ends_unhealthy_does_not_end_the_zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a learning rate of 1e30 every number is soon lost."""
    monkeypatch.setattr(Training, "arguments", _with(Training.arguments, "--set", "generator.lr.start=1e30"))
    monkeypatch.setattr(
        Training,
        "options",
        lambda self: ganforge.Options(
            recipe=self.recipe,
            kimg=self.kimg,
            seed=self.seed,
            settings={"generator.lr.start": "1e30"},
            doctor="off",
        ),
    )
    training, told = Training("ring", "auto", 0, 2.0), list[str]()
    runs = carry_out([training], {"ring": open_source("ring", DataOptions())}, tmp_path, told.append)
    assert runs[training].status() == DIVERGED
    assert told == ["1 of 1: ring, auto, seed 0 diverged."]


def test_a_training_that_fails_otherwise_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Training, "arguments", _with(Training.arguments, "--size", "none"))
    with pytest.raises(MachineError, match="ganforge train ring --recipe auto"):
        carry_out(
            [Training("ring", "auto", 0, 2.0)],
            {"ring": open_source("ring", DataOptions())},
            tmp_path,
            lambda text: None,
        )


def test_a_run_of_another_recipe_is_not_taken_for_this_one(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "ring")
    facts: Json = {key: {} for key in ("data", "domain", "options", "plan", "recipe", "seed")}
    run.write_facts({**facts, "recipe": {"name": "one"}})
    assert find_run(tmp_path, {"name": "another"}) is None
    assert find_run(tmp_path / "nothing", {"name": "one"}) is None
    found = find_run(tmp_path, {"name": "one"})
    assert found is not None and found.path == run.path
    retold = find_run(tmp_path, {"name": "one", "why": "told in other words", "lineage": None})
    assert retold is not None and retold.path == run.path
    assert not has_ended(found)
    assert not has_ended(None)
