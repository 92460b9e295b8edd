"""The batch: as many samples a step as suit the data; in few of them there is more noise than slope.

Brock, Donahue, Simonyan 2019, arXiv:1809.11096, section 3: larger batches cover more modes.
"""

from __future__ import annotations

from ganforge.core.recipe import Recipe
from ganforge.core.records import Remedy
from ganforge.watch._aspects import decades
from ganforge.watch._remedy import Patient, changes

LARGER = 2.0
"""A batch that is too large by some power of ten is so much less to blame than one that is as much too small."""
ENOUGH = 0.5, 4.0
"""Between so many times the reference's batch, there is nothing to change."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """Sizes; one that is larger counts half."""
    how_far = decades(float(recipe.batch), float(reference.batch))
    return how_far / (LARGER if recipe.batch > reference.batch else 1.0)


def remedy(patient: Patient) -> Remedy | None:
    """The reference's batch, rounded up to whole packs."""
    old, known, packing = patient.recipe.batch, patient.reference.batch, patient.recipe.packing
    least, most = ENOUGH
    if least * known <= old <= most * known:
        return None
    new = -(-known // packing) * packing
    made = changes(patient.recipe, {"batch": new})
    words = f"batches of {new} samples in place of {old}"
    # Another number of samples a step: the count of updates means something else from the first one on
    return Remedy("batch", words, made, back_to="start") if made else None
