"""A course of treatment: the suspect first, trials judged, failures undone, an end, and nothing forgotten on resume."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ganforge.core.contracts import Advice
from ganforge.core.recipe import LatentSettings, OptimizerSettings, Recipe
from ganforge.core.records import (
    DataCard,
    Event,
    Examined,
    Finding,
    Remedy,
    Severity,
    Started,
    StepRecord,
    Treated,
    TreatmentJudged,
)
from ganforge.core.schedule import Schedule
from ganforge.core.settings import Part
from ganforge.recipes._recipes import RECIPES
from ganforge.watch._chart import Chart
from ganforge.watch._course import MOST, PLAYERS, Course
from ganforge.watch._remedy import LAST_RESORT
from ganforge.watch._trial import Trial, past

CARD = DataCard(name="points", domain="points", count=5000, shape=(2,), fingerprint="0")
REFERENCE = RECIPES.get("auto")(CARD)
HOT = replace(
    REFERENCE, name="hot", generator=OptimizerSettings(Schedule(0.6, end=0.0)), latent=LatentSettings(normal=1)
)
"""A rate that is 300 times too high, and a z that is too short."""
STEPS, EVERY, KIMG = 1000, 25, 0.1
SEVERITIES: tuple[Severity | None, ...] = (None, "mild", "serious", "grave")


class Ill:
    """An ailment that the chart simply names, by its severity."""

    title = "An illness"
    passing = True
    remedies = ("learning-rates", "penalty", "momentum", "instance-noise", "steady-objective", LAST_RESORT)
    named = "divergence"

    def look(self, chart: Chart) -> Finding | None:
        last = chart.readings[-1]
        severity = SEVERITIES[int(last.values.get(self.named, 0.0))]
        if severity is None:
            return None
        since = int(last.values.get("since", last.step))
        evidence = {"spoilt": math.nan, "apart": 1.0}
        return Finding(self.named, severity, last.step, last.kimg, since, evidence, "It is ill, by 1.")


class Other(Ill):
    named = "oscillation"


class Inborn(Ill):
    named, passing = "data-trouble", False


KINDS: Mapping[str, type[Ill]] = {kind.named: kind for kind in (Ill, Other, Inborn)}


@dataclass(frozen=True)
class Known:
    """In the registry's place."""

    def get(self, name: str) -> type[Ill]:
        return KINDS[name]

    def names(self) -> tuple[str, ...]:
        return tuple(KINDS)


@pytest.fixture(autouse=True)
def _known_ailments(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("_course", "_remedy"):
        monkeypatch.setattr(f"ganforge.watch.{module}.AILMENTS", Known())


Behaviour = Callable[[Recipe, int], Mapping[str, float]]
"""What is seen of a recipe after so many updates."""


@dataclass
class Ward:
    """A training in short: what a loop does with advice, and what a doctor finds anew."""

    behave: Behaviour
    recipe: Recipe = HOT
    resumes: int = 0
    """At every event of so many the course is taken down and set up again from what it saved; 0 = never."""
    events: int = 0
    step: int = 0
    taken: int = 0
    chart: Chart = field(default_factory=Chart)
    known: dict[str, str] = field(default_factory=dict)
    remedies: list[Remedy] = field(default_factory=list)
    recipes: list[Recipe] = field(default_factory=list)
    told: list[TreatmentJudged] = field(default_factory=list)
    account: str | None = None

    def __post_init__(self) -> None:
        self.course = Course(self.recipe, REFERENCE, CARD, ("noise",))
        self.say(Started(0, 0.0, STEPS * KIMG, 1))

    def say(self, event: Event) -> Advice:
        self.events += 1
        if self.resumes and self.events % self.resumes == 0:
            saved = json.loads(json.dumps(self.course.save(), allow_nan=False))
            self.course = Course(self.course.recipe, REFERENCE, CARD, ("noise",))
            self.course.restore(saved)
        self.chart = self.chart.after(event)
        advice = self.course.advise(self.chart, self.findings(event), event)
        for judged in advice.told:
            assert isinstance(judged, TreatmentJudged)
            self.told.append(judged)
            self.known.clear()
        return advice

    def findings(self, event: Event) -> tuple[Finding, ...]:
        if not isinstance(event, StepRecord):
            return ()
        found = [finding for kind in KINDS.values() if (finding := kind().look(self.chart)) is not None]
        new = tuple(each for each in found if self.known.get(each.ailment) != each.severity)
        self.known |= {each.ailment: each.severity for each in new}
        return new

    def run(self) -> Ward:
        while self.step < STEPS and self.account is None:
            assert self.taken < 20 * STEPS
            self.step += EVERY
            self.taken += EVERY
            values = {"probe.nonfinite": 0.0, **self.behave(self.recipe, self.step)}
            self.follow(self.say(StepRecord(self.step, self.step * KIMG, values, 1.0)))
        return self

    def follow(self, advice: Advice) -> None:
        self.account = advice.give_up
        if advice.remedy is None:
            return
        assert advice.recipe is not None
        was, self.recipe = self.step, advice.recipe
        self.remedies.append(advice.remedy)
        self.recipes.append(advice.recipe)
        self.step = {"start": 0, "healthy": was // 2 // EVERY * EVERY, "here": was}[advice.remedy.back_to]
        self.known.clear()
        number, back = len(self.remedies), (self.step, self.step * KIMG)
        treated = Treated(was, was * KIMG, *back, self.taken, number, advice.because, advice.remedy)
        assert self.say(treated) == Advice()


def too_hot(recipe: Recipe) -> bool:
    return recipe.generator.lr.start > 0.01


@pytest.mark.parametrize("examined", [False, True])
def test_only_what_was_examined_has_a_best_checkpoint(*, examined: bool) -> None:
    ward = Ward(lambda recipe, step: {"divergence": 3.0})
    if examined:
        ward.say(Examined(1, 0.1, 0.5, 0.01, 0.0, 0.0, True, 0.1))
    account = ward.run().account
    assert account is not None
    assert ("The best checkpoint is kept." in account) == examined
    assert ("never given a score" in account) != examined


def test_a_healthy_run_is_left_alone() -> None:
    ward = Ward(lambda recipe, step: {"divergence": 1.0}, resumes=1).run()  # mild: worth knowing, no alarm
    assert (ward.remedies, ward.told, ward.account) == ([], [], None)


def test_what_lies_in_the_data_is_not_treated() -> None:
    ward = Ward(lambda recipe, step: {"data-trouble": 3.0}).run()
    assert (ward.remedies, ward.account) == ([], None)


def test_the_rate_that_is_far_off_is_treated_first_judged_after_its_trial_and_kept() -> None:
    ward = Ward(
        lambda recipe, step: {"divergence": 2.0 if too_hot(recipe) and step >= 200 else 0.0, "since": 150.0}
    ).run()
    assert [remedy.name for remedy in ward.remedies] == ["learning-rates"]
    assert [judged.worked for judged in ward.told] == [True]
    assert "kept" in ward.told[0].words
    assert ward.told[0].step == 250  # the signs took 200 updates to show
    assert ward.recipe.generator == REFERENCE.generator
    assert ward.account is None


def test_a_trial_that_shows_neither_signs_nor_a_gain_takes_twice_the_time() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        poor = {"probe.coverage": 0.4, "probe.fidelity": 0.4}
        return {"divergence": 2.0 if too_hot(recipe) and step >= 200 else 0.0, "since": 150.0, **poor}

    ward = Ward(behave).run()
    assert [(judged.step, judged.worked) for judged in ward.told] == [(2 * 250, True)]


def test_what_is_kept_and_comes_back_is_undone_before_the_next_is_tried() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        cured = recipe.latent == REFERENCE.latent
        return {"divergence": 2.0 if not cured and step >= (200 if too_hot(recipe) else 700) else 0.0, "since": 150.0}

    ward = Ward(behave).run()
    assert [remedy.name for remedy in ward.remedies] == ["learning-rates", "latent"]
    assert [(judged.number, judged.worked) for judged in ward.told] == [(1, True), (1, False), (2, True)]
    assert "come back" in ward.told[1].words
    assert (ward.recipe.generator, ward.recipe.latent) == (HOT.generator, REFERENCE.latent)


def test_what_is_kept_for_lack_of_anything_better_is_not_said_to_have_worked() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        untreated = recipe == REFERENCE
        good = 0.9 if untreated else 0.2
        signs = 2.0 if untreated and step >= 500 else 0.0
        return {"divergence": signs, "since": 450.0, "probe.coverage": good, "probe.fidelity": good}

    ward = Ward(behave, recipe=REFERENCE).run()
    assert not any(judged.worked for judged in ward.told)
    assert [judged.lasting for judged in ward.told] == [False] * (len(ward.told) - 1) + [True]
    assert "for lack of anything better" in ward.told[-1].words
    assert ward.account is None


def test_other_signs_in_the_place_of_those_that_were_treated_are_no_success() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        cured = recipe.latent == REFERENCE.latent
        ill = 2.0 if step >= 200 and not cured else 0.0
        return {"divergence": ill if too_hot(recipe) else 0.0, "oscillation": 0.0 if too_hot(recipe) else ill}

    ward = Ward(behave).run()
    assert [judged.worked for judged in ward.told] == [False, True]
    assert "in their place" in ward.told[0].words


def test_what_is_incurable_goes_on_to_its_end_where_no_best_checkpoint_is_kept() -> None:
    ward = Ward(lambda recipe, step: {"divergence": 2.0, "since": 50.0}).run()
    assert ward.account is not None
    assert ward.step == STEPS


def test_signs_that_began_early_lead_back_to_the_start_with_new_players() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        return {"divergence": 2.0 if too_hot(recipe) and step >= 400 else 0.0, "since": 200.0}

    remedy = Ward(behave).run().remedies[0]
    assert (remedy.back_to, remedy.reinitialise) == ("start", PLAYERS)


def test_signs_that_began_later_lead_back_to_a_healthy_moment() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        return {"divergence": 2.0 if too_hot(recipe) and step >= 600 else 0.0, "since": 500.0}

    remedy = Ward(behave).run().remedies[0]
    assert (remedy.back_to, remedy.reinitialise) == ("healthy", frozenset())


def test_a_remedy_that_does_not_help_is_undone_and_the_next_begins_from_before_it() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        return {"divergence": 0.0 if recipe.latent == REFERENCE.latent else 2.0, "since": 50.0}

    ward = Ward(behave).run()
    assert [remedy.name for remedy in ward.remedies][:2] == ["learning-rates", "latent"]
    assert [judged.worked for judged in ward.told] == [False, True]
    assert "undone" in ward.told[0].words
    assert ward.recipe.generator == HOT.generator


def test_a_remedy_that_helps_in_part_is_kept_and_the_next_is_added() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        faults = too_hot(recipe) + (recipe.latent != REFERENCE.latent)
        good = 0.9 - 0.4 * faults
        return {
            "divergence": 2.0 if faults else 0.0,
            "since": 50.0,
            "probe.coverage": good,
            "probe.fidelity": good,
        }

    ward = Ward(behave).run()
    assert [remedy.name for remedy in ward.remedies] == ["learning-rates", "latent"]
    assert [judged.worked for judged in ward.told] == [True, True]
    assert "added" in ward.told[0].words
    assert (ward.recipe.generator, ward.recipe.latent) == (REFERENCE.generator, REFERENCE.latent)


def test_a_remedy_that_takes_the_signs_away_but_makes_worse_samples_is_undone() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        good = 0.7 if too_hot(recipe) else 0.2
        cured = not too_hot(recipe) or recipe.latent == REFERENCE.latent
        signs = 0.0 if cured or step < 500 else 2.0
        return {"divergence": signs, "since": 450.0, "probe.coverage": good, "probe.fidelity": good}

    ward = Ward(behave).run()
    assert [judged.worked for judged in ward.told] == [False, True]
    assert "worse" in ward.told[0].words


def test_alarms_are_held_back_in_a_trial_but_grave_runaways_end_it_at_once() -> None:
    def behave(recipe: Recipe, step: int, severity: float) -> Mapping[str, float]:
        return {"divergence": severity, "oscillation": 2.0, "since": 0.0}

    patiently = Ward(lambda recipe, step: behave(recipe, step, 2.0)).run()
    at_once = Ward(lambda recipe, step: behave(recipe, step, 3.0)).run()
    assert patiently.told[0].step == 0.15 * STEPS
    assert at_once.told[0].step == EVERY


def test_what_is_left_late_in_the_run_is_treated_only_where_nothing_would_come_of_it() -> None:
    for severity, treated in ((2.0, False), (3.0, True)):
        ward = Ward(lambda recipe, step: {"divergence": severity if step >= 960 and too_hot(recipe) else 0.0})  # noqa: B023
        assert bool(ward.run().remedies) is treated


def test_an_incurable_run_ends_with_an_account_of_all_that_was_tried_the_last_resort_last() -> None:
    recipe = replace(HOT, objective=Part("hinge"))
    ward = Ward(lambda recipe, step: {"divergence": 2.0, "since": 50.0}, recipe=recipe).run()
    assert len(ward.remedies) == MOST
    assert [remedy.name == LAST_RESORT for remedy in ward.remedies] == [False] * (MOST - 1) + [True]
    assert not any(remedy.exchanges_objective for remedy in ward.remedies[:-2])
    assert ward.account is not None
    assert all(remedy.words in ward.account for remedy in ward.remedies)
    assert "an illness" in ward.account
    assert ward.say(StepRecord(5, 0.5, {"divergence": 3.0, "probe.x": 0.0}, 1.0)) == Advice()


def test_where_the_recipe_is_the_reference_the_course_ends_without_the_last_resort() -> None:
    ward = Ward(lambda recipe, step: {"divergence": 2.0, "since": 50.0}, recipe=REFERENCE).run()
    assert ward.account is not None
    assert LAST_RESORT not in [remedy.name for remedy in ward.remedies]


def test_what_was_trained_with_other_networks_is_begun_anew() -> None:
    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        return {"divergence": 2.0 if step >= 600 or recipe.networks != tiny else 0.0, "since": 500.0}

    tiny = Part("mlp", {"width": 1, "fourier": 32})
    ward = Ward(behave, recipe=replace(REFERENCE, networks=tiny)).run()
    assert ward.remedies[0].name == "networks"
    assert ward.remedies[1].back_to == "start"
    assert ward.remedies[1].reinitialise == PLAYERS


def test_a_score_that_is_worse_than_before_at_the_same_point_speaks_against_a_remedy() -> None:
    def judged(score: float) -> str:
        before = Chart(100.0).after(Examined(100, 15.0, 0.2, 0.01, 0.0, 0.0, True, 0.1))
        now = Chart(100.0).after(Examined(100, 15.0, score, 0.01, 0.0, 0.0, True, 0.1))
        now = now.after(StepRecord(110, 30.0, {"probe.nonfinite": 0.0}, 1.0))
        finding = Finding("divergence", "serious", 200, 20.0, 0, {}, "It is ill, by 1.")
        return Trial(finding, Remedy("penalty", "more of it", ()), HOT, past(before), 1).verdict(now, _sees_nothing)[0]

    assert (judged(0.5), judged(0.2), judged(0.05)) == ("failed", "gone", "better")


def _sees_nothing(chart: Chart) -> Finding | None:
    return None


histories = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0, 1), st.integers(1, 12)), min_size=1, max_size=30
)


def by_fate(fates: list[tuple[int, int, float, int]]) -> Behaviour:
    """Signs that last as many records as they like, whatever is done."""
    row = [fate for *fate, lasting in fates for _ in range(lasting)]
    at = iter(range(10**9))

    def behave(recipe: Recipe, step: int) -> Mapping[str, float]:
        ill, other, good = row[next(at) % len(row)]
        return {
            "divergence": float(ill),
            "oscillation": float(other),
            "since": float(step // 2),
            "probe.coverage": good,
            "probe.fidelity": 1.0,
        }

    return behave


@settings(max_examples=4, phases=[Phase.generate])  # to shrink a history would take minutes
@given(fates=histories, every=st.integers(2, 20))
def test_whatever_happens_a_course_ends_repeats_nothing_and_survives_being_resumed_anywhere(
    fates: list[tuple[int, int, float, int]], every: int
) -> None:
    ward = Ward(by_fate(fates)).run()
    assert len(ward.remedies) <= MOST
    values: list[Any] = [(each.name, [(change.path, change.new) for change in each.changes]) for each in ward.remedies]
    assert all(value not in values[:place] for place, value in enumerate(values))
    resumed = Ward(by_fate(fates), resumes=every).run()
    assert (resumed.remedies, resumed.recipes, resumed.told) == (ward.remedies, ward.recipes, ward.told)
    assert resumed.account == ward.account
