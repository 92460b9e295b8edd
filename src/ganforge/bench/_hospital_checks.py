"""What the doctor costs, and that he changes nothing: the same trainings with and without him."""

from __future__ import annotations

import hashlib
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ganforge.bench._hospital_cases import Case
from ganforge.bench._hospital_recording import training_rows
from ganforge.bench._stretch import Stretch
from ganforge.core.contracts import DataOptions
from ganforge.core.plan import ExecutionPlan
from ganforge.data._opening import open_source
from ganforge.runs.checkpoints import Checkpoints
from ganforge.runs.folder import RunFolder
from ganforge.session import DoctorMode, Options, carry_out, choose_recipe, measured_plan, prepare
from ganforge.staging import Setting, feed, make_care, make_stage
from ganforge.training.loop import Loop

Tell = Callable[[str], None]
SUBJECTS = ("grid", "digits")
"""Built-in samples whose updates are timed, with the recipe that is chosen for them: dense networks, convolutions."""
PAIRS = 30
"""Interleaved trainings with and without."""
RESAMPLED = 10_000
"""Draws of the pairs, for the bound of the median."""
MODES: tuple[DoctorMode, ...] = ("off", "watch", "treat")


@dataclass(frozen=True)
class Cost:
    """What watching costs in one kind of training."""

    subject: str
    ratios: tuple[float, ...]
    """Time of a step watched over time of a step not watched, pair by pair."""

    @property
    def median(self) -> float:
        """Of the pairs."""
        return statistics.median(self.ratios)

    @property
    def bound(self) -> float:
        """The upper end of the median's 95 % interval, by the bootstrap (Efron 1979, doi:10.1214/aos/1176344552)."""
        return upper_bound(self.ratios)


def upper_bound(ratios: Sequence[float]) -> float:
    """The 97.5 % point of the medians of resampled values."""
    random = np.random.default_rng(0)
    drawn = random.choice(np.asarray(ratios), (RESAMPLED, len(ratios)))
    return float(np.quantile(np.median(drawn, axis=1), 0.975))


def time_pairs(subject: str, pairs: int, seed: int = 0) -> Cost:
    """Two trainings that take turns, one watched and one not, from the same weights and for the same steps."""
    torch.set_num_threads(1)
    data, options = open_source(subject, DataOptions()), Options(threads=1, seed=seed)
    recipe = choose_recipe(options, data)
    plan = measured_plan(data, recipe, options, "cpu")
    setting = Setting(data, data.split, plan, seed, 3600.0, recipe, lambda text: None)
    with tempfile.TemporaryDirectory() as scratch:
        loops = {}
        for watched in (True, False):
            # Pictures and examinations cost both the same: without them nothing hides what watching costs
            stage = replace(make_stage(setting, recipe, watched=watched), draw=None, examiner=None)
            stretch = Stretch(max(1, plan.watch_steps))
            care = make_care(setting, treats=False) if watched else None
            shown = feed(data, data.split, seed)
            kept = Checkpoints(Path(scratch) / str(watched))
            loops[watched] = (stretch, Loop(stage, shown, kept, care=care, asked_to_stop=stretch))
        for stretch, loop in loops.values():
            stretch.timed(loop)  # allocates and chooses kernels
        ratios = []
        for pair in range(pairs):
            order = (True, False) if pair % 2 else (False, True)
            seconds = {watched: loops[watched][0].timed(loops[watched][1]) for watched in order}
            ratios.append(seconds[True] / seconds[False])
    return Cost(subject, tuple(ratios))


@dataclass(frozen=True)
class Identity:
    """One sound case under all modes."""

    case: Case
    hashes: tuple[str, ...]
    """Of all weights at the end, in the order of `MODES`."""
    treatments: int
    """Of the one that could have been treated: 0 where nothing was found."""

    @property
    def same(self) -> bool:
        """Whether all are the same to the bit."""
        return len(set(self.hashes)) == 1


def compare_modes(case: Case) -> Identity:
    """Train a case without the doctor, watched, and with leave to treat."""
    hashes, treatments = [], 0
    plan: ExecutionPlan | None = None
    with tempfile.TemporaryDirectory() as scratch:
        for mode in MODES:
            options = Options(
                recipe=case.built(),
                kimg=case.kimg,
                seed=case.seed,
                out=Path(scratch) / mode,
                threads=1,
                live=False,
                report=False,
                doctor=mode,
            )
            prepared = prepare(training_rows(case), options)
            plan = plan or prepared.plan  # how fast which way of computing is differs from one measuring to the next
            carry_out(replace(prepared, plan=plan))
            hashes.append(hash_of(prepared.folder))
            treatments += sum(record["event"] == "treated" for record in prepared.folder.journal.as_it_went())
    return Identity(case, tuple(hashes), treatments)


def hash_of(folder: RunFolder) -> str:
    """Of everything that the newest checkpoint holds of the players, their averages and their optimisers."""
    tensors = folder.checkpoints.load().tensors
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().numpy().tobytes())
    return digest.hexdigest()
