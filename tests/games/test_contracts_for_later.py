"""The duel and the loop carry games that the product does not ship yet, with nothing special for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganforge.core.contracts import Feed, Phase
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import EmaSettings, OptimizerSettings
from ganforge.core.records import Condition
from ganforge.core.schedule import Schedule
from ganforge.core.seeding import Draws
from ganforge.games._game import Game
from ganforge.runs.checkpoints import Checkpoints
from ganforge.training.duel import Duel
from ganforge.training.ema import Ema
from ganforge.training.loop import Loop
from ganforge.training.stage import Cadence, Stage
from ganforge.training.state import collect
from tests.games import table, unpaired

PLAN = ExecutionPlan("cpu", 1, "float32", False, 1, 0.0, 1.0, "a test")


@dataclass(frozen=True)
class Miniature:
    """All that a training of a game needs."""

    make: Callable[[], Game]
    phases: Sequence[Phase]
    feed: Feed
    steps: int


MINIATURES = {
    "unpaired": Miniature(unpaired.Unpaired, unpaired.PHASES, unpaired.UnpairedFeed(), 2500),
    "table": Miniature(table.Table, table.PHASES, table.TableFeed(), 1200),
}


def a_loop(miniature: Miniature, folder: Path, steps: int, stop_at: int | None = None) -> Loop:
    """A loop over freshly initialised players; it stops by itself after `stop_at` steps."""
    torch.manual_seed(3)
    game = miniature.make()
    adam = OptimizerSettings(lr=Schedule(2e-3, end=0.0), betas=(0.5, 0.99))
    names = {phase.optimizer for phase in miniature.phases}
    duel = Duel(game, miniature.phases, dict.fromkeys(names, adam), batch=128, seed=5, plan=PLAN)
    ema = Ema(game, EmaSettings(half_life_kimg=5.0))
    loop = Loop(
        Stage(duel, ema, steps, Cadence.over(steps, save_seconds=1e9)),
        miniature.feed,
        Checkpoints(folder),
        asked_to_stop=lambda: loop.step == stop_at,
    )
    return loop


@pytest.mark.parametrize("name", MINIATURES)
def test_a_game_of_another_kind_resumes_to_the_bit(name: str, tmp_path: Path) -> None:
    miniature = MINIATURES[name]
    whole = a_loop(miniature, tmp_path / "whole", 40)
    whole.run()
    assert a_loop(miniature, tmp_path / "parts", 40, stop_at=17).run().reason == "interrupted"
    rest = a_loop(miniature, tmp_path / "parts", 40)
    rest.resume()
    assert rest.step == 17
    assert rest.run().reason == "done"
    assert_same(collect(whole.duel, whole.ema), collect(rest.duel, rest.ema))


def test_an_unpaired_translation_learns_the_way_there_and_back(tmp_path: Path) -> None:
    miniature = MINIATURES["unpaired"]
    loop = a_loop(miniature, tmp_path, miniature.steps)
    loop.run()
    a = miniature.feed.batch(10**9, 1000).real["a"]
    there = loop.ema.players["a_to_b"](a)
    back = loop.ema.players["b_to_a"](there)
    nearest = torch.cdist(there, torch.tensor([[-2.0, 4.0], [2.0, 4.0]])).min(dim=1)
    assert (nearest.values < 0.8).float().mean() > 0.9
    assert nearest.indices.float().mean().sub(0.5).abs() < 0.1, "both clusters are reached"
    assert (back - a).norm(dim=1).median() < 0.3


def test_a_table_learns_categories_on_demand(tmp_path: Path) -> None:
    miniature = MINIATURES["table"]
    loop = a_loop(miniature, tmp_path, miniature.steps)
    loop.run()
    game = loop.duel.game.with_players(loop.ema.players)
    assert isinstance(game, table.Table)
    for category in range(table.CATEGORIES):
        wanted = Condition(vector=torch.eye(table.CATEGORIES)[torch.full((1000,), category)])
        draws = Draws(0, "test", category)
        rows = table.head(game.raw(wanted, draws), draws)
        assert (rows[:, : table.CATEGORIES].argmax(dim=1) == category).float().mean() > 0.95
        assert abs(float(rows[:, -1].mean() - table.MEANS[category])) < 0.2
        assert 0.5 < float(rows[:, -1].std() / table.SPREAD) < 1.6


def assert_same(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name
