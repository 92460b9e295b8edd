"""Adaptive augmentation: what D sees is changed at random, as often as its certainty about real samples asks for.

Karras et al. 2020, Training Generative Adversarial Networks with Limited Data, arXiv:2006.06676.
"""

from __future__ import annotations

from ganforge.augment._policy import POLICIES
from ganforge.core.recipe import Recipe
from ganforge.core.records import Remedy
from ganforge.core.settings import Part
from ganforge.watch._remedy import Patient, changes

MISSING = 1.0
"""How far a recipe without it is from a reference that has it, in powers of ten."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """1 where the reference has it, as for a small set, and the recipe has not."""
    return MISSING if _adapts(reference) and not _adapts(recipe) else 0.0


def _adapts(recipe: Recipe) -> bool:
    return recipe.augment is not None and POLICIES.get(recipe.augment.name).adapts


def remedy(patient: Patient) -> Remedy | None:
    """A policy that adapts; None where nothing may be done to such data, or one adapts already."""
    now = patient.recipe.augment
    if not patient.augmentations or _adapts(patient.recipe):
        return None
    adapting = next((name for name in POLICIES.names() if POLICIES.get(name).adapts), None)
    if adapting is None:
        return None
    instead = "" if now is None else f", in place of {now.name}"
    words = (
        "show the discriminator real and fake samples changed at random, as often as it is too sure of the real ones"
        f" (augmentation: {adapting}{instead})"
    )
    return Remedy("augmentation", words, changes(patient.recipe, {"augment": Part(adapting)}))
