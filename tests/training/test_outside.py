"""A training obeys what is asked of it from outside, and ends with the same bits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from ganforge.core.contracts import Observer
from ganforge.core.records import CheckpointSaved, Decision, Event, Sampled, StepRecord
from ganforge.runs.control import Command, Control
from ganforge.training.loop import Loop
from ganforge.training.outside import Outside
from ganforge.training.state import collect
from tests.training.small import Witness, a_loop, assert_same

STEPS = 12


@dataclass
class Asking:
    """An observer that asks for things at certain steps, as a page would from another process."""

    control: Control
    wishes: dict[int, tuple[Command, ...]]
    ids: list[str] = field(default_factory=list)
    beats: list[str] = field(default_factory=list)

    def see(self, event: Event) -> None:
        if isinstance(event, StepRecord):
            self.ids += [self.control.ask(wish) for wish in self.wishes.pop(event.step, ())]

    def beat(self, state: str) -> None:
        """Whoever waits is told to go on once it is seen to be paused."""
        self.beats.append(state)
        if state == "paused" and self.beats.count("paused") == 2:
            self.ids.append(self.control.ask("resume"))

    def answers(self) -> list[str]:
        return [told.state if (told := self.control.answered(each)) else "none" for each in self.ids]


Make = Callable[..., tuple[Loop, Asking, Witness]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(
        wishes: dict[int, tuple[Command, ...]], limit_seconds: float | None = None
    ) -> tuple[Loop, Asking, Witness]:
        control = tmp_path / "control"
        control.mkdir()
        asking, witness = Asking(Control(control), wishes), Witness([])
        observers: list[Observer] = [witness, asking]
        loop = a_loop(tmp_path / "asked", steps=STEPS, observers=observers, draw=lambda: torch.zeros(3))
        loop._outside = Outside(asking.control, asking.beat, every=0.0)
        loop._limit_seconds = limit_seconds
        return loop, asking, witness

    return made


def test_pausing_saving_and_drawing_in_between_change_no_bit(make: Make, tmp_path: Path) -> None:
    loop, asking, _ = make({3: ("save", "sample"), 5: ("pause",), 8: ("sample", "save")})
    assert loop.run().reason == "done"
    assert asking.answers() == ["done"] * 6
    alone = a_loop(tmp_path / "alone", steps=STEPS)
    alone.run()
    assert_same(collect(loop.duel, loop.ema), collect(alone.duel, alone.ema))


def test_every_command_that_was_obeyed_is_journaled(make: Make) -> None:
    loop, asking, witness = make({2: ("save",), 4: ("pause",), 6: ("sample",), 7: ("stop",)})
    assert loop.run().reason == "interrupted"
    told = [event.what.split()[0].rstrip(",") for event in witness.events if isinstance(event, Decision)]
    assert told == ["Saved", "Paused", "Goes", "Drew", "Stops"]
    assert loop.step == 7
    assert asking.answers() == ["done"] * 5


def test_save_and_sample_do_so_at_once(make: Make) -> None:
    loop, _, witness = make({5: ("save", "sample")})
    loop.run()
    assert 5 in [event.step for event in witness.events if isinstance(event, CheckpointSaved)]
    assert 5 in [event.step for event in witness.events if isinstance(event, Sampled)]
    assert 5 in loop._checkpoints.steps() or loop._checkpoints.steps()[-1] == STEPS


def test_a_stop_saves_everything_and_the_run_can_go_on(make: Make, tmp_path: Path) -> None:
    loop, _, _ = make({4: ("stop",)})
    loop.run()
    assert loop._checkpoints.load().step == 4
    rest = a_loop(tmp_path / "asked", steps=STEPS)
    rest.resume()
    rest.run()
    whole = a_loop(tmp_path / "whole", steps=STEPS)
    whole.run()
    assert_same(collect(rest.duel, rest.ema), collect(whole.duel, whole.ema))


def test_a_pause_is_seen_from_outside_and_is_saved(make: Make) -> None:
    loop, asking, witness = make({5: ("pause",)})
    loop.run()
    assert asking.beats[:2] == ["paused", "paused"]
    assert asking.beats[-1] == "training"
    assert 5 in [event.step for event in witness.events if isinstance(event, CheckpointSaved)]


def test_a_pause_still_hears_a_stop(make: Make) -> None:
    loop, asking, _ = make({5: ("pause", "sample", "stop")})
    assert loop.run().reason == "interrupted"
    assert loop.step == 5
    assert asking.answers() == ["done"] * 3


def test_a_pause_ends_when_the_process_is_told_to_stop(make: Make) -> None:
    loop, asking, _ = make({5: ("pause",)})
    loop._asked_to_stop = lambda: "paused" in asking.beats
    assert loop.run().reason == "interrupted"
    assert loop.step == 5


def test_a_pause_counts_for_neither_the_time_limit_nor_the_speed(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def sleep(seconds: float) -> None:
        now[0] += 1000.0

    monkeypatch.setattr(time, "sleep", sleep)
    loop, _, witness = make({5: ("pause",)}, limit_seconds=60.0)
    update = loop._update

    def slow() -> None:
        now[0] += 1.0
        update()

    monkeypatch.setattr(loop, "_update", slow)
    assert loop.run().reason == "done"
    speeds = [event.samples_per_second for event in witness.events if isinstance(event, StepRecord)]
    assert speeds == pytest.approx([loop.duel.samples_per_step] * STEPS)


@pytest.mark.parametrize(("wishes", "refused"), [(("resume",), 0), (("pause", "pause"), 1)])
def test_what_makes_no_sense_now_is_refused(wishes: tuple[Command, ...], refused: int, make: Make) -> None:
    loop, asking, _ = make({5: wishes})
    assert loop.run().reason == "done"
    assert asking.answers()[refused] == "refused"


def test_rubbish_in_the_folder_is_refused_and_training_goes_on(make: Make, tmp_path: Path) -> None:
    loop, asking, _ = make({})
    (tmp_path / "control" / "command-00000000000000000001-0123abcd.json").write_bytes(b"\x00stop")
    assert loop.run().reason == "done"
    asking.ids.append("00000000000000000001-0123abcd")
    assert asking.answers() == ["refused"]


def test_looks_are_a_second_apart_by_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, now = [0], [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    class Counting(Control):
        def waiting(self) -> list[object]:  # type: ignore[override]
            looks[0] += 1
            return []

    outside = Outside(Counting(tmp_path), lambda state: None)
    loop = a_loop(tmp_path / "a", steps=40)
    loop._outside = outside
    update = loop._update

    def quarter() -> None:
        now[0] += 0.25
        update()

    monkeypatch.setattr(loop, "_update", quarter)
    loop.run()
    assert looks[0] == 10
