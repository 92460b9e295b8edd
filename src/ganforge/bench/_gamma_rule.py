"""From scores at several strengths to the best strength of each set, and from those to a rule, with errors.

Natural logarithms throughout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganforge.core.errors import RunError
from ganforge.core.seeding import Draws

Numbers = npt.NDArray[np.float64]
WORST = 10.0
"""A score counts as at most so many times the lowest of its set: how bad a ruined training is tells nothing."""
LEAST_ERROR = 0.1
"""A parabola through wide steps is not believed to be nearer than this."""
DRAWS = 2_000
"""Of the scores within their errors, for the error of what is computed from them."""


@dataclass(frozen=True)
class Best:
    """Where one set's score is lowest."""

    log: float
    """Logarithm of the strength over the recipe's own."""
    error: float
    """Its standard error, from those of the scores."""
    gain: float
    """How much lower the score is there than at the recipe's own strength, as a share of it."""
    gain_error: float
    side: int
    """-1, 1: the lowest score is that of the weakest, of the strongest that was tried; 0: it has worse ones on both
    sides."""


def spread(repeats: Sequence[Sequence[float]]) -> float:
    """Standard deviation of one training's logarithmic score among seeds, pooled over places; NaN without repeats.

    Args:
        repeats: of each place, the logarithms of the scores of its seeds.
    """
    squares, free = 0.0, 0
    for each in repeats:
        squares += float(np.square(np.asarray(each) - np.mean(each)).sum()) if each else 0.0
        free += max(0, len(each) - 1)
    return math.sqrt(squares / free) if free else math.nan


def best_of(logs: Sequence[float], scores: Sequence[float], errors: Sequence[float], name: str) -> Best:
    """The lowest point of the parabola through the lowest score and its neighbours.

    Its error is the spread of what comes out when each score is drawn within its own. Where the lowest score is the
    first or the last one, the lowest point is there or beyond, and half a step is added to the error.

    Args:
        logs: logarithms of the strengths over the recipe's own, rising in equal steps; 0 is among them.
        scores: their logarithmic scores.
        errors: standard errors of those.
        name: of the set, for the draws.

    Raises:
        RunError: fewer than three strengths, or all of them ended in numbers that are not finite.
    """
    x, y = np.asarray(logs), np.asarray(scores)
    if len(x) < 3 or not math.isfinite(y.min()):
        raise RunError(f"{name}: {len(x)} strengths, lowest score {y.min(initial=math.inf)}; 3 are needed, one finite.")
    y = np.minimum(y, y.min() + math.log(WORST))
    noise = Draws(0, "gamma", name).normal(DRAWS, len(x)).double().numpy()
    own = int(np.abs(x).argmin())
    place, lowest = _vertex(x, y[None])
    drawn = y + noise * np.asarray(errors)
    places, lows = _vertex(x, drawn)
    gains = 1.0 - np.exp(lows - drawn[:, own])
    low = int(y.argmin())
    side = -1 if low == 0 else 1 if low == len(x) - 1 else 0
    beyond = abs(side) * float(x[1] - x[0]) / 2.0
    return Best(
        log=float(place[0]),
        error=max(LEAST_ERROR, math.hypot(float(places.std()), beyond)),
        gain=float(1.0 - np.exp(lowest[0] - y[own])),
        gain_error=float(gains.std()),
        side=side,
    )


def _vertex(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Place and value of the lowest point, for each row of y (draws, strengths)."""
    rows, low = np.arange(len(y)), y.argmin(axis=1)
    inner = np.clip(low, 1, len(x) - 2)
    left, middle, right = (y[rows, inner + step] for step in (-1, 0, 1))
    bend = left - 2.0 * middle + right
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(low == inner, np.nan_to_num((left - right) / (2.0 * bend), posinf=0.0, neginf=0.0), 0.0)
    value = np.where(low == inner, middle - (left - right) * steps / 4.0, y[rows, low])
    return x[low] + steps * (x[1] - x[0]), value


@dataclass(frozen=True)
class Rule:
    """A straight line through the best strengths."""

    coefficients: tuple[float, ...]
    errors: tuple[float, ...]
    scatter: float
    """Standard deviation of sets about the line, beyond their own errors."""
    covariance: tuple[tuple[float, ...], ...]

    def at(self, row: Sequence[float]) -> tuple[float, float]:
        """The line at a row of its columns, and the standard error of the line there (not that of a new set)."""
        x = np.asarray(row)
        return float(x @ np.asarray(self.coefficients)), math.sqrt(x @ np.asarray(self.covariance) @ x)


def fit(columns: Sequence[Sequence[float]], values: Sequence[float], errors: Sequence[float]) -> Rule:
    """Least squares, each set weighted by its error and by the scatter of all (Paule and Mandel 1982).

    The scatter is chosen such that the weighted squares about the line are as many as are free
    (doi:10.6028/jres.087.022); it is 0 where the errors alone explain them.

    Args:
        columns: a row for each set, such as (1, logarithm of its size).
        values: to be explained.
        errors: their standard errors, above 0.

    Raises:
        ValueError: no more sets than coefficients, or columns that depend on each other.
    """
    x, y, e = (np.asarray(each, dtype=np.float64) for each in (columns, values, errors))
    free = len(y) - x.shape[1]
    if free < 1 or np.linalg.matrix_rank(x) < x.shape[1]:
        raise ValueError(f"{len(y)} sets of {np.linalg.matrix_rank(x)} kinds cannot tell {x.shape[1]} coefficients.")

    def excess(scatter: float) -> float:
        b, weights, _ = _weighted(x, y, e, scatter)
        beyond: float = (weights * np.square(y - x @ b)).sum() - free
        return beyond

    scatter = _root(excess, float(np.abs(y).max()) + 1.0)
    b, _, covariance = _weighted(x, y, e, scatter)
    return Rule(
        coefficients=tuple(b.tolist()),
        errors=tuple(np.sqrt(np.diag(covariance)).tolist()),
        scatter=scatter,
        covariance=tuple(tuple(row) for row in covariance.tolist()),
    )


def _weighted(x: Numbers, y: Numbers, errors: Numbers, scatter: float) -> tuple[Numbers, Numbers, Numbers]:
    """Coefficients, weights, and the coefficients' covariance."""
    weights = 1.0 / (np.square(errors) + scatter**2)
    covariance = np.asarray(np.linalg.inv(x.T @ (weights[:, None] * x)), dtype=np.float64)
    coefficients: Numbers = covariance @ (x.T @ (weights * y))
    return coefficients, weights, covariance


def _root(falling: Callable[[float], float], high: float) -> float:
    """Where a falling function passes 0 between 0 and `high`; 0 where it is below 0 from the start."""
    low = 0.0
    if falling(low) <= 0.0:
        return low
    while falling(high) > 0.0:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if falling(middle) > 0.0 else (low, middle)
    return (low + high) / 2.0


def missed(columns: Sequence[Sequence[float]], values: Sequence[float], errors: Sequence[float]) -> float:
    """Root mean square miss of sets that the line was fitted without, each set weighted by its error.

    NaN where a set cannot be left out.
    """
    misses = []
    for out in range(len(values)):
        rest = [place for place in range(len(values)) if place != out]
        kept, others = [columns[place] for place in rest], [values[place] for place in rest]
        try:
            line = fit(kept, others, [errors[place] for place in rest])
        except ValueError:
            return math.nan
        misses.append(values[out] - line.at(columns[out])[0])
    return weighted_root(misses, errors)


def weighted_root(misses: Sequence[float], errors: Sequence[float]) -> float:
    """Root mean square, each weighted by its error."""
    return math.sqrt(float(np.average(np.square(misses), weights=1.0 / np.square(errors))))
