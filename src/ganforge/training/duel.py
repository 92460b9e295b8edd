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
from ganforge.training.memory import is_out_of_memory
from ganforge.training.turn import GameTurn


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
        self.optimizers: dict[str, Optimizer] = {
            name: _optimizer(self._parameters(name), settings) for name, settings in optimizers.items()
        }

    @property
    def samples_per_step(self) -> int:
        """Real samples that one update shows to the discriminators."""
        return self.batch * max(phase.repeat for phase in self.phases)

    def update(self, moment: Moment, feed: Feed) -> dict[str, Tensor]:
        """One step: every phase in order. Returns each phase's losses and mean scores, not yet read from the device."""
        batches: dict[int, Batch] = {}
        measured: dict[str, Tensor] = {}
        for phase in self.phases:
            if not _due(phase, moment.step):
                continue
            for repetition in range(phase.repeat):
                if repetition not in batches:
                    fresh = feed.batch(moment.seen + repetition * self.batch, self.batch)
                    batches[repetition] = fresh.to(self._plan.device)
                self._move(phase, repetition, batches[repetition], moment, measured)
        return measured

    def _move(self, phase: Phase, repetition: int, batch: Batch, moment: Moment, measured: dict[str, Tensor]) -> None:
        optimizer = self.optimizers[phase.optimizer]
        with self._only(phase.trains):
            measured.update(self._gradients_that_fit(phase, repetition, batch, moment))
        for group in optimizer.param_groups:
            group["lr"] = self._settings[phase.optimizer].lr.at(moment.progress)
        optimizer.step()
        with torch.no_grad():
            for projection in phase.after:
                projection(weight for player in phase.trains for weight in self._weights[player])

    def _gradients_that_fit(self, phase: Phase, repetition: int, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """The gradients; in smaller parts of the batch where memory runs out."""
        buffers = [(buffer, buffer.clone()) for buffer in self.game.buffers()]
        most = max(1, len(batch) // self.game.judged_together)
        while True:
            self.optimizers[phase.optimizer].zero_grad(set_to_none=True)
            self._seed_networks(moment.step, phase.name, repetition)
            try:
                return self._gradients(phase, repetition, batch, moment)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or self.micro_batches >= most:
                    raise
            # No weight has moved in this phase yet: it is played again in smaller parts, as if for the first time.
            self.micro_batches = min(2 * self.micro_batches, most)
            for buffer, before in buffers:
                buffer.copy_(before)

    def _gradients(self, phase: Phase, repetition: int, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """Leave the gradients of the phase's loss in the parameters."""
        due = _due(phase, moment.step)
        measured: dict[str, Tensor] = {}
        for number, part in enumerate(batch.parts(self.micro_batches, self.game.judged_together)):
            place = ("draws", moment.step, phase.name, repetition, number)
            turn = GameTurn(self.game, phase, due, part, Draws(self._seed, *place, device=self._plan.device))
            share = len(part) / len(batch)
            total = torch.zeros((), device=self._plan.device)
            with self._autocast():
                for term in due:
                    loss = term(turn)
                    total = total + loss * (share * term.weight.at(moment.progress) * term.every)
                    _add(measured, f"{phase.name}.{term.name}", loss, share)
            total.backward()  # type: ignore[no-untyped-call]
            for judge in turn.judges if phase.trains == turn.judges else ():
                _add(measured, f"{judge}.real", turn.real(judge).scores.adversarial[0].mean(), share)
                _add(measured, f"{judge}.fake", turn.fake(judge).scores.adversarial[0].mean(), share)
        return measured

    def _seed_networks(self, step: int, phase: str, repetition: int) -> None:
        """Layers that draw from torch's own generators, such as dropout, draw the same after a resume."""
        seed = seed_for(self._seed, "networks", step, phase, repetition)
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would record its caller each time
        if self._plan.device != "cpu":
            torch.get_device_module(self._plan.device).manual_seed(seed)

    @contextmanager
    def _only(self, players: Sequence[str]) -> Iterator[None]:
        """Within, only these players' weights collect gradients; nothing is computed for the others'."""
        frozen = [weight for name, weights in self._weights.items() if name not in players for weight in weights]
        for weight in frozen:
            weight.requires_grad_(False)
        try:
            yield
        finally:
            for weight in frozen:
                weight.requires_grad_(True)

    def _parameters(self, optimizer: str) -> list[nn.Parameter]:
        return [parameter for _, parameter in self.named_parameters(optimizer)]

    def named_parameters(self, optimizer: str) -> Iterator[tuple[str, nn.Parameter]]:
        """The parameters that one optimiser moves, with names that are stable across versions of torch."""
        players = {player for phase in self.phases if phase.optimizer == optimizer for player in phase.trains}
        for player in sorted(players):
            for name, parameter in self.game.players[player].named_parameters():
                yield f"{player}.{name}", parameter

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


def _add(measured: dict[str, Tensor], name: str, value: Tensor, share: float) -> None:
    part = value.detach() * share
    measured[name] = measured[name] + part if name in measured else part
