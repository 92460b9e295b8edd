"""Writes what happens in a training into its run folder."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from PIL import Image
from torch import Tensor

from ganforge.core.records import (
    CheckpointSaved,
    Decision,
    Event,
    Examined,
    Finding,
    Inspected,
    Sampled,
    Started,
    StepRecord,
    Stopped,
    Treated,
    TreatmentJudged,
)
from ganforge.core.settings import to_json
from ganforge.runs.files import telling, write_whole
from ganforge.runs.folder import RunFolder


class Recorder:
    """The observer that keeps the journal, the pictures of the fixed z, and the heartbeat."""

    def __init__(self, folder: RunFolder, picture: Callable[[Tensor], Image.Image]) -> None:
        """`picture` makes something to look at of samples as the networks see them."""
        self._folder = folder
        self._picture = picture

    def see(self, event: Event) -> None:
        """Journal the event; draw samples as samples/NNNNNNNN.png.

        Raises:
            RunError: the disk is full or refuses.
        """
        self._folder.journal.append(journal_record(event))
        match event:
            case Sampled():
                self._draw(event)
            case Stopped():
                self._folder.beat(event.reason)
            case _:
                self._folder.beat("training")

    def _draw(self, event: Sampled) -> None:
        path = self._folder.samples / f"{_taken(event):08d}.png"
        png = io.BytesIO()
        self._picture(event.samples).save(png, format="PNG")
        with telling(path):
            path.parent.mkdir(exist_ok=True)
            write_whole(path, png.getvalue())


def _taken(event: Sampled) -> int:
    """Updates ever done: what a treatment takes back keeps its pictures."""
    return event.step if event.taken is None else event.taken


def journal_record(event: Event) -> dict[str, Any]:
    """An event as one JSON object with its kind under "event"."""
    match event:
        case Started() if event.attempt > 1:
            return {"event": "resumed", "to_step": event.step, **to_json(event), "taken": event.taken or event.step}
        case Started():
            return {"event": "started", **to_json(event)}
        case Sampled():
            return {"event": "sampled", "step": event.step, "kimg": event.kimg, "taken": _taken(event)}
        case StepRecord():
            # msgspec would write a NaN as null; the journal keeps it
            return {
                "event": "record",
                "step": event.step,
                "kimg": event.kimg,
                "attempt": event.attempt,
                "samples_per_second": event.samples_per_second,
                "values": dict(event.values),
            }
        case Examined():
            return {"event": "examined", **asdict(event)}
        case CheckpointSaved():
            return {"event": "saved", **to_json(event)}
        case Decision():
            return {"event": "decision", **to_json(event)}
        case Stopped():
            return {"event": "stopped", **to_json(event)}
        case Inspected():
            return {"event": "inspected", **asdict(event)}
        case Finding():
            return {"event": "finding", **asdict(event)}
        case Treated():
            players = sorted(event.remedy.reinitialise)  # JSON knows no set
            return {"event": "treated", **asdict(event), "remedy": {**asdict(event.remedy), "reinitialise": players}}
        case TreatmentJudged():
            return {"event": "judged", **asdict(event)}
