"""Small real trainings for tests: one number with two modes, MLPs of a few neurons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ganforge.core.contracts import DataOptions, Observer, Phase, Source
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import Budget, EmaSettings, LatentSettings, OptimizerSettings, PenaltySettings, Recipe
from ganforge.core.records import Event
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part
from ganforge.data._opening import open_source
from ganforge.examining import make_examiner
from ganforge.games._game import GAMES, PlayableGame
from ganforge.runs.checkpoints import Checkpoints
from ganforge.training.duel import Duel
from ganforge.training.ema import Ema
from ganforge.training.feed import ShuffledFeed
from ganforge.training.loop import Loop
from ganforge.training.stage import Cadence, Care, Stage
from ganforge.watch.probes import GameProber

PLAN = ExecutionPlan("cpu", 1, "float32", False, 1, 0.0, 1.0, "a test")
ADAM = OptimizerSettings(lr=Schedule(2e-3, end=0.0), betas=(0.0, 0.99))
RECIPE = Recipe(
    name="small",
    why="a test",
    networks=Part("mlp", {"width": 32, "depth": 2}),
    objective=Part("relativistic"),
    penalties=(
        PenaltySettings(Part("r1"), constant(0.1), every=2),
        PenaltySettings(Part("r2"), constant(0.1), every=2),
    ),
    generator=ADAM,
    discriminator=ADAM,
    batch=64,
    latent=LatentSettings(normal=2),
    ema=EmaSettings(half_life_kimg=2.0),
    budget=Budget(kimg=10.0, minutes=None),
)


def two_modes(n: int = 2000) -> Source:
    """One column: half of the rows near -3, half near 5."""
    random = np.random.default_rng(0)
    column = np.where(random.random(n) < 0.5, -3.0, 5.0) + 0.1 * random.standard_normal(n)
    return open_source(column[:, None], DataOptions())


@dataclass
class Witness:
    """An observer that remembers."""

    events: list[Event]

    def see(self, event: Event) -> None:
        self.events.append(event)


def a_game(recipe: Recipe, source: Source, seed: int = 0) -> PlayableGame:
    torch.manual_seed(seed)
    return GAMES.get(recipe.game.name).make(recipe, source.card, source.domain)


def a_duel(
    recipe: Recipe = RECIPE,
    source: Source | None = None,
    *,
    phases: Sequence[Phase] | None = None,
    micro_batches: int = 1,
) -> Duel:
    source = source or two_modes()
    game = a_game(recipe, source)
    phases = phases or GAMES.get(recipe.game.name).phases(recipe)
    settings = {"generator": recipe.generator, "discriminator": recipe.discriminator}
    return Duel(
        game,
        phases,
        {phase.optimizer: settings[phase.optimizer] for phase in phases},
        batch=recipe.batch,
        seed=1,
        plan=replace(PLAN, micro_batches=micro_batches),
    )


def a_feed(source: Source, seed: int = 1) -> ShuffledFeed:
    return ShuffledFeed(source.batch, source.split.train, seed)


def a_loop(
    folder: Path,
    *,
    steps: int,
    recipe: Recipe = RECIPE,
    source: Source | None = None,
    duel: Duel | None = None,
    observers: Sequence[Observer] = (),
    draw: Callable[[], Tensor] | None = None,
    stop_at: int | None = None,
    save_seconds: float = 1e9,
    examine_every: int = 0,
    may_stop: bool = False,
    watch_every: int = 0,
    care: Care | None = None,
) -> Loop:
    source = source or two_modes()
    duel = duel or a_duel(recipe, source)
    ema = Ema(duel.game, recipe.ema)
    plan = replace(PLAN, examine_steps=examine_every, examine_samples=200, watch_steps=watch_every)
    averaged = duel.game.with_players(ema.players)
    assert isinstance(duel.game, PlayableGame)
    assert isinstance(averaged, PlayableGame)
    stage = Stage(
        duel,
        ema,
        steps,
        Cadence.over(steps, save_seconds),
        draw,
        make_examiner(plan, averaged, source, steps, seed=1),
        GameProber(duel.game, averaged, source, source.split, 1, plan) if watch_every else None,
    )
    loop = Loop(
        stage,
        a_feed(source),
        Checkpoints(folder),
        observers=observers,
        care=care,
        may_stop=may_stop,
        asked_to_stop=lambda: loop.step == stop_at,
    )
    return loop


def snapshot(module: torch.nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def assert_same(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name
