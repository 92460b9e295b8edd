"""What is said of data and recipe before a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganforge.checking import Checked, check, concerns_about
from ganforge.core.contracts import DataOptions, Source
from ganforge.core.errors import SettingError
from ganforge.core.plan import ExecutionPlan
from ganforge.core.settings import with_value
from ganforge.data._opening import open_source
from ganforge.recipes._recipes import RECIPES
from ganforge.session import Options, choose_recipe

PLAN = ExecutionPlan("cpu", 1, "float32", False, 1, kimg=1500.0, samples_per_second=1000.0, why="made up")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Source:
    data = np.random.default_rng(0).integers(0, 256, (300, 16, 16), dtype=np.uint8)
    return open_source(data, DataOptions(cache=tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Source:
    data = np.random.default_rng(0).normal(size=(4000, 3)).astype(np.float32)
    return open_source(data, DataOptions(cache=tmp_path_factory.mktemp("cache")))


def said(data: Source, settings: Mapping[str, Any], name: str = "auto", plan: ExecutionPlan = PLAN) -> dict[str, str]:
    recipe = choose_recipe(Options(recipe=name, settings=settings), data)
    return {concern.sentence: concern.cure for concern in concerns_about(recipe, data, plan)}


@pytest.mark.parametrize("name", RECIPES.names())
def test_no_recipe_is_complained_of_as_it_is(name: str, pictures: Source, rows: Source) -> None:
    assert said(rows, {}, name) == {}
    assert said(pictures, {}, name, replace(PLAN, kimg=200.0)) == {}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"generator.lr.start": 0.5}, "generator's learning rate"),
        ({"discriminator.lr.start": 0.5}, "discriminator's learning rate"),
        ({"discriminator.lr": 1e-7}, "hardly learn"),
        ({"batch": 2}, "batch"),
        ({"latent.normal": 1, "latent.signs": 0}, "1 random number;"),
        ({"objective": "wasserstein", "penalties": []}, "no floor"),
        ({"networks.settings.width": 1, "networks.settings.discriminator_width": 128}, "generator has"),
        ({"penalties.0.weight": 500.0}, "penalty"),
        ({"penalties.0.weight": 0.0001}, "penalty"),
        ({"discriminator_steps": 20}, "20 times"),
        ({"generator.betas": [0.95, 0.99]}, "swing"),
    ],
)
def test_what_is_far_from_sound_is_named_and_its_cure_is_a_cure(
    settings: Mapping[str, Any], words: str, rows: Source
) -> None:
    found = said(rows, settings)
    (sentence,) = found
    assert words in sentence and sentence.endswith(".")
    flag, _, setting = found[sentence].partition(" ")
    assert flag == "--set"
    path, _, value = setting.partition("=")
    recipe = choose_recipe(Options(settings=settings), rows)
    assert not list(concerns_about(with_value(recipe, path, value), rows, PLAN))


def test_a_loss_without_a_floor_is_fine_where_something_holds_the_discriminator(rows: Source) -> None:
    bare: dict[str, Any] = {"objective": "wasserstein", "penalties": []}
    assert said(rows, bare)
    assert not said(rows, {**bare, "projections": [{"name": "weight-clipping"}]})
    assert not said(rows, {**bare, "networks.settings.discriminator_spectral": True})
    assert not said(rows, {"objective": "wasserstein"})


def test_a_rate_is_compared_with_the_usual_one_of_its_method(rows: Source) -> None:
    assert not said(rows, {"generator.lr.start": 0.2}, "gan"), "gradient descent without scaling needs such rates"
    assert said(rows, {"generator.lr.start": 20.0}, "gan")


def test_a_length_is_told_where_it_is_far_from_the_usual(rows: Source) -> None:
    recipe = choose_recipe(Options(kimg=10.0), rows)
    (short,) = concerns_about(recipe, rows, replace(PLAN, kimg=10.0))
    assert "first sketch" in short.sentence and short.cure.startswith("--kimg")
    assert "39 updates are too few for the doctor" in short.sentence
    (long,) = concerns_about(choose_recipe(Options(kimg=9e4), rows), rows, replace(PLAN, kimg=9e4))
    assert "by heart" in long.sentence


def test_a_look_beforehand_trains_nothing_and_makes_no_run() -> None:
    data = np.random.default_rng(0).normal(size=(400, 3))
    np.savetxt("table.csv", data, delimiter=",")
    told: list[str] = []
    checked = check(
        "table.csv", Options(threads=1, kimg=150.0, settings={"latent.normal": 1, "latent.signs": 0}), tell=told.append
    )
    assert isinstance(checked, Checked)
    assert not Path("runs").exists()
    assert checked.data.count == 400
    assert checked.inspected.values["data.count"] == 400.0
    assert [concern.cure for concern in checked.concerns] == ["--set latent.normal=3"]
    assert any(text.startswith("Plan:") for text in told)


def test_data_that_cannot_teach_anything_are_told() -> None:
    same = np.tile(np.random.default_rng(0).normal(size=(2, 3)), (200, 1))
    np.savetxt("same.csv", same, delimiter=",")
    checked = check("same.csv", Options(threads=1, kimg=150.0))
    assert checked.findings
    assert all(finding.sentence for finding in checked.findings)


def test_what_cannot_be_trained_is_refused() -> None:
    np.savetxt("table.csv", np.random.default_rng(0).normal(size=(50, 3)), delimiter=",")
    with pytest.raises(SettingError, match="pictures"):
        check("table.csv", Options(threads=1, settings={"networks": "dcgan"}))
