"""A course of treatment: which remedy is tried next, whether the last one is kept, and when nothing is left to try.

A fold over what happens: the same events give the same advice. It remembers plain values alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ganforge.core.contracts import Advice
from ganforge.core.recipe import Recipe
from ganforge.core.records import DataCard, Event, Examined, Finding, Remedy, StepRecord, Treated, TreatmentJudged
from ganforge.core.settings import Json, from_json, to_json
from ganforge.watch._ailment import AILMENTS
from ganforge.watch._chart import Chart
from ganforge.watch._remedy import LAST_RESORT, REMEDIES, Patient, apply, ranked, undo
from ganforge.watch._trial import OVER, Past, Trial, best_quality, past

MOST = 6
"""A course has no more treatments; the last one of them is the last resort."""
EARLY = 0.3
"""Signs that began before this share of the run have spoiled it from the start: it is begun anew, at little cost."""
LEFT = 0.3
"""With less than this share of the run left, training does not just go on: what is spoiled could not be made good."""
LATE = 0.95
"""From this share of the run on, only what leaves nothing is treated."""
AGAIN = 2
"""After so many failures in a row, the moment that was taken for healthy is not trusted any more."""
RUNAWAY = "divergence"
"""An ailment that, where it is grave, ends a trial at once."""
SLOW, SLOW_UNTIL = ("stagnation",), 0.6
"""Ailments that a run with sound settings is not treated for after this share of it: it may well be as good as it gets,
and what would be tried had no time to do better."""
CLEARLY_BAD = 0.4
"""Quality (1 = as real data) that speaks against settings that are known to be sound."""
PLAYERS = frozenset({"generator", "discriminator"})

Outcome = Literal["kept", "kept, not enough", "kept for lack of anything better", "undone"]


@dataclass(frozen=True)
class Tried:
    """A remedy that has been tried."""

    number: int
    """The treatment's."""
    ailment: str
    remedy: Remedy
    outcome: Outcome
    better: bool = False
    """The samples were better with it than before."""


@dataclass(frozen=True)
class State:
    """All that a course remembers."""

    base: Recipe
    """As it began, with the remedies that were kept."""
    trained: Recipe
    """What is trained now: the base, or what is tried."""
    began: float = 0.0
    """k samples at which the last treatment has set the run; 0 = its start."""
    tried: tuple[Tried, ...] = ()
    trial: Trial | None = None
    ended: bool = False
    """Nothing is left to try."""
    account: str = ""
    """What is still to be said of that, at the end of the run."""
    examined: bool = False
    """The samples were given a score at some time, so that there is a best checkpoint."""


@dataclass
class Course:
    """Treats one training. `advise` is told of every event, in order."""

    recipe: Recipe
    """As the training began."""
    reference: Recipe
    """What would be chosen for these data with no flag."""
    data_card: DataCard
    augmentations: tuple[str, ...]
    """What may be done to this kind of data without making it another kind; names in augment/."""
    own: Recipe | None = None
    """The recipe of that name with nothing changed by hand; None = there is none."""
    _state: State = field(init=False)

    def __post_init__(self) -> None:
        self._state = State(self.recipe, self.recipe)

    def save(self) -> Json:
        """All that it remembers, as plain values; every number is finite."""
        saved: Json = to_json(self._state)
        return saved

    def restore(self, saved: Json) -> None:
        """Take up what `save` gave.

        Raises:
            SettingError: it is nothing that `save` gave.
        """
        self._state = from_json(State, saved, what="the doctor's memory")

    def advise(self, chart: Chart, findings: Sequence[Finding], event: Event) -> Advice:
        """What is to be done after an event.

        Args:
            chart: with the event on it.
            findings: what is found for the first time by this event.
            event: what happened.

        Returns:
            Judgements in `told`; the next remedy, or why to give up.
        """
        self._state, advice = self._after(self._state, chart, findings, event)
        return advice

    def _after(self, state: State, chart: Chart, findings: Sequence[Finding], event: Event) -> tuple[State, Advice]:
        alarms = sorted(filter(_calls_for_treatment, findings), key=lambda finding: finding.severity != "grave")
        if isinstance(event, Examined) and math.isfinite(event.score):
            state = replace(state, examined=True)
        if state.ended:
            return _resigned(state, chart, alarms, event)
        if isinstance(event, Treated):
            return _begun(state, event), Advice()
        if state.trial is None:
            return self._between_trials(state, chart, alarms)
        return self._within_trial(state, state.trial, chart, alarms, event)

    def _between_trials(self, state: State, chart: Chart, alarms: Sequence[Finding]) -> tuple[State, Advice]:
        found = next((each for each in alarms if self._is_worth_it(state, each, chart)), None)
        if found is None:
            return state, Advice()
        state, told = _taken_back(state, found, chart)
        return self._next(state, found, chart, past(chart), found.kimg - state.began, told)

    def _is_worth_it(self, state: State, found: Finding, chart: Chart) -> bool:
        """Late in the run only what is grave, and of sound settings only what goes wrong quickly or is clearly bad."""
        if found.ailment in SLOW and chart.progress > SLOW_UNTIL and best_quality(chart) >= CLEARLY_BAD:
            return REMEDIES.get(LAST_RESORT)(self._patient(state, found, chart)) is not None
        return chart.progress < LATE or found.severity == "grave"

    def _within_trial(
        self, state: State, trial: Trial, chart: Chart, alarms: Sequence[Finding], event: Event
    ) -> tuple[State, Advice]:
        """Alarms are held back until the trial is over; those that last are found again then."""
        runaway = next((each for each in alarms if each.ailment == RUNAWAY and each.severity == "grave"), None)
        if trial.number == 0 or not (runaway or _is_watched(chart, event)):
            return state, Advice()
        verdict, why = ("failed", runaway.sentence) if runaway else trial.verdict(chart, _signs(trial))
        if verdict == "open":
            return state, Advice()
        if verdict == "failed":
            return self._undone(state, trial, chart, why, runaway)
        enough = verdict != "helped"
        words = f"{why.rstrip('.')}. It is kept{'' if enough else ', and something is added'}."
        judged = TreatmentJudged(chart.step, chart.kimg, trial.number, worked=True, words=words)
        closed = _closed(state, trial, "kept" if enough else "kept, not enough", better=verdict == "better")
        state = replace(closed, base=trial.recipe)
        signs = _signs(trial)(chart)
        if enough or signs is None or chart.progress < OVER:
            return state, Advice(told=(judged,))
        # No later record would bring them up again
        return self._next(state, signs, chart, past(chart), chart.kimg - state.began, (judged,))

    def _undone(
        self, state: State, trial: Trial, chart: Chart, why: str, runaway: Finding | None
    ) -> tuple[State, Advice]:
        """Back to what was before the trial, and on to the next remedy for what it was to cure."""
        judged = TreatmentJudged(
            chart.step, chart.kimg, trial.number, worked=False, words=f"{why.rstrip('.')}. It is undone."
        )
        closed = _closed(state, trial, "undone")
        after, advice = self._next(closed, trial.finding, chart, trial.before, trial.span, (judged,))
        signs = runaway or _signs(trial)(chart)
        if advice.remedy is not None or (advice.give_up is not None and signs is not None):
            return after, advice
        words = f"{why.rstrip('.')}. Training goes on with it, for lack of anything better."
        judged = replace(judged, words=words, lasting=True)
        last = _closed(state, trial, "kept for lack of anything better")
        account = "" if signs is None else _account(last, signs)
        return replace(last, base=trial.recipe, ended=signs is not None, account=account), Advice(told=(judged,))

    def _next(
        self, state: State, finding: Finding, chart: Chart, before: Past, span: float, told: tuple[Event, ...]
    ) -> tuple[State, Advice]:
        """The next remedy for a finding, or the end of the course."""
        finding = replace(
            finding, evidence={name: value for name, value in finding.evidence.items() if math.isfinite(value)}
        )
        chosen = self._choose(state, finding, chart)
        if chosen is None:
            return _out_of_remedies(state, finding, chart, told)
        recipe = apply(chosen, state.base)
        remedy = _placed(chosen, state, finding, chart)
        beside = tuple(each.ailment for each in _alarms(chart) if each.ailment != finding.ailment)
        trial = Trial(finding, remedy, recipe, before, span=span, beside=beside)
        return replace(state, trial=trial), Advice(told=told, remedy=remedy, because=finding.ailment, recipe=recipe)

    def _patient(self, state: State, finding: Finding, chart: Chart) -> Patient:
        return Patient(state.base, self.reference, self.data_card, self.augmentations, finding, chart, self.own)

    def _choose(self, state: State, finding: Finding, chart: Chart) -> Remedy | None:
        """The first that was not tried; as the last treatment the last resort, after which there is none."""
        if len(state.tried) >= MOST or any(tried.remedy.name == LAST_RESORT for tried in state.tried):
            return None
        done = [_essence(tried.remedy) for tried in state.tried]
        options = [each for each in ranked(self._patient(state, finding, chart)) if _essence(each) not in done]
        if len(state.tried) == MOST - 1:
            options.sort(key=lambda remedy: remedy.name != LAST_RESORT)
        return options[0] if options else None


def _begun(state: State, event: Treated) -> State:
    """The trial begins where the run goes on."""
    if state.trial is None:
        return state
    trial = replace(state.trial, number=event.number, from_kimg=event.to_kimg)
    return replace(state, trial=trial, trained=trial.recipe, began=event.to_kimg)


def _closed(state: State, trial: Trial, outcome: Outcome, *, better: bool = False) -> State:
    """The trial is over."""
    tried = Tried(trial.number, trial.finding.ailment, trial.remedy, outcome, better)
    return replace(state, tried=(*state.tried, tried), trial=None)


def _taken_back(state: State, found: Finding, chart: Chart) -> tuple[State, tuple[Event, ...]]:
    """Without the last remedies against what has come back, unless they made the samples better."""
    told = list[Event]()
    tried = list(state.tried)
    for place in reversed(range(len(tried))):
        last = tried[place]
        if last.outcome != "kept" or last.ailment != found.ailment or last.better:
            break
        tried[place] = replace(last, outcome="undone")
        state = replace(state, base=undo(last.remedy, state.base), tried=tuple(tried))
        words = f"what it was to cure has come back: {found.sentence.rstrip('.')}. It is undone."
        told.append(TreatmentJudged(chart.step, chart.kimg, last.number, worked=False, words=words))
    return state, tuple(told)


def _out_of_remedies(state: State, finding: Finding, chart: Chart, told: tuple[Event, ...]) -> tuple[State, Advice]:
    """The end: at once where a best checkpoint is kept, or numbers run away; a short run may as well go on."""
    account = _account(state, finding)
    if chart.examined or chart.broken is not None or (finding.ailment == RUNAWAY and finding.severity == "grave"):
        return replace(state, ended=True), Advice(told=told, give_up=account)
    return replace(state, ended=True, account=account), Advice(told=told)


def _resigned(state: State, chart: Chart, alarms: Sequence[Finding], event: Event) -> tuple[State, Advice]:
    """Nothing more is tried; what is to be said of it is said at the end, unless all has become well until then."""
    runaway = any(each.ailment == RUNAWAY and each.severity == "grave" for each in alarms)
    if not state.account or not (runaway or (chart.progress >= OVER and _is_watched(chart, event))):
        return state, Advice()
    ill = runaway or bool(_alarms(chart))
    return replace(state, account=""), Advice(give_up=state.account if ill else None)


def _placed(remedy: Remedy, state: State, finding: Finding, chart: Chart) -> Remedy:
    """The remedy with the place from where training goes on, and with the players that begin anew there.

    To the start go what asks for it, what went wrong early, what other networks have been trained for since, and
    what has failed from a seemingly healthy moment. There everything is new, so that nothing of a trial stays.
    """
    failures = 0
    for tried in reversed(state.tried):
        if tried.outcome != "undone":
            break
        failures += 1
    at = finding.kimg / chart.total_kimg if chart.total_kimg else 0.0
    began = finding.since / finding.step * at if finding.step else 0.0
    reshaped = _shape(state.trained) != _shape(state.base)
    afresh = remedy.back_to == "start" or reshaped or failures >= AGAIN
    if afresh or (remedy.back_to == "healthy" and began < EARLY):
        return replace(remedy, back_to="start", reinitialise=PLAYERS)
    if failures or 1.0 - chart.progress < LEFT:
        return replace(remedy, back_to="healthy")
    return remedy


def _shape(recipe: Recipe) -> tuple[Any, ...]:
    """What the players' weights depend on."""
    return to_json(recipe.networks), recipe.latent, recipe.packing, recipe.batch, recipe.discriminator_steps


def _look(ailment: str, chart: Chart) -> Finding | None:
    return AILMENTS.get(ailment)().look(chart)


def _alarms(chart: Chart) -> list[Finding]:
    """Everything that alarms at the chart's last reading and can be treated, what is grave first."""
    looked = [finding for name in AILMENTS.names() if (finding := _look(name, chart)) is not None]
    return sorted(filter(_calls_for_treatment, looked), key=lambda finding: finding.severity != "grave")


def _signs(trial: Trial) -> Callable[[Chart], Finding | None]:
    """What speaks against a trial: what it is to cure, else what did not alarm before it."""

    def look(chart: Chart) -> Finding | None:
        found = [each for each in _alarms(chart) if each.ailment not in trial.beside]
        return min(found, key=lambda each: each.ailment != trial.finding.ailment, default=None)

    return look


def _calls_for_treatment(finding: Finding) -> bool:
    """Alarms, unless what ails lies in the data: no setting takes it away."""
    ailment = AILMENTS.get(finding.ailment)
    return finding.severity != "mild" and ailment.passing and bool(ailment.remedies)


def _is_watched(chart: Chart, event: Event) -> bool:
    """Whether the event is a record that ailments look at."""
    return isinstance(event, StepRecord) and bool(chart.watched) and chart.watched[-1].step == event.step


def _essence(remedy: Remedy) -> Any:
    """What makes remedies the same under whatever name: the values that they give."""
    return [(change.path, change.new) for change in remedy.changes] or remedy.name


_NEVER_EXAMINED = "The samples were never given a score, so that nobody knows a best checkpoint: the newest is kept."


def _account(state: State, finding: Finding) -> str:
    """What was found and tried, honestly."""
    title = AILMENTS.get(finding.ailment).title.lower()
    words = [f"The doctor gives up at {finding.kimg:,.1f}k samples: {title}. {finding.sentence}"]
    if state.tried:
        words.append(f"{len(state.tried)} treatment{'s were' if len(state.tried) > 1 else ' was'} tried:")
        words += [f"{i}. {tried.remedy.words} ({tried.outcome})." for i, tried in enumerate(state.tried, start=1)]
    kept = "The best checkpoint is kept." if state.examined else _NEVER_EXAMINED
    words.append(
        f"Nothing is left to try that is likely to help. {kept} "
        "Look at the data first; then try other networks, or a longer run."
        if state.tried
        else f"There is nothing to change that is likely to help. {kept} Look at the data first."
    )
    return " ".join(words)
