"""The rows of one array as pictures: items when they are asked for, pixels by the block.

A million pictures as a million objects would take longer to make, and more memory, than the pictures themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from ganforge.data._decode import Unreadable, without_colour
from ganforge.data._items import NOT_FINITE, ArrayItem, to_eight_bits

BLOCK = 1 << 22
"""Numbers that are made pixels at once."""


@dataclass(frozen=True)
class ArrayRows(Sequence[ArrayItem]):
    """Pictures (n, h, w), (n, h, w, 1 | 3 | 4) or (n, c, h, w) of any type of number."""

    array: npt.NDArray[np.generic]
    channels_first: bool
    offset: float
    """As an `ArrayItem`'s."""
    factor: float

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, row: int) -> ArrayItem: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[ArrayItem]: ...
    def __getitem__(self, row: int | slice) -> ArrayItem | Sequence[ArrayItem]:
        """One picture, or those of a slice."""
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        at = range(len(self))[row]  # refuses what lies outside
        return ArrayItem(f"row {at}", self.array[at], self.channels_first, self.offset, self.factor)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, of every picture the same."""
        height, width = self.array.shape[2:4] if self.channels_first else self.array.shape[1:3]
        return width, height

    def is_plain(self, height: int, width: int) -> bool:
        """Whether the pictures need neither scaling nor a background."""
        channels = 1 if self.array.ndim == 3 else self.array.shape[1 if self.channels_first else 3]
        return self.size == (width, height) and channels in (1, 3)

    def pixels(self, rows: Sequence[int]) -> Iterator[npt.NDArray[np.uint8] | Unreadable]:
        """What `ArrayItem.pixels` makes of each of these rows, in ascending order, if they are plain."""
        step = max(1, BLOCK // max(1, int(np.prod(self.array.shape[1:]))))
        for start in range(0, len(rows), step):
            wanted = rows[start : start + step]
            first, last = wanted[0], wanted[-1]
            whole = self.array[first : last + 1]
            block = whole if len(whole) == len(wanted) else whole[np.asarray(wanted) - first]
            yield from self._made(np.moveaxis(block, 1, -1) if self.channels_first else block)

    def _made(self, block: npt.NDArray[np.generic]) -> Iterator[npt.NDArray[np.uint8] | Unreadable]:
        eight, finite = to_eight_bits(block, self.offset, self.factor)
        pixels = eight if eight.ndim == 4 else eight[..., None]
        for row, picture in enumerate(np.ascontiguousarray(pixels)):
            yield without_colour(picture) if finite is None or finite[row] else Unreadable(NOT_FINITE)
