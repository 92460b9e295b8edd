"""Precision and recall are those of brute force, and each sees its own fault."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Score
from ganforge.metrics.features._features import Kernel
from ganforge.metrics.precision_recall import PrecisionRecall, precision_and_recall
from tests.metrics.cases import a_case, blurred, noisy, repeated

both = pytest.mark.parametrize("kernel", ["cubic", "gaussian"])


def by_brute_force(samples: Tensor, reference: Tensor, k: int) -> tuple[float, float]:
    def share(asked: Tensor, manifold: Tensor) -> float:
        inside = 0
        for row in asked:
            for centre in manifold:
                others = sorted(float((centre - other).norm()) for other in manifold)
                if float((row - centre).norm()) <= others[min(k, len(manifold) - 1)]:  # the 0th is the centre itself
                    inside += 1
                    break
        return inside / len(asked)

    return share(samples, reference), share(reference, samples)


@given(n=st.integers(2, 9), m=st.integers(2, 9), k=st.integers(1, 4), seed=st.integers(0, 999))
def test_they_agree_with_brute_force(n: int, m: int, k: int, seed: int) -> None:
    draws = Draws(seed, "rows")
    samples, reference = draws.normal(n, 2).double() + 0.5, draws.normal(m, 2).double()
    found = precision_and_recall(samples.float(), reference.float(), k)
    expected = by_brute_force(samples.float().double(), reference.float().double(), k)
    assert (found["precision"], found["recall"]) == pytest.approx(expected, rel=1e-5)


def scores(kernel: Kernel, **fault: object) -> tuple[Score, ...]:
    return PrecisionRecall().judge(a_case(300, 8, kernel, **fault))  # type: ignore[arg-type]


@both
def test_precision_falls_with_noise_and_says_so(kernel: Kernel) -> None:
    found = [scores(kernel, spoil=noisy(s))[0] for s in (0.0, 1.0, 3.0)]
    values = [score.value.value for score in found]
    assert values == sorted(values, reverse=True) and not found[0].remarks
    assert re.search("hardly ever look like|look like no real item", found[2].remarks[0].words)
    assert found[2].remarks[0].aspect == "fidelity"


@both
def test_recall_falls_with_missing_kinds_and_blur_and_says_so(kernel: Kernel) -> None:
    missing = [scores(kernel, kinds=tuple(range(kinds)))[1] for kinds in (8, 5, 2)]
    shrunk = [scores(kernel, spoil=blurred(s))[1] for s in (1.0, 0.7, 0.4)]
    for found in (missing, shrunk):
        values = [score.value.value for score in found]
        assert values == sorted(values, reverse=True) and not found[0].remarks
        assert re.search("of the data unreached|reach hardly anything", found[2].remarks[0].words)
        assert found[2].remarks[0].aspect == "variety"


def test_extremes_are_said_as_people_say_them() -> None:
    (nowhere,) = scores("gaussian", spoil=lambda x: x + 9.0)[0].remarks
    assert re.fullmatch(r"hardly ever look like a real item \(precision 0\.0\d, real data 0\.\d\d\)", nowhere.words)
    (collapsed,) = scores("gaussian", spoil=lambda x: x[:1] + 1e-3 * x)[1].remarks
    assert collapsed.words.startswith("reach hardly anything of the data's variety (recall 0.0")


def test_missing_kinds_do_not_touch_precision() -> None:
    precision, _ = scores("gaussian", kinds=(0, 1))
    assert not precision.remarks


def test_samples_that_are_nowhere_near_are_not_called_few_kinds_as_well() -> None:
    precision, recall = scores("gaussian", spoil=lambda x: x + 4.0)
    assert recall.value.value < 0.3 and precision.remarks and not recall.remarks


def test_recall_falls_with_duplication() -> None:
    found = [scores("gaussian", spoil=repeated(c))[1] for c in (1, 2, 8)]
    values = [score.value.value for score in found]
    assert values == sorted(values, reverse=True) and values[2] < 0.5 * values[0]
