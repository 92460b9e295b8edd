"""The doctor is a fold: pure, the same on a journal as live, and taken up again where it was left."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.core.contracts import Advice, Doctor
from ganforge.core.records import Change, Event, Finding, Remedy, Started, StepRecord, Treated, TreatmentJudged
from ganforge.core.settings import Json
from ganforge.runs.files import from_text, to_text
from ganforge.runs.recorder import journal_record
from ganforge.watch._chart import Chart
from ganforge.watch.doctor import Physician, State, Treating, examine, replay
from tests.watch.journals import SOUND_DATA, TOTAL, Course, Values, always, sound, spoiled, told

COLLAPSED = always(variety=0.02, coverage=0.03, average_coverage=0.03, fidelity=0.8)
REMEDY = Remedy("some", "change something", (Change("batch", 2, 4),), reinitialise=frozenset({"generator"}))


def collapsing(after: float = 0.3) -> Course:
    return spoiled(sound(), COLLAPSED, after=after)


def broken(progress: float) -> Values:
    return {"generator.adversarial": math.nan} if progress > 0.5 else {}


@dataclass
class Remembering:
    """A course that treats the first alarm, judges it at the third event after, and counts how often it was asked."""

    asked: int = 0
    treated_at: int | None = None
    seen: list[Event] = field(default_factory=list)

    def advise(self, chart: Chart, findings: tuple[Finding, ...], event: Event) -> Advice:
        self.asked += 1
        self.seen.append(event)
        if findings and self.treated_at is None:
            self.treated_at = self.asked
            return Advice(told=findings, remedy=REMEDY, because=findings[0].ailment)
        if self.treated_at is not None and self.asked == self.treated_at + 3:
            return Advice(
                told=(TreatmentJudged(chart.step, chart.kimg, 1, worked=False, words="Nothing has changed."),)
            )
        return Advice()

    def save(self) -> Json:
        return {"asked": self.asked, "treated_at": self.treated_at}

    def restore(self, saved: Json) -> None:
        self.asked, self.treated_at = saved["asked"], saved["treated_at"]


def through_text(saved: Json) -> Json:
    """As a checkpoint keeps it."""
    read = from_text(to_text(saved))
    assert read is not None
    return read


def journal(events: Iterator[Event] | list[Event]) -> list[Json]:
    return [through_text(journal_record(event)) for event in events]


def test_it_keeps_the_contract() -> None:
    assert isinstance(Physician(None), Doctor)
    assert isinstance(Remembering(), Treating)


def test_the_fold_changes_nothing_that_it_is_given() -> None:
    state = State()
    for event in told(collapsing(), looks=30, until=0.6):
        before = repr(state)
        once, again = examine(state, event), examine(state, event)
        assert repr(state) == before
        assert once == again
        state = once[0]


def test_a_watching_doctor_tells_and_advises_nothing() -> None:
    doctor = Physician(None)
    advice = [doctor.see(event) for event in told(collapsing(), looks=30)]
    assert any(each.told for each in advice)
    assert all(each == Advice(told=each.told) for each in advice)


@pytest.mark.parametrize("course", [sound(), collapsing(), spoiled(sound(), broken)])
def test_a_journal_read_again_tells_what_was_told_live(course: Course) -> None:
    doctor, lines, live = Physician(None), list[Json](), list[Finding]()
    for event in told(course, looks=30, between=1, examined=lambda progress: 1.0 - progress):
        said = doctor.see(event).told
        live += [finding for finding in said if isinstance(finding, Finding)]
        lines += journal([event, *said])
    assert [repr(finding) for finding in replay(lines)] == [repr(finding) for finding in live]


def test_a_treated_run_read_again_tells_what_was_told_live() -> None:
    doctor, lines, live = Physician(Remembering()), list[Json](), list[Finding]()
    events = list(told(collapsing(), looks=40, between=0))
    for event in events:
        advice = doctor.see(event)
        live += [finding for finding in advice.told if isinstance(finding, Finding)]
        lines += journal([event, *advice.told])
        if advice.remedy is not None and isinstance(event, StepRecord):
            treated = Treated(event.step, event.kimg, 500, 0.1 * TOTAL, event.step, 1, advice.because, advice.remedy)
            doctor.see(treated)
            lines += journal([treated])
    assert len(live) > 1
    assert replay(lines) == live


@pytest.mark.parametrize("course", [collapsing(), spoiled(sound(), broken)])
@given(cut=st.integers(0, 18))
@settings(max_examples=4)
def test_taken_up_again_at_any_event_it_goes_on_as_if_nothing_had_been(course: Course, cut: int) -> None:
    events = list(told(course, looks=24, between=0, examined=lambda progress: 1.0 - progress, until=0.75))
    whole, first, second = Physician(Remembering()), Physician(Remembering()), Physician(Remembering())
    said = [whole.see(event) for event in events]
    for event in events[:cut]:
        first.see(event)
    second.restore(through_text(first.save()))
    assert [repr(second.see(event)) for event in events[cut:]] == [repr(each) for each in said[cut:]]
    assert to_text(second.save()) == to_text(whole.save())
    assert second.well == whole.well


def test_what_is_saved_is_plain_and_small() -> None:
    doctor = Physician(None)
    for event in told(sound(), looks=100):
        doctor.see(event)
    text = to_text(doctor.save())
    assert json.loads(text)
    assert len(text) < 150_000


def test_what_is_found_is_told_once() -> None:
    told_of = [each.ailment for each in _findings(told(collapsing(), looks=40))]
    assert len(told_of) == len(set(told_of)) + (told_of.count("mode-collapse") - 1)
    assert "mode-collapse" in told_of


def test_after_a_treatment_the_same_is_told_again_but_not_what_lies_in_the_data() -> None:
    doctor = Physician(None)
    events = list(told(collapsing(0.2), looks=40, between=0, data={**SOUND_DATA, "data.train": 20.0}))
    first = [finding for event in events[:30] for finding in _found(doctor.see(event))]
    assert doctor.see(Treated(0, 0.0, 500, 0.1 * TOTAL, 0, 1, "mode-collapse", REMEDY)) == Advice()
    assert not doctor.well
    again = [finding for event in events[6:30] for finding in _found(doctor.see(event))]
    assert "data-trouble" in {finding.ailment for finding in first}
    assert "mode-collapse" in {finding.ailment for finding in again}
    assert "data-trouble" not in {finding.ailment for finding in again}


def test_judgements_of_the_course_are_passed_on_after_the_findings() -> None:
    doctor = Physician(Remembering())
    kinds = [[type(each) for each in doctor.see(event).told] for event in told(collapsing(), looks=40, between=0)]
    assert [TreatmentJudged] in kinds
    assert all(kind.count(Finding) == len(kind) - kind.count(TreatmentJudged) for kind in kinds)


def test_nothing_is_well_before_anything_can_be_known_nor_when_something_is_suspected() -> None:
    well = _well(told(sound(), looks=40, between=0))
    assert not well[1] and all(well[30:])
    assert not any(_well(told(collapsing(0.5), looks=40, between=0))[-15:])


def test_suspicion_comes_before_the_alarm() -> None:
    slightly = spoiled(sound(), always(variety=0.25, coverage=0.3, average_coverage=0.3, fidelity=0.3), after=0.5)
    worse = spoiled(slightly, COLLAPSED, after=0.8)
    doctor, alarmed = Physician(None), False
    for event in told(worse, looks=40, between=0, until=0.9):
        alarmed = alarmed or any(each.ailment == "mode-collapse" for each in _found(doctor.see(event)))
        if isinstance(event, StepRecord) and 0.7 < event.kimg / TOTAL < 0.8:
            assert not doctor.well and not alarmed
    assert alarmed


class Counting(dict[str, float]):
    """Values that count how often one of them is asked for."""

    asked = 0

    def get(self, key: Any, default: Any = None) -> Any:
        Counting.asked += 1
        return super().get(key, default)

    def __getitem__(self, key: str) -> float:
        Counting.asked += 1
        return super().__getitem__(key)


def test_a_look_costs_the_same_at_any_age_of_the_run_and_unwatched_records_nearly_nothing() -> None:
    state, watched, plain = State(), list[int](), list[int]()
    for event in told(sound(), looks=100, between=1):
        counted = (
            StepRecord(event.step, event.kimg, Counting(event.values), 1.0) if isinstance(event, StepRecord) else event
        )
        Counting.asked = 0
        state, _ = examine(state, counted)
        if isinstance(event, StepRecord):
            (watched if "probe.apart" in event.values else plain).append(Counting.asked)
    assert max(watched[50:]) <= max(watched[20:50]) + 50
    assert max(watched) < 1000
    assert max(plain) < 5  # by the types that are checked in tests


def test_an_old_journal_without_probes_tells_what_can_be_told() -> None:
    def old(progress: float) -> Values:
        return {"generator.adversarial": math.exp(20.0 * progress), "discriminator.adversarial": 1.0}

    records: list[Mapping[str, Any]] = [{"event": "started", "step": 0, "kimg": 0.0, "total_kimg": 100.0, "attempt": 1}]
    for number in range(1, 101):
        values = old(number / 100.0)
        records.append(
            {"event": "record", "step": number, "kimg": float(number), "samples_per_second": 1.0} | {"values": values}
        )
    records.append({"event": "something new", "step": 100})
    found = replay(dict(record) for record in records)
    assert {finding.ailment for finding in found} == {"divergence"}


def test_a_resumed_run_keeps_its_length() -> None:
    doctor = Physician(None)
    for event in (Started(0, 0.0, 100.0, 1), Started(50, 50.0, 100.5, 2)):
        doctor.see(event)
    assert doctor.save()["chart"]["total_kimg"] == 100.0


def _findings(events: Iterator[Event]) -> list[Finding]:
    doctor = Physician(None)
    return [finding for event in events for finding in _found(doctor.see(event))]


def _found(advice: Advice) -> list[Finding]:
    return [each for each in advice.told if isinstance(each, Finding)]


def _well(events: Iterator[Event]) -> list[bool]:
    doctor, well = Physician(None), list[bool]()
    for event in events:
        doctor.see(event)
        well.append(doctor.well)
    return well
