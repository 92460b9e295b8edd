"""What `auto` chooses by the number and the kind of samples."""

from __future__ import annotations

import pytest

from ganforge.augment._policy import POLICIES
from ganforge.core.records import DataCard
from ganforge.recipes.auto import FEW, recipe


def card(count: int, shape: tuple[int, ...]) -> DataCard:
    return DataCard("data", "images" if len(shape) == 3 else "points", count, shape, "fingerprint")


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 64, 64)])
def test_few_pictures_are_augmented_as_far_as_d_asks_for_it_and_many_are_not(shape: tuple[int, ...]) -> None:
    few, many = recipe(card(FEW, shape)).augment, recipe(card(FEW + 1, shape)).augment
    assert few is not None and POLICIES.get(few.name).adapts
    assert many is None


def test_numbers_are_not_augmented_however_few_they_are() -> None:
    assert recipe(card(20, (3,))).augment is None
