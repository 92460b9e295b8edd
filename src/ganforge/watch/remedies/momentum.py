"""Momentum: the optimisers' method and betas as they suit the data; in a game, momentum that is high swings for ever.

Gidel et al. 2019, Negative Momentum for Improved Game Dynamics, arXiv:1807.04740.
"""

from __future__ import annotations

from typing import Any

from ganforge.core.recipe import OptimizerSettings, Recipe
from ganforge.core.records import Remedy
from ganforge.watch._aspects import PLAYERS, course, decades, listed, optimizer, rates_compare
from ganforge.watch._remedy import Patient, changes

OTHER_METHOD = 2.0
"""How far a method without a scale of its own steps is from one that has it, in powers of ten."""
HARMLESS_EPS = 1e-6
"""Below it, eps is next to nothing beside the gradients' size."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """The further player's; memories count by how many steps they last, the running square's half as much."""
    return max(_how_far(optimizer(recipe, player), optimizer(reference, player)) for player in PLAYERS)


def _how_far(now: OptimizerSettings, known: OptimizerSettings) -> float:
    if not rates_compare(now, known):
        return OTHER_METHOD
    (first, second), (known_first, known_second) = now.betas, known.betas
    eps = decades(max(now.eps, HARMLESS_EPS), max(known.eps, HARMLESS_EPS)) / 2
    return max(decades(1 - first, 1 - known_first), decades(1 - second, 1 - known_second) / 2, eps)


def remedy(patient: Patient) -> Remedy | None:
    """Both players' method, betas and eps as in the reference; with another kind of method also the rates."""
    values: dict[str, Any] = {}
    words = []
    for player in PLAYERS:
        now, known = optimizer(patient.recipe, player), optimizer(patient.reference, player)
        if _memory(now) == _memory(known):
            continue
        values |= {f"{player}.method": known.method, f"{player}.betas": known.betas, f"{player}.eps": known.eps}
        words.append(f"the {player} learns with {_told(known)} in place of {_told(now)}")
        if not rates_compare(now, known):
            values[f"{player}.lr"] = known.lr
            words[-1] += f", at a rate of {course(known.lr)} in place of {course(now.lr)}"
    made = changes(patient.recipe, values)
    return Remedy("momentum", listed(words), made) if made else None


def _memory(settings: OptimizerSettings) -> tuple[Any, ...]:
    return settings.method, settings.betas, settings.eps


def _told(settings: OptimizerSettings) -> str:
    first, second = settings.betas
    eps = f", eps {settings.eps:.3g}" if settings.eps > HARMLESS_EPS else ""
    return f"{settings.method} (momentum {first:g}, running square {second:g}{eps})"
