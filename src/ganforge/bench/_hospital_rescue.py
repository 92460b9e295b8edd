"""The rescue: what was curable trained again with a doctor who treats, beside the untreated and the healthy twin."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ganforge.bench._hospital_causes import CAUSES
from ganforge.bench._hospital_judgement import interval_by_cause, is_rescued, is_worse, told_by_cause, told_share
from ganforge.bench._hospital_measure import Measured
from ganforge.bench._hospital_recording import Outcome
from ganforge.bench._hospital_replay import Diagnosis
from ganforge.bench._zoo_tables import NOTHING, Sheet
from ganforge.core.settings import Json, to_json
from ganforge.runs.folder import RunFolder
from ganforge.watch.history import Treatment, history

REFERENCE = "auto"
"""The recipe towards whose settings remedies go."""


@dataclass(frozen=True)
class Rescue:
    """One sick case, treated."""

    untreated: Diagnosis
    twin: Measured
    treated: Measured
    state: str
    """How the treated training ended."""
    treatments: tuple[Treatment, ...]

    @property
    def rescued(self) -> bool:
        """Whether it came out about as well as its twin."""
        return is_rescued(self.treated, self.twin)

    @property
    def from_auto(self) -> bool:
        """Whether it is `auto` with one thing spoiled, so that the doctor's reference is what it was made from."""
        return self.untreated.case.recipe == REFERENCE

    @property
    def without_measure(self) -> bool:
        """Whether the untreated one was recorded as infinitely far: nothing can be worse."""
        return not math.isfinite(self.untreated.measured.score)

    @property
    def worse(self) -> bool:
        """Whether it came out worse than untreated, beyond error."""
        return is_worse(self.treated, self.untreated.measured)

    @property
    def exchanged(self) -> bool:
        """Whether a treatment that was kept exchanged the objective."""
        return any(one.treated.remedy.exchanges_objective for one in self.treatments if _kept(one))


def _kept(one: Treatment) -> bool:
    return one.judged is None or one.judged.kept


def curable(found: Sequence[Diagnosis]) -> list[Diagnosis]:
    """The sick ones whose cause settings alone can cure."""
    return [
        one for one in found if one.standing == "sick" and one.case.cause is not None and CAUSES[one.case.cause].curable
    ]


def rescues(sick: Sequence[Diagnosis], treated: Sequence[Outcome]) -> list[Rescue]:
    """Each sick case beside its treated training."""
    outcomes = {outcome.case.name: outcome for outcome in treated}
    found = []
    for one in sick:
        outcome = outcomes.get(one.case.name)
        if outcome is not None and one.twin is not None:
            told = history(RunFolder.open(outcome.run).journal.as_it_went())
            found.append(Rescue(one, one.twin, outcome.measured, outcome.state, told.treatments))
    return found


def rescue_sheet(found: Sequence[Rescue]) -> Sheet:
    """All scores over the floor, and what was done."""
    headings = ("case", "untreated", "treated", "twin", "rescued", "objective exchanged", "what was done (+ = kept)")
    rows = tuple(
        (
            one.untreated.case.name,
            _over_floor(one.untreated.measured),
            _over_floor(one.treated),
            _over_floor(one.twin),
            "yes" if one.rescued else "WORSE" if one.worse else "no",
            "yes" if one.exchanged else "",
            _done(one) + ("" if one.state == "done" else f" [{one.state}]"),
        )
        for one in found
    )
    return Sheet("distance over the floor", headings, rows)


def _over_floor(measured: Measured) -> str:
    return f"{measured.score - measured.floor:.3f}"


def _done(one: Rescue) -> str:
    words = [f"{each.treated.remedy.name}{'+' if _kept(each) else ''}" for each in one.treatments]
    return ", ".join(words) or NOTHING


def rescue_summary(found: Sequence[Rescue]) -> Iterator[str]:
    """The totals, and how often each remedy was tried and worked."""
    rescued = [one for one in found if one.rescued]
    kept = sum(not one.exchanged for one in rescued)
    yield f"Rescued: {told_by_cause(_by_cause(found))}."
    for words, own in (
        (f"Of '{REFERENCE}' with one thing spoiled", [one for one in found if one.from_auto]),
        ("Of other recipes", [one for one in found if not one.from_auto]),
    ):
        if own:
            yield f"{words}: {told_by_cause(_by_cause(own))}."
    yield f"Rescued without exchanging the objective: {told_share(kept, len(found))}."
    worse = [one.untreated.case.name for one in found if one.worse]
    yield f"Worse than untreated beyond error: {', '.join(worse) or 'none'}."
    vacuous = sum(one.without_measure for one in found)
    yield f"{vacuous} of {len(found)} were recorded as infinitely far untreated: none of these could come out worse."
    tried: Counter[str] = Counter()
    worked: Counter[str] = Counter()
    for one in found:
        for each in one.treatments:
            tried[each.treated.remedy.name] += 1
            worked[each.treated.remedy.name] += each.judged is not None and each.judged.worked
    for name, times in tried.most_common():
        yield f"{name}: tried {times} times, worked {worked[name]} times."
    yield from (f"Not rescued: {one.untreated.case.name} ({_done(one)})." for one in found if not one.rescued)


def _by_cause(found: Sequence[Rescue]) -> dict[str, list[bool]]:
    causes: dict[str, list[bool]] = {}
    for one in found:
        causes.setdefault(one.untreated.case.cause or "", []).append(one.rescued)
    return causes


def rescues_as_json(found: Sequence[Rescue]) -> Json:
    """All figures."""
    return {
        "rescued_interval_by_cause": list(interval_by_cause(_by_cause(found))),
        "without_measure": sum(one.without_measure for one in found),
        "cases": [
            {
                "name": one.untreated.case.name,
                "untreated": to_json(one.untreated.measured),
                "treated": to_json(one.treated),
                "twin": to_json(one.twin),
                "rescued": one.rescued,
                "worse": one.worse,
                "exchanged": one.exchanged,
                "recipe": one.untreated.case.recipe,
                "state": one.state,
                "remedies": [[each.treated.remedy.name, _kept(each)] for each in one.treatments],
            }
            for one in found
        ],
    }
