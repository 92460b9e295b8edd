"""Arrays as sources: .npy and .npz files, arrays and lists in memory."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from torch import Tensor

from ganforge.core.errors import DataError
from ganforge.data._decode import scale_of
from ganforge.data._items import ArrayItem, Item, PictureItem
from ganforge.data._rows import ArrayRows

Array = npt.NDArray[Any]  # of any type of number
_SAMPLE_KEYS = ("x", "images", "data", "arr_0", "x_train")
_LABEL_KEYS = ("y", "labels")
_LABELS_OF = {"x_train": ("y_train",)}
"""Where samples of this name have labels of another name."""
_NO_SAMPLES = frozenset((*_LABEL_KEYS, "y_train", "y_test"))
ARRAY_SUFFIXES = (".npy", ".npz")


@dataclass(frozen=True)
class ArrayFile:
    """A .npy or .npz file whose samples have not been read."""

    path: Path
    shape: tuple[int, ...]
    key: str | None
    """Name of the samples in an .npz; None for .npy."""
    label_key: str | None
    notes: tuple[str, ...] = ()
    """What was left alone, a sentence each."""

    def samples(self) -> Array:
        """The samples; a .npy is mapped, not read.

        Raises:
            DataError: the file is cut off or damaged.
        """
        return _read(self.path, self.key)

    def labels(self) -> tuple[list[str] | None, tuple[str, ...]]:
        """Names of the labels, one a sample (None without), and what to tell of them.

        Raises:
            DataError: the file is damaged, or there is not one label a sample.
        """
        if self.label_key is None:
            return None, ()
        array = _read(self.path, self.label_key)
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        if array.ndim == 2 and _is_one_hot(array):
            told = f"The labels '{self.label_key}' are one-hot; the place of the one is the class."
            return [str(label) for label in array.argmax(1)], (told,)
        if array.ndim != 1:
            raise DataError(
                f"The labels '{self.label_key}' in {self.path} have the shape {array.shape}; there must be one number "
                f"or name a sample, or one-hot rows. Save them so, or leave out --labels."
            )
        return [str(label) for label in array], ()


def look_into(path: Path) -> ArrayFile:
    """What an array file holds, from its header.

    Raises:
        DataError: it is no such file, is damaged, or an .npz holds nothing under a known name.
    """
    try:
        if path.suffix.lower() == ".npy":
            with path.open("rb") as file:
                return ArrayFile(path, _shape(file), None, None)
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            samples = [name for name in names if name not in _NO_SAMPLES]
            key = next((key for key in _SAMPLE_KEYS if key in names), samples[0] if len(samples) == 1 else None)
            if key is None:
                raise DataError(
                    f"{path} holds the arrays {', '.join(names) or 'none'}; "
                    f"the samples must be called {' or '.join(_SAMPLE_KEYS)}."
                )
            with archive.open(f"{key}.npy") as member:
                shape = _shape(member)
            labels = next((label for label in _LABELS_OF.get(key, _LABEL_KEYS) if label in names), None)
            alone = key == "x_train" and "x_test" in names
            return ArrayFile(path, shape, key, labels, ("Only x_train is used; x_test was left alone.",) * alone)
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} is no array file that can be read ({error}). Save it again with numpy.") from error


def _is_one_hot(array: Array) -> bool:
    """Whether each row has a single one and is zero elsewhere."""
    if array.dtype.kind not in "biuf":
        return False
    return bool(((array == 0) | (array == 1)).all() and (array.sum(1) == 1).all())


def _shape(file: Any) -> tuple[int, ...]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    if dtype.hasobject:
        raise ValueError("it holds Python objects instead of numbers")
    return tuple(shape)


def _read(path: Path, key: str | None) -> Array:
    try:
        if key is None:
            return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        with np.load(path, allow_pickle=False) as arrays:
            return np.asarray(arrays[key])
    except MemoryError as error:
        raise DataError(f"{path} does not fit into memory. Save it as .npy, which is read piece by piece.") from error
    except Exception as error:  # numpy, zipfile and zlib each have errors of their own for damaged files
        raise DataError(f"{path} is cut off or damaged ({error}). Save it again with numpy.") from error


def in_memory(source: object) -> Array | list[Image.Image | Array] | None:
    """An array, tensor or list as an array, or as a list of pictures of different sizes; None = none of these."""
    if isinstance(source, np.ndarray):
        return source
    if isinstance(source, Tensor):
        return np.asarray(source.detach().cpu().numpy())
    if not isinstance(source, Sequence) or isinstance(source, str | bytes):
        return None
    if not source:
        return np.zeros((0,))
    if isinstance(source[0], Image.Image | np.ndarray | Tensor):
        parts = [part.detach().cpu().numpy() if isinstance(part, Tensor) else part for part in source]
        if all(isinstance(part, np.ndarray) for part in parts) and len({part.shape for part in parts}) == 1:
            return np.stack(parts)
        return parts if all(isinstance(part, Image.Image | np.ndarray) for part in parts) else None
    try:
        array = np.asarray(source)
    except (ValueError, TypeError):  # lists of different lengths
        return None
    return array if array.dtype.kind in "biuf" else None


def picture_items(source: Array | Sequence[Image.Image | Array]) -> Sequence[Item]:
    """One item a picture, named after its row.

    Raises:
        DataError: the shape is none of pictures, or the numbers lie in no usual range.
    """
    if isinstance(source, np.ndarray):
        first = _channels_first(source.shape[1:])
        offset, factor = _scale(source)
        return ArrayRows(source, first, offset, factor)
    arrays = [part for part in source if isinstance(part, np.ndarray)]
    offset, factor = _common_scale([_range(part) for part in arrays], {part.dtype for part in arrays})
    items: list[Item] = []
    for row, part in enumerate(source):
        if isinstance(part, np.ndarray):
            items.append(ArrayItem(f"row {row}", part, _channels_first(part.shape), offset, factor))
        else:
            items.append(PictureItem(f"row {row}", part))
    return items


def _channels_first(shape: tuple[int, ...]) -> bool:
    if 0 in shape:
        raise DataError(f"Pictures of the shape {shape} have no pixels.")
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)):
        return False
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        return True
    raise DataError(
        f"An array of pictures must have the shape (n, h, w), (n, h, w, 1, 3 or 4) or (n, 1, 3 or 4, h, w); "
        f"here one picture is {shape}."
    )


def _scale(array: Array) -> tuple[float, float]:
    if array.dtype.kind not in "biuf":
        raise DataError(f"Pictures must be numbers; this array holds {array.dtype}.")
    step = max(1, 2**22 // max(1, int(np.prod(array.shape[1:]))))  # a mapped file is never read whole
    ranges = [_range(array[start : start + step]) for start in range(0, len(array), step)]
    return _common_scale(ranges, {array.dtype})


def _range(array: Array) -> tuple[float, float]:
    if array.dtype == np.uint8 or not array.size:
        return 0.0, 255.0
    if array.dtype.kind == "f":
        array = array[np.isfinite(array)]
        if not array.size:
            return 0.0, 0.0
    return float(array.min()), float(array.max())


def _common_scale(ranges: list[tuple[float, float]], types: set[np.dtype[Any]]) -> tuple[float, float]:
    if not ranges or types <= {np.dtype(np.uint8)}:
        return 0.0, 1.0
    if types <= {np.dtype(np.uint16)}:
        return 0.0, 255.0 / 65535.0
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    scale = scale_of(low, high)
    if scale is None:
        raise DataError(
            f"The pictures' numbers go from {low:g} to {high:g}. "
            f"Scale them to [0, 255], [0, 1] or [-1, 1]; anything else would be guessing."
        )
    if all(kind.kind in "iu" for kind in types) and high <= 1 and low >= 0:
        return 0.0, 255.0  # masks of 0 and 1
    return scale
