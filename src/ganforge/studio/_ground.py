"""What real items lie on: paper of their ground's colour, or the part of the plane that holds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganforge.core.contracts import Domain, Source
from ganforge.core.records import Split
from ganforge.core.seeding import Draws

LOOKED_AT = 1_000
"""Training items by which it is known."""
LEVELS = 8
"""Of each channel, that are told apart when borders are counted: noise is no other colour."""


@dataclass(frozen=True)
class Ground:
    """Of a run's data."""

    paper: tuple[int, ...] | None
    """What their border most often is, 0 to 255 a channel; None = no pictures."""
    bounds: tuple[float, float, float, float] | None
    """The least and the greatest of the first column, and of the second; None = not two columns of numbers."""

    @staticmethod
    def of(domain: Domain, data: Source, split: Split) -> Ground:
        """By some of the training items."""
        rows = split.train[Draws(0, "ground").permutation(len(split.train))[:LOOKED_AT]]
        shown = domain.decode(data.batch(rows).real["x"])
        if domain.singly:
            return Ground(paper_of(shown if shown.ndim == 4 else shown[..., None]), None)
        if len(domain.units()) != 2:
            return Ground(None, None)
        (x0, y0), (x1, y1) = shown.min(0).tolist(), shown.max(0).tolist()
        return Ground(None, (x0, x1, y0, y1))


def paper_of(pictures: npt.NDArray[np.uint8]) -> tuple[int, ...]:
    """The mean of the commonest of all cells of like colours along the borders of (n, h, w, channels)."""
    edges = (pictures[:, 0], pictures[:, -1], pictures[:, 1:-1, 0], pictures[:, 1:-1, -1])
    border = np.concatenate([edge.reshape(-1, pictures.shape[3]) for edge in edges])
    _, cells, counts = np.unique(border // (256 // LEVELS), axis=0, return_inverse=True, return_counts=True)
    mean = border[cells.reshape(-1) == counts.argmax()].mean(0)
    return tuple(int(value) for value in np.rint(mean))
