"""The hospital: cases are trained once, judged by what a user gets, and not trained again."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.bench.hospital import TINY

from ganforge.bench import _hospital_recording as recording
from ganforge.bench._hospital_cases import Case, length
from ganforge.bench._hospital_recording import (
    Outcome,
    complete_inspections,
    read_outcome,
    record,
    record_case,
    training_rows,
)
from ganforge.bench._hospital_workers import carried_out
from ganforge.core.contracts import DataOptions
from ganforge.data._opening import open_source
from ganforge.watch.inspection import inspect


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    out = tmp_path_factory.mktemp("hospital")
    return out, record_case(TINY, out, "watch")


def test_a_recorded_case_keeps_journal_picture_and_outcome_and_no_weights(recorded: tuple[Path, Outcome]) -> None:
    out, outcome = recorded
    assert outcome.state == "done"
    assert 0.0 < outcome.measured.score < 10.0
    assert (outcome.run / "journal.jsonl").exists()
    assert len(list((outcome.run / "samples").glob("[0-9]*.png"))) == 1
    assert not (outcome.run / "checkpoints").exists()
    assert read_outcome(TINY, out) == outcome


def test_a_complete_case_is_skipped_and_a_changed_one_is_not(recorded: tuple[Path, Outcome]) -> None:
    out, outcome = recorded
    told: list[str] = []
    assert record([TINY], out, "watch", (0,), told.append) == [outcome]
    assert told == ["1 of 1 trainings are complete already."]
    assert read_outcome(replace(TINY, kimg=5.0), out) is None
    assert read_outcome(replace(TINY, name="never"), out) is None


def test_what_a_killed_recording_left_is_done_anew(tmp_path: Path) -> None:
    left = tmp_path / TINY.name / "0001-array"
    left.mkdir(parents=True)
    (left / "run.json").write_text("{}")
    outcome = record_case(replace(TINY, kimg=1.0), tmp_path, "off")
    assert len(list((tmp_path / TINY.name).iterdir())) == 2
    assert read_outcome(outcome.case, tmp_path) == outcome


def test_journals_of_before_get_what_is_looked_at_today_and_nothing_else_changes(
    recorded: tuple[Path, Outcome], tmp_path: Path
) -> None:
    old = tmp_path / TINY.name
    shutil.copytree(recorded[1].folder, old)
    outcome = replace(recorded[1], folder=old)
    journal = outcome.run / "journal.jsonl"
    before = journal.read_bytes()
    told: list[str] = []
    assert complete_inspections([outcome], told.append) == 0
    assert (journal.read_bytes(), told) == (before, [])
    lines = before.decode().split("\n")
    at = next(place for place, line in enumerate(lines) if '"inspected"' in line)
    values = json.loads(lines[at])["values"]
    assert values == inspect(open_source(training_rows(TINY), DataOptions())).values
    lines[at] = json.dumps({"event": "inspected", "values": {"data.count": 7.0, "data.former": 1.0}})
    journal.write_text("\n".join(lines))
    record([TINY], tmp_path, "treat", (0,), told.append)
    assert "data.gap" not in journal.read_text()
    record([TINY], tmp_path, "watch", (0,), told.append)
    after = journal.read_text().split("\n")
    assert json.loads(after.pop(at))["values"] == {**values, "data.count": 7.0, "data.former": 1.0}
    lines.pop(at)
    assert after == lines
    assert sum("1 journals got" in sentence for sentence in told) == 1


def test_the_longest_are_trained_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = length(TINY.data, TINY.recipe)
    times = {"twenty": 20.0, "one": 1.0, "ten": 10.0, "double": 2.0, "half": 0.5}
    begun: list[str] = []

    def begin(_work: object, jobs: Sequence[tuple[Case, Path, str]], _cores: Sequence[int]) -> list[Outcome]:
        begun.extend(case.name for case, _, _ in jobs)
        return []

    monkeypatch.setattr(recording, "carried_out", begin)
    cases = [replace(TINY, name=name, kimg=usual * factor) for name, factor in times.items()]
    record(cases, tmp_path, "watch", (0,), lambda text: None)
    assert begun == ["one", "double", "half", "ten", "twenty"]


def test_of_a_training_that_is_not_finite_the_kept_checkpoint_is_judged(tmp_path: Path) -> None:
    rates = {"generator.lr": 1e30, "discriminator.lr": 1e30}
    case = replace(TINY, name="wild", kimg=4.0, cause="both-rates-high", settings=rates)
    outcome = record_case(case, tmp_path, "off")
    assert outcome.state == "not finite"
    assert 0.0 < outcome.measured.score < math.inf
    assert outcome.measured.floor > 0.0
    assert read_outcome(case, tmp_path) == outcome


def test_rows_and_damage_reach_the_training() -> None:
    assert len(training_rows(replace(TINY, rows=100))) == 100
    assert len(training_rows(replace(TINY, damage="thirty"))) == 30


def test_jobs_in_processes_come_back_with_their_results() -> None:
    assert sorted(carried_out(abs, [-3, 2, -1], (0,))) == [1, 2, 3]
