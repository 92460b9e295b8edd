"""What remedies have in common: schedules made stronger or weaker and compared, numbers in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

from ganforge.core.recipe import OptimizerSettings, Recipe
from ganforge.core.schedule import Schedule

Player = Literal["generator", "discriminator"]
"""The players with an optimiser of their own in a recipe."""
PLAYERS: tuple[Player, ...] = get_args(Player)

_MOMENTS = [(moment + 0.5) / 64 for moment in range(64)]
_SCALED = ("adam", "rmsprop")
"""Methods whose steps do not depend on the size of gradients: their rates can be compared with each other."""


def optimizer(recipe: Recipe, player: Player) -> OptimizerSettings:
    """The optimiser of a player."""
    return recipe.generator if player == "generator" else recipe.discriminator


def mean(schedule: Schedule) -> float:
    """The schedule's mean over a run."""
    return sum(schedule.at(moment) for moment in _MOMENTS) / len(_MOMENTS)


def scaled(schedule: Schedule, factor: float) -> Schedule:
    """The same course at `factor` times the strength."""
    end = None if schedule.end is None else schedule.end * factor
    return replace(schedule, start=schedule.start * factor, end=end)


def decades(value: float, known: float) -> float:
    """How many powers of ten lie between two numbers from 0 up; 0 where both are 0, at most 12."""
    if value == known:
        return 0.0
    return min(12.0, abs(math.log10(max(value, 1e-12) / max(known, 1e-12))))


def rates_compare(now: OptimizerSettings, known: OptimizerSettings) -> bool:
    """Whether a learning rate means the same in both."""
    return now.method == known.method or (now.method in _SCALED and known.method in _SCALED)


def course(schedule: Schedule) -> str:
    """A schedule for people: "0.002", "0.002 falling to 0"."""
    if schedule.end is None or schedule.end == schedule.start:
        return f"{schedule.start:.3g}"
    return f"{schedule.start:.3g} {'falling' if schedule.end < schedule.start else 'rising'} to {schedule.end:.3g}"


def moved(old: Schedule, new: Schedule) -> str:
    """Where a schedule goes from where, for people: "to 0.002 (was 0.3), falling to 0".

    By its mean over the run, where another beginning is not what makes the difference.
    """
    if decades(new.start, old.start) < decades(mean(new), mean(old)) / 2:
        return f"to {mean(new):.2g} on the mean of the run (was {mean(old):.2g})"
    ends = "" if new.end is None or new.end == new.start else course(new).removeprefix(f"{new.start:.3g}")
    return f"to {new.start:.3g} (was {old.start:.3g}){',' if ends else ''}{ends}"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence in a row: "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
