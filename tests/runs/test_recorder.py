"""What happens in a training is written down."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from ganforge.core.records import (
    Change,
    CheckpointSaved,
    Decision,
    Event,
    Finding,
    Inspected,
    Remedy,
    Sampled,
    Started,
    StepRecord,
    Stopped,
    Treated,
    TreatmentJudged,
)
from ganforge.core.settings import from_json
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


REMEDY = Remedy(
    "learning-rates",
    "lower the rate from 0.2 to 0.002",
    (Change("generator.lr", {"start": 0.2}, {"start": 0.002}), Change("generator.betas", (0.5, 0.9), (0.0, 0.99))),
    back_to="start",
    reinitialise=frozenset({"generator", "discriminator"}),
)
FROM_THE_DOCTOR: tuple[tuple[str, Event], ...] = (
    ("inspected", Inspected({"data.count": 40.0, "data.farthest": math.inf})),
    ("finding", Finding("a", "grave", 9, 0.9, 3, {"losses": math.nan, "worst": -math.inf}, "It fell over at 9.")),
    ("treated", Treated(9, 0.9, 0, 0.0, 9, 1, "a", REMEDY)),
    ("judged", TreatmentJudged(12, 1.2, 1, True, "It stands.")),
)


@pytest.mark.parametrize(("kind", "event"), FROM_THE_DOCTOR, ids=[kind for kind, _ in FROM_THE_DOCTOR])
def test_what_the_doctor_says_can_be_read_back_from_the_journal(kind: str, event: Event, tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "story")
    Recorder(folder, picture).see(event)
    (record,) = folder.journal.records()
    assert record.pop("event") == kind
    back = from_json(type(event), record)
    if kind == "treated":  # JSON has lists and no tuples
        assert isinstance(back, Treated)
        assert back.remedy.reinitialise == REMEDY.reinitialise
        assert back.remedy.changes[0] == REMEDY.changes[0]
        assert back.remedy.changes[1].new == [0.0, 0.99]
        assert (back.step, back.to_step, back.taken, back.number) == (9, 0, 9, 1)
    else:
        assert repr(back) == repr(event)  # a NaN equals nothing


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # tensorboardX's own
def test_tensorboard_is_told_what_the_doctor_says(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path / "board")
    for _, event in FROM_THE_DOCTOR:
        board.see(event)
    board.see(Stopped(7, 0.7, "unhealthy", "Nothing helped."))
    (file,) = (tmp_path / "board").iterdir()
    content = file.read_bytes()
    for told in (b"It fell over at 9.", b"lower the rate from 0.2 to 0.002", b"Treatment 1 worked"):
        assert told in content


def test_pictures_of_what_a_treatment_took_back_are_kept(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "story")
    recorder = Recorder(folder, picture)
    recorder.see(Sampled(5, 0.5, torch.zeros(2, 3), 5))
    recorder.see(Sampled(5, 0.5, torch.zeros(4, 3), 9))
    assert sorted(path.name for path in folder.samples.iterdir()) == ["00000005.png", "00000009.png"]
    assert [record["taken"] for record in folder.journal.records()] == [5, 9]
