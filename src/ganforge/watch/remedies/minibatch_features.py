"""Minibatch features: D is told how much the samples of a batch differ, so that it sees a lack of variety.

Salimans et al. 2016, arXiv:1606.03498, section 3.2; as the batch's standard deviation: Karras et al. 2018,
arXiv:1710.10196, section 3.
"""

from __future__ import annotations

from ganforge.core.recipe import Recipe
from ganforge.core.records import Remedy
from ganforge.networks._pair import PAIRS
from ganforge.watch._remedy import Patient, changes


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """0: whether they are needed is seen in the training, not in the recipe."""
    return 0.0


def remedy(patient: Patient) -> Remedy | None:
    """The batch's standard deviation beside D's features, with a new D; None where it is told something already."""
    networks = patient.recipe.networks
    kind = PAIRS.get(networks.name)
    if "minibatch" in kind.lacks or networks.build(kind).minibatch != "none":
        return None
    made = changes(patient.recipe, {"networks.settings": {**networks.settings, "minibatch": "stddev"}})
    words = "tell the discriminator how much the samples of a batch differ from each other"
    # Checkpoints hold a discriminator of another shape
    return Remedy("minibatch-features", words, made, back_to="start", reinitialise=frozenset({"discriminator"}))
