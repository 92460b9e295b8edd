"""Columns of numbers: new rows made to fit those of a run, and what can be said of rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.errors import DataError
from ganforge.core.records import Items, Skipped, Trait
from ganforge.data._spread import spread
from ganforge.data._tables import Table, count_of, listed

Numbers = npt.NDArray[np.float64]
LARGEST = 1e300
"""Numbers beyond are taken for missing: their spread could not be computed."""
PAIRED = 10
"""Of the first so many columns each pair is looked at."""


@dataclass(frozen=True)
class Column:
    """What is known of one column, enough to restore it."""

    name: str
    mean: float
    """Of a constant column: its value."""
    std: float
    """0 = constant: not shown to the networks, restored in `decode`."""
    whole: bool
    """All its numbers are whole: so are those restored."""
    low: float
    """Lower end of what previews show."""
    high: float
    """Upper end of what previews show."""
    spread: bool = True
    """Its whole numbers are spread for the networks, if it has any."""


def fit_rows(table: Table, columns: tuple[Column, ...], what: str) -> Items:
    """The rows of a table, standardised as the columns of a run are; rows with gaps are skipped by number.

    Args:
        table: as it was found.
        columns: those of the run; of the table's, they are found by name, or by place where there are no names.
        what: the table, for messages.

    Raises:
        DataError: a column is missing, or no row is complete.
    """
    places = _places(table, columns, what)
    varying = [column for column in columns if column.std > 0]
    values = table.values[:, [places[column.name] for column in varying]]
    finite: npt.NDArray[np.bool_] = np.less(np.abs(values), LARGEST)  # False for NaN too
    good: npt.NDArray[np.bool_] = np.all(finite, axis=1)
    numbers = table.numbers or tuple(range(1, len(values) + 1))
    names = tuple(f"row {number}" for number in numbers)
    lacks = {row: [c.name for at, c in enumerate(varying) if not finite[row, at]] for row in np.flatnonzero(~good)}
    skipped = tuple(Skipped(names[row], f"no usable number in {listed(gaps)}") for row, gaps in lacks.items())
    if not good.any():
        raise DataError(f"{what} holds no row with a number in each of {listed([c.name for c in varying])}.")
    noise = spread(values[good])
    standard = [_standard(values[good, at], noise[:, at], column) for at, column in enumerate(varying)]
    notes = (*table.notes, *_changed(table.values[good], columns, places))
    kept = tuple(name for name, keep in zip(names, good, strict=True) if keep)
    return Items(torch.from_numpy(np.stack(standard, 1)).float(), kept, skipped, notes)


def row_traits(x: Float[Tensor, "n d"], columns: tuple[Column, ...]) -> tuple[Trait, ...]:
    """Of each standardised column its mean, spread and tails, and of each pair how they go together."""
    x = x.double()
    varying = [column for column in columns if column.std > 0]
    made = []
    for at, column in enumerate(varying):
        values, name = x[:, at], column.name
        low, high = ((edge - column.mean) / column.std for edge in (column.low, column.high))
        outside = ((values < low) | (values > high)).double()
        made += [
            _trait(f"mean of {name}", values, f"are too low in '{name}'", f"are too high in '{name}'"),
            _trait(
                f"spread of {name}",
                values.abs(),
                f"vary too little in '{name}'",
                f"have too large a spread in '{name}'",
            ),
            _trait(
                f"tails of {name}",
                outside,
                f"have too few outliers in '{name}'",
                f"lie outside the data's range in '{name}' too often",
            ),
        ]
    for (a, first), (b, second) in combinations(list(enumerate(varying))[:PAIRED], 2):
        pair = f"'{first.name}' and '{second.name}'"
        # Bounded, so that a few rows far out do not decide; still 0 on average where nothing goes together
        together = x[:, a].clamp(-3, 3) * x[:, b].clamp(-3, 3)
        made.append(
            _trait(
                f"correlation of {first.name} and {second.name}",
                together,
                f"have {pair} rise together too little",
                f"have {pair} rise together too much",
            )
        )
    return tuple(made)


def _trait(name: str, values: Tensor, less: str, more: str) -> Trait:
    return Trait(name, values.float(), less, more, visible=0.01)


def _places(table: Table, columns: tuple[Column, ...], what: str) -> dict[str, int]:
    """Where each column of the run that varies stands in the table; also others that are there."""
    by_name = {name: place for place, name in enumerate(table.names)}
    missing = [column.name for column in columns if column.std > 0 and column.name not in by_name]
    if not missing:
        return {column.name: by_name[column.name] for column in columns if column.name in by_name}
    plain = ("x", "y") if len(columns) == 2 else ()
    unnamed = all(c.name == f"column {n}" for n, c in enumerate(columns, 1)) or tuple(c.name for c in columns) == plain
    if len(columns) == len(table.names) and (unnamed or not table.named):
        return {column.name: place for place, column in enumerate(columns)}
    found = f"it has {listed(table.names)}" if table.named else f"it has {count_of(len(table.names), 'unnamed column')}"
    wanted = f"the {count_of(len(columns), 'column')} of the run's data ({listed([c.name for c in columns])})"
    raise DataError(f"In {what} there is no column {listed(missing)}: {found}. Give it {wanted}.")


def _standard(values: Numbers, noise: Numbers, column: Column) -> Numbers:
    unit = max(abs(column.mean), column.std, 1 / LARGEST)  # as in opening: large numbers must not overflow
    if column.whole and column.spread:  # as the training data were, so that whole numbers do not look forged
        values = np.where((values == np.rint(values)) & (np.abs(values) < 2.0**52), values + noise, values)
    return np.asarray((values / unit - column.mean / unit) / (column.std / unit))


def _changed(values: Numbers, columns: tuple[Column, ...], places: dict[str, int]) -> list[str]:
    """Told of columns that never vary in the run's data, and do here: the networks do not see them."""
    other = [
        f"{column.name} = {column.mean:g}"
        for column in columns
        if column.std == 0 and column.name in places and (values[:, places[column.name]] != column.mean).any()
    ]
    return [f"Not looked at, though it differs here from what it always was: {listed(other)}."] if other else []
