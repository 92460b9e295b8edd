"""Events are read back from the journal as they were."""

from __future__ import annotations

import math

import pytest

from ganforge.core.events import read_event
from ganforge.core.records import (
    Change,
    CheckpointSaved,
    Decision,
    Event,
    Examined,
    Finding,
    Inspected,
    Remedy,
    Started,
    StepRecord,
    Stopped,
    Treated,
    TreatmentJudged,
)
from ganforge.runs.files import from_text, to_text
from ganforge.runs.recorder import journal_record

REMEDY = Remedy("some", "change it", (Change("a.b", [1, 2.5], None),), "start", frozenset({"generator", "other"}), 0.2)
EVENTS: list[Event] = [
    Started(0, 0.0, 100.0, 1),
    Started(20, 2.0, 100.0, 3, 50),
    StepRecord(5, 0.5, {"generator.adversarial": math.nan, "probe.real": -math.inf, "x": 1.0}, 10.0, 2),
    Examined(7, 0.7, math.inf, 0.1, 0.2, 0.3, kept=False, seconds=1.0),
    CheckpointSaved(8, 0.8),
    Decision(9, "Smaller parts.", {"parts": 2.0}),
    Stopped(9, 0.9, "done", "Complete."),
    Inspected({"data.count": 7.0}),
    Finding("divergence", "grave", 5, 0.5, 4, {"probe.real": math.nan}, "It runs away."),
    Treated(9, 0.9, 4, 0.4, 9, 1, "divergence", REMEDY),
    TreatmentJudged(12, 1.2, 1, worked=True, words="It is gone."),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_from_its_line_in_the_journal(event: Event) -> None:
    line = from_text(to_text(journal_record(event)))
    assert line is not None
    assert repr(read_event(line)) == repr(event)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"event": "something of another version", "step": 1},
        {"event": "sampled", "step": 1, "kimg": 0.1},
        {"event": "record", "step": 1},
        {"event": "record", "step": "one", "kimg": 0.1, "values": {}, "samples_per_second": 1.0},
        {"event": "finding", "ailment": "mode-collapse"},
    ],
)
def test_what_cannot_be_read_is_none(record: dict[str, object]) -> None:
    assert read_event(record) is None


def test_old_records_are_read_with_what_they_have() -> None:
    old = {"event": "started", "step": 30, "kimg": 3.0, "total_kimg": 100.0, "attempt": 2}
    assert read_event(old) == Started(30, 3.0, 100.0, 2, taken=30)
    gaps = {"event": "record", "step": 1, "kimg": 0.1, "values": {"a": None, "b": 1}, "samples_per_second": 1.0}
    assert read_event(gaps) == StepRecord(1, 0.1, {"b": 1.0}, 1.0)
