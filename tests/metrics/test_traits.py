"""Traits: a difference that people would see is named; others are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from ganforge.core.records import Trait
from ganforge.core.seeding import Draws
from ganforge.metrics._certainty import as_normal
from ganforge.metrics._metric import Case, Score
from ganforge.metrics.traits import Traits
from tests.metrics.cases import a_case


def trait(values: Tensor, visible: float = 0.0) -> Trait:
    return Trait("size", values.float(), "are smaller than the data", "are larger than the data", visible)


def a_case_of(samples: Tensor, reference: Tensor, held_out: Tensor, visible: float = 0.0) -> Case:
    three = [(trait(values, visible),) for values in (samples, reference, held_out)]
    return replace(a_case(len(samples)), traits=lambda: (three[0], three[1], three[2]))


def judged(samples: Tensor, reference: Tensor, held_out: Tensor, visible: float = 0.0) -> Score:
    (score,) = Traits().judge(a_case_of(samples, reference, held_out, visible))
    return score


def normal(n: int, place: str) -> Tensor:
    return 5 + Draws(0, place).normal(n)


def test_without_traits_there_is_nothing_to_say() -> None:
    assert Traits().judge(replace(a_case(10), traits=None)) == ()


@pytest.mark.parametrize("n", [4, 12, 200])
def test_real_items_are_not_remarked(n: int) -> None:
    for seed in range(100):
        of = [Draws(seed, place).normal(n).exp() for place in ("a", "b", "c")]
        assert not judged(of[0], of[1], of[2]).remarks


def test_the_difference_is_in_standard_deviations_of_real_items() -> None:
    score = judged(normal(400, "a") + 1.0, normal(400, "b"), normal(400, "c"))
    assert score.difference is not None
    assert score.difference.value == pytest.approx(1.0, abs=0.2)
    assert score.difference.low < 1.0 < score.difference.high
    assert score.remarks[0].words == "are larger than the data (size 1.2 times theirs)"
    assert score.headline


def test_what_is_certain_but_too_small_to_be_seen_is_not_remarked() -> None:
    score = judged(normal(5000, "a") + 0.15, normal(5000, "b"), normal(5000, "c"))
    assert score.difference is not None and score.difference.value > 4 * score.difference.error
    assert not score.remarks


def test_a_difference_that_nobody_could_notice_is_not_remarked_however_alike_the_data_are() -> None:
    same = torch.full((200,), 0.5)
    assert not judged(same + 0.005, same, same, visible=0.01).remarks
    assert judged(same - 0.02, same, same, visible=0.01).remarks[0].words.startswith("are smaller")


def test_few_items_are_not_enough_to_be_certain() -> None:
    apart = torch.tensor([0.0, 0.1, 0.2, 0.3])
    assert not judged(apart + 9, apart, apart).remarks
    assert not judged(torch.ones(4), torch.zeros(4), torch.zeros(4)).remarks
    assert judged(torch.ones(12), torch.zeros(12), torch.zeros(12)).remarks


def test_what_differs_between_real_items_is_not_held_against_the_samples() -> None:
    assert not judged(normal(400, "a") + 1.0, normal(400, "b"), normal(400, "c") + 1.0).remarks


@given(st.floats(0.1, 60.0), st.integers(3, 400))
def test_student_is_turned_into_normal(t: float, freedom: int) -> None:
    exact = float(stats.norm.isf(stats.t.sf(t, freedom))) if stats.t.sf(t, freedom) > 1e-300 else None
    if exact is not None and exact < 8:
        assert as_normal(t, freedom) == pytest.approx(exact, rel=0.03, abs=0.02)


def test_only_the_gravest_are_headlines() -> None:
    real = normal(200, "b")
    made = tuple(replace(trait(normal(200, "a") + shift), name=f"t{shift}") for shift in (1.0, 2.0, 3.0, 0.0))
    known = tuple(replace(trait(real), name=one.name) for one in made)
    scores = Traits().judge(replace(a_case(200), traits=lambda: (made, known, known)))
    assert [score.headline for score in scores] == [False, True, True, False]


def test_of_very_many_traits_those_that_differ_most_are_listed_and_none_by_chance() -> None:
    def many(place: str) -> tuple[Trait, ...]:
        rows = Draws(0, place).normal(1500, 20)
        return tuple(replace(trait(row), name=f"t{at}") for at, row in enumerate(rows))

    made = many("a")
    made = (replace(made[0], values=made[0].values + 9), *made[1:])
    scores = Traits().judge(replace(a_case(20), traits=lambda: (made, many("b"), many("c"))))
    assert len(scores) == 100
    assert [score.label for score in scores if score.remarks] == ["t0"]
