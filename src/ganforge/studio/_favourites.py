"""A run's favourites: the z that a person kept, in one file in the run's folder."""

from __future__ import annotations

import contextlib
import math
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganforge.core.settings import Json
from ganforge.runs.files import from_text, telling, to_text, write_whole
from ganforge.studio.errors import NoSuchError, NotYet

FILE = "favourites.json"
MOST = 500
"""So many are kept a run."""
LARGEST = 100.0
"""No number of a z lies further from 0."""
LONGEST = 4096
"""Numbers in one z."""
_MOST_BYTES = 64_000_000
"""A larger file is none of ours."""


@dataclass(frozen=True)
class Favourite:
    """One z that was kept."""

    id: str
    """12 hexadecimal digits."""
    z: tuple[float, ...]
    of_class: str | None
    """The class it was made of; None without classes."""
    made: float
    """When it was kept, seconds since 1970."""


class Favourites:
    """The file of one run; every change is written whole. One instance is used by one process at a time."""

    def __init__(self, folder: Path, lock: threading.Lock) -> None:
        """
        Args:
            folder: of the run.
            lock: held while the file is changed; the same for all instances of a run.
        """
        self._path = folder / FILE
        self._lock = lock

    def all(self) -> list[Favourite]:
        """The newest first; entries that are none are passed over."""
        content = self._content()
        entries = content.get("favourites") if content is not None else None
        read = [_favourite(entry) for entry in entries[: 2 * MOST]] if isinstance(entries, list) else []
        return sorted((each for each in read if each is not None), key=lambda each: each.made, reverse=True)[:MOST]

    def add(self, z: tuple[float, ...], of_class: str | None) -> Favourite:
        """Keep a z.

        Raises:
            NotYet: there are `MOST` already.
            RunError: the file cannot be written.
        """
        with self._lock:
            kept = self.all()
            if len(kept) >= MOST:
                raise NotYet(f"This run has {MOST} favourites already, and no more are kept. Remove one first.")
            new = Favourite(secrets.token_hex(6), z, of_class, time.time())
            self._write([new, *kept])
        return new

    def remove(self, favourite: str) -> None:
        """Forget one.

        Raises:
            NoSuchError: there is none of this id.
            RunError: the file cannot be written.
        """
        with self._lock:
            kept = self.all()
            left = [each for each in kept if each.id != favourite]
            if len(left) == len(kept):
                raise NoSuchError(f"There is no favourite '{favourite[:40]}'; it may have been removed already.")
            self._write(left)

    def _content(self) -> Json | None:
        try:
            return from_text(self._path.read_bytes()) if self._path.stat().st_size <= _MOST_BYTES else None
        except OSError:
            return None

    def _write(self, favourites: list[Favourite]) -> None:
        entries = [{"id": each.id, "z": each.z, "class": each.of_class, "made": each.made} for each in favourites]
        with telling(self._path):
            if self._path.exists() and self._content() is None:  # somebody's, though we cannot read it
                self._path.replace(self._path.with_name("favourites.damaged.json"))
            write_whole(self._path, to_text({"favourites": entries}))


def _favourite(entry: Any) -> Favourite | None:
    """An entry of the file, if it is one."""
    with contextlib.suppress(KeyError, TypeError, OverflowError):
        z, of_class, made, name = entry["z"], entry["class"], entry["made"], entry["id"]
        numbers = isinstance(z, list) and all(isinstance(each, int | float) for each in [*z, made])
        if not numbers or not isinstance(name, str) or not isinstance(of_class, str | None):
            return None
        # Comparisons that are false for what is not a number
        good = 0 < len(z) <= LONGEST and len(name) <= 40 and all(abs(value) <= LARGEST for value in z)
        return Favourite(name, tuple(map(float, z)), of_class, float(made)) if good and math.isfinite(made) else None
    return None
