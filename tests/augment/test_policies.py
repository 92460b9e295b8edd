"""Policies: which operations they take, what moves them, what is remembered."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganforge.augment._operation import OPERATIONS, Operation
from ganforge.augment._policy import POLICIES, Augmenter, make_augmenter
from ganforge.augment.adaptive import Adapting, Adaptive
from ganforge.augment.noise import Fading
from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.core.settings import Part
from ganforge.data._opening import DOMAINS
from tests.augment.pictures import COLOUR, GREY, ROWS, samples

BATCH = 64
FITTING = [
    pytest.param(policy, domain, shape, id=f"{policy}-{domain}-{shape[0]}")
    for policy in POLICIES.names()
    for domain, shape in (("images", COLOUR), ("images", GREY), ("points", ROWS))
]


def made(policy: str, domain: str, shape: tuple[int, ...], **settings: object) -> Augmenter:
    return make_augmenter(Part(policy, settings), DOMAINS.get(domain).augmentations, shape)


def adapting(**settings: float) -> Adapting:
    augmenter = made("adaptive", "images", COLOUR, **settings)
    assert isinstance(augmenter, Adapting)
    return augmenter


def told(augmenter: Augmenter, signs: list[float], batch: int = BATCH, seen: int = 0) -> list[float]:
    """The strength after each sign."""
    course = []
    for sign in signs:
        augmenter.after_judging(torch.tensor(sign), seen, 0.0)
        seen += batch
        course.append(float(augmenter.strength))
    return course


@pytest.mark.parametrize(("policy", "domain", "shape"), FITTING)
class TestEvery:
    def test_it_changes_samples_in_training_the_same_for_the_same_seed(
        self, policy: str, domain: str, shape: tuple[int, ...]
    ) -> None:
        augmenter = made(policy, domain, shape, **({"start": 0.5} if policy == "adaptive" else {}))
        x = samples(shape, 20)
        looks = []
        for seed in (0, 0, 1):
            torch.manual_seed(seed)
            looks.append(augmenter(x))
        assert looks[0].shape == x.shape and not torch.equal(looks[0], x)
        assert torch.equal(looks[0], looks[1]) and not torch.equal(looks[0], looks[2])

    def test_gradients_of_gradients_pass(self, policy: str, domain: str, shape: tuple[int, ...]) -> None:
        augmenter = made(policy, domain, shape, **({"start": 0.5} if policy == "adaptive" else {}))
        x = samples(shape).double().requires_grad_()
        weight = torch.randn(shape, dtype=torch.float64, requires_grad=True)

        def penalty(weight: torch.Tensor) -> torch.Tensor:
            torch.manual_seed(0)
            (slope,) = torch.autograd.grad((augmenter(x) * weight).tanh().sum(), x, create_graph=True)
            return slope.square().sum()

        assert torch.autograd.gradcheck(penalty, (weight,))

    def test_what_it_remembers_is_saved(self, policy: str, domain: str, shape: tuple[int, ...]) -> None:
        one, other = made(policy, domain, shape), made(policy, domain, shape)
        told(one, [1.0] * 50)
        other.load_state_dict({name: tensor.clone() for name, tensor in one.state_dict().items()})
        assert told(one, [1.0, -1.0, 1.0], seen=50 * BATCH) == told(other, [1.0, -1.0, 1.0], seen=50 * BATCH)

    def test_it_says_whether_it_is_steered(self, policy: str, domain: str, shape: tuple[int, ...]) -> None:
        augmenter = made(policy, domain, shape)
        before = float(augmenter.strength)
        for step in range(5):
            augmenter.after_judging(torch.tensor(1.0), step * 1000, step / 5)
        assert (float(augmenter.strength) != before) == augmenter.steered
        cls = POLICIES.get(policy)
        assert augmenter.steered == (cls.adapts or cls.fades)


def test_each_need_has_one_policy() -> None:
    policies = [POLICIES.get(name) for name in POLICIES.names()]
    assert sum(policy.adapts for policy in policies) == 1
    assert sum(policy.fades for policy in policies) == 1


def test_preferred_operations_exist() -> None:
    for name in POLICIES.names():
        assert set(POLICIES.get(name).preferred) <= set(OPERATIONS.names())
        assert "arXiv:" in POLICIES.summary(name)


def test_operations_come_in_the_domains_order_and_only_those_that_suit() -> None:
    used: list[Operation] = list(made("diff", "images", GREY, operations=["cutout", "translation"])._operations)  # type: ignore[arg-type]
    assert [type(operation).__name__ for operation in used] == ["Translation", "Cutout"]


@pytest.mark.parametrize(
    ("policy", "domain", "shape", "settings", "words"),
    [
        ("diff", "images", GREY, {"operations": ["saturation"]}, "saturation.*other data.*translation"),
        ("adaptive", "points", ROWS, {"operations": ["cutout", "noise"]}, "cutout would"),
        ("diff", "images", GREY, {"p": 1.5}, "p is 1.5"),
        ("adaptive", "images", GREY, {"start": 0.9}, "start is 0.9"),
        ("adaptive", "images", GREY, {"target": 1.0}, "target is 1.0"),
        ("adaptive", "images", GREY, {"adjust_kimg": 0.0}, "adjust_kimg is 0.0"),
    ],
)
def test_what_makes_no_sense_is_refused(
    policy: str, domain: str, shape: tuple[int, ...], settings: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        made(policy, domain, shape, **settings)


def test_unknown_names_are_told() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'translation'"):
        made("diff", "images", GREY, operations=["translaton"])
    with pytest.raises(SettingError, match="none of its operations"):
        make_augmenter(Part("diff"), (), ROWS)
    with pytest.raises(SettingError, match="do not bear noise"):
        make_augmenter(Part("noise"), ("translation",), GREY)


class TestAdaptive:
    def test_p_goes_up_while_d_is_sure_and_down_while_it_is_not(self) -> None:
        course = told(adapting(start=0.4), [1.0] * 100 + [0.0] * 100)
        assert course[100] > 0.45
        assert course[-1] < course[100] - 0.02

    def test_p_follows_the_mean_sign_and_not_each_one(self) -> None:
        """9 of 10 steps say 1, the tenth -1: the mean, 0.8, lies above the target."""
        course = told(adapting(start=0.0), [1.0] * 20 + ([1.0] * 9 + [-1.0]) * 60)
        assert course[-1] > 0.3

    def test_from_0_to_1_takes_the_time_that_is_set(self) -> None:
        augmenter = adapting(adjust_kimg=10.0, most=1.0)
        course = told(augmenter, [1.0] * 400)
        steps = next(number for number, p in enumerate(course) if p >= 1.0)
        assert steps * BATCH / 1000 == pytest.approx(10.0, abs=3 * BATCH / 1000)

    @pytest.mark.parametrize("batch", [16, 256])
    def test_the_pace_does_not_depend_on_the_batch(self, batch: int) -> None:
        kimg = 8.192
        ends = [told(adapting(), [1.0] * (round(kimg * 1000 / size) + 1), size)[-1] for size in (batch, 64)]
        assert ends[0] == pytest.approx(ends[1], abs=0.01)

    @given(st.lists(st.floats(-1.0, 1.0, width=32), max_size=60), st.sampled_from([1, 64, 5000]))
    def test_p_never_leaves_its_bounds(self, signs: list[float], batch: int) -> None:
        assert all(0.0 <= p <= 0.8 + 1e-6 for p in told(adapting(start=0.3), signs, batch))

    @given(st.lists(st.floats(-1.0, 1.0, width=32), max_size=60))
    def test_p_never_jumps(self, signs: list[float]) -> None:
        course = [0.3, *told(adapting(start=0.3), signs)]
        assert all(abs(after - before) <= BATCH / 50_000 + 1e-6 for before, after in pairwise(course))

    def test_taken_up_late_it_begins_where_it_is(self) -> None:
        assert told(adapting(), [1.0, 1.0], seen=10**6)[0] == 0.0
        assert 0.0 < told(adapting(), [1.0] * 3, seen=10**6)[-1] < 0.01

    def test_it_holds_d_at_the_target(self) -> None:
        """A discriminator whose certainty falls with p: 1 at p = 0, 0.2 at p = 0.8."""
        augmenter, p, signs = adapting(adjust_kimg=10.0), 0.0, []
        for step in range(1500):
            signs.append(1.0 - p)
            augmenter.after_judging(torch.tensor(signs[-1]), step * BATCH, 0.0)
            p = float(augmenter.strength)
        assert sum(signs[-500:]) / 500 == pytest.approx(Adaptive.target, abs=0.05)

    def test_the_paper_is_followed_where_nothing_is_said(self) -> None:
        assert Adaptive().target == 0.6
        assert Adaptive().most == 0.8


def test_instance_noise_falls_to_nothing_over_the_run() -> None:
    augmenter = made("noise", "points", ROWS)
    assert isinstance(augmenter, Fading)
    course = [float(augmenter.strength)]
    for progress in (0.1, 0.4, 0.7, 1.0):
        augmenter.after_judging(torch.tensor(0.0), 0, progress)
        course.append(float(augmenter.strength))
    assert course == sorted(course, reverse=True)
    assert course[0] == pytest.approx(0.3) and course[-1] == 0.0
    x = samples(ROWS)
    assert torch.equal(augmenter(x), x)
