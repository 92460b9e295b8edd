"""What holds for every penalty, and the exact values of R1 and R2."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.core.recipe import PenaltySettings
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part
from ganforge.losses.penalty import PENALTIES, Penalty, make_penalty
from ganforge.networks._pair import PAIRS, Discriminator

NAMES = PENALTIES.names()
every_penalty = pytest.mark.parametrize("name", NAMES)
zero_centred = pytest.mark.parametrize(("name", "side"), [("r1", "real"), ("r2", "fake")])


def made(name: str, weight: float = 1.0, every: int = 1) -> Penalty:
    return PENALTIES.get(name)(weight=constant(weight), every=every)


def smooth_judge() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))


def pictures_judge() -> Discriminator:
    torch.manual_seed(0)
    return PAIRS.get("dcgan")().discriminator((1, 12, 12), 0)


def test_the_penalties_are_found_by_scanning() -> None:
    assert {"r1", "r2"} <= set(NAMES)


@every_penalty
def test_it_cites_a_paper_and_says_what_it_differentiates(name: str) -> None:
    assert re.search(r"arXiv:\d{4}\.\d{4,5}", PENALTIES.summary(name))
    assert made(name).differentiates <= {"real", "fake"}
    assert made(name).name == name


@every_penalty
@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("channels_last", [False, True])
def test_it_reaches_the_weights_of_the_discriminator(turn_of: Any, name: str, bf16: bool, channels_last: bool) -> None:
    judge = pictures_judge()
    real, fake = torch.randn(6, 1, 12, 12), torch.randn(6, 1, 12, 12)
    if channels_last:
        judge = judge.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        real, fake = (x.to(memory_format=torch.channels_last) for x in (real, fake))
    penalty = made(name)

    def value() -> Tensor:
        return penalty(turn_of({"d": lambda x: judge(x, None).adversarial}, real, fake, penalty.differentiates))

    exact = value().detach()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        loss = value()
    assert loss.dtype == torch.float32
    assert loss.shape == ()
    torch.testing.assert_close(loss.detach(), exact, rtol=0.1 if bf16 else 1e-4, atol=1e-6)
    loss.backward()  # type: ignore[no-untyped-call]
    weights = [p.grad for n, p in judge.named_parameters() if n.endswith("weight")]
    assert all(grad is not None and torch.isfinite(grad).all() and grad.abs().sum() > 0 for grad in weights)


@every_penalty
def test_strength_and_laziness_are_left_to_the_duel(turn_of: Any, name: str) -> None:
    judge = smooth_judge()
    real, fake = torch.randn(4, 3), torch.randn(4, 3)
    values = []
    for penalty in (made(name), made(name, weight=10.0, every=16)):
        torch.manual_seed(1)
        turn = turn_of({"d": lambda x: (judge(x).squeeze(1),)}, real, fake, penalty.differentiates)
        values.append(penalty(turn).detach())
    assert values[0] == values[1]


@zero_centred
def test_a_linear_discriminator_is_penalised_by_half_its_squared_slope(turn_of: Any, name: str, side: str) -> None:
    w = torch.tensor([3.0, -4.0, 0.5], requires_grad=True)
    penalty = made(name)
    assert penalty.differentiates == {side}
    loss = penalty(turn_of({"d": lambda x: (x @ w,)}, torch.randn(7, 3), torch.randn(7, 3), penalty.differentiates))
    torch.testing.assert_close(loss, w.detach().square().sum() / 2)
    torch.testing.assert_close(torch.autograd.grad(loss, w)[0], w.detach())


@zero_centred
def test_only_its_own_side_counts(turn_of: Any, name: str, side: str) -> None:
    samples = {"real": torch.full((2, 3), 1.0), "fake": torch.full((2, 3), 2.0)}
    penalty = made(name)
    turn = turn_of({"d": lambda x: (x.square().sum(1),)}, samples["real"], samples["fake"], penalty.differentiates)
    # The gradient of |x|^2 is 2x, its squared norm 4|x|^2.
    torch.testing.assert_close(penalty(turn), 2 * samples[side][0].square().sum())
    assert set(turn.looks) == {side}


@zero_centred
def test_scales_and_patches_of_a_sample_are_summed_and_judges_averaged(turn_of: Any, name: str, side: str) -> None:
    def two_scales(x: Tensor) -> tuple[Tensor, ...]:
        return x @ torch.tensor([1.0, 0.0]), torch.stack([x[:, 0], 2 * x[:, 1]], dim=1)  # slope (2, 2)

    def one_scale(x: Tensor) -> tuple[Tensor, ...]:
        return (x @ torch.tensor([0.0, 4.0]),)

    penalty = made(name)
    judges = {"a": two_scales, "b": one_scale}
    turn = turn_of(judges, torch.randn(5, 2), torch.randn(5, 2), penalty.differentiates)
    torch.testing.assert_close(penalty(turn), torch.tensor(0.5 * (8.0 + 16.0) / 2))


@zero_centred
def test_it_agrees_with_finite_differences(turn_of: Any, name: str, side: str) -> None:
    judge = smooth_judge()
    samples = torch.randn(4, 3)
    penalty = made(name)
    step = 1e-3

    def by_autograd() -> Tensor:
        turn = turn_of({"d": lambda x: (judge(x).squeeze(1),)}, samples, samples, penalty.differentiates)
        return penalty(turn)

    @torch.no_grad()
    def by_differences() -> Tensor:
        exact = judge.double()
        slopes = [(exact(samples.double() + e) - exact(samples.double() - e)) / (2 * step) for e in step * torch.eye(3)]
        judge.float()
        return 0.5 * torch.cat(slopes, dim=1).square().sum(1).mean()

    loss = by_autograd()
    torch.testing.assert_close(loss.double(), by_differences(), rtol=1e-4, atol=1e-6)
    loss.backward()  # type: ignore[no-untyped-call]
    weight = judge[0].weight
    assert isinstance(weight, nn.Parameter) and weight.grad is not None
    expected = torch.zeros_like(weight)
    with torch.no_grad():
        for i in range(weight.numel()):
            kept = weight.view(-1)[i].item()
            weight.view(-1)[i] = kept + step
            above = by_differences()
            weight.view(-1)[i] = kept - step
            expected.view(-1)[i] = (above - by_differences()) / (2 * step)
            weight.view(-1)[i] = kept
    torch.testing.assert_close(weight.grad, expected, rtol=1e-2, atol=1e-4)


def test_a_recipe_makes_a_penalty() -> None:
    weight = Schedule(2.0, 0.2)
    penalty = make_penalty(PenaltySettings(Part("r1"), weight, every=16))
    assert type(penalty) is PENALTIES.get("r1")
    assert (penalty.weight, penalty.every) == (weight, 16)


def test_unknown_penalties_and_settings_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="no penalty called 'r3'"):
        make_penalty(PenaltySettings(Part("r3"), constant(1.0)))
    with pytest.raises(SettingError, match="no setting 'target'"):
        make_penalty(PenaltySettings(Part("r1", {"target": 1}), constant(1.0)))
    with pytest.raises(SettingError, match="'every' is 4"):
        make_penalty(PenaltySettings(Part("r1", {"every": 4}), constant(1.0)))
