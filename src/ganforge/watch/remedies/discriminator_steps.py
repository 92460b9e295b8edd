"""Steps of the discriminator for one of the generator, and packs that leave it too few decisions in a batch.

How far D is ahead is set by its steps: Goodfellow et al. 2014, arXiv:1406.2661, algorithm 1.
"""

from __future__ import annotations

from ganforge.core.recipe import Recipe
from ganforge.core.records import Remedy
from ganforge.watch._aspects import decades, listed
from ganforge.watch._remedy import Patient, changes

ASLEEP = "discriminator-asleep"
MOST = 5
"""A discriminator that is asleep is given no more steps than so many."""
DECISIONS = 16
"""Fewer scores than so many in a batch make a gradient that is mostly noise."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """Steps against the reference's, or decisions a batch against the fewest that do."""
    steps = decades(float(recipe.discriminator_steps), float(reference.discriminator_steps))
    starved = decades(recipe.batch / recipe.packing, float(DECISIONS)) if _starves(recipe) else 0.0
    return max(steps, starved)


def remedy(patient: Patient) -> Remedy | None:
    """Fewer steps, as the reference has; one more where it is asleep; no packs where they starve it."""
    recipe = patient.recipe
    values, words = {}, []
    if _starves(recipe):
        values["packing"] = 1
        words.append(f"let the discriminator judge samples one by one, not {recipe.packing} at once")
    steps = _steps(patient)
    if steps != recipe.discriminator_steps:
        values["discriminator_steps"] = steps
        words.append(
            f"{steps} step{'s' if steps > 1 else ''} of the discriminator for one of the generator, "
            f"in place of {recipe.discriminator_steps}"
        )
    made = changes(recipe, values)
    if not made:
        return None
    anew = frozenset({"discriminator"}) if "packing" in values else frozenset[str]()
    # Another number of samples a step: the count of updates means something else from the first one on
    return Remedy("discriminator-steps", listed(words), made, back_to="start", reinitialise=anew)


def _starves(recipe: Recipe) -> bool:
    return recipe.packing > 1 and recipe.batch < DECISIONS * recipe.packing


def _steps(patient: Patient) -> int:
    now, known = patient.recipe.discriminator_steps, patient.reference.discriminator_steps
    if patient.finding.ailment == ASLEEP:
        return min(MOST, now + 1) if now < MOST else now
    return min(now, known)
