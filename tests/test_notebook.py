"""What a cell of a notebook shows of a training."""

from __future__ import annotations

from typing import Any

import IPython.display
import pytest
from PIL import Image

from ganforge.core.records import Started, StepRecord, Stopped
from ganforge.notebook import LivePicture
from tests.watch.told import finding, judged, treated


class Output:
    """One output of a cell; remembers what it shows."""

    def __init__(self) -> None:
        self.shown = ""

    def update(self, content: Any) -> None:
        self.shown = content.data


def test_what_the_doctor_says_stays_below_the_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: list[Output] = []

    def display(content: Any, *, display_id: bool) -> Output:
        outputs.append(Output())
        return outputs[-1]

    monkeypatch.setattr(IPython.display, "display", display)
    live = LivePicture(lambda samples: Image.new("RGB", (1, 1)))
    for event in (Started(0, 0.0, 10.0, 1), finding(), treated(), StepRecord(80, 8.0, {}, 1.0), judged()):
        live.see(event)
    live.see(Stopped(100, 10.0, "done", "Training is complete."))
    lines = outputs[-1].shown.split("<br>")
    assert [line.partition("]")[0] for line in lines] == ["[6.0k samples", "[7.0k samples", "[9.0k samples"]
    assert "mode collapse (serious)" in lines[0]
    assert "generator&#x27;s" in lines[1], "what is told is text and no HTML"
    assert "worked" in lines[2]
    assert "Training is complete." in outputs[1].shown
