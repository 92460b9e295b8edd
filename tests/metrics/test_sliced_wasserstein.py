"""Sorting projections is optimal transport along a line, and directions see what differs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._resampling import certain
from ganforge.metrics.sliced_wasserstein import SlicedWasserstein, sliced_distance
from tests.metrics.cases import a_case, blurred, noisy


@given(n=st.integers(1, 15), seed=st.integers(0, 1000))
def test_along_each_line_it_is_the_best_of_all_assignments(n: int, seed: int) -> None:
    draws = Draws(seed, "lines")
    first, second = draws.normal(n, 2).double(), draws.normal(n, 2).double()
    costs = []
    for line in range(2):
        cost = np.square(first[:, line].numpy()[:, None] - second[:, line].numpy()[None])
        costs.append(cost[linear_sum_assignment(cost)].mean())
    assert sliced_distance(first, second) == pytest.approx(math.sqrt(np.mean(costs)), rel=1e-9)


def test_a_shift_is_found_in_deviations_of_the_data() -> None:
    # Moved by a along each of d features, a projection moves by a on average: |shift|^2 / d
    case = a_case(500, 6)
    deviation = float((case.reference - case.reference.mean(0)).square().mean().sqrt())
    moved = replace(case, samples=case.reference + 2.0)
    value = SlicedWasserstein(directions=4000, replicates=2).judge(moved)[0].value.value
    assert value == pytest.approx(2.0 / deviation, rel=0.04)


def test_no_unit_and_no_origin_matters() -> None:
    case = a_case(100, 6)
    other = replace(
        case, samples=case.samples * 50 + 9, reference=case.reference * 50 + 9, held_out=case.held_out * 50 + 9
    )
    (score,), (scaled,) = SlicedWasserstein().judge(case), SlicedWasserstein().judge(other)
    assert scaled.value.value == pytest.approx(score.value.value, rel=1e-3)


def test_it_sees_a_shape_that_means_and_covariances_do_not() -> None:
    def ring(rows: Tensor) -> Tensor:
        return torch.nn.functional.normalize(rows, dim=1) * math.sqrt(2)

    draws = Draws(0, "ring")
    real, held_out, made = (draws.normal(800, 2) for _ in range(3))
    case = replace(
        a_case(800, 2), samples=ring(made), reference=real, held_out=held_out, training=real, more_samples=ring(made)
    )
    (score,) = SlicedWasserstein().judge(case)
    assert score.difference is not None and certain(score.difference)


def test_it_grows_with_noise_blur_and_missing_kinds() -> None:
    for cases in (
        [a_case(150, 8, spoil=noisy(s)) for s in (0.0, 1.0, 2.0)],
        [a_case(150, 8, spoil=blurred(1 - s)) for s in (0.0, 0.25, 0.5)],
        [a_case(150, 8, kinds=tuple(range(kinds))) for kinds in (8, 5, 2)],
    ):
        values = [SlicedWasserstein().judge(case)[0].value.value for case in cases]
        assert values == sorted(values) and values[2] > 1.3 * values[0]


def test_directions_do_not_change_with_the_seed_of_the_case() -> None:
    case = a_case(60, 12)
    first, second = (SlicedWasserstein().judge(replace(case, seed=seed))[0] for seed in (1, 2))
    assert first.value.value == second.value.value
    assert first.value.error != second.value.error  # halves are drawn anew
