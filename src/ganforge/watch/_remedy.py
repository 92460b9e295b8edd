"""What every remedy is: a function of the patient that gives changes of the recipe, or None where there are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ganforge.core.errors import SettingError
from ganforge.core.recipe import Recipe
from ganforge.core.records import Change, DataCard, Finding, Remedy
from ganforge.core.registry import Registry
from ganforge.core.settings import to_json, with_value
from ganforge.watch._ailment import AILMENTS
from ganforge.watch._chart import Chart

FAR = 0.5
"""An aspect that lies further than this from the reference, in powers of ten, is a suspect: three times off."""
CHANGED = 0.25
"""An aspect that lies further than this from the recipe's own settings was changed by hand: nearly twice off. It is a
suspect before all in which the method differs from the reference by nature."""
LAST_RESORT = "sound-settings"
"""The remedy that is left when all others are through."""


@dataclass(frozen=True)
class Patient:
    """A training that something ails."""

    recipe: Recipe
    """As it is trained now."""
    reference: Recipe
    """What would be chosen for these data with no flag: values that are known to be sound."""
    data: DataCard
    augmentations: tuple[str, ...]
    """What may be done to this kind of data without making it another kind; names in augment/."""
    finding: Finding
    chart: Chart
    own: Recipe | None = None
    """The recipe of that name with nothing changed by hand: a method as it was published; None = there is none."""


REMEDIES: Registry[Callable[[Patient], Remedy | None]] = Registry("ganforge.watch.remedies", "remedy", "remedy")
"""Every remedy by name."""
DEVIATIONS: Registry[Callable[[Recipe, Recipe], float]] = Registry("ganforge.watch.remedies", "remedy", "deviation")
"""By a remedy's name: how far what it would change lies, in a recipe, from the reference, in powers of ten.

0 = as there; what cannot be counted (another kind of network) has a number that its file explains.
"""


def changes(recipe: Recipe, values: Mapping[str, Any]) -> tuple[Change, ...]:
    """What to change so that these paths have these values (plain or dataclasses), in order; none where they have."""
    tree = to_json(recipe)
    wanted = ((path, _value_at(tree, path), to_json(value)) for path, value in values.items())
    return tuple(Change(path, old, new) for path, old, new in wanted if old != new)


def apply(remedy: Remedy, recipe: Recipe) -> Recipe:
    """The recipe with the remedy's changes.

    Raises:
        SettingError: the recipe has not the values that the remedy was made for.
    """
    for change in remedy.changes:
        recipe = _exchanged(recipe, change.path, change.old, change.new)
    return recipe


def undo(remedy: Remedy, recipe: Recipe) -> Recipe:
    """The recipe without the remedy's changes: the inverse of `apply`.

    Raises:
        SettingError: the recipe has not the values that the remedy gave it.
    """
    for change in reversed(remedy.changes):
        recipe = _exchanged(recipe, change.path, change.new, change.old)
    return recipe


def _exchanged(recipe: Recipe, path: str, old: Any, new: Any) -> Recipe:
    found = _value_at(to_json(recipe), path)
    if found != old:
        raise SettingError(
            f"'{path}' is {found}, and the remedy was made for {old}. Apply it to the recipe that it was made for."
        )
    return with_value(recipe, path, new)


def _value_at(tree: Any, path: str) -> Any:
    for key in path.split("."):
        tree = tree[key]
    return tree


def ranked(patient: Patient) -> list[Remedy]:
    """Everything that could be done, most promising first.

    1. What was changed by hand goes back to the recipe's own settings, the furthest off first: a rate that is 100 times
       off is the suspect, whatever the ailment.
    2. What is far from the reference goes there, the furthest first.
    3. What differs from the reference at all, first what the ailment's own list names: values that are known to be
       sound promise more than steps beyond them.
    4. The rest of the ailment's list, in its order.

    The objective, which makes another method of it, is exchanged only after all else, unless nothing else is suspect;
    the last resort comes last.
    """
    own = patient if patient.own is None else replace(patient, reference=patient.own)
    listed = AILMENTS.get(patient.finding.ailment).remedies
    changed, far = _further(own, CHANGED), _further(patient, FAR)
    towards = [name for name in dict.fromkeys([*listed, *_further(patient, 0.0)]) if _leads_nearer(patient, name)]
    turns = [(own, name) for name in changed] + [(patient, name) for name in (*far, *towards, *listed, LAST_RESORT)]
    made = [remedy for who, name in turns if (remedy := REMEDIES.get(name)(who)) is not None]
    found = [remedy for place, remedy in enumerate(made) if remedy not in made[:place]]
    objective_alone = not (changed or far) and patient.recipe.objective != patient.reference.objective

    def turn(remedy: Remedy) -> int:
        if remedy.name == LAST_RESORT:
            return 3
        if remedy.exchanges_objective:
            return 0 if objective_alone else 2
        return 1

    return sorted(found, key=turn)


def _further(patient: Patient, limit: float) -> list[str]:
    """Aspects of the recipe that lie further than this from the reference, the furthest first."""
    off = {name: DEVIATIONS.get(name)(patient.recipe, patient.reference) for name in REMEDIES.names()}
    return sorted((name for name, how_far in off.items() if how_far > limit), key=lambda name: -off[name])


def _leads_nearer(patient: Patient, name: str) -> bool:
    """Whether the remedy brings what it changes nearer to the reference."""
    remedy, deviation = REMEDIES.get(name)(patient), DEVIATIONS.get(name)
    if remedy is None:
        return False
    recipe = apply(remedy, patient.recipe)
    return deviation(recipe, patient.reference) < deviation(patient.recipe, patient.reference)
