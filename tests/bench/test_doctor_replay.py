"""The hospital: what the doctor said is counted by the protocol's rule, and so is what it mended."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from tests.bench.hospital import SICK, TINY, TWINS, journalled, measured, says, ward_of

from ganforge.bench._hospital_causes import CAUSES
from ganforge.bench._hospital_replay import Diagnosis, best_constant, confusion_sheet, diagnose, summary
from ganforge.bench._hospital_rescue import Rescue, curable, rescue_summary
from ganforge.core.records import Remedy, Treated, TreatmentJudged
from ganforge.watch._ailment import AILMENTS
from ganforge.watch.history import Treatment


@pytest.fixture
def ward(tmp_path: Path) -> list[Diagnosis]:
    return ward_of(tmp_path)


def test_only_the_first_alarm_in_the_first_half_counts(ward: list[Diagnosis]) -> None:
    right = {one.case.name: one.right for one in ward}
    assert [name for name in right if right[name]] == ["right", "mild-first"]
    assert {one.case.name for one in ward if one.false_alarm} == {"accused"}
    standing = {one.case.name: one.standing for one in ward}
    assert standing["harmless"] == "not sick"
    assert standing["poor"] == "unclear"
    assert standing["twin-0"] == standing["accused"] == "healthy"


def test_totals_have_intervals_and_misses_are_told_by_name(ward: list[Diagnosis]) -> None:
    told = "\n".join(summary(ward))
    assert "5 sick from 1 causes" in told
    assert "before half of the budget: 2 of 5 = 40.0% (95 % interval 5.3% to 85.3%)" in told
    assert "False alarms, at any time: 1 of 4" in told
    for name in ("late", "wrong", "nothing"):
        assert f"Missed: {name}" in told
    assert "Unclear: poor" in told


def test_a_twin_is_not_among_those_that_judge_it(tmp_path: Path) -> None:
    scores = (0.10, 0.11, 0.90)
    cases = [replace(TINY, name=f"twin-{seed}") for seed in range(3)]
    found = diagnose([journalled(tmp_path, *each) for each in zip(cases, map(measured, scores), strict=True)], says)
    assert [one.twin and one.twin.score for one in found] == [0.11, 0.10, 0.10]
    assert found[2].standing == "unclear"  # its own 0.90 would have made room for it
    alone = diagnose([journalled(tmp_path / "two", case, measured(0.1)) for case in cases[:2]], says)
    assert {one.standing for one in alone} == {"unclear"}


def test_chance_is_the_word_that_is_right_most_often(ward: list[Diagnosis]) -> None:
    sick = [one for one in ward if one.standing == "sick"]
    word, often = best_constant(sick)
    assert often == len(sick)
    assert word in CAUSES["rates-low"].names
    mixed = [*sick, *(replace(one, case=replace(one.case, cause="dead-start")) for one in sick)]
    assert best_constant(mixed)[1] == 2 * len(sick)  # both are stagnation, or a discriminator asleep
    assert best_constant([]) == ("nothing", 0)
    told = "\n".join(summary(ward))
    assert "would be right in 5 of 5" in told
    assert "would be right in 3 of 3" in told  # three had an alarm in time


def test_it_is_told_how_many_were_examined_and_how_many_have_no_measure(tmp_path: Path) -> None:
    outcomes = [journalled(tmp_path, replace(SICK, name="right"), measured(math.inf))]
    outcomes += [journalled(tmp_path, replace(TINY, name=f"twin-{seed}"), twin) for seed, twin in enumerate(TWINS)]
    with (outcomes[0].run / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps({"event": "examined", "step": 1, "kimg": 1.0}) + "\n")
    told = "\n".join(summary(diagnose(outcomes, says)))
    assert "1 of 4 journals hold examinations" in told
    assert "1 of the sick were recorded as infinitely far" in told


def test_the_confusion_table_counts_each_sick_case_once(ward: list[Diagnosis]) -> None:
    sheet = confusion_sheet(ward, AILMENTS.names())
    cells = dict(zip(sheet.headings, sheet.rows[0], strict=True))
    assert cells["cause"] == "rates-low"
    assert (cells["stagnation"], cells["mode-collapse"], cells["nothing in time"]) == ("2*", "1", "2")
    assert cells["right"] == "2 of 5"
    assert "moons/pacgan" in cells["not sick (not counted)"]
    healthy = dict(zip(sheet.headings, sheet.rows[-1], strict=True))
    assert (healthy["oscillation"], healthy["right"]) == ("1", "3 of 4")


def test_rescue_counts_kept_exchanges_of_the_objective_and_remedies(ward: list[Diagnosis]) -> None:
    one = next(one for one in curable(ward) if one.case.name == "right")
    remedy = Remedy("steady-objective", "...", ())
    treated = Treated(1, 1.0, 0, 0.0, 1, 1, "stagnation", remedy)
    treatment = Treatment(treated, TreatmentJudged(2, 2.0, 1, worked=True, words="."))
    better = Rescue(one, TWINS[1], measured(0.11), "done", (treatment,))
    worse = Rescue(one, TWINS[1], measured(0.9), "unhealthy", ())
    told = "\n".join(rescue_summary([better, worse]))
    assert "Rescued: 1 of 2" in told
    assert "steady-objective: tried 1 times, worked 1 times." in told
    assert "Worse than untreated beyond error: right." in told
    assert "0 of 2 were recorded as infinitely far untreated" in told


def test_rescues_of_the_doctors_own_reference_are_counted_apart(ward: list[Diagnosis]) -> None:
    one = next(one for one in curable(ward) if one.case.name == "right")
    own = replace(one, case=replace(one.case, recipe="auto"), measured=measured(math.inf))
    found = [Rescue(of, TWINS[1], measured(score), "done", ()) for of, score in ((own, 0.11), (one, 0.9), (one, 0.9))]
    told = "\n".join(rescue_summary(found))
    assert "Rescued: 1 of 3" in told
    assert "Of 'auto' with one thing spoiled: 1 of 1" in told
    assert "Of other recipes: 0 of 2" in told
    assert "1 of 3 were recorded as infinitely far untreated" in told
    assert "other recipes" not in "\n".join(rescue_summary(found[:1]))
