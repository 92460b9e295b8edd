"""Every objective with every penalty and every pair of networks, as they meet in a real update: found by scanning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
import torch
from jaxtyping import Int
from torch import Tensor

from ganforge.core.contracts import DataOptions, Phase, Source
from ganforge.core.recipe import OptimizerSettings, PenaltySettings, Recipe
from ganforge.core.records import Batch, Condition, Scores
from ganforge.core.schedule import constant
from ganforge.core.seeding import Draws
from ganforge.core.settings import Part
from ganforge.data._opening import open_source
from ganforge.games._game import GAMES
from ganforge.games.noise import NoiseGame
from ganforge.losses.adversarial import DiscriminatorLoss, GeneratorLoss
from ganforge.losses.objective import OBJECTIVES
from ganforge.losses.penalty import PENALTIES
from ganforge.losses.projection import PROJECTIONS
from ganforge.networks._pair import PAIRS
from ganforge.training.duel import Duel, Moment
from ganforge.training.ema import Ema
from ganforge.training.state import collect, restore
from ganforge.training.turn import GameTurn
from tests.training.small import PLAN, RECIPE, a_feed, assert_same, snapshot

Shape = tuple[int, ...]
SHAPES: list[Shape] = [(2,), (1, 8, 8)]
CLASSES = 3
BATCH = 6
NO_PENALTY = "no penalty"


def places() -> list[tuple[str, Shape]]:
    """Each pair at each small shape that it takes."""
    return [(name, shape) for name in PAIRS.names() for shape in SHAPES if PAIRS.get(name)().takes(shape) is None]


every_objective = pytest.mark.parametrize("objective", OBJECTIVES.names())
every_penalty = pytest.mark.parametrize("penalty", PENALTIES.names())
every_penalty_and_none = pytest.mark.parametrize("penalty", [NO_PENALTY, *PENALTIES.names()])
every_pair = pytest.mark.parametrize(
    ("pair", "shape"), places(), ids=[f"{pair}-{'x'.join(map(str, shape))}" for pair, shape in places()]
)
with_and_without_classes = pytest.mark.parametrize("classes", [0, CLASSES])


class Labelled(Source):
    """The samples of another source, labelled by their numbers."""

    def __init__(self, inner: Source, classes: int) -> None:
        self._inner = inner
        self._classes = classes
        self.domain, self.split = inner.domain, inner.split
        self.card = replace(inner.card, classes=tuple(f"class {i}" for i in range(classes)))

    def batch(self, rows: Int[Tensor, "n"]) -> Batch:
        return replace(self._inner.batch(rows), condition=Condition(labels=rows % self._classes))


@cache
def samples(shape: Shape, classes: int) -> Source:
    random = np.random.default_rng(0)
    if len(shape) == 1:
        inner = open_source(random.standard_normal((24, *shape)), DataOptions())
    else:
        inner = open_source(random.integers(0, 256, (24, *shape[1:]), dtype=np.uint8), DataOptions())
    assert inner.card.shape == shape
    return Labelled(inner, classes) if classes else inner


def a_recipe(
    pair: str, objective: str = "non-saturating", penalty: str = NO_PENALTY, every: int = 1, **settings: str
) -> Recipe:
    penalties = () if penalty == NO_PENALTY else (PenaltySettings(Part(penalty), constant(0.5), every),)
    networks = Part(pair, {"width": 8, "depth": 1, **settings})
    return replace(RECIPE, networks=networks, objective=Part(objective), penalties=penalties, batch=BATCH)


@dataclass
class Training:
    """A duel with its averaged generator and its data."""

    duel: Duel
    ema: Ema
    source: Source

    def step(self, step: int) -> dict[str, Tensor]:
        measured = self.duel.update(Moment(step, step * BATCH, step / 10), a_feed(self.source))
        self.ema.update((step + 1) * BATCH, BATCH)
        return measured


def a_training(
    recipe: Recipe,
    source: Source,
    *,
    bf16: bool = False,
    micro_batches: int = 1,
    phases: tuple[Phase, ...] = (),
    lr: float | None = None,
) -> Training:
    torch.manual_seed(0)
    game = GAMES.get(recipe.game.name).make(recipe, source.card, source.domain)
    plan = replace(PLAN, micro_batches=micro_batches)
    if bf16:  # as it is measured to be fastest: with pictures' channels last
        plan = replace(plan, precision="bfloat16", channels_last=len(source.card.shape) == 3)
    phases = phases or GAMES.get(recipe.game.name).phases(recipe)
    adam = recipe.generator if lr is None else OptimizerSettings(lr=constant(lr))
    optimizers = {phase.optimizer: adam for phase in phases}
    duel = Duel(game, phases, optimizers, batch=BATCH, seed=1, plan=plan)
    return Training(duel, Ema(duel.game, recipe.ema), source)


@every_objective
@every_penalty_and_none
@every_pair
@with_and_without_classes
@pytest.mark.parametrize("bf16", [False, True], ids=["fp32", "bf16"])
def test_they_learn_together_and_resume_to_the_bit(
    objective: str, penalty: str, pair: str, shape: Shape, classes: int, bf16: bool
) -> None:
    recipe, source = a_recipe(pair, objective, penalty, every=2), samples(shape, classes)
    whole = a_training(recipe, source, bf16=bf16)
    before = {name: snapshot(player) for name, player in whole.duel.game.players.items()}
    measured = [whole.step(0), whole.step(1)]
    saved = {name: tensor.clone() for name, tensor in collect(whole.duel, whole.ema).items()}
    measured.append(whole.step(2))
    assert all(value.shape == () and torch.isfinite(value) for values in measured for value in values.values())
    term = f"discriminator.{penalty}"
    assert [term in values for values in measured] == [penalty != NO_PENALTY, False, penalty != NO_PENALTY]
    for name, player in whole.duel.game.players.items():
        moved = [not torch.equal(weight, before[name][key]) for key, weight in player.named_parameters()]
        assert sum(moved) > len(moved) / 2, name

    resumed = a_training(recipe, source, bf16=bf16)
    restore(resumed.duel, resumed.ema, saved)
    resumed.step(2)
    assert_same(collect(whole.duel, whole.ema), collect(resumed.duel, resumed.ema))


@every_objective
@every_penalty_and_none
def test_packs_and_parts_of_unequal_size_change_nothing_about_that(objective: str, penalty: str) -> None:
    recipe = replace(a_recipe("mlp", objective, penalty), packing=2)
    training = a_training(recipe, samples((2,), CLASSES), micro_batches=2)  # parts of one pack and of two
    for step in range(2):
        assert all(torch.isfinite(value) for value in training.step(step).values())
    assert all(torch.isfinite(weight).all() for weight in training.duel.game.parameters())


class CalmGame(NoiseGame):
    """Its judges' scores lie between 0 and 1, where each objective has a slope; beyond, some pull back or rest."""

    def judge(self, player: str, x: Tensor, condition: Condition | None) -> Scores:
        scores = super().judge(player, x, condition)
        return replace(scores, adversarial=tuple(scale.sigmoid() for scale in scores.adversarial))


def a_turn(recipe: Recipe, source: Source, number: int) -> GameTurn:
    torch.manual_seed(0)
    game = CalmGame.make(recipe, source.card, source.domain)
    phase = CalmGame.phases(recipe)[number]
    batch = a_feed(source).batch(0, BATCH)
    return GameTurn(game, phase, phase.terms, batch, Draws(0, "turn"))


def slopes(loss: Tensor, scores: Scores) -> Tensor:
    """How the loss changes with every score."""
    return torch.cat([slope.flatten() for slope in torch.autograd.grad(loss, scores.adversarial, retain_graph=True)])


@every_objective
@every_pair
@with_and_without_classes
def test_each_player_pushes_the_scores_its_own_way(objective: str, pair: str, shape: Shape, classes: int) -> None:
    recipe, source = a_recipe(pair, objective), samples(shape, classes)
    rule = recipe.objective.build(OBJECTIVES.get(objective))
    turn = a_turn(recipe, source, 0)
    loss = DiscriminatorLoss(rule)(turn)
    assert (slopes(loss, turn.real("discriminator").scores) < 0).all()
    assert (slopes(loss, turn.fake("discriminator").scores) > 0).all()
    turn = a_turn(recipe, source, 1)
    loss = GeneratorLoss(rule)(turn)
    assert (slopes(loss, turn.fake("discriminator").scores) < 0).all()
    assert torch.autograd.grad(loss, turn.forgery.fake["x"])[0].abs().sum() > 0


@every_penalty
@every_pair
def test_laziness_keeps_the_strength(penalty: str, pair: str, shape: Shape) -> None:
    """At fixed weights, what a penalty adds over four steps is four times what it adds in the step that has it."""
    source = samples(shape, 0)

    def pushes(every: int) -> list[Tensor]:
        recipe = a_recipe(pair, penalty=penalty, every=every)
        phase = GAMES.get(recipe.game.name).phases(recipe)[0]
        alone = replace(phase, terms=tuple(term for term in phase.terms if term.name == penalty))
        training = a_training(recipe, source, phases=(alone,), lr=0.0)
        added = []
        for step in range(4):
            rests = training.step(step) == {}
            weights = [weight for _, weight in training.duel.named_parameters("discriminator")]
            found = [torch.zeros_like(w) if rests or w.grad is None else w.grad for w in weights]
            added.append(torch.cat([gradient.flatten() for gradient in found]))
        return added

    eager, lazy = pushes(1), pushes(4)
    assert all(push.abs().sum() > 0 for push in eager)
    torch.testing.assert_close(torch.stack(lazy).sum(0), 4 * eager[0])


@every_pair
@pytest.mark.parametrize("projection", PROJECTIONS.names())
def test_weights_lie_in_the_projection_s_set_after_each_step(projection: str, pair: str, shape: Shape) -> None:
    recipe = replace(a_recipe(pair, "wasserstein"), projections=(Part(projection),))
    training = a_training(recipe, samples(shape, 0))
    project = PROJECTIONS.get(projection)()
    for step in range(2):
        assert all(torch.isfinite(value) for value in training.step(step).values())
        weights = list(training.duel.game.players["discriminator"].parameters())
        before = [weight.detach().clone() for weight in weights]
        project(weights)
        assert all(torch.equal(weight, kept) for weight, kept in zip(weights, before, strict=True))


@every_pair
@pytest.mark.parametrize("bf16", [False, True], ids=["fp32", "bf16"])
def test_an_auxiliary_classifier_is_trained_by_both_phases(pair: str, shape: Shape, bf16: bool) -> None:
    recipe = a_recipe(pair, discriminator_labels="auxiliary")
    measured = a_training(recipe, samples(shape, CLASSES), bf16=bf16).step(0)
    for phase in ("discriminator", "generator"):
        assert torch.isfinite(measured[f"{phase}.classes"])
        assert measured[f"{phase}.classes"] > 0


def test_members_of_every_kind_were_found() -> None:
    assert {shape for _, shape in places()} == set(SHAPES)
    assert len(OBJECTIVES.names()) >= 7
    assert len(PENALTIES.names()) >= 3
