"""What was read of folders, remembered for as long as they stay as they are."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

_Seen = TypeVar("_Seen")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

MOST = 600
"""Folders that are remembered: more runs than these are read anew each time."""
_SETTLED = 2.0
"""Seconds after which a folder's time is trusted: some file systems count in steps as long as this."""


def mark_of(path: Path) -> tuple[int, int]:
    """What changes when a file or folder does: its time in ns, and its size."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


def remembered(known: OrderedDict[_Key, _Value], key: _Key, value: _Value, most: int = MOST) -> _Value:
    """What is there under the key, else this from now on; what was not asked for longest goes."""
    found = known.setdefault(key, value)
    known.move_to_end(key)
    while len(known) > most:
        known.popitem(last=False)
    return found


@dataclass(frozen=True)
class _Look(Generic[_Seen]):
    mark: tuple[int, int]
    seen: _Seen


class Looks(Generic[_Seen]):
    """Reads folders, and reads one again only where files came or went; may be asked from any thread."""

    def __init__(self, read: Callable[[Path], _Seen]) -> None:
        """`read` tells what is in a folder by the names there and by files that never change under their name."""
        self._read = read
        self._lock = threading.Lock()
        self._known: OrderedDict[Path, _Look[_Seen]] = OrderedDict()

    def at(self, folder: Path) -> _Seen:
        """What is in the folder."""
        mark = mark_of(folder)
        with self._lock:
            known = self._known.get(folder)
        if known is not None and known.mark == mark:
            return known.seen
        seen = self._read(folder)
        if time.time() - mark[0] / 1e9 > _SETTLED:
            with self._lock:
                self._known.pop(folder, None)
                remembered(self._known, folder, _Look(mark, seen))
        return seen
