"""What is known of runs, worked out once for everybody who looks at them."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from ganforge.core.errors import GanforgeError
from ganforge.runs.folder import RunFolder
from ganforge.studio._curves import curves
from ganforge.studio._journal import Tail
from ganforge.studio._looks import Looks, mark_of, remembered
from ganforge.studio._pulse import Beat
from ganforge.studio._summary import (
    Facts,
    Frames,
    Summary,
    address,
    detail,
    frames_in,
    made_of,
    state_of,
    summary,
    unreadable,
)
from ganforge.studio.shelf import Shelf

_log = logging.getLogger(__name__)
_ANSWERS = 100
"""Answers that are kept, of up to some 100 kB each."""


@dataclass(frozen=True)
class Window:
    """The part of a run's curves that is asked for."""

    start: float
    """k samples ever shown."""
    end: float
    most: int
    """Points of a line."""


@dataclass(frozen=True)
class _Known:
    """A summary, and what it was made of."""

    marks: tuple[object, ...]
    made: Summary


@dataclass(frozen=True)
class _Answer:
    """JSON, and what it was made of: a journal as far as it was read, and the summary at that time."""

    tail: Tail
    version: int
    short: Summary | None
    sent: bytes


class Desk:
    """Tells of runs; each thing is worked out again only where the files have changed."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._tails: OrderedDict[tuple[Path, int], Tail] = OrderedDict()
        self._facts: OrderedDict[tuple[Path, int], Facts] = OrderedDict()
        self._short: OrderedDict[Path, _Known] = OrderedDict()
        self._answers: OrderedDict[tuple[Path, Window | None], _Answer] = OrderedDict()
        self._frames = Looks(frames_in)

    def frames(self, folder: RunFolder) -> Frames:
        """The drawings that are there, by updates ever done."""
        return self._frames.at(folder.samples)

    def short(self, folder: RunFolder, patience: float) -> Summary:
        """The run in short; whatever is wrong with its files is told in its place, and hides no other run.

        Args:
            folder: the run.
            patience: seconds that reading its journal may take; what is known so far must do then.
        """
        try:
            return self._short_of(folder, patience)
        except Exception as error:  # noqa: BLE001 - one run's fault must not hide all others
            if not isinstance(error, (GanforgeError, OSError)):
                _log.exception("The run %s cannot be told of.", folder.name)
            return unreadable(folder, error)

    def _short_of(self, folder: RunFolder, patience: float) -> Summary:
        parts = ("run.json", "journal.jsonl", "samples", "checkpoints")
        marks = (state_of(folder), *(mark_of(folder.path / part) for part in parts))
        known = self._known(folder, marks)
        if known is not None:
            return known
        facts = self._facts_of(folder)
        tail = self._tail(folder)
        with tail.reading(patience) as kept:
            known = self._known(folder, marks)  # somebody else made it, while this one waited for the journal
            if known is not None:
                return known
            ready = self._shelf.ready(folder)
            updated = tail.changed or folder.started()
            made = summary(folder, facts, kept, self.frames(folder), ready=ready, behind=tail.behind, updated=updated)
            if not tail.behind:
                with self._lock:
                    self._short.pop(folder.path, None)
                    remembered(self._short, folder.path, _Known(marks, made))
        return made

    def whole(self, folder: RunFolder) -> bytes:
        """The run in full, as JSON of `Detail`.

        Raises:
            GanforgeError: its run.json is damaged.
        """
        facts = self._facts_of(folder)
        short = self.short(folder, float("inf"))
        tail = self._tail(folder)
        with tail.reading() as kept:
            known = self._answer(folder, None)
            if known is not None and (known.tail, known.version, known.short) == (tail, tail.version, short):
                return known.sent
            made = detail(short, folder, facts, kept, self.frames(folder), tail.version)
            return self._keep(folder, None, _Answer(tail, tail.version, short, _json(made)))

    def curves(self, folder: RunFolder, window: Window) -> bytes:
        """The part of the run's curves, as JSON of `Curves`."""
        tail = self._tail(folder)
        with tail.reading() as kept:
            known = self._answer(folder, window)
            if known is not None and known.tail is tail and known.version == tail.version:
                return known.sent
            made = curves(kept, window.start, window.end, window.most)
            return self._keep(folder, window, _Answer(tail, tail.version, None, _json(made)))

    def beat(self, folder: RunFolder) -> Beat:
        """What viewers are told of a change."""
        tail = self._tail(folder)
        with tail.reading() as kept:
            kimg, version = kept.kimg, tail.version
        newest = max(self.frames(folder), default=None)
        frame = None if newest is None else address(folder, newest[1].name, made_of(folder))
        return Beat(version, state_of(folder), kimg, frame)

    def _tail(self, folder: RunFolder) -> Tail:
        """Who follows the run's journal."""
        with self._lock:
            return remembered(self._tails, (folder.path, made_of(folder)), Tail(folder.journal.path))

    def _facts_of(self, folder: RunFolder) -> Facts:
        """What run.json says.

        Raises:
            GanforgeError: it is damaged.
        """
        key = folder.path, made_of(folder)
        with self._lock:
            known = self._facts.get(key)
        if known is None:
            known = Facts.of(folder)
            with self._lock:
                remembered(self._facts, key, known)
        return known

    def _known(self, folder: RunFolder, marks: tuple[object, ...]) -> Summary | None:
        with self._lock:
            known = self._short.get(folder.path)
        return known.made if known is not None and known.marks == marks else None

    def _answer(self, folder: RunFolder, window: Window | None) -> _Answer | None:
        with self._lock:
            return self._answers.get((folder.path, window))

    def _keep(self, folder: RunFolder, window: Window | None, answer: _Answer) -> bytes:
        with self._lock:
            self._answers.pop((folder.path, window), None)
            remembered(self._answers, (folder.path, window), answer, _ANSWERS)
        return answer.sent


def _json(told: BaseModel) -> bytes:
    return told.model_dump_json().encode()
