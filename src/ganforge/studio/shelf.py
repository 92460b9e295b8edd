"""The runs of one folder by their names, and the few of them whose generators are in memory."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ganforge.core.contracts import Source
from ganforge.core.errors import DataError, RunError
from ganforge.core.records import Split
from ganforge.runs.checkpoints import Checkpoints
from ganforge.runs.folder import RunFolder, is_run
from ganforge.runs.heartbeat import AT_WORK
from ganforge.studio._looks import Looks
from ganforge.studio.errors import NoSuchError, NoSuchRun, NotYet
from ganforge.trained import Run, Which, same_data, stored_split

KEPT = 4
"""So many generators are in memory at once, and the data of so many runs; the one not used for longest goes."""
CURE = (
    "The studio looks for them in no other place: put the data back where they were, or evaluate or score the run "
    "with --source."
)
"""Where a run's data are not what they were."""


@dataclass(frozen=True)
class _Belongings:
    """What a run was trained on; shared by all its checkpoints, opened when first asked for."""

    folder: RunFolder
    lock: threading.Lock = field(default_factory=threading.Lock)
    found: list[Source] = field(default_factory=list)
    """Empty or one."""

    def data(self) -> Source:
        with self.lock:
            if not self.found:
                try:
                    self.found.append(same_data(self.folder))
                except (RunError, DataError) as error:
                    raise NotYet(f"This needs the run's own data. {error} {CURE}") from error
            return self.found[0]


@dataclass(frozen=True)
class Opened:
    """A run whose generator can be used."""

    run: Run
    """On the CPU, in evaluation mode: the averaged generator, and the discriminator of the same checkpoint."""
    lock: threading.Lock
    """To be held while the networks compute."""
    belongings: _Belongings

    def data(self) -> Source:
        """The run's data, opened once.

        Raises:
            NotYet: they have moved or changed, or were an array in memory; the message says what helps.
        """
        return self.belongings.data()

    def split(self) -> Split:
        """Which items were trained on, chosen by, and held out.

        Raises:
            NotYet: the file is not there or damaged.
        """
        try:
            return stored_split(self.run.folder)
        except RunError as error:
            raise NotYet(str(error)) from error


@dataclass(frozen=True)
class Stock:
    """The checkpoints that a run has."""

    steps: tuple[int, ...]
    """Ascending; of those that are whole."""
    best: int | None
    """None where no training has chosen one."""

    @staticmethod
    def at(folder: Path) -> Stock:
        """What lies in a folder of checkpoints."""
        checkpoints = Checkpoints(folder)
        return Stock(tuple(checkpoints.steps()), checkpoints.best())


class Shelf:
    """The runs directly in one folder. A run's id is its folder's exact name; nothing else passes."""

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self._root = runs.resolve()
        self._lock = threading.Lock()
        self._opened: OrderedDict[tuple[str, int, int], Opened] = OrderedDict()
        self._belongings: OrderedDict[tuple[str, int], _Belongings] = OrderedDict()
        self._stocks = Looks(Stock.at)
        self._whole = Looks(_has_checkpoint)

    def folders(self) -> list[RunFolder]:
        """All runs, newest first: by number, then by when they were made."""
        found = [(folder, _made(folder)) for folder in map(self._run_at, self._names()) if folder is not None]
        found.sort(key=lambda each: (each[0].number or 0, each[1], each[0].name), reverse=True)
        return [folder for folder, _ in found]

    def folder(self, run: str) -> RunFolder:
        """The run of this name.

        Raises:
            NoSuchRun: there is none in the runs folder, or it leads out of it.
        """
        folder = self._run_at(run) if run in self._names() else None
        if folder is None:
            raise NoSuchRun(f"There is no run '{run[:80]}' in {self.runs}. The page of all runs lists what is there.")
        return folder

    def checkpoints(self, folder: RunFolder) -> Stock:
        """The checkpoints of a run; each of their files is read when they have changed, not at every call."""
        return self._stocks.at(folder.checkpoints.path)

    def ready(self, folder: RunFolder) -> bool:
        """Whether a run seems to have a checkpoint, by the names and sizes of its files: marks hold a run's whole
        records, and to read those of all runs would take a list of hundreds tens of seconds.
        """
        return self._whole.at(folder.checkpoints.path)

    def inside(self, path: Path) -> Path:
        """A file below the runs folder, with all links followed.

        Raises:
            NoSuchError: it is not there, is no file, or leads out of the folder.
        """
        whole = path.resolve()
        if not whole.is_relative_to(self._root) or not whole.is_file():
            raise NoSuchError(f"There is no file {path.name} in this run.")
        return whole

    def opened(self, run: str, checkpoint: Which = "best") -> Opened:
        """A run with its generator, from memory where it is there.

        Args:
            run: its id.
            checkpoint: "best", "newest", or a step's number. While a run trains the same word may give another one
                later.

        Raises:
            NoSuchRun: there is no such run.
            NotYet: it has no checkpoint yet, not this one, or damaged ones.
        """
        folder = self.folder(run)
        made = _made(folder)
        with self._lock:
            key = (run, made, self._number(folder, checkpoint))
            known = self._opened.get(key)
            if known is None:
                known = Opened(_loaded(folder, checkpoint), threading.Lock(), self._belongings_of(folder, made))
                self._opened[key] = known
            self._opened.move_to_end(key)
            while len(self._opened) > KEPT:
                self._opened.popitem(last=False)
            return known

    def _belongings_of(self, folder: RunFolder, made: int) -> _Belongings:
        key = (folder.name, made)
        known = self._belongings.setdefault(key, _Belongings(folder))
        self._belongings.move_to_end(key)
        while len(self._belongings) > KEPT:
            self._belongings.popitem(last=False)
        return known

    def _number(self, folder: RunFolder, checkpoint: Which) -> int:
        stock = self.checkpoints(folder)
        steps = stock.steps
        if not steps:
            raise NotYet(_without_checkpoint(folder))
        if isinstance(checkpoint, int):
            if checkpoint not in steps:
                there = ", ".join(map(str, steps))
                raise NotYet(f"{folder.name} has no checkpoint of step {checkpoint}. There are: {there}.")
            return checkpoint
        return stock.best if checkpoint == "best" and stock.best is not None else steps[-1]

    def _names(self) -> list[str]:
        try:
            return [entry.name for entry in os.scandir(self._root) if not entry.name.startswith(".")]
        except OSError:
            return []

    def _run_at(self, name: str) -> RunFolder | None:
        """The run in the folder of this name, which was listed; links may lead to other runs in here, not out."""
        path = self._root / name
        try:
            stays = not path.is_symlink() or path.resolve().parent == self._root
            return RunFolder(path) if stays and is_run(path) else None
        except (OSError, RuntimeError):  # a link that leads to itself
            return None


def _has_checkpoint(folder: Path) -> bool:
    try:
        sizes = {entry.name: entry.stat().st_size for entry in os.scandir(folder)}
    except OSError:
        return False
    tensors = {name[:8] for name, size in sizes.items() if name.endswith(".safetensors") and size > 0}
    return any(name[:8] in tensors for name, size in sizes.items() if name.endswith(".json") and size > 0)


def _without_checkpoint(folder: RunFolder) -> str:
    """Why a run has none that is whole, and the cure."""
    path = folder.checkpoints.path
    try:
        damaged = any(file.suffix in (".json", ".safetensors") for file in path.iterdir())
    except FileNotFoundError:
        damaged = False
    except OSError as error:
        return f"The checkpoints of {folder.name} cannot be read ({error.strerror}: {path}). Restore the folder."
    if damaged and folder.status() not in AT_WORK:
        return (
            f"The checkpoints of {folder.name} are damaged: none in {path} is whole. Restore them, or start a new run."
        )
    return (
        f"{folder.name} has no checkpoint yet. The first is written when training begins; if it is over, "
        "start a new run."
    )


def _made(folder: RunFolder) -> int:
    """When run.json was written, in ns; another run that takes the name's place has another."""
    try:
        return (folder.path / "run.json").stat().st_mtime_ns
    except OSError:
        return 0


def _loaded(folder: RunFolder, checkpoint: Which) -> Run:
    try:
        return Run(folder, checkpoint)
    except RunError as error:
        return _once_more(lambda: Run(folder, checkpoint), error)


def _once_more(load: Callable[[], Run], first: RunError) -> Run:
    """A training may have replaced the checkpoint between the look at what is there and the reading."""
    try:
        return load()
    except RunError:
        raise NotYet(str(first)) from first
