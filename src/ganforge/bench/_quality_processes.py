"""Carrying out the trainings of `bench quality`, each in a process of its own: one by one, or two at a time."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from pathlib import Path

from ganforge.bench._common import begin_command_line, check_command_line, usable_cores
from ganforge.bench._quality_trainings import TEXTBOOK, Asked, Snapshot, Trained, Watcher
from ganforge.bench.textbook import FACTS as TEXTBOOK_FACTS
from ganforge.core.errors import GanforgeError, MachineError
from ganforge.core.settings import from_json, to_json
from ganforge.runs.files import from_text, to_text, write_whole
from ganforge.session import Options, carry_out, prepare

SAVE_SECONDS = 5.0
"""Between two checkpoints, at most: by so much a look may be too early."""
LEAST_SAVES = 20
FACTS = "training.json"
LANES = 2
"""Trainings at a time, side by side."""

Tell = Callable[[str], None]


class Begun(ABC):
    """A training under way."""

    @abstractmethod
    def finish(self) -> Trained:
        """Wait for it.

        Raises:
            MachineError: it did not end well; the message holds the end of its log.
        """

    @abstractmethod
    def stop(self) -> None:
        """End it at once; nothing where it has ended."""


Begin = Callable[[Asked, Path, Path, Sequence[int] | None], Begun]
"""Begins a training: what, its folder, the file of pictures, the numbers of its cores (None = all)."""


def waves_of(asked: Sequence[Asked]) -> list[tuple[Asked, ...]]:
    """Which trainings go on at the same time.

    Those that have the whole machine go alone. The others go in pairs of the same length, first the textbook beside the
    first recipe of its seed: what is compared met the same conditions. Of an odd number the last goes alone.
    """
    waves: list[tuple[Asked, ...]] = [(one,) for one in asked if one.cores is None]
    beside = [one for one in asked if one.cores is not None]
    for minutes in dict.fromkeys(one.minutes for one in beside):
        alike = [one for one in beside if one.minutes == minutes]
        for baseline in [one for one in alike if one.recipe == TEXTBOOK]:
            rival = next((one for one in alike if one.seed == baseline.seed and one is not baseline), None)
            if rival is not None:
                waves.append((rival, baseline))
                alike = [one for one in alike if one not in {rival, baseline}]
        waves += [tuple(alike[start : start + LANES]) for start in range(0, len(alike), LANES)]
    return waves


def carry_out_all(
    asked: Sequence[Asked], data: Path, out: Path, tell: Tell, *, begin: Begin | None = None
) -> list[Trained]:
    """Train; what is complete in `out` is not repeated, what was interrupted is begun anew.

    Args:
        asked: the trainings.
        data: a file of the training pictures.
        out: each training has a folder in it.
        tell: called with a sentence about each.
        begin: begins one; None = in a process of its own.

    Returns:
        What came of each, in the order asked for.

    Raises:
        MachineError: a training did not end well; its log says why.
    """
    begin = begin or begin_training
    made = {one: _complete(one, out / one.folder) for one in asked}
    left = sum(trained is None for trained in made.values())
    for wave in waves_of(asked):
        missing = [one for one in wave if made[one] is None]
        if missing:
            words = " beside ".join(f"{one}" for one in missing)
            tell(f"{left} left to train; now {words}: {missing[0].minutes:g} minutes ...")
            for trained in _together(missing, wave, data, out, begin):
                made[trained.asked] = trained
            left -= len(missing)
    finished = [trained for trained in made.values() if trained is not None]
    for trained in finished:
        tell(f"{trained.asked}: {trained.end.kimg:,.0f}k samples in {trained.end.seconds:.0f} s.")
    return finished


def _together(
    missing: Sequence[Asked], wave: Sequence[Asked], data: Path, out: Path, begin: Begin
) -> Iterator[Trained]:
    """Train these at the same time, each on the cores that its place in the wave has."""
    begun: list[Begun] = []
    try:
        for one in missing:
            place = out / one.folder
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            begun.append(begin(one, place, data, lane_of(one, wave.index(one))))
        for one, training in zip(missing, begun, strict=True):
            trained = training.finish()
            write_whole(out / one.folder / FACTS, to_text(to_json(trained), indent=2))
            yield trained
    except BaseException:  # nobody waits for the others any more
        for training in begun:
            training.stop()
        raise


def lane_of(asked: Asked, number: int) -> list[int] | None:
    """The numbers of the cores of a training that is the so-manieth of those at a time; None = all.

    Raises:
        MachineError: there are not so many.
    """
    if asked.cores is None:
        return None
    usable = usable_cores()
    lane = usable[number * asked.cores : (number + 1) * asked.cores]
    if len(lane) < asked.cores:
        raise MachineError(
            f"Two trainings side by side need {LANES * asked.cores} cores, and this process may use {len(usable)}. "
            "Leave out --side-by-side."
        )
    return lane


def begin_training(asked: Asked, place: Path, data: Path, cores: Sequence[int] | None) -> Begun:
    """Begin a training in a process of its own."""
    if asked.recipe == TEXTBOOK:
        return _Textbook.begin(asked, place, data, cores)
    return _Recipe.begin(asked, place, data, cores)


def _complete(asked: Asked, place: Path) -> Trained | None:
    """The training as it was kept, if it is the one asked for."""
    with contextlib.suppress(OSError, GanforgeError):  # of an earlier version, or damaged
        content = from_text((place / FACTS).read_bytes())
        trained = None if content is None else from_json(Trained, content, what=str(place / FACTS))
        return trained if trained is not None and trained.asked == asked else None
    return None


@dataclass(frozen=True)
class _Textbook(Begun):
    """By the command `ganforge bench textbook`."""

    asked: Asked
    place: Path
    process: subprocess.Popen[bytes]
    began: float

    @classmethod
    def begin(cls, asked: Asked, place: Path, data: Path, cores: Sequence[int] | None) -> _Textbook:
        arguments = ["bench", "textbook", "--minutes", str(asked.minutes), "--seed", str(asked.seed)]
        arguments += ["--data", str(data), "--out", str(place)]
        arguments += ["--at", *map(str, asked.marks)] if asked.marks else []
        began = time.time()
        process = begin_command_line(arguments, place / "train.log", cores=cores or len(usable_cores()))
        return cls(asked, place, process, began)

    def finish(self) -> Trained:
        self.process.wait()
        check_command_line(self.process, self.place / "train.log", f"The training '{self.asked}'")
        facts = from_text((self.place / TEXTBOOK_FACTS).read_bytes())
        if facts is None:
            raise MachineError(f"{self.place / TEXTBOOK_FACTS} is damaged.")
        snapshots = [
            Snapshot(mark, saved["seconds"], saved["kimg"], saved["file"])
            for mark, saved in zip((*self.asked.marks, None), facts["saved"], strict=True)
        ]
        return Trained(self.asked, facts["began"] - self.began, tuple(snapshots))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


@dataclass(frozen=True)
class _Recipe(Begun):
    """As `ganforge train` does."""

    asked: Asked
    place: Path
    process: SpawnProcess

    @classmethod
    def begin(cls, asked: Asked, place: Path, data: Path, cores: Sequence[int] | None) -> _Recipe:
        arguments = (asked, place, data, time.time())
        process = multiprocessing.get_context("spawn").Process(target=_train, args=arguments)
        with _on(cores):
            process.start()
        return cls(asked, place, process)

    def finish(self) -> Trained:
        self.process.join()
        log = self.place / "train.log"
        if self.process.exitcode != 0:
            end = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise MachineError(f"The training '{self.asked}' ended with {self.process.exitcode}: {end}")
        content = from_text((self.place / FACTS).read_bytes())
        return from_json(Trained, content, what=str(self.place / FACTS))

    def stop(self) -> None:
        self.process.terminate()
        self.process.join()


@contextlib.contextmanager
def _on(cores: Sequence[int] | None) -> Iterator[None]:
    """Processes that are begun meanwhile inherit these cores; where a system places as it likes, nothing happens."""
    usable = usable_cores()
    if cores is not None:
        with contextlib.suppress(AttributeError):
            os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        if cores is not None:
            with contextlib.suppress(AttributeError):
                os.sched_setaffinity(0, usable)


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
        threads=asked.cores,
        live=False,
        report=False,
    )
    with tempfile.TemporaryDirectory() as cache, (place / "train.log").open("a", encoding="utf-8") as log:
        os.environ["GANFORGE_CACHE"] = cache  # every start is a first one, and none is kept

        def tell(text: str) -> None:
            log.write(f"{text}\n")
            log.flush()

        try:
            prepared = prepare(str(data), options, tell=tell)
            keep = place / "snapshots"
            keep.mkdir()
            watcher = Watcher(prepared.folder, keep, asked.marks, lambda: time.time() - began)
            carry_out(prepared, observers=[watcher], tell=tell)
        except GanforgeError as error:
            tell(str(error))  # for the message of the process that waits
            raise
        if prepared.folder.status() == "interrupted":
            raise MachineError(f"The training '{asked}' was interrupted.")
    trained = Trained(asked, watcher.start_up, tuple(watcher.snapshots))
    write_whole(place / FACTS, to_text(to_json(trained), indent=2))
