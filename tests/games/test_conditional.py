"""Every way of telling the players the label makes what is asked for."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
import torch

from ganforge.core.seeding import Draws
from ganforge.core.settings import Part
from ganforge.games.noise import NoiseGame
from ganforge.networks._pair import GeneratorLabels
from ganforge.networks.blocks.head import DiscriminatorLabels
from ganforge.training.duel import Moment
from ganforge.training.ema import Ema
from tests.games.test_noise import two_shades
from tests.training.small import RECIPE, a_duel, a_feed

STEPS = 250
WAYS = list(product(get_args(GeneratorLabels), get_args(DiscriminatorLabels)))


@pytest.mark.parametrize(("generator", "discriminator"), WAYS)
def test_the_class_that_is_asked_for_is_made(generator: str, discriminator: str, tmp_path: Path) -> None:
    source = two_shades(tmp_path)
    settings = {"width": 32, "depth": 2, "generator_labels": generator, "discriminator_labels": discriminator}
    norm = {"generator_norm": "batch"} if generator == "normalisation" else {}
    recipe = replace(RECIPE, networks=Part("mlp", {**settings, **norm}))
    duel = a_duel(recipe, source)
    feed = a_feed(source)
    ema = Ema(duel.game, recipe.ema)
    for step in range(STEPS):
        duel.update(Moment(step, step * recipe.batch, step / STEPS), feed)
        ema.update(step * recipe.batch, recipe.batch)
    game = duel.game.with_players(ema.players)
    assert isinstance(game, NoiseGame)
    z = game.latents(200, Draws(5, "z"))
    shades = [game.sample(z, torch.full((200,), label), Draws(5, "head")).mean().item() for label in (0, 1)]
    wanted = [shade / 127.5 - 1 for shade in (60, 200)]
    assert shades == pytest.approx(wanted, abs=0.2)
