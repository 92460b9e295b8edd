"""A fresh discriminator: one that is stuck, or knows the data by heart, begins anew; the generator keeps what it knows.

What a network has learned first it can hardly unlearn: Nikishin et al. 2022, The Primacy Bias, arXiv:2205.07802.
"""

from __future__ import annotations

from ganforge.core.recipe import Recipe
from ganforge.core.records import Remedy
from ganforge.watch._remedy import Patient


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """0: it changes no setting."""
    return 0.0


def remedy(patient: Patient) -> Remedy | None:
    """The same recipe with a new discriminator."""
    words = "begin the discriminator anew, with the same settings"
    return Remedy("fresh-discriminator", words, (), reinitialise=frozenset({"discriminator"}))
