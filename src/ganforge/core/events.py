"""The events of a training, read back from what the journal holds of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganforge.core.errors import SettingError
from ganforge.core.records import (
    CheckpointSaved,
    Decision,
    Event,
    Examined,
    Finding,
    Inspected,
    Started,
    StepRecord,
    Stopped,
    Treated,
    TreatmentJudged,
)
from ganforge.core.settings import Json, from_json

_KINDS: Mapping[str, type[Any]] = {
    "started": Started,
    "resumed": Started,
    "record": StepRecord,
    "examined": Examined,
    "saved": CheckpointSaved,
    "decision": Decision,
    "stopped": Stopped,
    "inspected": Inspected,
    "finding": Finding,
    "treated": Treated,
    "judged": TreatmentJudged,
}


def read_event(record: Json) -> Event | None:
    """The event that one record of the journal tells of.

    None where there is none to read: samples lie in files of their own, and a record of another version may be of a
    kind that is not known here, or lack what its kind has now.

    Args:
        record: as `Journal.records()` gives it: numbers that are not finite are numbers again.
    """
    kind = _KINDS.get(str(record.get("event")))
    if kind is None:
        return None
    fields = {"taken": record.get("step"), **record} if kind is Started else record
    try:
        event: Event = from_json(kind, {name: _without_gaps(value) for name, value in fields.items()})
    except SettingError:
        return None
    return event


def _without_gaps(value: Any) -> Any:
    """Values that some version wrote as null are missing ones."""
    return {name: part for name, part in value.items() if part is not None} if isinstance(value, dict) else value
