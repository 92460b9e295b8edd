"""What a run's journal says of its health, for people: how it stands, what was found and done, and what to do next."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganforge.core.errors import GanforgeError, RunError
from ganforge.core.events import read_event
from ganforge.core.recipe import Recipe
from ganforge.core.records import Change, DataCard, Finding, Remedy, Treated
from ganforge.core.settings import Json, from_json, to_json
from ganforge.data._opening import DOMAINS
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.folder import RunFolder, is_run
from ganforge.runs.journal import Journal
from ganforge.staging import SOUND
from ganforge.watch._ailment import AILMENTS
from ganforge.watch._chart import Chart
from ganforge.watch._remedy import Patient, ranked
from ganforge.watch.history import (
    INTERRUPTED,
    SEVERITIES,
    History,
    history,
    in_few,
    inspection_line,
    is_passing,
    judgement_line,
    title,
    treatment_line,
)

BY_HAND = 3
"""So many remedies are named where nobody treats."""


@dataclass(frozen=True)
class Consultation:
    """All that can be said of a run's health."""

    run: str
    """Its name; of a journal alone, its file."""
    status: str
    """"training", "done", ...; empty for a journal alone."""
    history: History
    next: tuple[str, ...]
    """What to do next, a sentence each."""

    def as_json(self) -> Json:
        """Everything as plain values."""
        told = self.history
        return {
            "run": self.run,
            "status": self.status,
            "state": told.state,
            "watched": told.watched,
            "kimg": told.kimg,
            "total_kimg": told.total_kimg,
            "data": dict(told.data),
            "told": [{"event": _KINDS[type(event).__name__], **to_json(event)} for event in told.told],
            "missing": list(told.missing),
            "message": told.message,
            "next": list(self.next),
        }


_KINDS = {"Finding": "finding", "Treated": "treated", "TreatmentJudged": "judged"}


def consult(asked: str | Path) -> Consultation:
    """Look at a running or finished run, or at a journal alone.

    Args:
        asked: the run's folder, number or name, or a journal's file.

    Raises:
        RunError: there is no such run, or no such file.
    """
    path = Path(asked)
    if path.is_file():
        if is_run(path.parent) and path.name == "journal.jsonl":
            return _of_run(RunFolder(path.parent), str(path.parent))
        records = Journal(path).as_it_went()
        if not records:
            raise RunError(f"{path} is no journal: there is no record in it. Give a run, or its journal.jsonl.")
        told = history(records)
        return Consultation(str(path), "", told, tuple(_next(told, "", path.name, ())))
    return _of_run(RunFolder.open(path), str(asked))


def _of_run(folder: RunFolder, asked: str) -> Consultation:
    """`asked` is how the run was named: whoever goes on with it will name it so again."""
    records, facts, status = folder.journal.as_it_went(), folder.facts(), folder.status()
    told = history(records)
    mode = str(facts["options"].get("doctor", "off"))
    curable = next((alarm for alarm in told.alarms if is_passing(alarm.ailment)), None)
    cures = _by_hand(curable, records, facts) if curable is not None and not told.treatments else ()
    return Consultation(folder.name, status, told, tuple(_next(told, mode, asked, cures, status)))


def _next(told: History, mode: str, name: str, cures: Sequence[str], status: str = "") -> Iterator[str]:
    """What to do; `mode` is what the doctor was allowed to do, "" = unknown."""
    in_data = any(not is_passing(alarm.ailment) for alarm in told.alarms)
    if in_data:
        yield "The data have to be mended; training goes on with them as they are."
    stopped = INTERRUPTED in (told.reason, status)
    match told.state:
        case "healthy" if stopped:
            yield f"Go on: {_resumed(name)}"
        case "healthy":
            yield "Nothing needs to be done."
        case "treated":
            if not in_data:
                yield "Nothing needs to be done: what helped is kept."
            if not told.well:
                yield "A longer run (--kimg, --minutes) may bring it further."
        case "not known" | "not well" if stopped and told.kimg:
            yield f"Go on, and ask again then: {_resumed(name)}"
        case "not known" | "not well":
            yield from _what_helps_to_know(told, status)
        case "in treatment":
            yield from _within_a_trial(told, name, status)
        case _:
            yield from _against(told, mode, name, cures, status)


def _resumed(name: str) -> str:
    return f"ganforge train --resume {shlex.quote(name)}"


def _goes_on(told: History, status: str) -> bool:
    """Whether it is being trained; of a journal alone, whether it has not ended."""
    return status == "training" or (not status and told.reason is None)


def _what_helps_to_know(told: History, status: str) -> Iterator[str]:
    if _goes_on(told, status) or not told.kimg:
        yield "Ask again when it has trained for a while."
    elif told.state == "not well":
        yield "Nothing that is known by a name was found. Look at its samples; then train longer (--kimg, --minutes)."
        yield "`ganforge train --check`, with the same flags, says what in data and settings is unusual."
    else:
        yield "Look at its samples: nothing found is not the same as healthy."


def _within_a_trial(told: History, name: str, status: str) -> Iterator[str]:
    number = told.treatments[-1].treated.number
    if _goes_on(told, status):
        yield "Wait: it is judged when its trial is over."
    else:
        yield f"Treatment {number} is in its trial; nobody can say yet whether it helps."
        yield f"Go on: {_resumed(name)}"


def _against(told: History, mode: str, name: str, cures: Sequence[str], status: str) -> Iterator[str]:
    """What to do about an ailment."""
    curable = not told.alarms or any(is_passing(alarm.ailment) for alarm in told.alarms)
    if curable and mode == "treat" and _goes_on(told, status):
        yield "Wait: the doctor is allowed to treat, and decides what is tried next."
        return
    causes = _causes(told)
    if causes:
        yield f"What usually brings it about: {causes}."
    if not curable:
        return
    look = "Look at the data first, then at what was changed from the defaults."
    if mode != "treat":
        yield "Start again, and let the doctor treat: the same command with --doctor treat."
    elif told.state != "given up" and not told.ended:
        yield f"Go on, and let the doctor decide what is tried next: {_resumed(name)}"
    elif told.state == "given up":
        yield f"All that promised to help was tried. {look}"
    elif told.treatments and told.treatments[-1].judged is None:
        number = told.treatments[-1].treated.number
        yield f"It ended within the trial of treatment {number}: nobody can say whether that helps. {look}"
    else:
        yield f"It ended before more could be tried. {look}"
    yield from (f"Or by hand: {cure}" for cure in cures)


def _causes(told: History) -> str:
    if not told.alarms:
        return ""
    try:
        alarm = next((alarm for alarm in told.alarms if is_passing(alarm.ailment)), told.alarms[0])
        return "; ".join(cause.rstrip(".") for cause in AILMENTS.get(alarm.ailment).causes)
    except GanforgeError:  # an ailment of another version
        return ""


def _by_hand(finding: Finding, records: Sequence[Json], facts: Json) -> tuple[str, ...]:
    """The most promising remedies, as words and as flags."""
    recipe, data = from_json(Recipe, facts["recipe"], what="run.json"), from_json(DataCard, facts["data"])
    augmentations = DOMAINS.get(facts["domain"]["name"]).augmentations
    chart = Chart()
    for record in records:
        event = read_event(record)
        if event is not None and not (isinstance(record.get("step"), int) and record["step"] > finding.step):
            chart = chart.after(event)
    patient = Patient(recipe, RECIPES.get(SOUND)(data), data, augmentations, finding, chart)
    try:
        remedies = ranked(patient)
    except GanforgeError:  # an ailment or a setting of another version
        return ()
    by_flags: dict[str, str] = {}
    for remedy in remedies:
        if flags(remedy):
            by_flags.setdefault(flags(remedy), remedy.words.rstrip("."))  # the last resort may do no more than another
    return tuple(f"{words}: {how}" for how, words in by_flags.items())[:BY_HAND]


def flags(remedy: Remedy) -> str:
    """The flags that do from the start what a remedy does; "" = it changes nothing of the recipe."""
    return " ".join(f"--set {shlex.quote(value)}" for change in remedy.changes for value in _values(change))


def _values(change: Change) -> Iterator[str]:
    """A change as PATH=VALUE, only where something differs."""
    if isinstance(change.old, Mapping) and isinstance(change.new, Mapping) and change.old.keys() == change.new.keys():
        for key in change.new:
            yield from _values(Change(f"{change.path}.{key}", change.old[key], change.new[key]))
    elif isinstance(change.old, list) and isinstance(change.new, list) and len(change.old) == len(change.new):
        for at, (old, new) in enumerate(zip(change.old, change.new, strict=True)):
            yield from _values(Change(f"{change.path}.{at}", old, new))
    elif change.old != change.new:
        yield f"{change.path}={_written(change.new)}"


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def lines(consultation: Consultation) -> Iterator[tuple[str, str]]:
    """What to print: a heading ("" = goes on) and a line each."""
    told = consultation.history
    yield "Now", _state(consultation)
    if told.data:
        yield "Data", inspection_line(told.data).removeprefix("The data: ")
    for shown, event in told.as_it_went():
        if isinstance(event, Finding):
            yield f"{shown:,.1f}k", f"{title(event.ailment)} ({SEVERITIES[event.severity]}). {event.sentence}"
            if event.evidence:
                yield "", "By: " + in_few([f"{name} {value:.3g}" for name, value in event.evidence.items()])
        else:
            line = treatment_line(event) if isinstance(event, Treated) else judgement_line(event)
            yield f"{shown:,.1f}k", line
    for text in told.missing:
        yield "Missing", text
    for at, text in enumerate(consultation.next):
        yield "" if at else "Next", text


def _state(consultation: Consultation) -> str:
    told = consultation.history
    if not told.kimg and not told.told:
        return "Nothing can be said yet."
    where = f" {told.when(told.kimg)}" if told.kimg else ""
    seen = "" if told.watched else ", as its journal shows (nobody watched it)"
    ended = f" {told.message}" if told.state == "given up" and not told.treatments else ""  # else all is told below
    return f"{_standing(told)}{where}{seen}.{ended}"


def _standing(told: History) -> str:
    match told.state:
        case "healthy":
            return "Healthy"
        case "ailing":
            return f"Ailing: {', '.join(dict.fromkeys(title(each.ailment).lower() for each in told.alarms))}"
        case "in treatment":
            return "In treatment"
        case "treated":
            return "Treated, and well since" if told.well else f"Treated; the signs are gone, and {told.reached},"
        case "not well":
            before = "Treated, but not well" if told.treatments else "Nothing was found, but it is not well"
            return f"{before}: {told.reached},"
        case "not known":
            return f"Not known: {told.unknown},"
        case "given up":
            return "Given up"
