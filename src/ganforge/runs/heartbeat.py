"""A sign of life beside the lock: who works on the run, and how it ended."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from ganforge.core.settings import Json
from ganforge.runs.files import from_text, to_text

_REMOTE_SECONDS = 30.0
"""A beat from another machine, whose processes cannot be asked, counts as alive for so long."""
_LOCAL_SECONDS = 3600.0
"""A process here that has not beaten for so long is taken for another one with the same number."""

AT_WORK = ("training", "paused")
"""States of a run that a process holds."""


class Heartbeat:
    """The file control/heartbeat.json."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = 0.0
        self.state = ""
        """The last state that this object wrote."""

    def beat(self, state: str) -> None:
        """Write it, unless this object wrote the same state less than a second ago.

        Raises:
            OSError: the disk refuses.
        """
        now = time.monotonic()
        if state == self.state and now - self._last < 1.0:
            return
        content = {"state": state, "pid": os.getpid(), "host": socket.gethostname(), "time": time.time()}
        aside = self._path.with_name(f".{self._path.name}.{os.getpid()}.tmp")
        aside.write_bytes(to_text(content))  # not flushed to the disk: it has no worth after a crash, and this is cheap
        aside.replace(self._path)
        self.state, self._last = state, now

    def status(self) -> str:
        """The state last written, "new" where there is none; a training that shows no life is "interrupted"."""
        content = self._read()
        state = str(content.get("state", "new"))
        return "interrupted" if state in AT_WORK and not _is_alive(content) else state

    def whose(self) -> str:
        """Who beat last, to be put into a sentence: ` by process PID on HOST`; empty where unknown."""
        content = self._read()
        return f" by process {content['pid']} on {content['host']}" if {"pid", "host"} <= content.keys() else ""

    def _read(self) -> Json:
        try:
            return from_text(self._path.read_bytes()) or {}
        except OSError:
            return {}


def _is_alive(content: Json) -> bool:
    try:
        age, pid, host = time.time() - float(content["time"]), int(content["pid"]), content["host"]
    except (KeyError, TypeError, ValueError):
        return False
    # On Windows os.kill would end the process that it is asked about
    if host != socket.gethostname() or os.name == "nt":
        return age < _REMOTE_SECONDS
    try:
        os.kill(pid, 0)
    except PermissionError:
        return age < _LOCAL_SECONDS  # it lives, and is another user's
    except (ProcessLookupError, OverflowError):
        return False
    return age < _LOCAL_SECONDS
