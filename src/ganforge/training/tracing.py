"""The loss and gradients of a move as straight code: no branches, no modules, no graph to be built each time.

A move is recorded once, penalties and their second derivatives included. What is random is drawn outside, exactly as
without recording, and handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor, fx, nn
from torch.func import functional_call
from torch.fx.experimental.proxy_tensor import make_fx

from ganforge.core.contracts import Phase, Term
from ganforge.core.records import Batch, Condition
from ganforge.core.seeding import Draws
from ganforge.games._game import Game
from ganforge.training.rewriting import REWRITTEN

Call = Callable[[Draws], Tensor]


class CannotTraceError(Exception):
    """This loss cannot be recorded; the text says why, to be read after "because"."""


@dataclass(frozen=True)
class Move:
    """One update of a phase's players."""

    phase: Phase
    terms: tuple[Term, ...]
    """Those of the phase that are due."""
    batch: Batch
    draws: Draws
    strengths: Tensor
    """One number for each term; shape (terms,)."""


@dataclass(frozen=True)
class Loss:
    """What a phase's players lower."""

    total: Tensor
    """A single number, attached to the graph."""
    measured: Mapping[str, Tensor]
    """Single numbers for the journal, by name; detached."""


Losses = Callable[[Move], Loss]


@dataclass(frozen=True)
class Input:
    """An input of a recorded move."""

    kind: Literal["weight", "buffer", "batch", "drawn", "strengths"]
    name: str = ""
    """Of the weight or buffer, within a `Holder`."""
    number: int = 0
    """Which one of the batch's or of the drawn tensors."""


@dataclass(frozen=True)
class Recorded:
    """A move as straight code, which returns the measured numbers as one tensor, then the gradients."""

    code: fx.GraphModule
    calls: tuple[Call, ...]
    """What is drawn, in order."""
    needs: tuple[Input, ...]
    """The code's inputs."""
    measured: tuple[str, ...]
    learned: tuple[str, ...]
    """The weights that there are gradients of; others have none."""


class Holder(nn.Module):
    """A game as a module's part, so that other tensors can stand in for its state while something is computed."""

    def __init__(self, game: Game) -> None:
        super().__init__()
        self.game = game

    def forward(self, compute: Callable[[], Loss]) -> Loss:
        """What `compute` gives."""
        return compute()


def trace(game: Game, move: Move, losses: Losses) -> Recorded:
    """Record a move. The game's state is left as it was.

    Args:
        game: whose players learn.
        move: an example; of its numbers only the shapes matter.
        losses: the loss of a move.

    Raises:
        CannotTraceError: the networks draw random numbers by themselves.
        Exception: whatever the tracer says of code that depends on what the numbers are.
    """
    recording = _Recording(game, move, losses)
    before = [(buffer, buffer.clone()) for buffer in recording.buffers.values()]
    try:
        recording.rehearse()
        inputs = recording.inputs()
        traced = make_fx(
            lambda *tensors: recording.play(dict(zip(inputs, tensors, strict=True))),
            decomposition_table=REWRITTEN,
        )(*(recording.example(each) for each in inputs))
    finally:
        with torch.no_grad():
            for buffer, value in before:
                buffer.copy_(value)
    for node in traced.graph.nodes:
        if torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()):
            raise CannotTraceError(f"the networks draw random numbers by themselves ({node.target})")
    return Recorded(
        code=traced,
        calls=recording.calls,
        needs=_needed(traced, inputs),
        measured=recording.measured,
        learned=recording.learned,
    )


class _Recording:
    """A move as a function of tensors."""

    def __init__(self, game: Game, move: Move, losses: Losses) -> None:
        self._holder = Holder(game)
        self._move = move
        self._losses = losses
        self.weights = dict(self._holder.named_parameters())
        self.buffers = dict(self._holder.named_buffers())
        starts = tuple(f"game.players.{player}." for player in move.phase.trains)
        self._moved = [name for name in self.weights if name.startswith(starts)]
        self.measured: tuple[str, ...] = ()
        self.learned: tuple[str, ...] = ()
        self.calls: tuple[Call, ...] = ()
        self._drawn: list[Tensor] = []

    def rehearse(self) -> None:
        """Compute the loss once, to see what is drawn."""
        noted = _Noted(self._move.draws)
        self._losses(replace(self._move, draws=noted))
        self.calls = tuple(noted.calls)
        self._drawn = [call(self._move.draws) for call in self.calls]

    def inputs(self) -> list[Input]:
        """Everything that the move is a function of."""
        return [
            *(Input("buffer", name) for name in self.buffers),
            *(Input("weight", name) for name in self.weights),
            *(Input("batch", number=i) for i in range(len(tensors_of(self._move.batch)))),
            *(Input("drawn", number=i) for i in range(len(self.calls))),
            Input("strengths"),
        ]

    def example(self, wanted: Input) -> Tensor:
        """A value for an input."""
        match wanted.kind:
            case "weight":
                return self.weights[wanted.name].detach()
            case "buffer":
                return self.buffers[wanted.name]
            case "batch":
                return tensors_of(self._move.batch)[wanted.number]
            case "drawn":
                return self._drawn[wanted.number]
            case "strengths":
                return self._move.strengths

    def play(self, values: Mapping[Input, Tensor]) -> list[Tensor]:
        """The measured numbers and the gradients."""
        state = {name: values[Input("buffer", name)] for name in self.buffers}
        for name in self.weights:
            state[name] = values[Input("weight", name)].detach().requires_grad_(name in self._moved)
        loss = self._loss(state, values)
        wanted = [state[name] for name in self._moved]
        gradients: Sequence[Tensor | None] = torch.autograd.grad(loss.total, wanted, allow_unused=True)
        # A loss need not reach all weights
        there = {name: g.detach() for name, g in zip(self._moved, gradients, strict=True) if g is not None}
        self.measured, self.learned = tuple(loss.measured), tuple(there)
        measured = torch.stack([value.detach().float() for value in loss.measured.values()])
        return [measured, *(_laid_out_like(self.weights[name], gradient) for name, gradient in there.items())]

    def _loss(self, state: dict[str, Tensor], values: Mapping[Input, Tensor]) -> Loss:
        batch = self._move.batch
        move = replace(
            self._move,
            batch=_refilled(batch, [values[Input("batch", number=i)] for i in range(len(tensors_of(batch)))]),
            draws=_Drawn([values[Input("drawn", number=i)] for i in range(len(self.calls))]),
            strengths=values[Input("strengths")],
        )
        loss: Loss = functional_call(self._holder, state, (lambda: self._losses(move),), tie_weights=False)
        return loss


def _needed(traced: fx.GraphModule, inputs: Sequence[Input]) -> tuple[Input, ...]:
    """The inputs that the code uses; it loses the others."""
    placeholders = [node for node in traced.graph.nodes if node.op == "placeholder"]
    needed = []
    for node, each in zip(placeholders, inputs, strict=True):
        if node.users:
            needed.append(each)
        else:
            traced.graph.erase_node(node)
    traced.recompile()
    return tuple(needed)


class _Noted(Draws):
    """Draws as another does, and notes what was asked for."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self.calls: list[Call] = []

    def _next(self, call: Call) -> Tensor:
        self.calls.append(call)
        return call(self._draws)

    def normal(self, *shape: int) -> Tensor:
        return self._next(lambda draws: draws.normal(*shape))

    def uniform(self, *shape: int) -> Tensor:
        return self._next(lambda draws: draws.uniform(*shape))

    def integers(self, high: int, *shape: int) -> Tensor:
        return self._next(lambda draws: draws.integers(high, *shape))

    def gumbel(self, *shape: int) -> Tensor:
        return self._next(lambda draws: draws.gumbel(*shape))

    def permutation(self, n: int) -> Tensor:
        return self._next(lambda draws: draws.permutation(n))


class _Drawn(_Noted):
    """Gives what was drawn before, in the same order."""

    def __init__(self, drawn: Iterable[Tensor]) -> None:
        self._drawn = iter(drawn)

    def _next(self, call: Call) -> Tensor:
        return next(self._drawn)


def tensors_of(batch: Batch) -> list[Tensor]:
    """All tensors of a batch, always in the same order."""
    told = batch.condition or Condition()
    condition = [t for t in (told.labels, told.vector, told.mask, told.picture) if t is not None]
    return [*batch.real.values(), *condition, batch.rows]


def _refilled(batch: Batch, tensors: Iterable[Tensor]) -> Batch:
    """The batch with other tensors, in the order of `tensors_of`."""
    rest = iter(tensors)
    real = {name: next(rest) for name in batch.real}
    told = batch.condition
    if told is not None:
        told = Condition(
            *(None if t is None else next(rest) for t in (told.labels, told.vector, told.mask, told.picture))
        )
    return replace(batch, real=real, condition=told, rows=next(rest))


def _laid_out_like(weight: Tensor, gradient: Tensor) -> Tensor:
    """In the weight's memory format: fused optimisers read both in the order in which they lie in memory."""
    if gradient.stride() == weight.stride():
        return gradient
    return torch.empty_strided(weight.shape, weight.stride(), dtype=weight.dtype, device=weight.device).copy_(gradient)


def strides_of(batch: Batch) -> tuple[Any, ...]:
    """What code recorded for this batch depends on beside its numbers."""
    return tuple((tuple(t.shape), t.stride(), t.dtype) for t in tensors_of(batch))
