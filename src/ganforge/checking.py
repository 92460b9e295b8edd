"""A look at data and recipe before the first step: what is in the way of a good training, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from ganforge.core.contracts import DataOptions, Source
from ganforge.core.device import pick_device
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import OptimizerSettings, Recipe
from ganforge.core.records import DataCard, Finding, Inspected
from ganforge.data._opening import open_source
from ganforge.losses.objective import OBJECTIVES
from ganforge.recipes._recipes import RECIPES
from ganforge.session import (
    Options,
    Tell,
    choose_recipe,
    measured_plan,
    silent,
    tell_of_data,
    tell_of_measuring,
    tell_of_plan,
)
from ganforge.staging import SOUND, players, samples_per_step
from ganforge.watch._ailment import AILMENTS, TOO_FEW_UPDATES
from ganforge.watch._chart import Chart
from ganforge.watch.inspection import inspect

HIGH_RATE, LOW_RATE = 10.0, 0.01
"""A learning rate beyond so many times the usual one is told."""
SMALL_BATCH = 8
FEW_LATENTS = 8
"""A generator draws nothing with more dimensions than its z has; what matters in pictures has some at least."""
LARGER, SMALLER = 30.0, 1 / 30
"""A network of so many times the usual number of weights is told."""
STEPS = 10
"""So many updates of the discriminator for one of the generator are told."""
MOMENTUM = 0.9
"""At and above, together with an optimiser of adaptive steps, a game tends to swing (arXiv:1807.04740)."""
PENALTY = 30.0
"""A penalty so many times as strong, or as weak, as usual is told."""
PASSES = 1000.0
"""After so often the whole training data, a discriminator tends to know them by heart."""
MUCH_LONGER = 2.0
"""Only a run that is so many times as long as usual is told how often it shows each item."""
SHORT = 20.0
"""A run so many times shorter than usual is told."""


@dataclass(frozen=True)
class Concern:
    """Something about the settings that is best known before the training."""

    sentence: str
    """For a person."""
    cure: str
    """What to add to the command; "" = it depends."""


@dataclass(frozen=True)
class Checked:
    """What a look beforehand gave."""

    data: DataCard
    recipe: Recipe
    plan: ExecutionPlan
    inspected: Inspected
    findings: tuple[Finding, ...]
    """What ails the data."""
    concerns: tuple[Concern, ...]
    """What is unusual about the settings."""


def check(source: Any, options: Options, *, tell: Tell = silent) -> Checked:
    """Open the data, choose the recipe and look at both; nothing is trained and no folder is made.

    Args:
        source: as `ganforge.train` takes it.
        options: as `ganforge.train` takes them.
        tell: called with sentences for a person.

    Raises:
        DataError, SettingError, MachineError: it cannot be trained; the message says why and what to do.
    """
    device = pick_device(options.device)
    data = open_source(source, DataOptions(size=options.size, labels=options.labels, tell=tell))
    tell_of_data(data, tell)
    recipe = choose_recipe(options, data)
    tell(f"Recipe {recipe.name}: {recipe.why}.")
    inspected = inspect(data)
    plan = measured_plan(data, recipe, options, device, tell=tell)
    tell_of_plan(plan, tell)
    tell_of_measuring(plan, tell)
    concerns = tuple(concerns_about(recipe, data, plan))
    return Checked(data.card, recipe, plan, inspected, ailments_of(inspected), concerns)


def ailments_of(inspected: Inspected) -> tuple[Finding, ...]:
    """What ails the data, so far as it can be seen before the first step."""
    chart = Chart().after(inspected)
    found = (AILMENTS.get(name)().look(chart) for name in AILMENTS.names())
    return tuple(finding for finding in found if finding is not None)


def concerns_about(recipe: Recipe, data: Source, plan: ExecutionPlan) -> Iterator[Concern]:
    """What in a recipe is far from what is known to be sound for these data, most alarming first."""
    reference = RECIPES.get(SOUND)(data.card)
    sizes, usual_sizes = _Sizes.of(recipe, data), _Sizes.of(reference, data)
    yield from _unheld(recipe, sizes)
    for player in ("generator", "discriminator"):
        yield from _rate(player, recipe, _usual_for(recipe, reference, player, data.card))
    yield from _batch(recipe)
    yield from _latent(recipe, reference, data)
    yield from _networks(sizes, usual_sizes, reference)
    yield from _penalties(recipe, reference)
    yield from _turns(recipe)
    yield from _length(recipe, reference, data, plan)


def _usual_for(recipe: Recipe, reference: Recipe, player: str, card: DataCard) -> OptimizerSettings:
    """Sound settings of the same method: the reference's, or else those that the recipe of this name comes with."""
    asked: OptimizerSettings = getattr(recipe, player)
    usual: OptimizerSettings = getattr(reference, player)
    if usual.method != asked.method and recipe.name in RECIPES.names():
        own: OptimizerSettings = getattr(RECIPES.get(recipe.name)(card), player)
        return own if own.method == asked.method else usual
    return usual


def _rate(player: str, recipe: Recipe, usual: OptimizerSettings) -> Iterator[Concern]:
    asked: OptimizerSettings = getattr(recipe, player)
    ratio = asked.lr.start / usual.lr.start if usual.lr.start else math.inf
    cure = f"--set {player}.lr.start={usual.lr.start:g}"
    if ratio > HIGH_RATE:
        yield Concern(
            f"The {player}'s learning rate is {asked.lr.start:g}, {ratio:,.0f} times the usual {usual.lr.start:g}: "
            "the training will probably break down.",
            cure,
        )
    elif ratio < LOW_RATE:
        slow = f"{1 / ratio:,.0f} times below" if ratio else "not"
        yield Concern(
            f"The {player}'s learning rate is {asked.lr.start:g}, {slow} the usual {usual.lr.start:g}: it will hardly "
            "learn in the time it has.",
            cure,
        )
    if asked.method == usual.method != "sgd" and asked.betas[0] >= MOMENTUM > usual.betas[0]:
        yield Concern(
            f"The {player}'s momentum (the first of its betas) is {asked.betas[0]:g}: two networks that push against "
            "each other tend to swing at that.",
            f"--set {player}.betas=[{usual.betas[0]:g},{usual.betas[1]:g}]",
        )


def _batch(recipe: Recipe) -> Iterator[Concern]:
    if recipe.batch < SMALL_BATCH:
        yield Concern(
            f"The batch is {recipe.batch}: each step sees so few items that what it learns is mostly chance.",
            "--set batch=64",
        )


def _latent(recipe: Recipe, reference: Recipe, data: Source) -> Iterator[Concern]:
    numbers = math.prod(data.card.shape)
    least = min(FEW_LATENTS, numbers)
    if recipe.latent.length < least:
        yield Concern(
            f"The generator starts from {recipe.latent.length} random number{'s' * (recipe.latent.length > 1)}; its "
            f"samples can vary in no more ways than that, and real ones have {numbers:,} numbers each.",
            f"--set latent.normal={max(reference.latent.normal, least)}",
        )


def _unheld(recipe: Recipe, sizes: _Sizes) -> Iterator[Concern]:
    objective = recipe.objective.build(OBJECTIVES.get(recipe.objective.name))
    far = torch.tensor([1e4])
    # A loss that falls for ever as real and fake scores part needs something that holds the discriminator back
    falls_for_ever = float(objective.discriminator_loss(far, -far).mean()) < -1.0
    if falls_for_ever and not (recipe.penalties or recipe.projections or sizes.normalised):
        yield Concern(
            "The discriminator's loss has no floor here, and nothing holds it back, neither a penalty nor clipping "
            "nor spectral normalisation: its scores will run away.",
            "--set networks.settings.discriminator_spectral=true",
        )


@dataclass(frozen=True)
class _Sizes:
    """How many weights each player has."""

    weights: Mapping[str, int]
    judges: frozenset[str]
    normalised: bool
    """Whether the judges' layers are held by a parametrisation (spectral normalisation)."""

    @staticmethod
    def of(recipe: Recipe, data: Source) -> _Sizes:
        with torch.random.fork_rng():
            game = players(recipe, data, seed=0)
        held = (
            parametrize.is_parametrized(module) for judge in game.judges for module in game.players[judge].modules()
        )
        weights = {name: _count(player) for name, player in game.players.items()}
        return _Sizes(weights, frozenset(game.judges), any(held))


def _count(player: nn.Module) -> int:
    return sum(weight.numel() for weight in player.parameters())


def _networks(sizes: _Sizes, usual: _Sizes, reference: Recipe) -> Iterator[Concern]:
    cure = f"--set networks={reference.networks.name}"
    for name, count in sizes.weights.items():
        ratio = count / max(1, usual.weights.get(name, count))
        if SMALLER <= ratio <= LARGER:
            continue
        told = f"{ratio:,.0f} times as many as" if ratio > 1 else f"{1 / ratio:,.0f} times fewer than"
        end = "it will overpower the other, or take very long" if ratio > 1 else "it will hardly keep up with the other"
        yield Concern(f"The {name} has {count:,} weights, {told} usual for such data: {end}.", cure)


def _penalties(recipe: Recipe, reference: Recipe) -> Iterator[Concern]:
    usual = {each.penalty.name: each.weight.start for each in reference.penalties}
    for at, penalty in enumerate(recipe.penalties):
        weight, sound = penalty.weight.start, usual.get(penalty.penalty.name)
        if sound and not 1 / PENALTY <= weight / sound <= PENALTY:
            effect = (
                "the discriminator will be held so still that it teaches nothing"
                if weight > sound
                else "it will hardly hold the discriminator back"
            )
            yield Concern(
                f"The penalty {penalty.penalty.name} has the strength {weight:g}, usual is {sound:g}: {effect}.",
                f"--set penalties.{at}.weight.start={sound:g}",
            )


def _turns(recipe: Recipe) -> Iterator[Concern]:
    if recipe.discriminator_steps >= STEPS:
        yield Concern(
            f"The discriminator is updated {recipe.discriminator_steps} times for each update of the generator: it "
            "will know every forgery for certain, and the generator learns little in its few updates.",
            "--set discriminator_steps=1",
        )


def _length(recipe: Recipe, reference: Recipe, data: Source, plan: ExecutionPlan) -> Iterator[Concern]:
    usual = reference.budget.kimg
    if usual is None:
        return
    passes = plan.kimg * 1000 / max(1, len(data.split.train))
    if passes > PASSES and plan.kimg > MUCH_LONGER * usual and recipe.augment is None:
        yield Concern(
            f"Every item will be shown {passes:,.0f} times: the discriminator may come to know them by heart, and the "
            "samples to be copies.",
            f"--kimg {usual:g}",
        )
    updates = round(plan.kimg * 1000 / samples_per_step(recipe))
    few = updates < TOO_FEW_UPDATES and plan.kimg < usual / MUCH_LONGER
    if few or (plan.kimg < usual / SHORT and recipe.budget.minutes is None):
        told = (
            f", and its {updates:,} updates are too few for the doctor, who says next to nothing before "
            f"{TOO_FEW_UPDATES}"
        )
        yield Concern(
            f"The run is {plan.kimg:,.1f}k samples long; for such data up to {usual:,.0f}k are usual: expect a first "
            f"sketch{told if few else ''}.",
            f"--kimg {usual:g}",
        )
