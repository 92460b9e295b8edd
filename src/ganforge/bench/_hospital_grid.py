"""The recipes that collapse by themselves, treated: how many of the grid's modes do they end with?"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ganforge.bench._hospital_judgement import told_share
from ganforge.bench._hospital_workers import carried_out
from ganforge.bench._zoo_tables import NOTHING, Sheet
from ganforge.bench.modes import SAMPLES, score_modes
from ganforge.core.errors import UnhealthyError
from ganforge.core.settings import Json
from ganforge.data._samples import MIXTURES
from ganforge.runs.files import from_text, telling, to_text, write_whole
from ganforge.session import DoctorMode, Options, carry_out, prepare
from ganforge.trained import Run
from ganforge.watch.history import history

DATA = "grid"
RECIPES_THAT_COLLAPSE = ("gan", "wgan")
SEEDS = 10
ENOUGH = 24
"""Modes of 25."""
OUTCOME = "outcome.json"


@dataclass(frozen=True)
class GridJob:
    """One training."""

    recipe: str
    seed: int
    doctor: DoctorMode
    kimg: float | None
    """None = as long as the recipe takes without being told."""
    out: Path

    @property
    def folder(self) -> Path:
        """Its place."""
        return self.out / f"{DATA}-{self.recipe}-{self.doctor}-{self.seed}"


@dataclass(frozen=True)
class GridScore:
    """How it came out."""

    recipe: str
    seed: int
    modes: int
    high_quality: float
    reverse_kl: float
    state: str
    done: str
    """The treatments, + where they were kept."""


def treat_grid(
    recipes: Sequence[str],
    seeds: int,
    doctor: DoctorMode,
    kimg: float | None,
    out: Path,
    cores: Sequence[int],
    tell: Callable[[str], None],
) -> list[GridScore]:
    """Train what is not complete; the scores in the order of recipes and seeds."""
    jobs = [GridJob(recipe, seed, doctor, kimg, out) for recipe in recipes for seed in range(seeds)]
    known = {job: _read(job) for job in jobs}
    waiting = [job for job in jobs if known[job] is None]
    for score in carried_out(train_grid, waiting, cores):
        tell(f"{score.recipe}, seed {score.seed}: {score.modes} modes, {score.state} ({score.done}).")
    return [found for job in jobs if (found := _read(job)) is not None]


def train_grid(job: GridJob) -> GridScore:
    """Train one and count its modes; what is left of an earlier attempt is deleted first.

    Raises:
        KeyboardInterrupt: the training was asked to stop.
    """
    shutil.rmtree(job.folder, ignore_errors=True)
    torch.set_num_threads(1)
    options = Options(
        recipe=job.recipe,
        seed=job.seed,
        kimg=job.kimg,
        out=job.folder,
        threads=1,
        live=False,
        report=False,
        doctor=job.doctor,
    )
    prepared = prepare(DATA, options)
    with contextlib.suppress(UnhealthyError):  # an outcome like any other
        carry_out(prepared)
    state = prepared.folder.status()
    if state == "interrupted":
        raise KeyboardInterrupt
    truth = score_modes(Run(prepared.folder).sample(SAMPLES, seed=1000 + job.seed), MIXTURES[DATA])
    told = history(prepared.folder.journal.as_it_went())
    done = ", ".join(
        f"{each.treated.remedy.name}{'+' if each.judged is None or each.judged.kept else ''}"
        for each in told.treatments
    )
    figures: Json = {
        "kimg": job.kimg,
        "modes": truth.modes,
        "high_quality": truth.high_quality,
        "reverse_kl": truth.reverse_kl,
        "state": state,
        "done": done or NOTHING,
    }
    with telling(job.folder):
        write_whole(job.folder / OUTCOME, to_text(figures, indent=2))
    return _score(job, figures)


def _read(job: GridJob) -> GridScore | None:
    try:
        figures = from_text((job.folder / OUTCOME).read_bytes())
    except OSError:
        return None
    return None if figures is None or figures["kimg"] != job.kimg else _score(job, figures)


def _score(job: GridJob, figures: Json) -> GridScore:
    return GridScore(
        job.recipe,
        job.seed,
        int(figures["modes"]),
        float(figures["high_quality"]),
        float(figures["reverse_kl"]),
        str(figures["state"]),
        str(figures["done"]),
    )


def grid_sheet(scores: Sequence[GridScore]) -> Sheet:
    """One line a training."""
    headings = ("recipe", "seed", "modes", "in 3 sigma %", "KL", "end", "what was done (+ = kept)")
    rows = tuple(
        (
            one.recipe,
            str(one.seed),
            str(one.modes),
            f"{one.high_quality * 100:.1f}",
            f"{one.reverse_kl:.4f}",
            one.state,
            one.done,
        )
        for one in scores
    )
    return Sheet(f"{DATA}: 25 modes; {SAMPLES:,} samples", headings, rows)


def grid_summary(scores: Sequence[GridScore]) -> Iterator[str]:
    """A sentence a recipe."""
    for recipe in dict.fromkeys(one.recipe for one in scores):
        own = [one for one in scores if one.recipe == recipe]
        reached = sum(one.modes >= ENOUGH for one in own)
        yield f"{recipe}: at least {ENOUGH} of 25 modes in {told_share(reached, len(own))}."
