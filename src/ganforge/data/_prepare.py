"""From a list of pictures to one array of pixels: the size chosen, all decoded, what failed listed."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ganforge.core.device import cores
from ganforge.core.errors import DataError, SettingError
from ganforge.core.records import Skipped
from ganforge.data._cache import Meta
from ganforge.data._decode import BinaryFile, NoPicture, Unreadable, quiet
from ganforge.data._items import Item, Listing, named_like_picture, suffixes
from ganforge.data._rows import ArrayRows
from ganforge.data._split import Hashes, content_hash

Value = TypeVar("Value")
LONGEST = 64
"""Of the longer side in pixels, when the size is chosen from the data."""
SHORTEST = 8
"""Of the shorter side, when pictures are scaled to a size chosen from the data."""
KEPT = 4
"""Of the shorter side of pictures that are all alike and may stay as they are."""
_SECONDS_BETWEEN = 2.0
_WORKERS = 8
"""At most; more would hold more pictures in memory and wait for each other."""


@dataclass(frozen=True)
class Prepared:
    """What became of a listing; the pixels went into the file given."""

    meta: Meta
    hashes: Hashes
    labels: npt.NDArray[np.int64] | None


def prepare(
    listing: Listing,
    size: tuple[int, int] | None,
    labels: bool,
    file: BinaryFile,
    tell: Callable[[str], None],
    what: str,
) -> Prepared:
    """Decode every picture of `listing` into `file`, as uint8 n x h x w x c.

    Args:
        listing: the pictures; consumed once to measure them (unless `size` is given) and once to decode them.
        size: height and width; None = chosen from the data.
        labels: whether each picture needs a label; those without are skipped.
        file: open for reading and writing, empty.
        tell: hears of progress every few seconds.
        what: the source, for messages.

    Raises:
        DataError: there are no pictures, fewer than two are usable, or more than half cannot be read.
    """
    state = _State(listing)
    with quiet():
        if labels:
            state.drop_unlabelled()
        if size is None:
            size, why = choose_size(state.measure(tell))
        else:
            why = f"Pictures are scaled and cropped to {size[1]} x {size[0]} pixels (width x height), as asked for."
        state.judge(what, enough=True)
        pixels = _Pixels(file, *size)
        hashes = bytearray()
        rows: list[int] = []
        for row, result in state.decoded(*size, tell):
            pixels.append(result)
            hashes += content_hash(result.tobytes(), *result.shape)
            rows.append(row)
        file.flush()
    state.judge(what, enough=len(rows) >= 2)
    classes, numbers = state.classes(rows, what) if labels else ((), None)
    grey = "grey" if pixels.channels == 1 else "in colour"
    notes = (f"{why} They are {grey}.", *state.notes())
    meta = Meta((len(rows), *size, pixels.channels), classes, state.skipped(), notes)
    return Prepared(meta, np.frombuffer(bytes(hashes), dtype=np.uint8).reshape(-1, 16), numbers)


@dataclass(frozen=True)
class Fitted:
    """Pictures that were made to fit a size; those that could not be read are listed."""

    pixels: list[npt.NDArray[np.uint8]]
    """(h, w, 1 or 3) each."""
    names: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


def fit_all(listing: Listing, size: tuple[int, int], tell: Callable[[str], None], what: str) -> Fitted:
    """Decode every picture of `listing` that can be read; unlike what is trained on, one is enough.

    Args:
        listing: the pictures.
        size: height and width that they are scaled and cropped to.
        tell: hears of progress every few seconds.
        what: the source, for messages.

    Raises:
        DataError: there are no pictures, or none that can be read.
    """
    state = _State(listing)
    with quiet():
        read = [(listing.items[row].name, pixels) for row, pixels in state.decoded(*size, tell)]
    state.judge_any(what)
    return Fitted([pixels for _, pixels in read], tuple(name for name, _ in read), state.skipped(), state.notes())


def choose_size(sizes: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], str]:
    """Height and width for pictures of these (width, height), and one sentence of why.

    Pictures that are all alike and no larger than 64 pixels stay as they are. Others get the median aspect ratio
    (square where it is nearly so), and the median longer side, at most 64; sides are multiples of 4.
    """
    if not sizes:
        return (LONGEST, LONGEST), "No picture could be measured."
    array = np.asarray(sizes, dtype=np.float64)
    width, height = sizes[0]
    alike = len(set(sizes)) == 1
    if alike and max(width, height) <= LONGEST and min(width, height) >= KEPT:
        return (height, width), f"All pictures are {width} x {height} pixels and stay so."
    ratio = float(np.median(array[:, 0] / array[:, 1]))
    if 0.8 <= ratio <= 1.25:
        ratio = 1.0
    long = _multiple_of_4(min(float(LONGEST), float(np.median(array.max(1)))))
    short = _multiple_of_4(long / max(ratio, 1 / ratio))
    chosen = (short, long) if ratio >= 1 else (long, short)
    were = (
        f"All pictures are {width} x {height}"
        if alike
        else f"Pictures are {array[:, 0].min():.0f} x {array[:, 1].min():.0f} to "
        f"{array[:, 0].max():.0f} x {array[:, 1].max():.0f}"
    )
    return chosen, f"{were} pixels; they are scaled and cropped to {chosen[1]} x {chosen[0]} (width x height)."


def checked_size(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """The size asked for as (height, width).

    Raises:
        SettingError: a side is not between 4 and 2048.
    """
    if size is None:
        return None
    both = (size, size) if isinstance(size, int) else size
    if not all(4 <= side <= 2048 for side in both):
        raise SettingError(f"The size of pictures is {size}; each side must be between 4 and 2048 pixels.")
    return both[0], both[1]


def _multiple_of_4(side: float) -> int:
    return max(SHORTEST, 4 * round(side / 4))


class _State:
    """What is known of each item while a listing is worked through."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._left = list(range(len(listing.items)))
        self._failed: dict[int, str] = {}
        self._others: list[int] = []
        self._unlabelled = 0
        self.large = threading.Lock()

    def drop_unlabelled(self) -> None:
        """Skip by name what has no label."""
        rows, self._left = self._left, []
        for row in rows:
            if self._listing.labels[row] is not None:
                self._left.append(row)
            elif named_like_picture(self._listing.items[row].name):
                self._failed[row] = "it lies in no sub-folder that could be its label"
                self._unlabelled += 1
            else:
                self._others.append(row)

    def measure(self, tell: Callable[[str], None]) -> list[tuple[int, int]]:
        """Sizes of all that are pictures; where all are alike by their nature, the one there is."""
        items = self._listing.items
        if isinstance(items, ArrayRows):
            return [items.size] * bool(self._left)
        return [size for _, size in self._each(lambda item: item.size(self.large), "measuring", tell)]

    def decoded(
        self, height: int, width: int, tell: Callable[[str], None]
    ) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
        """(row, its pixels) of all that can be read, in order."""
        items = self._listing.items
        if isinstance(items, ArrayRows) and items.is_plain(height, width):
            return self._noted(self._left, items.pixels(self._left), "decoding", tell)
        return self._each(lambda item: item.pixels(height, width, self.large), "decoding", tell)

    def _each(
        self, read: Callable[[Item], Value], doing: str, tell: Callable[[str], None]
    ) -> Iterator[tuple[int, Value]]:
        """(row, what `read` made of it) in order; what fails is noted and not asked again."""
        rows = self._left
        results = _in_order(lambda row: _attempt(read, self._listing.items[row]), rows)
        return self._noted(rows, results, doing, tell)

    def _noted(
        self,
        rows: Sequence[int],
        results: Iterator[Value | Unreadable | NoPicture],
        doing: str,
        tell: Callable[[str], None],
    ) -> Iterator[tuple[int, Value]]:
        """(row, result) of what did not fail."""
        self._left = []
        told = time.monotonic()
        told = time.monotonic()
        for done, (row, result) in enumerate(zip(rows, results, strict=True)):
            if isinstance(result, NoPicture):
                self._others.append(row)
            elif isinstance(result, Unreadable):
                self._failed[row] = str(result)
            else:
                self._left.append(row)
                yield row, result
            if time.monotonic() - told > _SECONDS_BETWEEN:
                told = time.monotonic()
                tell(f"{doing} {done + 1:,} of {len(rows):,} pictures")

    def judge(self, what: str, *, enough: bool) -> None:
        """Stop where the pictures that are left cannot be what the user meant."""
        damaged, usable = len(self._failed) - self._unlabelled, len(self._left)
        self._judge_found(what)
        if damaged > usable + self._unlabelled:
            raise DataError(
                f"{damaged:,} of the {damaged + usable + self._unlabelled:,} pictures in {what} cannot be read, "
                f"so training would not be on what you meant. The first: {self._first()}. Replace or remove them."
            )
        if self._unlabelled and not usable:
            raise DataError(
                f"With labels, pictures must lie in sub-folders named after their class; in {what} none does. "
                f"Sort them into sub-folders, or train without labels."
            )
        if not enough or usable < 2:
            why = f" Left out: {self._first()}." if self._failed else ""
            raise DataError(f"{what} holds {_count(usable, 'usable picture')}; at least 2 are needed.{why}")

    def judge_any(self, what: str) -> None:
        """Stop where no picture is left."""
        self._judge_found(what)
        if not self._left:
            raise DataError(f"No picture in {what} can be read. {self._first()}. Save them again, or name others.")

    def skipped(self) -> tuple[Skipped, ...]:
        """By name, in order."""
        return tuple(Skipped(self._listing.items[row].name, reason) for row, reason in sorted(self._failed.items()))

    def notes(self) -> tuple[str, ...]:
        """What else the user should be told."""
        notes = list(self._listing.notes)
        if self._others:
            kinds = suffixes([self._listing.items[row].name for row in self._others])
            files = _count(len(self._others), "file")
            notes.append(f"Left aside: {files} that {_are(len(self._others))} no picture ({kinds}).")
        if self._listing.hidden:
            notes.append(f"Left aside: {_count(self._listing.hidden, 'hidden or system file')}.")
        return tuple(notes)

    def classes(self, rows: Sequence[int], what: str) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
        """Sorted names of the labels, and the number of each row's."""
        names = [self._listing.labels[row] or "" for row in rows]
        numeric = all(name.isdecimal() for name in names)
        classes = tuple(sorted(set(names), key=_by_number if numeric else None))
        if len(classes) < 2:
            raise DataError(
                f"All usable pictures in {what} have the same label ('{classes[0]}'). "
                f"Labels need at least two classes; train without labels instead."
            )
        number = {name: index for index, name in enumerate(classes)}
        return classes, np.asarray([number[name] for name in names], dtype=np.int64)

    def _judge_found(self, what: str) -> None:
        """Stop where there are no pictures at all."""
        if self._left or self._failed:
            return
        if self._others:
            kinds = suffixes([self._listing.items[row].name for row in self._others])
            raise DataError(
                f"There are no pictures in {what}, only {_count(len(self._others), 'other file')} ({kinds}). "
                f"Name a folder of PNG, JPEG, WebP, BMP, TIFF or GIF files; for a table of numbers, name the file."
            )
        runs = f" but {_count(self._listing.runs, 'run')} of Ganforge" if self._listing.runs else ""
        raise DataError(f"There is nothing in {what}{runs}. Put pictures into it, or name another source.")

    def _first(self) -> str:
        return "; ".join(f"{skipped.name}: {skipped.reason}" for skipped in self.skipped()[:3])


class _Pixels:
    """Appends pictures to a file: one channel until the first picture in colour, from then on three."""

    def __init__(self, file: BinaryFile, height: int, width: int) -> None:
        self._file = file
        self._area = height * width
        self._count = 0
        self.channels = 1

    def append(self, pixels: npt.NDArray[np.uint8]) -> None:
        """(h, w, 1 or 3)."""
        if pixels.shape[2] > self.channels:
            self._widen()
        if pixels.shape[2] < self.channels:
            pixels = np.repeat(pixels, self.channels, axis=2)
        self._file.write(pixels.tobytes())
        self._count += 1

    def _widen(self) -> None:
        for row in reversed(range(self._count)):  # from the end, so that nothing is overwritten before it is read
            self._file.seek(row * self._area)
            grey = np.frombuffer(self._file.read(self._area), dtype=np.uint8)
            self._file.seek(row * self._area * 3)
            self._file.write(np.repeat(grey, 3).tobytes())
        self._file.seek(0, os.SEEK_END)
        self.channels = 3


def _attempt(read: Callable[[Item], Value], item: Item) -> Value | Unreadable | NoPicture:
    try:
        return read(item)
    except (Unreadable, NoPicture) as error:
        return type(error)(str(error))  # afresh: tracebacks and causes would keep the half decoded picture in memory


def _in_order(function: Callable[[int], Value], rows: Sequence[int]) -> Iterator[Value]:
    """`function` of each row by several threads, in order, with a bounded number of results waiting."""
    workers = min(_WORKERS, cores())
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Value]] = deque()
        try:
            for row in rows:
                waiting.append(pool.submit(function, row))
                if len(waiting) >= 16 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _by_number(name: str) -> tuple[int, str]:
    return int(name), name


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
