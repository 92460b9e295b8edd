"""How `bench quality` judges pictures: against training pictures, beside what the test pictures get in their place."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ganforge.bench._fashion import Pixels
from ganforge.bench._picture_sets import PictureSet
from ganforge.bench._quality_eyes import Eye, kept_features
from ganforge.bench._quality_trainings import Snapshot, Trained
from ganforge.core.errors import GanforgeError, SettingError
from ganforge.core.seeding import Draws
from ganforge.core.settings import from_json, to_json
from ganforge.metrics._metric import METRICS, Case, Estimate, Score
from ganforge.metrics._resampling import compared, not_below_zero
from ganforge.metrics.frechet import REPLICATE_ROWS, REPLICATES, frechet_distance
from ganforge.runs.files import from_text, to_text, write_whole

SAMPLES = 5_000
"""How many are judged, where a set holds out so many."""
AT_THE_END = (
    ("precision-recall", "precision"),
    ("precision-recall", "recall"),
    ("density-coverage", "density"),
    ("density-coverage", "coverage"),
)
"""What the finished generators are asked beside, by the first judge."""
SCORES = "scores.json"
FORMAT = 1
"""Goes up when the same pictures get other scores."""


@dataclass(frozen=True)
class Distance:
    """What one judge says of a generator at some moment."""

    judge: str
    """The eye's name."""
    value: Estimate
    """The Fréchet distance."""
    over_floor: Estimate
    """The same, less that of the test pictures."""


@dataclass(frozen=True)
class Judged:
    """A generator as it was at some moment."""

    snapshot: Snapshot
    distances: tuple[Distance, ...]
    """In the order of the judges."""

    def by(self, judge: str) -> Distance:
        """What this judge says."""
        return next(distance for distance in self.distances if distance.judge == judge)


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

    def seconds_to(self, score: float, judge: str) -> float | None:
        """Training time of the first generator looked at that is at most so far over the floor; None = none is."""
        reached = (each for each in self.judged if each.by(judge).over_floor.value <= score)
        return next((each.snapshot.seconds for each in reached), None)


@dataclass(frozen=True)
class _Kept:
    """Scores as they lie beside a training."""

    key: str
    row: Row


class QualityJudge:
    """Real pictures as features of one eye, ready to be compared with."""

    def __init__(self, eye: Eye, pictures: PictureSet, n: int, folder: Path) -> None:
        """Takes n pictures of the training part as the reference, and n of the test part for the floor.

        `folder` is where features of real pictures are kept.
        """
        self.eye = eye
        self._reference = kept_features(eye, _some(pictures.train.pixels, n, "reference"), folder)
        self._held_out = kept_features(eye, _some(pictures.test.pixels, n, "held out"), folder)
        self._total = len(pictures.train.pixels)

    def case(self, samples: Pixels) -> Case:
        """The pictures as metrics take them."""
        features = self.eye.features(samples)
        return Case(
            samples=features,
            reference=self._reference,
            held_out=self._held_out,
            training=self._reference,
            training_total=self._total,
            more_samples=features,
            kernel=self.eye.kernel,
        )


class Bench:
    """All judges of a set."""

    def __init__(self, pictures: PictureSet, eyes: Sequence[Eye], n: int, folder: Path) -> None:
        """The first eye also looks at precision, recall, density and coverage."""
        self.pictures = pictures
        self.n = n
        self.judges = tuple(QualityJudge(eye, pictures, n, folder) for eye in eyes)

    @property
    def eyes(self) -> tuple[Eye, ...]:
        """In the order of the judges."""
        return tuple(judge.eye for judge in self.judges)

    def judged(
        self, trained: Trained, place: Path, pictures_at: Callable[[Snapshot], Pixels], tell: Callable[[str], None]
    ) -> Row:
        """All generators of a training; scores that lie in `place`, its folder, are not computed again."""
        key = self._key(trained)
        with contextlib.suppress(OSError, GanforgeError):  # not there, of an earlier version, or damaged
            kept = from_json(_Kept, from_text((place / SCORES).read_bytes()), what=str(place / SCORES))
            if kept.key == key:
                return kept.row
        tell(f"Judging {trained.asked} ...")
        judged = []
        beside: tuple[Beside, ...] = ()
        for snapshot in trained.snapshots:
            pictures = pictures_at(snapshot)
            cases = [judge.case(pictures) for judge in self.judges]
            distances = (distance_of(case, judge.eye.name) for case, judge in zip(cases, self.judges, strict=True))
            judged.append(Judged(snapshot, tuple(distances)))
            if snapshot is trained.end:
                beside = judge_end(cases[0])
        row = Row(trained, tuple(judged), beside)
        write_whole(place / SCORES, to_text(to_json(_Kept(key, row)), indent=1))
        return row

    def _key(self, trained: Trained) -> str:
        parts = (str(FORMAT), str(self.n), self.pictures.fingerprint, *(eye.key for eye in self.eyes))
        digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16)
        digest.update(to_text(to_json(trained)))
        return digest.hexdigest()


def count_for(pictures: PictureSet, samples: int | None) -> int:
    """How many samples of each generator are judged.

    Raises:
        SettingError: more are asked for than there are test pictures, or too few.
    """
    most = len(pictures.test.pixels)
    if samples is None:
        return min(SAMPLES, most)
    if not 4 <= samples <= most:
        raise SettingError(
            f"--samples {samples}: give a number from 4 to {most:,}, as many as {pictures.title} has to hold out."
        )
    return samples


def distance_of(case: Case, judge: str) -> Distance:
    """The Fréchet distance as the metric of that name gives it, without what that also computes."""

    def distance(samples: Tensor, reference: Tensor) -> Mapping[str, float]:
        whole = len(samples) == case.count  # of replicates only the spread is wanted
        return {"": frechet_distance(*((rows.double() if whole else rows) for rows in (samples, reference)))}

    made = compared(case, distance, most=REPLICATE_ROWS, replicates=REPLICATES)[""]
    return Distance(judge, not_below_zero(made.value), made.difference)


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
