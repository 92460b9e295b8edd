"""The classifier is a ridge regression done right, guesses where there is nothing to see, and sees what there is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.kernel_ridge import KernelRidge
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics import classifier
from ganforge.metrics.classifier import Classifier, _predict, guessed
from ganforge.metrics.features._features import Kernel
from tests.metrics.cases import a_case, blurred, noisy

both = pytest.mark.parametrize("kernel", ["cubic", "gaussian"])


def linear(x: Tensor, y: Tensor) -> Tensor:
    return x.double() @ y.double().T + 1.0


def test_the_regression_is_that_of_an_independent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = Draws(0, "ridge")
    rows, asked, targets = draws.normal(40, 5), draws.normal(7, 5), draws.normal(40).sign().double()
    monkeypatch.setattr(classifier, "RIDGES", (0.01,))
    gram = linear(rows, rows)
    ridge = 0.01 * float(gram.diagonal().mean()) * 40
    known = KernelRidge(alpha=ridge, kernel="precomputed").fit(gram.numpy(), targets.numpy())
    np.testing.assert_allclose(
        _predict(rows, targets, asked, linear).numpy(), known.predict(linear(asked, rows).numpy()), rtol=1e-6
    )


def test_the_ridge_is_the_one_that_foretells_rows_left_out_best() -> None:
    draws = Draws(1, "choose")
    rows, asked = draws.normal(30, 4), draws.normal(5, 4)
    targets = (rows[:, 0] + 0.8 * draws.normal(30)).sign().double()
    gram = linear(rows, rows).numpy()
    errors = {}
    for share in classifier.RIDGES:
        ridge = share * gram.diagonal().mean() * 30
        errors[share] = 0.0
        for out in range(30):
            kept = [row for row in range(30) if row != out]
            model = KernelRidge(alpha=ridge, kernel="precomputed")
            model.fit(gram[np.ix_(kept, kept)], targets.numpy()[kept])
            errors[share] += (model.predict(gram[[out]][:, kept])[0] - float(targets[out])) ** 2
    best = min(errors, key=lambda share: errors[share]) * gram.diagonal().mean() * 30
    model = KernelRidge(alpha=best, kernel="precomputed").fit(gram, targets.numpy())
    np.testing.assert_allclose(
        _predict(rows, targets, asked, linear).numpy(), model.predict(linear(asked, rows).numpy()), rtol=1e-5
    )


@pytest.mark.parametrize("n", [2, 3, 7, 50])
def test_every_row_is_tested_once_and_what_is_far_apart_is_told(n: int) -> None:
    draws = Draws(2, "far")
    right = guessed(draws.normal(n, 3) + 50, draws.normal(n, 3), linear)
    assert right.shape == (2 * n,) and right.all()


@both
def test_what_cannot_be_told_apart_is_guessed(kernel: Kernel) -> None:
    values = [Classifier().judge(a_case(150, 8, kernel, seed=seed))[0].value.value for seed in range(6)]
    assert 0.44 < sum(values) / 6 < 0.56


@both
def test_it_grows_with_noise_blur_and_missing_kinds(kernel: Kernel) -> None:
    for cases in (
        [a_case(300, 8, kernel, spoil=noisy(s)) for s in (0.0, 1.0, 2.0)],
        [a_case(300, 8, kernel, spoil=blurred(1 - s)) for s in (0.0, 0.3, 0.6)],
        [a_case(300, 8, kernel, kinds=tuple(range(kinds))) for kinds in (8, 5, 1)],
    ):
        scores = [Classifier().judge(case)[0] for case in cases]
        values = [score.value.value for score in scores]
        assert values == sorted(values) and values[2] > 0.75
        assert not scores[0].remarks and "simple classifier" in scores[2].remarks[0].words


def test_a_feature_that_never_moves_in_the_data_breaks_nothing() -> None:
    case = a_case(60, 4, spoil=lambda x: torch.cat([x[:, :3], torch.ones(len(x), 1)], dim=1))
    case.reference[:, 3] = case.held_out[:, 3] = 0.0
    (score,) = Classifier().judge(case)
    assert score.value.value == 1.0
