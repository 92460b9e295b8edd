"""Is the rule's strength better than the recipe's own at full length, with seeds that the rule has not seen?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganforge.bench._gamma_trials import RECIPE, Trial
from ganforge.bench._hospital_cases import Case
from ganforge.bench._hospital_data import card_of
from ganforge.bench._hospital_measure import Measured
from ganforge.bench._hospital_recording import Tell, read_outcome, record
from ganforge.bench._hospital_sabotage import penalties
from ganforge.bench._zoo_tables import Sheet
from ganforge.recipes._recipes import RECIPES

FRESH = (100, 101, 102)
"""Seeds."""
SURE = 2.0
"""Standard errors."""


@dataclass(frozen=True)
class Comparison:
    """One set at full length, with the recipe's own strength and with the rule's."""

    data: str
    kimg: float
    factor: float
    """The rule's strength over the recipe's own."""
    own: tuple[Measured, ...]
    """Of each seed, in the same order."""
    ruled: tuple[Measured, ...]

    @property
    def logs(self) -> tuple[float, ...]:
        """Of each seed, the logarithm of the rule's score over the own one's; below 0 the rule is better."""
        return tuple(_log(b) - _log(a) for a, b in zip(self.own, self.ruled, strict=True))


def confirmed(
    trials: Sequence[Trial], gamma: dict[str, float], out: Path, cores: Sequence[int], tell: Tell, *, train: bool
) -> list[Comparison]:
    """Train both ways what is not complete; the sets of which every seed is.

    Args:
        trials: the sets.
        gamma: the rule's strength of each.
        out: where trainings are kept.
        cores: numbers of the processors that train.
        tell: called with a sentence after each training.
        train: False = only what is complete already.
    """
    plans = {trial: (_cases(trial, 1.0), _cases(trial, gamma[trial.data] / trial.gamma)) for trial in trials}
    if train:
        each = [
            case for seed in range(len(FRESH)) for pair in plans.values() for cases in pair for case in [cases[seed]]
        ]
        record([case for case in each if read_outcome(case, out) is None], out, "off", cores, tell)
    found = []
    for trial, pair in plans.items():
        own, ruled = ([read_outcome(case, out) for case in cases] for cases in pair)
        both = [(a.measured, b.measured) for a, b in zip(own, ruled, strict=True) if a is not None and b is not None]
        if both:
            factor = gamma[trial.data] / trial.gamma
            a, b = zip(*both, strict=True)
            found.append(Comparison(trial.data, pair[0][0].kimg, factor, tuple(a), tuple(b)))
    return found


def _cases(trial: Trial, factor: float) -> list[Case]:
    recipe = RECIPES.get(RECIPE)(card_of(trial.data))
    return [
        Case(
            name=f"full-{trial.data}-times-{factor:.3g}-{seed}",
            data=trial.data,
            recipe=RECIPE,
            seed=seed,
            kimg=recipe.budget.kimg or trial.kimg,
            half="tuning",
            settings={} if factor == 1.0 else penalties(recipe, factor),
            varied="" if factor == 1.0 else f"gamma times {factor:.3g}",
        )
        for seed in FRESH
    ]


def _log(one: Measured) -> float:
    return math.log(max(min(one.score, 1e6), one.error, 1e-12))


def confirm_sheet(comparisons: Sequence[Comparison]) -> Sheet:
    """One line a set."""
    headings = ("data", "k samples", "gamma x", "own", "rule's", "ratio", "coverage own, rule's", "seeds")
    return Sheet("full length, fresh seeds", headings, tuple(_cells(one) for one in comparisons))


def _cells(one: Comparison) -> tuple[str, ...]:
    mean, error = mean_and_error(one.logs)
    own, ruled = (math.exp(float(np.mean([_log(each) for each in arm]))) for arm in (one.own, one.ruled))
    reached = [f"{np.mean([each.coverage for each in arm]):.2f}" for arm in (one.own, one.ruled)]
    ratio = f"{math.exp(mean):.2f} ({math.exp(mean - error):.2f} to {math.exp(mean + error):.2f})"
    return (
        one.data, f"{one.kimg:,.0f}", f"{one.factor:.2g}", f"{own:.3g}", f"{ruled:.3g}", ratio, ", ".join(reached),
        str(len(one.own)),
    )  # fmt: skip


def mean_and_error(logs: Sequence[float]) -> tuple[float, float]:
    """The mean and its standard error; NaN from one."""
    return float(np.mean(logs)), float(np.std(logs, ddof=1) / math.sqrt(len(logs))) if len(logs) > 1 else math.nan


def confirm_sentences(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """What follows from all sets, each of which counts once."""
    means = [float(np.mean(one.logs)) for one in comparisons]
    if len(means) < 2:
        yield "Too few sets are complete at full length."
        return
    mean, error = mean_and_error(means)
    better = sum(m < 0.0 for m in means)
    yield (
        f"At full length the rule's strength changes the score by a factor of {math.exp(mean):.2f} "
        f"({math.exp(mean - error):.2f} to {math.exp(mean + error):.2f}, one standard error over {len(means)} sets); "
        f"it is lower in {better} of {len(means)}."
    )
    yield (
        "It is lower beyond error: the rule may be taken."
        if mean < -SURE * error
        else "It is not lower beyond error: the recipe keeps its own."
    )
