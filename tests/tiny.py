"""Small runs that are trained in a moment, for tests of what is done with a trained generator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import ganforge
from ganforge.core.contracts import DataOptions
from ganforge.core.settings import Part
from ganforge.data._opening import open_source
from ganforge.recipes._recipes import RECIPES
from ganforge.session import Options
from ganforge.trained import Run

SIDE = 12


def spots(count: int = 240, *, colour: bool = False) -> npt.NDArray[np.uint8]:
    """Pictures of a soft spot whose place and brightness vary."""
    random = np.random.default_rng(0)
    x, y, light = random.uniform(3, 9, count), random.uniform(3, 9, count), random.uniform(80, 255, count)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    far = (rows - y[:, None, None]) ** 2 + (columns - x[:, None, None]) ** 2
    grey = (light[:, None, None] * np.exp(-far / 6)).astype(np.uint8)
    return np.stack([grey, grey // 2, 255 - grey], axis=-1) if colour else grey


def table(count: int = 300) -> npt.NDArray[np.float64]:
    """Rows of a whole number, a constant, and two numbers that go together."""
    random = np.random.default_rng(0)
    a, b = random.normal(100.0, 20.0, count), random.normal(0.0, 1e-3, count)
    return np.column_stack([np.rint(a), np.full(count, 7.0), b, 1e6 + 1e7 * b + random.normal(0, 10.0, count)])


def trained(
    folder: Path,
    source: npt.NDArray[np.uint8] | npt.NDArray[np.float64],
    *,
    pair: str | None = None,
    classes: tuple[str, ...] = (),
    kimg: float = 0.1,
    settings: dict[str, object] | None = None,
) -> Run:
    """A run on `source`, kept as a file in `folder`; its items get the classes in turn.

    `pair`: names the networks; None = those that the recipe for these data has.
    """
    file = folder / ("data.npz" if classes else "data.npy")
    if classes:
        np.savez(file, x=source, y=np.asarray(classes)[np.arange(len(source)) % len(classes)])
    else:
        np.save(file, source)
    card = open_source(file, DataOptions(labels=bool(classes))).card
    recipe = RECIPES.get("auto")(card)
    name = pair or recipe.networks.name
    recipe = replace(recipe, networks=Part(name, {"width": 16, **(settings or {})}), batch=32)
    options = Options(recipe, labels=bool(classes), kimg=kimg, out=folder / "runs", threads=1, report=False, live=False)
    return ganforge.train(file, replace(options, doctor="off"))
