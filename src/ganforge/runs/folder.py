"""The run folder: the only interface between a training and everything else."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as arrays_from_bytes
from safetensors.numpy import save as arrays_to_bytes

from ganforge.core.errors import RunError
from ganforge.core.settings import Json
from ganforge.runs.checkpoints import Checkpoints
from ganforge.runs.control import Control
from ganforge.runs.files import from_text, telling, to_text, write_whole
from ganforge.runs.heartbeat import AT_WORK, Heartbeat
from ganforge.runs.journal import Journal

_FACTS = "run.json"
_KEYS = ("data", "domain", "options", "plan", "recipe", "seed")
_PARTS = ("checkpoints", "samples", "control")


class RunFolder:
    """One training and all that is known of it: `run.json`, journal, checkpoints, samples, control."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal(path / "journal.jsonl")
        self.checkpoints = Checkpoints(path / "checkpoints")
        self.samples = path / "samples"
        """The folder of pictures and files made in training."""
        self.control = Control(path / "control")
        self._heartbeat = Heartbeat(path / "control" / "heartbeat.json")

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    @property
    def name(self) -> str:
        """The folder's own name: "0007-digits"."""
        return self.path.name

    @property
    def number(self) -> int | None:
        """The number that its name begins with; None for a folder that the user named."""
        return _number(self.name)

    @classmethod
    def create(cls, parent: Path, name: str) -> RunFolder:
        """Make `parent`/NNNN-`name` with the next free number, however many processes do so at once.

        Args:
            parent: made if it is not there.
            name: letters, digits, dots, dashes and underscores are kept; the rest becomes dashes.

        Raises:
            RunError: the folder cannot be made; the message says why and what to do.
        """
        with telling(parent):
            parent.mkdir(parents=True, exist_ok=True)
            number = max((_number(path.name) or 0 for path in parent.iterdir()), default=0) + 1
            while True:
                # Making a hidden folder reserves the number for one process; it appears under its name when complete
                hidden = parent / f".{number:04d}-new"
                try:
                    hidden.mkdir()
                except FileExistsError:
                    number += 1
                    continue
                if any(_number(path.name) == number for path in parent.iterdir()):  # taken since we looked
                    hidden.rmdir()
                    number += 1
                    continue
                _make_parts(hidden)
                return cls(hidden.rename(parent / f"{number:04d}-{_slug(name)}"))

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run: its folder, or its number, or the unique beginning or end of its name.

        Numbers and names are looked for in the folder `runs` here; those with a folder before them, there.

        Raises:
            RunError: there is no such run, or there are several; the message lists what is there.
        """
        if is_run(path):
            return cls(path)
        if path.is_dir() and (len(path.parts) != 1 or not Path("runs").is_dir()):
            raise RunError(f"The folder {path} is not a run: there is no {_FACTS} in it. `ganforge runs` lists runs.")
        parent = path.parent if len(path.parts) > 1 else Path("runs")
        there = sorted(folder for folder in parent.iterdir() if is_run(folder)) if parent.is_dir() else []
        found = [folder for folder in there if _is_called(folder.name, path.name)]
        if len(found) == 1:
            return cls(found[0])
        which = ", ".join(folder.name for folder in (found or there)[-12:])
        if found:
            raise RunError(f"Several runs in {parent} are called '{path.name}': {which}. Give the number.")
        rest = f"In {parent} there are: {which}." if there else f"There are no runs in {parent}."
        raise RunError(f"There is no run '{path}'. {rest}")

    def write_facts(self, facts: Json) -> None:
        """Write run.json: what the run was started with.

        Raises:
            RunError: the disk is full or refuses.
        """
        with telling(self.path / _FACTS):
            write_whole(self.path / _FACTS, to_text(facts, indent=2))

    def facts(self) -> Json:
        """What run.json says.

        Raises:
            RunError: it is not there, damaged or incomplete.
        """
        facts = _read_object(self.path / _FACTS)
        missing = [key for key in _KEYS if key not in facts]
        if missing:
            raise RunError(f"{self.path / _FACTS} lacks {', '.join(missing)}: it is damaged. The run cannot be used.")
        return facts

    def write_arrays(self, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Write arrays of numbers into the file `name`.safetensors.

        Raises:
            RunError: the disk is full or refuses.
        """
        path = self._arrays(name)
        with telling(path):
            write_whole(path, arrays_to_bytes({key: np.ascontiguousarray(array) for key, array in arrays.items()}))

    def read_arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """The arrays that were written under `name`.

        Raises:
            RunError: they are not there or damaged.
        """
        path = self._arrays(name)
        try:
            return dict(arrays_from_bytes(path.read_bytes()))
        except (OSError, SafetensorError) as error:
            raise RunError(f"{path} cannot be read ({error}). The run cannot be used without it.") from error

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for training; the system lets go of it however this process ends.

        The run is shown as "training" from here on. When the block ends with that state still set, it becomes
        "failed" after an error and "interrupted" otherwise.

        Raises:
            RunError: another process or another part of this one holds it, or the folder may not be written.
        """
        control = self.path / "control"
        lock = filelock.FileLock(control / "lock")
        with telling(control):
            control.mkdir(exist_ok=True)
            try:
                lock.acquire(blocking=False)
            except filelock.Timeout:
                raise RunError(
                    f"The run {self.path} is already being trained{self._heartbeat.whose()}. "
                    "Wait for it, stop it, or start a run of your own."
                ) from None
        try:
            self.beat("training")
            self.control.refuse_all("It was asked before this training began.")
            yield
        except BaseException as error:
            self._end("failed" if isinstance(error, Exception) else "interrupted")
            raise
        else:
            self._end("interrupted")
        finally:
            with contextlib.suppress(OSError):
                self.control.refuse_all("The training has ended.")
            lock.release()

    def beat(self, state: str) -> None:
        """Say that this process is at work on the run; cheap, on disk at most once a second unless `state` changes.

        Args:
            state: "training", "paused", "done", "interrupted", "not finite".

        Raises:
            RunError: the disk is full or refuses.
        """
        with telling(self.path / "control"):
            self._heartbeat.beat(state)

    def status(self) -> str:
        """One of "new", "training", "paused", "done", "interrupted", "out of time", "not finite", "unhealthy" or
        "failed".
        """
        return self._heartbeat.status()

    def started(self) -> float:
        """When the run was made, seconds since 1970."""
        return (self.path / _FACTS).stat().st_mtime

    def _arrays(self, name: str) -> Path:
        return self.path / f"{name}.safetensors"

    def _end(self, state: str) -> None:
        if self._heartbeat.state in AT_WORK:
            with contextlib.suppress(OSError):  # never hides the error that ends the training
                self._heartbeat.beat(state)


def is_run(path: Path) -> bool:
    """Whether this folder holds a run."""
    return (path / _FACTS).is_file()


def _make_parts(path: Path) -> None:
    for part in _PARTS:
        (path / part).mkdir()


def _read_object(path: Path) -> Json:
    try:
        content = from_text(path.read_bytes())
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror}): this is not a run, or not a whole one.") from error
    if content is None:
        raise RunError(f"{path} is damaged: it holds no JSON object. The run cannot be used.")
    return content


def _number(name: str) -> int | None:
    match = re.match(r"(\d{4,})-", name)
    return int(match[1]) if match else None


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.")[:40].rstrip("-.") or "run"


def _is_called(folder: str, asked: str) -> bool:
    if asked.isdecimal():
        return _number(folder) == int(asked)
    return bool(asked) and (folder.startswith(asked) or folder.endswith(asked))
