"""Whole-loss compilation: each part of a recorded step (`ganforge.training.tracing`) as code for this machine.

The first time that a step with certain terms comes up it is computed both ways, and only if both agree it is compiled
code that is used from there on. Wherever something does not work, training goes on without, and says so.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ganforge.core.contracts import Phase
from ganforge.core.plan import Precision
from ganforge.core.seeding import Draws
from ganforge.games._game import Game
from ganforge.training.memory import is_out_of_memory
from ganforge.training.tracing import (
    CannotTraceError,
    Given,
    Holder,
    Input,
    Losses,
    Move,
    Part,
    strides_of,
    tensors_of,
    trace,
)

AGREEMENT: dict[Precision, float] = {"float32": 0.05, "bfloat16": 0.15}
"""By how much gradients may differ, as a share of their norm. Sums in another order tip over a few rectifiers, which
shows far more than rounding itself (measured: mostly 1e-6, at most 0.01; in bfloat16 0.02); wrong code differs by as
much as gradients are long."""

Code = Callable[..., Sequence[Tensor]]


@dataclass(frozen=True)
class Task:
    """One move that is to be computed now."""

    move: Move
    step: int
    given: Given
    due: tuple[tuple[str, tuple[str, ...]], ...]
    """The phases that are due in this step, each with the names of its terms that are."""


class Compiler:
    """Computes a duel's gradients as compiled code, where that is possible.

    Args:
        game: whose players learn.
        phases: of a step, in order.
        losses: of each move.
        precision: what products are computed in.
    """

    def __init__(self, game: Game, phases: Sequence[Phase], losses: Losses, precision: Precision) -> None:
        self._game = game
        self._phases = tuple(phases)
        self._losses = losses
        self._tolerance = AGREEMENT[precision]
        self._steps: dict[tuple[Any, ...], CompiledStep] = {}
        self.refusal: str | None = None
        """Why it is not used any more, a sentence; None = it is."""

    def gradients(self, task: Task, plainly: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """Leave the gradients of a move's loss in the parameters; returns what was measured, by name.

        Args:
            task: what to compute.
            plainly: does the same without compilation.
        """
        if self.refusal is not None:
            return plainly()
        # Compiled code is made for a number of threads, too
        key = (task.due, strides_of(task.given.batch), torch.get_num_threads())
        step = self._steps.get(key)
        if step is not None and task.move in step.proven:
            return step.play(task)
        return self._proof(key, task, plainly)

    def _proof(self, key: tuple[Any, ...], task: Task, plainly: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """Both ways; the compiled result counts only if it is the other one, but for rounding."""
        state = _State(self._game)
        try:
            if key not in self._steps:
                with _nothing_drawn(task.given.strengths.device):
                    self._steps[key] = CompiledStep(self._game, self._moves(task), self._losses, task)
        except Exception as error:  # noqa: BLE001 - whatever a tracer may raise: there is another way
            state.restore()
            self._refuse(error)
            return plainly()
        measured = plainly()
        expected = _State(self._game)
        try:
            state.restore()
            compiled = self._steps[key].play(task)
            differs = _State(self._game).distance(expected)
        except Exception as error:  # noqa: BLE001 - nor of what a compiler may raise
            expected.restore()
            self._refuse(error)
            return measured
        if not differs <= self._tolerance:
            expected.restore()
            self._refuse(CannotTraceError(f"its gradients differ by {differs:.2g} of their length"))
            return measured
        self._steps[key].proven.add(task.move)
        return compiled

    def _moves(self, task: Task) -> list[Move]:
        """All of the step."""
        names = {name for name, _ in task.due}
        due = [phase for phase in self._phases if phase.name in names]
        return [Move(phase, repetition) for phase in due for repetition in range(phase.repeat)]

    def _refuse(self, error: Exception) -> None:
        if is_out_of_memory(error):
            raise error
        self._steps.clear()
        reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
        self.refusal = f"Training goes on without compiled code, because here it does not work: {reason}."


class CompiledStep:
    """All moves of a step with the same terms due."""

    def __init__(self, game: Game, moves: Sequence[Move], losses: Losses, task: Task) -> None:
        """Raises: see `ganforge.training.tracing.trace`."""
        holder = Holder(game)
        self._weights = dict(holder.named_parameters())
        self._owners = {name: _owner(holder, name) for name, _ in holder.named_buffers()}
        self._moves = tuple(moves)
        self._parts = trace(game, moves, losses, task.step, [_example(move, task, moves) for move in moves])
        self._code: list[Code | None] = [None] * len(moves)
        self._handed: dict[Input | str, Tensor] = {}
        self._later = [_of_moves(self._parts[number + 1 :]) for number in range(len(moves))]
        self._other_library = task.given.strengths.device.type == "cpu" and _other_library_is_exact()
        self.proven: set[Move] = set()
        """Moves that have been found to give the right gradients."""

    def play(self, task: Task) -> dict[str, Tensor]:
        """See `Compiler.gradients`. Moves are to be played in order; the first time each is compiled.

        Raises:
            Exception: whatever the compiler says where there is none, or where it fails.
        """
        number = self._moves.index(task.move)
        part = self._parts[number]
        values = self._values(number, task)
        inputs = [values[need] for need in part.needs]
        with torch.no_grad(), _products(other_library=self._other_library):
            code = self._code[number]
            if code is None:
                code = self._code[number] = _compiled(part, inputs)
            results = list(code(*inputs))
        self._hand_on(number, values, results[1 + len(part.learned) :])
        for weight, gradient in zip(part.learned, results[1:], strict=False):  # behind them is what is handed on
            self._weights[weight].grad = gradient
        return dict(zip(part.measured, results[0].unbind(), strict=True))

    def _values(self, number: int, task: Task) -> dict[Input | str, Tensor]:
        """Of all that a part needs."""
        part = self._parts[number]
        tensors, drawn = tensors_of(task.given.batch), [call(task.given.draws) for call in part.calls]
        values = dict(self._handed)
        for need in part.needs:
            if isinstance(need, str):
                continue
            match need.kind:
                case "weight":
                    values[need] = self._weights[need.name].detach()
                case "buffer":
                    # `.data`: a forgery's graph may have been kept, and the code's writing is not to make it void
                    values[need] = getattr(*self._owners[need.name]).data
                case "batch" if need.move == number:
                    values[need] = tensors[need.number]
                case "drawn" if need.move == number:
                    values[need] = drawn[need.number]
                case "strengths" if need.move == number:
                    values[need] = task.given.strengths
        return values

    def _hand_on(self, number: int, values: Mapping[Input | str, Tensor], given: Sequence[Tensor]) -> None:
        """Keep what later parts of the step need, and nothing else."""
        values = {**values, **dict(zip(self._parts[number].gives, given, strict=True))}
        self._handed = {need: values[need] for need in self._later[number] if need in values}


class _State:
    """What a move changes: the game's buffers, and gradients."""

    def __init__(self, game: Game) -> None:
        self._buffers = [(buffer, buffer.clone()) for buffer in game.buffers()]
        self._gradients = [(weight, weight.grad) for weight in game.parameters()]

    def restore(self) -> None:
        """As it was. Graphs that were built in between stay valid: they hold what they need of a buffer."""
        for buffer, value in self._buffers:
            buffer.data.copy_(value)
        for weight, gradient in self._gradients:
            weight.grad = gradient

    def distance(self, other: _State) -> float:
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


def _example(move: Move, task: Task, moves: Sequence[Move]) -> Given:
    """Other numbers than those that are then compared: what the code should depend on and does not would show."""
    number, strengths = moves.index(move), task.given.strengths
    terms = len(next(names for phase, names in task.due if phase == move.phase.name))
    device = strengths.device
    example = torch.linspace(0.3, 0.7, terms, device=device)
    return Given(task.given.batch, Draws(0, "example", number, device=device), example)


def _of_moves(parts: Sequence[Part]) -> frozenset[Input | str]:
    """What parts need that is not the game's state."""
    needs = {need for part in parts for need in part.needs}
    return frozenset(need for need in needs if isinstance(need, str) or need.kind not in ("weight", "buffer"))


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
def _products(*, other_library: bool) -> Iterator[None]:
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


def _other_library_is_exact() -> bool:
    """Whether it computes in float32 here, and does not round to bfloat16, whose products are 1000 times less exact."""
    random = torch.Generator().manual_seed(0)
    for m, k, n in ((256, 128, 128), (512, 512, 512)):
        a, b = torch.randn(m, k, generator=random), torch.randn(k, n, generator=random)
        with _products(other_library=True):
            product = a @ b
        error = (product - a.double() @ b.double()).abs().mean()
        if error > 4 * (a @ b - a.double() @ b.double()).abs().mean():
            return False
    return True


def _compiled(part: Part, inputs: Sequence[Tensor]) -> Code:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the compiler warns of is its own code, not the user's
        # Imported only here: it takes a second, and most trainings do without
        from torch._inductor import compile as compile_code

        code: Code = compile_code(part.code, list(inputs))
    return code
