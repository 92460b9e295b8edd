"""Whole numbers spread over +-0.49: noise that a row has by its content, so that a copy of it has the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: multiples of it are far from each other."""


def spread(rows: npt.NDArray[np.float64], *, apart: bool = False) -> npt.NDArray[np.float64]:
    """Noise for every number of a table, (n, columns), as if uniform in +-0.49 and independent.

    It depends on nothing but the row's numbers, on how many equal rows stand before it, and on the column. A row that
    is read again in another table therefore gets the same noise, while rows that are equal (the throws of a die) are
    spread evenly. 0.0 and -0.0 are the same.

    Args:
        rows: finite numbers, (n, columns).
        apart: other noise than the same rows get without it.
    """
    keys = _keys(rows)
    keys = _mixed(keys ^ _mixed(_earlier(keys).astype(np.uint64) * _GOLDEN + np.uint64(apart)))
    steps = np.arange(1, rows.shape[1] + 1, dtype=np.uint64) * _GOLDEN
    uniform = (_mixed(keys[:, None] + steps) >> np.uint64(11)) * 2.0**-53
    return np.asarray(0.98 * uniform - 0.49)


def repeats(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """For each row, how many of those before it are equal to it."""
    return _earlier(_keys(rows))


def _keys(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """The same number for the same row, and hardly ever for another."""
    bits = np.ascontiguousarray(rows + 0.0).view(np.uint64)  # -0.0 + 0.0 = 0.0
    keys = np.zeros(len(rows), dtype=np.uint64)
    for at in range(rows.shape[1]):
        keys = _mixed(keys + bits[:, at] + _GOLDEN)
    return keys


def _earlier(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """How many of the keys before each are the same."""
    order = np.argsort(keys, kind="stable")
    places = np.arange(len(keys))
    new = np.diff(keys[order], prepend=~keys[order[:1]]) != 0
    earlier = np.empty(len(keys), dtype=np.int64)
    earlier[order] = places - np.maximum.accumulate(np.where(new, places, 0))
    return earlier


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Every bit depends on every bit given (splitmix64: Steele et al. 2014, doi:10.1145/2660193.2660195)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
