"""Mistakes in the code of a training, which no setting can express: planted while a case is trained and judged.

Each is what a person's own training loop could have; here it is put into ours, and taken out again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from ganforge import session
from ganforge.core.contracts import Domain, Feed, Phase, Source, Term, Turn
from ganforge.core.recipe import OptimizerSettings, Recipe
from ganforge.core.records import Batch, DataCard, Split
from ganforge.core.schedule import Schedule
from ganforge.games.noise import DISCRIMINATOR, GENERATOR, NoiseGame
from ganforge.losses.adversarial import DiscriminatorLoss
from ganforge.losses.objective import Objective
from ganforge.losses.penalty import Penalty
from ganforge.training import duel

Phases = tuple[Phase, ...]
MakesFeed = Callable[[Source, Split, int], Feed]


@dataclass(frozen=True)
class Bug:
    """A mistake, by the places where a training can have one."""

    phases: Callable[[Phases], Phases] | None = None
    """What becomes of the phases of a step: terms, who is trained, what is done to the weights afterwards."""
    feed: MakesFeed | None = None
    """What shows the training items in the place of the shuffled feed."""
    output: Callable[[Tensor], Tensor] | None = None
    """What stands behind the generator's last layer, in training and in use."""
    weight_decay: float = 0.0
    """Of both optimisers: the loss grows by half of it times the squared weights."""
    keeps_gradients: bool = False
    """Whether gradients are never cleared, so that each step goes by the sum of all there ever were."""


@contextmanager
def planted(bug: Bug | None) -> Iterator[None]:
    """Within, all trainings of this process have the mistake; None = none."""
    with ExitStack() as stack:
        if bug is not None:
            for owner, name, value in _changes(bug):
                stack.enter_context(_replaced(owner, name, value))
        yield


def _changes(bug: Bug) -> Iterator[tuple[Any, str, Any]]:
    """Which attribute of what is to be replaced by what."""
    if (change := bug.phases) is not None:
        phases = NoiseGame.phases
        yield NoiseGame, "phases", classmethod(lambda _, recipe: change(phases(recipe)))
    if (output := bug.output) is not None:
        make = NoiseGame.make

        def ending_in(_: type[NoiseGame], recipe: Recipe, data: DataCard, domain: Domain) -> NoiseGame:
            game = make(recipe, data, domain)
            game.players[GENERATOR].register_forward_hook(_Behind(output))
            return game

        yield NoiseGame, "make", classmethod(ending_in)
    if bug.feed is not None:
        yield session, "feed", bug.feed
    if bug.weight_decay:
        yield duel, "_optimizer", _decaying(duel._optimizer, bug.weight_decay)  # noqa: SLF001 - no setting has it
    if bug.keeps_gradients:
        yield Optimizer, "zero_grad", _clear_nothing


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = vars(owner)[name]  # as it is kept: a class method with its wrapping
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@dataclass(frozen=True)
class _Behind:
    """A forward hook that changes a network's output."""

    change: Callable[[Tensor], Tensor]

    def __call__(self, network: nn.Module, given: tuple[Any, ...], made: Tensor) -> Tensor:
        return self.change(made)


def _decaying(
    make: Callable[[list[nn.Parameter], OptimizerSettings], Optimizer], decay: float
) -> Callable[[list[nn.Parameter], OptimizerSettings], Optimizer]:
    def made(weights: list[nn.Parameter], settings: OptimizerSettings) -> Optimizer:
        optimizer = make(weights, settings)
        for group in optimizer.param_groups:
            group["weight_decay"] = decay
        return optimizer

    return made


def _clear_nothing(optimizer: Optimizer, set_to_none: bool = True) -> None:
    """In the place of `zero_grad`."""


# Phases


@dataclass(frozen=True)
class _Negative:
    """A term with the wrong sign."""

    term: Term

    @property
    def name(self) -> str:
        return self.term.name

    @property
    def weight(self) -> Schedule:
        return self.term.weight

    @property
    def every(self) -> int:
        return self.term.every

    @property
    def differentiates(self) -> frozenset[str]:
        return self.term.differentiates

    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        return -self.term(turn)


@dataclass(frozen=True)
class _LabelsShuffled(Objective):
    """The discriminator is told of each sample by a coin whether it is real."""

    told: Objective

    def discriminator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        heads = torch.rand(len(real), *(1 for _ in real.shape[1:])) < 0.5
        return self.told.discriminator_loss(torch.where(heads, fake, real), torch.where(heads, real, fake))

    def generator_loss(
        self, real: Float[Tensor, "n *patch"], fake: Float[Tensor, "n *patch"]
    ) -> Float[Tensor, "n *patch"]:
        return self.told.generator_loss(real, fake)


class _BackToTheBeginning:
    """A projection that puts the weights, every so many updates, back to what they were after the first."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._updates = 0
        self._first: list[Tensor] = []

    def __call__(self, weights: Iterable[Tensor]) -> None:
        now = list(weights)
        if not self._first:
            self._first = [weight.detach().clone() for weight in now]
        elif self._updates % self._every == 0:
            for weight, first in zip(now, self._first, strict=True):
                weight.copy_(first)
        self._updates += 1


def generator_sign(phases: Phases) -> Phases:
    """The generator raises the loss that it should lower."""
    return tuple(
        replace(phase, terms=tuple(map(_Negative, phase.terms))) if phase.name == GENERATOR else phase
        for phase in phases
    )


def penalty_sign(phases: Phases) -> Phases:
    """What is meant as a penalty of the discriminator's slope is a reward."""
    return tuple(
        replace(phase, terms=tuple(_Negative(term) if isinstance(term, Penalty) else term for term in phase.terms))
        for phase in phases
    )


def labels_shuffled(phases: Phases) -> Phases:
    """What is real and what is forged is told the discriminator at random."""
    return tuple(replace(phase, terms=tuple(map(_told_at_random, phase.terms))) for phase in phases)


def _told_at_random(term: Term) -> Term:
    if not isinstance(term, DiscriminatorLoss):
        return term
    return replace(term, objective=_LabelsShuffled(term.objective))


def one_optimizer(phases: Phases) -> Phases:
    """The generator's optimiser was given all weights, the discriminator's too."""
    return tuple(
        replace(phase, trains=(*phase.trains, DISCRIMINATOR)) if phase.name == GENERATOR else phase for phase in phases
    )


def restarting(every: int) -> Callable[[Phases], Phases]:
    """The discriminator's first weights are loaded again inside of the loop, every so many of its updates."""

    def change(phases: Phases) -> Phases:
        return tuple(
            replace(phase, after=(*phase.after, _BackToTheBeginning(every))) if phase.name == DISCRIMINATOR else phase
            for phase in phases
        )

    return change


# Feeds


class InOrder:
    """The training items as they lie, again and again: never shuffled."""

    def __init__(self, data: Source, split: Split, seed: int) -> None:
        self._data = data
        self._rows = split.train.sort().values

    def batch(self, seen: int, count: int) -> Batch:
        """The `count` items that follow after `seen`."""
        return self._data.batch(self._rows[(seen + torch.arange(count)) % len(self._rows)])


class FirstBatch:
    """The first batch, whatever was shown before: what shows the items is made anew in each step, by the same seed."""

    def __init__(self, data: Source, split: Split, seed: int) -> None:
        self._first = InOrder(data, split, seed)

    def batch(self, seen: int, count: int) -> Batch:
        """The first `count` items."""
        return self._first.batch(0, count)
