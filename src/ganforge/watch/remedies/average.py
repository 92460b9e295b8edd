"""The average of G's weights, which is what is shown: one that forgets too slowly stands still while G learns.

Yazıcı et al. 2019, The Unusual Effectiveness of Averaging in GAN Training, arXiv:1806.04498.
"""

from __future__ import annotations

from ganforge.core.recipe import Recipe
from ganforge.core.records import Remedy
from ganforge.watch._aspects import decades
from ganforge.watch._remedy import Patient, changes

NEAR = 2.0
"""Times the reference's half-life up to which one is as good as it."""
STEP = 4.0
"""Times shorter, where the reference has nothing better."""
SHORTEST = 16.0
"""From this part of the reference's half-life on, none is made shorter."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """Half-lives, and the shares of the samples seen that bound them while there are few."""
    half_lives = decades(recipe.ema.half_life_kimg, reference.ema.half_life_kimg)
    return max(half_lives, decades(recipe.ema.ramp_up, reference.ema.ramp_up))


def remedy(patient: Patient) -> Remedy | None:
    """The reference's half-life where this one is longer, else a quarter of it."""
    old, known = patient.recipe.ema, patient.reference.ema
    if old.half_life_kimg > NEAR * known.half_life_kimg or old.ramp_up != known.ramp_up:
        shorter = min(old.half_life_kimg, known.half_life_kimg)
    elif old.half_life_kimg > known.half_life_kimg / SHORTEST:
        shorter = old.half_life_kimg / STEP
    else:
        return None
    made = changes(patient.recipe, {"ema.half_life_kimg": shorter, "ema.ramp_up": known.ramp_up})
    words = (
        f"let the averaged generator follow: half of it is newer after {shorter:.3g}k samples, "
        f"in place of {old.half_life_kimg:.3g}k"
    )
    return Remedy("average", words, made, back_to="here") if made else None
