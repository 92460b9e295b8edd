from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ganforge.core.errors import SettingError
from ganforge.core.recipe import Budget, EmaSettings, LatentSettings, OptimizerSettings, PenaltySettings, Recipe
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part, from_json, to_json, with_value

RECIPE = Recipe(
    name="test",
    why="for a test",
    networks=Part("mlp", {"width": 8}),
    objective=Part("some"),
    generator=OptimizerSettings(constant(1e-3)),
    discriminator=OptimizerSettings(Schedule(1e-3, 1e-5), betas=(0.5, 0.9)),
    batch=16,
    latent=LatentSettings(normal=2),
    ema=EmaSettings(1.0),
    budget=Budget(kimg=10.0, minutes=None),
    penalties=(PenaltySettings(Part("r1"), constant(0.1), every=4),),
)


def test_a_recipe_survives_the_way_through_json() -> None:
    assert from_json(Recipe, json.loads(json.dumps(to_json(RECIPE)))) == RECIPE


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch": 0}, "batch is 0; it must be at least 1"),
        ({"packing": 3}, "a batch of 16 cannot be judged in packs of 3"),
        ({"packing": 0}, "packing is 0"),
        ({"discriminator_steps": 0}, "discriminator_steps is 0"),
        ({"budget": Budget(kimg=0.0, minutes=None)}, "budget.kimg is 0.0; it must be a number above 0"),
        ({"budget": Budget(kimg=float("nan"), minutes=None)}, "budget.kimg is nan"),
        ({"budget": Budget(kimg=None, minutes=float("inf"))}, "budget.minutes is inf"),
        ({"budget": Budget(kimg=None, minutes=-3.0)}, "budget.minutes is -3.0"),
        ({"penalties": (PenaltySettings(Part("r1"), constant(0.1), every=0),)}, "`every` is 0"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=f"Recipe 'test'.*{message}"):
        replace(RECIPE, **changes)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("generator.betas", "[0.0, 1.0]"),
        ("discriminator.betas", "[-0.1, 0.9]"),
        ("generator.eps", "-1"),
        ("generator.lr.start", "-1"),
        ("generator.lr.start", "NaN"),
        ("generator.lr.hold", "2"),
        ("ema.half_life_kimg", "0"),
        ("penalties.0.weight", '{"start": 1.0, "end": 0.0, "shape": "geometric"}'),
    ],
)
def test_a_setting_that_cannot_work_is_refused_where_it_is_made(path: str, value: str) -> None:
    with pytest.raises(SettingError, match=path.rpartition(".")[2].replace("weight", "geometric")):
        with_value(RECIPE, path, value)


def test_a_value_set_from_the_command_line_is_checked_too() -> None:
    assert with_value(RECIPE, "penalties.0.weight.start", "0.5").penalties[0].weight == constant(0.5)
    with pytest.raises(SettingError, match="batch is 0"):
        with_value(RECIPE, "batch", "0")


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({}, "The latent is empty"),
        ({"normal": 2, "signs": -1}, "latent.signs is -1"),
        ({"uniform": -2}, "uniform is -2"),
    ],
)
def test_noise_without_numbers_is_refused(numbers: dict[str, int], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        LatentSettings(**numbers)
