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
    assert {"non-saturating", "relativistic", "least-squares"} <= set(NAMES)


@every_objective
def test_it_cites_a_paper(name: str) -> None:
    assert re.search(r"arXiv:\d{4}\.\d{4,5}", OBJECTIVES.summary(name))


@every_objective
@given(real=st.floats(0.05, 0.95), fake=st.floats(0.05, 0.95))
@settings(max_examples=30, derandomize=True, deadline=None)
def test_each_player_wants_what_the_game_says(name: str, real: float, fake: float) -> None:
    # Between 0 and 1, the targets of least squares: beyond them an objective may pull back or rest
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
        alone = torch.allclose(whole.flatten(), torch.cat(one_by_one))
        assert alone is not objective.compares_means


@every_objective
@pytest.mark.parametrize("shape", PATCHES)
def test_of_its_neighbours_a_score_knows_the_mean_at_most(name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(shape), torch.randn(shape)
    others_mixed = [torch.cat([x.flatten()[:1], x.flatten()[1:].flip(0)]).reshape(shape) for x in (real, fake)]
    objective = made(name)
    for half in (objective.discriminator_loss, objective.generator_loss):
        torch.testing.assert_close(half(*others_mixed).flatten()[0], half(real, fake).flatten()[0])


@every_objective
@pytest.mark.parametrize("real", [-1e6, -1e4, 0.0, 1e4, 1e6])
@pytest.mark.parametrize("fake", [-1e6, -1e4, 0.0, 1e4, 1e6])
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


def test_relativistic_average_compares_with_the_mean_of_the_other_kind() -> None:
    real, fake = torch.tensor([2.0, 4.0]), torch.tensor([-1.0, 2.0])  # means 3 and 0.5
    objective = made("relativistic-average")
    of_reals = [math.log1p(math.exp(0.5 - 2.0)), math.log1p(math.exp(0.5 - 4.0))]
    of_fakes = [math.log1p(math.exp(-1.0 - 3.0)), math.log1p(math.exp(2.0 - 3.0))]
    expected = torch.tensor(of_reals) + torch.tensor(of_fakes)
    torch.testing.assert_close(objective.discriminator_loss(real, fake), expected)
    torch.testing.assert_close(objective.discriminator_loss(real + 7, fake + 7), expected)
    torch.testing.assert_close(objective.generator_loss(fake, real), expected)


def test_relativistic_average_pulls_at_the_samples_behind_the_mean_too() -> None:
    """The mean is no constant: a forgery's loss also lowers the score of real samples."""
    r, f = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    by_real, by_fake = slopes(made("relativistic-average").discriminator_loss(r, f).mean(), r, f)
    torch.testing.assert_close(by_real, torch.full((2,), -0.5))
    torch.testing.assert_close(by_fake, torch.full((2,), 0.5))


def test_minimax_is_one_value_for_which_both_play() -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(8), torch.randn(8)
    objective = made("minimax")
    of_fakes = binary_cross_entropy_with_logits(fake, torch.zeros(8), reduction="none")
    of_reals = binary_cross_entropy_with_logits(real, torch.ones(8), reduction="none")
    torch.testing.assert_close(objective.discriminator_loss(real, fake), of_reals + of_fakes)
    torch.testing.assert_close(objective.generator_loss(real, fake), -of_fakes)


def test_only_minimax_stops_teaching_a_generator_that_loses() -> None:
    f = torch.tensor([-30.0], requires_grad=True)
    r = torch.zeros(1)
    for name, slope in (("minimax", 0.0), ("non-saturating", -1.0), ("hinge", -1.0), ("wasserstein", -1.0)):
        torch.testing.assert_close(slopes(made(name).generator_loss(r, f), f)[0], torch.tensor([slope]))


def test_least_squares_pulls_to_its_targets() -> None:
    real, fake = torch.tensor([0.5, 3.0]), torch.tensor([0.5, -2.0])
    objective = made("least-squares")
    torch.testing.assert_close(objective.discriminator_loss(real, fake), torch.tensor([0.25, 4.0]))
    torch.testing.assert_close(objective.generator_loss(real, fake), torch.tensor([0.125, 4.5]))
    pearson = OBJECTIVES.get("least-squares")(a=-1.0, b=1.0, c=0.0)  # type: ignore[call-arg]  # section 3.3
    torch.testing.assert_close(pearson.discriminator_loss(real, fake), torch.tensor([1.25, 2.5]))
    torch.testing.assert_close(pearson.generator_loss(real, fake), torch.tensor([0.125, 2.0]))


def test_wasserstein_is_the_difference_of_the_means() -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(8), torch.randn(8)
    objective = made("wasserstein")
    torch.testing.assert_close(objective.discriminator_loss(real, fake).mean(), fake.mean() - real.mean())
    torch.testing.assert_close(objective.generator_loss(real, fake).mean(), -fake.mean())


def test_hinge_leaves_what_is_told_apart_by_a_margin() -> None:
    real, fake = torch.tensor([-1.0, 0.5, 2.0]), torch.tensor([0.0, -0.5, -2.0])
    objective = made("hinge")
    torch.testing.assert_close(objective.discriminator_loss(real, fake), torch.tensor([3.0, 1.0, 0.0]))
    torch.testing.assert_close(objective.generator_loss(real, fake), -fake)
