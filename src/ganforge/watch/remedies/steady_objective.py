"""An objective that cannot saturate, with the penalties that it is proven to come to rest with (arXiv:2501.05441).

It makes another method of the training, so it is tried when nothing else has helped.
"""

from __future__ import annotations

from ganforge.core.recipe import PenaltySettings, Recipe
from ganforge.core.records import Remedy
from ganforge.core.schedule import constant
from ganforge.core.settings import Part
from ganforge.losses.objective import OBJECTIVES
from ganforge.watch._remedy import Patient, changes


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """0: how far one objective is from another cannot be counted; it is exchanged last."""
    return 0.0


def remedy(patient: Patient) -> Remedy | None:
    """The first objective that is proven to converge, its penalties, and no projection; None where it is there."""
    recipe = patient.recipe
    present = {settings.penalty.name for settings in recipe.penalties}
    mine = OBJECTIVES.get(recipe.objective.name).converges_with
    if mine and (mine <= present or not present):
        return None  # it is there; what alone is missing, the remedy `penalty` gives
    steady = next((name for name in OBJECTIVES.names() if OBJECTIVES.get(name).converges_with), None)
    if steady is None:
        return None
    needed = sorted(OBJECTIVES.get(steady).converges_with)
    values = {
        "objective": Part(steady),
        "penalties": tuple(_penalty(name, patient) for name in needed),
        "projections": (),
    }
    made = changes(recipe, values)
    words = f"exchange the objective {recipe.objective.name} for {steady}, with the penalties {' and '.join(needed)}"
    return Remedy("steady-objective", words, made) if made else None


def _penalty(name: str, patient: Patient) -> PenaltySettings:
    """As the reference has it, else as it is trained now, else of strength 1."""
    known = [*patient.reference.penalties, *patient.recipe.penalties]
    return next(
        (settings for settings in known if settings.penalty.name == name), PenaltySettings(Part(name), constant(1.0))
    )
