"""The hospital: cases that can be trained, fair halves, an outcome that sees damage, verdicts by their rule."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.bench import _hospital_recording as recording
from ganforge.bench import doctor
from ganforge.bench._hospital_cases import (
    Case,
    all_cases,
    cases_of,
    freshly_seeded,
    length,
    short_cases,
    spoiled,
    twins,
    variations,
)
from ganforge.bench._hospital_cause import HALVES
from ganforge.bench._hospital_causes import CAUSES, is_right, table_of_causes
from ganforge.bench._hospital_checks import compare_modes, upper_bound
from ganforge.bench._hospital_data import (
    DAMAGES,
    NAMES,
    OTHER,
    PICTURES,
    POINTS,
    TRAIN,
    TRUTH,
    Damage,
    card_of,
    draw,
    spoil,
)
from ganforge.bench._hospital_judgement import (
    interval_by_cause,
    is_healthy,
    is_rescued,
    is_sick,
    is_worse,
    share_interval,
    told_by_cause,
    told_share,
    typical,
)
from ganforge.bench._hospital_measure import Measured, coverage, measure_points, sliced
from ganforge.bench._hospital_recording import (
    Outcome,
    complete_inspections,
    read_outcome,
    record,
    record_case,
    training_rows,
)
from ganforge.bench._hospital_replay import Diagnosis, best_constant, confusion_sheet, diagnose, summary
from ganforge.bench._hospital_rescue import Rescue, curable, rescue_summary
from ganforge.bench._hospital_sabotage import SABOTAGES
from ganforge.bench._hospital_workers import carried_out
from ganforge.core.contracts import DataOptions
from ganforge.core.errors import RunError, SettingError
from ganforge.core.records import DataCard, Finding, Remedy, Treated, TreatmentJudged
from ganforge.core.settings import Json
from ganforge.data._opening import open_source
from ganforge.games._game import GAMES
from ganforge.networks._pair import PAIRS
from ganforge.watch._ailment import AILMENTS
from ganforge.watch.history import Treatment
from ganforge.watch.inspection import inspect

ROOT = Path(__file__).parent.parent.parent
SPOILED, ALIKE, VARIED, RESEEDED = tuple(spoiled()), tuple(twins()), tuple(variations()), tuple(freshly_seeded())
TINY = Case("sound-moons-pacgan-twin-0", "moons", "pacgan", 0, 4.0, "tuning")
SICK = replace(TINY, name="frozen", cause="rates-low", settings={"generator.lr": 1e-6, "discriminator.lr": 1e-6})


# The cases


@pytest.mark.parametrize("cause", CAUSES)
def test_every_spoiled_case_is_a_recipe_that_can_be_made_and_differs_from_its_twin(cause: str) -> None:
    cases = [case for case in SPOILED if case.cause == cause]
    assert len(cases) >= 3
    groups = {case.group for case in ALIKE}
    for case in cases:
        assert case.group in groups
        recipe, card = case.built(), card_of(case.data)
        assert case.damage is not None or recipe != replace(case, settings={}).built()
        PAIRS.get(recipe.networks.name)  # known, and with settings that its dataclass takes:
        assert GAMES.get(recipe.game.name).phases(recipe)
        options = recipe.networks.build(PAIRS.get(recipe.networks.name))
        assert options.takes(card.shape) is None


def test_sound_cases_build_and_are_enough() -> None:
    sound = [*ALIKE, *VARIED]
    assert len(sound) >= 130
    for case in sound:
        recipe = case.built()
        recipe.networks.build(PAIRS.get(recipe.networks.name))
        assert case.is_twin == (not case.varied)
        usual = next(twin for twin in ALIKE if twin.group == case.group)
        assert case.is_twin or case.rows or case.kimg != usual.kimg or recipe != usual.built()


def test_names_of_cases_are_their_own_and_any_beginning_holds_both_kinds() -> None:
    cases, few = all_cases(), short_cases()
    assert len({case.name for case in cases}) == len(cases)
    beginning = cases[: len(cases) // 4]
    assert len({case.cause for case in beginning if case.cause}) >= 0.9 * len(CAUSES)
    assert sum(case.cause is None for case in beginning) >= 25
    assert len(cases) / 4 < len(few) < len(cases) / 2
    assert {case.group for case in few} <= {case.group for case in few if case.is_twin}


def test_spoiled_cases_take_as_many_updates_as_their_twins() -> None:
    lengths = {case.group: case.kimg for case in ALIKE}
    for case in SPOILED:
        built, sound = case.built(), replace(case, settings={}).built()
        updates = case.kimg / (built.batch * built.discriminator_steps)
        assert updates == pytest.approx(lengths[case.group] / (sound.batch * sound.discriminator_steps))


# Causes and halves


def test_every_cause_has_a_sabotage_and_names_that_exist() -> None:
    assert set(CAUSES) == set(SABOTAGES)
    for cause in CAUSES.values():
        assert cause.names
        assert set(cause.names) <= set(AILMENTS.names())
        assert all(cause.names.values())


def test_halves_are_balanced_and_both_have_causes_of_both_kinds() -> None:
    count = Counter((cause.named, cause.half) for cause in CAUSES.values())
    assert count[True, "tuning"] == count[True, "untouched"] == 7
    assert count[False, "tuning"] == count[False, "untouched"] == 12
    assert count[False, "fresh"] == 12
    sound = Counter(case.half for case in (*ALIKE, *VARIED))
    assert set(sound) == set(HALVES)
    assert abs(sound["tuning"] - sound["untouched"]) <= 6
    for case in SPOILED:
        assert case.half == CAUSES[case.cause or ""].half


def test_no_sound_case_of_the_same_data_and_seed_is_in_two_parts() -> None:
    halves: dict[tuple[str, int], set[str]] = {}
    for case in (*ALIKE, *VARIED, *RESEEDED):
        halves.setdefault((case.data, case.seed), set()).add(case.half)
    assert all(len(each) == 1 for each in halves.values())


def test_fresh_sound_cases_differ_from_twins_by_their_seed_alone_and_judge_nobody() -> None:
    assert len(RESEEDED) == 30
    assert set(Counter(case.data for case in RESEEDED).values()) == {3}
    assert {case.seed for case in RESEEDED} == set(range(20, 30))
    for case in RESEEDED:
        twin = next(twin for twin in ALIKE if twin.group == case.group)
        assert not case.is_twin
        assert replace(twin, name=case.name, seed=case.seed, half="fresh", varied=case.varied) == case


def test_fresh_causes_are_short_and_ask_for_no_more_steps_of_the_discriminator() -> None:
    fresh = [case for case in SPOILED if case.half == "fresh"]
    assert set(Counter(case.cause for case in fresh).values()) == {3}
    for case in fresh:
        assert 256.0 <= case.kimg <= 512.0
        assert case.built().discriminator_steps == 1


def test_halves_and_the_fresh_part_share_nothing_but_twins() -> None:
    cases = all_cases()
    both, fresh = cases_of("both", cases), cases_of("fresh", cases)
    assert both == cases_of("tuning", cases) == cases_of("untouched", cases)
    assert {case.name for case in both} | {case.name for case in fresh} == {case.name for case in cases}
    assert all(case.half in HALVES for case in both)
    own = [case for case in fresh if case.half == "fresh"]
    assert {case.name for case in own} == {case.name for case in SPOILED + RESEEDED if case.half == "fresh"}
    shared = [case for case in fresh if case.half != "fresh"]
    assert all(case.is_twin for case in shared)
    assert Counter(case.group for case in shared) == dict.fromkeys({case.group for case in own}, 3)


def test_the_table_in_the_documentation_is_the_one_that_is_used() -> None:
    text = (ROOT / "docs" / "hospital.md").read_text(encoding="utf-8")
    table = text.split("<!-- causes -->")[1].split("<!-- end of causes -->")[0].strip()
    assert table == "\n".join(table_of_causes())


def test_a_name_is_right_only_where_the_table_has_it() -> None:
    assert is_right("wasserstein-unbounded", "divergence")
    assert not is_right("wasserstein-unbounded", "stagnation")


# Data


@pytest.mark.parametrize("name", POINTS)
def test_points_are_the_same_again_and_other_points_for_another_use(name: str) -> None:
    first, again, truth, other = (draw(name, which, 500) for which in (TRAIN, TRAIN, TRUTH, OTHER))
    assert np.array_equal(first, again)
    assert first.shape == truth.shape == other.shape == (500, *card_of(name).shape)
    assert not np.isin(first[:, -1], truth[:, -1]).all()
    assert np.isfinite(first).all()
    assert (first.std(0) > 0).all()


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_dealt_out_once(name: str) -> None:
    parts = [draw(name, which) for which in (TRAIN, TRUTH, OTHER)]
    assert all(part.shape[1:] == (PICTURES[name][1],) * 2 and part.dtype == np.uint8 for part in parts)
    hashes = [{row.tobytes() for row in part} for part in parts]
    # Icons of different names can look the same; nearly all pictures are in one part only
    assert len(hashes[0] & (hashes[1] | hashes[2])) < 0.02 * len(hashes[0])


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_leaves_the_original_alone_and_changes_the_copy(damage: Damage) -> None:
    rows = draw("normal", TRAIN, 1000)
    before = rows.copy()
    spoiled_rows = spoil(rows, damage)
    assert np.array_equal(rows, before)
    assert spoiled_rows.shape != rows.shape or not np.array_equal(spoiled_rows, rows)


def test_damages_are_what_they_say() -> None:
    rows = draw("normal", TRAIN, 1000)
    assert len(spoil(rows, "thirty")) == 30
    assert np.isnan(spoil(rows, "missing")).any(1).mean() == pytest.approx(0.45, abs=0.01)
    assert len(np.unique(spoil(rows, "three"), axis=0)) == 3
    assert np.ptp(spoil(rows, "stuck")[:, -1]) == 0.0
    assert (spoil(rows, "default") == rows[0]).all(1).mean() == pytest.approx(0.8, abs=0.01)
    assert (spoil(rows, "coded")[:, -1] < -9000).mean() == 0.05
    units = spoil(rows, "units")
    assert np.array_equal(units[::2], rows[::2])
    assert np.array_equal(units[1::2, -1], 1000.0 * rows[1::2, -1])
    rounded = spoil(rows, "rounded")
    assert len(np.unique(rounded[:, 0])) < 20
    assert np.abs(rounded - rows).max(0) == pytest.approx(0.25 * rows.std(0), rel=0.05)
    assert np.ptp(spoil(rows, "outlier")[:, 0]) > 1e4 * np.ptp(rows[:, 0])


# The outcome


def test_the_measure_orders_damage() -> None:
    fresh = POINTS["moons"](5000, np.random.default_rng(99))
    random = np.random.default_rng(1)
    noisy = fresh + 0.1 * random.standard_normal(fresh.shape)
    half = fresh[fresh[:, 1] > 0.25]
    half = half[random.integers(len(half), size=5000)]
    one = np.repeat(fresh[:1], 5000, axis=0)
    good, blurred, missing, collapsed = (measure_points(rows, "moons") for rows in (fresh, noisy, half, one))
    assert good.score < blurred.score < missing.score < collapsed.score
    assert good.score < 1.6 * good.floor
    assert good.coverage > 0.95
    assert blurred.coverage > 0.9
    assert missing.coverage < 0.7
    assert collapsed.coverage < 0.05


def test_samples_that_are_not_finite_are_infinitely_far() -> None:
    rows = draw("moons", TRUTH).copy()
    rows[3, 1] = math.nan
    assert measure_points(rows, "moons").score == math.inf
    far = draw("moons", TRUTH) * 1e300
    assert 1e6 < measure_points(far, "moons").score < math.inf


def test_sliced_distance_is_that_of_sorted_projections_and_its_error_that_of_fresh_draws() -> None:
    random = np.random.default_rng(0)
    truth = random.standard_normal((2000, 1))
    moved, _ = sliced(truth + 0.5, truth)
    assert moved == pytest.approx(0.5 / truth.std(), rel=1e-9)
    scores, errors = zip(
        *(sliced(random.standard_normal((1000, 2)) + 0.3, random.standard_normal((1000, 2))) for _ in range(25)),
        strict=True,
    )
    assert np.std(scores) == pytest.approx(np.median(errors), rel=0.4)


def test_coverage_is_a_share_of_the_truth() -> None:
    truth, other = torch.randn(400, 2), torch.randn(400, 2)
    assert coverage(other, truth, other) == 1.0
    assert coverage(torch.full((400, 2), 50.0), truth, other) == 0.0


# Verdicts


def measured(score: float, error: float = 0.01, covered: float = 1.0) -> Measured:
    return Measured(score, error, 0.05, covered)


TWINS = [measured(0.10), measured(0.12), measured(0.11)]


@pytest.mark.parametrize(
    ("found", "sick"),
    [
        (measured(0.30), True),
        (measured(math.inf, 0.0), True),
        (measured(0.115), False),  # among its twins
        (measured(0.125, 0.001), False),  # not by a fifth
        (measured(0.30, 0.2), False),  # within the error
    ],
)
def test_a_spoiled_case_is_sick_beyond_error_by_a_fifth_and_worse_than_all_twins(found: Measured, sick: bool) -> None:
    assert is_sick(found, TWINS) is sick


def test_one_twin_that_is_as_bad_makes_a_case_not_sick() -> None:
    assert not is_sick(measured(0.30), [*TWINS, measured(0.31)])
    assert not is_sick(measured(0.30), [])
    assert not is_sick(measured(0.30), [measured(math.inf)])


def test_a_sound_case_is_healthy_near_its_twins_and_where_it_covers_the_truth() -> None:
    assert is_healthy(measured(0.13), TWINS)
    assert not is_healthy(measured(0.30), TWINS)
    assert not is_healthy(measured(0.11, covered=0.5), TWINS)
    assert not is_healthy(measured(math.inf), TWINS)


def test_rescue_is_by_the_rule_and_worse_is_beyond_error() -> None:
    twin = measured(0.15, 0.0)  # 0.10 over the floor
    assert is_rescued(measured(0.1649, 0.0), twin)
    assert not is_rescued(measured(0.1651, 0.0), twin)
    assert is_rescued(measured(0.18, 0.01), twin)
    assert is_worse(measured(0.5), measured(0.4))
    assert not is_worse(measured(0.5, 0.1), measured(0.4))
    assert not is_worse(measured(math.inf), measured(math.inf))


@given(of=st.integers(1, 80), share=st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_intervals_of_shares_are_clopper_and_pearsons(of: int, share: float) -> None:
    k = round(of * share)
    low, high = share_interval(k, of)
    exact = scipy.stats.binomtest(k, of).proportion_ci(method="exact")
    assert (low, high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_the_interval_of_57_of_60_begins_near_86_percent() -> None:
    assert share_interval(57, 60)[0] == pytest.approx(0.861, abs=0.001)
    assert "95.0%" in told_share(57, 60)
    assert share_interval(0, 0) == (0.0, 1.0)


def test_the_twins_error_is_what_another_seed_changes_where_that_is_more() -> None:
    assert typical([measured(0.1, 0.01), measured(0.5, 0.01), measured(0.3, 0.01)]) == measured(0.3, 0.2)
    assert typical([measured(0.1, 0.3), measured(0.5, 0.3)]) == measured(0.1, 0.3)
    assert typical([measured(0.1, 0.02)]) == measured(0.1, 0.02)
    assert typical([measured(0.1, 0.02), measured(0.1, 0.02), measured(math.inf)]) == measured(0.1, 0.02)
    assert typical([]) is None


def test_the_interval_by_cause_is_that_of_drawing_causes_and_then_cases_one_by_one() -> None:
    few = ([True] * 4, [True, False, True, True], [False, True], [True, False, False])
    outcomes = {str(number): few[number % 4] for number in range(16)}  # so many that the steps of the share are small
    random = np.random.default_rng(5)
    kinds = list(outcomes.values())
    shares = []
    for _ in range(4000):
        drawn = [kinds[i] for i in random.integers(len(kinds), size=len(kinds))]
        cases = [kind[i] for kind in drawn for i in random.integers(len(kind), size=len(kind))]
        shares.append(sum(cases) / len(cases))
    assert interval_by_cause(outcomes) == pytest.approx(np.quantile(shares, (0.025, 0.975)), abs=0.03)
    assert interval_by_cause(outcomes) == interval_by_cause(outcomes)


def test_causes_that_fail_as_one_make_the_interval_wider_than_that_of_independent_cases() -> None:
    together = {str(cause): [cause > 3] * 4 for cause in range(15)}
    apart = {str(cause): [True, True, True, cause >= 15] for cause in range(15)}
    assert interval_by_cause(together)[0] < interval_by_cause(apart)[0]
    assert interval_by_cause(together)[0] < share_interval(44, 60)[0]
    assert "44 of 60" in told_by_cause(together)
    assert "causes drawn anew" in told_by_cause(together)
    assert interval_by_cause({"a": []}) == (0.0, 1.0)
    assert told_by_cause({}) == "none of none"


def test_the_bound_of_a_median_is_above_it_and_within_the_values() -> None:
    ratios = np.linspace(0.99, 1.03, 30).tolist()
    assert np.median(ratios) < upper_bound(ratios) < 1.03
    assert upper_bound([1.0] * 30) == 1.0


# Replay


def finding(ailment: str, kimg: float, severity: str = "serious") -> Finding:
    return Finding(ailment, severity, int(kimg), kimg, 0, {"x": 1.0}, "It is ill.")  # type: ignore[arg-type]


def journalled(folder: Path, case: Case, found: Measured) -> Outcome:
    """An outcome with a run whose journal says its name."""
    run = folder / case.name / "0001-array"
    run.mkdir(parents=True)
    facts = dict.fromkeys(("data", "domain", "options", "recipe", "seed"), 0) | {"plan": {"kimg": 100.0}}
    (run / "run.json").write_text(json.dumps(facts))
    (run / "journal.jsonl").write_text(json.dumps({"event": "started", "of": case.name}) + "\n")
    return Outcome(case, "done", found, 1.0, folder / case.name)


SAID = {
    "right": [finding("stagnation", 49.0)],
    "mild-first": [finding("mode-collapse", 10.0, "mild"), finding("stagnation", 20.0, "grave")],
    "late": [finding("stagnation", 51.0)],
    "wrong": [finding("mode-collapse", 10.0), finding("stagnation", 11.0)],
    "nothing": [],
    "harmless": [finding("mode-collapse", 10.0)],
    "accused": [finding("oscillation", 90.0)],
}


def says(records: Iterable[Json]) -> list[Finding]:
    return SAID.get(next(iter(records))["of"], [])


@pytest.fixture
def ward(tmp_path: Path) -> list[Diagnosis]:
    sick = [replace(SICK, name=name) for name in ("right", "mild-first", "late", "wrong", "nothing")]
    outcomes = [journalled(tmp_path, case, measured(0.5)) for case in sick]
    outcomes.append(journalled(tmp_path, replace(SICK, name="harmless"), measured(0.11)))
    outcomes += [journalled(tmp_path, replace(TINY, name=f"twin-{seed}"), twin) for seed, twin in enumerate(TWINS)]
    outcomes.append(journalled(tmp_path, replace(TINY, name="accused", varied="wide"), measured(0.11)))
    outcomes.append(journalled(tmp_path, replace(TINY, name="poor", varied="short"), measured(0.40)))
    return diagnose(outcomes, says)


def test_only_the_first_alarm_in_the_first_half_counts(ward: list[Diagnosis]) -> None:
    right = {one.case.name: one.right for one in ward}
    assert [name for name in right if right[name]] == ["right", "mild-first"]
    assert {one.case.name for one in ward if one.false_alarm} == {"accused"}
    standing = {one.case.name: one.standing for one in ward}
    assert standing["harmless"] == "not sick"
    assert standing["poor"] == "unclear"
    assert standing["twin-0"] == standing["accused"] == "healthy"


def test_totals_have_intervals_and_misses_are_told_by_name(ward: list[Diagnosis]) -> None:
    told = "\n".join(summary(ward))
    assert "5 sick from 1 causes" in told
    assert "before half of the budget: 2 of 5 = 40.0% (95 % interval 5.3% to 85.3%)" in told
    assert "False alarms, at any time: 1 of 4" in told
    for name in ("late", "wrong", "nothing"):
        assert f"Missed: {name}" in told
    assert "Unclear: poor" in told


def test_a_twin_is_not_among_those_that_judge_it(tmp_path: Path) -> None:
    scores = (0.10, 0.11, 0.90)
    cases = [replace(TINY, name=f"twin-{seed}") for seed in range(3)]
    found = diagnose([journalled(tmp_path, *each) for each in zip(cases, map(measured, scores), strict=True)], says)
    assert [one.twin and one.twin.score for one in found] == [0.11, 0.10, 0.10]
    assert found[2].standing == "unclear"  # its own 0.90 would have made room for it
    alone = diagnose([journalled(tmp_path / "two", case, measured(0.1)) for case in cases[:2]], says)
    assert {one.standing for one in alone} == {"unclear"}


def test_chance_is_the_word_that_is_right_most_often(ward: list[Diagnosis]) -> None:
    sick = [one for one in ward if one.standing == "sick"]
    word, often = best_constant(sick)
    assert often == len(sick)
    assert word in CAUSES["rates-low"].names
    mixed = [*sick, *(replace(one, case=replace(one.case, cause="dead-start")) for one in sick)]
    assert best_constant(mixed)[1] == 2 * len(sick)  # both are stagnation, or a discriminator asleep
    assert best_constant([]) == ("nothing", 0)
    told = "\n".join(summary(ward))
    assert "would be right in 5 of 5" in told
    assert "would be right in 3 of 3" in told  # three had an alarm in time


def test_it_is_told_how_many_were_examined_and_how_many_have_no_measure(tmp_path: Path) -> None:
    outcomes = [journalled(tmp_path, replace(SICK, name="right"), measured(math.inf))]
    outcomes += [journalled(tmp_path, replace(TINY, name=f"twin-{seed}"), twin) for seed, twin in enumerate(TWINS)]
    with (outcomes[0].run / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps({"event": "examined", "step": 1, "kimg": 1.0}) + "\n")
    told = "\n".join(summary(diagnose(outcomes, says)))
    assert "1 of 4 journals hold examinations" in told
    assert "1 of the sick were recorded as infinitely far" in told


def test_the_confusion_table_counts_each_sick_case_once(ward: list[Diagnosis]) -> None:
    sheet = confusion_sheet(ward, AILMENTS.names())
    cells = dict(zip(sheet.headings, sheet.rows[0], strict=True))
    assert cells["cause"] == "rates-low"
    assert (cells["stagnation"], cells["mode-collapse"], cells["nothing in time"]) == ("2*", "1", "2")
    assert cells["right"] == "2 of 5"
    assert "moons/pacgan" in cells["not sick (not counted)"]
    healthy = dict(zip(sheet.headings, sheet.rows[-1], strict=True))
    assert (healthy["oscillation"], healthy["right"]) == ("1", "3 of 4")


def test_rescue_counts_kept_exchanges_of_the_objective_and_remedies(ward: list[Diagnosis]) -> None:
    one = next(one for one in curable(ward) if one.case.name == "right")
    remedy = Remedy("steady-objective", "...", ())
    treated = Treated(1, 1.0, 0, 0.0, 1, 1, "stagnation", remedy)
    treatment = Treatment(treated, TreatmentJudged(2, 2.0, 1, worked=True, words="."))
    better = Rescue(one, TWINS[1], measured(0.11), "done", (treatment,))
    worse = Rescue(one, TWINS[1], measured(0.9), "unhealthy", ())
    told = "\n".join(rescue_summary([better, worse]))
    assert "Rescued: 1 of 2" in told
    assert "steady-objective: tried 1 times, worked 1 times." in told
    assert "Worse than untreated beyond error: right." in told
    assert "0 of 2 were recorded as infinitely far untreated" in told


def test_rescues_of_the_doctors_own_reference_are_counted_apart(ward: list[Diagnosis]) -> None:
    one = next(one for one in curable(ward) if one.case.name == "right")
    own = replace(one, case=replace(one.case, recipe="auto"), measured=measured(math.inf))
    found = [Rescue(of, TWINS[1], measured(score), "done", ()) for of, score in ((own, 0.11), (one, 0.9), (one, 0.9))]
    told = "\n".join(rescue_summary(found))
    assert "Rescued: 1 of 3" in told
    assert "Of 'auto' with one thing spoiled: 1 of 1" in told
    assert "Of other recipes: 0 of 2" in told
    assert "1 of 3 were recorded as infinitely far untreated" in told
    assert "other recipes" not in "\n".join(rescue_summary(found[:1]))


# Recording


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    out = tmp_path_factory.mktemp("hospital")
    return out, record_case(TINY, out, "watch")


def test_a_recorded_case_keeps_journal_picture_and_outcome_and_no_weights(recorded: tuple[Path, Outcome]) -> None:
    out, outcome = recorded
    assert outcome.state == "done"
    assert 0.0 < outcome.measured.score < 10.0
    assert (outcome.run / "journal.jsonl").exists()
    assert len(list((outcome.run / "samples").glob("[0-9]*.png"))) == 1
    assert not (outcome.run / "checkpoints").exists()
    assert read_outcome(TINY, out) == outcome


def test_a_complete_case_is_skipped_and_a_changed_one_is_not(recorded: tuple[Path, Outcome]) -> None:
    out, outcome = recorded
    told: list[str] = []
    assert record([TINY], out, "watch", (0,), told.append) == [outcome]
    assert told == ["1 of 1 trainings are complete already."]
    assert read_outcome(replace(TINY, kimg=5.0), out) is None
    assert read_outcome(replace(TINY, name="never"), out) is None


def test_what_a_killed_recording_left_is_done_anew(tmp_path: Path) -> None:
    left = tmp_path / TINY.name / "0001-array"
    left.mkdir(parents=True)
    (left / "run.json").write_text("{}")
    outcome = record_case(replace(TINY, kimg=1.0), tmp_path, "off")
    assert len(list((tmp_path / TINY.name).iterdir())) == 2
    assert read_outcome(outcome.case, tmp_path) == outcome


def test_journals_of_before_get_what_is_looked_at_today_and_nothing_else_changes(
    recorded: tuple[Path, Outcome], tmp_path: Path
) -> None:
    old = tmp_path / TINY.name
    shutil.copytree(recorded[1].folder, old)
    outcome = replace(recorded[1], folder=old)
    journal = outcome.run / "journal.jsonl"
    before = journal.read_bytes()
    told: list[str] = []
    assert complete_inspections([outcome], told.append) == 0
    assert (journal.read_bytes(), told) == (before, [])
    lines = before.decode().split("\n")
    at = next(place for place, line in enumerate(lines) if '"inspected"' in line)
    values = json.loads(lines[at])["values"]
    assert values == inspect(open_source(training_rows(TINY), DataOptions())).values
    lines[at] = json.dumps({"event": "inspected", "values": {"data.count": 7.0, "data.former": 1.0}})
    journal.write_text("\n".join(lines))
    record([TINY], tmp_path, "treat", (0,), told.append)
    assert "data.gap" not in journal.read_text()
    record([TINY], tmp_path, "watch", (0,), told.append)
    after = journal.read_text().split("\n")
    assert json.loads(after.pop(at))["values"] == {**values, "data.count": 7.0, "data.former": 1.0}
    lines.pop(at)
    assert after == lines
    assert sum("1 journals got" in sentence for sentence in told) == 1


def test_the_longest_are_trained_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = length(TINY.data, TINY.recipe)
    times = {"twenty": 20.0, "one": 1.0, "ten": 10.0, "double": 2.0, "half": 0.5}
    begun: list[str] = []

    def begin(_work: object, jobs: Sequence[tuple[Case, Path, str]], _cores: Sequence[int]) -> list[Outcome]:
        begun.extend(case.name for case, _, _ in jobs)
        return []

    monkeypatch.setattr(recording, "carried_out", begin)
    cases = [replace(TINY, name=name, kimg=usual * factor) for name, factor in times.items()]
    record(cases, tmp_path, "watch", (0,), lambda text: None)
    assert begun == ["one", "double", "half", "ten", "twenty"]


def test_of_a_training_that_is_not_finite_the_kept_checkpoint_is_judged(tmp_path: Path) -> None:
    rates = {"generator.lr": 1e30, "discriminator.lr": 1e30}
    case = replace(TINY, name="wild", kimg=4.0, cause="both-rates-high", settings=rates)
    outcome = record_case(case, tmp_path, "off")
    assert outcome.state == "not finite"
    assert 0.0 < outcome.measured.score < math.inf
    assert outcome.measured.floor > 0.0
    assert read_outcome(case, tmp_path) == outcome


def test_rows_and_damage_reach_the_training() -> None:
    assert len(training_rows(replace(TINY, rows=100))) == 100
    assert len(training_rows(replace(TINY, damage="thirty"))) == 30


def test_jobs_in_processes_come_back_with_their_results() -> None:
    assert sorted(carried_out(abs, [-3, 2, -1], (0,))) == [1, 2, 3]


def test_the_command_replays_what_is_recorded(
    recorded: tuple[Path, Outcome], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, outcome = recorded
    cases = out.parent / "named" / "cases"
    cases.parent.mkdir(exist_ok=True)
    cases.symlink_to(out)
    monkeypatch.setattr(doctor, "all_cases", lambda: (TINY, SICK))
    doctor.run(part=("replay",), out=cases.parent, markdown=True)
    told = capsys.readouterr().out
    assert "1 of 2 cases are recorded" in told.replace("\n", " ")
    kept = json.loads((cases.parent / "replay-tuning.json").read_text())
    assert [case["name"] for case in kept["cases"]] == [outcome.case.name]
    with pytest.raises(RunError, match="--part record"):
        doctor.run(part=("replay",), out=out.parent / "empty")
    fresh = replace(SICK, half="fresh")
    monkeypatch.setattr(doctor, "all_cases", lambda: (TINY, replace(SICK, name="other"), fresh))
    begun: list[Case] = []
    monkeypatch.setattr(doctor, "record", lambda wanted, *_: begun.extend(wanted))
    doctor.run(part=("record", "replay"), half="fresh", out=cases.parent, markdown=True)
    assert begun == [TINY, fresh]
    assert json.loads((cases.parent / "replay-fresh.json").read_text())["cases"] == []  # a twin is another part's
    with pytest.raises(SettingError, match="from 0"):
        doctor.run(part=("replay",), cores=(-1,))


def test_rescue_tells_of_what_is_done_without_training_and_when_interrupted(
    ward: list[Diagnosis], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sick = [one for one in curable(ward) if one.case.name in ("right", "late")]
    treated = replace(journalled(tmp_path / "treated", sick[0].case, measured(0.11)), state="done")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor._Bench, "_recorded", lambda bench: [])
    monkeypatch.setattr(doctor, "diagnose", lambda outcomes, replay: sick)
    monkeypatch.setattr(doctor, "read_outcome", lambda case, out: treated if case == treated.case else None)
    monkeypatch.setattr(doctor, "record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        doctor.run(part=("rescue",), half="both", out=tmp_path, markdown=True)
    told = capsys.readouterr().out
    assert "1 of 2 are treated so far" in told
    assert "Rescued: 1 of 1" in told.replace("\n", " ")
    doctor.run(part=("record", "rescue"), half="both", out=tmp_path, markdown=True, recorded=True)
    assert "1 of 2 are treated so far" in capsys.readouterr().out
    with pytest.raises(SettingError, match="--part grid"):
        doctor.run(part=("grid",), out=tmp_path, recorded=True)


def test_a_healthy_training_is_the_same_to_the_bit_whatever_the_doctor_may_do() -> None:
    found = compare_modes(replace(TINY, kimg=4.0))
    assert found.same
    assert found.treatments == 0


def test_cards_fit_what_is_drawn() -> None:
    for name in NAMES:
        card = card_of(name)
        assert isinstance(card, DataCard)
        assert draw(name, TRAIN, 3).shape[1:] == (card.shape if card.domain == "points" else card.shape[1:])
