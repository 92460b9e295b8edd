"""A recorded move computes what its loss computes, from whatever numbers it is given."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ganforge.core.contracts import Phase
from ganforge.core.seeding import Draws
from ganforge.core.settings import Part
from ganforge.games._game import GAMES, PlayableGame
from ganforge.training import tracing
from ganforge.training.tracing import CannotTraceError, Loss, Losses, Move, Recorded, trace
from ganforge.training.turn import GameTurn
from tests.training.small import RECIPE, a_feed, a_game, two_modes


def losses_of(game: PlayableGame) -> Losses:
    def loss_of(move: Move) -> Loss:
        turn = GameTurn(game, move.phase, move.terms, move.batch, move.draws)
        losses = [term(turn) for term in move.terms]
        total = torch.stack([loss * strength for loss, strength in zip(losses, move.strengths, strict=True)]).sum()
        return Loss(total, {term.name: loss.detach() for term, loss in zip(move.terms, losses, strict=True)})

    return loss_of


def a_move(phase: Phase, seed: int) -> Move:
    """Other numbers with each seed: samples, draws and strengths."""
    strengths = torch.linspace(1.0 + seed, 2.0, len(phase.terms))
    return Move(phase, phase.terms, a_feed(two_modes()).batch(seed * 64, 64), Draws(seed, phase.name), strengths)


def inputs_of(recorded: Recorded, game: PlayableGame, move: Move) -> list[Tensor]:
    state = dict(tracing.Holder(game).state_dict(keep_vars=True))
    drawn = [call(move.draws) for call in recorded.calls]
    values: list[Tensor] = []
    for need in recorded.needs:
        if need.kind in ("weight", "buffer"):
            values.append(state[need.name].detach())
        elif need.kind == "batch":
            values.append(tracing.tensors_of(move.batch)[need.number])
        else:
            values.append(drawn[need.number] if need.kind == "drawn" else move.strengths)
    return values


@pytest.fixture
def game() -> PlayableGame:
    return a_game(RECIPE, two_modes())


@pytest.fixture
def phases() -> tuple[Phase, ...]:
    return GAMES.get(RECIPE.game.name).phases(RECIPE)


def test_all_gradients_are_those_of_the_loss_though_the_example_was_another_and_weights_have_moved(
    game: PlayableGame, phases: tuple[Phase, ...]
) -> None:
    for phase in phases:
        recorded = trace(game, a_move(phase, seed=1), losses_of(game))
        learning = dict(game.players[phase.trains[0]].named_parameters())
        with torch.no_grad():
            for weight in game.parameters():
                weight.add_(0.1)
        loss = losses_of(game)(a_move(phase, seed=2))
        expected = torch.autograd.grad(loss.total, list(learning.values()))
        measured, *gradients = recorded.code(*inputs_of(recorded, game, a_move(phase, seed=2)))
        assert len(recorded.learned) == len(learning)
        torch.testing.assert_close(gradients, list(expected))
        torch.testing.assert_close(measured, torch.stack(list(loss.measured.values())))
        assert recorded.measured == tuple(loss.measured)


def test_what_the_code_does_not_use_is_no_input_of_it(game: PlayableGame, phases: tuple[Phase, ...]) -> None:
    of_the_generator = phases[1]
    recorded = trace(game, a_move(of_the_generator, seed=1), losses_of(game))
    placeholders = [node for node in recorded.code.graph.nodes if node.op == "placeholder"]
    assert len(placeholders) == len(recorded.needs)
    assert all(node.users for node in placeholders)


def test_recording_leaves_weights_and_buffers_as_they_were(phases: tuple[Phase, ...]) -> None:
    recipe = replace(RECIPE, networks=Part("mlp", {"width": 8, "generator_norm": "batch"}))
    game = a_game(recipe, two_modes())
    before = {name: value.clone() for name, value in game.state_dict().items()}
    for phase in phases:
        trace(game, a_move(phase, seed=1), losses_of(game))
    torch.testing.assert_close(dict(game.state_dict()), before, rtol=0.0, atol=0.0)


def test_networks_that_draw_by_themselves_are_refused(phases: tuple[Phase, ...]) -> None:
    recipe = replace(RECIPE, networks=Part("mlp", {"width": 8, "discriminator_dropout": 0.5}))
    game = a_game(recipe, two_modes())
    with pytest.raises(CannotTraceError, match="random numbers by themselves"):
        trace(game, a_move(phases[0], seed=1), losses_of(game))
