"""Each ailment is found where it is, and nowhere else."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.core.records import Event, Examined, Finding, StepRecord
from ganforge.watch._ailment import AILMENTS, high, lost, low, short
from ganforge.watch._chart import Chart
from ganforge.watch._remedy import REMEDIES
from ganforge.watch.doctor import State, examine
from tests.watch.journals import SOUND_DATA, STEPS, Course, Values, always, louder, sound, spoiled, told

ALARMS = ("serious", "grave")


def findings(events: Iterable[Event]) -> list[Finding]:
    state, found = State(), list[Finding]()
    for event in events:
        state, new = examine(state, event)
        found.extend(new)
    return found


def first_alarm(events: Iterable[Event]) -> str | None:
    return next((finding.ailment for finding in findings(events) if finding.severity in ALARMS), None)


def both(**values: float) -> Course:
    """Probes of G, and the same of its average."""
    names = {f"average_{name}": value for name, value in values.items() if name in ("coverage", "fidelity")}
    return always(**values, **names)


HOPELESS = both(coverage=0.02, fidelity=0.02, variety=0.8, rank=0.9)


def swinging(progress: float) -> Values:
    chance = random.Random(progress)
    return both(
        coverage=chance.uniform(0.02, 0.3),
        fidelity=chance.uniform(0.02, 0.5),
        variety=0.7,
        rank=0.8,
        drift=chance.uniform(0.7, 1.5),
        apart=chance.uniform(0.2, 1.0),
    )(progress)


def jumping(progress: float) -> Values:
    """And the samples stay where they are, at 0.6."""
    jumps = {"discriminator.adversarial": 1.2, "discriminator.adversarial.highest": 1.8}
    return {**both(coverage=0.6, fidelity=0.6)(progress), **jumps}


def growing(*names: str) -> Course:
    return lambda progress: {name: math.exp(20.0 * progress) for name in names}


SICK: dict[str, tuple[str, Course]] = {
    "one sample": (
        "mode-collapse",
        both(variety=0.03, rank=0.3, coverage=0.03, fidelity=0.9, twins=0.9, apart=0.7),
    ),
    "a line": ("mode-collapse", both(variety=0.5, rank=0.05, coverage=0.1, fidelity=0.5, apart=0.8)),
    "few samples": ("mode-collapse", both(variety=0.9, rank=0.9, coverage=0.1, fidelity=0.9, twins=0.8, apart=0.8)),
    "half of the modes": ("mode-collapse", both(variety=0.9, rank=0.9, coverage=0.4, fidelity=0.95, apart=0.7)),
    "never wrong": ("discriminator-too-strong", spoiled(HOPELESS, always(apart=1.0))),
    "guessing": ("discriminator-asleep", spoiled(HOPELESS, always(apart=0.5))),
    "guessing in training": (
        "discriminator-asleep",
        lambda progress: {**both(coverage=0.3, fidelity=0.4, apart=0.8)(progress), "discriminator.apart": 0.51},
    ),
    "a faint slope": (
        "discriminator-asleep",
        lambda progress: {**both(coverage=0.7, fidelity=0.7)(progress), "generator.reach": 6e-4},
    ),
    "no slope": ("discriminator-asleep", lambda progress: {"generator.reach": 1e-5}),
    "going round": ("oscillation", swinging),
    "flung about": ("oscillation", spoiled(both(coverage=0.1, fidelity=0.1, variety=0.8, rank=0.9), always(drift=3.0))),
    "left to chance": ("oscillation", jumping),
    "scores": ("divergence", growing("probe.spread", "generator.adversarial")),
    "weights": ("divergence", growing("discriminator.weights")),
    "absurd scores": ("divergence", lambda progress: {"probe.spread": 1e5}),
    "a steep slope": ("divergence", lambda progress: {"generator.reach": 20.0}),
    "samples": ("divergence", spoiled(HOPELESS, always(variety=50.0))),
    "steps": ("divergence", lambda progress: {"generator.update": 0.5}),
    "by heart": (
        "memorising",
        spoiled(
            both(coverage=0.4, fidelity=0.4, variety=0.9, rank=0.9, apart=0.95),
            always(memory=0.97, select=-0.6),
        ),
    ),
    "no motion": (
        "stagnation",
        lambda progress: (
            both(coverage=0.2, fidelity=0.2, variety=0.9, rank=0.9, apart=0.8)(progress) | {"generator.update": 1e-8}
        ),
    ),
    "no gain": ("stagnation", both(coverage=0.3, fidelity=0.3, variety=0.9, rank=0.9, apart=0.8)),
    "left behind": ("stagnation", always(average_coverage=0.1, average_fidelity=0.1)),
}
SIZE_MATTERS = ("scores", "absurd scores", "a steep slope", "a faint slope", "no slope")
"""What is wrong is the size itself."""


@pytest.mark.parametrize("case", SICK)
def test_what_is_wrong_from_the_beginning_is_named_before_half_of_the_run(case: str) -> None:
    name, wrong = SICK[case]
    assert first_alarm(told(spoiled(sound(), wrong), until=0.5, looks=40, between=1)) == name


@pytest.mark.parametrize("case", SICK)
@pytest.mark.parametrize("looks", [24, 60])
def test_what_goes_wrong_later_is_named_however_often_is_looked(case: str, looks: int) -> None:
    name, wrong = SICK[case]
    assert first_alarm(told(spoiled(sound(), wrong, after=0.4), looks=looks, between=0)) == name


@pytest.mark.parametrize("case", [case for case in SICK if case not in SIZE_MATTERS])
@pytest.mark.parametrize("times", [0.1, 2.5])
def test_the_size_of_the_scores_does_not_matter_within_bounds(case: str, times: float) -> None:
    course = SICK[case][1]
    events = list(told(spoiled(sound(), course), looks=30, between=0))
    plain = [(each.ailment, each.severity, each.step) for each in findings(events)]
    heard = findings(louder(event, times) for event in events)
    assert [(each.ailment, each.severity, each.step) for each in heard] == plain


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), speed=st.floats(0.25, 4.0), noise=st.floats(0.0, 0.12))
def test_a_sound_run_is_not_accused_slow_or_noisy_as_it_may_be(seed: int, speed: float, noise: float) -> None:
    assert findings(told(sound(speed, noise, seed), looks=40, between=0)) == []


@settings(max_examples=5)
@given(seed=st.integers(0, 1000), looks=st.sampled_from([30, 60]))
def test_single_probes_that_are_wide_of_the_mark_accuse_nobody(seed: int, looks: int) -> None:
    chance = random.Random(seed)
    course = sound(seed=seed)

    def now_and_then(progress: float) -> Values:
        wrong = SICK[chance.choice([case for case in SICK if case != "scores"])][1]
        return course(progress) | (wrong(progress) if round(progress * looks) % 5 == 0 else {})

    assert findings(told(now_and_then, looks=looks, between=0)) == []


def test_a_slow_run_of_which_only_the_examined_distance_tells_that_it_gets_better_is_not_stagnant() -> None:
    poor = both(coverage=0.3, fidelity=0.3, variety=0.9, rank=0.9, apart=0.8)
    falling = told(spoiled(sound(), poor), examined=lambda progress: math.exp(-3.0 * progress))
    assert findings(falling) == []
    standing = told(spoiled(sound(), poor), examined=lambda progress: 1.0)
    assert first_alarm(standing) == "stagnation"


@pytest.mark.parametrize("name", ["discriminator.adversarial", "generator.gradient", "probe.real"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_told_at_once(name: str, value: float) -> None:
    events = list(told(spoiled(sound(), lambda progress: {name: value}), until=0.01, looks=100))
    (finding,) = findings(events)
    assert (finding.ailment, finding.severity) == ("divergence", "grave")
    assert name in finding.sentence


def test_a_score_of_the_samples_that_is_not_finite_is_told_at_once() -> None:
    events = [*told(sound(), until=0.3), Examined(1600, 160.0, math.nan, 0.0, 0.0, 0.0, kept=False, seconds=0.0)]
    (finding,) = findings(events)
    assert (finding.ailment, finding.step) == ("divergence", 1600)


def test_signs_are_dated_from_their_beginning() -> None:
    finding, *_ = findings(told(spoiled(sound(), SICK["one sample"][1], after=0.6), until=0.75))
    assert finding.since == pytest.approx(0.6 * 5000, abs=120)
    assert finding.step > finding.since


def test_a_grown_worse_partial_collapse_is_told_again_with_its_new_severity() -> None:
    mild = both(variety=0.9, rank=0.9, coverage=0.6, fidelity=0.95)
    worse = both(variety=0.9, rank=0.9, coverage=0.2, fidelity=0.95)
    course = spoiled(spoiled(sound(), mild), worse, after=0.6)
    severities = [each.severity for each in findings(told(course)) if each.ailment == "mode-collapse"]
    assert severities == ["mild", "serious"]


@pytest.mark.parametrize(
    ("wrong", "severity"),
    [
        ({"data.constant": 1.0}, "serious"),
        ({"data.commonest": 0.8}, "serious"),
        ({"data.distinct": 3.0}, "serious"),
        ({"data.train": 27.0}, "serious"),
        ({"data.train": 120.0}, "mild"),
        ({"data.farthest": 1e5, "data.gap": 0.99}, "serious"),
        ({"data.aside": 0.5, "data.columns": 8.0}, "serious"),
        ({"data.aside": 0.5, "data.columns": 2.0}, "mild"),
        ({"data.aside": 0.2, "data.columns": 8.0}, "mild"),
        ({"data.commonest": 0.8, "data.counted": 1.0}, "mild"),
        ({"data.gap": 0.9, "data.stray": 0.0, "data.farthest": 50.0}, "mild"),
        ({"data.edge": 0.7}, "mild"),
        ({"data.repeated": 0.9}, "mild"),
        ({"data.aside": 0.04}, "mild"),
        ({"data.atom": 0.3}, "serious"),
        ({"data.atom": 0.05}, "mild"),
        ({"data.units": 25.0}, "serious"),
        ({"data.uneven": 90.0}, "mild"),
        ({"data.skipped": 0.5}, "serious"),
        ({"data.skipped": 0.1}, "mild"),
    ],
)
def test_trouble_with_the_data_is_told_before_the_first_step(wrong: Values, severity: str) -> None:
    (finding,) = findings(told(sound(), data={**SOUND_DATA, **wrong}, until=0.0))
    assert (finding.ailment, finding.severity, finding.step) == ("data-trouble", severity, 0)
    assert set(wrong) & set(finding.evidence)


def test_chance_that_does_no_harm_is_no_alarm() -> None:
    """As least squares with little data a step: the loss jumps, and the samples are good."""
    good = spoiled(sound(), lambda progress: {**jumping(progress), **both(coverage=0.93, fidelity=0.93)(progress)})
    assert [found.severity for found in findings(told(good)) if found.ailment == "oscillation"] == ["mild"]
    assert "serious" in {found.severity for found in findings(told(spoiled(sound(), jumping)))}


def test_at_the_end_of_a_short_run_rates_fall_by_plan_and_nobody_sleeps() -> None:
    slow = spoiled(sound(0.5), lambda progress: {"discriminator.update": 1e-5}, after=0.85)
    for steps in (500, STEPS):
        assert "discriminator-asleep" not in {found.ailment for found in findings(told(slow, steps=steps))}


def test_a_faint_slope_is_enough_while_the_samples_get_better() -> None:
    faint = spoiled(sound(0.4), lambda progress: {"generator.reach": 3e-4})
    assert "discriminator-asleep" not in {found.ailment for found in findings(told(faint, until=0.6))}
    flat = spoiled(sound(0.4), lambda progress: {"generator.reach": 5e-5})
    assert "discriminator-asleep" in {found.ailment for found in findings(told(flat, until=0.6))}


def test_a_far_value_alone_is_no_trouble_if_the_others_are_not_squeezed() -> None:
    assert findings(told(sound(), data={**SOUND_DATA, "data.farthest": 1e4}, until=0.0)) == []


def test_thirty_items_known_by_heart_are_an_alarm_although_none_is_held_out() -> None:
    course = spoiled(sound(), both(coverage=0.3, fidelity=0.3, variety=0.9, apart=0.98, memory=0.5))
    found = findings(told(course, data={**SOUND_DATA, "data.train": 30.0}))
    assert "memorising" in {finding.ailment for finding in found}


def test_samples_that_were_nowhere_and_have_come_near_are_not_lost() -> None:
    def chart_at(until: float) -> Chart:
        chart = Chart()
        for event in told(lambda at: (HOPELESS if at < 0.4 else sound())(at), until=until, looks=60, between=0):
            chart = chart.after(event)
        return chart

    assert lost(chart_at(0.38)) >= 1.0
    assert lost(chart_at(0.48)) < 0.5, "of the last fifth of the run, more than half was hopeless"


KNOWN_BY_HEART = always(memory=0.97, select=-0.6, apart=0.95)


def test_a_set_known_by_heart_is_worth_knowing_and_no_alarm_while_samples_are_good_and_no_copies() -> None:
    good = spoiled(sound(), KNOWN_BY_HEART)
    assert {finding.severity for finding in findings(told(good))} == {"mild"}
    beside = spoiled(good, both(strayed=0.53, missed=0.55, floor=0.57, average_strayed=0.53, average_missed=0.55))
    assert {finding.severity for finding in findings(told(beside))} == {"mild"}


def test_samples_that_lie_on_training_items_known_by_heart_are_an_alarm() -> None:
    copies = both(strayed=0.2, missed=0.4, floor=0.57, average_strayed=0.2, average_missed=0.4)
    assert first_alarm(told(spoiled(spoiled(sound(), KNOWN_BY_HEART), copies, after=0.3))) == "memorising"
    assert findings(told(spoiled(sound(), copies, after=0.3))) == [], "near, but nothing is known by heart"


@pytest.mark.parametrize("name", AILMENTS.names())
class TestEveryAilment:
    def test_it_is_described(self, name: str) -> None:
        ailment = AILMENTS.get(name)
        assert ailment.name == name
        assert ailment.title[0].isupper() and not ailment.title.endswith(".")
        assert ailment.what.endswith(".")
        for sentences in (ailment.signs, ailment.causes):
            assert sentences and all(sentence.endswith(".") for sentence in sentences)
        assert ailment.papers and all(re.search(r"arXiv:\d{4}\.\d{4,5}|doi:10\.", paper) for paper in ailment.papers)

    def test_its_remedies_exist_and_end_with_the_last_resort(self, name: str) -> None:
        remedies = AILMENTS.get(name).remedies
        if not AILMENTS.get(name).passing:
            assert not remedies and AILMENTS.get(name).to_do
            return
        assert len(set(remedies)) == len(remedies) > 1
        assert set(remedies) <= set(REMEDIES.names())

    def test_it_says_nothing_of_an_empty_chart(self, name: str) -> None:
        assert AILMENTS.get(name)().look(Chart()) is None

    def test_it_is_found_in_some_case_with_a_sentence_that_has_numbers(self, name: str) -> None:
        courses = [course for expected, course in SICK.values() if expected == name]
        data = {**SOUND_DATA, "data.train": 27.0} if name == "data-trouble" else SOUND_DATA
        found = [
            each
            for course in courses or [sound()]
            for each in findings(told(spoiled(sound(), course), data=data, looks=30))
        ]
        own = [finding for finding in found if finding.ailment == name]
        assert own
        for finding in own:
            assert finding.sentence.endswith(".") and re.search(r"\d", finding.sentence)
            assert not re.search(r"\d%|  |nan|None", finding.sentence)
            assert finding.evidence and all(math.isfinite(value) for value in finding.evidence.values())


@given(value=st.floats(0.0, 100.0), limit=st.floats(0.01, 10.0))
def test_a_sign_is_one_at_its_limit_and_a_half_at_twice_the_distance(value: float, limit: float) -> None:
    assert high(limit, limit) == low(limit, limit) == 1.0
    assert high(limit / 2.0, limit) == low(limit * 2.0, limit) == 0.5
    assert (high(value, limit) >= 1.0) == (value >= limit)
    assert (low(value, limit) >= 1.0) == (value <= limit)
    assert high(None, limit) == low(None, limit) == short(None, 0.5) == 0.0


@given(limit=st.floats(0.1, 0.9))
def test_a_share_that_is_short_is_measured_by_what_it_lacks(limit: float) -> None:
    assert short(limit, limit) == pytest.approx(1.0)
    assert short((1.0 + limit) / 2.0, limit) == pytest.approx(0.5)
    assert short(1.0, limit) == short(1.5, limit) == 0.0


@pytest.mark.parametrize(("updates", "told_of"), [(300, False), (5000, True)])
def test_a_run_of_a_few_hundred_updates_is_left_alone(updates: int, told_of: bool) -> None:
    events = told(spoiled(HOPELESS, always(apart=1.0)))
    shortened = (
        replace(event, step=round(event.step * updates / STEPS)) if isinstance(event, StepRecord) else event
        for event in events
    )
    assert bool(findings(shortened)) == told_of


@settings(max_examples=4)
@given(steps=st.integers(400, 1500), seed=st.integers(0, 10_000), noise=st.floats(0.0, 0.08))
def test_a_short_run_is_not_accused_of_being_where_a_long_one_is_after_as_many_updates(
    steps: int, seed: int, noise: float
) -> None:
    as_long = sound(1.0, noise, seed)  # of 5,000 updates

    def seen(progress: float) -> Values:
        rates = min(1.0, 2.0 * (1.0 - progress))  # fall to nothing by plan
        moves = {"generator.update": 0.01 * rates, "discriminator.update": 0.01 * rates}
        return as_long(min(progress, 0.7) * steps / STEPS) | moves

    assert findings(told(seen, looks=24, between=0, steps=steps)) == []


def far(missed: float, strayed: float, **values: float) -> Values:
    """Distances, of G and its average alike."""
    names = {"missed": missed, "strayed": strayed, "average_missed": missed, "average_strayed": strayed}
    return always(floor=0.05, **names, **values)(0.0)


def test_who_comes_nearer_from_far_away_but_will_not_arrive_stagnates_whoever_wins() -> None:
    slow = first_alarm(
        told(spoiled(sound(), lambda p: far(2.5 - 1.5 * p, 2.5 - 1.5 * p, apart=1.0)), looks=40, between=0)
    )
    assert slow == "stagnation"
    stuck = first_alarm(told(spoiled(sound(), lambda p: far(2.0, 2.0, apart=1.0)), looks=40, between=0))
    assert stuck == "discriminator-too-strong"


def test_who_is_thrown_about_without_an_average_oscillates() -> None:
    chance = random.Random(3)
    thrown = spoiled(sound(), lambda p: far(1.0, chance.uniform(0.8, 3.0), apart=0.8, drift=0.0, variety=1.0))
    assert first_alarm(told(thrown, looks=40, between=0)) == "oscillation"


def test_who_follows_a_discriminator_that_prefers_forgeries_is_not_to_blame() -> None:
    led = spoiled(sound(), lambda p: far(5.0 + 90.0 * p, 5.0 + 90.0 * p, apart=0.0, variety=20.0 + 90.0 * p, drift=3.0))
    assert first_alarm(told(led, looks=40, between=0)) == "discriminator-asleep"


def test_who_flies_apart_diverges_also_from_one_that_is_never_wrong() -> None:
    flown = spoiled(sound(), lambda p: far(9.0, 9.0, apart=1.0, variety=20.0) | {"generator.reach": 8.0})
    assert first_alarm(told(flown, looks=40, between=0)) == "divergence"


def test_an_average_that_stands_still_while_the_generator_arrives_is_stagnation() -> None:
    standing = always(average_coverage=0.35, average_fidelity=0.35, drift=0.9)
    assert first_alarm(told(spoiled(sound(0.4, noise=0.0), standing), looks=40, between=0)) == "stagnation"


def test_lifelike_samples_that_reach_little_have_collapsed_though_they_reach_a_little_more() -> None:
    def narrow(progress: float) -> Values:
        reached = 0.2 + 0.3 * progress  # 0.045 in every 15 % of the run; still would be less
        own = both(coverage=reached, fidelity=0.9, variety=0.6, rank=0.8 + 0.5 * progress)(progress)
        return {**own, "discriminator.apart": 0.85}

    assert first_alarm(told(spoiled(sound(), narrow), looks=40, between=0)) == "mode-collapse"
