"""Remedies: each gives a recipe that can be trained, says what it does in numbers, and can be undone exactly."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ganforge.augment._policy import POLICIES
from ganforge.core.errors import SettingError
from ganforge.core.recipe import EmaSettings, LatentSettings, OptimizerSettings, Recipe
from ganforge.core.records import Change, DataCard, Finding, Remedy
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part, from_json, to_json
from ganforge.games._game import GAMES
from ganforge.losses.objective import OBJECTIVES
from ganforge.losses.penalty import PENALTIES
from ganforge.recipes._recipes import RECIPES
from ganforge.watch._ailment import AILMENTS
from ganforge.watch._chart import Chart
from ganforge.watch._remedy import DEVIATIONS, FAR, LAST_RESORT, REMEDIES, Patient, apply, changes, ranked, undo
from tests.recipes.kinds import KINDS, narrow, opened

NUMBERS = DataCard(name="points", domain="points", count=5000, shape=(2,), fingerprint="0")
PICTURES = DataCard(name="pictures", domain="images", count=5000, shape=(1, 16, 16), fingerprint="0")


def finding(ailment: str) -> Finding:
    return Finding(ailment, "serious", 100, 10.0, 50, {"probe.apart": 0.9}, "It is ill, by 0.9.")


def patient(ailment: str, recipe: Recipe | None = None, card: DataCard = NUMBERS) -> Patient:
    reference = RECIPES.get("auto")(card)
    return Patient(recipe or reference, reference, card, ("noise",), finding(ailment), Chart(total_kimg=100.0))


def remedied(name: str, patient: Patient) -> Remedy:
    remedy = REMEDIES.get(name)(patient)
    assert remedy is not None
    return remedy


def with_rates(recipe: Recipe, generator: float = 1.0, discriminator: float = 1.0) -> Recipe:
    def times(settings: OptimizerSettings, factor: float) -> OptimizerSettings:
        end = None if settings.lr.end is None else settings.lr.end * factor
        return replace(settings, lr=replace(settings.lr, start=settings.lr.start * factor, end=end))

    return replace(
        recipe, generator=times(recipe.generator, generator), discriminator=times(recipe.discriminator, discriminator)
    )


@cache
def patients(kind: str) -> tuple[Patient, ...]:
    """Every recipe on these data, with every ailment."""
    source = opened(kind)
    reference = narrow(RECIPES.get("auto")(source.card))
    return tuple(
        Patient(
            narrow(RECIPES.get(name)(source.card)),
            reference,
            source.card,
            source.domain.augmentations,
            finding(ailment),
            Chart(),
        )
        for name in RECIPES.names()
        for ailment in AILMENTS.names()
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", REMEDIES.names())
def test_every_remedy_gives_a_recipe_that_can_be_built_and_undone_or_none(name: str, kind: str) -> None:
    source = opened(kind)
    built = set[str]()
    for each in patients(kind):
        remedy = REMEDIES.get(name)(each)
        if remedy is None:
            continue
        recipe = apply(remedy, each.recipe)
        assert remedy.name == name
        assert undo(remedy, recipe) == each.recipe
        assert remedy.changes or remedy.reinitialise
        assert all(change.old != change.new for change in remedy.changes)
        assert remedy.words
        made_of = repr((recipe.networks, recipe.latent, recipe.packing, recipe.augment))
        if made_of not in built:
            built.add(made_of)
            with torch.random.fork_rng():
                GAMES.get(recipe.game.name).make(recipe, source.card, source.domain)
        GAMES.get(recipe.game.name).phases(recipe)


@pytest.mark.parametrize("name", REMEDIES.names())
def test_every_remedy_says_where_it_comes_from(name: str) -> None:
    assert "arXiv:" in REMEDIES.summary(name)


@pytest.mark.parametrize("name", REMEDIES.names())
@pytest.mark.parametrize("card", [NUMBERS, PICTURES], ids=lambda card: card.name)
def test_the_reference_deviates_from_itself_by_nothing(name: str, card: DataCard) -> None:
    reference = RECIPES.get("auto")(card)
    assert DEVIATIONS.get(name)(reference, reference) == 0.0


@pytest.mark.parametrize("ailment", AILMENTS.names())
def test_every_remedy_that_an_ailment_lists_exists(ailment: str) -> None:
    assert set(AILMENTS.get(ailment).remedies) <= set(REMEDIES.names())


def test_a_remedy_is_refused_by_a_recipe_that_it_was_not_made_for() -> None:
    sick = patient("divergence", with_rates(patient("divergence").recipe, 100.0, 100.0))
    remedy = remedied("learning-rates", sick)
    with pytest.raises(SettingError, match="made for"):
        apply(remedy, sick.reference)
    with pytest.raises(SettingError, match="made for"):
        undo(remedy, sick.recipe)


def test_changes_leave_out_what_is_so_already() -> None:
    recipe = RECIPES.get("auto")(NUMBERS)
    assert changes(recipe, {"batch": recipe.batch, "generator": recipe.generator}) == ()
    assert changes(recipe, {"batch": 7, "ema.half_life_kimg": 3.0}) == (
        Change("batch", recipe.batch, 7),
        Change("ema.half_life_kimg", recipe.ema.half_life_kimg, 3.0),
    )


rates = st.fixed_dictionaries({"start": st.floats(1e-6, 1.0), "end": st.none() | st.floats(1e-6, 1.0)})
decays = st.floats(0, 0.999)
players = st.fixed_dictionaries(
    {
        "lr": rates,
        "betas": st.tuples(decays, decays),
        "eps": st.floats(1e-10, 10),
        "method": st.sampled_from(["adam", "rmsprop", "sgd"]),
    }
)
named = {name: st.sampled_from(registry.names()) for name, registry in (("penalty", PENALTIES), ("augment", POLICIES))}
penalties = st.fixed_dictionaries({"penalty": named["penalty"], "weight": rates, "every": st.integers(1, 16)})
# Plain values: the checks of types at run time draw random numbers, which strategies may not
choices = st.fixed_dictionaries(
    {
        "generator": players,
        "discriminator": players,
        "penalties": st.lists(penalties, max_size=2),
        "latent": st.fixed_dictionaries({"normal": st.integers(1, 300)}),
        "ema": st.fixed_dictionaries({"half_life_kimg": st.floats(0.01, 1e5)}),
        "packing": st.integers(1, 4),
        "batch": st.integers(1, 300),
        "discriminator_steps": st.integers(1, 30),
        "augment": st.none() | named["augment"],
        "objective": st.sampled_from(OBJECTIVES.names()),
    }
)


def chosen(choices: dict[str, Any]) -> Recipe:
    """The reference with other choices, weight clipping where there is no penalty, and a batch of whole packs."""
    named: dict[str, Any] = {
        "penalties": [{**each, "penalty": {"name": each["penalty"]}} for each in choices["penalties"]]
    }
    for kind in ("augment", "objective"):
        named[kind] = choices[kind] and {"name": choices[kind]}
    clipping = {"projections": [] if choices["penalties"] else [{"name": "weight-clipping"}]}
    tree = to_json(replace(RECIPES.get("auto")(NUMBERS), lineage=None))
    batch = {"batch": choices["batch"] * choices["packing"]}
    return from_json(Recipe, {**tree, **choices, **named, **clipping, **batch})


@settings(max_examples=8, phases=[Phase.generate])  # to shrink a case would take minutes
@given(choices=choices, ailment=st.sampled_from(AILMENTS.names()))
def test_whatever_the_recipe_is_all_remedies_can_be_applied_and_undone(choices: dict[str, Any], ailment: str) -> None:
    recipe = chosen(choices)
    for remedy in ranked(patient(ailment, recipe)):
        treated = apply(remedy, recipe)
        assert undo(remedy, treated) == recipe
        assert bool(remedy.changes) == (treated != recipe)


@settings(max_examples=8, phases=[Phase.generate])  # to shrink a case would take minutes
@given(choices=choices, ailment=st.sampled_from(AILMENTS.names()))
def test_each_remedy_comes_once_and_the_last_resort_after_the_objective_after_the_rest(
    choices: dict[str, Any], ailment: str
) -> None:
    recipe = chosen(choices)
    found = ranked(patient(ailment, recipe))
    names = [remedy.name for remedy in found]
    assert len(names) == len(set(names))
    assert names.count(LAST_RESORT) == 0 or names[-1] == LAST_RESORT
    others = [remedy for remedy in found if remedy.name != LAST_RESORT]
    exchanging = [place for place, remedy in enumerate(others) if remedy.exchanges_objective]
    far = any(DEVIATIONS.get(name)(recipe, patient(ailment).reference) > FAR for name in REMEDIES.names())
    assert exchanging in ([], [len(others) - 1]) or (not far and exchanging == [0])


def test_the_objective_comes_first_where_nothing_else_is_far_from_the_reference() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    sick = replace(reference, objective=Part("minimax"))
    assert ranked(patient("mode-collapse", sick))[0].exchanges_objective
    assert not ranked(patient("mode-collapse", with_rates(sick, 30.0)))[0].exchanges_objective


@pytest.mark.parametrize("ailment", ["divergence", "oscillation", "mode-collapse", "discriminator-too-strong"])
@pytest.mark.parametrize("factor", [30.0, 300.0])
def test_a_rate_that_is_far_too_high_is_the_suspect_and_goes_to_the_reference(ailment: str, factor: float) -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    first = ranked(patient(ailment, with_rates(reference, factor)))[0]
    assert first.name == "learning-rates"
    assert apply(first, with_rates(reference, factor)) == reference
    assert first.words == f"lower the generator's learning rate to 0.002 (was {2e-3 * factor:.3g}), falling to 0"


@pytest.mark.parametrize(
    ("name", "sick"),
    [
        ("momentum", {"generator": OptimizerSettings(Schedule(2e-3, end=0.0), betas=(0.99, 0.99))}),
        ("momentum", {"discriminator": OptimizerSettings(Schedule(2e-3, end=0.0), eps=10.0)}),
        ("momentum", {"generator": OptimizerSettings(constant(0.1), betas=(0.9, 0.0), method="sgd")}),
        ("penalty", {"penalties": ()}),
        ("discriminator-steps", {"discriminator_steps": 20}),
        ("discriminator-steps", {"packing": 4, "batch": 4}),
        ("latent", {"latent": LatentSettings(normal=1)}),
        ("networks", {"networks": Part("mlp", {"width": 1, "depth": 3, "fourier": 32})}),
        ("networks", {"networks": Part("mlp", {"fourier": 32, "discriminator_width": 1})}),
        ("networks", {"networks": Part("mlp", {"fourier": 32, "discriminator_dropout": 0.9})}),
        ("batch", {"batch": 2}),
        ("average", {"ema": EmaSettings(half_life_kimg=8000.0)}),
    ],
)
def test_what_is_far_from_the_reference_is_the_suspect(name: str, sick: dict[str, object]) -> None:
    recipe = replace(RECIPES.get("auto")(NUMBERS), **sick)  # type: ignore[arg-type]
    assert DEVIATIONS.get(name)(recipe, RECIPES.get("auto")(NUMBERS)) > FAR
    names = [remedy.name for remedy in ranked(patient("mode-collapse", recipe))]
    assert name in names[:2]


def test_what_was_changed_by_hand_goes_back_to_the_recipe_s_own_settings_first() -> None:
    own = RECIPES.get("wgan-gp")(NUMBERS)
    for sick in (with_rates(own, 100.0, 100.0), replace(own, penalties=()), replace(own, batch=2)):
        first = ranked(replace(patient("oscillation", sick), own=own))[0]
        assert apply(first, sick) == own


def test_what_leads_towards_the_reference_comes_before_steps_beyond_it() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    bound = Part("mlp", {**reference.networks.settings, "generator_spectral": True})
    names = [each.name for each in ranked(patient("mode-collapse", replace(reference, networks=bound)))]
    assert names[0] == "networks"
    assert "penalty" in names


def test_words_of_rates_that_fade_too_early_speak_of_their_mean() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    faded = replace(reference.generator, lr=Schedule(2e-3, end=1e-12, shape="geometric"))
    words = remedied("learning-rates", patient("stagnation", replace(reference, generator=faded))).words
    assert "to 0.001 on the mean of the run (was 0.000" in words


def test_rates_are_a_third_where_the_reference_has_nothing_better_and_only_those_that_are_to_blame() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    calmed = apply(remedied("learning-rates", patient("divergence")), reference)
    assert calmed == with_rates(reference, 1 / 3, 1 / 3)
    slowed = apply(remedied("learning-rates", patient("discriminator-too-strong")), reference)
    assert slowed == with_rates(reference, 1.0, 1 / 3)
    woken = apply(remedied("learning-rates", patient("stagnation")), reference)
    assert woken.generator.lr.start > reference.generator.lr.start


def test_rates_that_are_too_low_are_raised_but_never_where_the_numbers_run_away() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    slow = with_rates(reference, 1 / 300, 1 / 300)
    assert apply(remedied("learning-rates", patient("stagnation", slow)), slow) == reference
    assert REMEDIES.get("learning-rates")(patient("divergence", slow)) is None


def test_a_rate_that_fades_too_early_counts_as_too_low() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    faded = replace(reference.generator, lr=Schedule(2e-3, end=1e-12, shape="geometric", warmup=0.0))
    recipe = replace(reference, generator=faded)
    assert apply(remedied("learning-rates", patient("stagnation", recipe)), recipe) == reference


def test_rates_of_another_kind_of_method_are_not_compared() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    sgd = OptimizerSettings(constant(0.1), betas=(0.5, 0.0), method="sgd")
    recipe = replace(reference, generator=sgd, discriminator=sgd)
    assert DEVIATIONS.get("learning-rates")(recipe, reference) == 0.0
    assert apply(remedied("momentum", patient("oscillation", recipe)), recipe) == reference
    stepped = apply(remedied("learning-rates", patient("oscillation", recipe)), recipe)
    assert stepped.generator.lr.start == pytest.approx(0.1 / 3)


def test_the_penalty_is_added_in_place_of_clipping_and_moved_by_the_ailment() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    clipped = replace(reference, penalties=(), projections=(Part("weight-clipping", {"bound": 0.01}),))
    assert apply(remedied("penalty", patient("discriminator-asleep", clipped)), clipped) == reference
    free = replace(reference, penalties=())
    assert REMEDIES.get("penalty")(patient("discriminator-asleep", free)) is None
    stronger = apply(remedied("penalty", patient("memorising")), reference)
    weaker = apply(remedied("penalty", patient("discriminator-asleep")), reference)
    for before, more, less in zip(reference.penalties, stronger.penalties, weaker.penalties, strict=True):
        assert more.weight.at(0.5) == pytest.approx(4 * before.weight.at(0.5))
        assert less.weight.at(0.5) == pytest.approx(before.weight.at(0.5) / 4)


def test_a_crushing_penalty_goes_to_the_reference_and_steps_have_an_end() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    crushing = replace(
        reference, penalties=tuple(replace(each, weight=constant(5000.0)) for each in reference.penalties)
    )
    assert apply(remedied("penalty", patient("mode-collapse", crushing)), crushing) == reference
    recipe, count = reference, 0
    while (remedy := REMEDIES.get("penalty")(patient("memorising", recipe))) is not None and count < 10:
        recipe, count = apply(remedy, recipe), count + 1
    assert 1 <= count < 5


def test_the_steady_objective_converges_with_the_penalties_that_come_with_it() -> None:
    recipe = RECIPES.get("wgan")(NUMBERS)
    steady = apply(remedied("steady-objective", patient("oscillation", recipe)), recipe)
    needed = OBJECTIVES.get(steady.objective.name).converges_with
    assert needed and needed == {each.penalty.name for each in steady.penalties}
    assert not steady.projections
    assert REMEDIES.get("steady-objective")(patient("oscillation", steady)) is None
    assert all(name in PENALTIES.names() for each in OBJECTIVES.names() for name in OBJECTIVES.get(each).converges_with)


def test_augmentation_adapts_and_noise_fades_and_neither_where_data_allow_nothing() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    for name, kind in (("augmentation", "adapts"), ("instance-noise", "fades")):
        treated = apply(remedied(name, patient("memorising")), reference)
        assert treated.augment is not None
        assert getattr(POLICIES.get(treated.augment.name), kind)
        assert REMEDIES.get(name)(replace(patient("memorising", treated))) is None
        assert REMEDIES.get(name)(replace(patient("memorising"), augmentations=())) is None


def test_a_reference_that_augments_makes_its_lack_a_suspect() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    small = apply(remedied("augmentation", patient("memorising")), reference)
    assert DEVIATIONS.get("augmentation")(reference, small) > FAR
    assert DEVIATIONS.get("augmentation")(small, reference) == 0.0


def test_minibatch_features_are_added_once_and_survive_new_networks() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    remedy = remedied("minibatch-features", patient("mode-collapse"))
    told = apply(remedy, reference)
    assert told.networks.settings["minibatch"] == "stddev"
    assert remedy.reinitialise == {"discriminator"}
    assert REMEDIES.get("minibatch-features")(patient("mode-collapse", told)) is None
    assert REMEDIES.get("networks")(patient("mode-collapse", told)) is None


def test_a_discriminator_asleep_gets_more_steps_up_to_an_end() -> None:
    recipe, counts = RECIPES.get("auto")(NUMBERS), []
    while (remedy := REMEDIES.get("discriminator-steps")(patient("discriminator-asleep", recipe))) is not None:
        recipe = apply(remedy, recipe)
        counts.append(recipe.discriminator_steps)
    assert counts == [2, 3, 4, 5]


def test_a_batch_stays_a_multiple_of_its_packs() -> None:
    recipe = replace(RECIPES.get("auto")(NUMBERS), batch=9, packing=3)
    assert apply(remedied("batch", patient("oscillation", recipe)), recipe).batch == 258


def test_the_average_is_shortened_towards_the_reference_and_beyond_it_only_so_far() -> None:
    reference = RECIPES.get("auto")(NUMBERS)
    slow = replace(reference, ema=EmaSettings(half_life_kimg=8000.0))
    remedy = remedied("average", patient("stagnation", slow))
    assert remedy.back_to == "here"
    recipe, lives = slow, []
    while (found := REMEDIES.get("average")(patient("stagnation", recipe))) is not None:
        recipe = apply(found, recipe)
        lives.append(recipe.ema.half_life_kimg)
    assert lives == [8.0, 2.0, 0.5]


def test_sound_settings_are_the_reference_but_for_the_name_and_the_length() -> None:
    recipe = RECIPES.get("pacgan")(NUMBERS)
    reference = RECIPES.get("auto")(NUMBERS)
    remedy = remedied(LAST_RESORT, patient("mode-collapse", recipe))
    kept = {"name": recipe.name, "why": recipe.why, "lineage": recipe.lineage, "budget": recipe.budget}
    assert apply(remedy, recipe) == replace(reference, **kept)  # type: ignore[arg-type]
    assert remedy.back_to == "start"
    assert remedy.reinitialise == {"generator", "discriminator"}
    assert REMEDIES.get(LAST_RESORT)(patient("mode-collapse")) is None
