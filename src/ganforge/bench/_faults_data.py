"""Real data in which `bench faults` plants its faults: real items stand for samples, and no training has seen them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from ganforge.core.contracts import DataOptions, Source
from ganforge.core.errors import MissingExtraError
from ganforge.core.records import Split
from ganforge.core.seeding import Draws
from ganforge.data._opening import open_source

SAMPLES = 1_000
"""Real items that stand for samples, at most a fifth of all."""
HELD_OUT = 0.05
"""Share of the items in each of select and report, as in a run."""
MOST = 12_000
"""Items used of a set."""
CROPS, CROP, FACTOR = 5_000, 32, 2
"""Photographs are cut into so many pieces of so many pixels, after they were made so many times smaller."""
PEOPLE = 6_000
"""Rows of the table."""


@dataclass(frozen=True)
class Subject:
    """A set of data."""

    name: str
    kinds: frozenset[str]
    """What a fault may ask for: "pictures", "placed" (what they show has its place in them), "upright" (and its
    left and right), "colour", "classes", "numbers", "clusters", "table"."""
    source: Source
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cut:
    """A subject cut into what stands for samples and what an evaluation calls real."""

    samples: Float[Tensor, "k ..."]
    """As networks see them."""
    labels: Int[Tensor, "k"] | None
    training: Float[Tensor, "m ..."]
    split: Split


def cut(subject: Subject, seed: int) -> Cut:
    """Another seed, other items in each part."""
    source = subject.source
    rows = Draws(seed, "bench faults", subject.name).permutation(source.card.count)[:MOST]
    held, taken = round(HELD_OUT * len(rows)), min(SAMPLES, len(rows) // 5)
    sizes = (taken, held, held, len(rows) - taken - 2 * held)
    samples, select, report, train = rows.split(sizes)  # type: ignore[no-untyped-call]
    batch = source.batch(samples)
    labels = None if batch.condition is None else batch.condition.labels
    return Cut(batch.real["x"], labels, source.batch(train).real["x"], Split(train, select, report))


def _digits(folder: Path) -> Subject:
    return Subject(
        "digits",
        frozenset({"pictures", "placed", "upright", "classes"}),
        open_source("digits", DataOptions(labels=True)),
    )


def _icons(folder: Path) -> Subject:
    return Subject("icons", frozenset({"pictures", "placed"}), open_source("icons", DataOptions()))


def _photographs(folder: Path) -> Subject:
    """Small pieces of photographs, in colour."""
    source = open_source(crops(CROPS), DataOptions())
    return Subject("photographs", frozenset({"pictures", "colour"}), source)


def _ring(folder: Path) -> Subject:
    return Subject("ring", frozenset({"numbers", "clusters"}), open_source("ring", DataOptions()), ("x", "y"))


def _grid(folder: Path) -> Subject:
    return Subject("grid", frozenset({"numbers", "clusters"}), open_source("grid", DataOptions()), ("x", "y"))


def _table(folder: Path) -> Subject:
    """Rows about made-up people, whose columns belong together."""
    file = folder / "people.csv"
    names, rows = people(PEOPLE)
    np.savetxt(file, rows, delimiter=",", header=",".join(names), comments="", fmt="%.6g")
    return Subject("table", frozenset({"numbers", "table"}), open_source(file, DataOptions()), names)


SUBJECTS: dict[str, Callable[[Path], Subject]] = {
    "digits": _digits,
    "icons": _icons,
    "photographs": _photographs,
    "ring": _ring,
    "grid": _grid,
    "table": _table,
}
"""Each opens its set; the folder is for files that it needs."""


@cache
def crops(count: int) -> np.ndarray:
    """(n, 32, 32, 3): places in the photographs of scikit-image, drawn at random.

    Raises:
        MissingExtraError: scikit-image is not installed.
    """
    try:
        from skimage import data
    except ImportError as error:
        raise MissingExtraError("scikit-image", "dev") from error
    photographs = []
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        picture = np.asarray(getattr(data, name)())
        height, width = (side // FACTOR for side in picture.shape[:2])
        photographs.append(np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BOX)))
    draws = Draws(0, "crops")
    which = draws.integers(len(photographs), count).tolist()
    places = draws.uniform(count, 2).tolist()
    made = []
    for number, (down, across) in zip(which, places, strict=True):
        picture = photographs[number]
        top, left = int(down * (picture.shape[0] - CROP + 1)), int(across * (picture.shape[1] - CROP + 1))
        made.append(picture[top : top + CROP, left : left + CROP])
    return np.stack(made)


def people(count: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of columns, and rows: height in cm, weight in kg, age in years, income, working hours a week."""
    draws = Draws(0, "people")
    age = 18 + 60 * draws.uniform(count)
    height = 171 + 9 * draws.normal(count) - 0.04 * (age - 45)
    weight = 70 + 0.8 * (height - 171) + 0.15 * (age - 45) + 9 * draws.normal(count)
    hours = (38 + 8 * draws.normal(count)).clamp(5, 70)
    income = torch.exp(7.2 + 0.012 * (age - 45) + 0.02 * (hours - 38) + 0.35 * draws.normal(count))
    rows = torch.stack([height, weight, age.round(), income, hours], 1)
    return ("height", "weight", "age", "income", "hours"), rows.double().numpy()
