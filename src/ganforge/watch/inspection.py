"""A look at the data before the first step: what is wrong with them, no training can make up for."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch

from ganforge.core.contracts import Source
from ganforge.core.records import Inspected
from ganforge.core.seeding import Draws

MOST_ITEMS = 10_000
"""No more items are looked at."""
MOST_NUMBERS = 4_000_000
"""Nor more numbers in all, so that large items cost no more ..."""
FEWEST_ITEMS = 64
"""... but always so many items, where there are as many."""
FAR = 20.0
"""So many standard deviations, as the quartiles tell them, from the median is far out."""
QUARTILES_OF_NORMAL = 1.349
"""The distance of the quartiles of a normal distribution, in standard deviations."""


def inspect(data: Source) -> Inspected:
    """What the training items look like, as the networks see them.

    Of at most 10,000 of them, fewer where they are large: `data.count` usable items, `data.train` of them to train
    with; `data.constant`, share of numbers of an item that are the same in all; `data.distinct`, how many different
    items there are; `data.commonest`, share of the item that is there most often; `data.farthest`, the largest distance
    of a value from its column's median, in standard deviations as the quartiles tell them; `data.gap`, the widest
    stretch without any value in a column with values far out, as a share of its range; `data.skipped`, share of what
    was offered that was left out.

    Columns whose quartiles are equal (the border of pictures, most of it black) count for neither `data.farthest` nor
    `data.gap`: there, nearly every other value is far.
    """
    card, train = data.card, data.split.train
    x = _items(data)
    varying = x.max(axis=0) > x.min(axis=0)
    ordered = np.sort(x, axis=0)
    broad = ordered[:, _robust(ordered) > 0]
    sizes = _sizes(x)
    offered = card.count + len(card.skipped) if card.offered is None else card.offered
    return Inspected(
        {
            "data.count": float(card.count),
            "data.train": float(len(train)),
            "data.constant": 1.0 - float(varying.mean()) if varying.size else 1.0,
            "data.distinct": float(len(sizes)),
            "data.commonest": float(sizes.max() / sizes.sum()) if sizes.size else 0.0,
            "data.farthest": float(_distances(broad).max(initial=0.0)),
            "data.gap": float(_gaps(broad).max(initial=0.0)),
            "data.skipped": 1.0 - card.count / offered if offered else 0.0,
        }
    )


def _items(data: Source) -> npt.NDArray[np.float32]:
    """Some training items, one a row."""
    rows = data.split.train
    numbers = max(1, math.prod(data.card.shape))
    most = min(MOST_ITEMS, max(FEWEST_ITEMS, MOST_NUMBERS // numbers))
    if len(rows) > most:
        rows = rows[Draws(0, "inspection").permutation(len(rows))[:most]]
    batch = data.batch(rows)
    flat = torch.cat([x.flatten(1).float() for x in batch.real.values()], dim=1)
    return np.asarray(flat.cpu().numpy(), dtype=np.float32)


def _sizes(x: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """How often each different row is there."""
    if not x.size:
        return np.zeros(0, np.int64)
    whole = np.ascontiguousarray(x + 0.0).view(np.dtype((np.void, x.shape[1] * x.itemsize)))[:, 0]  # -0.0 + 0.0 = 0.0
    sizes: npt.NDArray[np.int64] = np.unique(whole, return_counts=True)[1].astype(np.int64)
    return sizes


def _robust(ordered: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Standard deviations as the quartiles of a normal distribution would tell them."""
    n = len(ordered)
    return np.asarray((ordered[3 * n // 4] - ordered[n // 4]) / QUARTILES_OF_NORMAL, dtype=np.float32)


def _distances(ordered: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The largest distance from the median in each column, in robust standard deviations."""
    if not ordered.size:
        return np.zeros(0, np.float32)
    median = ordered[len(ordered) // 2]
    away = np.maximum(ordered[-1] - median, median - ordered[0])
    return np.asarray(away / _robust(ordered), dtype=np.float32)


def _gaps(ordered: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The widest empty stretch of each column, as a share of its range; 0 where nothing lies far out."""
    if not ordered.size:
        return np.zeros(0, np.float32)
    widest = (ordered[1:] - ordered[:-1]).max(axis=0, initial=0.0)
    share = widest / (ordered[-1] - ordered[0])
    return np.where(_distances(ordered) >= FAR, share, 0.0).astype(np.float32)
