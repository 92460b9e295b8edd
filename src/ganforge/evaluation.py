"""How good a run is: its samples judged by every metric against its data, with the answer in plain words."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganforge.core.contracts import Source
from ganforge.core.errors import RunError, SettingError
from ganforge.core.records import Split, Trait
from ganforge.core.seeding import Draws
from ganforge.core.settings import from_json, to_json
from ganforge.examining import extractor_for
from ganforge.games._game import PlayableGame
from ganforge.metrics._cache import real_features
from ganforge.metrics._evaluation import CHOSEN_BY_COUNTED, Evaluation, Shown
from ganforge.metrics._metric import METRICS, Case, Exhibit, Labels, Score
from ganforge.metrics._verdict import sentence
from ganforge.metrics.features._features import Extractor
from ganforge.runs.files import from_text, telling, to_text, write_whole
from ganforge.runs.folder import RunFolder
from ganforge.trained import Run, classes_of_data, same_data, stored_split

ASKED = 10_000
"""Samples on each side, if so many items are held out."""
MANY = 1_000
"""Samples that are made at least, for what needs many."""
SEARCHED = 20_000
"""Training items that are searched for copies, at most."""
ENOUGH = 10
"""With fewer items in the report split, those of the select split are held out with them."""
STEP = 0.05
"""Share of the way between two z over which a path's length is measured."""
AT_ONCE = 1_000
"""Items that are read together."""
FILE = "evaluation.json"
FOLDER = "evaluation"
OTHERS = "other samples"


@dataclass(frozen=True)
class Samples:
    """What is to be judged."""

    x: Float[Tensor, "k ..."]
    """As the networks see them."""
    labels: Int[Tensor, "k"] | None = None
    """The class that each was asked to be."""
    path_lengths: Callable[[int], Tensor] | None = None


@dataclass(frozen=True)
class Real:
    """The real items of an evaluation, by their rows."""

    training: Int[Tensor, "m"]
    """In random order; the reference is the first n."""
    held_out: Int[Tensor, "h"]
    training_total: int
    holds_out: bool
    with_select: bool
    """The select split, by which the checkpoint was chosen, had to be taken along."""

    @staticmethod
    def of(split: Split, seed: int) -> Real:
        """Which rows are used for what."""
        if not split.held_out:
            rows = split.train[Draws(seed, "halves").permutation(len(split.train))]
            half = len(rows) // 2
            return Real(rows[half:], rows[:half], len(rows), holds_out=False, with_select=False)
        few = len(split.report) < ENOUGH
        held_out = torch.cat([split.report, split.select]) if few else split.report
        training = split.train[Draws(seed, "reference").permutation(len(split.train))]
        return Real(
            training,
            held_out[Draws(seed, "held out").permutation(len(held_out))],
            len(training),
            holds_out=True,
            with_select=few,
        )


@dataclass(frozen=True)
class Judged:
    """A case with its scores."""

    case: Case
    real: Real
    scores: tuple[Score, ...]
    sentence: str
    cautions: tuple[str, ...]


def judge(
    samples: Samples,
    source: Source,
    split: Split,
    extractor: Extractor,
    *,
    asked: int,
    seed: int,
    classes: Source | None = None,
) -> Judged:
    """Every metric on these samples against a source.

    Args:
        samples: of a run or of anybody else.
        source: the real items.
        split: which of them were trained on, and which were held out.
        extractor: makes the features that are compared.
        asked: samples on each side, if so many items are held out.
        seed: of everything random in judging.
        classes: the same source with the classes of its items, if the source itself was opened without.

    Raises:
        SettingError: fewer than 2 samples or real items on a side.
    """
    real = Real.of(split, seed)
    case = make_case(samples, source, real, extractor, asked=asked, seed=seed, classes=classes)
    scores = tuple(score for name in METRICS.names() for score in METRICS.get(name)().judge(case))
    words = sentence(scores, count=case.count, holds_out=real.holds_out)
    return Judged(case, real, scores, words, _cautions(case, real, extractor))


def make_case(
    samples: Samples,
    source: Source,
    real: Real,
    extractor: Extractor,
    *,
    asked: int,
    seed: int,
    classes: Source | None = None,
) -> Case:
    """Features of everything that is compared; arguments and errors as for `judge`."""
    n = min(asked, len(samples.x), len(real.held_out), len(real.training))
    if n < 2:
        raise SettingError(
            f"There are {len(samples.x):,} samples, {len(real.training)} training items, {len(real.held_out)} others; "
            "at least 2 of each are needed to compare them. Train on more data, or ask for more samples."
        )
    training, held_out = real.training[: max(n, SEARCHED)], real.held_out[:n]
    of_training = real_features(source, training, extractor)
    features = extractor(samples.x)

    def traits() -> tuple[tuple[Trait, ...], tuple[Trait, ...], tuple[Trait, ...]]:
        seen = source.domain.traits
        reference, others = (source.batch(rows).real["x"] for rows in (training[:n], held_out))
        return seen(samples.x[:n]), seen(reference), seen(others)

    return Case(
        samples=features[:n],
        reference=of_training[:n],
        held_out=real_features(source, held_out, extractor),
        training=of_training,
        training_total=real.training_total,
        more_samples=features,
        kernel=extractor.kernel,
        holds_out=real.holds_out,
        labels=_labels(samples, classes or source, training, held_out),
        traits=traits,
        path_lengths=samples.path_lengths if extractor.perceptual else None,
        seed=seed,
    )


def _labels(samples: Samples, classes: Source, training: Tensor, held_out: Tensor) -> Labels | None:
    """The classes of everything, where the data have any."""
    known, others = (_labels_of(classes, rows) for rows in (training, held_out))
    if known is None or others is None:
        return None
    asked = None if samples.labels is None else samples.labels[: len(held_out)]
    return Labels(classes.card.classes, asked, known[: len(held_out)], others, known)


def _labels_of(classes: Source, rows: Tensor) -> Tensor | None:
    """Read part by part: the items that come with them are in the way."""
    if not classes.card.classes:
        return None
    conditions = (classes.batch(part).condition for part in torch.split(rows, AT_ONCE))
    labels = [condition.labels for condition in conditions if condition is not None and condition.labels is not None]
    return torch.cat(labels) if labels else None


def evaluate(
    run: Run,
    *,
    asked: int = ASKED,
    features: str | None = None,
    samples: Any = None,
    source: Any = None,
    data: Source | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = lambda text: None,
) -> Evaluation:
    """How good a run's samples are, by every metric; kept in the run's folder, with what is to be looked at.

    Args:
        run: whose generator, whose data.
        asked: samples on each side of every comparison, if so many items are held out.
        features: name of a feature extractor; None = the one that the data's kind puts first.
        samples: somebody else's samples instead of the run's own: a folder, a file, an array. Nothing is kept then.
        source: the data, only if they have moved or were an array in memory.
        data: the same, where they are open already.
        seed: of the samples and of everything random in judging.
        tell: called with a sentence when something takes long.

    Raises:
        RunError: the data are not there any more, or have changed.
        SettingError: there is nothing to compare, or the features do not suit the data.
        DataError: the samples named cannot be read.
    """
    began = time.monotonic()
    if asked < 2:
        raise SettingError(f"{asked} samples cannot be compared; ask for at least 2.")
    data = data or same_data(run.folder, source, tell=tell)
    split = stored_split(run.folder)
    extractor = extractor_for(run.domain, run.game, features)
    if samples is None:
        held_out = len(Real.of(split, seed).held_out)
        judged_samples = own_samples(run, data, split, max(min(asked, held_out), min(asked, MANY)), extractor, seed)
    else:
        judged_samples = _read(run, samples, asked, seed, tell)
    classes = classes_of_data(run.folder, data, source)
    judged = judge(judged_samples, data, split, extractor, asked=asked, seed=seed, classes=classes)
    shown = _show(run, judged, judged_samples, data, tell) if samples is None else ()
    made = Evaluation(
        run=run.folder.name,
        recipe=run.recipe.name,
        data=run.data.name,
        step=run.step,
        kimg=run.kimg,
        which=run.which if samples is None else OTHERS,
        features=features or run.domain.features[0],
        features_label=extractor.label,
        partial=extractor.partial,
        count=judged.case.count,
        asked=asked,
        drawn=len(judged_samples.x),
        training_used=len(judged.case.training),
        training_total=judged.real.training_total,
        holds_out=judged.real.holds_out,
        seed=seed,
        scores=judged.scores,
        sentence=judged.sentence,
        cautions=judged.cautions,
        shown=shown,
        seconds=time.monotonic() - began,
        made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    if samples is None and features is None and asked >= MANY:
        _keep(run.folder, made, tell)
    return made


def _read(run: Run, samples: Any, asked: int, seed: int, tell: Callable[[str], None]) -> Samples:
    """Somebody else's samples, in random order: files are often sorted by what they show."""
    items = run.domain.read(samples, tell)
    for note in items.notes:
        tell(note)
    if items.skipped:
        first = items.skipped[0]
        tell(f"Left out {len(items.skipped):,}: {first.name} ({first.reason})" + (" ..." if items.skipped[1:] else "."))
    return Samples(items.x[Draws(seed, "samples").permutation(len(items.x))[:asked]])


def kept_evaluation(folder: RunFolder) -> Evaluation | None:
    """The last evaluation of a run, if there is one that can be read."""
    try:
        content = from_text((folder.path / FILE).read_bytes())
        return None if content is None else from_json(Evaluation, content, what=FILE)
    except (OSError, SettingError):
        return None


def own_samples(run: Run, data: Source, split: Split, count: int, extractor: Extractor, seed: int) -> Samples:
    """Samples of a run as its networks make them; classes, where it knows any, as often as in the training data."""
    labels = None
    condition = data.batch(split.train[Draws(seed, "asked").integers(len(split.train), count)]).condition
    if run.classes and condition is not None:
        labels = condition.labels
    x = run.raw(run.latents(count, seed=seed), labels, seed=seed)

    def path_lengths(pairs: int) -> Tensor:
        return _path_lengths(run.game, extractor, pairs, None if labels is None else labels[:pairs], seed)

    return Samples(x, labels, path_lengths)


def _path_lengths(
    game: PlayableGame, extractor: Extractor, pairs: int, labels: Tensor | None, seed: int
) -> Float[Tensor, "pairs"]:
    draws = Draws(seed, "path")
    starts, ends = game.latents(pairs, draws), game.latents(pairs, draws)
    places = (draws.uniform(pairs) * (1 - STEP)).tolist()
    sides = [
        torch.stack([game.between(a, b, place + add) for a, b, place in zip(starts, ends, places, strict=True)])
        for add in (0.0, STEP)
    ]
    made = [extractor(game.sample(side, labels, Draws(seed, "path head"))) for side in sides]
    return (made[0] - made[1]).square().sum(1) / STEP**2


def _cautions(case: Case, real: Real, extractor: Extractor) -> tuple[str, ...]:
    told = []
    if not real.holds_out:
        told.append(
            "Nothing was held out, because there are too few (different) items: the floor compares two halves of the "
            "training data, and whether samples are copies cannot be told."
        )
    if real.with_select:
        told.append(CHOSEN_BY_COUNTED)
    if case.count < 50:
        told.append(f"With {case.count} items on each side all intervals are wide; do not lean on small differences.")
    if extractor.partial:
        told.append("These features were shaped by the run itself: the scores flatter it, and runs cannot be compared.")
    if len(case.training) < real.training_total:
        told.append(f"Copies were searched among {len(case.training):,} of {real.training_total:,} training items.")
    return tuple(told)


def _show(run: Run, judged: Judged, samples: Samples, data: Source, tell: Callable[[str], None]) -> tuple[Shown, ...]:
    """Draw what the scores want to be looked at, into the run's folder."""
    if not run.domain.singly:
        return ()
    folder = run.path / FOLDER
    shown: list[Shown] = []
    try:
        with telling(folder):
            folder.mkdir(exist_ok=True)
            for exhibit in (exhibit for score in judged.scores for exhibit in score.shown):
                rows = _rows_of(exhibit, run, judged, samples, data)
                if rows:
                    name = f"{len(shown):02d}.png"
                    run.preview(np.concatenate(rows), columns=len(rows[0])).save(folder / name)
                    shown.append(Shown(exhibit.title, name))
    except RunError as error:
        tell(f"What belongs to the scores could not be drawn: {error}")
    return tuple(shown)


def _rows_of(exhibit: Exhibit, run: Run, judged: Judged, samples: Samples, data: Source) -> list[npt.NDArray[Any]]:
    """What an exhibit names, in the data's own form: samples, then training items."""
    rows = []
    if exhibit.samples:
        rows.append(run.domain.decode(samples.x[list(exhibit.samples)]))
    if exhibit.training:
        real = data.batch(judged.real.training[list(exhibit.training)]).real["x"]
        rows.append(run.domain.decode(real))
    return rows


def _keep(folder: RunFolder, evaluation: Evaluation, tell: Callable[[str], None]) -> None:
    """For the report. A run that cannot be written to can still be judged."""
    try:
        with telling(folder.path / FILE):
            write_whole(folder.path / FILE, to_text(to_json(evaluation), indent=2))
    except RunError as error:
        tell(f"The scores could not be kept in the run's folder: {error}")
