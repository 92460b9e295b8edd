"""The two baselines of the speed lab compute what Ganforge computes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.tiny import spots, table
from torch import Tensor
from torch.utils.data import DataLoader

from ganforge.bench._speed_cases import ICONS_64, Case, Opened, every_recipe, open_case
from ganforge.bench._speed_eager import EagerLoop, steps_over
from ganforge.bench._speed_flops import FlopCounter, flops_per_sample
from ganforge.bench._speed_naive import NaiveLoop, PictureSet
from ganforge.core.contracts import DataOptions
from ganforge.core.errors import SettingError
from ganforge.core.plan import ExecutionPlan
from ganforge.core.records import Batch
from ganforge.core.schedule import constant
from ganforge.core.seeding import Draws
from ganforge.core.settings import Part
from ganforge.data._opening import open_source
from ganforge.recipes._recipes import RECIPES
from ganforge.staging import optimizers, phases, players
from ganforge.training.duel import Duel, Moment
from ganforge.training.ema import Ema

PLAN = ExecutionPlan("cpu", 1, "float32", False, 1, 1.0, 1.0, "")
PICTURES = [name for name in RECIPES.names() if name not in ("gan", "sagan", "sngan")]
"""Dropout and power iterations go on with every look, of which Ganforge takes more or fewer than the loop."""


class Given:
    """A feed that always shows the same samples."""

    def __init__(self, x: Tensor) -> None:
        self._x = x

    def batch(self, seen: int, count: int) -> Batch:
        return Batch({"x": self._x.clone()}, None, torch.arange(len(self._x)))


def opened(recipe: str, source: np.ndarray) -> Opened:
    data = open_source(source, DataOptions())
    return Opened(data, replace(RECIPES.get(recipe)(data.card), batch=16))


def with_the_same(one: Opened, monkeypatch: pytest.MonkeyPatch, loop: EagerLoop | NaiveLoop) -> Duel:
    """Ganforge's duel with the loop's weights, and for both the same z and the same points between the samples."""
    game = players(one.recipe, one.data, 0)
    game.players["generator"].load_state_dict(loop.networks.generator.state_dict())
    game.players["discriminator"].load_state_dict(loop.networks.discriminator.state_dict())
    z = loop.networks.latents(one.recipe.batch)
    monkeypatch.setattr(type(game), "latents", lambda self, n, draws: z.clone())
    monkeypatch.setattr(loop.networks, "latents", lambda n: z.clone())
    monkeypatch.setattr(Draws, "uniform", lambda self, *shape: torch.full(shape, 0.3))
    monkeypatch.setattr(torch, "rand", lambda *shape, **more: torch.full(shape, 0.3))
    return Duel(game, phases(one.recipe), optimizers(one.recipe), batch=one.recipe.batch, seed=0, plan=PLAN)


def close(ours: dict[str, Tensor], theirs: dict[str, Tensor], share: float) -> None:
    """Each tensor lies within a share of its own length of the other; what is 0 but for rounding, of all together."""
    assert ours.keys() == theirs.keys()
    rounding = 1e-6 * max(float(mine.float().norm()) for mine in ours.values())
    for name, mine in ours.items():
        if not mine.is_floating_point():  # the count of batches seen
            assert torch.equal(mine, theirs[name]), name
            continue
        assert torch.linalg.vector_norm(mine - theirs[name]) <= share * torch.linalg.vector_norm(mine) + rounding, name


def gradients(network: torch.nn.Module) -> dict[str, Tensor]:
    return {name: weight.grad.clone() for name, weight in network.named_parameters() if weight.grad is not None}


def assert_same_step(one: Opened, monkeypatch: pytest.MonkeyPatch, *, steps: int = 1, share: float = 1e-3) -> None:
    loop = EagerLoop(one, total_steps=100)
    real = one.data.batch(one.data.split.train[: one.recipe.batch]).real["x"]
    duel = with_the_same(one, monkeypatch, loop)
    monkeypatch.setattr(loop, "next_batch", real.clone)
    for step in range(steps):
        duel.update(Moment(step, 0, step / 100), Given(real))
        loop.step()
        for name, network in (
            ("discriminator", loop.networks.discriminator),
            ("generator", loop.networks.generator),
        ):
            close(gradients(duel.game.players[name]), gradients(network), share)


@pytest.mark.parametrize("recipe", PICTURES)
def test_gradients_of_a_step_on_pictures_are_those_of_ganforge(recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_same_step(opened(recipe, spots(400)), monkeypatch)


@pytest.mark.parametrize("recipe", ["auto", "gan", "lsgan", "pacgan", "r3gan", "wgan", "wgan-gp"])
def test_gradients_of_a_step_on_numbers_are_those_of_ganforge(recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_same_step(opened(recipe, table(60)), monkeypatch)


def test_lazy_penalties_rest_in_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    one = opened("auto", table(60))
    rare = tuple(replace(penalty, every=2) for penalty in one.recipe.penalties)
    assert_same_step(Opened(one.data, replace(one.recipe, penalties=rare)), monkeypatch, steps=2, share=1e-2)
    assert EagerLoop(Opened(one.data, replace(one.recipe, penalties=rare)), 10).cycle == 2


def test_a_penalty_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = opened("auto", table(60))
    loop = EagerLoop(one, total_steps=100)
    loop.recipe = replace(one.recipe, penalties=one.recipe.penalties[:1])
    real = one.data.batch(one.data.split.train[:16]).real["x"]
    duel = with_the_same(one, monkeypatch, loop)
    monkeypatch.setattr(loop, "next_batch", real.clone)
    duel.update(Moment(0, 0, 0.0), Given(real))
    loop.step()
    with pytest.raises(AssertionError):
        close(gradients(duel.game.players["discriminator"]), gradients(loop.networks.discriminator), 1e-3)


@pytest.mark.parametrize(("recipe", "source"), [("auto", spots(400)), ("auto", table(60)), ("lsgan", spots(400))])
def test_the_naive_loop_moves_the_generator_as_ganforge_does(
    recipe: str, source: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = opened(recipe, source)
    loop = NaiveLoop(one, total_steps=100)
    real = one.data.batch(one.data.split.train[:16]).real["x"]
    duel = with_the_same(one, monkeypatch, loop)
    monkeypatch.setattr(loop, "_next_batch", real.clone)
    duel.update(Moment(0, 0, 0.0), Given(real))
    loop.step()
    close(gradients(duel.game.players["generator"]), gradients(loop.networks.generator), 1e-3)
    assert all(np.isfinite(loop.told))


def test_the_average_of_the_eager_loop_is_that_of_ganforge(monkeypatch: pytest.MonkeyPatch) -> None:
    one = opened("auto", spots(400))
    loop = EagerLoop(one, total_steps=100)
    game = players(one.recipe, one.data, 0)
    game.players["generator"].load_state_dict(loop.average.state_dict())
    ema = Ema(game, one.recipe.ema)
    for step in range(1, 4):
        loop.step()
        game.players["generator"].load_state_dict(loop.networks.generator.state_dict())
        ema.update(step * 16, 16)
    close(dict(ema.players["generator"].state_dict()), dict(loop.average.state_dict()), 1e-5)


def test_an_epoch_of_the_eager_loop_shows_no_sample_twice() -> None:
    loop = EagerLoop(opened("auto", table(60)), total_steps=100)
    shown = torch.cat([loop.next_batch() for _ in range(len(loop.real) // 16)])
    assert len(torch.unique(shown, dim=0)) == len(torch.unique(loop.real, dim=0)) // 16 * 16


def test_the_naive_set_makes_the_same_floats_as_the_source() -> None:
    one = opened("auto", spots(400, colour=True))
    real = one.data.batch(torch.arange(400)).real["x"]
    pictures = PictureSet(one.data.domain.decode(real))
    assert torch.allclose(torch.stack([pictures[i] for i in range(400)]), real, atol=1e-6)


def test_the_naive_loop_reads_its_data_epoch_after_epoch() -> None:
    loop = NaiveLoop(opened("auto", spots(400)), total_steps=100)
    assert isinstance(loop._loader, DataLoader)
    for _ in range(len(loop._loader) + 1):
        loop.step()
    assert loop.done == len(loop._loader) + 1


@pytest.mark.parametrize("recipe", ["wgan", "sngan"])
def test_the_naive_loop_refuses_what_tutorials_do_not_do(recipe: str) -> None:
    with pytest.raises(SettingError, match="one step of each player"):
        NaiveLoop(opened(recipe, spots(400)), 10)


def test_a_penalty_that_the_baselines_lack_is_named() -> None:
    one = opened("auto", table(60))
    odd = (replace(one.recipe.penalties[0], penalty=Part("strange"), weight=constant(1.0)),)
    with pytest.raises(SettingError, match="strange"):
        EagerLoop(Opened(one.data, replace(one.recipe, penalties=odd)), 10).step()


def test_operations_are_two_for_each_multiply_add() -> None:
    layer = torch.nn.Linear(8, 4)
    with FlopCounter() as counter:
        layer(torch.randn(5, 8)).sum().backward()
    assert counter.total == 2 * (2 * 5 * 8 * 4)  # forward, and the weights' gradient; the input needs none


def test_penalties_cost_operations() -> None:
    one = opened("auto", table(60))
    without = Opened(one.data, replace(one.recipe, penalties=()))
    assert flops_per_sample(EagerLoop(one, 10)) > 1.1 * flops_per_sample(EagerLoop(without, 10))


def test_every_recipe_has_a_case_on_pictures_and_on_numbers() -> None:
    cases = [(case.source, case.recipe) for case in every_recipe()]
    assert sorted(cases) == sorted((source, name) for source in ("digits", "grid") for name in RECIPES.names())


def test_icons_in_colour_are_of_64_pixels(tmp_path: Path) -> None:
    one = open_case(Case(ICONS_64, "auto"))
    assert one.data.card.shape == (3, 64, 64)


def test_steps_count_those_of_the_discriminator_together() -> None:
    assert steps_over(opened("wgan", table(60)).recipe, 1.6) == 20
