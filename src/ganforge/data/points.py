"""Numbers: rows of a .csv, .txt, .npy or .npz, an array in memory, or the built-in ring, grid and spiral."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from ganforge.core.contracts import DataOptions, Domain, Source, Unit
from ganforge.core.errors import DataError, RunError, SettingError
from ganforge.core.records import Batch, DataCard, Items, Match, Split, Trait
from ganforge.core.seeding import Draws
from ganforge.data._arrays import ARRAY_SUFFIXES, in_memory, look_into
from ganforge.data._columns import LARGEST, Column, Numbers, fit_rows, row_traits
from ganforge.data._opening import existing
from ganforge.data._plots import Window, draw_columns
from ganforge.data._samples import SAMPLES, draw_points, sample_named
from ganforge.data._split import fingerprint, hash_rows, split_by_content, told_of
from ganforge.data._spread import repeats, spread
from ganforge.data._tables import TEXT_SUFFIXES, Table, count_of, first, listed, read_table

_SPREAD = 100_000
"""Whole-number columns with a larger range need not be spread: their steps are too small to be seen."""
_BY_CHANCE = 0.01
"""Where more rows than this share equal an earlier one, new rows often equal one too, and are no copies for that: each
row is split by itself, so that what is held out repeats what is trained on as often as new rows would."""
_FOREIGN = {".xlsx": "Excel", ".xls": "Excel", ".ods": "spreadsheet", ".parquet": "Parquet", ".json": "JSON"}


@dataclass(frozen=True)
class Points(Domain):
    """Rows of numbers; every column is standardised for the networks and restored in its own units.

    Whole-number columns are spread evenly over +-0.5 before they are standardised (so that the discriminator cannot
    tell forgeries by their decimals) and restored by rounding; real rows come back exactly up to a range of millions.
    A row that is read again is spread as it was, so that copies show, unless rows repeat so often that new ones do too.
    Constant columns are kept out of the networks and restored.
    """

    shown: ClassVar[int] = 4096  # a cloud of points needs many
    singly: ClassVar[bool] = False
    features: ClassVar[tuple[str, ...]] = ("numbers", "discriminator")
    augmentations: ClassVar[tuple[str, ...]] = ("noise",)

    columns: tuple[Column, ...]

    @classmethod
    def recognise(cls, source: Any) -> Match:
        """Text files of numbers, arrays of two axes, three built-in samples."""
        name = sample_named(source, "points")
        if name is not None:
            return Match(1.0, SAMPLES[name].what)
        if isinstance(source, str | os.PathLike):
            return _recognise_path(Path(source))
        array = in_memory(source)
        if isinstance(array, np.ndarray):
            return Match(0.9 if array.ndim in (1, 2) else 0.0, f"an array of the shape {array.shape}")
        return Match(0.0, f"a {type(source).__name__}")

    @classmethod
    def open(cls, source: Any, options: DataOptions) -> PointSource:
        """Read the source. Rows with missing or non-finite values are left out and told.

        Raises:
            DataError: nothing usable in it, or labels were asked for.
        """
        if options.labels:
            raise DataError("Rows of numbers have no labels to train with. Leave out --labels.")
        sample = sample_named(source, "points")
        if sample is not None:
            return _source(_sampled(sample), sample, sample, f"'{sample}'")
        if isinstance(source, str | os.PathLike):
            path = Path(source).absolute()
            return _source(_read(path), path.stem, str(path), str(path))
        return _source(_given(source), "array", "", "the array")

    @property
    def varying(self) -> list[int]:
        """Places of the columns that the networks see."""
        return [place for place, column in enumerate(self.columns) if column.std > 0]

    def shape(self) -> tuple[int, ...]:
        """(columns that vary,)."""
        return (len(self.varying),)

    def head(self, raw: Float[Tensor, "n d"], draws: Draws) -> Float[Tensor, "n d"]:
        """The numbers as they are: a standardised column has no bounds."""
        return raw.float()

    def decode(self, x: Float[Tensor, "n d"]) -> Numbers:
        """(n, columns), constants included, in the user's units."""
        means = np.array([column.mean for column in self.columns])
        out = np.tile(means, (len(x), 1))
        varying = self.varying
        scales = np.array([self.columns[place].std for place in varying])
        out[:, varying] = x.detach().to("cpu", torch.float64).numpy() * scales + means[varying]
        whole = [place for place in varying if self.columns[place].whole]
        if whole:
            out[:, whole] = np.rint(out[:, whole]) + 0.0  # + 0.0 makes -0 into 0
        return out

    def units(self) -> tuple[Unit, ...]:
        """A unit a column, the constant ones included: a scale of 0."""
        places = {place: axis for axis, place in enumerate(self.varying)}
        return tuple(
            Unit(column.name, places.get(at, 0), column.std, column.mean, column.whole and column.std > 0)
            for at, column in enumerate(self.columns)
        )

    def write(self, samples: npt.NDArray[Any], path: Path) -> list[Path]:
        """`.csv` with a header, `.npy`, or `.png` (the preview); anything without a suffix: samples.csv in a folder.

        Raises:
            SettingError: another suffix.
            RunError: the file or folder cannot be written.
        """
        suffix = "" if path.is_dir() else path.suffix.lower()
        if suffix not in ("", ".csv", ".npy", ".png"):
            raise SettingError(f"Numbers cannot be written as '{suffix}'. Use .csv, .npy, .png, or a folder's name.")
        target = path / "samples.csv" if suffix == "" else path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if suffix == ".npy":
                np.save(target, samples)
            elif suffix == ".png":
                self.preview(samples).save(target)
            else:
                self._write_csv(samples, target)
        except OSError as error:
            raise RunError(f"{target} cannot be written ({error.strerror or error}). Name another place.") from error
        return [target]

    def preview(self, samples: npt.NDArray[Any], columns: int | None = None) -> Image.Image:
        """One column: a histogram; two: where the points lie; more: each pair of the first four.

        The window is that of the real data, so that pictures of one run can be compared.
        """
        shown = self.varying[:4]
        windows = [Window(self.columns[at].name, self.columns[at].low, self.columns[at].high) for at in shown]
        return draw_columns(np.asarray(samples, dtype=np.float64)[:, shown], windows)

    def read(self, source: Any, tell: Callable[[str], None] = lambda text: None) -> Items:
        """Rows standardised as those of the run; columns are found by name, or by place where they have no names.

        Raises:
            DataError: a column is missing, or no row is complete.
        """
        sample = sample_named(source, "points")
        if sample is not None:
            return fit_rows(_sampled(sample), self.columns, f"'{sample}'")
        if isinstance(source, str | os.PathLike):
            path = existing(source).absolute()
            if path.is_dir() or path.suffix.lower() not in (*ARRAY_SUFFIXES, *TEXT_SUFFIXES):
                raise DataError(f"{path} is {_recognise_path(path).reason}. Name a .csv, .txt, .npy or .npz file.")
            return fit_rows(_read(path), self.columns, str(path))
        return fit_rows(_given(source), self.columns, "the array")

    def traits(self, x: Float[Tensor, "n d"]) -> tuple[Trait, ...]:
        """Each column's mean, spread and tails, and how pairs of columns go together."""
        return row_traits(x, self.columns)

    def _write_csv(self, samples: npt.NDArray[Any], path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(column.name for column in self.columns)
            for row in samples.tolist():
                writer.writerow(
                    int(value) if column.whole and math.isfinite(value) else repr(value)
                    for value, column in zip(row, self.columns, strict=True)
                )


DOMAIN = Points


class PointSource(Source):
    """Rows of numbers, standardised, in memory."""

    def __init__(self, domain: Points, card: DataCard, split: Split, standard: Float[Tensor, "n d"]) -> None:
        self.domain = domain
        self.card = card
        self.split = split
        self._standard = standard

    def batch(self, rows: Int[Tensor, n]) -> Batch:
        """Rows (n, columns that vary), mean 0 and standard deviation 1 over all of the data, float32."""
        rows = rows.cpu()
        return Batch({"x": self._standard.index_select(0, rows)}, None, rows)


def _recognise_path(path: Path) -> Match:
    suffix = path.suffix.lower()
    if path.is_dir():
        return Match(0.0, "a folder")
    if not path.is_file():
        return Match(0.0, "no file or folder")
    if suffix in ARRAY_SUFFIXES:
        shape = look_into(path).shape
        return Match(0.9 if len(shape) in (1, 2) else 0.0, f"an array of the shape {shape}")
    if suffix in TEXT_SUFFIXES:
        return Match(0.9, "a text file of numbers")
    if suffix in _FOREIGN:
        return Match(0.0, f"{_FOREIGN[suffix]} files are not read; save it as .csv")
    return Match(0.0, f"a file with the suffix '{suffix}'" if suffix else "a file without a suffix")


def _sampled(name: str) -> Table:
    return Table(("x", "y"), draw_points(name), named=False)


def _given(source: object) -> Table:
    array = in_memory(source)
    if not isinstance(array, np.ndarray):
        raise DataError(f"A {type(source).__name__} holds no rows of numbers; give an array (rows, columns).")
    return _table_of(array, "the array")


def _read(path: Path) -> Table:
    if path.suffix.lower() in ARRAY_SUFFIXES:
        file = look_into(path)
        return replace(_table_of(file.samples(), str(path)), notes=file.notes)
    return read_table(path)


def _table_of(array: npt.NDArray[Any], what: str) -> Table:
    if array.dtype.kind not in "biuf":
        raise DataError(f"{what} holds {array.dtype}; rows must be real numbers.")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise DataError(f"{what} has the shape {array.shape}; rows of numbers have two axes: (rows, columns).")
    names = ("x", "y") if array.shape[1] == 2 else tuple(f"column {n}" for n in range(1, array.shape[1] + 1))
    return Table(names, np.asarray(array, dtype=np.float64), named=False)


def _source(table: Table, name: str, source: str, what: str) -> PointSource:
    offered = len(table.values)
    table, notes = _without_gaps(table, what)
    varying = [at for at in range(len(table.names)) if _varies(table.values[:, at])]
    noise = np.zeros_like(table.values)
    seen = table.values[:, varying]  # constant columns need not be there in `read`
    earlier = repeats(seen)
    by_chance = float((earlier > 0).mean()) > _BY_CHANCE
    noise[:, varying] = spread(seen, apart=by_chance)
    columns, standard = [], []
    for at, column_name in enumerate(table.names):
        column, numbers = _column(column_name, table.values[:, at], noise[:, at])
        columns.append(column)
        if column.std > 0:
            standard.append(numbers)
    notes += _told(columns)
    if not standard:
        raise DataError(f"Every column of {what} is constant, so there is nothing to learn. Name data that vary.")
    domain = Points(tuple(columns))
    hashes = hash_rows(table.values)
    split = split_by_content(hash_rows(np.column_stack([table.values, earlier])) if by_chance else hashes)
    card = DataCard(
        name=name or "numbers",
        domain="points",
        count=len(hashes),
        shape=domain.shape(),
        fingerprint=fingerprint(hashes, *table.names),
        source=source,
        notes=(*notes, *told_of(split, hashes, "rows")),
        offered=offered,
    )
    return PointSource(domain, card, split, torch.from_numpy(np.stack(standard, 1)))


def _without_gaps(table: Table, what: str) -> tuple[Table, list[str]]:
    """The table without columns that are mostly missing, then without rows in which anything is."""
    notes = list(table.notes)
    if not table.values.size:
        raise DataError(f"{what} has the shape {table.values.shape}: there is nothing in it.")
    finite = np.abs(table.values) < LARGEST  # False for NaN too
    full = finite.mean(0) > 0.5
    if not full.any():
        raise DataError(f"In {what}, more than half of every column is missing. Name a fuller table.")
    if not full.all():
        empty = [name for name, good in zip(table.names, full, strict=True) if not good]
        columns = count_of(len(empty), "column")
        notes.append(f"{columns} left out, missing in half of the rows or more: {listed(empty)}.")
    good = finite[:, full].all(1)
    values = table.values[:, full][good]
    if not good.all():
        gaps = np.flatnonzero(~good) + 1
        notes.append(f"{count_of(len(gaps), 'row')} left out with missing, infinite or huge numbers ({first(gaps)}).")
    if len(values) < 2:
        told = f" {' '.join(notes)}" if notes else ""
        raise DataError(f"{what} holds {count_of(len(values), 'usable row')}; at least 2 are needed.{told}")
    names = tuple(name for name, keep in zip(table.names, full, strict=True) if keep)
    return Table(names, values, named=table.named), notes


def _varies(values: Numbers) -> bool:
    size = float(np.abs(values).max())
    return size > 1 / LARGEST and float(np.ptp(values / size)) > 1e-14


def _column(name: str, values: Numbers, noise: Numbers) -> tuple[Column, npt.NDArray[np.float32]]:
    """What is known of a column, and the column standardised."""
    size = float(np.abs(values).max())
    whole = bool(size < 2.0**52 and np.all(values == np.rint(values)))
    unit = max(size, 1 / LARGEST)  # squares of very large or small numbers would leave the range of floats
    if not _varies(values):
        value = float(values[0])
        return Column(name, value, 0.0, whole, value, value), np.zeros(0, dtype=np.float32)
    blurred = whole and float(np.ptp(values)) <= _SPREAD
    scaled = (values + noise if blurred else values) / unit
    mean, std = float(scaled.mean()), float(scaled.std())
    low, high = _window(values / unit)
    standard = ((scaled - mean) / std).astype(np.float32)
    return Column(name, mean * unit, std * unit, whole, low * unit, high * unit, blurred), standard


def _window(values: Numbers) -> tuple[float, float]:
    """All but the outermost thousandths, with a margin."""
    low, high = (float(edge) for edge in np.quantile(values, (0.001, 0.999)))
    if low == high:
        low, high = float(values.min()), float(values.max())
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def _told(columns: list[Column]) -> list[str]:
    notes = []
    constant = [f"{column.name} = {column.mean:g}" for column in columns if column.std == 0]
    whole = [column.name for column in columns if column.whole and column.std > 0]
    if constant:
        notes.append(f"{count_of(len(constant), 'constant column')} kept aside and put back: {listed(constant)}.")
    if whole:
        columns_of = count_of(len(whole), "column")
        notes.append(f"Generated numbers are rounded in {columns_of} of whole numbers: {listed(whole)}.")
    return notes
