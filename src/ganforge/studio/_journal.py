"""A run's journal as it grows: each line is read once, and what is kept of it is bounded."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from ganforge.core.settings import Json
from ganforge.runs.files import decode
from ganforge.studio._series import Series

_CHUNK = 2**20
"""Bytes read at once; also the longest line that is looked at."""
_MOST_NAMES = 200
"""Values of other names than the first so many are left out: a journal that invents names fills no memory."""
_MOST_SIGNS = 1000
_MOST_SCORES = 5000
_MOST_PROBED = 600
RATE = "samples_per_second"
"""The name under which the speed is kept beside the values."""
SIGNS = frozenset({"finding", "treated", "judged", "decision", "stopped", "resumed"})
_SAID = frozenset({"started", "resumed", "inspected", "finding", "treated", "judged", "stopped"})


@dataclass(frozen=True)
class Placed:
    """A record and its place in all that was ever done, what treatments took back included."""

    kimg: float
    """k samples ever shown."""
    taken: int
    """Updates ever done."""
    record: Json
    order: int = 0
    """Its place among the journal's lines."""


@dataclass
class Kept:
    """What is known of a run by its journal."""

    series: dict[str, Series] = field(default_factory=dict)
    """Values of the records by name, in the order in which they first came."""
    scores: deque[Placed] = field(default_factory=lambda: deque(maxlen=_MOST_SCORES))
    signs: deque[Placed] = field(default_factory=lambda: deque(maxlen=_MOST_SIGNS))
    said: deque[Placed] = field(default_factory=lambda: deque(maxlen=_MOST_SIGNS))
    """Beginnings, ends, and what the doctor said."""
    probed: deque[Placed] = field(default_factory=lambda: deque(maxlen=_MOST_PROBED))
    """Records with what the probes saw."""
    frames: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=_MOST_SCORES))
    """Of each drawing of the samples: updates ever done, k samples ever shown."""
    last: Placed | None = None
    """The newest record of losses."""
    kimg: float = 0.0
    """k samples that count: without what treatments took back."""
    reach: float = 0.0
    """k samples ever shown."""
    total_kimg: float | None = None
    """Planned length, where a treatment changed it."""

    def telling(self) -> list[Json]:
        """The records that tell how the run fares, as the journal has them, in order."""
        told = {each.order: each for group in (self.said, self.scores, self.probed) for each in group}
        if self.last is not None:
            told[self.last.order] = replace(self.last, record=decode(self.last.record))
        return [each.record for _, each in sorted(told.items())]


class Tail:
    """Follows one journal; may be read from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._decoder = msgspec.json.Decoder()
        self.version = 0
        """Rises whenever something new was read."""
        self.kept = Kept()
        self.behind = False
        """There is more to read."""
        self.changed = 0.0
        """When the journal was written last, seconds since 1970; 0 = there is none."""
        self._inode = self._offset = self._order = 0
        self._ahead = 0
        self._back = 0.0
        self._treatments: list[tuple[int, float]] = []

    @contextlib.contextmanager
    def reading(self, patience: float = math.inf) -> Iterator[Kept]:
        """Everything that was written until now, still while the block lasts; a line that is not whole yet waits.

        Args:
            patience: seconds after which what is known so far will do; `behind` tells that there is more.
        """
        began = time.monotonic()
        while self._read_some() and time.monotonic() - began < patience:
            time.sleep(0)  # others may want what is there so far
        with self._lock:
            yield self.kept

    def _read_some(self) -> bool:
        """Read at most a chunk; whether there is more."""
        with self._lock:
            try:
                stat = self._path.stat()
            except OSError:
                return False
            if stat.st_ino != self._inode or stat.st_size < self._offset:  # another journal in its place
                self._begin_anew()
                self._inode = stat.st_ino
            before = self._offset
            if stat.st_size > before:
                with contextlib.suppress(OSError):  # no file, or nobody may read it: then there is nothing to tell
                    self._read_chunk()
            self.behind = stat.st_size > self._offset > before
            self.changed = stat.st_mtime
            return self.behind

    def _begin_anew(self) -> None:
        self.kept = Kept()
        self.version += 1
        self._inode = self._offset = self._order = self._ahead = 0
        self._back = 0.0
        self._treatments = []

    def _read_chunk(self) -> None:
        """Whole lines only: a line that is being written is read when it is there."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            chunk = file.read(_CHUNK)
        end = chunk.rfind(b"\n") + 1
        if not end and len(chunk) == _CHUNK:
            end = len(chunk)  # no journal has such a line; go past it
        if end:
            for line in chunk[:end].split(b"\n"):
                self._take(line)
            self._offset += end
            self.version += 1

    def _take(self, line: bytes) -> None:
        try:
            record = self._decoder.decode(line)
        except (msgspec.DecodeError, RecursionError):
            return
        if isinstance(record, dict) and isinstance(record.get("event"), str):
            try:
                self._fold(record)
            except (TypeError, ValueError, KeyError, OverflowError):  # a field of another kind than it should be
                return

    def _fold(self, record: Json) -> None:
        """As `Journal.as_it_went` and the report's story place records, one at a time."""
        event, kept = record["event"], self.kept
        step = record["step"] if isinstance(record.get("step"), int) else None
        taken = self._newest_taken if step is None else step + self._ahead
        if event in ("resumed", "treated") and isinstance(record.get("to_step"), int):
            taken = int(record["taken"] if "taken" in record else record["to_step"])
            if event == "resumed":
                self._forget_after(taken)
            self._ahead = taken - int(record["to_step"])
        own = decode(record.get("kimg"))
        kimg = float(own) + self._back if _is_number(own) else kept.reach
        self._order += 1
        self._sort(event, Placed(kimg, taken, record, self._order))
        if event == "treated" and _is_number(own) and _is_number(record.get("to_kimg")):
            self._treatments.append((taken, float(own) - float(record["to_kimg"])))
            self._back += self._treatments[-1][1]
            kept.kimg = float(record["to_kimg"])
        elif _is_number(own):
            kept.kimg = float(own)
        if event in ("started", "treated", "resumed") and _is_number(record.get("total_kimg")):
            kept.total_kimg = float(record["total_kimg"])
        kept.reach = max(kept.reach, kimg)

    def _sort(self, event: str, placed: Placed) -> None:
        kept = self.kept
        if event == "record":
            self._take_values(placed)
        elif event == "sampled":
            kept.frames.append((placed.taken, placed.kimg))
        elif event == "examined" or event in SIGNS or event in _SAID:
            whole = replace(placed, record=decode(placed.record))
            if event == "examined":
                score, error = float(whole.record["score"]), float(whole.record.get("error", math.nan))
                kept.scores.append(replace(whole, record={**whole.record, "score": score, "error": error}))
            if event in SIGNS:
                kept.signs.append(whole)
            if event in _SAID:
                kept.said.append(whole)

    @property
    def _newest_taken(self) -> int:
        return 0 if self.kept.last is None else self.kept.last.taken

    def _take_values(self, placed: Placed) -> None:
        values = placed.record.get("values")
        if not isinstance(values, dict):
            return
        kept, probed = self.kept, False
        for name, written in (*values.items(), (RATE, placed.record.get(RATE))):
            series = kept.series.get(name)
            if series is None:
                if len(kept.series) >= _MOST_NAMES:
                    continue
                series = kept.series[name] = Series()
            value = decode(written) if isinstance(written, str) else written
            if isinstance(value, int | float):
                series.add(placed.kimg, placed.taken, float(value))
            probed = probed or name.startswith("probe.")
        kept.last = placed
        if probed:
            kept.probed.append(replace(placed, record=decode(placed.record)))

    def _forget_after(self, taken: int) -> None:
        """A resumed training does again what came after its checkpoint."""
        kept = self.kept
        for series in kept.series.values():
            series.forget_after(taken)
        for told in (kept.scores, kept.signs, kept.said, kept.probed):
            stays = [placed for placed in told if placed.taken <= taken]
            told.clear()
            told.extend(stays)
        frames = [frame for frame in kept.frames if frame[0] <= taken]
        kept.frames.clear()
        kept.frames.extend(frames)
        self._treatments = [each for each in self._treatments if each[0] <= taken]
        self._back = sum(amount for _, amount in self._treatments)
        known = (placed.kimg for told in (kept.scores, kept.probed, kept.said) for placed in told)
        kept.reach = max(known, default=0.0)
        if kept.last is not None and kept.last.taken > taken:
            kept.last = None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
