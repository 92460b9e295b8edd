"""The last resort: everything as it would be chosen for these data with no flag, from the start, both players anew.

That most differences between methods come from settings, not from ideas: Lucic et al. 2018, arXiv:1711.10337.
"""

from __future__ import annotations

from dataclasses import fields

from ganforge.core.recipe import Recipe
from ganforge.core.records import Remedy
from ganforge.watch._remedy import Patient, changes

KEPT = ("name", "why", "lineage", "budget")
"""What a recipe is called and how long it trains stays."""
FIRST = ("packing",)
"""Changed before all else, so that every recipe on the way is a valid one: a batch must be whole packs."""
TRIAL = 0.25
"""It is the last one, and gets more time."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """0: it is for when nothing is left."""
    return 0.0


def remedy(patient: Patient) -> Remedy | None:
    """All settings of the reference; None where the recipe has them."""
    others = [field.name for field in fields(Recipe) if field.name not in (*KEPT, *FIRST)]
    values = {name: getattr(patient.reference, name) for name in (*FIRST, *others)}
    made = changes(patient.recipe, values)
    if not made:
        return None
    words = (
        "begin anew with everything as it would be chosen for these data with no flag: "
        f"other {', '.join(change.path.replace('_', ' ') for change in made)}"
    )
    players = frozenset({"generator", "discriminator"})
    return Remedy("sound-settings", words, made, back_to="start", reinitialise=players, trial=TRIAL)
