"""The hospital: data that are drawn and damaged, and an outcome that sees damage."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ganforge.bench._hospital_data import (
    DAMAGES,
    NAMES,
    OTHER,
    PICTURES,
    POINTS,
    TRAIN,
    TRUTH,
    Damage,
    card_of,
    draw,
    spoil,
)
from ganforge.bench._hospital_measure import coverage, measure_points, sliced
from ganforge.core.records import DataCard


@pytest.mark.parametrize("name", POINTS)
def test_points_are_the_same_again_and_other_points_for_another_use(name: str) -> None:
    first, again, truth, other = (draw(name, which, 500) for which in (TRAIN, TRAIN, TRUTH, OTHER))
    assert np.array_equal(first, again)
    assert first.shape == truth.shape == other.shape == (500, *card_of(name).shape)
    assert not np.isin(first[:, -1], truth[:, -1]).all()
    assert np.isfinite(first).all()
    assert (first.std(0) > 0).all()


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_dealt_out_once(name: str) -> None:
    parts = [draw(name, which) for which in (TRAIN, TRUTH, OTHER)]
    assert all(part.shape[1:] == (PICTURES[name][1],) * 2 and part.dtype == np.uint8 for part in parts)
    hashes = [{row.tobytes() for row in part} for part in parts]
    # Icons of different names can look the same; nearly all pictures are in one part only
    assert len(hashes[0] & (hashes[1] | hashes[2])) < 0.02 * len(hashes[0])


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_leaves_the_original_alone_and_changes_the_copy(damage: Damage) -> None:
    rows = draw("digits16" if damage == "unscaled" else "normal", TRAIN, 1000)
    before = rows.copy()
    spoiled_rows = spoil(rows, damage)
    assert np.array_equal(rows, before)
    assert spoiled_rows.shape != rows.shape or not np.array_equal(spoiled_rows, rows)


def test_damages_are_what_they_say() -> None:
    rows = draw("normal", TRAIN, 1000)
    assert len(spoil(rows, "thirty")) == 30
    assert np.isnan(spoil(rows, "missing")).any(1).mean() == pytest.approx(0.45, abs=0.01)
    assert len(np.unique(spoil(rows, "three"), axis=0)) == 3
    assert np.ptp(spoil(rows, "stuck")[:, -1]) == 0.0
    assert (spoil(rows, "default") == rows[0]).all(1).mean() == pytest.approx(0.8, abs=0.01)
    assert (spoil(rows, "coded")[:, -1] < -9000).mean() == 0.05
    units = spoil(rows, "units")
    assert np.array_equal(units[::2], rows[::2])
    assert np.array_equal(units[1::2, -1], 1000.0 * rows[1::2, -1])
    rounded = spoil(rows, "rounded")
    assert len(np.unique(rounded[:, 0])) < 20
    assert np.abs(rounded - rows).max(0) == pytest.approx(0.25 * rows.std(0), rel=0.05)
    assert np.ptp(spoil(rows, "outlier")[:, 0]) > 1e4 * np.ptp(rows[:, 0])
    assert len(np.unique(spoil(rows, "page"), axis=0)) == 100
    in_order = spoil(rows, "sorted")
    assert (np.diff(in_order[:, 0]) >= 0).all()
    assert np.array_equal(np.unique(in_order, axis=0), np.unique(rows, axis=0))
    dark = spoil(draw("digits16", TRAIN), "unscaled")
    assert dark.dtype == np.uint8
    assert set(np.unique(dark)) == {0, 1}


def test_cards_fit_what_is_drawn() -> None:
    for name in NAMES:
        card = card_of(name)
        assert isinstance(card, DataCard)
        assert draw(name, TRAIN, 3).shape[1:] == (card.shape if card.domain == "points" else card.shape[1:])


def test_the_measure_orders_damage() -> None:
    fresh = POINTS["moons"](5000, np.random.default_rng(99))
    random = np.random.default_rng(1)
    noisy = fresh + 0.1 * random.standard_normal(fresh.shape)
    half = fresh[fresh[:, 1] > 0.25]
    half = half[random.integers(len(half), size=5000)]
    one = np.repeat(fresh[:1], 5000, axis=0)
    good, blurred, missing, collapsed = (measure_points(rows, "moons") for rows in (fresh, noisy, half, one))
    assert good.score < blurred.score < missing.score < collapsed.score
    assert good.score < 1.6 * good.floor
    assert good.coverage > 0.95
    assert blurred.coverage > 0.9
    assert missing.coverage < 0.7
    assert collapsed.coverage < 0.05


def test_samples_that_are_not_finite_are_infinitely_far() -> None:
    rows = draw("moons", TRUTH).copy()
    rows[3, 1] = math.nan
    assert measure_points(rows, "moons").score == math.inf
    far = draw("moons", TRUTH) * 1e300
    assert 1e6 < measure_points(far, "moons").score < math.inf


def test_sliced_distance_is_that_of_sorted_projections_and_its_error_that_of_fresh_draws() -> None:
    random = np.random.default_rng(0)
    truth = random.standard_normal((2000, 1))
    moved, _ = sliced(truth + 0.5, truth)
    assert moved == pytest.approx(0.5 / truth.std(), rel=1e-9)
    scores, errors = zip(
        *(sliced(random.standard_normal((1000, 2)) + 0.3, random.standard_normal((1000, 2))) for _ in range(25)),
        strict=True,
    )
    assert np.std(scores) == pytest.approx(np.median(errors), rel=0.4)


def test_coverage_is_a_share_of_the_truth() -> None:
    truth, other = torch.randn(400, 2), torch.randn(400, 2)
    assert coverage(other, truth, other) == 1.0
    assert coverage(torch.full((400, 2), 50.0), truth, other) == 0.0
