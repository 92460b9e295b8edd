"""One update of the duel: each phase moves its players, the others stand still.

    for each phase (phase 1: the discriminator's, phase 2: the generator's):
        freeze all players but those that it trains
        loss = sum of its terms' losses, each times its strength
        gradients of the loss; one step of the phase's optimiser
        project the weights, where the phase asks for it (clipping)

The only place that calls `backward` and steps an optimiser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer, RMSprop

from ganforge.core.contracts import Feed, Phase, Term
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import OptimizerSettings
from ganforge.core.records import Batch
from ganforge.core.seeding import Draws, seed_for
from ganforge.games._game import Game
from ganforge.training.compiling import Compiler, State
from ganforge.training.memory import is_out_of_memory
from ganforge.training.tracing import Loss, Move
from ganforge.training.turn import GameTurn

MOMENTS = {
    "adam": frozenset({"step", "exp_avg", "exp_avg_sq"}),
    "rmsprop": frozenset({"step", "square_avg"}),
    "sgd": frozenset({"momentum_buffer"}),
}
"""What torch's optimisers remember of each weight, by method."""


@dataclass(frozen=True)
class Moment:
    """Where in the run an update stands."""

    step: int
    seen: int
    """Real samples shown so far."""
    progress: float
    """Share of the run that is done."""


class Duel:
    """The players, their optimisers and the phases in which they move."""

    def __init__(
        self,
        game: Game,
        phases: Sequence[Phase],
        optimizers: Mapping[str, OptimizerSettings],
        *,
        batch: int,
        seed: int,
        plan: ExecutionPlan,
    ) -> None:
        self.game = game.to(plan.device)
        if plan.channels_last:
            self.game = self.game.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.game.train()
        self._weights = {name: list(player.parameters()) for name, player in self.game.players.items()}
        self.phases = tuple(phases)
        self.batch = batch
        self.micro_batches = plan.micro_batches
        self._settings = optimizers
        self._seed = seed
        self._plan = plan
        self._compiler = Compiler(self.game, self._loss_of, plan.precision) if plan.compiled else None
        self.optimizers: dict[str, Optimizer] = {
            name: _optimizer(self._parameters(name), settings) for name, settings in optimizers.items()
        }

    @property
    def refusal(self) -> str | None:
        """Why the plan's compiled code is not used, a sentence; None = it is, or none was planned."""
        return None if self._compiler is None else self._compiler.refusal

    def refuse(self, reason: str) -> None:
        """Go on without compiled code, as after a refusal."""
        if self._compiler is not None:
            self._compiler.refusal = reason

    @property
    def samples_per_step(self) -> int:
        """Real samples that one update shows to the discriminators."""
        return self.batch * max(phase.repeat for phase in self.phases)

    def update(self, moment: Moment, feed: Feed, *, watched: bool = False) -> dict[str, Tensor]:
        """One step: every phase in order. Returns what was measured, not yet read from the device.

        Always each phase's losses, and of each discriminator that was trained the mean scores, on which side of the
        border those of real samples lie (1 = all on the right one), and how often a real one scored higher than a
        forgery. In a `watched` step also norms: of each phase's gradient, its weights and their change, and of the
        gradient that reached the forgeries.
        """
        batches: dict[int, Batch] = {}
        measured: dict[str, Tensor] = {}
        for phase in self.phases:
            measured |= self._play(phase, moment, feed, batches, watched=watched)
        return measured

    def play(self, phase: Phase, moment: Moment, feed: Feed) -> dict[str, Tensor]:
        """One phase of a step by itself. All of `phases` in order at the same moment are one `update`, to the bit."""
        return self._play(phase, moment, feed, {}, watched=False)

    def _play(
        self, phase: Phase, moment: Moment, feed: Feed, batches: dict[int, Batch], *, watched: bool
    ) -> dict[str, Tensor]:
        """A phase with all its repetitions; the real samples of each are kept in `batches` for the next phase."""
        measured: dict[str, Tensor] = {}
        if not _due(phase, moment.step):
            return measured
        for repetition in range(phase.repeat):
            if repetition not in batches:
                fresh = feed.batch(moment.seen + repetition * self.batch, self.batch)
                batches[repetition] = fresh.to(self._plan.device)
            last = watched and repetition == phase.repeat - 1
            self._move(phase, repetition, batches[repetition], moment, measured, watched=last)
        return measured

    def _move(
        self,
        phase: Phase,
        repetition: int,
        batch: Batch,
        moment: Moment,
        measured: dict[str, Tensor],
        *,
        watched: bool,
    ) -> None:
        optimizer = self.optimizers[phase.optimizer]
        with self._only(phase.trains):
            measured.update(self._gradients_that_fit(phase, repetition, batch, moment, watched=watched))
        for group in optimizer.param_groups:
            group["lr"] = self._settings[phase.optimizer].lr.at(moment.progress, moment.seen / 1000)
        weights = [weight for player in phase.trains for weight in self._weights[player]]
        before = [weight.detach().clone() for weight in weights] if watched else []
        optimizer.step()
        with torch.no_grad():
            for projection in phase.after:
                projection(iter(weights))
        if watched:
            measured |= {f"{phase.name}.{name}": norm for name, norm in _norms(weights, before).items()}
        if self.game.steered:
            for judge in (player for player in phase.trains if player in self.game.judges):
                self.game.after_judging(judge, measured[f"{judge}.real_sign"], moment.seen, moment.progress)
            measured |= self.game.steering()

    def _gradients_that_fit(
        self, phase: Phase, repetition: int, batch: Batch, moment: Moment, *, watched: bool
    ) -> dict[str, Tensor]:
        """The gradients; in smaller parts of the batch where memory runs out."""
        before = [(buffer, buffer.clone()) for buffer in self.game.buffers()]
        most = max(1, len(batch) // self.game.judged_together)
        while True:
            self.optimizers[phase.optimizer].zero_grad(set_to_none=True)
            self._seed_networks(moment.step, phase.name, repetition)
            try:
                if self._compiler is not None and self.refusal is None and self.micro_batches == 1:
                    measured = self._compiled_gradients(self._compiler, phase, repetition, batch, moment)
                    return measured | self._reach(phase, repetition, batch, moment) if watched else measured
                return self._gradients(phase, repetition, batch, moment, watched=watched)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or self.micro_batches >= most:
                    raise
            # No weight has moved in this phase yet: it is played again in smaller parts, as if for the first time.
            self.micro_batches = min(2 * self.micro_batches, most)
            for buffer, value in before:
                buffer.copy_(value)

    def _reach(self, phase: Phase, repetition: int, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """What compiled code does not tell, and leaves no trace: who watches a training changes no bit of it."""
        before = State(self.game)
        self.optimizers[phase.optimizer].zero_grad(set_to_none=True)
        try:
            measured = self._gradients(phase, repetition, batch, moment, watched=True)
        finally:
            before.restore()
        return {name: value for name, value in measured.items() if name == f"{phase.name}.reach"}

    def _gradients(
        self, phase: Phase, repetition: int, batch: Batch, moment: Moment, *, watched: bool
    ) -> dict[str, Tensor]:
        """Leave the gradients of the phase's loss in the parameters."""
        due = _due(phase, moment.step)
        measured: dict[str, Tensor] = {}
        for number, part in enumerate(batch.parts(self.micro_batches, self.game.judged_together)):
            draws = Draws(self._seed, "draws", moment.step, phase.name, repetition, number, device=self._plan.device)
            turn = GameTurn(self.game, phase, due, part, draws)
            share = len(part) / len(batch)
            loss = self._loss(turn, phase, due, [share * strength for strength in _strengths(due, moment)])
            reached = [x for x in turn.forged if x.requires_grad] if watched else []
            for x in reached:
                x.retain_grad()
            loss.total.backward()  # type: ignore[no-untyped-call]
            if reached:
                # The loss is a mean: times their number, it is what each forgery was told
                norm = _norm([x.grad for x in reached if x.grad is not None]) * (len(batch) / len(part) ** 0.5)
                _add(measured, f"{phase.name}.reach", norm, share)
            for name, value in loss.measured.items():
                _add(measured, name, value, share)
        return measured

    def _loss(self, turn: GameTurn, phase: Phase, due: tuple[Term, ...], strengths: Sequence[float | Tensor]) -> Loss:
        """A turn's loss: its terms, each times its strength."""
        measured: dict[str, Tensor] = {}
        total = torch.zeros((), device=self._plan.device)
        with self._autocast():
            for term, strength in zip(due, strengths, strict=True):
                loss = term(turn)
                total = total + loss * strength
                measured[f"{phase.name}.{term.name}"] = loss.detach()
        for judge in turn.judges if phase.trains == turn.judges else ():
            real, fake = (view.scores.adversarial[0].detach() for view in (turn.real(judge), turn.fake(judge)))
            measured[f"{judge}.real"] = real.mean()
            measured[f"{judge}.fake"] = fake.mean()
            # Where no score is the border, it lies half-way between the kinds: 0 = they lie together, as there
            border = (real.mean() + fake.mean()) / 2 if self.game.undecided is None else self.game.undecided
            measured[f"{judge}.real_sign"] = (real - border).sign().mean()
            measured[f"{judge}.apart"] = (real - fake).sign().mean() * 0.5 + 0.5
        return Loss(total, measured)

    def _loss_of(self, move: Move) -> Loss:
        """A move's loss, to be recorded and compiled."""
        turn = GameTurn(self.game, move.phase, move.terms, move.batch, move.draws)
        return self._loss(turn, move.phase, move.terms, tuple(move.strengths))

    def _compiled_gradients(
        self, compiler: Compiler, phase: Phase, repetition: int, batch: Batch, moment: Moment
    ) -> dict[str, Tensor]:
        """As `_gradients`, in compiled code where that is possible."""
        due = _due(phase, moment.step)
        strengths = torch.tensor(_strengths(due, moment), device=self._plan.device)
        draws = Draws(self._seed, "draws", moment.step, phase.name, repetition, 0, device=self._plan.device)
        move = Move(phase, due, batch, draws, strengths)
        return compiler.gradients(move, lambda: self._gradients(phase, repetition, batch, moment, watched=False))

    def _seed_networks(self, step: int, phase: str, repetition: int) -> None:
        """Layers that draw from torch's own generators, such as dropout, draw the same after a resume."""
        seed = seed_for(self._seed, "networks", step, phase, repetition)
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would record its caller each time
        if self._plan.device != "cpu":
            torch.get_device_module(self._plan.device).manual_seed(seed)

    @contextmanager
    def _only(self, players: Sequence[str]) -> Iterator[None]:
        """Within, only these players' weights collect gradients; nothing is computed for the others'."""
        before = [(weight, weight.requires_grad) for weights in self._weights.values() for weight in weights]
        for name, weights in self._weights.items():
            for weight in weights:
                weight.requires_grad_(name in players)
        try:
            yield
        finally:
            for weight, learned in before:
                weight.requires_grad_(learned)

    def _parameters(self, optimizer: str) -> list[nn.Parameter]:
        return [parameter for _, parameter in self.named_parameters(optimizer)]

    def named_parameters(self, optimizer: str) -> Iterator[tuple[str, nn.Parameter]]:
        """The parameters that one optimiser moves, with names that are stable across versions of torch."""
        players = {player for phase in self.phases if phase.optimizer == optimizer for player in phase.trains}
        for player in sorted(players):
            for name, parameter in self.game.players[player].named_parameters():
                yield f"{player}.{name}", parameter

    def moments(self, optimizer: str) -> frozenset[str]:
        """What the optimiser remembers of each weight."""
        return MOMENTS[self._settings[optimizer].method]

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._plan.device, dtype=torch.bfloat16, enabled=self._plan.precision == "bfloat16")


def _optimizer(weights: list[nn.Parameter], settings: OptimizerSettings) -> Optimizer:
    lr, (decay, square_decay), eps = settings.lr.at(0.0), settings.betas, settings.eps
    match settings.method:
        case "adam":
            return Adam(weights, lr, settings.betas, eps, fused=True)
        case "rmsprop":
            return RMSprop(weights, lr, square_decay, eps, foreach=True)
        case "sgd":
            return SGD(weights, lr, momentum=decay, fused=True)


def _due(phase: Phase, step: int) -> tuple[Term, ...]:
    """The terms that are not resting in this step."""
    return tuple(term for term in phase.terms if step % term.every == 0)


def _strengths(due: Sequence[Term], moment: Moment) -> list[float]:
    """Of these terms, at this moment; a term that rests in other steps is as much stronger in its own."""
    return [term.weight.at(moment.progress) * term.every for term in due]


def _norms(weights: list[nn.Parameter], before: list[Tensor]) -> dict[str, Tensor]:
    """Of the gradient, of the weights, and of their change as a share of them."""
    gradient = _norm([weight.grad for weight in weights if weight.grad is not None])
    size = _norm([weight.detach() for weight in weights])
    change = _norm([weight.detach() - old for weight, old in zip(weights, before, strict=True)])
    return {"gradient": gradient, "weights": size, "update": change / size.clamp_min(1e-12)}


def _norm(tensors: list[Tensor]) -> Tensor:
    """Of all tensors laid behind each other."""
    norms = [torch.linalg.vector_norm(tensor.float()) for tensor in tensors]
    total: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    return total


def _add(measured: dict[str, Tensor], name: str, value: Tensor, share: float) -> None:
    part = value.detach() * share
    measured[name] = measured[name] + part if name in measured else part
