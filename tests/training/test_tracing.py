"""A recorded step computes what the losses compute, from whatever numbers it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ganforge.core.contracts import Phase
from ganforge.core.records import Batch, Forgery
from ganforge.core.seeding import Draws
from ganforge.core.settings import Part
from ganforge.games._game import GAMES, PlayableGame
from ganforge.training import tracing
from ganforge.training.tracing import CannotTraceError, Given, Input, Loss, Move, trace
from ganforge.training.turn import GameTurn
from tests.training.small import RECIPE, a_feed, a_game, two_modes

STEP = 0


class SharedForgeries:
    """The losses of a step whose second phase learns from what the first was shown."""

    def __init__(self, game: PlayableGame) -> None:
        self.game = game
        self.forged: Forgery | None = None

    def __call__(self, move: Move, step: int, batch: Batch, draws: Draws, strengths: Sequence[Tensor]) -> Loss:
        turn = GameTurn(self.game, move.phase, move.phase.terms, batch, draws, self._forge)
        losses = [term(turn) for term in move.phase.terms]
        total = torch.stack([loss * strength for loss, strength in zip(losses, strengths, strict=True)]).sum()
        return Loss(total, {term.name: loss.detach() for term, loss in zip(move.phase.terms, losses, strict=True)})

    def _forge(self, batch: Batch, draws: Draws) -> Forgery:
        if self.forged is None:
            self.forged = self.game.forge(batch, draws)
            return self.forged.detach()
        forged, self.forged = self.forged, None
        return forged


def given(phases: Sequence[Phase], seed: int) -> list[Given]:
    batch = a_feed(two_modes()).batch(seed * 64, 64)
    return [
        Given(batch, Draws(seed, phase.name), torch.linspace(1.0 + seed, 2.0, len(phase.terms))) for phase in phases
    ]


def inputs_of(part: tracing.Part, game: PlayableGame, given: Given, handed: dict[Input | str, Tensor]) -> list[Tensor]:
    state = dict(tracing.Holder(game).state_dict(keep_vars=True))
    drawn = [call(given.draws) for call in part.calls]
    values: list[Tensor] = []
    for need in part.needs:
        if isinstance(need, str):
            values.append(handed[need])
        elif need.kind in ("weight", "buffer"):
            values.append(state[need.name].detach())
        elif need.kind == "batch":
            values.append(tracing.tensors_of(given.batch)[need.number])
        else:
            values.append(drawn[need.number] if need.kind == "drawn" else given.strengths)
    return values


@pytest.fixture
def game() -> PlayableGame:
    return a_game(RECIPE, two_modes())


@pytest.fixture
def phases() -> tuple[Phase, ...]:
    return GAMES.get(RECIPE.game.name).phases(RECIPE)


def test_all_gradients_are_those_of_the_losses_though_the_example_was_another_and_weights_moved_in_between(
    game: PlayableGame, phases: tuple[Phase, ...]
) -> None:
    moves = [Move(phase, 0) for phase in phases]
    parts = trace(game, moves, SharedForgeries(game), STEP, given(phases, seed=1))
    losses, handed = SharedForgeries(game), dict[Input | str, Tensor]()
    for move, part, mine, its in zip(moves, parts, given(phases, seed=2), given(phases, seed=2), strict=True):
        learning = dict(game.players[move.phase.trains[0]].named_parameters())
        loss = losses(move, STEP, mine.batch, mine.draws, tuple(mine.strengths))
        expected = torch.autograd.grad(loss.total, list(learning.values()))
        results = part.code(*inputs_of(part, game, its, handed))
        torch.testing.assert_close(results[1 : 1 + len(expected)], list(expected))
        torch.testing.assert_close(results[0], torch.stack(list(loss.measured.values())))
        assert part.measured == tuple(loss.measured)
        handed |= dict(zip(part.gives, results[1 + len(expected) :], strict=True))
        with torch.no_grad():
            for weight, gradient in zip(learning.values(), expected, strict=True):
                weight.data.sub_(gradient)  # the kept forgery's graph is the generator's, which has not moved


def test_a_forgery_is_made_in_the_first_part_alone(game: PlayableGame, phases: tuple[Phase, ...]) -> None:
    first, second = trace(game, [Move(p, 0) for p in phases], SharedForgeries(game), STEP, given(phases, seed=1))
    assert first.calls
    assert not second.calls
    assert first.gives
    assert set(first.gives) >= {need for need in second.needs if isinstance(need, str)}


def test_recording_leaves_weights_and_buffers_as_they_were(phases: tuple[Phase, ...]) -> None:
    recipe = replace(RECIPE, networks=Part("mlp", {"width": 8, "generator_norm": "batch"}))
    game = a_game(recipe, two_modes())
    before = {name: value.clone() for name, value in game.state_dict().items()}
    trace(game, [Move(p, 0) for p in phases], SharedForgeries(game), STEP, given(phases, seed=1))
    torch.testing.assert_close(dict(game.state_dict()), before, rtol=0.0, atol=0.0)


def test_networks_that_draw_by_themselves_are_refused(phases: tuple[Phase, ...]) -> None:
    recipe = replace(RECIPE, networks=Part("mlp", {"width": 8, "discriminator_dropout": 0.5}))
    game = a_game(recipe, two_modes())
    with pytest.raises(CannotTraceError, match="random numbers by themselves"):
        trace(game, [Move(p, 0) for p in phases], SharedForgeries(game), STEP, given(phases, seed=1))


def test_a_loss_that_goes_back_through_weights_that_have_moved_is_refused(
    game: PlayableGame, phases: tuple[Phase, ...]
) -> None:
    judged: list[Tensor] = []

    def the_generator_learns_from_the_discriminator_as_it_was(
        move: Move, step: int, batch: Batch, draws: Draws, strengths: Sequence[Tensor]
    ) -> Loss:
        if move.phase == phases[0]:
            judged.append(game.judge("discriminator", game.forge(batch, draws).fake["x"], None).adversarial[0].mean())
            return Loss(judged[-1], {"score": judged[-1].detach()})
        return Loss(-judged[-1], {"score": judged[-1].detach()})

    losses = the_generator_learns_from_the_discriminator_as_it_was
    with pytest.raises(CannotTraceError, match="weights that have moved"):
        trace(game, [Move(phase, 0) for phase in phases], losses, STEP, given(phases, seed=1))
