"""What is trained to find the best strength: which data, how long, at which strengths."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganforge.bench._gamma_rule import Best, best_of, spread
from ganforge.bench._hospital_cases import Case
from ganforge.bench._hospital_data import card_of, is_picture
from ganforge.bench._hospital_measure import Measured
from ganforge.bench._hospital_recording import Tell, read_outcome, record
from ganforge.bench._hospital_sabotage import penalties
from ganforge.recipes._recipes import RECIPES

RECIPE = "auto"
FACTORS = (1 / 25, 1 / 5, 1.0, 5.0, 25.0)
"""Strengths that may be tried, over the recipe's own; where it falls over the run, it falls by as much."""
FIRST = (1, 2, 3)
"""Places of those that are tried in any case."""


@dataclass(frozen=True)
class Trial:
    """One set of data at all strengths."""

    data: str
    kimg: float
    seeds: int

    @property
    def numbers(self) -> int:
        """In one sample."""
        return math.prod(card_of(self.data).shape)

    @property
    def batch(self) -> int:
        """Samples of one update."""
        return RECIPES.get(RECIPE)(card_of(self.data)).batch

    @property
    def gamma(self) -> float:
        """The recipe's own strength at the beginning of a run."""
        return RECIPES.get(RECIPE)(card_of(self.data)).penalties[0].weight.start

    def case(self, place: int, seed: int) -> Case:
        """The training at the strength of this place in `FACTORS`."""
        factor = FACTORS[place]
        recipe = RECIPES.get(RECIPE)(card_of(self.data))
        return Case(
            name=f"{self.data}-times-{factor:g}-{seed}",
            data=self.data,
            recipe=RECIPE,
            seed=seed,
            kimg=self.kimg,
            half="tuning",
            settings=penalties(recipe, factor),
            varied=f"gamma times {factor:g}",
        )


TRIALS = (
    Trial("icons32", 20.0, 1),
    Trial("digits28", 24.0, 1),
    Trial("digits16", 48.0, 1),
    Trial("icons16", 48.0, 1),
    Trial("digits8", 64.0, 2),
    Trial("normal64", 128.0, 2),
    Trial("mixture", 128.0, 2),
    Trial("table", 128.0, 1),
    Trial("normal", 128.0, 2),
    Trial("roll", 128.0, 1),
    Trial("ring", 128.0, 2),
    Trial("moons", 128.0, 2),
)
"""Slowest first. A quarter of the hospital's length for numbers, about half for pictures. Small pictures and long rows
have as many numbers, which tells size from kind."""


@dataclass(frozen=True)
class Found:
    """What came out of one trial."""

    trial: Trial
    scores: Mapping[int, tuple[Measured, ...]]
    """Of each seed, by the place of the strength, in rising order."""

    def logs(self, place: int) -> list[float]:
        """Logarithmic scores of the seeds; what is within its error of nothing counts as its error."""
        return [math.log(max(one.score, one.error, 1e-12)) for one in self.scores[place]]

    def log(self, place: int) -> float:
        """Mean logarithmic score of the seeds."""
        return math.fsum(self.logs(place)) / len(self.scores[place])


def measured(trials: Sequence[Trial], out: Path, cores: Sequence[int], tell: Tell) -> list[Found]:
    """Train what is not complete, and beyond the first strengths as far as the score still falls."""
    founds = list(known(trials, out))
    while missing := [case for found in founds for case in wanted(found)]:
        record(missing, out, "off", cores, tell)
        founds = list(known(trials, out))
    return founds


def known(trials: Sequence[Trial], out: Path) -> Iterator[Found]:
    """What is complete in a folder: the strengths of which every seed is."""
    for trial in trials:
        scores = {}
        for place in range(len(FACTORS)):
            outcomes = [read_outcome(trial.case(place, seed), out) for seed in range(trial.seeds)]
            done = tuple(outcome.measured for outcome in outcomes if outcome is not None)
            if len(done) == trial.seeds:
                scores[place] = done
        yield Found(trial, scores)


def wanted(found: Found) -> list[Case]:
    """The trainings that are to come next: the first ones, then the neighbours of the lowest score."""
    places = [place for place in FIRST if place not in found.scores]
    if not places:
        lowest = min(found.scores, key=found.log)
        neighbours = (lowest - 1, lowest + 1)
        places = [place for place in neighbours if 0 <= place < len(FACTORS) and place not in found.scores]
    return [found.trial.case(place, seed) for place in places for seed in range(found.trial.seeds)]


def noise(founds: Sequence[Found]) -> Mapping[bool, float]:
    """How much one training's logarithmic score differs from that of another seed.

    Returns:
        Standard deviations of numbers (False) and of pictures (True). Where one kind has no second seed, the other's;
        NaN where neither has.
    """
    kinds: dict[bool, list[list[float]]] = {False: [], True: []}
    for found in founds:
        finite = [logs for place in found.scores if all(map(math.isfinite, logs := found.logs(place)))]
        kinds[is_picture(found.trial.data)] += finite
    whole = spread([each for kind in kinds.values() for each in kind])
    return {kind: whole if math.isnan(own := spread(each)) else own for kind, each in kinds.items()}


def best(found: Found, among_seeds: float) -> Best:
    """The best strength of a trial of which all that was wanted is complete.

    Args:
        found: the trial.
        among_seeds: what `noise` says of its kind; NaN where it is not known.
    """
    places = sorted(found.scores)
    errors = []
    for place in places:
        # The spread among seeds holds that of the samples that were judged; the larger of the two is believed
        one = max(one.error / max(one.score, one.error, 1e-12) for one in found.scores[place])
        errors.append(max(one, 0.0 if math.isnan(among_seeds) else among_seeds) / math.sqrt(found.trial.seeds))
    logs = [math.log(FACTORS[place]) for place in places]
    return best_of(logs, [found.log(place) for place in places], errors, found.trial.data)
