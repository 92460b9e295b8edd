"""What `bench speed` trains: data that are built in, recipes, and how much of the machine they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganforge.core.contracts import DataOptions, Source
from ganforge.core.recipe import Recipe
from ganforge.data._opening import open_source
from ganforge.data._samples import load_pictures
from ganforge.recipes._recipes import RECIPES
from ganforge.session import Options, choose_recipe

ICONS_64 = "icons-64"
"""The built-in icons at 64 x 64, three of them as the channels of one picture: colour, as stacked digits are."""
MINUTES = 3.0
"""Trainings whose recipe would take longer are planned for so long: their examinations come the closer together, and
stretches that hold whole ones can be short."""


@dataclass(frozen=True)
class Case:
    """One kind of training."""

    source: str
    """A built-in sample, or `ICONS_64`."""
    recipe: str
    one_core: bool = False
    """It has one processor to itself; else all that this process may use."""
    minutes: float | None = None
    """What its length is planned for; None = the recipe's own."""

    def __str__(self) -> str:
        return f"{self.recipe} on {self.source}{', one core' if self.one_core else ''}"

    def data(self) -> Any:
        """What `ganforge.train` is given."""
        if self.source != ICONS_64:
            return self.source
        icons, _, _ = load_pictures("icons", 64)
        return np.stack([np.roll(icons, shift, axis=0) for shift in range(3)], axis=-1)


@dataclass(frozen=True)
class Opened:
    """A case's data and recipe."""

    data: Source
    recipe: Recipe


LOOP = (Case("digits", "auto"), Case(ICONS_64, "auto", minutes=MINUTES))
MLP = (Case("grid", "auto", one_core=True),)


def every_recipe() -> tuple[Case, ...]:
    """All recipes on pictures and on numbers."""
    pictures = [Case("digits", name, minutes=MINUTES) for name in RECIPES.names()]
    return (*pictures, *(Case("grid", name, one_core=True) for name in RECIPES.names()))


def open_case(case: Case, settings: Sequence[tuple[str, str]] = ()) -> Opened:
    """The data, decoded, and the recipe for them, with values of it by path."""
    data = open_source(case.data(), DataOptions())
    return Opened(data, choose_recipe(Options(recipe=case.recipe, settings=dict(settings) or None), data))
