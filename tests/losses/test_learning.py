"""Every objective solves a small problem: one number, two modes, half of the samples each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ganforge.core.recipe import OptimizerSettings, PenaltySettings
from ganforge.core.schedule import Schedule
from ganforge.core.seeding import Draws
from ganforge.core.settings import Part
from ganforge.games._game import PlayableGame
from ganforge.losses.objective import OBJECTIVES
from ganforge.training.duel import Moment
from ganforge.training.ema import Ema
from tests.training.small import RECIPE, a_duel, a_feed, two_modes

STEPS = 800
# Strong at first: a weakly penalised D of least squares, whose scores are bounded, lets G rest on one mode
GAMMA = Schedule(2.0, end=0.03, shape="geometric")
ADAM = OptimizerSettings(lr=Schedule(2e-3, end=0.0), betas=(0.0, 0.99))


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_both_modes_of_one_number_are_learned(objective: str) -> None:
    recipe = replace(
        RECIPE,
        networks=Part("mlp", {"width": 64, "depth": 2}),
        objective=Part(objective),
        penalties=(PenaltySettings(Part("r1"), GAMMA), PenaltySettings(Part("r2"), GAMMA)),
        generator=ADAM,
        discriminator=ADAM,
    )
    source = two_modes()
    duel = a_duel(recipe, source)
    ema, feed = Ema(duel.game, recipe.ema), a_feed(source)
    for step in range(STEPS):
        duel.update(Moment(step, step * recipe.batch, step / STEPS), feed)
        ema.update((step + 1) * recipe.batch, recipe.batch)
    game = duel.game.with_players(ema.players)
    assert isinstance(game, PlayableGame)
    x = game.sample(game.latents(4000, Draws(0, "test")), None, Draws(0, "head"))
    numbers = source.domain.decode(x)[:, 0]
    low, high = abs(numbers + 3) < 0.5, abs(numbers - 5) < 0.5
    assert (low | high).mean() > 0.75
    assert 0.3 < low.mean() < 0.7
    assert 0.3 < high.mean() < 0.7
