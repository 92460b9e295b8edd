"""Fashion-MNIST (arXiv:1708.07747): 60,000 + 10,000 grey pictures of clothes, 28 x 28, in ten classes."""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ganforge.core.errors import DataError

Pixels = npt.NDArray[np.uint8]
PACKAGE = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package puts it."""
HOW_TO_GET = (
    "On Debian and Ubuntu: sudo apt-get install dataset-fashion-mnist. Elsewhere: name a folder with its four files "
    "(train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz; "
    "https://github.com/zalandoresearch/fashion-mnist) with --fashion FOLDER."
)
BYTES = 0x08
"""The code of unsigned bytes in an idx file."""


@dataclass(frozen=True)
class Pictures:
    """Pictures with their classes."""

    pixels: Pixels
    """(n, h, w); (n, h, w, 3) in colour."""
    classes: Pixels
    """(n,): from 0."""


@dataclass(frozen=True)
class Fashion:
    """Both parts of the data set."""

    train: Pictures
    """60,000"""
    test: Pictures
    """10,000, which nobody trains on."""


def read_fashion(folder: Path | None = None) -> Fashion:
    """Read the four files, packed or not.

    Args:
        folder: where they are; None = where Debian's package puts them.

    Raises:
        DataError: they are not there or damaged; the message says how to get them.
    """
    folder = folder or PACKAGE
    return Fashion(_pictures(folder, "train"), _pictures(folder, "t10k"))


def read_idx(path: Path) -> Pixels:
    """The unsigned bytes of an idx file, gzipped where its name ends in .gz.

    Raises:
        DataError: it cannot be read, is cut off, or holds something else.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read ({error}). {HOW_TO_GET}") from error
    # Two zeros, the type, the number of axes; the length of each axis in four bytes, big endian; the values
    axes = content[3] if len(content) > 3 else 0
    shape = tuple(int.from_bytes(content[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes))
    start = 4 + 4 * axes
    if content[:3] != bytes((0, 0, BYTES)) or len(content) - start != math.prod(shape):
        raise DataError(f"{path} is no whole idx file of bytes. {HOW_TO_GET}")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _pictures(folder: Path, part: str) -> Pictures:
    pixels = read_idx(_file(folder, f"{part}-images-idx3-ubyte"))
    classes = read_idx(_file(folder, f"{part}-labels-idx1-ubyte"))
    if pixels.ndim != 3 or classes.ndim != 1 or len(pixels) != len(classes):
        raise DataError(
            f"The pictures ({pixels.shape}) and the labels ({classes.shape}) of '{part}' in {folder} do not belong "
            f"together. {HOW_TO_GET}"
        )
    return Pictures(pixels, classes)


def _file(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise DataError(f"Fashion-MNIST is not in {folder}: there is no {name}.gz. {HOW_TO_GET}")
