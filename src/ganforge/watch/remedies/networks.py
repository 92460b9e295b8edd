"""The networks: sizes, depth and first weights as they suit the data; the players must be a match for each other.

Widths and normalisations that train: Radford et al. 2016, arXiv:1511.06434; what large and small players do: Lucic et
al. 2018, Are GANs Created Equal?, arXiv:1711.10337.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ganforge.core.recipe import Recipe
from ganforge.core.records import Remedy
from ganforge.core.settings import Part
from ganforge.networks._pair import PAIRS, Pair
from ganforge.watch._aspects import decades
from ganforge.watch._remedy import Patient, changes

OTHER = 0.3
"""How far a choice that is no number is from another one, in powers of ten."""
LEFT_ALONE = ("minibatch", "generator_labels", "discriminator_labels")
"""What other remedies give, and how labels are told: no question of size."""


def deviation(recipe: Recipe, reference: Recipe) -> float:
    """The number that is furthest off, and something for each other choice that differs; another pair counts as one."""
    if recipe.networks.name != reference.networks.name:
        return OTHER
    kind = PAIRS.get(recipe.networks.name)
    now, known = recipe.networks.build(kind), reference.networks.build(kind)
    numbers, others = [0.0], 0
    for field in fields(kind):
        value, wanted = _value(now, field.name), _value(known, field.name)
        if field.name in LEFT_ALONE or value == wanted:
            continue
        if _is_number(value) and _is_number(wanted):
            numbers.append(_how_far(float(value), float(wanted)))
        else:
            others += 1
    return max(numbers) + OTHER * others


def _value(pair: Pair, name: str) -> Any:
    """An option; the discriminator's, where it is the same as the generator's, is that."""
    value = getattr(pair, name)
    return getattr(pair, name.removeprefix("discriminator_")) if value is None else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _how_far(value: float, wanted: float) -> float:
    """By how many times; a share (dropout) by what it leaves; something against nothing as another choice."""
    if value and wanted:
        return decades(value, wanted)
    present = value or wanted
    return decades(1.0 - present, 1.0) if present < 1 else OTHER


def remedy(patient: Patient) -> Remedy | None:
    """The reference's networks, both anew."""
    old, known = patient.recipe.networks, patient.reference.networks
    new = Part(known.name, {**known.settings, **_kept(patient.recipe, patient.reference)})
    made = changes(patient.recipe, {"networks": new})
    if not made:
        return None
    words = f"networks that suit the data: {_told(new)} in place of {_told(old)}"
    return Remedy("networks", words, made, back_to="start", reinitialise=frozenset({"generator", "discriminator"}))


def _kept(recipe: Recipe, reference: Recipe) -> dict[str, Any]:
    """What D is told of the batch, where the reference's pair can be told it."""
    now = recipe.networks.build(PAIRS.get(recipe.networks.name)).minibatch
    known = PAIRS.get(reference.networks.name)
    wanted = reference.networks.build(known).minibatch
    return {} if now in (wanted, "none") or "minibatch" in known.lacks else {"minibatch": now}


def _told(networks: Part) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in networks.settings.items())
    return f"{networks.name} ({settings})" if settings else networks.name
