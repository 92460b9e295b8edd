"""The hospital's cases: trainings that are sound by design, and trainings that were spoiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ganforge.bench._hospital_cause import HALVES, Half
from ganforge.bench._hospital_causes import CAUSES
from ganforge.bench._hospital_data import NAMES, Damage, card_of
from ganforge.bench._hospital_sabotage import BOTH, SABOTAGES, Settings, rates, scaled
from ganforge.core.recipe import Recipe
from ganforge.core.records import DataCard
from ganforge.core.settings import with_value
from ganforge.recipes._recipes import RECIPES

KIMG: Mapping[str, float] = {
    "auto": 512.0,
    "r3gan": 448.0,
    "wgan-gp": 640.0,
    "pacgan": 512.0,
    "grid/auto": 1024.0,
    "digits16/auto": 96.0,
    "icons16/auto": 96.0,
    "digits16/dcgan": 256.0,
    "icons16/dcgan": 256.0,
    "digits28/auto": 64.0,
}
"""k samples by data and recipe, or by recipe: ten to thirty seconds of one core, a minute for the slowest."""
SET: Mapping[str, Settings] = {
    "digits16/dcgan": {"networks.settings.width": 16, "networks.settings.discriminator_width": 16},
    "icons16/dcgan": {"networks.settings.width": 16, "networks.settings.discriminator_width": 16},
}
"""Where recipes would be too slow as they are."""
Halves = Literal[Half, "both"]
"""What can be replayed and rescued by itself."""
TWINS = 3
"""Trainings with nothing changed, by seed, of each data and recipe."""
TWINNED: Mapping[str, Sequence[str]] = {
    "auto": NAMES,
    "r3gan": ("ring", "moons", "pinwheel", "normal", "mixture", "circles"),
    "wgan-gp": ("moons", "pinwheel", "checkerboard", "normal", "roll"),
    "pacgan": ("ring", "moons", "normal", "circles"),
    "dcgan": ("digits16", "icons16"),
}
"""Data of the trainings with nothing changed, by recipe: those on which the recipe is sound."""


@dataclass(frozen=True)
class Case:
    """One training."""

    name: str
    """Its folder's name."""
    data: str
    recipe: str
    seed: int
    kimg: float
    half: Half
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Values of the recipe by path, as `--set` takes them."""
    cause: str | None = None
    """None = sound by design."""
    damage: Damage | None = None
    rows: int | None = None
    """Only so many are trained on; None = all."""
    varied: str = ""
    """What differs from its twins, of a sound one; empty = it is a twin."""

    @property
    def group(self) -> str:
        """Data and recipe: what it shares with its twins."""
        return f"{self.data}/{self.recipe}"

    @property
    def is_twin(self) -> bool:
        """Whether nothing was changed."""
        return self.cause is None and not self.varied

    def built(self, card: DataCard | None = None) -> Recipe:
        """Its recipe.

        Raises:
            SettingError: a setting does not fit.
        """
        recipe = RECIPES.get(self.recipe)(card or card_of(self.data))
        for path, value in self.settings.items():
            recipe = with_value(recipe, path, value)
        return recipe


def length(data: str, recipe: str) -> float:
    """k samples of a twin."""
    return KIMG.get(f"{data}/{recipe}") or KIMG[recipe]


def half_of(data: str, seed: int) -> Half:
    """A sound training's half, by seed and data."""
    return HALVES[(NAMES.index(data) + seed) % 2]


def _sound(data: str, recipe: str, seed: int, varied: str = "") -> Case:
    name = f"sound-{data}-{recipe}-{varied or 'twin'}-{seed}"
    settings = SET.get(f"{data}/{recipe}", {})
    return Case(name, data, recipe, seed, length(data, recipe), half_of(data, seed), settings, varied=varied)


def twins() -> Iterator[Case]:
    """Trainings with nothing changed."""
    for recipe, names in TWINNED.items():
        for data in names:
            yield from (_sound(data, recipe, seed) for seed in range(TWINS))


VARIED: Mapping[str, Sequence[str]] = {
    "rates-third": ("ring/auto", "normal/auto", "moons/r3gan", "digits16/auto"),
    "batch-half": ("spiral/auto", "table/auto", "normal/r3gan", "circles/pacgan"),
    "batch-double": ("moons/auto", "mixture/auto", "pinwheel/r3gan", "icons16/auto"),
    "narrow": ("checkerboard/auto", "heavy/auto", "normal/wgan-gp", "moons/pacgan"),
    "wide": ("circles/auto", "roll/auto", "moons/auto"),
    "latent": ("pinwheel/auto", "mixture/auto", "normal/r3gan", "digits16/auto"),
    "average-short": ("grid/auto", "heavy/auto", "moons/wgan-gp", "normal/pacgan"),
    "average-long": ("ring/auto", "roll/auto", "circles/r3gan", "icons16/auto"),
    "few": ("normal/auto", "moons/auto", "circles/auto", "heavy/auto"),
    "short": ("ring/auto", "table/auto", "circles/r3gan", "roll/wgan-gp", "digits16/auto"),
    "long": ("spiral/auto", "moons/r3gan", "normal/pacgan", "pinwheel/wgan-gp"),
    "shifted": ("grid/auto", "pinwheel/auto", "normal/r3gan", "circles/pacgan"),
}
"""Other settings that are sound as well, and where they are tried, with one seed each."""


def variations() -> Iterator[Case]:
    """Sound trainings with other settings: slower, smaller, larger, noisier."""
    for number, (varied, groups) in enumerate(VARIED.items()):
        for place, group in enumerate(groups):
            data, recipe = group.split("/")
            case = _sound(data, recipe, TWINS + (number + place) % 4, varied)
            yield _varied(case, varied)


def _varied(case: Case, varied: str) -> Case:
    recipe = case.built()
    settings: Settings = {}
    match varied:
        case "rates-third":
            settings = rates(recipe, BOTH, 1 / 3)
        case "rates-up" | "rates-down":
            settings = rates(recipe, BOTH, 4 / 3 if varied == "rates-up" else 2 / 3)
        case "batch-half":
            settings = {"batch": recipe.batch // 2}
        case "batch-double":
            settings = {"batch": recipe.batch * 2}
            case = replace(case, kimg=case.kimg * 2)
        case "narrow":
            settings = {"networks.settings.width": 64}
        case "wide":
            settings = {"networks.settings.width": 256}
        case "latent":
            settings = {"latent.normal": 2 * recipe.latent.normal}
        case "average-short" | "average-long":
            factor = 3.0 if varied == "average-long" else 1 / 3
            settings = {"ema.half_life_kimg": recipe.ema.half_life_kimg * factor}
        case "few":
            case = replace(case, rows=1000)
        case "short" | "long":
            case = replace(case, kimg=case.kimg * (2.0 if varied == "long" else 0.7))
        case "shifted":  # D's rate half as high again as G's
            settings = {"discriminator.lr": scaled(recipe.discriminator.lr, 1.5)}
    return replace(case, settings={**case.settings, **settings})


FRESHLY_SEEDED: Mapping[str, Sequence[str]] = {
    "ring": ("auto", "r3gan", "pacgan"),
    "spiral": ("auto", "auto", "auto"),
    "moons": ("auto", "r3gan", "pacgan"),
    "pinwheel": ("auto", "r3gan", "auto"),
    "checkerboard": ("auto", "wgan-gp", "auto"),
    "circles": ("auto", "r3gan", "pacgan"),
    "normal": ("auto", "wgan-gp", "pacgan"),
    "mixture": ("auto", "r3gan", "auto"),
    "table": ("auto", "auto", "auto"),
    "digits16": ("auto", "dcgan", "auto"),
}
"""Recipes of three trainings each with nothing changed but the seed, by data: the sound ones of the fresh part."""
FRESH_SEED = 20
"""The first of their seeds; there are as many as data."""


def freshly_seeded() -> Iterator[Case]:
    """Sound trainings of the fresh part; twins of seeds that everyone has seen judge them."""
    for number, (data, recipes) in enumerate(FRESHLY_SEEDED.items()):
        for place, recipe in enumerate(recipes):
            seed = FRESH_SEED + (number + 3 * place) % len(FRESHLY_SEEDED)
            yield replace(_sound(data, recipe, seed, "seed"), half="fresh")


SEALED_SEEDED: Mapping[str, Sequence[str]] = {
    "ring": ("auto", "r3gan"),
    "spiral": ("auto",),
    "moons": ("auto", "wgan-gp"),
    "pinwheel": ("auto", "wgan-gp"),
    "checkerboard": ("auto",),
    "circles": ("auto", "pacgan"),
    "normal": ("auto", "r3gan"),
    "mixture": ("r3gan",),
    "heavy": ("auto",),
    "roll": ("auto", "wgan-gp"),
    "table": ("auto",),
    "digits16": ("auto",),
}
"""Recipes of trainings with nothing changed but the seed, by data: half of the sound ones of the sealed part."""
SEALED_VARIED: Mapping[str, Sequence[str]] = {
    "rates-up": ("spiral/auto", "moons/r3gan", "normal/wgan-gp", "ring/pacgan"),
    "rates-down": ("circles/auto", "pinwheel/r3gan", "checkerboard/wgan-gp", "normal/pacgan"),
    "batch-half": ("moons/auto", "mixture/r3gan", "circles/r3gan"),
    "batch-double": ("heavy/auto", "normal/r3gan"),
    "narrow": ("table/auto", "ring/r3gan", "pinwheel/wgan-gp"),
    "wide": ("normal/auto", "moons/wgan-gp"),
}
"""Other settings that are sound as well, and where they are tried: the other half."""
SEALED_SEED = 30
"""The first of their seeds; each has one of its own."""


def sealed_sound() -> Iterator[Case]:
    """Sound trainings of the sealed part; twins of seeds that everyone has seen judge them."""
    seeded = [(data, recipe, "seed") for data, recipes in SEALED_SEEDED.items() for recipe in recipes]
    varied = [(*group.split("/"), varied) for varied, groups in SEALED_VARIED.items() for group in groups]
    for number, (data, recipe, change) in enumerate([*seeded, *varied]):
        case = _sound(data, recipe, SEALED_SEED + number, change)
        yield replace(_varied(case, change), half="sealed")


def spoiled() -> Iterator[Case]:
    """The trainings that were made sick."""
    for cause in CAUSES.values():
        sabotage = SABOTAGES[cause.name]
        for number, group in enumerate(sabotage.bases):
            data, recipe = group.split("/")
            sound = RECIPES.get(recipe)(card_of(data))
            settings = sabotage.settings(sound, number)
            name = f"{cause.name}-{data}-{recipe}"
            case = Case(name, data, recipe, number % TWINS, 0.0, cause.half, settings, cause.name, sabotage.damage)
            usual = length(data, recipe)
            yield replace(case, kimg=usual if sabotage.as_many_samples else _length(case, sound))


def _length(case: Case, sound: Recipe) -> float:
    """As many updates as the twin takes, where a batch or a turn has another size."""
    built = case.built()
    shown = built.batch * built.discriminator_steps
    return length(case.data, case.recipe) * shown / (sound.batch * sound.discriminator_steps)


def all_cases() -> tuple[Case, ...]:
    """Every case, such that any beginning of the list holds something of everything."""
    sick: dict[str, list[Case]] = {}
    for case in spoiled():
        sick.setdefault(case.cause or "", []).append(case)
    sound: list[list[Case]] = [[case for case in twins() if case.seed == seed] for seed in range(TWINS)]
    kinds = [list(variations()), *sound, list(freshly_seeded()), list(sealed_sound()), *sick.values()]
    placed = [
        ((place + 0.5) / len(kind), number, case)
        for number, kind in enumerate(kinds)
        for place, case in enumerate(kind)
    ]
    return tuple(case for _, _, case in sorted(placed, key=lambda each: each[:2]))


def short_cases() -> tuple[Case, ...]:
    """One case a cause, every other variation or fresh seed, and the twins of them all."""
    first = {case.cause: case for case in reversed(list(spoiled()))}
    of_kinds = (variations(), freshly_seeded(), sealed_sound())
    chosen = [*first.values(), *(case for kind in of_kinds for case in list(kind)[::2])]
    groups = {case.group for case in chosen}
    return (*(case for case in twins() if case.group in groups), *chosen)


def cases_of(half: Halves, cases: Sequence[Case]) -> list[Case]:
    """What a part of the hospital needs of these cases: both halves share theirs; later parts have their own and twins.

    Args:
        half: "both" is both halves, without the fresh and the sealed part.
        cases: among which to choose; they stay in order.
    """
    if half == "both" or half in HALVES:
        return [case for case in cases if case.half in HALVES]
    groups = {case.group for case in cases if case.half == half}
    return [case for case in cases if case.half == half or (case.is_twin and case.group in groups)]
