"""Every case trained once, in processes that keep to one core each; what is complete is not repeated."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ganforge.bench._common import only_run
from ganforge.bench._hospital_bugs import Bug, planted
from ganforge.bench._hospital_cases import Case, length
from ganforge.bench._hospital_data import TRAIN, Rows, draw, spoil
from ganforge.bench._hospital_measure import UNFINISHED, Measured, measure
from ganforge.bench._hospital_sabotage import SABOTAGES
from ganforge.bench._hospital_workers import carried_out
from ganforge.core.contracts import DataOptions
from ganforge.core.errors import UnhealthyError
from ganforge.core.settings import Json, from_json, to_json
from ganforge.data._opening import open_source
from ganforge.runs.files import from_text, telling, to_text, write_whole
from ganforge.runs.folder import RunFolder
from ganforge.session import DoctorMode, Options, carry_out, prepare
from ganforge.trained import Run
from ganforge.watch.inspection import inspect

OUTCOME = "outcome.json"
INTERRUPTED = "interrupted"
USUAL = 2.0
"""Trainings of up to so many times their twin's length are begun in the order given, longer ones after them."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """A recorded case."""

    case: Case
    state: str
    """How the training ended: "done", "not finite", "unhealthy"."""
    measured: Measured
    seconds: float
    folder: Path
    """Of the case; the run's is below it."""

    @property
    def run(self) -> Path:
        """The run's folder."""
        return only_run(self.folder)


def training_rows(case: Case) -> Rows:
    """What a case is trained on."""
    rows = draw(case.data, TRAIN)[: case.rows]
    return rows if case.damage is None else spoil(rows, case.damage)


def bug_of(case: Case) -> Bug | None:
    """What is wrong in the code that trains a case."""
    return None if case.cause is None else SABOTAGES[case.cause].bug


def read_outcome(case: Case, out: Path) -> Outcome | None:
    """What was recorded of a case; None where it is not complete, or was another case of that name."""
    folder = out / case.name
    try:
        content = from_text((folder / OUTCOME).read_bytes())
    except OSError:
        return None
    if content is None or content["case"] != _plain(case):
        return None
    measured = from_json(Measured, content["measured"], what=OUTCOME)
    return Outcome(case, content["state"], measured, float(content["seconds"]), folder)


def record_case(case: Case, out: Path, doctor: DoctorMode) -> Outcome:
    """Train a case and judge it; what is left of an earlier attempt is deleted first.

    Raises:
        KeyboardInterrupt: the training was asked to stop.
    """
    folder = out / case.name
    shutil.rmtree(folder, ignore_errors=True)
    began = time.monotonic()
    torch.set_num_threads(1)
    options = Options(
        recipe=case.built(), kimg=case.kimg, seed=case.seed, out=folder, threads=1, live=False, report=False,
        doctor=doctor, save_seconds=3600.0,
    )  # fmt: skip
    with planted(bug_of(case)):
        prepared = prepare(training_rows(case), options)
        with contextlib.suppress(UnhealthyError):  # an outcome like any other
            carry_out(prepared)
        state = prepared.folder.status()
        if state == INTERRUPTED:
            raise KeyboardInterrupt
        # Whatever it ended by, what is judged is what a user gets: the best checkpoint, or the last that was sound
        measured = measure(Run(prepared.folder), case.data) if prepared.folder.checkpoints.steps() else UNFINISHED
    _make_small(prepared.folder, keep_frames=doctor == "treat")
    outcome = Outcome(case, state, measured, time.monotonic() - began, folder)
    content = {
        "case": _plain(case),
        "state": state,
        "doctor": doctor,
        "measured": to_json(measured),
        "seconds": outcome.seconds,
    }
    with telling(folder):
        write_whole(folder / OUTCOME, to_text(content, indent=2))  # last: from now on the case is complete
    return outcome


def _plain(case: Case) -> Json:
    """A case as a file holds it."""
    return from_text(to_text(to_json(case))) or {}


def _make_small(folder: RunFolder, *, keep_frames: bool) -> None:
    """Delete what nobody looks at again: checkpoints, time-lapses, and all pictures but the last."""
    shutil.rmtree(folder.path / "checkpoints", ignore_errors=True)
    for name in ("timelapse.gif", "timelapse.mp4", "poster.png"):
        (folder.path / name).unlink(missing_ok=True)
    if not keep_frames:
        for frame in sorted(folder.samples.glob("[0-9]*.png"))[:-1]:
            frame.unlink()


def record(cases: Sequence[Case], out: Path, doctor: DoctorMode, cores: Sequence[int], tell: Tell) -> list[Outcome]:
    """Record what is not complete, one case at a time on each core.

    Args:
        cases: begun in this order, those that take far longer than their twins last.
        out: each has its folder here.
        doctor: "watch", or "treat" to be rescued.
        cores: numbers of the processors.
        tell: called with a sentence when one has ended.

    Returns:
        The outcomes, in the order of the cases.
    """
    known = {case.name: read_outcome(case, out) for case in cases}
    waiting = [case for case in cases if known[case.name] is None]
    if len(waiting) < len(cases):
        tell(f"{len(cases) - len(waiting)} of {len(cases)} trainings are complete already.")
    if doctor == "watch":  # a treated one's journal must stay as the doctor saw it
        complete_inspections([outcome for outcome in known.values() if outcome is not None], tell)
    jobs = [(case, out, doctor) for case in sorted(waiting, key=_times_its_twin)]
    for number, outcome in enumerate(carried_out(_recorded, jobs, cores), 1):
        known[outcome.case.name] = outcome
        made = outcome.measured
        score = f"{made.score:.4f} +- {made.error:.4f} (floor {made.floor:.4f}), coverage {made.coverage:.2f}"
        tell(f"{number} of {len(waiting)}: {outcome.case.name} {outcome.state}: {score}; {outcome.seconds:.0f} s.")
    return [found for case in cases if (found := known[case.name]) is not None]


def _times_its_twin(case: Case) -> float:
    return max(USUAL, case.kimg / length(case.data, case.recipe))


def complete_inspections(outcomes: Sequence[Outcome], tell: Tell) -> int:
    """Add what `inspect` tells today, and did not yet when a journal was recorded: a function of its data alone.

    Returns:
        How many journals were completed.
    """
    if not outcomes:
        return 0
    inspected: dict[tuple[str, int | None, str | None], Json] = {}

    def today(case: Case) -> Json:
        key = (case.data, case.rows, case.damage)
        if key not in inspected:
            inspected[key] = dict(inspect(open_source(training_rows(case), DataOptions())).values)
        return inspected[key]

    names = today(outcomes[0].case).keys()
    completed = 0
    for outcome in outcomes:
        journal = RunFolder.open(outcome.run).journal.path
        lines = journal.read_bytes().split(b"\n")
        known = ((place, from_text(line)) for place, line in enumerate(lines))
        found = next(((at, told) for at, told in known if told and told.get("event") == "inspected"), None)
        if found is None or names <= found[1]["values"].keys():
            continue
        at, told = found
        lines[at] = to_text({**told, "values": {**today(outcome.case), **told["values"]}}).rstrip(b"\n")
        with telling(journal):
            write_whole(journal, b"\n".join(lines))
        completed += 1
    if completed:
        tell(f"{completed} journals got values of the data that are looked at since they were recorded.")
    return completed


def _recorded(job: tuple[Case, Path, DoctorMode]) -> Outcome:
    return record_case(*job)
