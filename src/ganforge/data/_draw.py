"""Pictures in a grid."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from ganforge.core.errors import SettingError

MOST = 900
"""Small pictures are enlarged by a whole number as long as the longer side of the grid stays below this, in pixels."""
GAP_COLOUR = (72, 72, 78)


def grid(samples: npt.NDArray[np.uint8], columns: int | None = None) -> Image.Image:
    """Pictures side by side with narrow gaps, as one RGB picture.

    Args:
        samples: (n, h, w) or (n, h, w, 3).
        columns: None = as near to square as possible.

    Raises:
        SettingError: there are no samples, or fewer than one column is asked for.
    """
    count = len(samples)
    if count == 0:
        raise SettingError("There are no samples to show; ask for at least one.")
    if columns is not None and columns < 1:
        raise SettingError(f"A grid of {columns} columns cannot be drawn; ask for at least 1.")
    height, width = samples.shape[1:3]
    columns = columns or max(1, min(count, round(math.sqrt(count * height / width))))
    rows = math.ceil(count / columns)
    zoom = max(1, MOST // max(columns * width, rows * height))
    gap = 1 if zoom == 1 else 2
    sheet = np.empty((rows * (height * zoom + gap) + gap, columns * (width * zoom + gap) + gap, 3), dtype=np.uint8)
    sheet[:] = GAP_COLOUR
    colour = samples if samples.ndim == 4 else samples[..., None]
    for index in range(count):
        top = index // columns * (height * zoom + gap) + gap
        left = index % columns * (width * zoom + gap) + gap
        cell = sheet[top : top + height * zoom, left : left + width * zoom]
        cell[:] = colour[index].repeat(zoom, 0).repeat(zoom, 1)
    return Image.fromarray(sheet)
