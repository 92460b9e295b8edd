"""The journal: what happened in a run, a JSON object a line, only ever appended to."""

from __future__ import annotations

import os
from pathlib import Path

from ganforge.core.settings import Json
from ganforge.runs.files import from_text, telling, to_text

_STAYS = frozenset({"started", "resumed", "inspected", "finding", "treated", "judged", "decision"})
"""Kinds of records that a treatment does not take back: they tell of it."""
_GOING_ON = ("resumed", "treated")


class Journal:
    """The records of one run, in a file that survives being killed in the middle of a line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: Json) -> None:
        """Add one record, in one write; numbers that are not finite are written as the strings "nan", "inf", "-inf".

        Raises:
            RunError: the disk is full or refuses; the records so far stay as they are.
        """
        line = to_text(record)
        with telling(self.path), self.path.open("ab+", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a process was killed in the middle of its last line
                    line = b"\n" + line
            try:
                while line:
                    line = line[file.write(line) :]
            except OSError:
                file.truncate(end)
                raise

    def attempts(self) -> int:
        """How often this run was begun or taken up again."""
        return sum(record.get("event") in ("started", "resumed") for record in self._lines())

    def records(self) -> list[Json]:
        """All records that count, in order.

        Lines that were cut are skipped. A record {"event": "resumed", "to_step": s, "taken": t} takes back every
        earlier record of later updates: they were done again. A record {"event": "treated", "to_kimg": k} takes back
        what was told of later samples, but not what the doctor said.
        """
        told = self.as_it_went()
        kept: list[Json] = []
        for record in told:
            if record.get("event") == "treated" and isinstance(record.get("to_kimg"), int | float):
                kept = [earlier for earlier in kept if not _is_taken_back(earlier, record["to_kimg"])]
            kept.append(record)
        return kept

    def as_it_went(self) -> list[Json]:
        """The records in order, those that treatments took back among them, without those that a resume repeats."""
        kept: list[tuple[int, Json]] = []
        ahead = 0  # updates that treatments have taken back
        for record in self._lines():
            event, step, to_step = record.get("event"), record.get("step"), record.get("to_step")
            if event in _GOING_ON and isinstance(to_step, int):
                taken = record.get("taken", to_step)
                if event == "resumed":
                    kept = [(when, earlier) for when, earlier in kept if when <= taken]
                ahead = taken - to_step
                kept.append((taken, record))
            else:
                kept.append((step + ahead if isinstance(step, int) else 0, record))
        return [record for _, record in kept]

    def _lines(self) -> list[Json]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        return [record for line in lines if (record := from_text(line)) is not None]


def _is_taken_back(record: Json, to_kimg: float) -> bool:
    own = record.get("kimg")
    return record.get("event") not in _STAYS and isinstance(own, int | float) and own > to_kimg
