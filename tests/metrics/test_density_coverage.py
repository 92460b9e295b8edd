"""Density and coverage are those of brute force; what is missing is told from what is merely off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Score
from ganforge.metrics._resampling import certain
from ganforge.metrics.density_coverage import DensityCoverage, density_and_coverage
from ganforge.metrics.features._features import Kernel
from tests.metrics.cases import KINDS, a_case, blurred, noisy, repeated

both = pytest.mark.parametrize("kernel", ["cubic", "gaussian"])


def by_brute_force(samples: Tensor, reference: Tensor, k: int) -> tuple[float, float]:
    k = min(k, len(reference) - 1)
    inside, covered = 0, set()
    for place, centre in enumerate(reference):
        radius = sorted(float((centre - other).norm()) for other in reference)[k]  # the 0th is the centre itself
        for sample in samples:
            if float((sample - centre).norm()) <= radius:
                inside += 1
                covered.add(place)
    return inside / (k * len(samples)), len(covered) / len(reference)


@given(n=st.integers(2, 9), m=st.integers(2, 9), k=st.integers(1, 5), seed=st.integers(0, 999))
def test_they_agree_with_brute_force(n: int, m: int, k: int, seed: int) -> None:
    draws = Draws(seed, "rows")
    samples, reference = draws.normal(n, 2) + 0.5, draws.normal(m, 2)
    found = density_and_coverage(samples, reference, k)
    expected = by_brute_force(samples.double(), reference.double(), k)
    assert (found["density"], found["coverage"]) == pytest.approx(expected, rel=1e-5)


def scores(kernel: Kernel = "gaussian", d: int = 8, **fault: object) -> tuple[Score, ...]:
    return DensityCoverage().judge(a_case(400, d, kernel, **fault))  # type: ignore[arg-type]


@both
def test_density_falls_with_noise(kernel: Kernel) -> None:
    found = [scores(kernel, spoil=noisy(s))[0] for s in (0.0, 1.0, 3.0)]
    values = [score.value.value for score in found]
    assert values == sorted(values, reverse=True) and values[2] < 0.5 * values[0]


@both
def test_density_grows_with_blur_and_says_so(kernel: Kernel) -> None:
    found = [scores(kernel, 32, spoil=blurred(s))[0] for s in (1.0, 0.8, 0.6)]
    values = [score.value.value for score in found]
    assert values == sorted(values) and not found[0].remarks
    assert "crowd where real items are densest" in found[2].remarks[0].words


@both
@pytest.mark.parametrize(("kinds", "words"), [(6, "about a fifth"), (4, "about half"), (2, "about two thirds")])
def test_missing_kinds_are_named_by_their_share(kernel: Kernel, kinds: int, words: str) -> None:
    _, coverage = scores(kernel, kinds=tuple(range(kinds)))
    assert coverage.value.value == pytest.approx(kinds / KINDS, abs=0.1)
    assert words in coverage.remarks[0].words and coverage.remarks[0].aspect == "variety"


def test_coverage_falls_with_missing_kinds_and_duplication() -> None:
    missing = [scores(kinds=tuple(range(kinds)))[1].value.value for kinds in (8, 6, 4, 2)]
    again = [scores(spoil=repeated(c))[1].value.value for c in (1, 2, 4, 8)]
    for values in (missing, again):
        assert values == sorted(values, reverse=True) and values[3] < 0.75 * values[0]


def test_noise_covers_less_but_misses_no_kind() -> None:
    for strength in (0.8, 1.5):  # some samples are off, nearly all are
        _, coverage = scores(spoil=noisy(strength))
        assert coverage.difference is not None and certain(coverage.difference) and coverage.difference.value < 0
        assert not coverage.remarks


def test_what_is_missing_shows_also_where_some_samples_are_off() -> None:
    _, coverage = scores(kinds=(0, 1, 2), spoil=noisy(0.4))
    assert "of the variety" in coverage.remarks[0].words
