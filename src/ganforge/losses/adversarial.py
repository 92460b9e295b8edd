"""The two terms that apply an objective in a turn: one for the discriminators' phase, one for the generators'."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Turn
from ganforge.core.schedule import Schedule, constant
from ganforge.losses.objective import Objective


@dataclass(frozen=True)
class DiscriminatorLoss:
    """The discriminator's half of an objective, averaged over samples, patches, scales and judges."""

    objective: Objective
    weight: Schedule = constant(1.0)
    every: int = 1
    name: str = "adversarial"
    differentiates: frozenset[str] = frozenset()

    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        """The mean of `objective.discriminator_loss` in this turn."""
        means = []
        for judge in turn.judges:
            real, fake = turn.real(judge).scores.adversarial, turn.fake(judge).scores.adversarial
            for r, f in zip(real, fake, strict=True):
                means.append(self.objective.discriminator_loss(r.float(), f.float()).mean())
        return torch.stack(means).mean()


@dataclass(frozen=True)
class GeneratorLoss:
    """The generator's half of an objective, averaged over samples, patches, scales and judges.

    Real samples are judged only where the objective compares with them: that saves a forward pass.
    """

    objective: Objective
    weight: Schedule = constant(1.0)
    every: int = 1
    name: str = "adversarial"
    differentiates: frozenset[str] = frozenset()

    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        """The mean of `objective.generator_loss` in this turn."""
        means = []
        for judge in turn.judges:
            fake = turn.fake(judge).scores.adversarial
            for r, f in zip(self._real(turn, judge, fake), fake, strict=True):
                means.append(self.objective.generator_loss(r.float(), f.float()).mean())
        return torch.stack(means).mean()

    def _real(self, turn: Turn, judge: str, fake: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        if self.objective.generator_sees_real:
            return turn.real(judge).scores.adversarial
        return tuple(torch.full_like(scores, torch.nan) for scores in fake)
