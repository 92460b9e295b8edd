"""Exported generators for the browser: made once a checkpoint, in a process of their own, kept in the run's folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ganforge.core.errors import GanforgeError, MissingExtraError, RunError
from ganforge.exporting.onnx import missing
from ganforge.studio.errors import NotNow, NotYet
from ganforge.studio.shelf import Opened

FOLDER = "exports"
"""In the run's folder; the model of one checkpoint at most is kept there."""
_SECONDS = 600
"""No export takes longer."""
_CALM = 5
"""By so much an export is nicer than the server: a training may be running."""

Exporter = Callable[[Path, int, Path], None]
"""Writes the ONNX model of a run's folder and a step into a file, or raises a GanforgeError."""


@dataclass(frozen=True)
class State:
    """Whether there is a model for the browser."""

    path: Path | None
    """The file, if it is there."""
    words: str
    """Why not, and what helps; empty if it is."""
    making: bool = False
    """It is being made: asking again helps."""


def in_own_process(run: Path, step: int, out: Path) -> None:
    """Export by the command in another process: it takes seconds of work and memory that the server should not pay for.

    Raises:
        RunError: it failed; the message is the command's.
    """
    command = [sys.executable, "-m", "ganforge.cli", "export", str(run), "--to", "onnx"]
    command += ["--checkpoint", str(step), "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "NO_COLOR": "1"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _CALM)
    try:
        _, said = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise RunError(f"The export took more than {_SECONDS // 60} minutes and was stopped.") from None
    if process.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines() or ["no reason was given"]
        told = next((line for line in lines if line.startswith("Error:")), lines[-1])
        raise RunError(told.removeprefix("Error:").strip()[:600])


class Models:
    """The models of all runs; one is made at a time."""

    def __init__(self, exporter: Exporter = in_own_process) -> None:
        """
        Args:
            exporter: makes one.
        """
        self._exporter = exporter
        self._lock = threading.Lock()
        self._one = threading.Lock()
        self._making: dict[Path, threading.Event] = {}
        self._failed: dict[Path, str] = {}

    def state(self, opened: Opened) -> State:
        """Whether the model of this checkpoint is there; if not, its making begins unless it cannot be made."""
        path = _path(opened)
        if path.is_file():
            return State(path, "")
        absent = missing()
        if absent is not None:
            return State(None, str(MissingExtraError(absent, "export")))
        with self._lock:
            if path in self._failed:
                return State(None, self._failed[path])
            if path not in self._making:
                self._making[path] = threading.Event()
                threading.Thread(target=self._make, args=(opened, path), name="export", daemon=True).start()
        return State(None, "The generator is being made ready for the browser; until then the server draws.", True)

    def file(self, opened: Opened, patience: float) -> Path:
        """The model's file, waited for.

        Args:
            opened: the run at a checkpoint.
            patience: seconds to wait.

        Raises:
            NotNow: it is being made.
            NotYet: it cannot be made; the message says what helps.
        """
        state = self.state(opened)
        if state.making:
            with self._lock:
                event = self._making.get(_path(opened))
            if event is not None:
                event.wait(patience)
            state = self.state(opened)
        if state.path is None:
            raise NotNow(state.words) if state.making else NotYet(state.words)
        return state.path

    def _make(self, opened: Opened, path: Path) -> None:
        failure = ""
        try:
            with self._one:
                path.parent.mkdir(exist_ok=True)
                self._exporter(opened.run.path, opened.run.step, path)
                for other in path.parent.glob("*.onnx"):
                    if other != path:
                        other.unlink(missing_ok=True)
        except (GanforgeError, OSError) as error:
            failure = str(error)
        with self._lock:
            if failure:
                self._failed[path] = failure
            self._making.pop(path).set()


def _path(opened: Opened) -> Path:
    return opened.run.path / FOLDER / f"{opened.run.step:08d}.onnx"
