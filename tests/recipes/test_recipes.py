"""Every recipe makes its game for every kind of data, takes real steps, and tells where it comes from."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from ganforge.core.contracts import Source
from ganforge.core.recipe import Lineage, Recipe
from ganforge.core.records import DataCard
from ganforge.core.settings import from_json, to_json, with_value
from ganforge.games._game import GAMES
from ganforge.recipes._recipes import LINEAGES, RECIPES, minutes_for_pictures
from ganforge.training.duel import Duel, Moment
from tests.recipes.kinds import BATCH, CLASSES, KINDS, Feed, narrow, opened, settings_in
from tests.training.small import PLAN, a_game, snapshot


def two_steps(recipe: Recipe, source: Source, card: DataCard) -> None:
    short = narrow(replace(recipe, batch=BATCH))
    game = GAMES.get(recipe.game.name).make(short, card, source.domain)
    duel = Duel(
        game,
        GAMES.get(recipe.game.name).phases(short),
        {"generator": recipe.generator, "discriminator": recipe.discriminator},
        batch=BATCH,
        seed=0,
        plan=PLAN,
    )
    before = snapshot(duel.game)
    feed = Feed(source, len(card.classes))
    for step in range(2):
        moment = Moment(step, step * duel.samples_per_step, 0.3 + 0.1 * step)
        measured = duel.update(moment, feed)
        assert all(torch.isfinite(value).all() for value in measured.values()), (step, measured)
    after = snapshot(duel.game)
    for player in game.players:
        assert any(not torch.equal(before[n], after[n]) for n in before if n.startswith(f"players.{player}")), player
    assert all(torch.isfinite(tensor).all() for tensor in after.values())


@pytest.mark.parametrize("labelled", [False, True], ids=["", "labelled"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RECIPES.names())
def test_every_recipe_takes_real_steps_on_every_kind_of_data(name: str, kind: str, labelled: bool) -> None:
    torch.manual_seed(0)
    source = opened(kind)
    card = replace(source.card, classes=CLASSES) if labelled else source.card
    recipe = RECIPES.get(name)(card)
    assert recipe.name == name
    assert from_json(Recipe, to_json(recipe)) == recipe  # as it stands in run.json
    two_steps(recipe, source, card)


@pytest.mark.parametrize("name", RECIPES.names())
def test_every_recipe_ends(name: str) -> None:
    for kind in KINDS:
        card = opened(kind).card
        budget = RECIPES.get(name)(card).budget
        assert budget.kimg or budget.minutes
        assert (budget.minutes or 0.0) <= 60.0


@pytest.mark.parametrize("name", RECIPES.names())
def test_every_recipe_tells_its_story(name: str) -> None:
    lineage = LINEAGES.get(name)
    for text in (lineage.paper, lineage.brought, lineage.cures, lineage.use, *lineage.deviations):
        assert len(text) > 20
        assert text == text.strip()
    assert re.search(r"arXiv:\d{4}\.\d{5}|arXiv:\d{4}\.\d{4}", lineage.paper)
    assert lineage.deviations
    assert all(RECIPES.get(name)(opened(kind).card).lineage == lineage for kind in KINDS)


@pytest.mark.parametrize("name", RECIPES.names())
def test_settings_that_a_story_names_can_be_set(name: str) -> None:
    for kind in KINDS:
        source = opened(kind)
        recipe = RECIPES.get(name)(source.card)
        for path, value in settings_in(LINEAGES.get(name), numbers=kind == "numbers"):
            assert with_value(recipe, path, value) != recipe, path
            recipe = with_value(recipe, path, value)
        a_game(narrow(recipe), source)


def test_the_commands_in_the_docs_name_settings_that_exist() -> None:
    page = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
    commands = [shlex.split(line) for line in page.splitlines() if line.startswith("ganforge train")]
    assert len(commands) > 5
    for words in commands:
        source = opened("numbers" if "grid" in words else "grey pictures")
        recipe = RECIPES.get(words[words.index("--recipe") + 1] if "--recipe" in words else "auto")(source.card)
        for setting in (after for word, after in pairwise(words) if word == "--set"):
            recipe = with_value(recipe, *setting.split("=", 1))
        a_game(recipe, source)
        GAMES.get(recipe.game.name).phases(recipe)


def test_a_lineage_is_complete_or_refused() -> None:
    with pytest.raises(TypeError):
        Lineage(paper="P, Q (2020), arXiv:2001.00001")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", [name for name in RECIPES.names() if name != "auto"])
def test_recipes_from_papers_share_their_networks_size_on_numbers(name: str) -> None:
    """So that a table of them compares ideas."""
    card = opened("numbers").card
    recipe = RECIPES.get(name)(card)
    assert recipe.networks.name == "mlp"
    assert (recipe.networks.settings["width"], recipe.networks.settings["depth"]) == (128, 3)
    assert not {"fourier", "discriminator_width", "discriminator_depth"} & set(recipe.networks.settings)
    assert recipe.latent.length == recipe.latent.normal == 3


def test_the_first_training_is_longer_for_larger_pictures_and_never_longer_than_an_hour() -> None:
    times = [
        minutes_for_pictures(DataCard("data", "images", 100, (3, side, side), "fingerprint"))
        for side in (8, 28, 64, 900)
    ]
    assert times == sorted(times)
    assert times[0] == times[1] == 3.0
    assert times[-1] == 60.0
