"""How an objective is applied in a turn."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from ganforge.losses.adversarial import DiscriminatorLoss, GeneratorLoss
from ganforge.losses.objective import OBJECTIVES

NON_SATURATING = OBJECTIVES.get("non-saturating")()
RELATIVISTIC = OBJECTIVES.get("relativistic")()


def two_scales(x: Tensor) -> tuple[Tensor, ...]:
    """One score a sample, and 2 x 2 patches."""
    return x.sum(1), x[:, :4].reshape(-1, 2, 2)


def one_scale(x: Tensor) -> tuple[Tensor, ...]:
    return (2 * x.sum(1),)


@pytest.mark.parametrize("objective", [NON_SATURATING, RELATIVISTIC])
@pytest.mark.parametrize("half", ["discriminator_loss", "generator_loss"])
def test_scales_and_judges_count_alike(turn_of: Any, objective: Any, half: str) -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(5, 6), torch.randn(5, 6)
    loss = getattr(objective, half)
    scales = [*zip(two_scales(real), two_scales(fake), strict=True), (one_scale(real)[0], one_scale(fake)[0])]
    by_hand = sum(loss(r, f).mean() for r, f in scales) / 3
    term = (DiscriminatorLoss if half == "discriminator_loss" else GeneratorLoss)(objective)
    torch.testing.assert_close(term(turn_of({"a": two_scales, "b": one_scale}, real, fake)), by_hand)


def test_real_samples_are_judged_only_where_the_generator_compares_with_them(turn_of: Any) -> None:
    for objective, looks in ((NON_SATURATING, {"fake"}), (RELATIVISTIC, {"fake", "real"})):
        turn = turn_of({"d": one_scale}, torch.zeros(2, 6), torch.ones(2, 6))
        GeneratorLoss(objective)(turn)
        assert set(turn.looks) == looks


def test_scores_in_bfloat16_are_compared_in_float32(turn_of: Any) -> None:
    def rough(x: Tensor) -> tuple[Tensor, ...]:
        return (x.sum(1).bfloat16(),)

    turn = turn_of({"d": rough}, torch.ones(2, 6), torch.zeros(2, 6))
    loss = DiscriminatorLoss(NON_SATURATING)(turn)
    assert loss.dtype == torch.float32
    by_hand = NON_SATURATING.discriminator_loss(torch.tensor([6.0]), torch.tensor([0.0]))[0]
    torch.testing.assert_close(loss, by_hand)


def test_a_forgotten_need_for_real_samples_shows_at_once(turn_of: Any) -> None:
    class Forgetful(type(RELATIVISTIC)):  # type: ignore[misc]
        generator_sees_real = False

    turn = turn_of({"d": one_scale}, torch.zeros(2, 6), torch.ones(2, 6))
    assert torch.isnan(GeneratorLoss(Forgetful())(turn))
