"""A look at the data before the first step: what is wrong with them, no training can make up for."""

from __future__ import annotations

import math
from typing import Any

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
COMMON = 0.05
"""A number that makes up more than this share of a column stands for itself (none, unknown, yes): it has no unit."""
ENOUGH = 64
"""Of fewer numbers in a column nobody can tell how they lie."""
BANDS = 19
"""A column's numbers are looked at in so many bands of equally many."""
DIFFERENT = 0.9
"""Numbers of which so many are different are measured, not counted."""
FEW = 0.02
"""Fewer of a column's numbers than this are no group."""
ALIKE = 3.0
"""Groups whose spreads, on a scale of magnitudes, differ by no more than this factor, and are by as much smaller than
the gap between them, are the same in two units."""
SAME = 1.5
"""As ALIKE, for groups that overlap: two units of one thing spread as much, and only as samples do."""
APART = 3.0
"""Groups whose means lie so many times as far apart as their two deviations together are two; halves of one normal
distribution reach 1.3, of a uniform one 1.7."""
STRAYS = 3
"""So many rows, or a number that is there so often, are no group of their own but single values, or a code ..."""
STRAY_SHARE = 0.001
"""... as are rows that make up no more than this share."""
SQUEEZED = 0.995
"""Where so much of a column's range is empty, all that lies before it is squeezed into next to nothing."""
WHOLE_ROWS = 0.9
"""Where one column has so many different numbers for each different row, rows repeat as wholes, not by chance."""
QUARTILES_OF_NORMAL = 1.349
"""The distance of the quartiles of a normal distribution, in standard deviations."""


def inspect(data: Source) -> Inspected:
    """What the training items look like, as the networks see them.

    Of at most 10,000 of them, fewer where they are large: `data.count` usable items, `data.train` of them to train
    with; `data.constant`, share of numbers of an item that are the same in all; `data.aside`, share of a table's
    columns that the networks are not shown, because they never vary; `data.looked`, how many were looked at, and
    `data.distinct`, how many of them are different, in the user's units; `data.commonest`, share of the item that is
    there most often; `data.repeated`, share of the items that repeat another as a whole; `data.counted`, 1 where all is
    whole numbers; `data.skipped`, share of what was offered that was left out.

    Of tables: `data.columns`, how many there are; `data.farthest`, the largest distance of a value from its column's
    median, in standard deviations as the quartiles tell them; `data.gap`, the widest stretch without any value in a
    column with values far out, as a share of its range; `data.stray`, the same of a column where beyond it lie single
    values, or one number; `data.atom`, the share of one number in a column whose other numbers hardly ever repeat;
    `data.edge`, the same of a number that is 0, the lowest or the highest; `data.uneven`, how many times wider the wide
    bands of a column are than its narrow ones; `data.units`, the factor between two groups of a column's values that
    look like the same in two units.

    Columns whose quartiles are equal count for neither `data.farthest` nor `data.gap`: there, nearly every other value
    is far.
    """
    card, train = data.card, data.split.train
    x = _items(data)
    varying = x.max(axis=0) > x.min(axis=0)
    own = _in_own_units(data, x)
    columns = own.T if len(card.shape) == 1 else ()
    ordered = np.sort(x if len(columns) else x[:, :0], axis=0)
    broad = ordered[:, _robust(ordered) > 0]
    sizes = _sizes(own)
    atoms = [_atom(column) for column in columns]
    offered = card.count + len(card.skipped) if card.offered is None else card.offered
    return Inspected(
        {
            "data.count": float(card.count),
            "data.train": float(len(train)),
            "data.constant": 1.0 - float(varying.mean()) if varying.size else 1.0,
            "data.columns": float(len(columns)),
            "data.aside": 1.0 - x.shape[1] / len(columns) if len(columns) else 0.0,
            "data.looked": float(len(x)),
            "data.distinct": float(len(sizes)),
            "data.commonest": float(sizes.max() / sizes.sum()) if sizes.size else 0.0,
            "data.repeated": _repeated(own, len(sizes), table=len(columns) > 0),
            "data.counted": float(len(columns) > 0 and not np.any(own % 1)),
            "data.farthest": float(_distances(broad).max(initial=0.0)),
            "data.gap": float(_gaps(broad).max(initial=0.0)),
            "data.stray": max(map(_stray, broad.T), default=0.0),
            "data.atom": max((share for share, natural in atoms if not natural), default=0.0),
            "data.edge": max((share for share, natural in atoms if natural), default=0.0),
            "data.uneven": max(map(_unevenness, columns), default=1.0),
            "data.units": max(map(_units, columns), default=1.0),
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


def _in_own_units(data: Source, x: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """The same items as the user has them, one a row, with what the networks are not shown.

    As the networks see them where what the user has are no numbers (times of day, words).
    """
    if x.shape[1] != math.prod(data.card.shape):
        return x  # more than what is made: the domain restores that alone
    own = data.domain.decode(torch.from_numpy(x).view(len(x), *data.card.shape))
    return own.reshape(len(x), -1) if np.issubdtype(own.dtype, np.number) else x


def _sizes(x: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """How often each different row is there."""
    if not x.size:
        return np.zeros(0, np.int64)
    plain = np.ascontiguousarray(x + 0.0)  # -0.0 + 0.0 = 0.0
    whole = plain.view(np.dtype((np.void, plain.shape[1] * plain.itemsize)))[:, 0]
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


def _stray(ordered: npt.NDArray[np.float32]) -> float:
    """The widest empty stretch of a column, as a share of its range, where what lies beyond it are strays; else 0.

    Strays are a code that is there again and again, or few rows beside values that reach no farther out than usual:
    of a heavy tail the farthest are always few, with ever wider stretches before them. A small group of its own is
    none, unless it squeezes all the rest.
    """
    steps = ordered[1:] - ordered[:-1]
    widest = int(steps.argmax())
    share = float(steps[widest] / (ordered[-1] - ordered[0]))
    parts = sorted((ordered[: widest + 1], ordered[widest + 1 :]), key=len)
    beyond, rest = parts[0], parts[1][:, None]
    if _distances(ordered[:, None])[0] < FAR:
        return 0.0
    is_code = len(beyond) >= STRAYS and bool(beyond[0] == beyond[-1])
    are_few = len(beyond) <= max(STRAYS, int(STRAY_SHARE * len(ordered))) or bool(beyond[0] == beyond[-1])
    is_plain = bool(_robust(rest)[0] > 0.0) and bool(_distances(rest)[0] < FAR)
    return share if is_code or (are_few and is_plain) or share >= SQUEEZED else 0.0


def _repeated(own: npt.NDArray[Any], different: int, *, table: bool) -> float:
    """The share of items that repeat another as a whole; 0 where columns have so few values that they must meet."""
    if table:
        most = max((len(np.unique(column)) for column in own.T), default=0)
        if own.shape[1] < 2 or most < WHOLE_ROWS * different:
            return 0.0
    return 1.0 - different / len(own) if len(own) else 0.0


def _atom(column: npt.NDArray[Any]) -> tuple[float, bool]:
    """The share of the commonest number, where the others are as good as all different, else 0; and whether it is one
    of those that are common by nature: nothing, the least, the most.
    """
    different, times = np.unique(column, return_counts=True)
    others = len(column) - int(times.max(initial=0))
    if others < ENOUGH or len(different) - 1 < DIFFERENT * others:
        return 0.0, True
    number = different[times.argmax()]
    return 1.0 - others / len(column), bool(number in (0, different[0], different[-1]))


def _with_units(column: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """A column's numbers in order, without those that are there so often that they stand for themselves."""
    different, times = np.unique(column.astype(np.float64), return_counts=True)
    rare = times <= COMMON * len(column)
    numbers = np.repeat(different[rare], times[rare])
    return np.asarray(numbers if len(numbers) >= ENOUGH else numbers[:0])


def _unevenness(column: npt.NDArray[Any]) -> float:
    """How many times wider the wide bands of equally many numbers are than the narrow ones.

    Heavy tails reach 40, two clusters of one width 2; half of the numbers in a unit of a hundredth reach a hundred.
    """
    numbers = _with_units(column)
    if not len(numbers):
        return 1.0
    finest = float(_steps(np.unique(numbers)).min(initial=np.inf))
    edges = np.quantile(numbers, np.linspace(0.5, BANDS + 0.5, BANDS + 1) / (BANDS + 1))
    narrow, wide = np.quantile(np.maximum(_steps(edges), finest), (0.25, 0.75))
    return float(wide / narrow)


def _units(column: npt.NDArray[Any]) -> float:
    """The factor between two groups of magnitudes that are far apart and spread alike; 1 = there are no such two."""
    numbers = np.abs(_with_units(column))
    magnitudes = np.sort(np.log10(numbers[numbers > 0.0]))
    return max(_with_nothing_between(magnitudes), _with_little_between(magnitudes))


def _with_nothing_between(magnitudes: npt.NDArray[np.float64]) -> float:
    """The factor over the widest stretch without any magnitude, where it parts two groups."""
    least = max(FEWEST_ITEMS // 8, int(FEW * len(magnitudes)))
    steps = _steps(magnitudes)[least - 1 : len(magnitudes) - least]
    if not len(steps):
        return 1.0
    widest = int(steps.argmax())
    spreads = magnitudes[: least + widest].std(), magnitudes[least + widest :].std()
    alike = 0.0 < max(spreads) <= ALIKE * min(spreads) and ALIKE * max(spreads) <= steps[widest]
    return float(10.0 ** steps[widest]) if alike else 1.0


def _with_little_between(magnitudes: npt.NDArray[np.float64]) -> float:
    """The factor between two groups that overlap, as numbers around 0 do in any unit.

    The border is where the two differ most (Otsu 1979, doi:10.1109/TSMC.1979.4310076).
    """
    n = len(magnitudes)
    least = max(FEWEST_ITEMS // 8, int(FEW * n))
    if n < 2 * least:
        return 1.0
    sizes, sums = np.arange(1, n), np.cumsum(magnitudes)[:-1]
    between = sizes * (n - sizes) * (sums / sizes - (magnitudes.sum() - sums) / (n - sizes)) ** 2
    place = int(between[least - 1 : n - least].argmax())
    if place in (0, n - 2 * least):  # it would lie farther out: that is no group
        return 1.0
    border = least + place
    low, high = magnitudes[:border], magnitudes[border:]
    spreads, step = (low.std(), high.std()), high.mean() - low.mean()
    alike = 0.0 < max(spreads) <= SAME * min(spreads) and step >= APART * sum(spreads)
    return float(10.0**step) if alike else 1.0


def _steps(ordered: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(ordered[1:] - ordered[:-1])
