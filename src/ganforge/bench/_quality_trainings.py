"""The trainings of `bench quality`: what is asked, and copies of the generators over the time."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ganforge.bench import textbook
from ganforge.bench._common import settings_of
from ganforge.bench._fashion import Pixels
from ganforge.bench.textbook import pictures_of
from ganforge.core.records import CheckpointSaved, DataCard, Event, Started, Stopped
from ganforge.core.settings import to_json, with_value
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.files import to_text
from ganforge.runs.folder import RunFolder
from ganforge.trained import Run

TEXTBOOK = "textbook"
MARKS = (
    *(10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 420.0, 600.0),
    *(900.0, 1200.0, 1800.0, 2700.0, 3600.0, 5400.0, 7200.0),
)
"""Seconds of training after which generators are looked at, as far as they are shorter than the whole."""


@dataclass(frozen=True)
class Asked:
    """One training."""

    recipe: str
    """`TEXTBOOK` for the baseline."""
    seed: int
    minutes: float
    settings: tuple[str, ...] = ()
    """PATH=VALUE, for recipes."""
    data: str = ""
    """What tells the training pictures from others."""
    cores: int | None = None
    """So many of its own, beside another training; None = the whole machine, alone."""
    also: bool = False
    """Beside the trainings of the usual length, one of another."""
    change: str = ""
    """What its settings are called beside other trainings of the recipe, fit for a folder; "" = there are none."""
    program: str = ""
    """What tells the recipe, as it is built for these pictures, and the versions from others."""

    def __str__(self) -> str:
        change = f" {self.change}" if self.change else ""
        length = f", {self.minutes:g} min" if self.also else ""
        return f"{self.recipe}{change}, seed {self.seed}{length}"

    @property
    def folder(self) -> str:
        """Its place below the set's."""
        change = f"-{self.change}" if self.change else ""
        return f"{self.recipe}{change}-{self.seed}" + (f"-{self.minutes:g}min" if self.also else "")

    @property
    def marks(self) -> tuple[float, ...]:
        """Seconds after which its generator is looked at, the end not counted."""
        return tuple(mark for mark in MARKS if mark < self.minutes * 60)


def program_of(recipe: str, settings: Sequence[str], shown: Pixels) -> str:
    """What `Asked.program` is: a training made by another recipe of the same name, or another torch, is made anew.

    Raises:
        UnknownNameError: there is no such recipe.
        SettingError: a setting is none of its, or not of the form PATH=VALUE.
    """
    if recipe == TEXTBOOK:
        whole = Path(textbook.__file__).read_bytes()
    else:
        channels = shown.shape[3] if shown.ndim == 4 else 1
        card = DataCard("pictures", "images", len(shown), (channels, *shown.shape[1:3]), "")
        built = RECIPES.get(recipe)(card)
        for path, value in settings_of(settings):
            built = with_value(built, path, value)
        whole = to_text(to_json(built))
    return hashlib.blake2b(whole + f"{version('ganforge')} {version('torch')}".encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Snapshot:
    """A generator as it was at some moment."""

    mark: float | None
    """The moment asked for, in seconds; None = the end."""
    seconds: float
    """Of training, when it was."""
    kimg: float
    """k samples shown until then."""
    place: str
    """Of its file or run, in the training's folder."""


@dataclass(frozen=True)
class Trained:
    """A training that has ended."""

    asked: Asked
    start_up: float
    """Seconds from the command to the first update: imports, data, measuring the machine."""
    snapshots: tuple[Snapshot, ...]
    """In the order of time; the last is the end."""

    @property
    def end(self) -> Snapshot:
        """The finished generator."""
        return self.snapshots[-1]


class Watcher:
    """An observer of a training that keeps the newest checkpoint of each of some moments.

    Never a later one: what is shown for 30 seconds was there after 30 seconds.
    """

    def __init__(self, run: RunFolder, keep: Path, marks: Sequence[float], clock: Callable[[], float]) -> None:
        """`keep` is the folder of the copies; `clock` tells seconds since the command."""
        self._run = run
        self._keep = keep
        self._waiting = list(marks)
        self._clock = clock
        self._newest: Snapshot | None = None
        self.start_up = 0.0
        self.snapshots: list[Snapshot] = []

    def see(self, event: Event) -> None:
        """Copy checkpoints as they are saved; drop those that no moment needs."""
        match event:
            case Started():
                self.start_up = self._clock()
            case CheckpointSaved():
                seconds = self._clock() - self.start_up
                self._take(seconds)
                place = f"{self._keep.name}/{copy_checkpoint(self._run, event.step, self._keep).name}"
                if self._newest is None or self._newest.place != place:  # a step may be saved twice
                    self._drop()
                    self._newest = Snapshot(None, seconds, event.kimg, place)
            case Stopped():
                seconds = self._clock() - self.start_up
                self._take(seconds)
                self.snapshots.append(Snapshot(None, seconds, event.kimg, f"run/{self._run.name}"))
            case _:
                pass

    def _take(self, seconds: float) -> None:
        """The newest checkpoint is that of all moments that have passed since it was saved."""
        while self._waiting and self._waiting[0] < seconds:
            mark, newest = self._waiting.pop(0), self._newest
            if newest is not None and newest.seconds <= mark:  # else there was none yet, and it has no look
                self.snapshots.append(Snapshot(mark, newest.seconds, newest.kimg, newest.place))

    def _drop(self) -> None:
        """Remove the newest copy, unless some moment needs it."""
        if self._newest is not None and self._newest.place not in {taken.place for taken in self.snapshots}:
            shutil.rmtree(self._keep / Path(self._newest.place).name)


def copy_checkpoint(run: RunFolder, step: int, to: Path) -> Path:
    """A run folder with this checkpoint alone, by links where the disk can: files of checkpoints never change."""
    copy = to / f"step-{step}"
    (copy / "checkpoints").mkdir(parents=True, exist_ok=True)
    for path in run.checkpoints.path.glob(f"{step:08d}*"):
        if path.suffix in {".json", ".safetensors"}:
            (copy / "checkpoints" / path.name).unlink(missing_ok=True)
            _link(path, copy / "checkpoints" / path.name)
    RunFolder(copy).write_facts(run.facts())
    return copy


def pictures_at(trained: Trained, snapshot: Snapshot, out: Path, n: int) -> Pixels:
    """n pictures by a generator as it was; what `ganforge generate` makes, or the baseline."""
    place = out / trained.asked.folder / snapshot.place
    seed = 1000 + trained.asked.seed
    if trained.asked.recipe == TEXTBOOK:
        return pictures_of(place, n, seed)
    pictures: Pixels = Run(RunFolder.open(place)).sample(n, seed=seed)
    return pictures


def _link(path: Path, to: Path) -> None:
    try:
        os.link(path, to)
    except OSError:  # another disk, or one without links
        shutil.copyfile(path, to)
