"""The hospital as a command: recorded, replayed, rescued; and what watching changes, which is nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import pytest
from tests.bench.hospital import SICK, TINY, journalled, measured, ward_of

from ganforge.bench import doctor
from ganforge.bench._hospital_cases import Case
from ganforge.bench._hospital_cause import Half
from ganforge.bench._hospital_checks import compare_modes
from ganforge.bench._hospital_recording import Outcome, record_case
from ganforge.bench._hospital_rescue import curable
from ganforge.core.errors import RunError, SettingError


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    out = tmp_path_factory.mktemp("hospital")
    return out, record_case(TINY, out, "watch")


def test_the_command_replays_what_is_recorded(
    recorded: tuple[Path, Outcome], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, outcome = recorded
    cases = out.parent / "named" / "cases"
    cases.parent.mkdir(exist_ok=True)
    cases.symlink_to(out)
    monkeypatch.setattr(doctor, "all_cases", lambda: (TINY, SICK))
    doctor.run(part=("replay",), out=cases.parent, markdown=True)
    told = capsys.readouterr().out
    assert "1 of 2 cases are recorded" in told.replace("\n", " ")
    kept = json.loads((cases.parent / "replay-tuning.json").read_text())
    assert [case["name"] for case in kept["cases"]] == [outcome.case.name]
    with pytest.raises(RunError, match="--part record"):
        doctor.run(part=("replay",), out=out.parent / "empty")
    with pytest.raises(SettingError, match="from 0"):
        doctor.run(part=("replay",), cores=(-1,))


@pytest.mark.parametrize("part", ["fresh", "sealed"])
def test_a_later_part_is_recorded_with_its_twins_and_counted_alone(
    part: Literal["fresh", "sealed"],
    recorded: tuple[Path, Outcome],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "cases").symlink_to(recorded[0])
    own = replace(SICK, half=part)
    others = [replace(SICK, name=half, half=half) for half in get_args(Half) if half != part]
    monkeypatch.setattr(doctor, "all_cases", lambda: (TINY, *others, own))
    begun: list[Case] = []
    monkeypatch.setattr(doctor, "record", lambda wanted, *_: begun.extend(wanted))
    doctor.run(part=("record", "replay"), half=part, out=tmp_path, markdown=True)
    assert begun == [TINY, own]
    assert json.loads((tmp_path / f"replay-{part}.json").read_text())["cases"] == []  # a twin is another part's


def test_rescue_tells_of_what_is_done_without_training_and_when_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sick = [one for one in curable(ward_of(tmp_path)) if one.case.name in ("right", "late")]
    treated = replace(journalled(tmp_path / "treated", sick[0].case, measured(0.11)), state="done")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor._Bench, "_recorded", lambda bench: [])
    monkeypatch.setattr(doctor, "diagnose", lambda outcomes, replay: sick)
    monkeypatch.setattr(doctor, "read_outcome", lambda case, out: treated if case == treated.case else None)
    monkeypatch.setattr(doctor, "record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        doctor.run(part=("rescue",), half="both", out=tmp_path, markdown=True)
    told = capsys.readouterr().out
    assert "1 of 2 are treated so far" in told
    assert "Rescued: 1 of 1" in told.replace("\n", " ")
    doctor.run(part=("record", "rescue"), half="both", out=tmp_path, markdown=True, recorded=True)
    assert "1 of 2 are treated so far" in capsys.readouterr().out
    with pytest.raises(SettingError, match="--part grid"):
        doctor.run(part=("grid",), out=tmp_path, recorded=True)


def test_a_healthy_training_is_the_same_to_the_bit_whatever_the_doctor_may_do() -> None:
    found = compare_modes(replace(TINY, kimg=4.0))
    assert found.same
    assert found.treatments == 0
