"""Classifier two-sample test: how often a classifier tells samples from real items (arXiv:1610.06545, section 3).

The classifier is kernel ridge regression onto -1 and 1 with the kernel of the features, which are made to have mean 0
and deviation 1 before. It is fitted to one half and tested on the other, and the other way round. Its ridge is the one
with the least squared error when each row in turn is left out of the fit, which has a closed form (Golub, Heath and
Wahba 1979, doi:10.1080/00401706.1979.10489751, eq. 1.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ganforge.metrics._metric import Case, Metric, Remark, Score
from ganforge.metrics._resampling import certain, estimate, share_error
from ganforge.metrics._words import percent
from ganforge.metrics.kernel import KernelFunction, kernel_for

RIDGES = tuple(10.0**power for power in range(-6, 2))
"""Ridges that are tried, as shares of the kernel's mean over the diagonal, times the number of rows."""

STILL = 0.01
"""Least deviation of a feature, as a share of the usual one, by which it is divided."""
ROUNDED = 1e-5
"""The same, as a share of the features' usual size."""


def guessed(
    samples: Float[Tensor, "n d"], reference: Float[Tensor, "n d"], kernel: KernelFunction
) -> Bool[Tensor, "two_n"]:
    """For each sample and then for each reference item, whether a classifier that has not seen it guesses right."""
    n = len(samples)
    rows = torch.cat([samples, reference])
    truth = torch.cat([torch.ones(n), -torch.ones(n)]).double()
    # Both halves hold as many samples as real items: a constant guess is right half of the time
    first = torch.arange(2 * n) % n < n // 2
    right = torch.zeros(2 * n, dtype=torch.bool)
    for fit, test in ((first, ~first), (~first, first)):
        guess = _predict(rows[fit], truth[fit], rows[test], kernel)
        right[test] = (guess > 0) == (truth[test] > 0)
    return right


def _predict(rows: Tensor, targets: Tensor, asked: Tensor, kernel: KernelFunction) -> Tensor:
    return kernel(asked, rows).double() @ fit(rows, targets, kernel)


def fit(rows: Float[Tensor, "k d"], targets: Float[Tensor, "k"], kernel: KernelFunction) -> Float[Tensor, "k"]:
    """Weights of the rows' kernels in the classifier, by kernel ridge regression onto the targets, float64."""
    gram = kernel(rows, rows).double()
    values, vectors = torch.linalg.eigh(gram)
    turned = vectors.T @ targets
    unit = float(gram.diagonal().mean()) * len(rows)
    best, weights = math.inf, targets
    for ridge in RIDGES:
        shrunk = 1 / (values.clamp_min(0) + ridge * unit)
        fitted = vectors @ (turned * shrunk)
        left_out = fitted / (vectors.square() @ shrunk)  # residual of each row where it is left out of the fit
        error = float(left_out.square().mean())
        if error < best:
            best, weights = error, fitted
    return weights


def standardised(rows: Float[Tensor, "n d"], reference: Float[Tensor, "m d"]) -> Float[Tensor, "n d"]:
    """The rows with the reference's mean taken off, divided by its deviation."""
    middle = reference.mean(0)
    spread = (reference - middle).square().mean(0).sqrt()
    # A feature that hardly ever moves must not count a thousand times, nor must rounding where none moves
    least = max(STILL * float(spread.square().mean().sqrt()), ROUNDED * float(reference.square().mean().sqrt()))
    return (rows - middle) / spread.clamp_min(least or 1.0)


@dataclass(frozen=True)
class Classifier(Metric):
    """Accuracy of telling samples from real items."""

    about: ClassVar[str] = (
        "How often a simple classifier that has seen some of them tells samples from real items: 50 % is guessing, so "
        "they cannot be told apart; 100 % means that something always gives them away, however small."
    )
    most: int = 1000
    """Rows a side, at most."""
    matters: float = 0.2
    """So much more than for real data is put into words."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """One score, with a remark where samples are easily told."""
        n = min(case.count, self.most)
        samples, reference, held_out = (
            standardised(rows[:n], case.reference) for rows in (case.samples, case.reference, case.held_out)
        )
        kernel = kernel_for(case.kernel, reference)
        value, floor = (float(guessed(rows, reference, kernel).double().mean()) for rows in (samples, held_out))
        # All guesses of a half hang on one fit, so they are worth fewer than they are
        errors = [math.sqrt(2) * share_error(share, 2 * n) for share in (value, floor)]
        difference = estimate(value - floor, math.hypot(*errors), n)
        remarks: tuple[Remark, ...] = ()
        if difference.value >= self.matters and certain(difference):
            words = f"are told from real items by a simple classifier ({percent(value)} right, 50 % is guessing)"
            remarks = (Remark("fidelity", words, min(1.0, 0.6 * difference.value)),)
        return (
            Score(
                metric="classifier",
                name="classifier",
                label="told apart by a classifier",
                aspect="both",
                value=estimate(value, errors[0], n, (0.0, 1.0)),
                floor=estimate(floor, errors[1], n, (0.0, 1.0)),
                difference=difference,
                better="low",
                count=n,
                note="share of right guesses; 0.5 = cannot be told apart",
                remarks=remarks,
                headline=True,
            ),
        )


METRIC = Classifier
