"""Whole-loss compilation: a recorded move (`ganforge.training.tracing`) as code for this machine.

The first time that a move with certain terms comes up it is computed both ways, and only if both agree it is compiled
code that is used from there on. Wherever something does not work, training goes on without, and says so.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.core.plan import Precision
from ganforge.core.seeding import Draws
from ganforge.games._game import Game
from ganforge.training.memory import is_out_of_memory
from ganforge.training.tracing import (
    CannotTraceError,
    Holder,
    Input,
    Losses,
    Move,
    Recorded,
    strides_of,
    tensors_of,
    trace,
)

AGREEMENT: dict[Precision, float] = {"float32": 0.05, "bfloat16": 0.15}
"""By how much gradients may differ, as a share of their norm. Sums in another order tip over a few rectifiers, which
shows far more than rounding itself (measured: mostly 1e-6, at most 0.01; in bfloat16 0.02); wrong code differs by as
much as gradients are long."""

Code = Callable[..., Sequence[Tensor]]


class Compiler:
    """Computes a duel's gradients as compiled code, where that is possible.

    Args:
        game: whose players learn.
        losses: of each move.
        precision: what products are computed in.
    """

    def __init__(self, game: Game, losses: Losses, precision: Precision) -> None:
        self._game = game
        self._losses = losses
        self._tolerance = AGREEMENT[precision]
        self._proven: dict[tuple[Any, ...], CompiledMove] = {}
        self.refusal: str | None = None
        """Why it is not used any more, a sentence; None = it is."""

    def gradients(self, move: Move, plainly: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """Leave the gradients of a move's loss in the parameters; returns what was measured, by name.

        Args:
            move: what to compute.
            plainly: does the same without compilation.
        """
        if self.refusal is not None:
            return plainly()
        # Compiled code is made for a number of threads, too
        terms = tuple(term.name for term in move.terms)
        key = (move.phase.name, terms, strides_of(move.batch), torch.get_num_threads())
        if key in self._proven:
            return self._proven[key].play(move)
        return self._proof(key, move, plainly)

    def _proof(self, key: tuple[Any, ...], move: Move, plainly: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """Both ways; the compiled result counts only if it is the other one, but for rounding."""
        before = State(self._game)
        measured = plainly()
        expected = State(self._game)
        before.restore()
        try:
            with _nothing_drawn(move.strengths.device):
                code = CompiledMove(self._game, move, self._losses)
            compiled = code.play(move)
            differs = State(self._game).distance(expected)
        except Exception as error:  # noqa: BLE001 - whatever a tracer or a compiler may raise: there is another way
            expected.restore()
            self._refuse(error)
            return measured
        if not differs <= self._tolerance:
            expected.restore()
            self._refuse(CannotTraceError(f"its gradients differ by {differs:.2g} of their length"))
            return measured
        self._proven[key] = code
        return compiled

    def _refuse(self, error: Exception) -> None:
        if is_out_of_memory(error):
            raise error
        self._proven.clear()
        reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
        self.refusal = f"Training goes on without compiled code, because here it does not work: {reason}."


class CompiledMove:
    """A phase's move with certain terms due."""

    def __init__(self, game: Game, move: Move, losses: Losses) -> None:
        """Raises: see `ganforge.training.tracing.trace`."""
        holder = Holder(game)
        self._weights = dict(holder.named_parameters())
        self._owners = {name: _owner(holder, name) for name, _ in holder.named_buffers()}
        self._recorded = trace(game, _example(move), losses)
        self._code: Code | None = None
        self._other_library = move.strengths.device.type == "cpu" and other_library_is_exact()

    def play(self, move: Move) -> dict[str, Tensor]:
        """See `Compiler.gradients`. Compiled the first time.

        Raises:
            Exception: whatever the compiler says where there is none, or where it fails.
        """
        batch, drawn = tensors_of(move.batch), [call(move.draws) for call in self._recorded.calls]
        inputs = [self._value(need, batch, drawn, move.strengths) for need in self._recorded.needs]
        with torch.no_grad(), products(other_library=self._other_library):
            if self._code is None:
                self._code = _compiled(self._recorded, inputs)
            measured, *gradients = self._code(*inputs)
        for weight, gradient in zip(self._recorded.learned, gradients, strict=True):
            self._weights[weight].grad = gradient
        return dict(zip(self._recorded.measured, measured.unbind(), strict=True))

    def _value(self, need: Input, batch: Sequence[Tensor], drawn: Sequence[Tensor], strengths: Tensor) -> Tensor:
        match need.kind:
            case "weight":
                return self._weights[need.name].detach()
            case "buffer":
                owner, name = self._owners[need.name]
                buffer: Tensor = getattr(owner, name)
                return buffer
            case "batch":
                return batch[need.number]
            case "drawn":
                return drawn[need.number]
            case "strengths":
                return strengths


class State:
    """What a move changes: the game's buffers, and gradients."""

    def __init__(self, game: Game) -> None:
        self._buffers = [(buffer, buffer.clone()) for buffer in game.buffers()]
        self._gradients = [(weight, weight.grad) for weight in game.parameters()]

    def restore(self) -> None:
        """As it was."""
        for buffer, value in self._buffers:
            buffer.copy_(value)
        for weight, gradient in self._gradients:
            weight.grad = gradient

    def distance(self, other: State) -> float:
        """How far gradients or buffers are from another's, as a share of those; infinite if not all are there."""
        pairs = [(a, b) for (_, a), (_, b) in zip(self._gradients, other._gradients, strict=True)]
        if any((a is None) != (b is None) for a, b in pairs):
            return math.inf
        gradients = _distance([(a, b) for a, b in pairs if a is not None and b is not None])
        buffers = [(a, b) for (_, a), (_, b) in zip(self._buffers, other._buffers, strict=True)]
        return max(gradients, _distance([(a, b) for a, b in buffers if a.is_floating_point()]))


def _distance(pairs: Sequence[tuple[Tensor, Tensor]]) -> float:
    if not pairs:
        return 0.0
    apart = torch.stack([(a - b).float().square().sum() for a, b in pairs]).sum()
    length = torch.stack([b.float().square().sum() for _, b in pairs]).sum()
    return float(apart.sqrt() / length.sqrt().clamp_min(1e-12))


def _example(move: Move) -> Move:
    """Other numbers than those that are then compared: what the code should depend on and does not would show."""
    device = move.strengths.device
    strengths = torch.linspace(0.3, 0.7, len(move.terms), device=device)
    return replace(move, draws=Draws(0, "example", device=device), strengths=strengths)


def _owner(holder: nn.Module, name: str) -> tuple[nn.Module, str]:
    """The module that has a buffer, and what it calls it: the buffer itself may be exchanged."""
    path, _, own = name.rpartition(".")
    return holder.get_submodule(path), own


def _nothing_drawn(device: torch.device) -> AbstractContextManager[None]:
    """Behind it, torch's own generators go on as if nothing had been drawn within."""
    if device.type == "cpu":
        return torch.random.fork_rng(devices=[])
    return torch.random.fork_rng(devices=[device], device_type=device.type)


@contextmanager
def products(*, other_library: bool) -> Iterator[None]:
    """Within, products of float32 matrices on the CPU come from the library that convolutions come from, if asked for.

    On some processors torch's usual one reaches half its speed. What torch calls "medium" precision is the way to it:
    it allows that library to round to bfloat16, and not every processor's code does.
    """
    before = torch.get_float32_matmul_precision()
    if other_library:
        torch.set_float32_matmul_precision("medium")
    try:
        yield
    finally:
        if other_library:
            torch.set_float32_matmul_precision(before)


def other_library_is_exact() -> bool:
    """Whether it computes in float32 here, and does not round to bfloat16, whose products are 1000 times less exact."""
    random = torch.Generator().manual_seed(0)
    for m, k, n in ((256, 128, 128), (512, 512, 512)):
        a, b = torch.randn(m, k, generator=random), torch.randn(k, n, generator=random)
        with products(other_library=True):
            product = a @ b
        error = (product - a.double() @ b.double()).abs().mean()
        if error > 4 * (a @ b - a.double() @ b.double()).abs().mean():
            return False
    return True


def _compiled(recorded: Recorded, inputs: Sequence[Tensor]) -> Code:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the compiler warns of is its own code, not the user's
        # Imported only here: it takes a second, and most trainings do without
        from torch._inductor import compile as compile_code

        code: Code = compile_code(recorded.code, list(inputs))
    return code
