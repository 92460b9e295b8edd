"""What happens in a training is written down."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from ganforge.core.records import CheckpointSaved, Decision, Event, Sampled, Started, StepRecord, Stopped
from ganforge.runs.folder import RunFolder
from ganforge.runs.recorder import Recorder
from ganforge.runs.tensorboard import TensorBoard

STORY: tuple[Event, ...] = (
    Started(0, 0.0, 10.0, 1),
    Sampled(0, 0.0, torch.zeros(2, 3)),
    StepRecord(5, 0.5, {"discriminator.adversarial": 0.7, "discriminator.r1": math.inf}, 900.0),
    CheckpointSaved(5, 0.5),
    Decision(6, "Memory ran out.", {"micro_batches": 2.0}),
    Stopped(7, 0.7, "not finite", "Training stopped."),
)


def picture(samples: Tensor) -> Image.Image:
    return Image.new("RGB", (len(samples), 1))


def test_every_event_is_a_line_of_the_journal(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "story")
    recorder = Recorder(folder, picture)
    for event in STORY:
        recorder.see(event)
    records = folder.journal.records()
    assert [record["event"] for record in records] == ["started", "sampled", "record", "saved", "decision", "stopped"]
    assert records[2]["values"] == {"discriminator.adversarial": 0.7, "discriminator.r1": math.inf}
    assert records[4]["changes"] == {"micro_batches": 2.0}
    assert records[5]["reason"] == "not finite"
    assert folder.status() == "not finite"
    with Image.open(folder.samples / "00000000.png") as drawn:
        assert drawn.size == (2, 1)


def test_a_resume_takes_back_what_was_done_after_the_checkpoint(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "story")
    recorder = Recorder(folder, picture)
    for step in (5, 10, 15):
        recorder.see(StepRecord(step, step / 10, {}, 1.0))
    recorder.see(Started(5, 0.5, 10.0, 2))
    recorder.see(StepRecord(10, 1.0, {}, 1.0, attempt=2))
    steps = [record["step"] for record in folder.journal.records() if record["event"] == "record"]
    assert steps == [5, 10]


def test_the_journal_is_plain_json(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "story")
    recorder = Recorder(folder, picture)
    for event in STORY:
        recorder.see(event)

    def refuse(constant: str) -> float:
        raise ValueError(constant)

    for line in (folder.path / "journal.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=refuse)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # tensorboardX's own
def test_tensorboard_gets_every_value(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path / "board")
    for event in STORY:
        board.see(event)
    (file,) = (tmp_path / "board").iterdir()
    content = file.read_bytes()
    assert b"discriminator/adversarial" in content
    assert b"samples_per_second" in content
