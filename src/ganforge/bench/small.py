"""A hundred pictures: does training make something better than copies of them, and does augmentation help?

A hundred pictures of a set are trained on; the rest of the set, which no training saw, is the truth. Beside the trained
ones stand the hundred themselves in the samples' place ("copies"), which is what a generator would give that had learnt
them by heart, and other real pictures ("real").
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import numpy as np
import torch
from cyclopts import Parameter
from jaxtyping import Float
from torch import Tensor

from ganforge.bench._common import console, machine_line, only_run, usable_cores
from ganforge.bench._hospital_data import OTHER, TRAIN, TRUTH, draw
from ganforge.bench._hospital_measure import SAMPLES_SEED, coverage
from ganforge.bench._hospital_workers import carried_out
from ganforge.bench._zoo_tables import NOTHING, Sheet
from ganforge.core.errors import RunError, SettingError
from ganforge.core.settings import from_json, to_json
from ganforge.examining import extractor_for
from ganforge.metrics._metric import Case
from ganforge.metrics.features._features import Extractor
from ganforge.metrics.kernel import Within, kernel_distance, kernel_for
from ganforge.metrics.memorisation import Memorisation
from ganforge.runs.files import from_text, telling, to_text, write_whole
from ganforge.runs.folder import RunFolder
from ganforge.session import Options, carry_out, prepare
from ganforge.trained import Run

COUNT = 100
"""Pictures that are trained on."""
SETS = ("digits28", "icons32")
"""Grey pictures of which there are many more."""
RECIPE = "auto"
POLICIES: dict[str, Any] = {
    "none": None,
    "adaptive": "adaptive",
    "diff": "diff",
}
"""Augmentations, as the recipe's `augment` is set."""
LENGTHS = (20.0, 200.0)
"""k samples: what the recipe chooses for so few pictures, and ten times as much."""
SEEDS = 2
OUTCOME = "small.json"


@dataclass(frozen=True)
class Job:
    """One training."""

    data: str
    policy: str
    kimg: float
    seed: int
    out: Path

    @property
    def folder(self) -> Path:
        """Its place."""
        return self.out / f"{self.data}-{self.policy}-{self.kimg:g}-{self.seed}"


@dataclass(frozen=True)
class Judged:
    """What is said of samples."""

    distance: float
    """Kernel distance to the truth in EfficientNet's features; lower is better."""
    error: float
    coverage: float
    """Share of the truth that has a sample near it, over the same share for other real pictures."""
    copies: float
    """Share of samples that lie nearer to a training picture than hardly any new one does."""
    closeness: float
    """How often a sample is closer to the training pictures than a new one is; 0.5 = as new as those."""


def run(
    *,
    data: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = SETS,
    policies: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = tuple(POLICIES),
    kimg: Annotated[tuple[float, ...], Parameter(consume_multiple=True, negative="")] = LENGTHS,
    seeds: int = SEEDS,
    out: Path = Path("small"),
    cores: Annotated[tuple[int, ...], Parameter(consume_multiple=True, negative="")] = (),
    printed: Annotated[bool, Parameter(negative="")] = False,
    markdown: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Train on a hundred pictures with and without augmentation, and hold the samples beside mere copies.

    Takes about 25 minutes of two cores; interrupted, it goes on with the same command.

    Parameters
    ----------
    data
        Names of the sets of pictures.
    policies
        Augmentations: none, adaptive, diff.
    kimg
        Lengths of the trainings in k samples.
    seeds
        Trainings of each kind.
    out
        Where trainings and figures are kept.
    cores
        Numbers of the processors that train, one training each at a time; all if not given.
    printed
        Train nothing; print what is complete.
    markdown
        Print the tables as Markdown.
    """
    for asked, known, flag in ((data, SETS, "--data"), (policies, tuple(POLICIES), "--policies")):
        unknown = [name for name in asked if name not in known]
        if unknown:
            raise SettingError(f"{flag} {' '.join(unknown)}: there are {', '.join(known)}.")
    if seeds < 1 or any(length <= 0 for length in kimg):
        raise SettingError(f"--seeds {seeds}, --kimg {kimg}: both have to be positive.")
    jobs = [
        Job(name, policy, length, seed, out)
        for seed in range(seeds)
        for length in sorted(kimg)
        for name in data
        for policy in policies
    ]
    if not printed:
        waiting = [job for job in jobs if known_of(job) is None]
        for sentence in carried_out(train, waiting, cores or usable_cores()):
            _tell(sentence)
    found = {job: judged for job in jobs if (judged := known_of(job)) is not None}
    if not found:
        raise RunError(f"Nothing is complete in {out}: train first (without --printed), or name another --out.")
    for name in data:
        table = sheet(name, found)
        print(f"\n{table.markdown()}\n") if markdown else console.print(table.rich())
    _tell(machine_line())


def train(job: Job) -> str:
    """Train and judge one; returns a sentence.

    Raises:
        KeyboardInterrupt: the training was asked to stop.
    """
    shutil.rmtree(job.folder, ignore_errors=True)
    torch.set_num_threads(1)
    options = Options(
        recipe=RECIPE, kimg=job.kimg, seed=job.seed, out=job.folder, threads=1, live=False, report=False,
        doctor="off", settings={"augment": POLICIES[job.policy]},
    )  # fmt: skip
    prepared = prepare(draw(job.data, TRAIN, COUNT), options)
    carry_out(prepared)
    if prepared.folder.status() == "interrupted":
        raise KeyboardInterrupt
    finished = Run(prepared.folder)
    samples = finished.raw(finished.latents(len(draw(job.data, TRUTH)), seed=SAMPLES_SEED))
    judged = judge(samples, finished, job.data)
    with telling(job.folder):
        write_whole(job.folder / OUTCOME, to_text(to_json(judged), indent=2))
    return (
        f"{job.folder.name}: distance {judged.distance:.3f} +- {judged.error:.3f}, "
        f"copies {judged.copies:.1%}, closeness {judged.closeness:.0%}."
    )


def judge(samples: Float[Tensor, "n c h w"], finished: Run, data: str) -> Judged:
    """Hold pictures, as the networks of a run on this data see them, beside the truth and the training pictures."""
    extractor = extractor_for(finished.domain)
    truth, other = _seen(extractor, finished, data, TRUTH), _seen(extractor, finished, data, OTHER)
    training = extractor(finished.domain.read(draw(data, TRAIN, COUNT)).x)
    made = extractor(samples)
    kernel = kernel_for(extractor.kernel, truth)
    distance = kernel_distance(made, Within.of(truth, kernel), kernel)
    n = min(len(made), len(truth), len(training))
    case = Case(made[:n], training[:n], truth[:n], training, len(training), made, extractor.kernel)
    scores = {score.name: score.value.value for score in Memorisation().judge(case)}
    return Judged(
        distance.value, distance.error, coverage(made, truth, other), scores["copies"], scores.get("closeness", 0.5)
    )


def _seen(extractor: Extractor, finished: Run, data: str, which: int) -> Tensor:
    return extractor(finished.domain.read(draw(data, which)).x)


def known_of(job: Job) -> Judged | None:
    """What came out of a training; None where it is not complete."""
    try:
        content = from_text((job.folder / OUTCOME).read_bytes())
    except OSError:
        return None
    return None if content is None else from_json(Judged, content, what=OUTCOME)


def standards(data: str, beside: Job) -> dict[str, Judged]:
    """The training pictures, drawn with replacement, and other real ones in the samples' place.

    Args:
        data: the set.
        beside: a complete training on it, whose domain reads the pictures.
    """
    finished = Run(RunFolder(only_run(beside.folder)))
    drawn = np.random.default_rng(0).integers(COUNT, size=len(draw(data, TRUTH)))
    copies = finished.domain.read(draw(data, TRAIN, COUNT)[drawn]).x
    real = finished.domain.read(draw(data, OTHER)).x
    return {"copies": judge(copies, finished, data), "real": judge(real, finished, data)}


def sheet(data: str, found: dict[Job, Judged]) -> Sheet:
    """One line for the standards and one for each length and augmentation, means over seeds."""
    own = {job: judged for job, judged in found.items() if job.data == data}
    rows = [*_standards_rows(data, own)]
    for length in sorted({job.kimg for job in own}):
        for policy in dict.fromkeys(job.policy for job in own):
            judged = [one for job, one in own.items() if (job.kimg, job.policy) == (length, policy)]
            if judged:
                rows.append(_cells(f"{length:g}k, {policy}", judged))
    headings = ("samples", "distance", "seeds from .. to", "coverage", "copies %", "closeness %", "n")
    return Sheet(f"{data}: {COUNT} pictures", headings, tuple(rows))


def _standards_rows(data: str, own: dict[Job, Judged]) -> Iterator[tuple[str, ...]]:
    for name, judged in standards(data, next(iter(own))).items() if own else ():
        yield _cells(f"({name})", [judged])


def _cells(name: str, judged: Sequence[Judged]) -> tuple[str, ...]:
    distances = [one.distance for one in judged]
    spread = f"{min(distances):.3f} .. {max(distances):.3f}" if len(judged) > 1 else NOTHING
    return (
        name,
        f"{fmean(distances):.3f} +- {max(one.error for one in judged):.3f}",
        spread,
        f"{fmean(one.coverage for one in judged):.2f}",
        f"{100 * fmean(one.copies for one in judged):.1f}",
        f"{100 * fmean(one.closeness for one in judged):.0f}",
        str(len(judged)),
    )


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
