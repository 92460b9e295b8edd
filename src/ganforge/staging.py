"""From a recipe to a stage: players, optimisers, what draws, examines and probes; and the doctor who cares for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ganforge.core.contracts import Phase, Source
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import OptimizerSettings, Recipe
from ganforge.core.records import Split
from ganforge.core.seeding import Draws, seed_for
from ganforge.examining import make_examiner
from ganforge.games._game import GAMES, PlayableGame
from ganforge.metrics._examiner import KernelExaminer
from ganforge.recipes._recipes import RECIPES
from ganforge.training.duel import Duel
from ganforge.training.ema import Ema
from ganforge.training.feed import ShuffledFeed
from ganforge.training.memory import in_parts_that_fit, is_out_of_memory
from ganforge.training.stage import Cadence, Care, Stage
from ganforge.watch._course import Course
from ganforge.watch.doctor import Physician
from ganforge.watch.inspection import inspect
from ganforge.watch.probes import GameProber, with_watching

SOUND = "auto"
"""The recipe whose choices the doctor knows to be sound for any data; it is treated where nobody said otherwise."""


@dataclass(frozen=True)
class Setting:
    """All of a run that a treatment leaves as it is."""

    data: Source
    split: Split
    plan: ExecutionPlan
    seed: int
    save_seconds: float
    started_with: Recipe
    tell: Callable[[str], None]


def make_stage(setting: Setting, recipe: Recipe, treatment: int = 0, *, watched: bool = True) -> Stage:
    """Fresh players by a recipe and all that looks at them; the `treatment`-th time, with other first weights.

    The plan counts in updates of the recipe that the run was started with; a recipe with other batches keeps the
    number of samples between two looks.
    """
    plan = setting.plan
    game = players(recipe, setting.data, setting.seed, treatment)
    duel = Duel(game, phases(recipe), optimizers(recipe), batch=recipe.batch, seed=setting.seed, plan=plan)
    ratio = samples_per_step(setting.started_with) / duel.samples_per_step
    plan = replace(
        plan,
        examine_steps=_scaled(plan.examine_steps, ratio),
        watch_steps=_scaled(plan.watch_steps, ratio),
    )
    ema = Ema(game, recipe.ema)
    averaged = game.with_players(ema.players)
    total_steps = max(1, round(plan.kimg * 1000 / duel.samples_per_step))
    looks = watched and plan.watch_steps > 0
    return Stage(
        duel,
        ema,
        total_steps,
        Cadence.over(total_steps, setting.save_seconds),
        _fixed_samples(averaged, setting),
        _examiner(setting, plan, averaged, total_steps),
        GameProber(game, averaged, setting.data, setting.split, setting.seed, plan) if looks else None,
    )


def make_care(setting: Setting, *, treats: bool) -> Care:
    """A doctor for a run; `treats` = he does more than tell."""
    recipe, data = setting.started_with, setting.data
    course = None
    if treats:
        own = RECIPES.get(recipe.name)(data.card) if recipe.name in RECIPES.names() else None
        course = Course(recipe, RECIPES.get(SOUND)(data.card), data.card, data.domain.augmentations, own)
    inspected = inspect(data)
    return Care(
        Physician(course), inspected, treats, lambda changed, treatment: make_stage(setting, changed, treatment)
    )


def with_looks(setting: Setting) -> ExecutionPlan:
    """The setting's plan with as many looks of the probes as a small share of its time allows, timed."""
    recipe, plan = setting.started_with, setting.plan
    game = players(recipe, setting.data, setting.seed)
    averaged = game.with_players(Ema(game, recipe.ema).players)
    steps = max(1, round(plan.kimg * 1000 / samples_per_step(recipe)))
    prober = GameProber(game, averaged, setting.data, setting.split, setting.seed, plan)
    return with_watching(plan, prober, steps, Cadence.over(steps).report_steps)


def players(recipe: Recipe, data: Source, seed: int, treatment: int = 0) -> PlayableGame:
    """The game with fresh players; their first weights are a function of the seed and the treatment."""
    torch.manual_seed(seed_for(seed, "initialisation", *([treatment] if treatment else [])))
    return GAMES.get(recipe.game.name).make(recipe, data.card, data.domain)


def feed(data: Source, split: Split, seed: int) -> ShuffledFeed:
    """The training items in the order in which they are shown."""
    return ShuffledFeed(data.batch, split.train, seed)


def phases(recipe: Recipe) -> tuple[Phase, ...]:
    """The phases of one step."""
    return GAMES.get(recipe.game.name).phases(recipe)


def optimizers(recipe: Recipe) -> dict[str, OptimizerSettings]:
    """What moves whom, by the optimisers' names in the phases."""
    return {"generator": recipe.generator, "discriminator": recipe.discriminator}


def samples_per_step(recipe: Recipe) -> int:
    """Real samples that one update shows to the discriminators."""
    return recipe.batch * max(phase.repeat for phase in phases(recipe))


def _scaled(steps: int, ratio: float) -> int:
    return max(1, round(steps * ratio)) if steps else 0


def _fixed_samples(shown: PlayableGame, setting: Setting) -> Callable[[], Tensor]:
    """What draws the same z again and again with the averaged generator as it is at that moment."""
    card, device, seed = setting.data.card, setting.plan.device, setting.seed
    count = setting.data.domain.shown
    z = shown.latents(count, Draws(seed, "shown", device=device))
    labels = torch.arange(count, device=device) % len(card.classes) if card.classes else None

    def some(start: int, stop: int) -> Tensor:
        head = Draws(seed, "shown head", *([start] if start else []), device=device)
        return shown.sample(z[start:stop], None if labels is None else labels[start:stop], head)

    return lambda: in_parts_that_fit(some, count)


def _examiner(setting: Setting, plan: ExecutionPlan, averaged: PlayableGame, total_steps: int) -> KernelExaminer | None:
    """What scores the averaged generator while it trains, where there is memory for it."""
    try:
        return make_examiner(plan, averaged, setting.data, total_steps, setting.seed)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        setting.tell("There is too little memory to score the samples while training; the newest generator is kept.")
        return None
