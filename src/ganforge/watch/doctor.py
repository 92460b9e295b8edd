"""The doctor: a fold over what happens in a training, the same on a running one and on a finished journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Protocol, runtime_checkable

from ganforge.core.contracts import Advice
from ganforge.core.events import read_event
from ganforge.core.records import Event, Examined, Finding, Inspected, Severity, StepRecord, Treated, TreatmentJudged
from ganforge.core.settings import Json, from_json
from ganforge.watch._ailment import AILMENTS, SUSPECTED, WARM_UP, Ailment, Signs
from ganforge.watch._chart import Chart, Reading

_SEVERITIES: tuple[Severity, ...] = ("mild", "serious", "grave")


@runtime_checkable
class Treating(Protocol):
    """A course of treatments: what is done about what was found."""

    def advise(self, chart: Chart, findings: tuple[Finding, ...], event: Event) -> Advice:
        """What is to be done after `event`, at which `findings` were made."""

    def save(self) -> Json:
        """All that it remembers, as plain values."""

    def restore(self, saved: Json) -> None:
        """Take up what `save` gave."""


@dataclass(frozen=True)
class State:
    """All that the doctor knows of a run."""

    chart: Chart = field(default_factory=Chart)
    told: Mapping[str, Severity] = field(default_factory=dict)
    """How severe each ailment was when it was told last; what a treatment began or ended with is told anew."""
    well: bool = False
    """Nothing was suspected at the last look."""


def examine(state: State, event: Event) -> tuple[State, tuple[Finding, ...]]:
    """One event further: the new state, and what is found now that was not told before, the most severe first."""
    chart = state.chart.after(event)
    match event:
        case Treated() | TreatmentJudged():
            lasting = {name: severity for name, severity in state.told.items() if not AILMENTS.get(name).passing}
            return replace(state, chart=chart, told=lasting, well=state.well and not isinstance(event, Treated)), ()
        case _ if not _worth_a_look(chart, event):
            return replace(state, chart=chart), ()
    weighed = _weighed(chart)
    findings = _found(chart, weighed, state.told)
    told = {**state.told, **{finding.ailment: finding.severity for finding in findings}}
    well = chart.progress >= WARM_UP and not any(_is_suspected(ailment, signs) for ailment, signs in weighed)
    return State(chart, told, well), findings


def _worth_a_look(chart: Chart, event: Event) -> bool:
    """Most records are no more than written on the chart: what is not watched holds no probes."""
    match event:
        case StepRecord():
            return chart.broken is not None or bool(chart.watched and chart.watched[-1] is chart.readings[-1])
        case Examined():
            return chart.broken is not None
        case _:
            return isinstance(event, Inspected)


def _weighed(chart: Chart) -> list[tuple[Ailment, Signs]]:
    """Every ailment that shows anything, the strongest signs first."""
    weighed = [(ailment, signs) for ailment in _ailments() if (signs := ailment.examine(chart)) is not None]
    return sorted(weighed, key=lambda each: -each[1].strength)


@cache
def _ailments() -> tuple[Ailment, ...]:
    return tuple(AILMENTS.get(name)() for name in AILMENTS.names())


def _found(chart: Chart, weighed: list[tuple[Ailment, Signs]], told: Mapping[str, Severity]) -> tuple[Finding, ...]:
    found = [finding for ailment, signs in weighed if (finding := ailment.found(chart, signs)) is not None]
    new = [finding for finding in found if _rank(finding.severity) > _rank(told.get(finding.ailment))]
    return tuple(sorted(new, key=lambda finding: -_rank(finding.severity)))


def _rank(severity: Severity | None) -> int:
    return -1 if severity is None else _SEVERITIES.index(severity)


def _is_suspected(ailment: Ailment, signs: Signs) -> bool:
    """Whether this speaks against coming back to the moment; what lies in the data is there at any moment."""
    return ailment.passing and signs.severity != "mild" and signs.strength >= SUSPECTED


class Physician:
    """Holds the doctor's state, and hands what is found to the course of treatments."""

    def __init__(self, course: Treating | None) -> None:
        """`course` says what is done about findings; None = they are told, and nothing is done."""
        self._course = course
        self._state = State()

    def see(self, event: Event) -> Advice:
        """What is found after `event`, and what is to be done."""
        self._state, findings = examine(self._state, event)
        if self._course is None:
            return Advice(told=findings)
        advice = self._course.advise(self._state.chart, findings, event)
        said = tuple(told for told in advice.told if told not in findings)
        for told in said:  # judgements stand in the journal after what led to them
            self._state, _ = examine(self._state, told)
        return replace(advice, told=(*findings, *said))

    @property
    def well(self) -> bool:
        """Whether nothing is suspected at present, so that it is worth coming back to this moment."""
        return self._state.well

    def save(self) -> Json:
        """All that it remembers, as plain values."""
        return {
            "chart": _saved(self._state.chart),
            "told": dict(self._state.told),
            "well": self._state.well,
            "course": None if self._course is None else self._course.save(),
        }

    def restore(self, saved: Json) -> None:
        """Take up what `save` gave."""
        self._state = State(_restored(saved["chart"]), dict(saved["told"]), bool(saved["well"]))
        if self._course is not None and saved["course"] is not None:
            self._course.restore(saved["course"])


def replay(records: Iterable[Json]) -> list[Finding]:
    """What the doctor finds in a journal, in order; findings that stand in it are not read but made again.

    Args:
        records: as `Journal.as_it_went()` gives them.
    """
    state, found = State(), list[Finding]()
    for record in records:
        event = read_event(record)
        if event is not None:
            state, findings = examine(state, event)
            found.extend(findings)
    return found


def _saved(chart: Chart) -> Json:
    """The chart as plain values; names that many readings share are written once."""
    kinds = {tuple(reading.values): None for reading in chart.readings}
    places = {names: place for place, names in enumerate(kinds)}
    return {
        "total_kimg": chart.total_kimg,
        "data": dict(chart.data),
        "kinds": [list(names) for names in kinds],
        "readings": [
            [places[tuple(reading.values)], reading.step, reading.kimg, *reading.values.values()]
            for reading in chart.readings
        ],
        "examined": [asdict(examined) for examined in chart.examined],
    }


def _restored(saved: Json) -> Chart:
    readings = tuple(
        Reading(int(step), float(kimg), dict(zip(saved["kinds"][place], map(float, values), strict=True)))
        for place, step, kimg, *values in saved["readings"]
    )
    chart = Chart(
        float(saved["total_kimg"]),
        {name: float(value) for name, value in saved["data"].items()},
        examined=tuple(from_json(Examined, examined) for examined in saved["examined"]),
    )
    for reading in readings:
        chart = chart.reading(reading)
    return chart
