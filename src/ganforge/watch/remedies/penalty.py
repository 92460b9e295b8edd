"""The penalty's strength: a slope of the discriminator that is kept small is what lets the game come to rest.

Mescheder, Geiger, Nowozin 2018, Which Training Methods for GANs do actually Converge?, arXiv:1801.04406.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ganforge.core.recipe import PenaltySettings, Recipe
from ganforge.core.records import Remedy
from ganforge.watch._aspects import course, decades, listed, mean, moved, scaled
from ganforge.watch._remedy import Patient, changes

WEAKER = ("discriminator-asleep", "stagnation")
"""Ailments that want a freer discriminator; all others want one that is held closer."""
OFF = 100.0
"""So many times stronger or weaker than the reference's, a penalty goes there whatever the ailment is."""
NEAR = 2.0
"""So many times off in the direction of the blame, it goes there too."""
STEP = 4.0
"""Times stronger or weaker, where the reference has nothing better."""
REACH = 64.0
"""Steps lead no further from the reference's strength than so many times, fewer than what is off in any case."""
UNBOUNDED = 1.0
"""How far a discriminator without penalty is from one with it, in powers of ten."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """The furthest of the penalties that both have; where the reference has some and the recipe none, 1."""
    if reference.penalties and not recipe.penalties:
        return UNBOUNDED
    times = _times(recipe, reference)
    return max((decades(each, 1.0) for each in times.values()), default=0.0)


def remedy(patient: Patient) -> Remedy | None:
    """The reference's penalties where there are none (and nothing else done to the weights), else their strength."""
    recipe, reference = patient.recipe, patient.reference
    weaker = patient.finding.ailment in WEAKER
    if not recipe.penalties:
        return None if weaker and not recipe.projections else _added(patient)
    times = _times(recipe, reference)
    low, high = (1 / OFF, NEAR) if weaker else (1 / NEAR, OFF)
    known = {settings.penalty.name: settings for settings in reference.penalties}
    if any(not low <= each <= high for each in times.values()):
        new = tuple(known.get(settings.penalty.name, settings) for settings in recipe.penalties)
    elif any(not 1 / REACH < each * (1 / STEP if weaker else STEP) < REACH for each in times.values()):
        return None
    else:
        factor = 1 / STEP if weaker else STEP
        new = tuple(replace(settings, weight=scaled(settings.weight, factor)) for settings in recipe.penalties)
    made = changes(recipe, {"penalties": new})
    return Remedy("penalty", _words(recipe.penalties, new), made) if made else None


def _added(patient: Patient) -> Remedy | None:
    new = patient.reference.penalties
    made = changes(patient.recipe, {"penalties": new, "projections": ()})
    if not new or not made:
        return None
    named = listed([f"{settings.penalty.name} at {course(settings.weight)}" for settings in new])
    instead = " in place of what was done to its weights" if patient.recipe.projections else ""
    return Remedy("penalty", f"hold the discriminator's slope by a penalty ({named}){instead}", made)


def _times(recipe: Recipe, reference: Recipe) -> Mapping[str, float]:
    """How many times the reference's strength the penalties have that both know, by their names."""
    known = {settings.penalty.name: mean(settings.weight) for settings in reference.penalties}
    return {
        settings.penalty.name: max(mean(settings.weight), 1e-12) / max(known[settings.penalty.name], 1e-12)
        for settings in recipe.penalties
        if settings.penalty.name in known
    }


def _words(old: tuple[PenaltySettings, ...], new: tuple[PenaltySettings, ...]) -> str:
    parts = [
        f"{settings.penalty.name} {moved(before.weight, settings.weight)}"
        for before, settings in zip(old, new, strict=True)
        if before != settings
    ]
    return f"change the strength of the discriminator's penalty: {listed(parts)}" if parts else ""
