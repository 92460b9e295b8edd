"""Are all modes covered, and drawn as wide as they are? `ganforge train ring` and `train grid` against the truth.

Protocol 1: 50,000 samples of the run's averaged generator, nothing rejected, nothing truncated. Protocol 2, of
PacGAN (arXiv:1712.04086): 2,500 samples; a mode counts with one sample within 3 sigma. With `--sets stacked`, which
takes an hour, three digits stacked as channels, 1,000 modes (StackedMNIST).
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from cyclopts import Parameter
from rich.table import Table

from ganforge.bench._common import command_line, console, machine_line, median_and_worst, only_run
from ganforge.bench._stacked import run_stacked
from ganforge.core.errors import SettingError
from ganforge.data._samples import MIXTURES, Mixture
from ganforge.runs.folder import RunFolder
from ganforge.trained import Run

Points = npt.NDArray[np.float64]
SAMPLES = 50_000
PACGAN_SAMPLES = 2_500
WITHIN = 3.0  # sigma: a sample this near to a mode is of high quality


@dataclass(frozen=True)
class ModeScores:
    """How well samples match a mixture whose modes are known."""

    modes: int
    """Modes with at least one sample within 3 sigma."""
    high_quality: float
    """Share of samples within 3 sigma of a mode; a perfect sampler in two dimensions has 0.989."""
    reverse_kl: float
    """KL divergence of the samples' shares of the modes from the true, equal shares; in nats."""
    narrowest: float
    """Standard deviation of the samples within 3 sigma of the narrowest mode, in sigma; a perfect sampler has 0.97."""
    widest: float
    """The same of the widest mode."""


def score_modes(samples: Points, truth: Mixture) -> ModeScores:
    """Judge (n, 2) samples against the mixture they should come from."""
    centres = np.asarray(truth.centres)
    distances = np.linalg.norm(samples[:, None, :] - centres[None], axis=2)
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= WITHIN * truth.sigma
    shares = np.bincount(nearest, minlength=len(centres)) / len(samples)
    kl = sum(share * math.log(share * len(centres)) for share in shares if share > 0)
    hit = np.bincount(nearest[good], minlength=len(centres))
    spreads = [
        math.sqrt(float(samples[good & (nearest == mode)].var(axis=0).mean())) / truth.sigma if hit[mode] > 1 else 0.0
        for mode in range(len(centres))
    ]
    return ModeScores(int((hit > 0).sum()), float(good.mean()), kl, min(spreads), max(spreads))


def run(
    *,
    sets: Annotated[tuple[Literal["ring", "grid", "stacked"], ...], Parameter(consume_multiple=True)] = (
        "ring",
        "grid",
    ),
    recipe: str = "auto",
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    seeds: int | None = None,
    minutes: Annotated[tuple[float, ...], Parameter(consume_multiple=True)] = (15.0, 30.0, 60.0),
    out: Path | None = None,
) -> None:
    """Train on data whose modes are known, once a seed, and print how many are reached and how evenly.

    Parameters
    ----------
    sets
        Which of the sets: ring and grid, each training on one core; stacked (digits as channels), on two.
    recipe
        What to train with.
    set_
        A value of the recipe by its path, as in `ganforge train`. Can be repeated.
    seeds
        How many trainings of each set, with seeds 0, 1, ...; 10 if not given, 1 of stacked.
    minutes
        stacked: how long to train (the longest), and when to look in between.
    out
        Keep the runs here; they are deleted if not given.
    """
    if not minutes or min(minutes) <= 0:
        raise SettingError(f"--minutes {minutes}: give one or more times above 0.")
    with tempfile.TemporaryDirectory() as scratch:
        for name in sets:
            if name == "stacked":
                run_stacked(recipe, set_, minutes, 1 if seeds is None else seeds, out, Path(scratch))
            else:
                _run_mixture(name, recipe, set_, 10 if seeds is None else seeds, out or Path(scratch))
    if set(sets) != {"stacked"}:
        console.print(f"[dim]One core each; the seconds are of the whole command. {machine_line()}[/]")


def _run_mixture(name: str, recipe: str, settings: tuple[str, ...], seeds: int, out: Path) -> None:
    truth = MIXTURES[name]
    given = ["--recipe", recipe, *(word for setting in settings for word in ("--set", setting))]
    rows = []
    for seed in range(seeds):
        folder = out / f"{name}-{seed}"
        seconds = command_line(["train", name, "--seed", str(seed), "--out", str(folder), *given], cores=1)
        trained = Run(RunFolder.open(only_run(folder)))
        wide = score_modes(trained.sample(SAMPLES, seed=1000 + seed), truth)
        narrow = score_modes(trained.sample(PACGAN_SAMPLES, seed=2000 + seed), truth)
        rows.append((seed, wide, narrow, seconds))
    _print(" ".join([name if recipe == "auto" else f"{name}, {recipe}", *settings]), truth, rows)


def _print(name: str, truth: Mixture, rows: list[tuple[int, ModeScores, ModeScores, float]]) -> None:
    table = Table(title=f"{name}: {len(truth.centres)} modes; {SAMPLES:,} samples (and {PACGAN_SAMPLES:,})", box=None)
    headings = ("seed", "modes", "in 3 sigma %", "KL", "narrowest", "widest", "seconds")
    for heading in (*headings, "PacGAN: modes", "HQ %", "KL"):
        table.add_column(heading, justify="right")
    for seed, wide, narrow, seconds in rows:
        table.add_row(str(seed), *_cells(wide, seconds), *_pacgan_cells(narrow))
    for label, pick in (("median", 0), ("worst", 1)):
        wide, seconds = _summary([row[1] for row in rows], [row[3] for row in rows], pick)
        narrow, _ = _summary([row[2] for row in rows], [0.0], pick)
        table.add_row(f"[bold]{label}", *_cells(wide, seconds), *_pacgan_cells(narrow))
    console.print(table)


def _cells(scores: ModeScores, seconds: float) -> tuple[str, ...]:
    spread = (f"{scores.narrowest:.2f}", f"{scores.widest:.2f}")
    return str(scores.modes), f"{scores.high_quality:.2%}"[:-1], f"{scores.reverse_kl:.5f}", *spread, f"{seconds:.1f}"


def _pacgan_cells(scores: ModeScores) -> tuple[str, ...]:
    return str(scores.modes), f"{scores.high_quality:.1%}"[:-1], f"{scores.reverse_kl:.4f}"


def _summary(scores: list[ModeScores], seconds: list[float], pick: int) -> tuple[ModeScores, float]:
    """Each figure's median (pick 0) or worst (pick 1)."""
    modes = median_and_worst([s.modes for s in scores], worst_is_low=True)[pick]
    quality = median_and_worst([s.high_quality for s in scores], worst_is_low=True)[pick]
    kl = median_and_worst([s.reverse_kl for s in scores], worst_is_low=False)[pick]
    narrowest = median_and_worst([s.narrowest for s in scores], worst_is_low=True)[pick]
    widest = median_and_worst([s.widest for s in scores], worst_is_low=False)[pick]
    return ModeScores(int(modes), quality, kl, narrowest, widest), median_and_worst(seconds, worst_is_low=False)[pick]
