"""The hospital's data: drawn by the bench, so that a fresh draw can be the truth; and ways to spoil them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from ganforge.core.records import DataCard
from ganforge.data._samples import MIXTURES, load_pictures, spiral

Rows = npt.NDArray[Any]
"""Points (n, columns) in float64, or grey pictures (n, height, width) in uint8."""
Drawing = Callable[[int, np.random.Generator], Rows]

TRAIN, TRUTH, OTHER = 0, 1, 2
"""Seeds of what is trained on, of the truth, and of another draw of the truth: the floor."""
TRAINED = 10_000
"""Rows that are trained on."""
JUDGED = 5_000
"""Rows of truth."""
SHARES = (0.7, 0.15)
"""Of the pictures, which are given: trained on, truth; the rest is the other draw."""


def _moons(n: int, random: np.random.Generator) -> Rows:
    angle, which = math.pi * random.uniform(size=n), random.integers(2, size=n)
    x = np.where(which == 0, np.cos(angle), 1.0 - np.cos(angle))
    y = np.where(which == 0, np.sin(angle), 0.5 - np.sin(angle))
    return np.stack([x, y], 1) + 0.05 * random.standard_normal((n, 2))


def _pinwheel(n: int, random: np.random.Generator) -> Rows:
    """Five arms, each a long Gaussian that is bent the more the farther out it lies."""
    along, across = 1.0 + 0.3 * random.standard_normal(n), 0.06 * random.standard_normal(n)
    angle = 2.0 * math.pi * random.integers(5, size=n) / 5.0 + 0.25 * np.exp(along)
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([along * cosine - across * sine, along * sine + across * cosine], 1)


def _checkerboard(n: int, random: np.random.Generator) -> Rows:
    column, row = random.integers(4, size=n), 2 * random.integers(2, size=n)
    within = random.uniform(size=(n, 2))
    return np.stack([column + within[:, 0], row + column % 2 + within[:, 1]], 1) - 2.0


def _circles(n: int, random: np.random.Generator) -> Rows:
    angle = 2.0 * math.pi * random.uniform(size=n)
    radius = np.where(random.integers(2, size=n) == 0, 0.5, 1.0) + 0.03 * random.standard_normal(n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


def _normal(n: int, random: np.random.Generator) -> Rows:
    """Five numbers that go together: each is the one before, partly."""
    rows: Rows = random.standard_normal((n, 5))
    for place in range(1, 5):
        rows[:, place] = 0.8 * rows[:, place - 1] + 0.6 * rows[:, place]
    rows *= np.array([1.0, 10.0, 0.1, 3.0, 100.0])
    return rows


def _long(n: int, random: np.random.Generator) -> Rows:
    """As many numbers as a picture of 8 x 8 has; each is the one before, partly."""
    rows: Rows = random.standard_normal((n, 64))
    for place in range(1, 64):
        rows[:, place] = 0.8 * rows[:, place - 1] + 0.6 * rows[:, place]
    return rows


def _mixture(n: int, random: np.random.Generator) -> Rows:
    """Ten round Gaussians in eight dimensions, at places that are always the same."""
    centres = np.random.default_rng(8).standard_normal((10, 8)) * 2.0
    return centres[random.integers(10, size=n)] + 0.3 * random.standard_normal((n, 8))


def _roll(n: int, random: np.random.Generator) -> Rows:
    along = 1.5 * math.pi * (1.0 + 2.0 * random.uniform(size=n))
    rows = np.stack([along * np.cos(along), 10.0 * random.uniform(size=n), along * np.sin(along)], 1)
    return rows + 0.2 * random.standard_normal((n, 3))


def _heavy(n: int, random: np.random.Generator) -> Rows:
    """Student's t with five degrees of freedom, two numbers that go together."""
    first, second = random.standard_t(5, size=(2, n))
    return np.stack([first, 0.7 * first + 0.7 * second], 1)


def _table(n: int, random: np.random.Generator) -> Rows:
    """Age, income, children, share of rent, rooms, area: half of them whole numbers, all of them related."""
    age = np.clip(np.rint(45.0 + 15.0 * random.standard_normal(n)), 18, 95)
    income = np.exp(10.0 + 0.008 * age + 0.35 * random.standard_normal(n))
    children = random.poisson(0.4 + 1.2 * (age > 30), size=n)
    rent = random.beta(4.0, 8.0 + income / 20_000.0)
    rooms = 1 + children + random.poisson(1.5, size=n)
    area = 18.0 * rooms + 12.0 * random.standard_normal(n)
    return np.stack([age, income, children, rent, rooms, area], 1).astype(np.float64)


POINTS: Mapping[str, Drawing] = {
    "ring": lambda n, random: MIXTURES["ring"].draw(n, int(random.integers(1 << 30))),
    "grid": lambda n, random: MIXTURES["grid"].draw(n, int(random.integers(1 << 30))),
    "spiral": lambda n, random: spiral(n, int(random.integers(1 << 30))),
    "moons": _moons,
    "pinwheel": _pinwheel,
    "checkerboard": _checkerboard,
    "circles": _circles,
    "normal": _normal,
    "mixture": _mixture,
    "roll": _roll,
    "heavy": _heavy,
    "table": _table,
}
"""Rows of numbers by name."""

PICTURES: Mapping[str, tuple[str, int]] = {
    "digits16": ("digits", 16),
    "icons16": ("icons", 16),
    "digits28": ("digits", 28),
}
"""Pictures by name: the built-in set they come from, and their side."""

NAMES = (*POINTS, *PICTURES)

MORE_POINTS: Mapping[str, Drawing] = {"normal64": _long}
"""Not in the hospital: for the bench of the penalty's strength, which asks for samples of other sizes."""
MORE_PICTURES: Mapping[str, tuple[str, int]] = {"digits8": ("digits", 8), "icons32": ("icons", 32)}
"""Pictures for the same."""

_POINTS, _PICTURES = {**POINTS, **MORE_POINTS}, {**PICTURES, **MORE_PICTURES}
_PLACES = (*NAMES, *MORE_POINTS)
"""A name's place is part of its seed."""


def is_picture(name: str) -> bool:
    """Whether the data of this name are pictures."""
    return name in _PICTURES


def draw(name: str, which: int, n: int | None = None) -> Rows:
    """Data by name; the same for the same arguments.

    Args:
        name: in `NAMES`, or of those beside the hospital.
        which: TRAIN, TRUTH or OTHER.
        n: rows; None = `TRAINED` or `JUDGED` rows, or all pictures that there are for this use.
    """
    if is_picture(name):
        return _dealt(name)[which][:n]
    random = np.random.default_rng([_PLACES.index(name), which])
    return _POINTS[name](n or (TRAINED if which == TRAIN else JUDGED), random)


@cache
def _dealt(name: str) -> tuple[Rows, Rows, Rows]:
    """The pictures, shuffled once and dealt out."""
    sample, side = _PICTURES[name]
    pixels, _, _ = load_pictures(sample, side)
    order = np.random.default_rng(0).permutation(len(pixels))
    pixels = pixels[order]
    if pixels.shape[1] != side:
        small = [Image.fromarray(one).resize((side, side), Image.Resampling.BOX) for one in pixels]
        pixels = np.stack([np.asarray(one) for one in small])
    first, second = (round(len(pixels) * sum(SHARES[:k])) for k in (1, 2))
    return pixels[:first], pixels[first:second], pixels[second:]


@cache
def card_of(name: str) -> DataCard:
    """As much of the data's card as recipes ask for."""
    if is_picture(name):
        side = _PICTURES[name][1]
        return DataCard(name, "images", len(_dealt(name)[TRAIN]), (1, side, side), "")
    return DataCard(name, "points", TRAINED, (draw(name, TRUTH, 2).shape[1],), "")


Damage = Literal[
    "thirty", "fifty", "missing", "coded", "outlier", "three", "default", "stuck", "units", "rounded", "page",
    "sorted", "unscaled",
]  # fmt: skip
"""What may be done to the rows before they are trained on."""
DAMAGES: tuple[Damage, ...] = get_args(Damage)


FAR = 1e5
"""How many times the data's range a far outlier lies out."""
CODE = -9999.0
"""What is written for a missing number."""
UNIT = 1000.0
"""How many times larger a number is in the other unit."""
STEP = 0.5
"""What numbers are rounded to, in standard deviations."""
PAGE = 100
"""Rows of the page that was got again and again."""


def spoil(rows: Rows, damage: Damage) -> Rows:
    """A copy of the rows with a damage."""
    rows = rows.copy()
    n, middle = len(rows), np.median(rows, axis=0)
    match damage:
        case "thirty":
            return rows[:30]
        case "fifty":
            return rows[:50]
        case "missing":
            rows[rows[:, 0] > np.quantile(rows[:, 0], 0.55), 0] = math.nan
        case "coded":
            rows[::20, -1] = CODE
        case "outlier":
            rows[n // 2] = middle + FAR * np.ptp(rows, axis=0)
        case "three":
            return np.resize(rows[:3], rows.shape)
        case "default":
            rows[np.arange(n) % 5 != 0] = rows[0]
        case "stuck":
            rows[:, -1] = middle[-1]
        case "units":
            rows[1::2, -1] *= UNIT
        case "rounded":
            step = STEP * rows.std(axis=0)
            return np.asarray(np.rint(rows / step) * step)
        case "page":
            return np.resize(rows[:PAGE], rows.shape)
        case "sorted":
            return rows[rows[:, 0].argsort(kind="stable")]
        case "unscaled":
            return np.rint(rows / 255.0).astype(np.uint8)
    return rows
