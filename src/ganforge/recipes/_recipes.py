"""The registry of recipes, and what they share."""

from __future__ import annotations

from collections.abc import Callable

from ganforge.core.recipe import Recipe
from ganforge.core.records import DataCard
from ganforge.core.registry import Registry

RECIPES: Registry[Callable[[DataCard], Recipe]] = Registry("ganforge.recipes", "recipe", "recipe")


def minutes_for_pictures(data: DataCard) -> float:
    """How long a first training of pictures should take: 3 minutes at 28x28, longer for more pixels, at most an hour.

    Larger pictures need more samples and each costs more; a square-root-like growth keeps a first run short enough to
    be tried; --minutes asks for more.
    """
    _, height, width = data.shape
    return float(min(60.0, max(3.0, round(3.0 * (height * width / 784.0) ** 0.75))))
