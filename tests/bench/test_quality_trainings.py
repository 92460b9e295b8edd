"""The trainings of `bench quality`: copies of a running one, which go at the same time, what is not repeated."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tests.bench.pictures import clothes

import ganforge
from ganforge.bench._common import usable_cores
from ganforge.bench._quality_processes import FACTS, Begun, carry_out_all, lane_of, waves_of
from ganforge.bench._quality_trainings import (
    TEXTBOOK,
    Asked,
    Snapshot,
    Trained,
    Watcher,
    copy_checkpoint,
    pictures_at,
    program_of,
)
from ganforge.bench.textbook import FACTS as TEXTBOOK_FACTS
from ganforge.bench.textbook import Generator
from ganforge.core.errors import MachineError, SettingError
from ganforge.core.records import CheckpointSaved, Started, Stopped
from ganforge.runs.files import from_text
from ganforge.runs.folder import RunFolder

TINY = {"networks.settings.width": 2, "networks.settings.discriminator_width": 2}


@pytest.fixture(scope="module")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> ganforge.Run:
    options = ganforge.Options(
        recipe="dcgan",
        kimg=0.5,
        out=tmp_path_factory.mktemp("runs"),
        settings=TINY,
        threads=1,
        live=False,
        report=False,
    )
    return ganforge.train(clothes(64), options)


class Watched:
    """A copy of a tiny run; and a clock that is set by hand."""

    def __init__(self, run: ganforge.Run, folder: Path) -> None:
        self.now = 0.0
        self.folder = RunFolder(shutil.copytree(run.path, folder / "runs" / "0001-array"))
        self.keep = folder / "snapshots"
        self.keep.mkdir()

    def watcher(self, *marks: float) -> Watcher:
        return Watcher(self.folder, self.keep, marks, lambda: self.now)

    def tell(self, watcher: Watcher, now: float, kind: type, step: int = 0) -> None:
        """A checkpoint is saved at that step, where one is told of."""
        self.now = now
        if kind is Started:
            watcher.see(Started(0, 0.0, 1.0, 1))
        elif kind is Stopped:
            watcher.see(Stopped(step, step / 1000, "done", ""))
        else:
            checkpoint = self.folder.checkpoints.load()
            self.folder.checkpoints.save(step, checkpoint.tensors, checkpoint.facts)
            watcher.see(CheckpointSaved(step, step / 1000))


def test_what_is_kept_for_a_moment_was_there_at_that_moment(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    watched = Watched(tiny_run, tmp_path)
    watcher = watched.watcher(30.0, 60.0, 120.0)
    watched.tell(watcher, 7.0, Started)
    for now, step in ((7.5, 1000), (20.0, 1001), (33.0, 1002), (40.0, 1003), (97.0, 1004), (130.0, 1005)):
        watched.tell(watcher, now, CheckpointSaved, step)
    watched.tell(watcher, 150.0, Stopped, 1006)
    assert watcher.start_up == 7
    found = [(snapshot.mark, snapshot.seconds, round(snapshot.kimg * 1000)) for snapshot in watcher.snapshots]
    assert found == [(30, 26, 1002), (60, 33, 1003), (120, 90, 1004), (None, 143, 1006)]
    assert {path.name for path in watched.keep.iterdir()} == {"step-1002", "step-1003", "step-1004", "step-1005"}


def test_a_checkpoint_that_serves_two_moments_is_kept_once(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    watched = Watched(tiny_run, tmp_path)
    watcher = watched.watcher(15.0, 30.0)
    watched.tell(watcher, 0.0, Started)
    watched.tell(watcher, 1.0, CheckpointSaved, 1000)
    watched.tell(watcher, 50.0, CheckpointSaved, 1001)
    watched.tell(watcher, 60.0, Stopped, 1001)
    assert [snapshot.place for snapshot in watcher.snapshots[:2]] == ["snapshots/step-1000"] * 2


def test_a_step_that_is_saved_twice_is_one_look(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    watched = Watched(tiny_run, tmp_path)
    watcher = watched.watcher(30.0)
    watched.tell(watcher, 0.0, Started)
    for now, step in ((10.0, 1000), (20.0, 1001), (25.0, 1001), (50.0, 1002)):
        watched.tell(watcher, now, CheckpointSaved, step)
    assert [(snapshot.mark, snapshot.seconds) for snapshot in watcher.snapshots] == [(30, 20)]
    assert len(ganforge.load(tmp_path / watcher.snapshots[0].place).sample(2)) == 2


def test_a_training_that_ended_sooner_has_no_later_moments(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    watched = Watched(tiny_run, tmp_path)
    watcher = watched.watcher(15.0, 300.0)
    watched.tell(watcher, 0.0, Started)
    watched.tell(watcher, 1.0, CheckpointSaved, 1000)
    watched.tell(watcher, 60.0, Stopped, 1000)
    assert [snapshot.mark for snapshot in watcher.snapshots] == [15, None]


def test_a_moment_before_the_first_checkpoint_has_no_look(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    watched = Watched(tiny_run, tmp_path)
    watcher = watched.watcher(10.0, 15.0, 30.0)
    watched.tell(watcher, 0.0, Started)
    watched.tell(watcher, 12.0, CheckpointSaved, 1000)
    watched.tell(watcher, 40.0, Stopped, 1001)
    assert [(snapshot.mark, snapshot.seconds) for snapshot in watcher.snapshots] == [(15, 12), (30, 12), (None, 40)]


def test_a_copy_makes_samples_after_its_checkpoint_is_gone(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    folder = Watched(tiny_run, tmp_path).folder
    step = folder.checkpoints.steps()[-1]
    copy = copy_checkpoint(folder, step, tmp_path / "kept")
    samples = ganforge.load(copy).sample(4)
    shutil.rmtree(folder.path)
    assert (ganforge.load(copy).sample(4) == samples).all()
    assert ganforge.load(copy).step == step


class Training(Begun):
    """Ends at once, unless it is to fail."""

    def __init__(self, asked: Asked, *, fails: bool = False) -> None:
        self.asked = asked
        self.fails = fails
        self.stopped = False

    def finish(self) -> Trained:
        if self.fails:
            raise MachineError("out of power")
        return Trained(self.asked, 1.0, (Snapshot(None, 60.0, 5.0, "g.safetensors"),))

    def stop(self) -> None:
        self.stopped = True


class Trainings:
    """Remembers what was begun, and on which cores."""

    def __init__(self, *failing: Asked) -> None:
        self.failing = failing
        self.begun: list[Training] = []
        self.cores: list[Sequence[int] | None] = []

    def begin(self, asked: Asked, place: Path, data: Path, cores: Sequence[int] | None) -> Begun:
        assert list(place.iterdir()) == []  # whatever was interrupted there is gone
        self.begun.append(Training(asked, fails=asked in self.failing))
        self.cores.append(cores)
        return self.begun[-1]

    def carry_out(self, asked: Sequence[Asked], out: Path) -> list[Trained]:
        return carry_out_all(asked, out / "data.npy", out, lambda _: None, begin=self.begin)


def test_what_is_complete_is_not_trained_again(tmp_path: Path) -> None:
    trainings = Trainings()
    asked = [Asked("dcgan", 0, 1.0), Asked(TEXTBOOK, 0, 1.0)]
    first = trainings.carry_out(asked, tmp_path)
    assert trainings.carry_out(asked, tmp_path) == first
    assert [one.asked for one in trainings.begun] == asked
    assert trainings.cores == [None, None]
    others = [
        Asked("dcgan", 0, 2.0),
        Asked("dcgan", 0, 2.0, data="other pictures"),
        Asked("dcgan", 0, 2.0, ("batch=8",)),
        Asked("dcgan", 0, 2.0, ("batch=8",), program="another recipe of that name"),
    ]
    for other in others:  # each is another training than the one that is kept in its place
        trainings.carry_out([other], tmp_path)
    assert [one.asked for one in trainings.begun[2:]] == others


def test_a_program_is_told_by_all_that_the_recipe_becomes_for_these_pictures() -> None:
    grey, colour = np.zeros((400, 28, 28), np.uint8), np.zeros((400, 28, 28, 3), np.uint8)
    programs = [
        program_of("auto", (), grey),
        program_of("auto", ("batch=8",), grey),
        program_of("auto", (), grey[:200]),  # so few are augmented
        program_of("auto", (), colour),
        program_of("dcgan", (), grey),
        program_of(TEXTBOOK, (), grey),
    ]
    assert len(set(programs)) == len(programs)
    assert program_of("auto", (), grey.copy()) == programs[0]
    assert program_of("auto", (), np.zeros((399, 28, 28), np.uint8)) != programs[0]


@pytest.mark.parametrize("setting", ["batch", "batches=8", "batch=many"])
def test_a_setting_that_is_none_is_refused_before_anything_is_trained(setting: str) -> None:
    with pytest.raises(SettingError, match="batch"):
        program_of("auto", (setting,), np.zeros((400, 28, 28), np.uint8))


def test_what_was_damaged_or_interrupted_is_trained_anew(tmp_path: Path) -> None:
    trainings = Trainings()
    asked = Asked("dcgan", 0, 1.0)
    place = tmp_path / asked.folder
    for content in (b"", b"{", b"{}", b'{"asked": 3}'):
        trainings.begun.clear()
        place.mkdir(exist_ok=True)
        (place / FACTS).write_bytes(content)
        (place / "half").write_bytes(b"left over")
        trainings.carry_out([asked], tmp_path)
        assert len(trainings.begun) == 1


def test_of_a_pair_that_was_interrupted_only_what_is_missing_is_trained(tmp_path: Path) -> None:
    asked = [Asked("dcgan", 0, 1.0, cores=1), Asked(TEXTBOOK, 0, 1.0, cores=1)]
    if len(usable_cores()) < 2:
        pytest.skip("needs two cores")
    trainings = Trainings(asked[1])
    with pytest.raises(MachineError, match="out of power"):
        trainings.carry_out(asked, tmp_path)
    assert all(one.stopped for one in trainings.begun)
    again = Trainings()
    assert [one.asked for one in again.carry_out(asked, tmp_path)] == asked
    assert [one.asked for one in again.begun] == asked[1:]
    assert again.cores == trainings.cores[1:]  # on the core that it had


def test_side_by_side_the_textbook_is_beside_the_first_recipe_of_its_seed() -> None:
    def asked(recipe: str, seed: int, minutes: float = 10.0) -> Asked:
        return Asked(recipe, seed, minutes, cores=1, also=minutes != 10.0)

    recipes = [asked(name, seed) for name in ("auto", "dcgan") for seed in range(3)]
    shorter = [asked("auto", seed, 0.5) for seed in range(3)]
    waves = waves_of([*recipes, *(asked(TEXTBOOK, seed) for seed in range(3)), *shorter])
    pairs = [(asked("auto", seed), asked(TEXTBOOK, seed)) for seed in range(3)]
    left = [(asked("dcgan", 0), asked("dcgan", 1)), (asked("dcgan", 2),)]
    assert waves == [*pairs, *left, (shorter[0], shorter[1]), (shorter[2],)]


def test_with_the_whole_machine_each_goes_alone() -> None:
    asked = [Asked("auto", 0, 1.0), Asked(TEXTBOOK, 0, 1.0)]
    assert waves_of(asked) == [(asked[0],), (asked[1],)]
    assert lane_of(asked[0], 0) is None


def test_lanes_are_cores_of_their_own_and_too_few_are_refused() -> None:
    usable = usable_cores()
    one = Asked("auto", 0, 1.0, cores=1)
    assert lane_of(one, 0) == usable[:1]
    with pytest.raises(MachineError, match="--side-by-side"):
        lane_of(one, len(usable))


def test_trainings_of_other_lengths_have_folders_of_their_own() -> None:
    usual, short = Asked("auto", 0, 10.0), Asked("auto", 0, 0.5, also=True)
    assert usual.folder != short.folder
    assert str(short) == "auto, seed 0, 0.5 min"


@pytest.mark.slow
@pytest.mark.skipif(len(usable_cores()) < 2, reason="needs two cores")
def test_two_real_trainings_side_by_side_have_a_core_each(tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", clothes(80))
    settings = (*(f"{path}={value}" for path, value in TINY.items()), "batch=16")
    asked = [Asked("dcgan", 0, 0.01, settings, cores=1), Asked(TEXTBOOK, 0, 0.01, cores=1)]
    recipe, baseline = carry_out_all(asked, tmp_path / "data.npy", tmp_path, lambda _: None)
    for trained in (recipe, baseline):
        assert trained.end.kimg > 0
        assert pictures_at(trained, trained.end, tmp_path, 5).shape == (5, 28, 28)
    facts = from_text((tmp_path / baseline.asked.folder / TEXTBOOK_FACTS).read_bytes())
    assert facts is not None
    assert facts["threads"] == 1
    assert "Plan: 1 thread" in (tmp_path / recipe.asked.folder / "train.log").read_text(encoding="utf-8")


def test_the_baselines_pictures_are_found_in_its_folder(tmp_path: Path) -> None:
    trained = Trained(Asked(TEXTBOOK, 3, 1.0), 1.0, (Snapshot(None, 60.0, 5.0, "g.safetensors"),))
    (tmp_path / "textbook-3").mkdir()
    torch.manual_seed(0)
    save_file(Generator().state_dict(), tmp_path / "textbook-3" / "g.safetensors")
    assert pictures_at(trained, trained.snapshots[0], tmp_path, 5).shape == (5, 28, 28)


@pytest.mark.parametrize(
    ("minutes", "marks"), [(0.3, (10, 15)), (0.5, (10, 15, 20)), (2.0, (10, 15, 20, 30, 45, 60, 90))]
)
def test_looks_are_taken_before_the_end(minutes: float, marks: tuple[float, ...]) -> None:
    assert Asked("dcgan", 0, minutes).marks == marks
