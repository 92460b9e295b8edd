"""Time to quality: what is trained, tables, targets, the file of all figures."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from tests.bench.pictures import a_set, text_of

from ganforge.bench import _quality_classifier, quality
from ganforge.bench._quality_eyes import CLASSIFIER, EXTRACTOR
from ganforge.bench._quality_figures import (
    FILE,
    PICTURE,
    Figures,
    JudgeUsed,
    SetUsed,
    panel_of,
    read_all,
    write_figures,
    write_picture,
)
from ganforge.bench._quality_scores import Beside, Distance, Judged, Row
from ganforge.bench._quality_targets import compare, lines_of, ratio_of, target_tables
from ganforge.bench._quality_trainings import TEXTBOOK, Asked, Snapshot, Trained
from ganforge.core.device import describe_machine
from ganforge.core.errors import DataError, SettingError, UnknownNameError
from ganforge.metrics._metric import Estimate


def estimate(value: float, reach: float = 0.1) -> Estimate:
    return Estimate(value, value - reach, value + reach, reach / 2)


def row(
    recipe: str, *distances: float, seed: int = 0, minutes: float = 1.0, also: bool = False, share: float = 0.5
) -> Row:
    """Looks at 10 s, 15 s, ... and at the end; the classifier's distances are a tenth."""
    asked = Asked(recipe, seed, minutes, also=also)
    marks: tuple[float | None, ...] = (*asked.marks[: len(distances) - 1], None)
    judged = tuple(
        Judged(
            Snapshot(mark, mark or 60 * minutes + 1, 8.0, "x"),
            (
                Distance(EXTRACTOR, estimate(distance + 1), estimate(distance)),
                Distance(CLASSIFIER, estimate(distance / 10 + 1), estimate(distance / 10)),
            ),
        )
        for mark, distance in zip(marks, distances, strict=True)
    )
    beside = tuple(Beside(name, estimate(share), estimate(0.6)) for name in ("precision", "recall", "coverage"))
    return Row(Trained(asked, 9.0, tuple(each.snapshot for each in judged)), judged, beside)


def figures(*rows: Row, name: str = "clothes") -> Figures:
    return Figures(
        describe_machine("cpu"),
        "a machine",
        SetUsed(name, name.title(), "drawn", 28, 1, 60, 60, 40),
        (JudgeUsed(EXTRACTOR, "EfficientNet-Lite0 at 64 pixels", 1.0), JudgeUsed(CLASSIFIER, "a classifier", 1.0)),
        40,
        1.0,
        False,
        rows,
        compare(rows),
    )


def test_the_plan_names_every_training_once() -> None:
    plan = quality.Plan(("auto", "dcgan", "auto"), 10.0, (0.5,), 2, ("batch=8",), baseline=True, side_by_side=True)
    asked = plan.asked("clothes")
    assert len(set(asked)) == len(asked) == 4 + 2 + 4
    assert len({one.folder for one in asked}) == len(asked)
    assert {one.cores for one in asked} == {1}
    assert {one.data for one in asked} == {"clothes"}
    assert [one for one in asked if one.recipe == TEXTBOOK] == [
        Asked(TEXTBOOK, seed, 10.0, data="clothes", cores=1) for seed in (0, 1)
    ]
    assert {(one.minutes, one.recipe, one.seed) for one in asked if one.also} == {
        (0.5, recipe, seed) for recipe in ("auto", "dcgan") for seed in (0, 1)
    }
    alone = quality.Plan(("auto",), 10.0, (), 1, (), baseline=False, side_by_side=False)
    assert alone.asked() == [Asked("auto", 0, 10.0)]


def test_the_table_tells_distances_by_time_on_either_judge() -> None:
    rows = [row("auto", 50.0, 20.0, 10.0), row(TEXTBOOK, 90.0, 60.0, 30.0)]
    over = text_of(quality.over_time(rows, EXTRACTOR))
    for part in ("10 s", "15 s", "auto, seed 0", "50 ± 0.1", "20 ± 0.1", "10 ± 0.1 (61 s)", "9 s"):
        assert part in over
    assert "5 ± 0.1" in text_of(quality.over_time(rows, CLASSIFIER))


def test_of_many_moments_the_table_shows_some() -> None:
    rows = [row("auto", *[float(30 - i) for i in range(14)], minutes=11.0)]
    over = text_of(quality.over_time(rows, EXTRACTOR)).splitlines()[1]
    assert "30 s" in over
    assert "5 min" in over
    assert "45 s" not in over


def test_further_scores_stand_beside_their_floor() -> None:
    assert "0.500 (0.600)" in text_of(quality.at_the_end([row("auto", 5.0, 2.0, 1.0)]))


def test_a_recipe_is_held_against_the_textbook_of_its_own_seed() -> None:
    rows = [
        row("auto", 50.0, 20.0, 2.0, share=0.7),
        row("auto", 50.0, 45.0, 9.0, seed=1, share=0.7),
        row(TEXTBOOK, 90.0, 60.0, 30.0),
        row(TEXTBOOK, 90.0, 60.0, 40.0, seed=1, share=0.8),
    ]
    first, second = compare(rows)
    on = first.judges[0]
    assert (first.recipe, first.seed, on.judge, on.goal) == ("auto", 0, EXTRACTOR, 30)
    assert on.seconds == 15  # the first look at 30 or less: never sooner than it was seen
    assert on.ratio is not None
    assert on.ratio.value == pytest.approx(2 / 30)
    assert first.judges[1].goal == 3
    assert [(score.name, score.higher) for score in first.higher] == [("precision", True), ("coverage", True)]
    assert second.judges[0].seconds == 61
    assert [score.higher for score in second.higher] == [False, False]


def test_trainings_without_a_textbook_of_their_seed_are_held_against_nothing() -> None:
    assert compare([row("auto", 5.0, 2.0, 1.0), row(TEXTBOOK, 9.0, 3.0, seed=1)]) == ()


def test_a_training_planned_for_less_time_is_held_against_the_usual_length() -> None:
    rows = [row("auto", 50.0, 2.0), row(TEXTBOOK, 90.0, 30.0), row("auto", 40.0, 24.0, minutes=0.5, also=True)]
    (found,) = compare(rows)
    short = found.shorter[0]
    assert (short.minutes, short.judge, short.seconds) == (0.5, EXTRACTOR, 31)
    assert short.ratio is not None
    assert short.ratio.value == pytest.approx(0.8)


def test_the_ratio_is_as_unsure_as_its_parts() -> None:
    def distance(value: float, error: float) -> Distance:
        return Distance(EXTRACTOR, estimate(1.0), Estimate(value, value - error, value + error, error))

    ratio = ratio_of(distance(10.0, 1.0), distance(100.0, 5.0))
    assert ratio is not None
    assert ratio.value == pytest.approx(0.1)
    assert ratio.error == pytest.approx(math.hypot(0.01, 0.005))
    assert ratio.low < 0.1 < ratio.high
    assert ratio_of(distance(10.0, 1.0), distance(-0.1, 1.0)) is None
    below = ratio_of(distance(-1.0, 1.0), distance(100.0, 5.0))
    assert below is not None
    assert below.value < 0


def test_the_targets_are_told_a_seed_and_in_the_middle() -> None:
    rows = [row(TEXTBOOK, 90.0, 60.0, 30.0, seed=seed) for seed in range(3)]
    rows += [row("auto", 50.0, last * 2, last, seed=seed, share=0.6) for seed, last in enumerate((2.0, 4.0, 35.0))]
    rows += [row("auto", 50.0, 29.0, seed=seed, minutes=0.4, also=True) for seed in range(3)]
    compared = compare(rows)
    lines = {line.name: line for line in lines_of(compared)}
    soon = lines[f"as good as the textbook's end, {EXTRACTOR}"]
    assert soon.cells == ("15 s", "15 s", "not reached")
    assert soon.middle == "15 s; within 30 s: 2 of 3"
    ratio = lines[f"share of the textbook's distance, {EXTRACTOR}"]
    assert ratio.cells[0].startswith("0.067 (")
    assert ratio.middle == "0.133; at most 0.1: 1 of 3"
    assert lines["precision at the end (the textbook's)"].middle == "3 of 3"
    assert lines["precision at the end (the textbook's)"].cells[0] == "0.600 (0.500)"
    assert lines[f"of 0.4 min: as good as the textbook's end, {EXTRACTOR}"].cells[0] == "25 s"
    (table,) = target_tables(compared, 1.0)
    printed = text_of(table)
    for part in ("auto beside the textbook's 1 min", "seed 2", "median", "within 30 s: 2 of 3"):
        assert part in printed


def test_everything_that_is_told_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    quality.print_figures(figures(row("auto", 50.0, 2.0), row(TEXTBOOK, 90.0, 30.0)))
    printed = capsys.readouterr().out
    for part in ("on efficientnet", "on classifier", "share of the textbook's", "One training at a time", "a machine"):
        assert part in printed


def test_without_the_baseline_nothing_is_said_of_targets() -> None:
    assert figures(row("auto", 5.0, 2.0, 1.0)).targets == ()


def test_the_figures_of_all_sets_are_read_back_and_drawn(tmp_path: Path) -> None:
    written = [
        figures(row("auto", 50.0, 2.0), row("auto", 9.0, minutes=0.5, also=True), row(TEXTBOOK, 90.0, 30.0), name=name)
        for name in ("digits", "fashion")
    ]
    for one in written:
        (tmp_path / one.pictures.name).mkdir()
        write_figures(one, tmp_path / one.pictures.name)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / FILE).write_text("{}", encoding="utf-8")
    assert read_all(tmp_path) == written
    content = json.loads((tmp_path / "digits" / FILE).read_text(encoding="utf-8"))
    assert content["machine"]["processor"] == describe_machine("cpu").processor
    write_picture(read_all(tmp_path), tmp_path)
    assert (tmp_path / PICTURE).stat().st_size > 1000
    panel = panel_of(written[0], written[0].judges[1])
    assert [(curve.name, curve.baseline) for curve in panel.curves] == [("auto", False), (TEXTBOOK, True)]
    assert [point.value for point in panel.curves[0].points] == [5.0, 0.2]
    assert "Digits" in panel.title


@pytest.mark.parametrize("flags", [{"minutes": 0.0}, {"seeds": 0}, {"also_minutes": (0.5, 0.0)}])
def test_senseless_lengths_are_refused(flags: dict[str, float]) -> None:
    with pytest.raises(SettingError, match="above 0"):
        quality.run(**flags)  # type: ignore[arg-type]


def test_what_is_missing_or_unknown_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no recipe called 'nogan'"):
        quality.run(recipes=("dcgan", "nogan"))
    with pytest.raises(UnknownNameError, match="'faces'"):
        quality.run(data=("digits", "faces"), out=tmp_path)
    with pytest.raises(DataError, match="npm pack"):
        quality.run(data=("digits", "emoji"), out=tmp_path)
    with pytest.raises(SettingError, match=r"--pictures 5000: .* to 3,990"):
        quality.run(data=("digits",), pictures=5000, out=tmp_path)
    with pytest.raises(SettingError, match="no batch of the textbook's"):
        quality.run(data=("digits",), pictures=20, out=tmp_path)
    with pytest.raises(SettingError, match="Nothing is to be trained"):
        quality.run(recipes=(), baseline=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_set_is_trained_on_judged_and_kept_and_not_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_quality_classifier, "STEPS", 5)
    settings = ("networks.settings.width=2", "networks.settings.discriminator_width=2", "batch=16")
    plan = quality.Plan(("dcgan",), 0.005, (), 1, settings, baseline=True, side_by_side=False)
    quality.measure(a_set(80, 40), 20, plan, tmp_path)
    (found,) = read_all(tmp_path)
    assert [str(one.trained.asked) for one in found.trainings] == ["dcgan, seed 0", "textbook, seed 0"]
    assert [judge.name for judge in found.judges] == [EXTRACTOR, CLASSIFIER]
    assert all(len(one.end.distances) == 2 for one in found.trainings)
    assert len(found.targets) == 1
    place = tmp_path / "clothes"
    assert {"dcgan-0.png", "textbook-0.png", FILE} <= {file.name for file in place.iterdir()}
    kept = {file: file.stat().st_mtime_ns for file in place.glob("*/*.safetensors")}
    quality.measure(a_set(80, 40), 20, plan, tmp_path)
    assert read_all(tmp_path) == [found]
    assert {file: file.stat().st_mtime_ns for file in place.glob("*/*.safetensors")} == kept
