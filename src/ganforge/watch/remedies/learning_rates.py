"""Learning rates: those that are far from what suits the data go there, else a step in the direction that helps.

Two players need rates that fit each other, and a lower one calms a game that swings: Heusel et al. 2017,
arXiv:1706.08500.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ganforge.core.recipe import OptimizerSettings, Recipe
from ganforge.core.records import Remedy
from ganforge.core.schedule import Schedule
from ganforge.watch._aspects import PLAYERS, Player, decades, listed, mean, moved, optimizer, rates_compare, scaled
from ganforge.watch._remedy import Patient, changes

Aim = Literal["lower", "raise", "keep"]

AIMS: Mapping[str, Mapping[Player, Aim]] = {
    "discriminator-too-strong": {"generator": "keep", "discriminator": "lower"},
    "discriminator-asleep": {"generator": "lower", "discriminator": "raise"},
    "memorising": {"generator": "keep", "discriminator": "lower"},
    "mode-collapse": {"generator": "lower", "discriminator": "keep"},
    "stagnation": {"generator": "raise", "discriminator": "raise"},
}
"""Whose rate is moved where by an ailment; in all others both are lowered."""
NEVER_RAISED = ("divergence",)
"""Ailments in which a rate is not raised, however low it is."""
CALM: Mapping[Player, Aim] = {"generator": "lower", "discriminator": "lower"}

TOO_HIGH, TOO_LOW = 2.0, 1 / 3
"""Times the reference's rate from where on one that is to be lowered (raised) goes to the reference's."""
ABSURD = 10.0
"""So many times off in either direction, a rate goes to the reference's in any case; no step leads there."""
STEP = 3.0
"""Times lower or higher, where the reference has nothing better."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """The further player's rate, as the mean over the run; 0 where the methods' rates cannot be compared."""
    pairs = [(optimizer(recipe, player), optimizer(reference, player)) for player in PLAYERS]
    return max(decades(mean(now.lr), mean(known.lr)) if rates_compare(now, known) else 0.0 for now, known in pairs)


def remedy(patient: Patient) -> Remedy | None:
    """Rates to the reference's where they are far from it, else a third or three times as high."""
    aims = AIMS.get(patient.finding.ailment, CALM)
    raises = patient.finding.ailment not in NEVER_RAISED
    rates = {player: _known(patient, player, aims[player], raises=raises) for player in PLAYERS}
    if not any(rates.values()):
        rates = {player: _step(patient, player, aims[player]) for player in PLAYERS}
    chosen = {player: rate for player, rate in rates.items() if rate is not None}
    made = changes(patient.recipe, {f"{player}.lr": rate for player, rate in chosen.items()})
    if not made:
        return None
    words = listed([_words(player, optimizer(patient.recipe, player).lr, rate) for player, rate in chosen.items()])
    return Remedy("learning-rates", words, made)


def _known(patient: Patient, player: Player, aim: Aim, *, raises: bool) -> Schedule | None:
    """The reference's rate, where this one is far from it in a direction that may be to blame."""
    now, known = optimizer(patient.recipe, player), optimizer(patient.reference, player)
    times = _times(now, known)
    if times is None:
        return None
    too_high = times > (TOO_HIGH if aim == "lower" else ABSURD)
    too_low = raises and times < (TOO_LOW if aim == "raise" else 1 / ABSURD)
    return known.lr if too_high or too_low else None


def _step(patient: Patient, player: Player, aim: Aim) -> Schedule | None:
    now, known = optimizer(patient.recipe, player), optimizer(patient.reference, player)
    times = _times(now, known)
    if aim == "lower" and (times is None or times > STEP / ABSURD):
        return scaled(now.lr, 1 / STEP)
    if aim == "raise" and (times is None or times < ABSURD / STEP):
        return scaled(now.lr, STEP)
    return None


def _times(now: OptimizerSettings, known: OptimizerSettings) -> float | None:
    """How many times the reference's rate this one is; None where that cannot be said."""
    return mean(now.lr) / max(mean(known.lr), 1e-12) if rates_compare(now, known) else None


def _words(player: Player, old: Schedule, new: Schedule) -> str:
    verb = "lower" if mean(new) < mean(old) else "raise"
    return f"{verb} the {player}'s learning rate {moved(old, new)}"
