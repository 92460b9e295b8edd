"""The hospital: cases that can be trained, causes with names, fair halves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ganforge.bench._hospital_cases import (
    all_cases,
    cases_of,
    freshly_seeded,
    length,
    sealed_sound,
    short_cases,
    spoiled,
    twins,
    variations,
)
from ganforge.bench._hospital_cause import HALVES
from ganforge.bench._hospital_causes import CAUSES, is_right, table_of_causes
from ganforge.bench._hospital_data import card_of
from ganforge.bench._hospital_recording import bug_of
from ganforge.bench._hospital_sabotage import SABOTAGES
from ganforge.games._game import GAMES
from ganforge.networks._pair import PAIRS
from ganforge.watch._ailment import AILMENTS

ROOT = Path(__file__).parent.parent.parent
SPOILED, ALIKE, VARIED, RESEEDED = tuple(spoiled()), tuple(twins()), tuple(variations()), tuple(freshly_seeded())
SOUND_SEALED = tuple(sealed_sound())


@pytest.mark.parametrize("cause", CAUSES)
def test_every_spoiled_case_is_a_recipe_that_can_be_made_and_differs_from_its_twin(cause: str) -> None:
    cases = [case for case in SPOILED if case.cause == cause]
    assert len(cases) >= 3
    groups = {case.group for case in ALIKE}
    for case in cases:
        assert case.group in groups
        recipe, card = case.built(), card_of(case.data)
        harmed = case.damage is not None or bug_of(case) is not None
        assert harmed or recipe != replace(case, settings={}).built()
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
        if SABOTAGES[case.cause or ""].as_many_samples:
            continue
        built, sound = case.built(), replace(case, settings={}).built()
        updates = case.kimg / (built.batch * built.discriminator_steps)
        assert updates == pytest.approx(lengths[case.group] / (sound.batch * sound.discriminator_steps))


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
    assert count[False, "sealed"] == 20
    sound = Counter(case.half for case in (*ALIKE, *VARIED))
    assert set(sound) == set(HALVES)
    assert abs(sound["tuning"] - sound["untouched"]) <= 6
    for case in SPOILED:
        assert case.half == CAUSES[case.cause or ""].half


def test_no_sound_case_of_the_same_data_and_seed_is_in_two_parts() -> None:
    halves: dict[tuple[str, int], set[str]] = {}
    for case in (*ALIKE, *VARIED, *RESEEDED, *SOUND_SEALED):
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


def test_half_of_the_sealed_sound_cases_are_twins_but_for_the_seed_and_half_have_other_settings_too() -> None:
    assert len(SOUND_SEALED) == 36
    assert {case.seed for case in SOUND_SEALED} == set(range(30, 66))
    same = [case for case in SOUND_SEALED if case.varied == "seed"]
    assert len(same) == 18
    for case in SOUND_SEALED:
        twin = next(twin for twin in ALIKE if twin.group == case.group)
        assert not case.is_twin
        assert (case.built() == twin.built()) == (case in same)
        assert (case.kimg, case.half) == (twin.kimg * (2.0 if case.varied == "batch-double" else 1.0), "sealed")
    up = next(case for case in SOUND_SEALED if case.varied == "rates-up")
    assert up.built().generator.lr.start == pytest.approx(4 / 3 * replace(up, settings={}).built().generator.lr.start)


def test_sealed_causes_have_three_cases_each_and_a_rescue_has_some_to_cure() -> None:
    sealed = [case for case in SPOILED if case.half == "sealed"]
    assert set(Counter(case.cause for case in sealed).values()) == {3}
    assert sum(CAUSES[case.cause or ""].curable for case in sealed) >= 18
    for case in sealed:
        assert not (CAUSES[case.cause or ""].curable and bug_of(case))  # no setting mends code
        assert case.kimg <= length(case.data, case.recipe)


def test_halves_and_later_parts_share_nothing_but_twins() -> None:
    cases = all_cases()
    both = cases_of("both", cases)
    assert both == cases_of("tuning", cases) == cases_of("untouched", cases)
    assert all(case.half in HALVES for case in both)
    parts = {"fresh": RESEEDED, "sealed": SOUND_SEALED}
    named = {case.name for case in both}
    for part, sound in parts.items():
        chosen = cases_of("fresh" if part == "fresh" else "sealed", cases)
        own = [case for case in chosen if case.half == part]
        assert {case.name for case in own} == {case.name for case in SPOILED + sound if case.half == part}
        shared = [case for case in chosen if case.half != part]
        assert all(case.is_twin for case in shared)
        assert Counter(case.group for case in shared) == dict.fromkeys({case.group for case in own}, 3)
        named |= {case.name for case in own}
    assert named == {case.name for case in cases}


def test_the_table_in_the_documentation_is_the_one_that_is_used() -> None:
    text = (ROOT / "docs" / "hospital.md").read_text(encoding="utf-8")
    table = text.split("<!-- causes -->")[1].split("<!-- end of causes -->")[0].strip()
    assert table == "\n".join(table_of_causes())


def test_a_name_is_right_only_where_the_table_has_it() -> None:
    assert is_right("wasserstein-unbounded", "divergence")
    assert not is_right("wasserstein-unbounded", "stagnation")
