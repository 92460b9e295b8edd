"""A training in a process of its own, whose memory is read from outside several times a second, stage by stage."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ganforge.core.errors import MachineError

BETWEEN = 0.05
"""Seconds between two readings."""
STAGES = ("start", "opening", "measuring the plan", "inspecting", "training", "reporting")
_BEGINS: Mapping[str, int] = {
    "Measuring this machine": STAGES.index("measuring the plan"),
    "Plan:": STAGES.index("inspecting"),
    "EVENT Started": STAGES.index("training"),
    "EVENT Stopped": STAGES.index("reporting"),
}
"""What is told when a stage begins."""

_TRAIN = """
import sys
import ganforge
from ganforge.session import Options

class Teller:
    def see(self, event):
        print("EVENT", type(event).__name__, flush=True)

print("READY", flush=True)
source, out, kimg = sys.argv[1:]
ganforge.train(
    source, Options(kimg=float(kimg), out=out), observers=[Teller()], tell=lambda text: print(text, flush=True)
)
"""


@dataclass(frozen=True)
class Stage:
    """What a stage of a training took."""

    name: str
    seconds: float
    anonymous: float
    """Megabytes that belong to the process alone, at the most."""
    of_files: float
    """Megabytes of mapped files in memory at that instant, which the system takes back when it needs them."""


class _Ledger:
    """The stage that a training is in, and the highest reading of each."""

    def __init__(self) -> None:
        self._began = [time.monotonic()]
        self._highest = [(0.0, 0.0)]
        self._newest = (0.0, 0.0)
        self._lock = threading.Lock()

    def hear(self, line: str) -> None:
        """A line that the training told."""
        place = (
            1 if line.startswith("READY") else next((at for word, at in _BEGINS.items() if line.startswith(word)), 0)
        )
        with self._lock:
            while len(self._began) <= place:
                self._began.append(time.monotonic())
                self._highest.append(self._newest)  # a stage may be over before the next reading

    def read(self, anonymous: float, of_files: float) -> None:
        """What the process holds now, in megabytes."""
        with self._lock:
            self._newest = (anonymous, of_files)
            self._highest[-1] = max(self._highest[-1], self._newest)

    def stages(self) -> tuple[Stage, ...]:
        """All stages, when the training has ended."""
        ends = [*self._began[1:], time.monotonic()]
        rows = zip(STAGES, self._began, ends, self._highest, strict=True)
        return tuple(Stage(name, end - began, *highest) for name, began, end, highest in rows)


def watched_training(source: Path, kimg: float, folder: Path) -> tuple[Stage, ...]:
    """Train on `source` with nothing chosen but the length; cache and runs go into `folder`.

    Raises:
        MachineError: the training did not end well.
    """
    environment = {**os.environ, "GANFORGE_CACHE": str(folder / "cache")}
    command = [sys.executable, "-c", _TRAIN, str(source), str(folder / "runs"), str(kimg)]
    ledger, told = _Ledger(), list[str]()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        listening = threading.Thread(target=_listen, args=(process, ledger, told))
        listening.start()
        try:
            while process.poll() is None:
                held = held_by(process.pid)
                if held is not None:
                    ledger.read(*held)
                time.sleep(BETWEEN)
        except BaseException:
            process.terminate()
            raise
        finally:
            listening.join()
    if process.returncode != 0:
        raise MachineError(f"The training on {source} ended with {process.returncode}: {''.join(told[-20:])}")
    return ledger.stages()


def _listen(process: subprocess.Popen[str], ledger: _Ledger, told: list[str]) -> None:
    for line in process.stdout or ():
        told.append(line)
        ledger.hear(line)


def held_by(process: int) -> tuple[float, float] | None:
    """Megabytes of anonymous memory and of mapped files that a process holds; None = it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    if "RssAnon" not in fields or "RssFile" not in fields:
        return None
    return _megabytes(fields["RssAnon"]), _megabytes(fields["RssFile"])


def _megabytes(text: str) -> float:
    return int(text.split(maxsplit=1)[0]) * 1024 / 1e6
