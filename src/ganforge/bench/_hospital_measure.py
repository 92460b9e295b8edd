"""The outcome of a training by the bench's own measure, which the doctor never sees.

Rows of numbers: sliced Wasserstein distance (arXiv:1902.00434, eq. 7) to fresh rows of truth, in the truth's
deviations. Pictures: kernel distance (arXiv:1801.01401) in EfficientNet's features to pictures that no training has
seen. Both have a floor, the score of another draw of the truth, and a jackknife error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.bench._hospital_data import OTHER, TRUTH, Rows, draw, is_picture
from ganforge.examining import extractor_for
from ganforge.metrics._neighbours import counts_within, nearest
from ganforge.metrics.kernel import Within, kernel_distance, kernel_for
from ganforge.trained import Run

Numbers = npt.NDArray[np.float64]
DIRECTIONS = 96
"""Fixed, at random; and the axes."""
BLOCKS = 20
"""The jackknife leaves out one of so many blocks of rows at a time."""
NEIGHBOUR = 20
"""A true row is covered where a sample lies no farther than its so many-th true neighbour: blurred modes still count
as reached, missing ones do not."""
COVERING = 2_000
"""Rows of which that is asked."""
SAMPLES_SEED = 5000
"""Of the z of the samples that are judged."""


@dataclass(frozen=True)
class Measured:
    """How good samples are."""

    score: float
    """Distance to the truth; infinite where a sample is not finite."""
    error: float
    """Its standard error."""
    floor: float
    """The distance of another draw of the truth."""
    coverage: float
    """Share of the truth that samples reach, relative to another draw of the truth: 1 = as real data do."""


UNFINISHED = Measured(math.inf, 0.0, 0.0, 0.0)
"""Of a training that kept no checkpoint at all."""


def measure(run: Run, data: str) -> Measured:
    """Judge what a user would get of a run on this data."""
    n = len(draw(data, TRUTH))
    if is_picture(data):
        return _measure_pictures(run.raw(run.latents(n, seed=SAMPLES_SEED)), run, data)
    return measure_points(np.asarray(run.sample(n, seed=SAMPLES_SEED), dtype=np.float64), data)


def measure_points(samples: Rows, data: str) -> Measured:
    """Judge rows of numbers (n, columns) against the truth of this name."""
    truth, other = draw(data, TRUTH), draw(data, OTHER)
    floor = sliced(other, truth)[0]
    if not np.isfinite(samples).all():
        return Measured(math.inf, 0.0, floor, 0.0)
    score, error = sliced(samples, truth)
    middle, scale = truth.mean(0), truth.std(0)
    rows = [torch.from_numpy((part[:COVERING] - middle) / scale).float() for part in (samples, truth, other)]
    return Measured(score, error, floor, coverage(*rows))


def sliced(samples: Rows, truth: Rows) -> tuple[float, float]:
    """Sliced W2 in deviations of the truth, and its standard error by leaving out blocks of both."""
    n = min(len(samples), len(truth)) // BLOCKS * BLOCKS
    middle, scale = truth.mean(0), truth.std(0)
    directions = _directions(truth.shape[1])
    # Far-off samples are drawn in to where their squares can still be told from infinity
    a, b = (_along(np.clip((rows[:n] - middle) / scale, -1e12, 1e12), directions) for rows in (samples, truth))
    whole = _root(a.sorted, b.sorted)
    spread = np.asarray([_root(a.without(block), b.without(block)) for block in range(BLOCKS)])
    return whole, math.sqrt((BLOCKS - 1) / BLOCKS * float(np.square(spread - spread.mean()).sum()))


@dataclass(frozen=True)
class _Sorted:
    """Rows seen along each direction, in order."""

    sorted: Numbers
    """(directions, n)."""
    block: npt.NDArray[np.intp]
    """Of each of those numbers: row i belongs to block i mod `BLOCKS`."""

    def without(self, block: int) -> Numbers:
        """What is left without a block, still in order."""
        kept: Numbers = self.sorted[self.block != block]
        return kept.reshape(len(self.sorted), -1)


def _along(rows: Rows, directions: Numbers) -> _Sorted:
    seen = np.ascontiguousarray((rows @ directions).T)
    order = seen.argsort(axis=1)
    return _Sorted(np.take_along_axis(seen, order, 1), order % BLOCKS)


def _root(first: Numbers, second: Numbers) -> float:
    return math.sqrt(float(np.square(first - second).mean()))


@cache
def _directions(columns: int) -> Numbers:
    random = np.random.default_rng(0)
    slices = random.standard_normal((columns, DIRECTIONS))
    along: Numbers = np.concatenate([np.eye(columns), slices / np.linalg.norm(slices, axis=0)], 1)
    return along


def coverage(samples: Float[Tensor, "n d"], truth: Float[Tensor, "m d"], other: Float[Tensor, "k d"]) -> float:
    """Share of true rows near which a sample lies, over the same share for another draw of the truth."""
    near = nearest(truth, truth, NEIGHBOUR, skip_self=True)[0][:, -1]
    of_samples, of_other = (
        float((counts_within(rows, truth, near)[1] > 0).double().mean()) for rows in (samples, other)
    )
    return of_samples / of_other


def _measure_pictures(samples: Tensor, run: Run, data: str) -> Measured:
    if not samples.isfinite().all():
        return Measured(math.inf, 0.0, 0.0, 0.0)
    extractor = extractor_for(run.domain)
    truth, other = (extractor(run.domain.read(draw(data, which)).x) for which in (TRUTH, OTHER))
    made = extractor(samples)
    kernel = kernel_for(extractor.kernel, truth)
    within = Within.of(truth, kernel)
    found = kernel_distance(made, within, kernel)
    return Measured(
        found.value, found.error, kernel_distance(other, within, kernel).value, coverage(made, truth, other)
    )
