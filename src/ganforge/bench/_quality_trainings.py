"""The trainings of `bench quality`, each in a process of its own, with copies of its generator over the time."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganforge.bench._common import begin_command_line, check_command_line, usable_cores
from ganforge.bench._fashion import Pixels
from ganforge.bench.textbook import FACTS as TEXTBOOK_FACTS
from ganforge.bench.textbook import pictures_of
from ganforge.core.errors import MachineError
from ganforge.core.records import CheckpointSaved, Event, Started, Stopped
from ganforge.core.settings import from_json, to_json
from ganforge.runs.files import from_text, to_text, write_whole
from ganforge.runs.folder import RunFolder
from ganforge.session import Options, carry_out, prepare
from ganforge.trained import Run

TEXTBOOK = "textbook"
MARKS = (15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0)
"""Seconds of training after which generators are looked at, as far as they are shorter than the whole."""
SAVE_SECONDS = 5.0
"""Between two checkpoints, at most: by so much a look may be too early."""
LEAST_SAVES = 20
FACTS = "training.json"


@dataclass(frozen=True)
class Asked:
    """One training."""

    recipe: str
    """`TEXTBOOK` for the baseline."""
    seed: int
    minutes: float
    settings: tuple[str, ...] = ()
    """PATH=VALUE, for recipes."""

    def __str__(self) -> str:
        return f"{self.recipe}, seed {self.seed}"

    @property
    def folder(self) -> str:
        """Its place below the bench's."""
        return f"{self.recipe}-{self.seed}"

    @property
    def marks(self) -> tuple[float, ...]:
        """Seconds after which its generator is looked at, the end not counted."""
        return tuple(mark for mark in MARKS if mark < self.minutes * 60)


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
        """The newest checkpoint is that of all moments that have passed since."""
        while self._waiting and self._waiting[0] < seconds and self._newest is not None:
            mark, newest = self._waiting.pop(0), self._newest
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


def carry_out_all(
    asked: Sequence[Asked], data: Path, fashion: Path | None, out: Path, tell: Callable[[str], None]
) -> list[Trained]:
    """Train one after the other; what is complete in `out` is not repeated.

    Args:
        asked: the trainings.
        data: a file of the training pictures.
        fashion: the folder of Fashion-MNIST, for the baseline.
        out: each training has a folder in it.
        tell: called with a sentence about each.

    Raises:
        MachineError: a training did not end well; its log says why.
    """
    made = []
    for number, one in enumerate(asked, start=1):
        place = out / one.folder
        trained = _complete(one, place)
        if trained is None:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            tell(f"Training {number} of {len(asked)}: {one}, {one.minutes:g} minutes ...")
            trained = _textbook(one, place, fashion) if one.recipe == TEXTBOOK else _recipe(one, place, data)
            write_whole(place / FACTS, to_text(to_json(trained), indent=2))
        tell(f"{one}: {trained.snapshots[-1].kimg:,.0f}k samples in {trained.snapshots[-1].seconds:.0f} s.")
        made.append(trained)
    return made


def pictures_at(trained: Trained, snapshot: Snapshot, out: Path, n: int) -> Pixels:
    """n pictures (n, 28, 28) by a generator as it was; what `ganforge generate` makes, or the baseline."""
    place = out / trained.asked.folder / snapshot.place
    seed = 1000 + trained.asked.seed
    if trained.asked.recipe == TEXTBOOK:
        return pictures_of(place, n, seed)
    pictures: Pixels = Run(RunFolder.open(place)).sample(n, seed=seed)
    return pictures


def _complete(asked: Asked, place: Path) -> Trained | None:
    """The training as it was kept, if it is the one asked for."""
    with contextlib.suppress(OSError):
        content = from_text((place / FACTS).read_bytes())
        trained = None if content is None else from_json(Trained, content, what=str(place / FACTS))
        return trained if trained is not None and trained.asked == asked else None
    return None


def _textbook(asked: Asked, place: Path, fashion: Path | None) -> Trained:
    """By the command `ganforge bench textbook`."""
    arguments = ["bench", "textbook", "--minutes", str(asked.minutes), "--seed", str(asked.seed), "--out", str(place)]
    arguments += ["--at", *map(str, asked.marks)] if asked.marks else []
    arguments += [] if fashion is None else ["--fashion", str(fashion)]
    log, began = place / "train.log", time.time()
    process = begin_command_line(arguments, log, cores=len(usable_cores()))
    try:
        process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    check_command_line(process, log, f"ganforge {' '.join(arguments)}")
    facts = from_text((place / TEXTBOOK_FACTS).read_bytes())
    if facts is None:
        raise MachineError(f"{place / TEXTBOOK_FACTS} is damaged.")
    *early, last = facts["saved"]
    snapshots = [
        Snapshot(mark, saved["seconds"], saved["kimg"], saved["file"])
        for mark, saved in zip((*asked.marks, None), (*early, last), strict=True)
    ]
    return Trained(asked, facts["began"] - began, tuple(snapshots))


def _recipe(asked: Asked, place: Path, data: Path) -> Trained:
    """As `ganforge train` does, in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=_train, args=(asked, place, data, time.time()))
    process.start()
    try:
        process.join()
    except BaseException:  # nobody waits for it any more
        process.terminate()
        process.join()
        raise
    log = place / "train.log"
    if process.exitcode != 0:
        end = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise MachineError(f"The training '{asked}' ended with {process.exitcode}: {end}")
    content = from_text((place / FACTS).read_bytes())
    return from_json(Trained, content, what=str(place / FACTS))


def _train(asked: Asked, place: Path, data: Path, began: float) -> None:
    """In the other process: train, and write down what came of it."""
    save_seconds = min(SAVE_SECONDS, asked.minutes * 60 / LEAST_SAVES)
    settings = dict(pair.split("=", 1) for pair in asked.settings)
    options = Options(
        recipe=asked.recipe,
        minutes=asked.minutes,
        seed=asked.seed,
        settings=settings or None,
        out=place / "run",
        save_seconds=save_seconds,
        live=False,
        report=False,
    )
    with tempfile.TemporaryDirectory() as cache, (place / "train.log").open("a", encoding="utf-8") as log:
        os.environ["GANFORGE_CACHE"] = cache  # every start is a first one, and none is kept

        def tell(text: str) -> None:
            log.write(f"{text}\n")
            log.flush()

        prepared = prepare(str(data), options, tell=tell)
        keep = place / "snapshots"
        keep.mkdir()
        watcher = Watcher(prepared.folder, keep, asked.marks, lambda: time.time() - began)
        carry_out(prepared, observers=[watcher], tell=tell)
        if prepared.folder.status() == "interrupted":
            raise MachineError(f"The training '{asked}' was interrupted.")
    trained = Trained(asked, watcher.start_up, tuple(watcher.snapshots))
    write_whole(place / FACTS, to_text(to_json(trained), indent=2))


def _link(path: Path, to: Path) -> None:
    try:
        os.link(path, to)
    except OSError:  # another disk, or one without links
        shutil.copyfile(path, to)
