"""What a run's journal tells of its health: findings, treatments, whether they worked, and how it stands now."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ganforge.core.errors import GanforgeError
from ganforge.core.events import read_event
from ganforge.core.records import Finding, Inspected, Severity, Treated, TreatmentJudged
from ganforge.core.settings import Json
from ganforge.watch._ailment import AILMENTS, STILL_OVER, TOO_SHORT, is_hardly_trained
from ganforge.watch._chart import Chart
from ganforge.watch.doctor import replay

State = Literal["healthy", "ailing", "in treatment", "treated", "not well", "not known", "given up"]
"""Nothing to be alarmed about; an alarm that nothing was done about; a trial is under way; the alarms were cured; no
alarm (any more), and yet the samples are far from the data; too little was seen to say; the training was ended because
of what ails it."""

SEVERITIES: Mapping[Severity, str] = {"mild": "worth knowing", "serious": "serious", "grave": "grave"}
"""How severities are said to people."""
INTERRUPTED = "interrupted"
"""The reason of an end after which the run can go on."""
GIVEN_UP = ("unhealthy", "not finite")
"""Reasons of an end that were no ends by choice."""
POOR, WELL = 0.4, 0.7
"""Quality (1 = as real data) below which no run is called healthy or cured; from which on it is called well."""
ERRORS = 2.0
"""A score that is higher than the best by more than so many errors is worse."""
MOST_NUMBERS = 5
"""Where a finding has more than these, as where everything is no longer finite, not all are told."""
PROBES = "probe."
"""What the names of all values that the probes saw begin with."""


@dataclass(frozen=True)
class Treatment:
    """One remedy, from its beginning to its judgement."""

    treated: Treated
    judged: TreatmentJudged | None = None
    """None = the trial has not ended, or the run ended within it."""


@dataclass(frozen=True)
class History:
    """All that the doctor said of one run, in the order in which it was said."""

    told: tuple[Finding | Treated | TreatmentJudged, ...] = ()
    data: Mapping[str, float] = field(default_factory=dict)
    """What the inspection of the data gave; empty where nobody inspected them."""
    total_kimg: float = 0.0
    """The run's planned length; 0 = the journal does not say."""
    kimg: float = 0.0
    """How far it is."""
    reason: str | None = None
    """Why it ended; None = it has not ended."""
    message: str = ""
    """Its last words."""
    watched: bool = True
    """The doctor was there. False: the findings are what the doctor says of the journal now."""
    missing: tuple[str, ...] = ()
    """What could not be looked at, a sentence each."""
    quality: float | None = None
    """How good the samples were at last, by the probes: 1 = as real data; None = not known."""
    fell: bool = False
    """At last the examined score was worse than at its best."""
    unknown: str = ""
    """Why nobody can say that it is healthy, as the end of a sentence; "" = that can be said."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, in order."""
        return tuple(event for event in self.told if isinstance(event, Finding))

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """Every treatment with its judgement, in order."""
        judged = {event.number: event for event in self.told if isinstance(event, TreatmentJudged)}
        return tuple(Treatment(event, judged.get(event.number)) for event in self.told if isinstance(event, Treated))

    @property
    def state(self) -> State:
        """How the run stands."""
        if self.reason in GIVEN_UP:
            return "given up"
        state: State = "not known" if self.unknown else "healthy"
        for event in self.told:
            match event:
                case Finding() if (
                    event.severity != "mild" and state != "in treatment"
                ):  # the trial says what comes of it
                    state = "ailing"
                case Treated():
                    state = "in treatment"
                case TreatmentJudged():
                    state = "treated" if event.worked else "ailing"
        if state == "in treatment" and self.ended:
            return "ailing"
        sure = state == "treated" or (state == "healthy" and self.ended)  # what is young has yet to become good
        return "not well" if sure and self.quality is not None and self.quality < POOR else state

    @property
    def ended(self) -> bool:
        """Whether it is over: what was interrupted can go on."""
        return self.reason is not None and self.reason != INTERRUPTED

    @property
    def well(self) -> bool:
        """Whether the last that was seen of the samples was good."""
        return self.quality is not None and self.quality >= WELL and not self.fell

    @property
    def reached(self) -> str:
        """What the samples reached at last, for people: "quality 0.54, where 1 is as real data"."""
        if self.quality is None:
            return "how good its samples are is not known"
        fallen = "; by the score they had been better, and the best are kept" if self.fell else ""
        return f"its samples are of quality {self.quality:.2f}, where 1 is as real data{fallen}"

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that nothing has cured: since the last treatment that worked, and what lies in the data."""
        worked = [at for at, event in enumerate(self.told) if isinstance(event, TreatmentJudged) and event.worked]
        cured = worked[-1] if worked else -1
        return tuple(
            event
            for at, event in enumerate(self.told)
            if isinstance(event, Finding) and event.severity != "mild" and (at > cured or not is_passing(event.ailment))
        )

    def as_it_went(self) -> Iterator[tuple[float, Finding | Treated | TreatmentJudged]]:
        """Everything said, each with the k samples that had ever been shown by then: what was taken back included."""
        taken_back = 0.0
        for event in self.told:
            yield taken_back + event.kimg, event
            if isinstance(event, Treated):
                taken_back += event.kimg - event.to_kimg

    def when(self, kimg: float) -> str:
        """A place in the run for people: "at 12.8k samples (25 % of the run)"; after a treatment "of this course"."""
        place, whole = f"at {kimg:,.1f}k samples", "this course" if self.treatments else "the run"
        return f"{place} ({kimg / self.total_kimg:.0%} of {whole})".replace("%", " %") if self.total_kimg else place


def history(records: Sequence[Json], *, again: bool = True) -> History:
    """What the journal's records tell.

    Args:
        records: as `Journal.as_it_went()` gives them.
        again: where no doctor watched the run, let one look at the journal now.
    """
    stopped = _last_word(records)
    watched = any(record.get("event") in _SAID for record in records)
    told: tuple[Inspected | Finding | Treated | TreatmentJudged, ...] = tuple(_events(records))
    if not watched and again:
        told = tuple(replay(records))
    inspected = next((event for event in told if isinstance(event, Inspected)), None)
    chart = _chart(records)
    return History(
        told=tuple(event for event in told if not isinstance(event, Inspected)),
        data={} if inspected is None else inspected.values,
        total_kimg=chart.total_kimg,
        kimg=next((float(each["kimg"]) for each in reversed(records) if _is_number(each.get("kimg"))), 0.0),
        reason=None if stopped is None else str(stopped.get("reason")),
        message="" if stopped is None else str(stopped.get("message", "")),
        watched=watched,
        missing=tuple(_missing(records, inspected)),
        quality=chart.quality(),
        fell=_fell(chart),
        unknown=_unknown(chart, ended=stopped is not None and stopped.get("reason") != INTERRUPTED),
    )


def _chart(records: Sequence[Json]) -> Chart:
    chart = Chart()
    for record in records:
        event = read_event(record)
        chart = chart if event is None else chart.after(event)
    return chart


def _fell(chart: Chart) -> bool:
    scores = [each for each in chart.examined if math.isfinite(each.score)]
    if not scores:
        return False
    best, last = min(scores, key=lambda each: each.score), scores[-1]
    return last.score > best.score + ERRORS * math.hypot(best.error, last.error)


def _unknown(chart: Chart, *, ended: bool) -> str:
    if not chart.readings:
        return "nothing was recorded yet"
    if not any(reading.probed for reading in chart.readings):
        return "no probes looked at its samples"
    short = is_hardly_trained(chart.step, chart.progress)
    if not short and chart.maturity >= STILL_OVER and chart.quality() is not None:
        return ""
    if not ended:
        return "it is too early to tell"
    fewest = f": a run of fewer than {TOO_SHORT} cannot be judged" if short else ""
    return f"{chart.step:,} updates are too few to tell{fewest}"


_SAID = frozenset({"inspected", "finding", "treated", "judged"})
"""Kinds of records that tell what a doctor said."""


def _events(records: Sequence[Json]) -> Iterator[Inspected | Finding | Treated | TreatmentJudged]:
    """What the doctor said; a line of another version that cannot be read is left out."""
    for record in records:
        event = read_event(record) if record.get("event") in _SAID else None
        if isinstance(event, Inspected | Finding | Treated | TreatmentJudged):
            yield event


def _last_word(records: Sequence[Json]) -> Json | None:
    """How the last attempt ended; None = it has not."""
    for record in reversed(records):
        match record.get("event"):
            case "stopped":
                return record
            case "started" | "resumed":
                return None
    return None


def _missing(records: Sequence[Json], inspected: Inspected | None) -> Iterator[str]:
    values = [record["values"] for record in records if isinstance(record.get("values"), dict)]
    if not values:
        yield "The journal holds no record of losses and scores yet: nothing can be said of the training."
        return
    if not any(name.startswith(PROBES) for each in values for name in each):
        yield (
            "The journal holds no probes: variety, coverage, copies and what is held out could not be looked at; "
            "only losses, scores and numbers that are not finite were."
        )
    if inspected is None and not any(record.get("event") == "inspected" for record in records):
        yield "Nobody inspected the data before the first step."


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def title(ailment: str) -> str:
    """What an ailment is called by people; its bare name where this version does not know it."""
    try:
        return AILMENTS.get(ailment).title
    except GanforgeError:
        return ailment.replace("-", " ").capitalize()


def is_passing(ailment: str) -> bool:
    """Whether an ailment comes and goes with the training; what lies in the data does not."""
    try:
        return AILMENTS.get(ailment).passing
    except GanforgeError:
        return True


def in_short(told: History) -> str:
    """How a run stands in a few words, for a list of many: "ailing: mode collapse"; empty where nobody watched it."""
    if not told.watched and not told.findings:
        return ""
    if told.state in ("healthy", "treated") or not told.alarms:
        return told.state
    first, more = told.alarms[0], len({each.ailment for each in told.alarms}) - 1
    return f"{told.state}: {title(first.ailment).lower()}{f' and {more} more' if more else ''}"


def inspection_line(data: Mapping[str, float]) -> str:
    """What the inspection of the data gave, in one line for people."""
    shown = {name: data[name] for name in _INSPECTED if name in data and data[name] > _WORTH_TELLING.get(name, 0.0)}
    told = [_INSPECTED[name].format(value) for name, value in shown.items()]
    looked, distinct = data.get("data.looked"), data.get("data.distinct")
    if distinct:
        different = "all" if distinct == looked else f"{distinct:,.0f}"
        among = f"({looked:,.0f} looked at)" if looked else "among those looked at"  # older journals do not say
        told.insert(sum(name in shown for name in _BEFORE), f"{different} different {among}")
    return f"The data: {'; '.join(told)}." if told else "The data: nothing to tell."


_INSPECTED = {
    "data.count": "{:,.0f} items",
    "data.train": "{:,.0f} to train on",
    "data.skipped": "{:.1%} of what was offered left out",
    "data.constant": "{:.1%} of the numbers in an item are the same in all items",
    "data.aside": "{:.0%} of the columns always have the same value and are set aside",
    "data.farthest": "the farthest value lies {:,.0f} times the usual spread from the middle",
}
_BEFORE = ("data.count", "data.train", "data.skipped")
"""What is told before how many are different."""
_WORTH_TELLING = {"data.farthest": 10.0}
"""Above these, where it is not 0."""


def finding_line(finding: Finding) -> str:
    """A finding in one line: "The doctor: mode collapse (serious): The generator makes ..."."""
    return f"The doctor: {title(finding.ailment).lower()} ({SEVERITIES[finding.severity]}): {finding.sentence}"


def treatment_line(treated: Treated) -> str:
    """A treatment in one line: what is changed, and from where training goes on."""
    remedy = treated.remedy
    anew = f"; {_listed(sorted(remedy.reinitialise))} anew" if remedy.reinitialise else ""
    if treated.to_step == treated.step:
        going = "on from here"
    else:
        going = f"back to {treated.to_kimg:,.1f}k samples" if treated.to_step else "back to the start"
    return f"Treatment {treated.number}: {remedy.words.rstrip('.')}{anew}; {going}."


def judgement_line(judged: TreatmentJudged) -> str:
    """A judgement in one line."""
    return f"Treatment {judged.number} {'worked' if judged.worked else 'did not work'}: {judged.words.rstrip('.')}."


def in_few(numbers: Sequence[str]) -> str:
    """A finding's numbers in a line; of many the first three, and how many more there are."""
    if len(numbers) <= MOST_NUMBERS:
        return ", ".join(numbers)
    return f"{', '.join(numbers[:3])} and {len(numbers) - 3} more"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
