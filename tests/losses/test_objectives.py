"""What holds for every adversarial objective, and the known values of each."""

from __future__ import annotations

import math
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from ganforge.losses.objective import OBJECTIVES, Objective

NAMES = OBJECTIVES.names()
PATCHES = [(4,), (4, 3, 3), (2, 1, 5, 2)]
every_objective = pytest.mark.parametrize("name", NAMES)


def made(name: str) -> Objective:
    return OBJECTIVES.get(name)()


def slopes(loss: Tensor, *scores: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss.sum(), scores)


def test_the_objectives_are_found_by_scanning() -> None:
    assert {"non-saturating", "relativistic"} <= set(NAMES)


@every_objective
def test_it_cites_a_paper(name: str) -> None:
    assert re.search(r"arXiv:\d{4}\.\d{4,5}", OBJECTIVES.summary(name))


@every_objective
@given(real=st.floats(-0.5, 0.5), fake=st.floats(-0.5, 0.5))
@settings(max_examples=30, derandomize=True, deadline=None)
def test_each_player_wants_what_the_game_says(name: str, real: float, fake: float) -> None:
    r, f = torch.tensor([real], requires_grad=True), torch.tensor([fake], requires_grad=True)
    objective = made(name)
    by_real, by_fake = slopes(objective.discriminator_loss(r, f), r, f)
    assert by_real < 0 < by_fake
    assert slopes(objective.generator_loss(r, f), f)[0] < 0


@every_objective
@pytest.mark.parametrize("shape", PATCHES)
def test_each_score_has_its_own_loss(name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(shape), torch.randn(shape)
    objective = made(name)
    for half in (objective.discriminator_loss, objective.generator_loss):
        whole = half(real, fake)
        assert whole.shape == shape
        one_by_one = [half(r[None], f[None]) for r, f in zip(real.flatten(), fake.flatten(), strict=True)]
        torch.testing.assert_close(whole.flatten(), torch.cat(one_by_one))


@every_objective
@pytest.mark.parametrize("real", [-1e4, 0.0, 1e4])
@pytest.mark.parametrize("fake", [-1e4, 0.0, 1e4])
def test_extreme_scores_give_finite_losses_and_slopes(name: str, real: float, fake: float) -> None:
    r, f = torch.tensor([real], requires_grad=True), torch.tensor([fake], requires_grad=True)
    objective = made(name)
    d_loss, g_loss = objective.discriminator_loss(r, f), objective.generator_loss(r, f)
    assert torch.isfinite(torch.stack([d_loss, g_loss, *slopes(d_loss, r, f), *slopes(g_loss, f)])).all()


@every_objective
def test_it_says_whether_the_generator_compares_with_real_samples(name: str) -> None:
    objective = made(name)
    loss = objective.generator_loss(torch.full((3,), torch.nan), torch.zeros(3))
    assert torch.isnan(loss).all() if objective.generator_sees_real else torch.isfinite(loss).all()


def test_non_saturating_is_cross_entropy() -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(8), torch.randn(8)
    objective = made("non-saturating")
    as_real, as_fake = torch.ones(8), torch.zeros(8)
    by_hand = binary_cross_entropy_with_logits(real, as_real, reduction="none")
    by_hand += binary_cross_entropy_with_logits(fake, as_fake, reduction="none")
    torch.testing.assert_close(objective.discriminator_loss(real, fake), by_hand)
    torch.testing.assert_close(
        objective.generator_loss(real, fake), binary_cross_entropy_with_logits(fake, as_real, reduction="none")
    )


def test_relativistic_sees_differences_only() -> None:
    real, fake = torch.tensor([0.0, 1.0, 3.0]), torch.tensor([0.0, 2.0, -1.0])
    objective = made("relativistic")
    expected = [math.log(2), math.log1p(math.e), math.log1p(math.exp(-4))]
    torch.testing.assert_close(objective.discriminator_loss(real, fake), torch.tensor(expected))
    torch.testing.assert_close(objective.discriminator_loss(real + 7, fake + 7), torch.tensor(expected))
    torch.testing.assert_close(objective.generator_loss(fake, real), torch.tensor(expected))
