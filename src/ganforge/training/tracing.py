"""The losses and gradients of a whole step as straight code: no branches, no modules, no graph to be built each time.

A step is recorded once, penalties and their second derivatives included, and cut where an optimiser moves weights:

    part 1 | optimiser | part 2 | optimiser | ...

Each part takes the weights as they then are, and what earlier parts hand on (a forgery, and what its gradients need).
What is random is drawn outside, exactly as without recording, and handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor, fx, nn
from torch._ops import OpOverload
from torch.func import functional_call
from torch.fx.experimental.proxy_tensor import make_fx

from ganforge.core.contracts import Phase
from ganforge.core.records import Batch, Condition
from ganforge.core.seeding import Draws
from ganforge.games._game import Game
from ganforge.training.rewriting import REWRITTEN

Call = Callable[[Draws], Tensor]


class CannotTraceError(Exception):
    """These losses cannot be recorded; the text says why, to be read after "because"."""


@dataclass(frozen=True)
class Move:
    """One update of a phase within a step."""

    phase: Phase
    repetition: int


@dataclass(frozen=True)
class Given:
    """What one move is computed from, beside the game's own state."""

    batch: Batch
    draws: Draws
    strengths: Tensor
    """One number for each term that is due; shape (terms,)."""


@dataclass(frozen=True)
class Loss:
    """What a phase's players lower."""

    total: Tensor
    """A single number, attached to the graph."""
    measured: Mapping[str, Tensor]
    """Single numbers for the journal, by name; detached."""


Losses = Callable[[Move, int, Batch, Draws, Sequence[Tensor]], Loss]
"""The loss of a move, from the step's number, the samples, what draws, and the strength of each term that is due.

Called for all moves of a step in order."""


@dataclass(frozen=True)
class Input:
    """An input of a recorded step."""

    kind: Literal["weight", "buffer", "batch", "drawn", "strengths"]
    move: int
    """The move that it belongs to. Of a weight: the first that sees it as it then is. Of a buffer: 0."""
    name: str = ""
    """Of the weight or buffer, within a `Holder`."""
    number: int = 0
    """Which one of the batch's or of the drawn tensors."""


@dataclass(frozen=True)
class Part:
    """What lies between two optimiser steps.

    `code` returns the measured numbers as one tensor, then the gradients, then what is handed on.
    """

    code: fx.GraphModule
    calls: tuple[Call, ...]
    """What is drawn, in order."""
    needs: tuple[Input | str, ...]
    """The code's inputs: the step's own, or by name what earlier parts hand on."""
    measured: tuple[str, ...]
    learned: tuple[str, ...]
    """The weights that there are gradients of; others have none."""
    gives: tuple[str, ...]
    """Names of what is handed on."""


class Holder(nn.Module):
    """A game as a module's part, so that other tensors can stand in for its state while something is computed."""

    def __init__(self, game: Game) -> None:
        super().__init__()
        self.game = game

    def forward(self, compute: Callable[[], Loss]) -> Loss:
        """What `compute` gives."""
        return compute()


def trace(game: Game, moves: Sequence[Move], losses: Losses, step: int, given: Sequence[Given]) -> tuple[Part, ...]:
    """Record a step. The game's state is left as it was.

    Args:
        game: whose players learn.
        moves: of the step, in order.
        losses: their losses.
        step: the step's number.
        given: for each move an example; only shapes matter.

    Raises:
        CannotTraceError: the networks draw random numbers by themselves, or use weights as they were before a move.
        Exception: whatever the tracer says of code that depends on what the numbers are.
    """
    recording = _Recording(game, moves, losses, step, given)
    before = [(buffer, buffer.clone()) for buffer in recording.buffers.values()]
    try:
        recording.rehearse()
        inputs = recording.inputs()
        values = [recording.example(each) for each in inputs]
        traced = make_fx(
            lambda marker, *tensors: recording.play(dict(zip(inputs, tensors, strict=True)), marker),
            decomposition_table=REWRITTEN,
        )(torch.zeros(()), *values)
    finally:
        with torch.no_grad():
            for buffer, value in before:
                buffer.copy_(value)
    for node in traced.graph.nodes:
        if torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()):
            raise CannotTraceError(f"the networks draw random numbers by themselves ({node.target})")
    return tuple(_cut(traced, inputs, recording))


class _Recording:
    """All moves of a step as one function of tensors."""

    def __init__(self, game: Game, moves: Sequence[Move], losses: Losses, step: int, given: Sequence[Given]) -> None:
        self._holder = Holder(game)
        self._moves = moves
        self._losses = losses
        self._step = step
        self._given = given
        self.weights = dict(self._holder.named_parameters())
        self.buffers = dict(self._holder.named_buffers())
        self.calls: list[tuple[Call, ...]] = []
        self.measured: list[tuple[str, ...]] = []
        self.learned: list[tuple[str, ...]] = []

    def moved(self, move: int) -> list[str]:
        """The weights that a move is to change."""
        starts = tuple(f"game.players.{player}." for player in self._moves[move].phase.trains)
        return [name for name in self.weights if name.startswith(starts)]

    def rehearse(self) -> None:
        """Compute the losses once, to see what is drawn."""
        for move, given in zip(self._moves, self._given, strict=True):
            noted = _Noted(given.draws)
            self._losses(move, self._step, given.batch, noted, tuple(given.strengths))
            self.calls.append(tuple(noted.calls))
        self._drawn = [
            [call(given.draws) for call in calls] for calls, given in zip(self.calls, self._given, strict=True)
        ]

    def inputs(self) -> list[Input]:
        """Everything that the step is a function of."""
        inputs = [Input("buffer", 0, name) for name in self.buffers]
        fresh = list(self.weights)
        for move, given in enumerate(self._given):
            inputs += [Input("weight", move, name) for name in fresh]
            inputs += [Input("batch", move, number=i) for i in range(len(tensors_of(given.batch)))]
            inputs += [Input("drawn", move, number=i) for i in range(len(self.calls[move]))]
            inputs.append(Input("strengths", move))
            fresh = self.moved(move)
        return inputs

    def example(self, wanted: Input) -> Tensor:
        """A value for an input."""
        match wanted.kind:
            case "weight":
                return self.weights[wanted.name].detach()
            case "buffer":
                return self.buffers[wanted.name]
            case "batch":
                # The tracer tells tensors apart by identity, and moves may have been given the same batch
                return tensors_of(self._given[wanted.move].batch)[wanted.number].detach()
            case "drawn":
                return self._drawn[wanted.move][wanted.number]
            case "strengths":
                return self._given[wanted.move].strengths

    def play(self, values: Mapping[Input, Tensor], marker: Tensor) -> list[Tensor]:
        """Of each move the measured numbers and the gradients; `marker` is touched where a move begins."""
        state = {name: values[Input("buffer", 0, name)] for name in self.buffers}
        results: list[Tensor] = []
        for move in range(len(self._moves)):
            marker.clone()
            for name in self.weights:
                if (weight := values.get(Input("weight", move, name))) is not None:
                    state[name] = weight.detach().requires_grad_()
            loss = self._loss(move, state, values)
            names = self.moved(move)
            wanted = [state[name] for name in names]
            # What is kept for later moves shares graphs with this one
            gradients = torch.autograd.grad(loss.total, wanted, allow_unused=True, retain_graph=True)
            there = _there(names, gradients)
            self.measured.append(tuple(loss.measured))
            self.learned.append(tuple(there))
            results.append(torch.stack([value.detach().float() for value in loss.measured.values()]))
            results += [_laid_out_like(self.weights[name], gradient) for name, gradient in there.items()]
        return results

    def _loss(self, move: int, state: dict[str, Tensor], values: Mapping[Input, Tensor]) -> Loss:
        batch = self._given[move].batch
        real = [values[Input("batch", move, number=i)] for i in range(len(tensors_of(batch)))]
        draws = _Drawn([values[Input("drawn", move, number=i)] for i in range(len(self.calls[move]))])
        strengths = tuple(values[Input("strengths", move)])
        compute = lambda: self._losses(self._moves[move], self._step, _refilled(batch, real), draws, strengths)  # noqa: E731
        loss: Loss = functional_call(self._holder, state, (compute,), tie_weights=False)
        return loss


def _there(names: Sequence[str], gradients: Sequence[Tensor | None]) -> dict[str, Tensor]:
    """Those that there are: a loss need not reach all weights."""
    return {name: g.detach() for name, g in zip(names, gradients, strict=True) if g is not None}


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


def _cut(traced: fx.GraphModule, inputs: Sequence[Input], recording: _Recording) -> list[Part]:
    """The recorded step in its parts."""
    placeholders = [node for node in traced.graph.nodes if node.op == "placeholder"]
    sources: dict[fx.Node, Input] = dict(zip(placeholders[1:], inputs, strict=True))
    stretches: list[list[fx.Node]] = []
    results: list[fx.Node] = []
    for node in traced.graph.nodes:
        if placeholders[0] in node.all_input_nodes:
            stretches.append([])
        elif node.op == "output":
            results = list(node.args[0])
        elif node.op == "call_function":
            stretches[-1].append(node)
    parts = []
    for number, stretch in enumerate(stretches):
        count = 1 + len(recording.learned[number])
        wanted, results = results[:count], results[count:]
        used = {each for later in stretches[number + 1 :] for node in later for each in node.all_input_nodes}
        gives = [node for node in stretch if node in used or node in results]
        graph, needed = _excerpt(stretch, [*wanted, *gives])
        _refuse_moved(number, [sources.get(_seen_through(node)) for node in needed], recording)
        parts.append(
            Part(
                code=fx.GraphModule(traced, graph),
                calls=recording.calls[number],
                needs=tuple(sources.get(node, node.name) for node in needed),
                measured=recording.measured[number],
                learned=recording.learned[number],
                gives=tuple(node.name for node in gives),
            )
        )
    return parts


def _excerpt(stretch: Sequence[fx.Node], outputs: Sequence[fx.Node]) -> tuple[fx.Graph, list[fx.Node]]:
    """These nodes as a graph of their own, and what it needs, in the order of its inputs."""
    own = set(stretch)
    outside = {each: None for node in stretch for each in node.all_input_nodes if each not in own}
    outside |= {node: None for node in outputs if node not in own}
    needed = [node for node in outside if node.op != "get_attr"]
    graph, copies = fx.Graph(), dict[fx.Node, fx.Node]()
    for node in needed:
        copies[node] = graph.placeholder(node.name)
    for node in (*(each for each in outside if each.op == "get_attr"), *stretch):
        copies[node] = graph.node_copy(node, copies.__getitem__)
    graph.output([copies[node] for node in outputs])
    return graph, needed


def _refuse_moved(part: int, needs: Sequence[Input | None], recording: _Recording) -> None:
    """A later part would see weights as they are, not as they were when what it goes on with was computed."""
    for need in needs:
        if need is None or need.kind != "weight":
            continue
        if any(need.name in recording.moved(move) for move in range(need.move, part)):
            raise CannotTraceError(f"a loss goes back through weights that have moved since ({need.name})")


def _seen_through(node: fx.Node) -> fx.Node:
    """What a view, such as a transposed matrix, is a view of."""
    while isinstance(node.target, OpOverload) and node.target.is_view:
        node = node.all_input_nodes[0]
    return node


def strides_of(batch: Batch) -> tuple[Any, ...]:
    """What code recorded for this batch depends on beside its numbers."""
    return tuple((tuple(t.shape), t.stride(), t.dtype) for t in tensors_of(batch))
