"""Pictures of one array by the block."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import numpy.typing as npt
import pytest

from ganforge.core.contracts import DataOptions
from ganforge.data._arrays import picture_items
from ganforge.data._decode import Unreadable
from ganforge.data._opening import open_source
from ganforge.data._rows import BLOCK, ArrayRows

RANDOM = np.random.default_rng(0)
BYTES = RANDOM.integers(0, 256, (7, 6, 5, 3), dtype=np.uint8)
GREY_AMONG_COLOURS = np.where(np.arange(7)[:, None, None, None] % 2 == 0, BYTES, BYTES[..., :1])
HOLED = BYTES / np.where(np.arange(7)[:, None, None, None] == 4, np.nan, 255.0)


def singly(rows: ArrayRows, wanted: list[int]) -> list[npt.NDArray[np.uint8] | None]:
    """As each picture is read by itself."""
    made: list[npt.NDArray[np.uint8] | None] = []
    width, height = rows.size
    for row in wanted:
        try:
            made.append(rows[row].pixels(height, width, threading.Lock()))
        except Unreadable:
            made.append(None)
    return made


@pytest.mark.parametrize(
    "array",
    [
        BYTES,
        BYTES[..., 0],
        BYTES[..., :1],
        np.moveaxis(BYTES, -1, 1),
        GREY_AMONG_COLOURS,
        BYTES / 255.0,
        BYTES.astype(np.float32) / 127.5 - 1.0,
        BYTES.astype(np.uint16) * 257,
        BYTES > 127,
        HOLED,
    ],
)
@pytest.mark.parametrize("wanted", [list(range(7)), [0, 3, 4, 6]])
def test_a_block_gives_the_same_pixels_as_each_picture_by_itself(
    array: npt.NDArray[np.generic], wanted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganforge.data._rows.BLOCK", 3 * 6 * 5 * 3)  # several blocks
    rows = picture_items(array)
    assert isinstance(rows, ArrayRows)
    assert rows.is_plain(6, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = [None if isinstance(each, Unreadable) else each for each in rows.pixels(wanted)]
    for ours, theirs in zip(made, singly(rows, wanted), strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            assert np.array_equal(ours, theirs)


def test_pictures_with_a_background_or_of_another_size_are_read_one_by_one() -> None:
    rows = picture_items(RANDOM.integers(0, 256, (3, 6, 5, 4), dtype=np.uint8))
    assert isinstance(rows, ArrayRows)
    assert not rows.is_plain(6, 5)
    plain = picture_items(BYTES)
    assert isinstance(plain, ArrayRows)
    assert not plain.is_plain(12, 10)


def test_rows_are_items_by_number_from_either_end() -> None:
    rows = picture_items(BYTES)
    assert [item.name for item in rows] == [f"row {row}" for row in range(7)]
    assert rows[-1].name == "row 6"
    with pytest.raises(IndexError):
        rows[7]


def test_what_is_not_finite_is_left_out_by_name() -> None:
    many = np.tile(HOLED, (4, 1, 1, 1)) + np.arange(28)[:, None, None, None] / 1000.0
    card = open_source(many, DataOptions(size=(6, 5))).card
    assert card.count == 24
    assert [item.name for item in card.skipped] == ["row 4", "row 11", "row 18", "row 25"]
    assert len(many) * 90 < BLOCK
