"""What `auto` chooses by the number and the kind of samples."""

from __future__ import annotations

import pytest

from ganforge.augment._policy import POLICIES
from ganforge.core.records import DataCard
from ganforge.recipes.auto import FEW, recipe


def card(count: int, shape: tuple[int, ...]) -> DataCard:
    return DataCard("data", "images" if len(shape) == 3 else "points", count, shape, "fingerprint")


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 64, 64)])
def test_few_pictures_are_augmented_and_shown_more_often_and_many_are_not(shape: tuple[int, ...]) -> None:
    few, many = recipe(card(FEW, shape)), recipe(card(FEW + 1, shape))
    assert few.augment is not None and few.augment.name in POLICIES.names()
    assert many.augment is None
    assert few.budget.kimg is not None and many.budget.kimg is not None
    assert few.budget.kimg > 4 * many.budget.kimg
    assert "few" in few.why and "few" not in many.why


def test_numbers_are_not_augmented_however_few_they_are() -> None:
    assert recipe(card(20, (3,))).augment is None
