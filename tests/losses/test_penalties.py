"""What holds for every penalty, and the exact values of each."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.core.recipe import PenaltySettings
from ganforge.core.records import Condition, Scores
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part
from ganforge.losses.penalty import PENALTIES, Penalty, make_penalty
from ganforge.networks._pair import PAIRS, Discriminator

NAMES = PENALTIES.names()
every_penalty = pytest.mark.parametrize("name", NAMES)
zero_centred = pytest.mark.parametrize(("name", "side"), [("r1", "real"), ("r2", "fake")])


def made(name: str, weight: float = 1.0, every: int = 1, **settings: float) -> Penalty:
    return make_penalty(PenaltySettings(Part(name, settings), constant(weight), every))


def smooth_judge() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))


def pictures_judge() -> Discriminator:
    torch.manual_seed(0)
    return PAIRS.get("dcgan")().discriminator((1, 12, 12), 0)


def test_the_penalties_are_found_by_scanning() -> None:
    assert {"r1", "r2", "wgan-gp"} <= set(NAMES)


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


def in_packs(judge: nn.Module, size: int) -> Any:
    """A judge that gives one score for `size` samples, filling up the last pack with the first samples."""

    def judge_packs(x: Tensor) -> tuple[Tensor, ...]:
        count = -(-len(x) // size) * size
        return (judge(x[torch.arange(count) % len(x)].reshape(count // size, -1)).squeeze(1),)

    return judge_packs


@every_penalty
def test_a_pack_of_samples_is_penalised_as_one_large_sample(turn_of: Any, name: str) -> None:
    torch.manual_seed(0)
    judge = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))
    real, fake = torch.randn(8, 3), torch.randn(8, 3)
    penalty = made(name)
    packed = penalty(turn_of({"d": in_packs(judge, 2)}, real, fake, penalty.differentiates))
    pairs = [x.reshape(4, 6) for x in (real, fake)]
    large = penalty(turn_of({"d": lambda x: (judge(x).squeeze(1),)}, *pairs, penalty.differentiates))
    torch.testing.assert_close(packed, large)


@every_penalty
@pytest.mark.parametrize("count", [1, 5, 7])
def test_a_pack_that_is_not_full_is_penalised_too(turn_of: Any, name: str, count: int) -> None:
    torch.manual_seed(0)
    judge = nn.Sequential(nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 1))
    penalty = made(name)
    real, fake = torch.randn(count, 3), torch.randn(count, 3)
    loss = penalty(turn_of({"d": in_packs(judge, 4)}, real, fake, penalty.differentiates))
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in judge.parameters())


@every_penalty
def test_a_discriminator_without_a_slope_has_finite_gradients(turn_of: Any, name: str) -> None:
    w = torch.zeros(3, requires_grad=True)
    penalty = made(name)
    loss = penalty(turn_of({"d": lambda x: (x @ w,)}, torch.randn(4, 3), torch.randn(4, 3), penalty.differentiates))
    (slope,) = torch.autograd.grad(loss, w)
    assert torch.isfinite(loss) and torch.isfinite(slope).all()


@every_penalty
def test_labels_reach_the_judge(turn_of: Any, name: str) -> None:
    seen: list[Condition | None] = []
    condition = Condition(labels=torch.tensor([0, 1, 1]))
    penalty = made(name)
    turn = turn_of(
        {"d": lambda x: (x.sum(1),)}, torch.randn(3, 3), torch.randn(3, 3), penalty.differentiates, condition=condition
    )
    judge = turn.game.judge

    def listening(player: str, x: Tensor, given: Condition | None) -> Scores:
        seen.append(given)
        scores: Scores = judge(player, x, given)
        return scores

    turn.game.judge = listening
    penalty(turn)
    assert seen and all(given is condition for given in seen)


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


def test_wgan_gp_is_the_squared_miss_of_the_slope(turn_of: Any) -> None:
    w = torch.tensor([3.0, -4.0], requires_grad=True)
    for target, by_hand in ((1.0, 16.0), (0.0, 25.0), (7.0, 4.0)):
        penalty = made("wgan-gp", target=target)
        loss = penalty(turn_of({"d": lambda x: (x @ w,)}, torch.randn(5, 2), torch.randn(5, 2)))
        torch.testing.assert_close(loss, torch.tensor(by_hand))
        (slope,) = torch.autograd.grad(loss, w)
        torch.testing.assert_close(slope, 2 * (5 - target) * w.detach() / 5)


def test_wgan_gp_looks_at_points_between_real_samples_and_forgeries(turn_of: Any) -> None:
    judged: list[Tensor] = []

    def judge(x: Tensor) -> tuple[Tensor, ...]:
        judged.append(x.detach())
        return (x.flatten(1).square().sum(1),)

    torch.manual_seed(0)
    real, fake = torch.randn(4000, 1, 2, 1), torch.randn(4000, 1, 2, 1)
    made("wgan-gp")(turn_of({"d": judge}, real, fake))
    e = ((judged[-1] - fake) / (real - fake)).flatten(1)
    torch.testing.assert_close(e[:, 0], e[:, 1], rtol=1e-2, atol=1e-2)  # one share for all numbers of a sample
    shares = e.median(dim=1).values
    assert shares.min() > -1e-3 and shares.max() < 1 + 1e-3
    # Uniform: the empirical quantiles of 4,000 draws miss those of the distribution by a standard deviation of 0.008
    quantiles = torch.linspace(0, 1, 11)
    torch.testing.assert_close(torch.quantile(shares, quantiles), quantiles, rtol=0.0, atol=0.04)


def test_wgan_gp_sums_the_scales_and_patches_of_a_sample_and_averages_judges(turn_of: Any) -> None:
    def two_scales(x: Tensor) -> tuple[Tensor, ...]:
        return x @ torch.tensor([1.0, 0.0]), torch.stack([2 * x[:, 0], 4 * x[:, 1]], dim=1)  # slope (3, 4)

    def one_scale(x: Tensor) -> tuple[Tensor, ...]:
        return (x @ torch.tensor([0.0, 2.0]),)

    loss = made("wgan-gp")(turn_of({"a": two_scales, "b": one_scale}, torch.randn(5, 2), torch.randn(5, 2)))
    torch.testing.assert_close(loss, torch.tensor((16.0 + 1.0) / 2))


def test_wgan_gp_counts_what_a_last_pack_borrows_with_its_owner(turn_of: Any) -> None:
    judge = nn.Linear(2, 1, bias=False)
    judge.weight.data = torch.tensor([[3.0, 4.0]])
    loss = made("wgan-gp")(turn_of({"d": in_packs(judge, 2)}, torch.randn(3, 1), torch.randn(3, 1)))
    # The packs are (0, 1) and (2, 0): sample 0 has the slope 3 + 4, sample 1 has 4, sample 2 has 3.
    by_hand = ((7.0**2 + 4.0**2) ** 0.5 - 1) ** 2 / 2 + (3.0 - 1) ** 2 / 2
    torch.testing.assert_close(loss, torch.tensor(by_hand))


def test_wgan_gp_agrees_with_finite_differences_and_leaves_the_forger_alone(turn_of: Any) -> None:
    judge = smooth_judge()
    real, fake = torch.randn(4, 3), torch.randn(4, 3, requires_grad=True)
    e = turn_of({}, real, fake).draws.uniform(4)[:, None]
    loss = made("wgan-gp")(turn_of({"d": lambda x: (judge(x).squeeze(1),)}, real, fake))
    step = 1e-3
    with torch.no_grad():
        exact, x = judge.double(), (e * real + (1 - e) * fake).double()
        slopes = torch.cat([(exact(x + d) - exact(x - d)) / (2 * step) for d in step * torch.eye(3).double()], dim=1)
    torch.testing.assert_close(loss.double(), (slopes.norm(dim=1) - 1).square().mean(), rtol=1e-4, atol=1e-6)
    loss.backward()  # type: ignore[no-untyped-call]
    assert fake.grad is None


@pytest.mark.parametrize("target", [-1.0, float("nan")])
def test_a_slope_below_nothing_is_refused(target: float) -> None:
    with pytest.raises(SettingError, match="target is"):
        made("wgan-gp", target=target)


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
