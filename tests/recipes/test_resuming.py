"""Every recipe goes on from what was saved as if it had never stopped, to the same bits."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from ganforge.augment._policy import POLICIES
from ganforge.core.contracts import Source
from ganforge.core.recipe import Recipe
from ganforge.core.records import DataCard
from ganforge.core.settings import Part
from ganforge.games._game import GAMES
from ganforge.recipes._recipes import RECIPES
from ganforge.training.duel import Duel, Moment
from ganforge.training.ema import Ema
from ganforge.training.state import collect, restore
from tests.recipes.kinds import BATCH, CLASSES, Feed, narrow, opened
from tests.training.small import PLAN, assert_same

STEPS, SAVED_AFTER = 3, 1


def begun(recipe: Recipe, source: Source, card: DataCard) -> tuple[Duel, Ema]:
    torch.manual_seed(0)
    game = GAMES.get(recipe.game.name).make(recipe, card, source.domain)
    phases = GAMES.get(recipe.game.name).phases(recipe)
    settings = {"generator": recipe.generator, "discriminator": recipe.discriminator}
    return Duel(game, phases, settings, batch=BATCH, seed=0, plan=PLAN), Ema(game, recipe.ema)


def steps(duel: Duel, ema: Ema, feed: Feed, first: int, end: int) -> None:
    for step in range(first, end):
        duel.update(Moment(step, step * duel.samples_per_step, step / STEPS), feed)
        ema.update((step + 1) * duel.samples_per_step, duel.samples_per_step)


@pytest.mark.parametrize("labelled", [False, True], ids=["", "labelled"])
@pytest.mark.parametrize("kind", ["grey pictures", "numbers"])
@pytest.mark.parametrize("name", RECIPES.names())
def test_every_recipe_resumes_to_the_same_bits(name: str, kind: str, labelled: bool) -> None:
    source = opened(kind)
    card = replace(source.card, classes=CLASSES) if labelled else source.card
    recipe = narrow(replace(RECIPES.get(name)(card), batch=BATCH))
    feed = Feed(source, len(card.classes))
    duel, ema = begun(recipe, source, card)
    steps(duel, ema, feed, 0, SAVED_AFTER)
    saved = {key: tensor.clone() for key, tensor in collect(duel, ema).items()}
    steps(duel, ema, feed, SAVED_AFTER, STEPS)

    resumed, its_ema = begun(recipe, source, card)
    torch.manual_seed(1)  # what was saved does not know in which state torch's own generator is
    restore(resumed, its_ema, saved)
    steps(resumed, its_ema, feed, SAVED_AFTER, STEPS)
    assert_same(collect(resumed, its_ema), collect(duel, ema))
    assert any(not torch.equal(saved[key], tensor) for key, tensor in collect(duel, ema).items())


@pytest.mark.parametrize("kind", ["grey pictures", "numbers"])
@pytest.mark.parametrize("name", POLICIES.names())
def test_every_augmentation_resumes_to_the_same_bits(name: str, kind: str) -> None:
    source = opened(kind)
    recipe = narrow(replace(RECIPES.get("auto")(source.card), batch=BATCH, augment=Part(name)))
    feed = Feed(source, 0)
    duel, ema = begun(recipe, source, source.card)
    steps(duel, ema, feed, 0, 2)
    saved = {key: tensor.clone() for key, tensor in collect(duel, ema).items()}
    steps(duel, ema, feed, 2, 5)

    resumed, its_ema = begun(recipe, source, source.card)
    torch.manual_seed(1)
    restore(resumed, its_ema, saved)
    steps(resumed, its_ema, feed, 2, 5)
    assert_same(collect(resumed, its_ema), collect(duel, ema))
    state = [key for key in saved if key.startswith("game.augmenter")]
    assert bool(state) == duel.game.steered
    assert not state or any(not torch.equal(saved[key], duel.game.state_dict()[key[5:]]) for key in state)
