"""The processes of `bench speed`: each sleeps until it is given a turn, so that what is compared runs interleaved."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from ganforge.bench._speed_rivals import Ready, Role, Stretch, Turns, play
from ganforge.core.errors import MachineError

Message = TypeVar("Message", Ready, Stretch)
SETTLING = 0.3
"""Seconds of silence between two turns: threads of the one before may still be spinning."""
PATIENCE = 10.0
"""Seconds in which a process that was told to end must have done so."""


class Rival:
    """One process, seen from outside."""

    def __init__(self, role: Role, scratch: Path) -> None:
        self.role = role
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(role, theirs, scratch), daemon=True)
        self._process.start()
        theirs.close()
        try:
            self.ready = self._heard(Ready)
        except BaseException:
            self.end()
            raise

    def turn(self, seconds: float) -> Stretch:
        """Let it run for about so long, and wait.

        Raises:
            MachineError: it has ended instead.
        """
        time.sleep(SETTLING)
        self._line.send(seconds)
        return self._heard(Stretch)

    def end(self) -> None:
        """No more turns."""
        if self._process.is_alive():
            with contextlib.suppress(OSError):  # it ended by itself
                self._line.send(None)
            self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()
        self._line.close()

    def _heard(self, kind: type[Message]) -> Message:
        try:
            message = self._line.recv()
        except EOFError:
            self._process.join(PATIENCE)
            message = f"it ended with {self._process.exitcode}"
        if not isinstance(message, kind):
            raise MachineError(f"'{self.role.kind}' of {self.role.case} failed: {message}")
        return message


def _serve(role: Role, line: Connection, scratch: Path) -> None:
    """In the other process."""
    try:
        play(role, Turns(line), scratch)
    except BaseException:  # noqa: BLE001 - whatever it is, the other side prints it
        line.send(traceback.format_exc(limit=-6))
    finally:
        line.close()
