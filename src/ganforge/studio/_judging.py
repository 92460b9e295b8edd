"""The judges of "you are the forger": built in the background, one a checkpoint; and pictures that somebody brings."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import sys
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ganforge.core.contracts import Domain
from ganforge.core.errors import DataError, GanforgeError
from ganforge.data._decode import Unreadable, kind_of, quiet, read_size
from ganforge.judging.items import ItemJudge, Judgement, Sight
from ganforge.judging.sets import SetJudge, SetJudgement
from ganforge.studio.errors import NotNow, NotYet, TooLarge, Unusable
from ganforge.studio.shelf import Opened

KEPT = 4
"""Judges in memory at once."""
HANDS = 1_000
"""Pages whose newest drawing is remembered."""
BACKGROUND = 10
"""Niceness of the thread that builds a judge."""
FORGED_BELOW = 0.05
"""Realness below which the verdict is "forged": hardly any real item looks less real than that."""
FORMATS = frozenset({"PNG", "JPEG", "WebP", "GIF", "BMP"})
"""What pictures may be brought as."""
MOST_PIXELS = 40_000_000
"""Of a picture that is brought."""
_BROUGHT = "brought.png"
"""Its file for a moment, whatever its kind, which is told by its content."""


class Turns:
    """Who sent what last: of things that wait, only a hand's newest is worth judging."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._count = 0

    def take(self, hand: str) -> int:
        """The number of what this hand sends now."""
        with self._lock:
            self._count += 1
            self._newest[hand] = self._count
            self._newest.move_to_end(hand)
            while len(self._newest) > HANDS:
                self._newest.popitem(last=False)
            return self._count

    def check(self, hand: str, turn: int) -> None:
        """Whether it is still this hand's newest; hands without a name overtake nobody.

        Raises:
            NotYet: it is not.
        """
        with self._lock:
            if hand and self._newest.get(hand, turn) > turn:
                raise NotYet("Overtaken: something newer was sent for judgement meanwhile. Wait for that.")


@dataclass
class Building:
    """A judge that is being built, or is there."""

    opened: Opened
    sight: Sight | None = None
    """What the judge of another checkpoint of this run knew of the data."""
    share: float = 0.0
    """Of the work, done."""
    items: ItemJudge | None = None
    sets: SetJudge | None = None
    """One of the two, once it is there."""
    failed: str | None = None
    """Why there is none, for people."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while it judges: sets are remembered."""
    turns: Turns = field(default_factory=Turns)

    def build(self) -> None:
        """All of the work; never raises."""
        _step_back()
        try:
            data, split, run = self.opened.data(), self.opened.split(), self.opened.run
            # Without the run's lock: this takes many seconds, and changes no network
            if run.domain.singly:
                self.items = ItemJudge(run, data, split, self._told, self.sight)
            else:
                self.sets = SetJudge(run, data, split, self._told)
        except GanforgeError as error:
            self.failed = str(error)
        except (RuntimeError, MemoryError, ValueError, OSError) as error:  # torch, or numbers that are not finite
            self.failed = f"No judge could be made for this checkpoint: {str(error)[:200]}. Train on, or try another."

    def _told(self, share: float) -> None:
        self.share = share

    def judged(self, x: Tensor, hand: str = "") -> Judgement:
        """Single items; `hand` says whose, and "" is nobody in particular.

        Raises:
            NotYet: there can be none, or the same hand has sent something newer meanwhile; NotNow: it is not there
                yet; Unusable: this run's items come in sets.
        """
        self._ready()
        if self.items is None:
            raise Unusable("Single items of this kind say nothing: send rows.")
        turn = self.turns.take(hand)
        with self.lock, self.opened.lock:
            self.turns.check(hand, turn)
            return self.items.judge(x)

    def judged_set(self, x: Tensor, hand: str = "") -> SetJudgement:
        """A set.

        Raises:
            NotYet: there can be none, or the same hand has sent something newer meanwhile; NotNow: it is not there
                yet; Unusable: this run's items stand alone.
        """
        self._ready()
        if self.sets is None:
            raise Unusable("Items of this kind are judged one by one: send pixels.")
        turn = self.turns.take(hand)
        with self.lock:
            self.turns.check(hand, turn)
            return self.sets.judge(x)

    def _ready(self) -> None:
        if self.failed is not None:
            raise NotYet(self.failed)
        if self.items is None and self.sets is None:
            raise NotNow(f"The judge is being trained ({self.share:.0%}). Ask again in a few seconds.")


def _step_back() -> None:
    """Let everything else go first: who plays meanwhile should not notice. Of one thread on Linux, else of nothing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND)


class Judges:
    """The judges of the checkpoints that were asked about last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int], Building] = OrderedDict()

    def of(self, name: str, opened: Opened) -> Building:
        """The judge of a checkpoint; begun in a thread of its own where there is none."""
        key = (name, opened.run.step)
        with self._lock:
            known = self._known.get(key)
            if known is None or (known.opened is not opened and known.failed is not None):
                known = self._known[key] = Building(opened, self._sight(name))
                threading.Thread(target=known.build, name=f"judge of {name}", daemon=True).start()
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            return known

    def _sight(self, name: str) -> Sight | None:
        """What is known of the run's data already."""
        judges = [each.items for (run, _), each in self._known.items() if run == name]
        return next((judge.sight for judge in judges if judge is not None), None)


def from_pixels(domain: Domain, height: int, width: int, channels: int, data: str) -> Tensor:
    """A drawn picture as the networks see it.

    Raises:
        Unusable: the bytes are not as many as the sizes say, or the domain has no pictures.
    """
    try:
        content = base64.b64decode(data, validate=True)
        pixels = np.frombuffer(content, dtype=np.uint8).reshape(height, width, channels)
    except ValueError as error:
        raise Unusable(
            f"The pixels are no {height} x {width} x {channels} bytes in base64. Send them row by row."
        ) from error
    return _read(domain, pixels[None] if channels > 1 else pixels[None, ..., 0])


def from_rows(domain: Domain, rows: list[list[float]]) -> Tensor:
    """Rows of numbers, in the data's units, as the networks see them.

    Raises:
        Unusable: they do not fit the columns.
    """
    if len({len(row) for row in rows}) > 1:
        raise Unusable("The rows are of different lengths. Give every row a number for each column.")
    return _read(domain, np.asarray(rows, dtype=np.float64))


def from_file(domain: Domain, content: bytes) -> Tensor:
    """A picture's file as the networks see it, converted as training pictures are.

    Raises:
        Unusable: it is no picture that can be read.
        TooLarge: it has too many pixels.
    """
    kind = kind_of(content[:32].ljust(32, b"\0"))
    if kind not in FORMATS:
        raise Unusable(f"That is no picture of a kind that is read here. Bring {', '.join(sorted(FORMATS))}.")
    try:
        with quiet():
            width, height = read_size(io.BytesIO(content))
    except Unreadable as error:
        raise Unusable(f"The picture cannot be read: {error}. Save it again, or bring another.") from error
    if width * height > MOST_PIXELS:
        raise TooLarge(f"{width} x {height} pixels are more than {MOST_PIXELS // 10**6} million. Scale it down first.")
    # Through a file, as that is how training pictures come
    with tempfile.TemporaryDirectory(prefix="ganforge-") as folder:
        file = Path(folder) / _BROUGHT
        file.write_bytes(content)
        return _read(domain, file)


def _read(domain: Domain, source: object) -> Tensor:
    try:
        items = domain.read(source)
    except DataError as error:
        raise Unusable(_as_sent(str(error))) from error
    if not bool(torch.isfinite(items.x).all()):
        raise Unusable("There are numbers in it that are not finite, or far too large. Send smaller ones.")
    return items.x


def _as_sent(text: str) -> str:
    """The message of a domain, which may know what was sent by the name of a file of ours."""
    _, ours, reason = text.partition(f"{_BROUGHT}: ")
    if ours:
        return f"The picture cannot be read: {reason.partition('. ')[0]}. Save it again, or bring another."
    return text[:400]
