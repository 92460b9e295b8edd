"""How `bench quality` judges pictures: against training pictures, beside what the test pictures get in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.bench._fashion import Fashion, Pixels
from ganforge.bench._quality_trainings import Snapshot, Trained
from ganforge.core.errors import SettingError
from ganforge.core.seeding import Draws
from ganforge.data.images import Images
from ganforge.metrics._metric import METRICS, Case, Estimate, Score
from ganforge.metrics.features._features import FEATURES, Extractor, Setting

EXTRACTOR = "efficientnet"
DISTANCE = ("frechet", "frechet")
"""Metric and score of the time to quality."""
AT_THE_END = (
    ("precision-recall", "precision"),
    ("precision-recall", "recall"),
    ("density-coverage", "density"),
    ("density-coverage", "coverage"),
)
"""What the finished generators are asked beside."""


@dataclass(frozen=True)
class Judged:
    """A generator as it was at some moment, with its score."""

    snapshot: Snapshot
    value: Estimate
    """Its Fréchet distance."""
    over_floor: Estimate
    """The same, less that of the test pictures."""


@dataclass(frozen=True)
class Beside:
    """A score of a finished generator."""

    name: str
    value: Estimate
    floor: Estimate


@dataclass(frozen=True)
class Row:
    """All that came of one training."""

    trained: Trained
    judged: tuple[Judged, ...]
    """In the order of time."""
    at_the_end: tuple[Beside, ...]

    @property
    def end(self) -> Judged:
        """The finished generator."""
        return self.judged[-1]

    def at(self, mark: float) -> Judged | None:
        """The generator of a moment; None where the training was not so long."""
        return next((each for each in self.judged if each.snapshot.mark == mark), None)

    def seconds_to(self, score: float) -> float | None:
        """Training time of the first generator looked at that is at most so far over the floor; None = none is."""
        return next((each.snapshot.seconds for each in self.judged if each.over_floor.value <= score), None)


class QualityJudge:
    """Real pictures as features, ready to be compared with."""

    def __init__(self, fashion: Fashion, n: int) -> None:
        """Takes n pictures of the training part as the reference, and n of the test part for the floor.

        Raises:
            SettingError: there are not so many test pictures, or too few are asked for.
        """
        most = len(fashion.test.pixels)
        if not 4 <= n <= most:
            raise SettingError(f"--samples {n}: give a number from 4 to {most:,}, as many as there are to hold out.")
        height, width = fashion.train.pixels.shape[1:]
        self._extractor: Extractor = FEATURES.get(EXTRACTOR).make(Setting(Images(height, width, 1)))
        self.label = self._extractor.label
        self.n = n
        self._reference = self.features(_some(fashion.train.pixels, n, "reference"))
        self._held_out = self.features(_some(fashion.test.pixels, n, "held out"))
        self._total = len(fashion.train.pixels)

    def features(self, pixels: Pixels) -> Float[Tensor, "n d"]:
        """Of pictures (n, h, w)."""
        return self._extractor(torch.from_numpy(pixels.copy()).float()[:, None] / 127.5 - 1)

    def case(self, samples: Pixels) -> Case:
        """The pictures as metrics take them."""
        features = self.features(samples)
        return Case(
            samples=features,
            reference=self._reference,
            held_out=self._held_out,
            training=self._reference,
            training_total=self._total,
            more_samples=features,
            kernel=self._extractor.kernel,
        )


def judge_snapshot(case: Case, snapshot: Snapshot) -> Judged:
    """A generator's Fréchet distance."""
    score = scores_of(case, (DISTANCE,))[0]
    return Judged(snapshot, score.value, _difference(score))


def judge_end(case: Case) -> tuple[Beside, ...]:
    """What else is asked of a finished generator."""
    return tuple(Beside(score.name, score.value, _floor(score)) for score in scores_of(case, AT_THE_END))


def scores_of(case: Case, wanted: Sequence[tuple[str, str]]) -> list[Score]:
    """Scores by metric and name; a metric is computed once."""
    found = {
        metric: {score.name: score for score in METRICS.get(metric)().judge(case)}
        for metric in dict.fromkeys(metric for metric, _ in wanted)
    }
    return [found[metric][name] for metric, name in wanted]


def _some(pixels: Pixels, n: int, place: str) -> Pixels:
    rows = Draws(0, "bench quality", place).permutation(len(pixels))[:n]
    taken: Pixels = pixels[rows.numpy()]
    return taken


def _floor(score: Score) -> Estimate:
    if score.floor is None:
        raise AssertionError(f"{score.name} has a floor")
    return score.floor


def _difference(score: Score) -> Estimate:
    if score.difference is None:
        raise AssertionError(f"{score.name} has a floor")
    return score.difference
