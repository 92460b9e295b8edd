"""Pictures by the million for the memory bench: soft blobs on coloured grounds, all different."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 32
CHUNK = 10_000
"""Pictures that are made at once."""


def make_array(path: Path, count: int) -> float:
    """Write an .npy file (count, 32, 32, 3) of uint8, chunk by chunk; returns its megabytes."""
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(count, SIDE, SIDE, 3))
    for start in range(0, count, CHUNK):
        array[start : start + CHUNK] = some(min(CHUNK, count - start), start)
    array.flush()
    return float(array.nbytes / 1e6)


def make_folder(folder: Path, count: int) -> float:
    """Write PNG files, a thousand a sub-folder; returns the megabytes of their pixels."""
    for start in range(0, count, 1000):
        part = folder / f"{start // 1000:04d}"
        part.mkdir(parents=True)
        for row, picture in enumerate(some(min(1000, count - start), start)):
            Image.fromarray(picture).save(part / f"{row:03d}.png", compress_level=1)
    return count * SIDE * SIDE * 3 / 1e6


def some(count: int, seed: int) -> npt.NDArray[np.uint8]:
    """(count, 32, 32, 3): each a ground of one colour with a blob of another."""
    random = np.random.default_rng(seed)
    ground, blob = random.integers(0, 256, (2, count, 1, 1, 3)).astype(np.float32)
    x, y, width = random.uniform([8, 8, 3], [24, 24, 8], (count, 3)).astype(np.float32).T[:, :, None]
    places = np.arange(SIDE, dtype=np.float32)
    across, down = np.exp(-(((places - x) / width) ** 2)), np.exp(-(((places - y) / width) ** 2))
    share = (down[:, :, None] * across[:, None, :])[..., None]
    return np.asarray(ground + share * (blob - ground)).astype(np.uint8)
