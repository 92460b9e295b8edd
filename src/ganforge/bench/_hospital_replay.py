"""The doctor folded over recorded journals: what it finds first, when, and whether that is a right name."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ganforge.bench._hospital_cases import Case
from ganforge.bench._hospital_causes import CAUSES, is_right
from ganforge.bench._hospital_judgement import (
    Standing,
    interval_by_cause,
    is_healthy,
    is_sick,
    middle_of,
    share_interval,
    told_by_cause,
    told_share,
    typical,
)
from ganforge.bench._hospital_measure import Measured
from ganforge.bench._hospital_recording import Outcome
from ganforge.bench._zoo_tables import NOTHING, Sheet
from ganforge.core.records import Finding
from ganforge.core.settings import Json, to_json
from ganforge.runs.folder import RunFolder

IN_TIME = 0.5
"""Share of the budget before which a finding counts."""
FEWEST_TWINS = 2
"""With fewer recorded, a case stays unclear."""
ALARMS = ("serious", "grave")
Replay = Callable[[Iterable[Json]], list[Finding]]


@dataclass(frozen=True)
class Diagnosis:
    """One case: how it came out, and what the doctor said."""

    case: Case
    standing: Standing
    measured: Measured
    twin: Measured | None
    """The typical one."""
    alarm: Finding | None
    """The first, whenever it was."""
    share: float
    """Of the budget that was spent when it came; infinite without."""
    mild: tuple[str, ...] = ()
    """Ailments told before it that are no alarms."""
    examined: bool = False
    """Whether the samples were examined while training, so that the doctor could see their scores."""

    @property
    def name(self) -> str | None:
        """The first alarm's ailment if it came in time."""
        return self.alarm.ailment if self.alarm is not None and self.share <= IN_TIME else None

    @property
    def right(self) -> bool:
        """Whether a spoiled case was named rightly in time."""
        return self.name is not None and self.case.cause is not None and is_right(self.case.cause, self.name)

    @property
    def false_alarm(self) -> bool:
        """Whether a healthy one was ever called ill."""
        return self.standing == "healthy" and self.alarm is not None


def diagnose(outcomes: Sequence[Outcome], replay: Replay) -> list[Diagnosis]:
    """Judge every recorded case by its outcome beside its twins (itself left out); the doctor sees its journal."""
    twins: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.case.is_twin:
            twins.setdefault(outcome.case.group, []).append(outcome)
    return [
        _diagnosis(
            outcome, [twin.measured for twin in twins.get(outcome.case.group, []) if twin is not outcome], replay
        )
        for outcome in outcomes
    ]


def _diagnosis(outcome: Outcome, twins: Sequence[Measured], replay: Replay) -> Diagnosis:
    case, found = outcome.case, outcome.measured
    standing: Standing = "unclear"
    if len(twins) >= FEWEST_TWINS and case.cause is None:
        standing = "healthy" if is_healthy(found, twins) else "unclear"
    elif len(twins) >= FEWEST_TWINS:
        standing = "sick" if is_sick(found, twins) else "not sick"
    folder = RunFolder.open(outcome.run)
    planned = float(folder.facts()["plan"]["kimg"])
    records = folder.journal.records()
    findings = replay(records)
    alarm = next((finding for finding in findings if finding.severity in ALARMS), None)
    share = math.inf if alarm is None else alarm.kimg / planned
    before = findings if alarm is None else findings[: findings.index(alarm)]
    mild = tuple(finding.ailment for finding in before)
    examined = any(record.get("event") == "examined" for record in records)
    return Diagnosis(case, standing, found, typical(twins), alarm, share, mild, examined)


def confusion_sheet(found: Sequence[Diagnosis], ailments: Sequence[str]) -> Sheet:
    """Causes and, for each, how often which ailment was the first to be named in time."""
    headings = ("cause", *ailments, "nothing in time", "right", "not sick (not counted)")
    rows = []
    by_cause = _by_cause(found)
    for cause in CAUSES:
        cases = by_cause.get(cause, [])
        sick = [one for one in cases if one.standing == "sick"]
        if not cases:
            continue
        names = Counter(one.name for one in sick)
        cells = [_count(names[ailment], right=is_right(cause, ailment)) for ailment in ailments]
        well = ", ".join(one.case.group for one in cases if one.standing != "sick")
        rows.append((cause, *cells, _count(names[None]), f"{sum(one.right for one in sick)} of {len(sick)}", well))
    healthy = [one for one in found if one.standing == "healthy"]
    names = Counter(one.alarm.ailment if one.alarm else None for one in healthy)
    cells = [_count(names[ailment]) for ailment in ailments]
    rows.append(("(healthy, at any time)", *cells, _count(names[None]), f"{names[None]} of {len(healthy)}", ""))
    return Sheet("what was done, and what was found first (* = a right name)", headings, tuple(rows))


def _count(number: int, *, right: bool = False) -> str:
    return f"{number or NOTHING}{'*' if right else ''}"


def _by_cause(found: Iterable[Diagnosis]) -> Mapping[str, list[Diagnosis]]:
    causes: dict[str, list[Diagnosis]] = {}
    for one in found:
        if one.case.cause is not None:
            causes.setdefault(one.case.cause, []).append(one)
    return causes


def summary(found: Sequence[Diagnosis]) -> Iterator[str]:
    """The figures, a sentence each, and everything that was missed by name."""
    sick = [one for one in found if one.standing == "sick"]
    healthy = [one for one in found if one.standing == "healthy"]
    unclear = [one for one in found if one.standing == "unclear"]
    right = [one for one in sick if one.right]
    causes = {one.case.cause for one in sick}
    unnamed = sum(not CAUSES[cause].named for cause in causes if cause is not None)
    yield (
        f"{len(sick)} sick from {len(causes)} causes ({unnamed} of them not in the list that it began with), "
        f"{len(healthy)} healthy, {len(unclear)} unclear."
    )
    yield f"Named rightly before half of the budget: {told_by_cause(by_cause(sick, lambda one: one.right))}."
    named = sum(one.name is not None for one in sick)
    yield f"Any alarm before half of the budget: {told_share(named, len(sick))}."
    word, often = best_constant(sick)
    yield f"By chance: '{word}', said in time of every sick one, would be right in {often} of {len(sick)}."
    word, often = best_constant([one for one in sick if one.name is not None])
    yield f"'{word}' in the place of every name that was given in time would be right in {often} of {named}."
    early = [one for one in healthy if one.name is not None]
    false = [one for one in healthy if one.false_alarm]
    yield f"False alarms, at any time: {told_share(len(false), len(healthy))}; {len(early)} of them in the first half."
    yield "Sound trainings of the halves differ in seed or data, not in kind: limits were tuned on siblings of these."
    examined = sum(one.examined for one in found)
    yield f"{examined} of {len(found)} journals hold examinations; the other trainings were too short for any."
    unfinished = sum(not math.isfinite(one.measured.score) for one in sick)
    if unfinished:
        yield f"{unfinished} of the sick were recorded as infinitely far, as trainings that ended not finite once were."
    shares = [one.share for one in right]
    if shares:
        yield f"Found after {middle_of(shares):.0%} of the budget (median), at the latest after {max(shares):.0%}."
    yield from (f"Missed: {_told(one)}" for one in sick if not one.right)
    yield from (f"False alarm: {_told(one)}" for one in false)
    yield from (f"Unclear: {_told(one)}" for one in unclear)


def by_cause(sick: Iterable[Diagnosis], succeeded: Callable[[Diagnosis], bool]) -> dict[str, list[bool]]:
    """Who succeeded, by cause."""
    return {cause: [succeeded(one) for one in cases] for cause, cases in _by_cause(sick).items()}


def best_constant(sick: Sequence[Diagnosis]) -> tuple[str, int]:
    """The one ailment that would be a right name most often, and how often."""
    often = Counter(name for one in sick if one.case.cause is not None for name in CAUSES[one.case.cause].names)
    return max(often.items(), key=lambda item: (item[1], item[0]), default=("nothing", 0))


def _told(one: Diagnosis) -> str:
    score = f"{one.measured.score:.3f} +- {one.measured.error:.3f}, coverage {one.measured.coverage:.2f}"
    twin = "" if one.twin is None else f", twin {one.twin.score:.3f}"
    if one.alarm is None:
        mild = f" (mild: {', '.join(one.mild)})" if one.mild else ""
        return f"{one.case.name} ({score}{twin}): nothing{mild}."
    return f"{one.case.name} ({score}{twin}): {one.alarm.ailment} at {one.share:.0%}. {one.alarm.sentence}"


def as_json(found: Sequence[Diagnosis]) -> Json:
    """All figures."""
    sick = [one for one in found if one.standing == "sick"]
    healthy = [one for one in found if one.standing == "healthy"]
    right, false = sum(one.right for one in sick), sum(one.false_alarm for one in healthy)
    return {
        "sick": len(sick),
        "right": right,
        "right_interval": list(share_interval(right, len(sick))),
        "right_interval_by_cause": list(interval_by_cause(by_cause(sick, lambda one: one.right))),
        "best_constant": list(best_constant(sick)),
        "examined": sum(one.examined for one in found),
        "healthy": len(healthy),
        "false_alarms": false,
        "false_interval": list(share_interval(false, len(healthy))),
        "cases": [
            {
                "name": one.case.name,
                "cause": one.case.cause,
                "half": one.case.half,
                "standing": one.standing,
                "measured": to_json(one.measured),
                "twin": to_json(one.twin),
                "alarm": to_json(one.alarm),
                "share": one.share,
                "mild": list(one.mild),
                "right": one.right,
            }
            for one in found
        ],
    }
