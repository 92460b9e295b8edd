"""Text files of numbers: which delimiter, is there a header, what is missing."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ganforge.core.errors import DataError

Numbers = npt.NDArray[np.float64]

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".dat")
_DELIMITERS = (",", ";", "\t", "|", " ")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "white space"}
_MISSING = frozenset(("", "na", "n/a", "nan", "-nan", "null", "none", "?", "-", "--", ".", "#n/a", "missing"))
_MAX_BYTES = 2_000_000_000
_SAMPLE_LINES = 200
_LINE_ENDS = re.compile(r"\r\n|\n|\r")  # str.splitlines would also split at form feeds and the like
_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Table:
    """A table of numbers as it was found."""

    names: tuple[str, ...]
    values: Numbers
    """(rows, columns); NaN = missing."""
    notes: tuple[str, ...] = ()
    """What was left out in reading, a sentence each."""
    named: bool = True
    """Whether the names come from the file."""
    numbers: tuple[int, ...] | None = None
    """The rows' numbers in the file; None = 1, 2, 3, ..."""


def read_table(path: Path) -> Table:
    """Read decimal text: CSV with or without header and quotes, tab separated, or separated by white space.

    The delimiter is the one that gives the most lines the same number of cells. The first line is a header if it has
    text where the column has numbers. With another delimiter than the comma, a decimal comma is understood.

    Raises:
        DataError: it is no text, too large, or holds no column of numbers.
    """
    rows, delimiter = _rows(_lines(path), path)
    width = Counter(len(row) for row in rows[:10_000]).most_common(1)[0][0]
    header = rows[0] if len(rows) > 1 and len(rows[0]) == width and _is_header(rows[0], rows[1:_SAMPLE_LINES]) else None
    body = rows[1:] if header else rows
    notes = [f"{count_of(width, 'column')}{f', separated by {_NAMES[delimiter]}' if width > 1 else ''}."]
    ragged = [number for number, row in enumerate(body, 1) if len(row) != width]
    places = None
    if ragged:
        places = tuple(number for number, row in enumerate(body, 1) if len(row) == width)
        body = [row for row in body if len(row) == width]
        notes.append(
            f"{count_of(len(ragged), 'row')} left out that {_have(len(ragged))} another number of cells "
            f"than {width} ({first(ragged)})."
        )
    if not body:
        raise DataError(f"{path} holds no rows below its header ({_shown(rows[0])}). Name a table of numbers.")
    if delimiter == "," and _may_be_decimal(body):
        notes.append('If "1,5" means one and a half here: a decimal comma must be written as a point.')
    columns = list(zip(*body, strict=True))
    commas = delimiter != "," and any(_COMMA_NUMBER.fullmatch(cell) for row in body[:_SAMPLE_LINES] for cell in row)
    names = [name.strip() or f"column {n}" for n, name in enumerate(header or [""] * width, 1)]
    kept, texts = [], []
    for name, cells in zip(unique(names), columns, strict=True):
        numbers = _numbers(cells, commas)
        if numbers is None:
            texts.append(name)
        else:
            kept.append((name, numbers))
    if commas:
        notes.append("Commas were read as decimal commas.")
    if texts:
        notes.append(f"{count_of(len(texts), 'column')} of text left out: {listed(texts)}.")
    if not kept:
        raise DataError(f"{path} holds no column of numbers (found: {_shown(rows[0])}). Name a table of numbers.")
    values = np.stack([n for _, n in kept], 1)
    return Table(tuple(name for name, _ in kept), values, tuple(notes), header is not None, places)


def unique(names: Sequence[str]) -> list[str]:
    """The names, later ones of the same name with a number: x, x (2)."""
    seen: Counter[str] = Counter()
    result = []
    for name in names:
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result


def first(rows: Sequence[int] | npt.NDArray[np.int64], most: int = 5) -> str:
    """The first of these row numbers, in words."""
    shown = ", ".join(str(row) for row in rows[:most])
    return f"row{'s' if len(rows) > 1 else ''} {shown}{', ...' if len(rows) > most else ''}"


def count_of(number: int, thing: str) -> str:
    """A number and its thing, as in 1 row, 2,000 rows."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def listed(names: Sequence[str], most: int = 6) -> str:
    """The first of these names."""
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(f"{path} is larger than {_MAX_BYTES // 1_000_000_000} GB. Save the numbers as .npy.")
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}).") from error
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = raw.decode("utf-16", "replace")
    elif b"\0" in raw[:4096]:
        raise DataError(f"{path} is no text, whatever its name. Name a table of numbers, .npy, or pictures.")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
    lines = [line for line in _LINE_ENDS.split(text) if line.strip()]
    if lines and lines[0].startswith("#"):
        lines[0] = lines[0].lstrip("# ")  # numpy.savetxt writes the header so
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    if not lines:
        raise DataError(f"{path} is empty. Name a table of numbers.")
    return lines


def _rows(lines: list[str], path: Path) -> tuple[list[list[str]], str]:
    sample = lines[:_SAMPLE_LINES]
    try:
        best = max(_DELIMITERS, key=lambda delimiter: _agreement(_cells(sample, delimiter)))
        return _cells(lines, best), best
    except csv.Error as error:
        raise DataError(f"{path} cannot be read as a table ({error}).") from error


def _agreement(rows: list[list[str]]) -> tuple[float, int]:
    """Share of the rows that have the commonest number of cells, and that number; one cell does not count."""
    width, count = Counter(map(len, rows)).most_common(1)[0]
    return (count / len(rows), width) if width > 1 else (0.0, 1)


def _cells(lines: list[str], delimiter: str) -> list[list[str]]:
    if delimiter == " ":
        return [line.split() for line in lines]
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    return [[cell.strip() for cell in row] for row in reader]


def _is_header(row: list[str], rest: list[list[str]]) -> bool:
    """Text over numbers makes a header; so does text alone over anything."""
    if not any(_is_text(cell) for cell in row):
        return False
    if all(_is_text(cell) for cell in row):
        return True
    for column, cell in enumerate(row):
        below = [line[column] for line in rest if len(line) > column and line[column].lower() not in _MISSING]
        if _is_text(cell) and below and sum(map(_is_text, below)) * 2 < len(below):
            return True
    return False


def _may_be_decimal(rows: list[list[str]]) -> bool:
    """Whether two columns look like one with decimal commas: digits alone, of varying number after the comma."""
    if any(len(row) != 2 for row in rows):
        return False
    digits = all(row[0].lstrip("+-").isdecimal() and row[1].isdecimal() for row in rows)
    return digits and len({len(row[1]) for row in rows}) > 1


def _is_text(cell: str) -> bool:
    if cell.lower() in _MISSING:
        return False
    try:
        float(cell)
    except ValueError:
        return _COMMA_NUMBER.fullmatch(cell) is None
    return False


def _numbers(cells: Sequence[str], commas: bool) -> Numbers | None:
    """A column's numbers, NaN where missing or unreadable; None where most of what is there is text."""
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        pass
    out = np.full(len(cells), np.nan)
    unreadable = 0
    for row, cell in enumerate(cells):
        if cell.lower() in _MISSING:
            continue
        try:
            out[row] = float(cell.replace(",", ".", 1) if commas and cell.count(",") == 1 else cell)
        except ValueError:
            unreadable += 1
    readable = int(np.isfinite(out).sum())
    return None if unreadable > readable else out


def _shown(row: list[str]) -> str:
    text = ", ".join(row)
    return text if len(text) <= 60 else text[:60] + "..."
