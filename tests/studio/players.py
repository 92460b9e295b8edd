"""Tiny finished runs to play with: bright crosses, and rows of two numbers near three corners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ganforge.api import Options, Run, train
from tests.training.small import RECIPE

Pixels = npt.NDArray[np.uint8]
SIDE = 12


def crosses(n: int, seed: int) -> Pixels:
    """Pictures of a bright cross on a dark ground, somewhere near the middle."""
    random = np.random.default_rng(seed)
    pictures = random.integers(0, 20, size=(n, SIDE, SIDE))
    for picture, (y, x) in zip(pictures, random.integers(4, 8, size=(n, 2)), strict=True):
        picture[y, 2:10] += 200
        picture[2:10, x] += 200
    return pictures.clip(0, 255).astype(np.uint8)


def corners(n: int, seed: int) -> npt.NDArray[np.float64]:
    """Rows near one of three corners."""
    random = np.random.default_rng(seed)
    places = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])[random.integers(3, size=n)]
    return places + 0.3 * random.standard_normal((n, 2))


def trained(data: npt.NDArray[Any], folder: Path, kimg: float = 1.0) -> Run:
    """A run in `folder`/runs, on data that stay in `folder`."""
    np.save(folder / "data.npy", data)
    return train(
        str(folder / "data.npy"), Options(recipe=RECIPE, kimg=kimg, threads=1, out=folder / "runs", report=False)
    )
