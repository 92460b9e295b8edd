"""Instance noise: noise on all that D sees makes real and fake overlap, so that D has a slope; it fades over the run.

Sønderby et al. 2016, arXiv:1610.04490, section 3.3; Arjovsky and Bottou 2017, arXiv:1701.04862.
"""

from __future__ import annotations

from ganforge.augment._policy import POLICIES
from ganforge.core.recipe import Recipe
from ganforge.core.records import Remedy
from ganforge.core.settings import Part
from ganforge.watch._remedy import Patient, changes


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """0: whether it is needed is seen in the training, not in the recipe."""
    return 0.0


def remedy(patient: Patient) -> Remedy | None:
    """A policy that fades; None where nothing may be done to such data, or something is already done to them."""
    fading = next((name for name in POLICIES.names() if POLICIES.get(name).fades), None)
    if fading is None or not patient.augmentations or patient.recipe.augment is not None:
        return None
    words = f"blur all that the discriminator sees by noise that fades over the run (augmentation: {fading})"
    return Remedy("instance-noise", words, changes(patient.recipe, {"augment": Part(fading)}))
