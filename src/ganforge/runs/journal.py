"""The journal: what happened in a run, a JSON object a line, only ever appended to."""

from __future__ import annotations

import os
from pathlib import Path

from ganforge.core.settings import Json
from ganforge.runs.files import from_text, telling, to_text

_GOING_BACK = ("resumed", "rewound")


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

        Lines that were cut are skipped. A record {"event": "resumed", "to_step": s} takes back every earlier
        record whose "step" is later than s: those steps were taken again.
        """
        kept: list[Json] = []
        for record in self._lines():
            to_step = record.get("to_step")
            if record.get("event") in _GOING_BACK and isinstance(to_step, int):
                kept = [earlier for earlier in kept if not _is_after(earlier, to_step)]
            kept.append(record)
        return kept

    def _lines(self) -> list[Json]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        return [record for line in lines if (record := from_text(line)) is not None]


def _is_after(record: Json, step: int) -> bool:
    own = record.get("step")
    return isinstance(own, int) and own > step
