"""What a judge says of things that nobody has to compete with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ganforge.core.contracts import DataOptions
from ganforge.core.records import Condition
from ganforge.core.settings import Part
from ganforge.data._opening import open_source
from ganforge.games.noise import NoiseGame
from tests.training.small import RECIPE

COLUMNS = 3
SETTINGS: list[dict[str, Any]] = [
    {},
    {"packing": 4},
    {"minibatch": "stddev"},
    {"minibatch": "discrimination"},
    {"minibatch": "stddev", "packing": 2},
    {"discriminator_norm": "batch"},
    {"discriminator_spectral": True},
    {"discriminator_dropout": 0.5},
    {"discriminator_labels": "embedding"},
    {"discriminator_labels": "embedding", "packing": 2},
]


def a_game(classes: int = 0, packing: int = 1, **settings: Any) -> NoiseGame:
    source = open_source(np.random.default_rng(0).standard_normal((40, COLUMNS)), DataOptions())
    card = replace(source.card, classes=tuple(f"class {i}" for i in range(classes)))
    recipe = replace(RECIPE, packing=packing, penalties=(), networks=Part("mlp", {"width": 8, "depth": 2, **settings}))
    torch.manual_seed(0)
    return NoiseGame.make(recipe, card, source.domain)


def some(n: int) -> Tensor:
    return torch.randn(n, COLUMNS, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_it_does_not_depend_on_what_else_is_asked_about(settings: dict[str, Any], classes: int) -> None:
    game, x = a_game(classes, **settings), some(7)
    together = game.appraise(x)
    assert together.scores.shape == (7,) and len(together.features) == 7
    assert len(set(together.scores.tolist())) == 7
    for rows in (slice(0, 1), slice(2, 5), slice(6, 7)):
        alone = game.appraise(x[rows])
        torch.testing.assert_close(alone.scores, together.scores[rows])
        torch.testing.assert_close(alone.features, together.features[rows])


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_game_is_left_as_it_was(settings: dict[str, Any]) -> None:
    game = a_game(**settings)
    game.train()
    before = {name: tensor.clone() for name, tensor in game.state_dict().items()}
    first, again = game.appraise(some(5)), game.appraise(some(5))
    assert torch.equal(first.scores, again.scores)
    assert all(module.training for module in game.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in game.state_dict().items())
    game.eval()
    game.appraise(some(5))
    assert not any(module.training for module in game.modules())


def test_without_labels_and_company_it_is_the_judges_own_score() -> None:
    game = a_game()
    assert torch.equal(game.appraise(some(5)).scores, game.judge("discriminator", some(5), None).adversarial[0])


@pytest.mark.parametrize("way", ["projection", "embedding"])
def test_of_all_classes_the_one_counts_that_it_would_pass_for(way: str) -> None:
    game, x = a_game(3, discriminator_labels=way), some(5)
    by_class = [
        game.judge("discriminator", x, Condition(labels=torch.full((5,), label))).adversarial[0] for label in range(3)
    ]
    torch.testing.assert_close(game.appraise(x).scores, torch.stack(by_class).amax(0))


def test_features_that_know_the_label_are_those_of_no_class_in_particular() -> None:
    game, x = a_game(3, discriminator_labels="embedding"), some(5)
    judge: Any = game.players["discriminator"]
    by_class = [judge.features(x, Condition(labels=torch.full((5,), label))) for label in range(3)]
    torch.testing.assert_close(game.appraise(x).features, torch.stack(by_class).mean(0))


def test_no_gradient_is_kept() -> None:
    appraisal = a_game().appraise(some(5).requires_grad_())
    assert not appraisal.scores.requires_grad and not appraisal.features.requires_grad
