"""What a loop works on: the players by one recipe, what looks at them, and who cares for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ganforge.core.contracts import Doctor, Examiner, Prober
from ganforge.core.recipe import Recipe
from ganforge.core.records import Inspected
from ganforge.training.duel import Duel
from ganforge.training.ema import Ema


@dataclass(frozen=True)
class Cadence:
    """When a training reports, draws and saves."""

    report_steps: int
    """Updates between two records."""
    frames: int = 60
    """How often the fixed z are drawn over the run: often at first, when much changes, then ever more rarely."""
    save_seconds: float = 20.0
    """Wall time between two checkpoints: what a crash can cost."""

    @staticmethod
    def over(total_steps: int, save_seconds: float = 20.0) -> Cadence:
        """About 500 records a run, at least one every hundred steps."""
        return Cadence(report_steps=max(1, min(100, total_steps // 500)), save_seconds=save_seconds)

    def draws_at(self, step: int, total_steps: int) -> bool:
        """Whether the fixed z are drawn after `step` updates: at the squares of equal parts of the run."""
        frame = round(math.sqrt(step / total_steps) * self.frames)
        return step == round((frame / self.frames) ** 2 * total_steps)


@dataclass(frozen=True)
class Stage:
    """What a recipe makes, and what looks at it: exchanged as a whole where a treatment changes the recipe."""

    duel: Duel
    ema: Ema
    total_steps: int
    """Length of the run in updates."""
    cadence: Cadence
    draw: Callable[[], Tensor] | None = None
    """Makes the fixed samples."""
    examiner: Examiner | None = None
    """Chooses the best checkpoint; None = the newest is the best."""
    prober: Prober | None = None
    """What the doctor sees by; None = it sees losses and scores alone."""


@dataclass(frozen=True)
class Care:
    """A doctor, and what treating needs."""

    doctor: Doctor
    inspected: Inspected
    """What the data look like; told before the first step."""
    treats: bool
    """Whether the doctor's advice is followed."""
    restage: Callable[[Recipe, int], Stage]
    """A stage with fresh players by a recipe, for the n-th treatment."""
