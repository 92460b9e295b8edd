"""The judge of modes: what it says of samplers whose faults are known."""

from __future__ import annotations

import numpy as np
import pytest

from ganforge.bench.modes import score_modes
from ganforge.data._samples import GRID, MIXTURES, RING, Mixture


@pytest.mark.parametrize("name", MIXTURES)
def test_a_perfect_sampler_scores_as_theory_says(name: str) -> None:
    truth = MIXTURES[name]
    scores = score_modes(truth.draw(50_000, seed=1), truth)
    assert scores.modes == len(truth.centres)
    assert scores.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.002)  # of a round Gaussian in the plane
    assert scores.reverse_kl < 0.001
    assert 0.93 < scores.narrowest < scores.widest < 1.03


def test_a_missing_mode_is_counted_and_raises_the_divergence() -> None:
    partial = Mixture(GRID.centres[:-5], GRID.sigma)
    scores = score_modes(partial.draw(50_000, seed=1), GRID)
    assert scores.modes == 20
    assert scores.reverse_kl == pytest.approx(np.log(25 / 20), abs=0.005)
    assert scores.narrowest == 0.0


def test_samples_between_modes_lower_the_quality() -> None:
    samples = RING.draw(10_000, seed=1)
    samples[:2_000] = 0.0
    assert score_modes(samples, RING).high_quality == pytest.approx(0.8 * 0.989, abs=0.005)


@pytest.mark.parametrize("factor", [0.5, 0.8])
def test_modes_that_are_too_narrow_are_seen(factor: float) -> None:
    tight = Mixture(GRID.centres, GRID.sigma * factor)
    scores = score_modes(tight.draw(50_000, seed=1), GRID)
    assert scores.high_quality > 0.99
    assert scores.widest < factor * 1.05
