"""Runs on the same data side by side: ranked, with the differences that are real told from those that may be chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import Any

import torch

from ganforge.core.errors import SettingError
from ganforge.evaluation import MANY, Real, make_case, own_samples
from ganforge.examining import extractor_for
from ganforge.metrics._metric import METRICS, Case, Estimate, Score
from ganforge.metrics._resampling import estimate
from ganforge.metrics.kernel import Distance, Within, kernel_distance, kernel_for
from ganforge.trained import Run, same_data, stored_split

SURE = 0.05
"""Chance, all pairs taken together, that a difference that is none is called real."""
BESIDE = {"precision-recall": "precision", "density-coverage": "coverage", "memorisation": "copies"}
"""What is shown beside the score that ranks: metrics, and which of their scores."""


@dataclass(frozen=True)
class Entry:
    """One run's place."""

    run: str
    recipe: str
    kimg: float
    distance: Estimate
    """Kernel distance to the training data: what ranks, because it is unbiased and has the smallest error."""
    beside: tuple[Score, ...]


@dataclass(frozen=True)
class Difference:
    """Two runs: how much higher the kernel distance of `worse` is."""

    better: str
    worse: str
    by: Estimate
    real: bool
    """Beyond chance, with all pairs taken together (Bonferroni)."""


@dataclass(frozen=True)
class Comparison:
    """Runs ranked, the best first."""

    data: str
    features: str
    count: int
    """Samples on each side."""
    floor: Estimate
    entries: tuple[Entry, ...]
    differences: tuple[Difference, ...]
    sentence: str


def compare(
    runs: Sequence[Run],
    *,
    asked: int,
    source: Any = None,
    seed: int = 0,
    tell: Callable[[str], None] = lambda text: None,
) -> Comparison:
    """Rank runs by the kernel distance of their samples to the same training items, on the same features.

    Args:
        runs: two or more, trained on the same data.
        asked: samples of each, if so many items are held out.
        source: the data, only if they have moved or were an array in memory.
        seed: of the samples.
        tell: called with a sentence when something takes long.

    Raises:
        SettingError: fewer than two runs, or runs on different data.
    """
    if len(runs) < 2:
        raise SettingError("Name two runs or more to compare.")
    names = _names(runs)
    _require_same_data(runs)
    first = runs[0]
    data, split = same_data(first.folder, source, tell=tell), stored_split(first.folder)
    real, extractor = Real.of(split, seed), extractor_for(first.domain)
    count = min(asked, len(real.held_out), len(real.training))
    cases = []
    for run in runs:
        own = data if run.data.classes == data.card.classes else same_data(run.folder, source, tell=tell)
        samples = own_samples(run, own, split, max(count, min(asked, MANY)), extractor, seed)
        cases.append(make_case(samples, data, real, extractor, asked=count, seed=seed))
    reference, kernel = cases[0].reference, kernel_for(extractor.kernel, cases[0].reference)
    within = Within.of(reference, kernel)
    distances = [kernel_distance(case.samples, within, kernel) for case in cases]
    floor = kernel_distance(cases[0].held_out, within, kernel)
    order = sorted(range(len(runs)), key=lambda at: distances[at].value)
    entries = tuple(
        Entry(
            names[at],
            runs[at].recipe.name,
            runs[at].kimg,
            estimate(distances[at].value, distances[at].error, count),
            _beside(cases[at]),
        )
        for at in order
    )
    ranked = [(names[at], distances[at]) for at in order]
    differences = _differences(ranked, count)
    return Comparison(
        first.data.name,
        extractor.label,
        count,
        estimate(floor.value, floor.error, count),
        entries,
        differences,
        _sentence(entries, differences) + _of_copies(entries[0]),
    )


def _names(runs: Sequence[Run]) -> list[str]:
    """What each is called: its folder's name, or its path where two folders have one name."""
    paths = [run.path.resolve() for run in runs]
    for path in paths:
        if paths.count(path) > 1:
            raise SettingError(f"{path} is named twice; a run cannot be compared with itself.")
    names = [run.folder.name for run in runs]
    return [name if names.count(name) == 1 else str(run.path) for run, name in zip(runs, names, strict=True)]


def _require_same_data(runs: Sequence[Run]) -> None:
    """The same items with the same split; with and without labels they are the same.

    Raises:
        SettingError: they are not.
    """
    first, split = runs[0], stored_split(runs[0].folder)
    for run in runs[1:]:
        other = stored_split(run.folder)
        alike = run.data.count == first.data.count and run.data.shape == first.data.shape
        # The split goes by content: other items are split another way
        if run.data.fingerprint == first.data.fingerprint or (
            alike and torch.equal(split.report, other.report) and torch.equal(split.select, other.select)
        ):
            continue
        told = "; ".join(
            f"{each.path} ({each.data.name}, {each.data.count:,} samples of {each.data.shape})" for each in (first, run)
        )
        raise SettingError(f"These runs were not trained on the same data, so their scores cannot be compared: {told}.")


def _beside(case: Case) -> tuple[Score, ...]:
    return tuple(s for metric, name in BESIDE.items() for s in METRICS.get(metric)().judge(case) if s.name == name)


def _differences(ranked: Sequence[tuple[str, Distance]], count: int) -> tuple[Difference, ...]:
    pairs = list(combinations(ranked, 2))
    bar = NormalDist().inv_cdf(1 - SURE / (2 * len(pairs)))
    found = []
    for (better, low), (worse, high) in pairs:
        # The samples are each run's own, the real items are the same
        by = high.value - low.value
        error = math.hypot(low.first_error, high.first_error, high.shared_error(low))
        found.append(Difference(better, worse, estimate(by, error, count), by > bar * error))
    return tuple(found)


def _of_copies(best: Entry) -> str:
    """Closeness to the training items is no merit where it comes from copying."""
    words = [remark.words for score in best.beside for remark in score.remarks if remark.aspect == "memorisation"]
    return f" But its samples {words[0]}." if words else ""


def _sentence(entries: Sequence[Entry], differences: Sequence[Difference]) -> str:
    best = entries[0].run
    beaten = [each.worse for each in differences if each.better == best and each.real]
    level = [each.worse for each in differences if each.better == best and not each.real]
    if not beaten:
        return f"No difference to {best} is beyond chance with so many samples: {', '.join(level)} may be as good."
    if not level:
        return f"{best} is better than {'all others' if len(beaten) > 1 else beaten[0]}, beyond chance."
    return f"{best} is better than {', '.join(beaten)}, beyond chance; {', '.join(level)} may be as good."
