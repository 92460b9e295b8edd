"""Pictures before they are decoded: files in folders, members of zips, arrays; each read on its own."""

from __future__ import annotations

import io
import os
import stat
import threading
import zipfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from ganforge.core.errors import DataError
from ganforge.data._decode import (
    MAX_BYTES,
    NoPicture,
    Unreadable,
    fit,
    kind_of,
    orientation_of,
    other_kind,
    plain,
    read_picture,
    read_size,
    reasons,
)
from ganforge.runs.folder import is_run

MAX_MEMBER = 256_000_000
"""A member of a zip file that claims to unpack to more bytes is refused."""
NOT_FINITE = "it holds numbers that are not finite"
_LARGE_MEMBER = 16_000_000
_PICTURE_SUFFIXES = frozenset(
    (
        *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif"),
        *(".heic", ".heif", ".avif", ".jp2", ".jxl"),  # not read, but told by name
    )
)
_SYSTEM = frozenset(("thumbs.db", "desktop.ini", "__macosx"))


class Item(ABC):
    """One picture, not yet read."""

    name: str
    """What it is called in the list of what was skipped; folders and zips: the path inside, with slashes."""

    @abstractmethod
    def size(self, large: threading.Lock) -> tuple[int, int]:
        """Width and height; raises `Unreadable` or `NoPicture`. `large` is held while much memory is used."""

    @abstractmethod
    def pixels(self, height: int, width: int, large: threading.Lock) -> npt.NDArray[np.uint8]:
        """(height, width, 1 or 3), see `_decode.read_picture`; raises `Unreadable` or `NoPicture`."""


@dataclass(frozen=True)
class Listing:
    """All that a source may hold, in a fixed order."""

    items: Sequence[Item]
    labels: Sequence[str | None]
    """Name of each item's class, None = it has none."""
    state: tuple[str, ...]
    """Changes when the source does: the cache's key."""
    hidden: int = 0
    """Hidden and system files, which nobody means."""
    runs: int = 0
    """Sub-folders that are runs of Ganforge: what is made in training is no data. Not part of `state`."""
    notes: tuple[str, ...] = ()
    """What the user should be told of how the source was read, a sentence each."""


@dataclass(frozen=True)
class FileItem(Item):
    """A file in a folder."""

    name: str
    folder: Path

    def size(self, large: threading.Lock) -> tuple[int, int]:
        """From the header."""
        with self._open() as file:
            return read_size(file)

    def pixels(self, height: int, width: int, large: threading.Lock) -> npt.NDArray[np.uint8]:
        """Decoded."""
        with self._open() as file:
            return read_picture(file, height, width, large)

    def _open(self) -> io.BufferedReader:
        path = self.folder / self.name
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
                raise Unreadable("it is no regular file")
            file = path.open("rb")
        except OSError as error:
            raise Unreadable(f"it cannot be opened ({error.strerror or error})") from error
        try:
            _accept(self.name, file.read(32), status.st_size)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file


@dataclass(frozen=True)
class ZipItem(Item):
    """A member of a zip file. Nothing is ever extracted to disk, so that its path can do no harm."""

    name: str
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo

    def size(self, large: threading.Lock) -> tuple[int, int]:
        """From the header."""
        with self._turn(large):
            return read_size(io.BytesIO(self._read()))

    def pixels(self, height: int, width: int, large: threading.Lock) -> npt.NDArray[np.uint8]:
        """Decoded."""
        held = self.info.file_size > _LARGE_MEMBER  # then the decoder must not wait for it again
        with self._turn(large):
            return read_picture(io.BytesIO(self._read()), height, width, threading.Lock() if held else large)

    def _turn(self, large: threading.Lock) -> AbstractContextManager[object]:
        return large if self.info.file_size > _LARGE_MEMBER else nullcontext()

    def _read(self) -> bytes:
        try:
            with self.archive.open(self.info) as member:
                start = member.read(32)
                _accept(self.name, start, self.info.file_size)
                if self.info.file_size > MAX_MEMBER:
                    raise Unreadable(
                        f"it unpacks to {self.info.file_size // 1_000_000} MB, more than {MAX_MEMBER // 1_000_000} MB"
                    )
                return start + member.read(MAX_MEMBER - len(start))
        except (Unreadable, NoPicture):
            raise
        except RuntimeError as error:  # encrypted; NotImplementedError: an unknown compression
            raise Unreadable(f"it cannot be unpacked ({str(error)[:80]})") from error
        except Exception as error:  # zipfile, zlib, lzma and bz2 each have errors of their own
            raise Unreadable(f"damaged in the zip file ({str(error)[:80] or type(error).__name__})") from error


@dataclass(frozen=True)
class ArrayItem(Item):
    """A picture that is an array (h, w) or (h, w, 1 | 3 | 4), or (c, h, w), of any type of number."""

    name: str
    array: npt.NDArray[np.generic]
    channels_first: bool
    offset: float
    """Added to the numbers before they are multiplied by `factor`, which makes them 0 to 255."""
    factor: float

    def size(self, large: threading.Lock) -> tuple[int, int]:
        """From the shape."""
        height, width = self.array.shape[1:] if self.channels_first else self.array.shape[:2]
        return width, height

    def pixels(self, height: int, width: int, large: threading.Lock) -> npt.NDArray[np.uint8]:
        """Scaled to 0 to 255, rounded."""
        array = np.moveaxis(self.array, 0, -1) if self.channels_first else self.array
        made, finite = to_eight_bits(array[None], self.offset, self.factor)
        if finite is not None and not finite[0]:
            raise Unreadable(NOT_FINITE)
        array = made[0]
        if array.ndim == 3 and array.shape[2] == 1:
            array = array[:, :, 0]
        return fit(plain(Image.fromarray(np.ascontiguousarray(array))), height, width)


def to_eight_bits(
    array: npt.NDArray[np.generic], offset: float, factor: float
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_] | None]:
    """Pictures (n, ...) of any type of number as 0 to 255, and which of them are finite; None = all are."""
    if array.dtype == np.uint8 and (offset, factor) == (0.0, 1.0):
        return array, None  # type: ignore[return-value]
    numbers = array.astype(np.float64)
    finite = np.asarray(np.isfinite(numbers).reshape(len(numbers), -1).all(1))
    if not finite.all():
        numbers[~finite] = 0.0
    return np.clip(np.rint((numbers + offset) * factor), 0, 255).astype(np.uint8), finite


@dataclass(frozen=True)
class PictureItem(Item):
    """A picture that is already open in memory."""

    name: str
    picture: Image.Image

    def size(self, large: threading.Lock) -> tuple[int, int]:
        """As it is."""
        return self.picture.size

    def pixels(self, height: int, width: int, large: threading.Lock) -> npt.NDArray[np.uint8]:
        """Converted; the user's own object is not changed."""
        with large, reasons("picture"):  # Pillow loads on first use, and the list may hold the same object twice
            return fit(plain(self.picture.copy(), orientation_of(self.picture)), height, width)


def list_folder(folder: Path) -> Listing:
    """All files below `folder`, sorted by path; hidden ones and runs of Ganforge are counted only.

    Raises:
        DataError: the folder cannot be read.
    """
    runs: list[str] = []
    found = list(_walk(folder, runs))
    files = sorted(name for name in found if not _is_hidden(name))
    state = [str(folder.resolve())]
    for name in files:
        try:
            status = os.stat(f"{folder}/{name}")  # noqa: PTH116  a Path each takes seconds for 100,000 files
            state.append(f"{name}\x1e{status.st_size}\x1e{status.st_mtime_ns}")
        except OSError:
            state.append(name)
    items = [FileItem(name, folder) for name in files]
    return Listing(items, _labels(files), tuple(state), len(found) - len(files), len(runs))


def list_zip(path: Path) -> Listing:
    """All members of a zip file, sorted by path.

    Raises:
        DataError: it is no zip file, or damaged beyond its list of members.
    """
    try:
        archive = zipfile.ZipFile(path)  # stays open as long as its items are in use
        status = path.stat()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a zip file ({error}). Pack it again, or name the folder.") from error
    infos = [info for info in archive.infolist() if not info.is_dir()]
    shown = sorted((info for info in infos if not _is_hidden(info.filename)), key=lambda info: info.filename)
    items = [ZipItem(info.filename, archive, info) for info in shown]
    state = (str(path.resolve()), str(status.st_size), str(status.st_mtime_ns))
    return Listing(items, _labels([item.name for item in items]), state, len(infos) - len(shown))


def named_like_picture(name: str) -> bool:
    """Whether a file with this name claims to be a picture."""
    return _suffix(name) in _PICTURE_SUFFIXES


def suffixes(names: Sequence[str], most: int = 4) -> str:
    """The commonest endings of these names: ".txt, .json"; files without one are called so."""
    counts = Counter(_suffix(name) or "no suffix" for name in names)
    return ", ".join(suffix for suffix, _ in counts.most_common(most))


def _walk(folder: Path, runs: list[str]) -> Iterator[str]:
    """Paths inside, with slashes, of all files; linked folders are followed, but never in a circle.

    Sub-folders that are runs are not entered but added to `runs`.
    """

    def complain(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise DataError(f"The folder {folder} cannot be read ({error.strerror}). Give yourself the right to.")

    seen: set[str] = set()
    for here, folders, names in os.walk(folder, onerror=complain, followlinks=True):
        real = os.path.realpath(here)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        shown = sorted(name for name in folders if not _is_hidden(name))
        folders[:] = [name for name in shown if not is_run(Path(here, name))]
        runs += [f"{here}/{name}" for name in shown if name not in folders]
        inside = Path(here).relative_to(folder).as_posix()
        yield from names if inside == "." else (f"{inside}/{name}" for name in names)


def _is_hidden(name: str) -> bool:
    parts = name.split("/")
    return any((part.startswith(".") and part != "..") or part.lower() in _SYSTEM for part in parts)


def _accept(name: str, start: bytes, length: int) -> None:
    """Refuse by first bytes and length what need not be opened."""
    kind = kind_of(start)
    if kind is None:
        if not named_like_picture(name):
            raise NoPicture("no picture")
        raise Unreadable(other_kind(start) if start else "the file is empty")
    if length > MAX_BYTES:
        raise Unreadable(f"a file of {length // 1_000_000} MB is more than {MAX_BYTES // 1_000_000} MB")


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122  as in list_folder


def _labels(names: Sequence[str]) -> list[str | None]:
    """The first folder below the one that holds everything; None for a picture that lies in no folder."""
    pictures = [name for name in names if named_like_picture(name)] or names
    folders = [name.split("/")[:-1] for name in pictures]
    common = 0
    if folders:
        while all(len(parts) > common and parts[common] == folders[0][common] for parts in folders):
            common += 1
        if common and common == max(map(len, folders)):
            common -= 1  # all lie in one folder: that is the only label there is
    return [parts[common] if len(parts := name.split("/")[:-1]) > common else None for name in names]
