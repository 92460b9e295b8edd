"""Is the doctor right? Sick and healthy trainings by the hundred, recorded once, and the doctor replayed over them.

What each part does, how a case is judged sick, and which names count as right for what cause: docs/hospital.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ganforge.bench._common import console, machine_line, usable_cores
from ganforge.bench._hospital_cases import Case, Halves, all_cases, cases_of, short_cases, twins
from ganforge.bench._hospital_checks import PAIRS, SUBJECTS, Cost, compare_modes, time_pairs
from ganforge.bench._hospital_grid import (
    RECIPES_THAT_COLLAPSE,
    SEEDS,
    grid_sheet,
    grid_summary,
    treat_grid,
)
from ganforge.bench._hospital_recording import Outcome, read_outcome, record
from ganforge.bench._hospital_replay import Diagnosis, as_json, confusion_sheet, diagnose, summary
from ganforge.bench._hospital_rescue import curable, rescue_sheet, rescue_summary, rescues, rescues_as_json
from ganforge.bench._hospital_workers import carried_out
from ganforge.bench._zoo_tables import Sheet
from ganforge.core.errors import RunError, SettingError
from ganforge.core.settings import Json, to_json
from ganforge.runs.files import telling, to_text, write_whole
from ganforge.watch._ailment import AILMENTS
from ganforge.watch.doctor import replay

Part = Literal["record", "replay", "rescue", "grid", "probes", "identity"]
SHORT_PAIRS, SHORT_SEEDS = 10, 3
SHORT_GRID_KIMG = 768.0
IDENTICAL = ("ring/auto", "normal/r3gan", "moons/wgan-gp", "circles/pacgan", "digits16/auto")
"""Data and recipes whose sound trainings are compared to the bit."""


def run(
    *,
    part: Annotated[tuple[Part, ...], Parameter(consume_multiple=True, negative="")] = ("record", "replay"),
    half: Halves = "tuning",
    short: Annotated[bool, Parameter(negative="")] = False,
    out: Path = Path("hospital"),
    cores: Annotated[tuple[int, ...], Parameter(consume_multiple=True, negative="")] = (),
    recorded: Annotated[bool, Parameter(negative="")] = False,
    markdown: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Record sick and healthy trainings, and see what the doctor says of them.

    The whole recording takes an hour or two of two cores; interrupted, it goes on with the same command.

    Parameters
    ----------
    part
        record: train every case once, watched. replay: the doctor over all journals. rescue: treat what is sick and
        curable. grid: the recipes that collapse by themselves, treated. probes: what watching costs. identity:
        healthy trainings with and without the doctor are the same to the bit.
    half
        Which half of the causes is replayed or rescued; figures for others are from what the doctor was not changed
        for. Both halves are recorded together; fresh and sealed record their own cases and the twins of these, and
        nothing else.
    short
        Less than half of the cases, fewer seeds and pairs.
    out
        Where recordings and figures are kept.
    cores
        Numbers of the processors that train, one case each at a time; all if not given.
    recorded
        Train nothing: replay, or tell of the rescue, as far as is recorded.
    markdown
        Print the tables as Markdown.
    """
    if recorded and (training := [one for one in part if one in ("grid", "probes", "identity")]):
        raise SettingError(f"--recorded trains nothing, and --part {' '.join(training)} has to: leave out one of them.")
    if any(core < 0 for core in cores):
        raise SettingError(f"--cores {cores}: processors are numbered from 0.")
    bench = _Bench(out, tuple(cores) or tuple(usable_cores()), half, short, recorded, markdown)
    for one in dict.fromkeys(part):
        getattr(bench, one)()
    _tell(machine_line())


class _Bench:
    """The parts, with what they share."""

    def __init__(
        self, out: Path, cores: Sequence[int], half: Halves, short: bool, recorded: bool, markdown: bool
    ) -> None:
        self.out = out
        self.cores = cores
        self.half = half
        self.short = short
        self.recorded = recorded
        self.markdown = markdown
        self.cases = cases_of(half, short_cases() if short else all_cases())

    def record(self) -> None:
        """Train every case once, watched: of both halves, or of a later part."""
        if not self.recorded:
            record(self.cases, self.out / "cases", "watch", self.cores, _tell)

    def replay(self) -> None:
        """The doctor over all journals of this half."""
        found = [one for one in diagnose(self._recorded(), replay) if self._counts(one.case)]
        self._print(confusion_sheet(found, AILMENTS.names()), summary(found))
        self._keep(f"replay-{self.half}", as_json(found))

    def rescue(self) -> None:
        """Treat what is sick and curable of this half."""
        found = [one for one in diagnose(self._recorded(), replay) if self._counts(one.case)]
        sick = curable(found)
        place = self.out / "rescue"
        try:
            if not self.recorded:
                record([one.case for one in sick], place, "treat", self.cores, _tell)
        finally:  # interrupted, it tells of what is done
            self._tell_of_rescue(sick, place)

    def _tell_of_rescue(self, sick: Sequence[Diagnosis], place: Path) -> None:
        treated = [outcome for one in sick if (outcome := read_outcome(one.case, place)) is not None]
        results = rescues(sick, treated)
        if len(results) < len(sick):
            _tell(f"{len(results)} of {len(sick)} are treated so far; figures are of these.")
        self._print(rescue_sheet(results), rescue_summary(results))
        self._keep(f"rescue-{self.half}", rescues_as_json(results))

    def grid(self) -> None:
        """The recipes that collapse by themselves, treated."""
        seeds, kimg = (SHORT_SEEDS, SHORT_GRID_KIMG) if self.short else (SEEDS, None)
        place = self.out / "grid"
        scores = treat_grid(RECIPES_THAT_COLLAPSE, seeds, "treat", kimg, place, self.cores, _tell)
        self._print(grid_sheet(scores), grid_summary(scores))
        self._keep("grid", {"trainings": [to_json(score) for score in scores]})

    def probes(self) -> None:
        """What watching costs, on one core."""
        pairs = SHORT_PAIRS if self.short else PAIRS
        costs = list(carried_out(_timed, [(subject, pairs) for subject in SUBJECTS], self.cores[:1]))
        rows = tuple((cost.subject, str(pairs), f"{cost.median:.4f}", f"{cost.bound:.4f}", "") for cost in costs)
        headings = ("data", "pairs", "median ratio", "upper 95 % bound", "")
        self._print(Sheet("time of a step, watched over not watched", headings, rows), ())
        self._keep(
            "probes", {"costs": [{**to_json(cost), "median": cost.median, "bound": cost.bound} for cost in costs]}
        )

    def identity(self) -> None:
        """Healthy trainings with and without the doctor."""
        cases = [case for case in twins() if case.group in IDENTICAL and case.seed < (1 if self.short else 2)]
        found = list(carried_out(compare_modes, cases, self.cores))
        rows = tuple(
            (one.case.name, str(one.treatments), "the same bits" if one.same else "DIFFERENT") for one in found
        )
        self._print(Sheet("off, watch, treat", ("case", "treatments", "all weights at the end"), rows), ())
        self._keep("identity", {"cases": [to_json(one) for one in found]})

    def _recorded(self) -> list[Outcome]:
        found = [outcome for case in self.cases if (outcome := read_outcome(case, self.out / "cases")) is not None]
        if not found:
            raise RunError(f"Nothing is recorded in {self.out}: begin with --part record, or name another --out.")
        if len(found) < len(self.cases):
            _tell(f"{len(found)} of {len(self.cases)} cases are recorded; --part record goes on.")
        return found

    def _counts(self, case: Case) -> bool:
        return self.half in ("both", case.half)

    def _print(self, sheet: Sheet, sentences: Iterable[str]) -> None:
        if self.markdown:
            print(f"\n{sheet.markdown()}\n")
        else:
            console.print(sheet.rich())
        for sentence in sentences:
            _tell(sentence)

    def _keep(self, name: str, figures: Json) -> None:
        path = self.out / f"{name}.json"
        with telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, to_text(figures, indent=2))
        _tell(f"All figures: {path}")


def _timed(job: tuple[str, int]) -> Cost:
    return time_pairs(*job)


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
