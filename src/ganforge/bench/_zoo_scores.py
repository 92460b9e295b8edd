"""What the zoo says of a training: its figures, their medians over seeds, and a verdict by a published rule."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganforge.bench._digit_judge import DigitJudge, Labelled
from ganforge.bench.modes import WITHIN, ModeScores
from ganforge.core.seeding import Draws
from ganforge.core.settings import Json

Scores = TypeVar("Scores")

MISSED, SHARP = 0.10, 0.90
"""Shares of samples within 3 sigma: below the first nothing was learnt, from the second on modes are sharp."""
EVEN = 0.10
"""nats: from this divergence on, what is covered is covered unevenly."""
HALF_LOST = math.log(2)
"""nats: the divergence where half of the modes are drawn equally often and the others never."""
NARROW = 0.5
"""sigma: modes with a smaller spread are drawn as points rather than as clusters."""
NO_DIGITS, HALF, CLEAR = 0.10, 0.50, 0.70
"""Shares of samples that pass as digits: below the first nothing was learnt yet, below the second not enough."""
ALIKE = 0.5
"""Variety below which the samples of a class are too much alike."""
CLASSES = 10
CLASS_SHARE = 0.01
"""A class is hit by so many of the samples that pass."""
NEIGHBOURS = 200
"""Samples of each class, at most, among which nearest neighbours are looked for."""

POINT_RULE = (
    "Verdicts on points, by the medians, the first that holds: 'collapses': some modes, but at most half, or KL from "
    f"{HALF_LOST:.2f} on (what the loss of half of the modes makes); 'misses the modes': fewer than {MISSED:.0%} of "
    f"the samples within {WITHIN:g} sigma; 'loses': fewer than all modes; 'covers, blurred': fewer than {SHARP:.0%} "
    f"within {WITHIN:g} sigma; 'covers, unevenly': KL above {EVEN:g}; 'covers, too narrow': a spread below "
    f"{NARROW:g} sigma; 'covers'. 'diverges': half of the trainings or more ended in numbers that are not finite."
)
DIGIT_RULE = (
    f"Verdicts on digits likewise: 'draws no digits': fewer than {NO_DIGITS:.0%} pass; 'collapses': at most half of "
    f"the classes; 'loses': fewer than all; 'unfinished': fewer than {HALF:.0%} pass; 'covers, much alike': variety "
    f"below {ALIKE:g}; 'covers, roughly': fewer than {CLEAR:.0%} pass; 'covers, unevenly': KL above {EVEN:g}; 'covers'."
)


@dataclass(frozen=True)
class DigitScores:
    """How well samples match the handwritten digits."""

    passing: float
    """Share that the judge takes for digits."""
    classes: int
    """Digits as which at least `CLASS_SHARE` of those that pass do."""
    reverse_kl: float
    """KL divergence of the classes' shares of what passes from equal ones, in nats; log 10 where nothing passes."""
    variety: float
    """Distance of a sample to its nearest neighbour of the same class, relative to real digits; see `variety`."""


@dataclass(frozen=True)
class Cost:
    """What a training took."""

    updates: int
    """Of G."""
    milliseconds: float
    """A step: all updates of D and the one of G; the median over the journal's records."""
    seconds: float
    """All steps together."""


@dataclass(frozen=True)
class Outcome(Generic[Scores]):
    """How one training ended."""

    seed: int
    cost: Cost
    scores: Scores | None
    """None = it diverged: a loss or a weight was no longer finite."""


@dataclass(frozen=True)
class Row(Generic[Scores]):
    """What a recipe did on one set of data, over its seeds."""

    recipe: str
    outcomes: tuple[Outcome[Scores], ...]
    verdict: str

    @property
    def judged(self) -> list[Scores]:
        """Of the trainings that did not diverge."""
        return [outcome.scores for outcome in self.outcomes if outcome.scores is not None]

    @property
    def cost(self) -> Cost:
        """Medians of the trainings that did not diverge; of the others only the updates are known."""
        whole = [outcome.cost for outcome in self.outcomes if outcome.scores is not None]
        if whole:
            return medians(whole)
        nan = float("nan")  # a few steps are too few to measure, and the first ones are slow
        return Cost(medians([outcome.cost for outcome in self.outcomes]).updates, nan, nan)


def as_row(recipe: str, outcomes: Sequence[Outcome[Scores]], in_words: Callable[[Scores], str]) -> Row[Scores]:
    """The row with its verdict: `in_words` of the medians, unless half of the trainings or more diverged."""
    judged = [outcome.scores for outcome in outcomes if outcome.scores is not None]
    diverged = len(outcomes) - len(judged)
    if 2 * diverged >= len(outcomes):
        verdict = f"diverges ({diverged} of {len(outcomes)})"
    else:
        verdict = in_words(medians(judged)) + (f" ({diverged} of {len(outcomes)} diverged)" if diverged else "")
    return Row(recipe, tuple(outcomes), verdict)


def point_verdict(scores: ModeScores, modes: int) -> str:
    """`POINT_RULE`; `modes` is how many there are."""
    if 0 < 2 * scores.modes <= modes:
        return f"collapses to {scores.modes} of {modes}"
    if scores.reverse_kl >= HALF_LOST:
        return "collapses"
    if scores.high_quality < MISSED:
        return "misses the modes"
    if scores.modes < modes:
        return f"loses {modes - scores.modes} of {modes}"
    if scores.high_quality < SHARP:
        return "covers, blurred"
    if scores.reverse_kl > EVEN:
        return "covers, unevenly"
    return "covers, too narrow" if scores.narrowest < NARROW else "covers"


def digit_verdict(scores: DigitScores) -> str:
    """`DIGIT_RULE`."""
    if scores.passing < NO_DIGITS:
        return "draws no digits"
    if 2 * scores.classes <= CLASSES:
        return f"collapses to {scores.classes} of {CLASSES}"
    if scores.classes < CLASSES:
        return f"loses {CLASSES - scores.classes} of {CLASSES}"
    if scores.passing < HALF:
        return "unfinished"
    if scores.variety < ALIKE:
        return "covers, much alike"
    if scores.passing < CLEAR:
        return "covers, roughly"
    return "covers, unevenly" if scores.reverse_kl > EVEN else "covers"


def score_digits(pictures: Float[Tensor, "n 1 28 28"], judge: DigitJudge, real: Labelled) -> DigitScores:
    """Judge samples in [-1, 1]; `real` are digits to compare the variety with."""
    passing, digit = judge.passes(pictures)
    return digit_scores(pictures, torch.where(passing, digit, -1), real)


def digit_scores(pictures: Float[Tensor, "n 1 28 28"], digit: Int[Tensor, "n"], real: Labelled) -> DigitScores:
    """The figures of samples that pass as `digit`; -1 = does not pass."""
    counts = torch.bincount(digit[digit >= 0], minlength=CLASSES)
    shares = counts[counts > 0].double() / max(1, int(counts.sum()))
    kl = float((shares * (shares * CLASSES).log()).sum()) if len(shares) else math.log(CLASSES)
    hit = [each for each in range(CLASSES) if int(counts[each]) >= max(1.0, CLASS_SHARE * int(counts.sum()))]
    ratios = [variety(pictures[digit == each], real.x[real.y == each]) for each in hit]
    return DigitScores(float((digit >= 0).double().mean()), len(hit), kl, statistics.fmean(ratios) if ratios else 0.0)


def variety(samples: Float[Tensor, "n 1 28 28"], real: Float[Tensor, "m 1 28 28"]) -> float:
    """Mean distance to the nearest neighbour among at most `NEIGHBOURS` samples, relative to as many real ones.

    As many, since neighbours are the nearer the more there are. 1 = as varied as the real ones, 0 = all the same.
    """
    count = min(NEIGHBOURS, len(samples), len(real))
    if count < 2:
        return 0.0
    return _to_neighbour(_some(samples, count)) / _to_neighbour(_some(real, count))


def medians(values: Sequence[Scores]) -> Scores:
    """Each field's median; of whole numbers, the lower of the two in the middle."""
    first = values[0]
    if not dataclasses.is_dataclass(first) or isinstance(first, type):
        raise TypeError(f"Medians are taken of dataclasses' fields, not of {type(first).__name__}.")
    middle = {}
    for field in dataclasses.fields(first):
        column = [getattr(value, field.name) for value in values]
        middle[field.name] = (statistics.median_low if isinstance(column[0], int) else statistics.median)(column)
    return type(first)(**middle)


def training_cost(records: Sequence[Json]) -> Cost:
    """What a training took, by the records of its journal; NaN where it ended before the first."""
    if not records:
        return Cost(0, float("nan"), float("nan"))
    seconds, before, steps = 0.0, 0, []
    for record in records:
        a_step = 1000 * record["kimg"] / record["step"] / record["samples_per_second"]  # samples a step by their speed
        steps.append(1000 * a_step)
        seconds += a_step * (record["step"] - before)
        before = record["step"]
    return Cost(before, statistics.median(steps), seconds)


def as_json(rows: Sequence[Row[Scores]]) -> list[Mapping[str, object]]:
    """All figures, for machines."""
    return [
        {
            "recipe": row.recipe,
            "verdict": row.verdict,
            "trainings": [dataclasses.asdict(outcome) for outcome in row.outcomes],
        }
        for row in rows
    ]


def _some(pictures: Float[Tensor, "n 1 28 28"], count: int) -> Float[Tensor, "count 784"]:
    return pictures[Draws(0, "zoo: variety").permutation(len(pictures))[:count]].flatten(1)


def _to_neighbour(flat: Float[Tensor, "n 784"]) -> float:
    distances = torch.cdist(
        flat, flat, compute_mode="donot_use_mm_for_euclid_dist"
    )  # the other is not exactly 0 for equal ones
    return float(distances.fill_diagonal_(float("inf")).min(dim=1).values.mean())
