"""Path length: a trimmed mean with its interval, where there is a path."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from scipy import stats
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics.path_length import PathLength, trimmed_mean
from tests.metrics.cases import a_case


def lengths(count: int) -> Tensor:
    return Draws(0, "lengths").normal(count).exp()


def test_samples_without_a_path_have_no_length() -> None:
    assert PathLength().judge(replace(a_case(10), path_lengths=None)) == ()


def test_it_is_the_mean_without_its_tails() -> None:
    (score,) = PathLength(pairs=700).judge(replace(a_case(10), path_lengths=lengths))
    assert score.value.value == pytest.approx(float(stats.trim_mean(lengths(700).numpy(), 0.01)), rel=1e-6)
    assert score.count == 700 and score.floor is None and score.difference is None and "no floor" in score.note


def test_its_error_is_how_much_it_changes_with_other_places() -> None:
    values = torch.stack([Draws(seed, "places").normal(300).exp() for seed in range(300)])
    means = torch.tensor([trimmed_mean(row, 0.01).value for row in values])
    errors = torch.tensor([trimmed_mean(row, 0.01).error for row in values])
    assert float(errors.mean()) == pytest.approx(float(means.std()), rel=0.15)


def test_one_endless_path_does_not_decide() -> None:
    values = torch.cat([torch.ones(199), torch.tensor([1e9])])
    assert trimmed_mean(values, 0.01).value == pytest.approx(1.0)
    assert trimmed_mean(torch.tensor([2.0]), 0.01).value == pytest.approx(2.0)
