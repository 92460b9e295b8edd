"""Kinds of data that every recipe takes, in small, and what a recipe's story says to set."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import torch

from ganforge.core.contracts import DataOptions, Source
from ganforge.core.recipe import Lineage, Recipe
from ganforge.core.records import Batch, Condition
from ganforge.data._opening import open_source

BATCH = 8
SMALL = {"width": 8, "discriminator_width": 8}
CLASSES = ("bird", "cat", "dog")
RANDOM = np.random.default_rng(0)
KINDS = {
    "grey pictures": RANDOM.integers(256, size=(30, 12, 9), dtype=np.uint8),
    "colour pictures": RANDOM.integers(256, size=(30, 33, 36, 3), dtype=np.uint8),
    "numbers": RANDOM.standard_normal((200, 3)),
}


def opened(kind: str) -> Source:
    return open_source(KINDS[kind], DataOptions())


class Feed:
    """Batches of a source in order, labelled where the recipe is to know classes."""

    def __init__(self, source: Source, classes: int) -> None:
        self.source, self.classes = source, classes

    def batch(self, start: int, n: int) -> Batch:
        rows = torch.arange(start, start + n) % len(self.source.split.train)
        batch = self.source.batch(self.source.split.train[rows])
        return replace(batch, condition=Condition(labels=rows % self.classes)) if self.classes else batch


def narrow(recipe: Recipe) -> Recipe:
    """The same with few channels or units."""
    return replace(recipe, networks=replace(recipe.networks, settings={**recipe.networks.settings, **SMALL}))


def settings_in(lineage: Lineage, *, numbers: bool) -> list[tuple[str, str]]:
    """Path and value of all that the deviations say to `--set`, for rows of numbers or for pictures."""
    texts = [text for text in lineage.deviations if text.startswith("Numbers:") == numbers]
    return re.findall(r"--set ([\w.]+)=([\w.-]*\w)", " ".join(texts))
