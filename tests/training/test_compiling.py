"""Compiled gradients are the right ones, the same after a resume, and nobody needs a compiler to train."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganforge.core.recipe import Recipe
from ganforge.core.settings import Part
from ganforge.games._game import GAMES
from ganforge.training import compiling
from ganforge.training.deciding import Execution
from ganforge.training.duel import Duel, Moment
from ganforge.training.tracing import Recorded
from tests.training.small import PLAN, RECIPE, a_feed, a_game, a_loop, two_modes

NO_COMPILER = shutil.which("g++") is None and shutil.which("clang++") is None
needs_compiler = pytest.mark.skipif(NO_COMPILER, reason="no C++ compiler here")


def a_duel(recipe: Recipe = RECIPE, *, compiled: bool = True) -> Duel:
    phases = GAMES.get(recipe.game.name).phases(recipe)
    settings = {"generator": recipe.generator, "discriminator": recipe.discriminator}
    game = a_game(recipe, two_modes())
    return Duel(game, phases, settings, batch=recipe.batch, seed=1, plan=replace(PLAN, compiled=compiled))


def recorded(part: Recorded, inputs: object) -> compiling.Code:
    """Instead of a compiler, which takes seconds: the recorded step as it is."""
    return part.code


def weights_after(duel: Duel, steps: int) -> dict[str, Tensor]:
    feed = a_feed(two_modes())
    for step in range(steps):
        duel.update(Moment(step, step * duel.batch, step / 10), feed)
    return {name: value.clone() for name, value in duel.game.state_dict().items()}


@pytest.mark.parametrize(
    "recipe",
    [
        RECIPE,
        replace(RECIPE, networks=Part("mlp", {"width": 8, "generator_norm": "batch"})),
        replace(RECIPE, networks=Part("mlp", {"width": 8, "discriminator_spectral": True})),
        replace(RECIPE, discriminator_steps=3),
        replace(RECIPE, packing=2),
    ],
    ids=["lazy penalties", "batch statistics", "spectral norm", "three steps of D", "packs"],
)
def test_a_recorded_training_is_the_same_training(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_compiled", recorded)
    duel = a_duel(recipe)
    found, expected = weights_after(duel, 6), weights_after(a_duel(recipe, compiled=False), 6)
    assert duel.refusal is None
    # Adam's first steps are as long for a gradient of 1e-9, whose sign is a matter of rounding, as for any other
    torch.testing.assert_close(found, expected, rtol=0.02, atol=0.02)


def test_what_is_measured_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_compiled", recorded)
    feed, moment = a_feed(two_modes()), Moment(0, 0, 0.0)
    found, expected = (a_duel(compiled=compiled).update(moment, feed) for compiled in (True, False))
    assert found.keys() == expected.keys()
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


def test_watching_a_compiled_training_changes_no_bit_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_compiled", recorded)
    recipe = replace(RECIPE, networks=Part("mlp", {"width": 8, "generator_norm": "batch"}))
    watched, alone, eager = a_duel(recipe), a_duel(recipe), a_duel(recipe, compiled=False)
    feed, seen = a_feed(two_modes()), dict[str, Tensor]()
    for step in range(6):
        moment = Moment(step, step * recipe.batch, step / 10)
        seen = watched.update(moment, feed, watched=step % 2 == 1)
        alone.update(moment, feed)
        expected = eager.update(moment, feed, watched=step % 2 == 1)
        assert seen.keys() == expected.keys()
    assert watched.refusal is None
    assert "generator.reach" in seen
    torch.testing.assert_close(watched.game.state_dict(), alone.game.state_dict(), rtol=0.0, atol=0.0)


def test_a_duel_that_has_refused_compiled_code_goes_on_without_it_after_a_resume(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compiling, "_compiled", recorded)
    resumed = a_duel()
    Execution.restore(resumed, Execution(1, "It did not work.").save())
    found, expected = weights_after(resumed, 3), weights_after(a_duel(compiled=False), 3)
    torch.testing.assert_close(found, expected, rtol=0.0, atol=0.0)
    assert Execution.of(resumed) == Execution(1, "It did not work.")


def test_training_goes_on_as_if_nothing_had_been_planned_where_there_is_no_compiler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(part: Recorded, inputs: object) -> compiling.Code:
        raise RuntimeError("No C++ compiler was found\nand a page more")

    monkeypatch.setattr(compiling, "_compiled", fails)
    duel = a_duel()
    found, expected = weights_after(duel, 3), weights_after(a_duel(compiled=False), 3)
    torch.testing.assert_close(found, expected, rtol=0.0, atol=0.0)
    assert duel.refusal is not None
    assert duel.refusal.endswith("No C++ compiler was found.")


def test_code_that_computes_something_else_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(part: Recorded, inputs: object) -> compiling.Code:
        return lambda *values: [1.2 * result for result in part.code(*values)]

    monkeypatch.setattr(compiling, "_compiled", wrong)
    duel = a_duel()
    found, expected = weights_after(duel, 3), weights_after(a_duel(compiled=False), 3)
    torch.testing.assert_close(found, expected, rtol=0.0, atol=0.0)
    assert "gradients differ by 0.2" in (duel.refusal or "")


def test_networks_that_draw_by_themselves_are_trained_without() -> None:
    recipe = replace(RECIPE, networks=Part("mlp", {"width": 8, "discriminator_dropout": 0.5}))
    duel = a_duel(recipe)
    found, expected = weights_after(duel, 3), weights_after(a_duel(recipe, compiled=False), 3)
    torch.testing.assert_close(found, expected, rtol=0.0, atol=0.0)
    assert "random numbers by themselves" in (duel.refusal or "")


def test_the_precision_of_other_products_stays_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_compiled", recorded)
    before = torch.get_float32_matmul_precision()
    weights_after(a_duel(), 2)
    assert torch.get_float32_matmul_precision() == before


@needs_compiler
@pytest.mark.slow
def test_compiled_code_is_used_and_agrees() -> None:
    duel = a_duel()
    found, expected = weights_after(duel, 6), weights_after(a_duel(compiled=False), 6)
    assert duel.refusal is None
    torch.testing.assert_close(found, expected, rtol=0.02, atol=0.02)


@needs_compiler
@pytest.mark.slow
def test_a_compiled_run_that_is_resumed_gives_the_same_bits(tmp_path: Path) -> None:
    whole = a_loop(tmp_path / "whole", steps=11, duel=a_duel())
    whole.run()
    a_loop(tmp_path / "cut", steps=11, duel=a_duel(), stop_at=5).run()
    rest = a_loop(tmp_path / "cut", steps=11, duel=a_duel())
    rest.resume()
    rest.run()
    assert rest.duel.refusal is None
    for name, value in whole.duel.game.state_dict().items():
        assert torch.equal(value, rest.duel.game.state_dict()[name]), name
