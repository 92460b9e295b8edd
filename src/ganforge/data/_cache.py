"""The cache of decoded pictures: a folder a source, complete or absent, whoever is killed or runs beside."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from ganforge.core.errors import RunError
from ganforge.core.records import Skipped
from ganforge.core.settings import to_json
from ganforge.data._split import Hashes

FORMAT = 2
"""Part of every key: caches of another format, or decoded by other rules, are not found."""
_META, _PIXELS, _HASHES, _LABELS = "meta.json", "pixels.u8", "hashes.u8", "labels.npy"


@dataclass(frozen=True)
class Meta:
    """What is known of decoded pictures besides their pixels."""

    shape: tuple[int, int, int, int]
    """Pictures, height, width, channels."""
    classes: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Decoded:
    """Pictures as pixels."""

    pixels: npt.NDArray[np.uint8]
    """(n, h, w, c); may be mapped from a file."""
    hashes: Hashes
    labels: npt.NDArray[np.int64] | None
    meta: Meta


def cache_folder(asked: Path | None) -> Path:
    """Where decoded data lie: the folder asked for, that of GANFORGE_CACHE, or the user's cache folder."""
    if asked is not None:
        return asked
    given = os.environ.get("GANFORGE_CACHE")
    return Path(given) if given else user_cache_path("ganforge", appauthor=False)


def key_of(*parts: str) -> str:
    """The name of a cache entry: changes when any part or the cache's format does."""
    digest = hashlib.blake2b(str(FORMAT).encode(), digest_size=16)
    for part in parts:
        digest.update(b"\x1f" + part.encode("utf-8", "surrogateescape"))  # file names need not be valid text
    return digest.hexdigest()


def cached(folder: Path, key: str, build: Callable[[Path], None], tell: Callable[[str], None]) -> Decoded:
    """The entry `key`, built by `build` (which fills a folder with `store`) if it is not there.

    It is built aside and renamed when complete; a second process waits for the first and reads what it built.

    Raises:
        RunError: the disk is full, or the folder cannot be written.
    """
    entry = folder / "images" / key
    found = load(entry)
    if found is not None:
        return found
    with _told(folder):
        entry.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(entry.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            tell("Another process is decoding these pictures; waiting for it.")
            lock.acquire()
        try:
            found = load(entry)
            if found is not None:
                return found
            aside = entry.with_name(f"{key}.{uuid.uuid4().hex[:8]}.part")
            _sweep(entry)
            aside.mkdir()
            try:
                build(aside)
                shutil.rmtree(entry, ignore_errors=True)  # an entry that could not be loaded is damaged
                aside.replace(entry)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        finally:
            lock.release()
        found = load(entry)
    if found is None:
        raise RunError(f"The decoded pictures in {entry} vanished while they were opened. Try again.")
    return found


def store(folder: Path, meta: Meta, hashes: Hashes, labels: npt.NDArray[np.int64] | None) -> None:
    """Complete an entry whose pixels were already written to `pixels_path(folder)`; the description comes last."""
    hashes.tofile(folder / _HASHES)
    if labels is not None:
        np.save(folder / _LABELS, labels)
    (folder / _META).write_text(json.dumps(to_json(meta)), encoding="utf-8")


def pixels_path(folder: Path) -> Path:
    """Where an entry's pixels lie: n x h x w x c bytes and nothing else."""
    return folder / _PIXELS


def load(entry: Path) -> Decoded | None:
    """An entry mapped into memory; None where it is absent or damaged."""
    try:
        meta = msgspec.json.decode((entry / _META).read_bytes(), type=Meta)
        count = meta.shape[0]
        if pixels_path(entry).stat().st_size != int(np.prod(meta.shape, dtype=np.int64)):
            return None
        # copy on write, as torch warns of arrays that cannot be written; nobody writes, so nothing is copied
        pixels = np.memmap(pixels_path(entry), dtype=np.uint8, mode="c", shape=meta.shape)
        hashes = np.fromfile(entry / _HASHES, dtype=np.uint8).reshape(count, 16)
        labels = np.load(entry / _LABELS) if (entry / _LABELS).exists() else None
        if labels is not None and labels.shape != (count,):
            return None
    except (OSError, ValueError, msgspec.MsgspecError, EOFError):
        return None
    return Decoded(pixels, hashes, labels, meta)


def _sweep(entry: Path) -> None:
    """Remove what killed builders of this entry left; the lock says that nobody is building it."""
    for rest in entry.parent.glob(f"{entry.name}.*.part"):
        shutil.rmtree(rest, ignore_errors=True)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    cure = "name another folder in the environment variable GANFORGE_CACHE"
    try:
        yield
    except RunError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise RunError(
                f"The disk is full: decoded pictures could not be written to {folder}. Free some space, or {cure}."
            ) from error
        raise RunError(
            f"The cache folder {folder} cannot be written ({error.strerror or error}). Make it writable, or {cure}."
        ) from error
