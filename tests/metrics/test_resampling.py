"""Error bars are as wide as scores really scatter."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from scipy import stats
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Estimate
from ganforge.metrics._resampling import (
    as_share,
    certain,
    compared,
    compared_rows,
    estimate,
    quantile_of_t,
    share_error,
)
from tests.metrics.cases import a_case


def gap(first: Tensor, second: Tensor) -> Mapping[str, float]:
    return {"gap": float(first.mean() - second.mean())}


def three_sets(n: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    draws = Draws(seed, "numbers")
    return draws.normal(n, 1) + 0.5, draws.normal(n, 1), draws.normal(n, 1)


@pytest.mark.parametrize("n", [12, 60])
def test_the_interval_holds_the_truth_19_times_in_20(n: int) -> None:
    found = [compared_rows(three_sets(n, seed), gap, seed=seed)["gap"] for seed in range(150)]
    for name, truth in (("value", 0.5), ("floor", 0.0), ("difference", 0.5)):
        estimates = [getattr(one, name) for one in found]
        held = sum(e.low <= truth <= e.high for e in estimates) / len(estimates)
        assert 0.89 <= held <= 0.99, name


def test_the_error_is_that_of_theory_also_from_few_rows_a_replicate() -> None:
    rows = three_sets(400, 1)
    for most in (1000, 50):
        found = compared_rows(rows, gap, seed=1, most=most, replicates=400)["gap"]
        theory = math.sqrt(sum(float(x.var()) for x in rows[:2]) / 400)
        assert found.value.error == pytest.approx(theory, rel=0.12)


def test_what_both_share_does_not_blur_the_difference() -> None:
    samples, reference, held_out = three_sets(200, 2)
    found = compared_rows((samples, reference * 10, held_out), gap, seed=2)["gap"]
    assert found.difference.error < found.value.error / 3
    assert found.difference.value == pytest.approx(found.value.value - found.floor.value)


def test_the_same_seed_gives_the_same_bits() -> None:
    case = a_case(30, 4)
    assert compared(case, gap) == compared(case, gap)


def test_fewer_than_four_rows_have_no_interval() -> None:
    found = compared_rows(three_sets(3, 0), gap, seed=0)["gap"]
    assert found.value.low == -math.inf and found.value.high == math.inf
    assert not certain(found.difference)


def test_a_share_stays_within_0_and_1_and_is_never_sure() -> None:
    def all_of_them(first: Tensor, second: Tensor) -> Mapping[str, float]:
        return {"share": 1.0}

    found = compared_rows(three_sets(20, 0), all_of_them, seed=0, share=True)["share"]
    assert found.value.high == 1.0 and 0.6 < found.value.low < 0.95
    assert found.difference.low < 0.0 < found.difference.high
    assert as_share(found, 20) == found


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3])
def test_the_error_of_a_share_is_no_smaller_than_the_binomial(share: float) -> None:
    assert share_error(share, 200) >= 0.99 * math.sqrt(share * (1 - share) / 200)
    assert share_error(share, 200) > 0


@pytest.mark.parametrize("freedom", [3, 4, 9, 39, 500])
def test_the_quantile_of_t_is_right_to_2_per_cent(freedom: int) -> None:
    assert quantile_of_t(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.02)


def test_of_few_items_more_is_asked_before_a_difference_is_certain() -> None:
    assert certain(estimate(-4.1, 1.0, 10_000)) and not certain(estimate(3.9, 1.0, 10_000))
    assert not certain(estimate(4.1, 1.0, 8))
    assert not certain(Estimate(9.0, -math.inf, math.inf, math.inf))
