"""Files that are there whole or not at all, and what to tell the user when the disk refuses."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ganforge.core.errors import RunError
from ganforge.core.settings import Json

_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` so that after a crash or a kill at any instant `path` holds either its old content or all of `data`.

    Written aside, flushed to the disk, renamed.

    Raises:
        OSError: the disk refuses; nothing is left aside.
    """
    aside = path.with_name(f".{path.name}.tmp")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power cut, where the system can (Windows cannot open a folder)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def telling(path: Path, *, lost: str = "") -> Iterator[None]:
    """Turn an OSError while `path` is written into a RunError with the cause, what is lost, and the cure.

    Args:
        path: what is being written, for the message.
        lost: a sentence about what is or is not lost.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, RunError):
            raise
        raise RunError(" ".join(part for part in (_cause(path, error), lost) if part)) from error


def _cause(path: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"The disk is full (or a quota is reached): {path} could not be written. Free some space and go on."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"You may not write to {path}. Choose another folder with --out, or change its permissions."
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        return f"{path} cannot be made: a file of that name is in the way. Choose another folder with --out."
    return f"{path} could not be written: {error.strerror or error}."


def encode(value: Any) -> Any:
    """Plain JSON values: numbers that are not finite become the strings "nan", "inf", "-inf"; NumPy scalars numbers."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: encode(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(part) for part in value]
    return value


def decode(value: Any) -> Any:
    """The inverse of `encode`."""
    if isinstance(value, str):
        return _NON_FINITE.get(value, value)
    if isinstance(value, dict):
        return {key: decode(part) for key, part in value.items()}
    if isinstance(value, list):
        return [decode(part) for part in value]
    return value


def to_text(value: Json, *, indent: int | None = None) -> bytes:
    """JSON, ASCII only, so that any file name survives in it; non-finite numbers as strings."""
    return (json.dumps(encode(value), indent=indent, allow_nan=False) + "\n").encode("ascii")


def from_text(text: bytes) -> Json | None:
    """The JSON object in `text`, or None where there is no whole one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return decode(value) if isinstance(value, dict) else None
