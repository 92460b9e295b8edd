"""Commands to a training, as files in its folder, and the training's answers.

A command is `command-ID.json`, an answer `answer-ID.json`; an id begins with the time in nanoseconds, so that names
sort in the order of asking. Files are written aside and renamed, so that none is seen before it is whole. Whatever else
lies in the folder is not looked at.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ganforge.core.settings import Json
from ganforge.runs.files import from_text, telling, to_text

Command = Literal["pause", "resume", "save", "sample", "stop"]
"""Wait; go on; write a checkpoint now; draw the fixed samples now; save everything and end."""
State = Literal["waiting", "done", "refused"]
COMMANDS: tuple[Command, ...] = get_args(Command)

_ID = re.compile(r"\d{20}-[0-9a-f]{8}", re.ASCII)
_LONGEST = 1000
"""Bytes; a command's file is far shorter."""
_AT_ONCE = 20
"""So many commands are read at a time; the rest wait."""
_ANSWERS = 40
"""So many answers are kept."""


@dataclass(frozen=True)
class Asked:
    """One command that waits."""

    id: str
    command: Command | None
    """None = the file holds none."""


@dataclass(frozen=True)
class Answer:
    """What became of a command."""

    state: State
    words: str
    """For a person; empty while it waits."""


class Control:
    """The commands and answers of one run. Both sides may be killed at any instant."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, command: Command) -> str:
        """Leave a command for the training.

        Returns:
            Its id.

        Raises:
            RunError: the folder may not be written, or the disk is full.
        """
        asked = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        with telling(self._path):
            self._path.mkdir(exist_ok=True)
            self._put(f"command-{asked}.json", {"command": command})
        return asked

    def waiting(self) -> list[Asked]:
        """The commands that nobody has answered, in the order of asking, 20 at most."""
        return [Asked(asked, _command_in(self._path / name)) for asked, name in self._files("command")[:_AT_ONCE]]

    def answer(self, asked: Asked, state: State, words: str) -> None:
        """Say what became of a command; it waits no longer.

        Raises:
            RunError: the folder may not be written, or the disk is full.
        """
        with telling(self._path):
            self._put(f"answer-{asked.id}.json", {"state": state, "words": words})
            (self._path / f"command-{asked.id}.json").unlink(missing_ok=True)
            for _, name in self._files("answer")[:-_ANSWERS]:
                (self._path / name).unlink(missing_ok=True)

    def answered(self, asked: str) -> Answer | None:
        """What became of the command of this id; None = there was none, or it was long ago."""
        if not _ID.fullmatch(asked):
            return None
        told = _object_in(self._path / f"answer-{asked}.json")
        if told is not None and told.get("state") in get_args(State):
            return Answer(told["state"], str(told.get("words", "")))
        return Answer("waiting", "") if (self._path / f"command-{asked}.json").is_file() else None

    def refuse_all(self, words: str) -> None:
        """Answer what waits while nobody trains.

        Raises:
            RunError: the folder may not be written.
        """
        while waiting := self.waiting():
            for asked in waiting:
                self.answer(asked, "refused", words)

    def _files(self, kind: str) -> list[tuple[str, str]]:
        """Ids and names of the files of a kind, in order."""
        with contextlib.suppress(OSError):
            found = ((path.name, path.stem.removeprefix(f"{kind}-")) for path in self._path.glob(f"{kind}-*.json"))
            return sorted((asked, name) for name, asked in found if _ID.fullmatch(asked))
        return []

    def _put(self, name: str, content: Json) -> None:
        aside = self._path / f".{name}.tmp"
        aside.write_bytes(to_text(content))  # not flushed to the disk: a command is worth nothing after a crash
        aside.replace(self._path / name)


def _command_in(path: Path) -> Command | None:
    command = (_object_in(path) or {}).get("command")
    return command if command in COMMANDS else None


def _object_in(path: Path) -> Json | None:
    """A small JSON object; links are not followed."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LONGEST:
            return None
        return from_text(path.read_bytes())
    except OSError:
        return None
