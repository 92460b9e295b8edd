"""The hospital: who is sick, healthy, rescued, and how sure the shares are."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bench.hospital import TWINS, measured

from ganforge.bench._hospital_checks import upper_bound
from ganforge.bench._hospital_judgement import (
    interval_by_cause,
    is_healthy,
    is_rescued,
    is_sick,
    is_worse,
    share_interval,
    told_by_cause,
    told_share,
    typical,
)
from ganforge.bench._hospital_measure import Measured


@pytest.mark.parametrize(
    ("found", "sick"),
    [
        (measured(0.30), True),
        (measured(math.inf, 0.0), True),
        (measured(0.115), False),  # among its twins
        (measured(0.125, 0.001), False),  # not by a fifth
        (measured(0.30, 0.2), False),  # within the error
    ],
)
def test_a_spoiled_case_is_sick_beyond_error_by_a_fifth_and_worse_than_all_twins(found: Measured, sick: bool) -> None:
    assert is_sick(found, TWINS) is sick


def test_one_twin_that_is_as_bad_makes_a_case_not_sick() -> None:
    assert not is_sick(measured(0.30), [*TWINS, measured(0.31)])
    assert not is_sick(measured(0.30), [])
    assert not is_sick(measured(0.30), [measured(math.inf)])


def test_a_sound_case_is_healthy_near_its_twins_and_where_it_covers_the_truth() -> None:
    assert is_healthy(measured(0.13), TWINS)
    assert not is_healthy(measured(0.30), TWINS)
    assert not is_healthy(measured(0.11, covered=0.5), TWINS)
    assert not is_healthy(measured(math.inf), TWINS)


def test_rescue_is_by_the_rule_and_worse_is_beyond_error() -> None:
    twin = measured(0.15, 0.0)  # 0.10 over the floor
    assert is_rescued(measured(0.1649, 0.0), twin)
    assert not is_rescued(measured(0.1651, 0.0), twin)
    assert is_rescued(measured(0.18, 0.01), twin)
    assert is_worse(measured(0.5), measured(0.4))
    assert not is_worse(measured(0.5, 0.1), measured(0.4))
    assert not is_worse(measured(math.inf), measured(math.inf))


@given(of=st.integers(1, 80), share=st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_intervals_of_shares_are_clopper_and_pearsons(of: int, share: float) -> None:
    k = round(of * share)
    low, high = share_interval(k, of)
    exact = scipy.stats.binomtest(k, of).proportion_ci(method="exact")
    assert (low, high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_the_interval_of_57_of_60_begins_near_86_percent() -> None:
    assert share_interval(57, 60)[0] == pytest.approx(0.861, abs=0.001)
    assert "95.0%" in told_share(57, 60)
    assert share_interval(0, 0) == (0.0, 1.0)


def test_the_twins_error_is_what_another_seed_changes_where_that_is_more() -> None:
    assert typical([measured(0.1, 0.01), measured(0.5, 0.01), measured(0.3, 0.01)]) == measured(0.3, 0.2)
    assert typical([measured(0.1, 0.3), measured(0.5, 0.3)]) == measured(0.1, 0.3)
    assert typical([measured(0.1, 0.02)]) == measured(0.1, 0.02)
    assert typical([measured(0.1, 0.02), measured(0.1, 0.02), measured(math.inf)]) == measured(0.1, 0.02)
    assert typical([]) is None


def test_the_interval_by_cause_is_that_of_drawing_causes_and_then_cases_one_by_one() -> None:
    few = ([True] * 4, [True, False, True, True], [False, True], [True, False, False])
    outcomes = {str(number): few[number % 4] for number in range(16)}  # so many that the steps of the share are small
    random = np.random.default_rng(5)
    kinds = list(outcomes.values())
    shares = []
    for _ in range(4000):
        drawn = [kinds[i] for i in random.integers(len(kinds), size=len(kinds))]
        cases = [kind[i] for kind in drawn for i in random.integers(len(kind), size=len(kind))]
        shares.append(sum(cases) / len(cases))
    assert interval_by_cause(outcomes) == pytest.approx(np.quantile(shares, (0.025, 0.975)), abs=0.03)
    assert interval_by_cause(outcomes) == interval_by_cause(outcomes)


def test_causes_that_fail_as_one_make_the_interval_wider_than_that_of_independent_cases() -> None:
    together = {str(cause): [cause > 3] * 4 for cause in range(15)}
    apart = {str(cause): [True, True, True, cause >= 15] for cause in range(15)}
    assert interval_by_cause(together)[0] < interval_by_cause(apart)[0]
    assert interval_by_cause(together)[0] < share_interval(44, 60)[0]
    assert "44 of 60" in told_by_cause(together)
    assert "causes drawn anew" in told_by_cause(together)
    assert interval_by_cause({"a": []}) == (0.0, 1.0)
    assert told_by_cause({}) == "none of none"


def test_the_bound_of_a_median_is_above_it_and_within_the_values() -> None:
    ratios = np.linspace(0.99, 1.03, 30).tolist()
    assert np.median(ratios) < upper_bound(ratios) < 1.03
    assert upper_bound([1.0] * 30) == 1.0
