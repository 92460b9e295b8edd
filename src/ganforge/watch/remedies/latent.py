"""The latent: z as long and of such a kind as suits the data; a z of few dimensions cannot fill the data's space.

Coins beside normal numbers take clusters apart: Ben-Yosef and Weinshall 2018, arXiv:1808.10356; Khayatkhoei et al.
2018, arXiv:1806.00880.
"""

from __future__ import annotations

from ganforge.core.recipe import LatentSettings, Recipe
from ganforge.core.records import Remedy
from ganforge.watch._aspects import decades, listed
from ganforge.watch._remedy import Patient, changes

COIN = 0.25
"""What a coin counts of a normal number."""
LONGER = 3.0
"""A z that is too long by some power of ten is so much less to blame than one that is as much too short."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """Lengths, coins counted as a quarter; one that is longer counts a third."""
    now, known = _room(recipe.latent), _room(reference.latent)
    return decades(now, known) / (LONGER if now > known else 1.0)


def remedy(patient: Patient) -> Remedy | None:
    """The reference's z, with new networks."""
    old, new = patient.recipe.latent, patient.reference.latent
    made = changes(patient.recipe, {"latent": new})
    if not made:
        return None
    words = f"the generator starts from {_told(new)} in place of {_told(old)}"
    return Remedy("latent", words, made, back_to="start", reinitialise=frozenset({"generator", "discriminator"}))


def _room(latent: LatentSettings) -> float:
    return latent.normal + latent.uniform + COIN * latent.signs


def _told(latent: LatentSettings) -> str:
    kinds = (("normal", latent.normal), ("uniform", latent.uniform))
    parts = [f"{count} {kind} number{'s' if count > 1 else ''}" for kind, count in kinds if count]
    coins = [f"{latent.signs} coin{'s' if latent.signs > 1 else ''}"] if latent.signs else []
    return listed([*parts, *coins])
