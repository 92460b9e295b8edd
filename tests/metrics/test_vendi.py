"""The Vendi score counts what differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganforge.core.seeding import Draws
from ganforge.metrics.features._features import Kernel
from ganforge.metrics.vendi import Vendi, by_cosine, by_gaussian, vendi_of
from tests.metrics.cases import a_case, repeated

both = pytest.mark.parametrize("kernel", ["cubic", "gaussian"])


@given(kinds=st.integers(1, 8), each=st.integers(1, 5))
def test_it_is_the_number_of_kinds_that_have_nothing_in_common(kinds: int, each: int) -> None:
    gram = torch.kron(torch.eye(kinds), torch.ones(each, each)).double() / (kinds * each)
    assert vendi_of(gram) == pytest.approx(kinds, rel=1e-9)


@pytest.mark.parametrize(("n", "d"), [(30, 5), (5, 30)])
def test_both_gram_matrices_give_what_the_paper_says(n: int, d: int) -> None:
    rows = Draws(0, "rows").normal(n, d)
    centred = (rows - rows.mean(0)).double().numpy()
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(unit @ unit.T / n)
    values = values[values > 1e-12]
    assert by_cosine(rows) == pytest.approx(float(np.exp(-(values * np.log(values)).sum())), rel=1e-6)


def test_a_gaussian_counts_clusters_that_lie_far_apart() -> None:
    rows = torch.eye(4).repeat(10, 1) * 100
    assert by_gaussian(rows, 1.0) == pytest.approx(4.0, rel=1e-6)
    assert by_gaussian(torch.ones(9, 3), 1.0) == pytest.approx(1.0, rel=1e-6)


@both
def test_a_shift_is_no_loss_of_variety(kernel: Kernel) -> None:
    case = a_case(200, 16, kernel)
    (score,), (moved,) = Vendi().judge(case), Vendi().judge(replace(case, samples=case.samples + 3.0))
    assert moved.value.value == pytest.approx(score.value.value, rel=1e-4)


@both
def test_it_falls_as_kinds_go_missing_and_samples_repeat(kernel: Kernel) -> None:
    kinds = [Vendi().judge(a_case(300, 8, kernel, kinds=tuple(range(k))))[0] for k in (8, 4, 1)]
    values = [score.value.value for score in kinds]
    assert values == sorted(values, reverse=True) and not kinds[0].remarks and kinds[2].remarks

    again = [Vendi().judge(a_case(300, 64, kernel, spoil=repeated(times)))[0] for times in (1, 5, 60)]
    values = [score.value.value for score in again]
    assert values == sorted(values, reverse=True)
    assert "less varied than the data" in again[2].remarks[0].words


def test_more_rows_than_it_looks_at_are_told_in_the_count() -> None:
    (score,) = Vendi(most=50).judge(a_case(80, 4))
    assert score.count == 50
    (whole,) = Vendi().judge(a_case(80, 4))
    assert whole.count == 80
