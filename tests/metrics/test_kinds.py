"""The directions in which rows vary most are found however little they vary."""

from __future__ import annotations

import pytest
import torch

from ganforge.core.seeding import Draws
from ganforge.metrics._kinds import AXES, Projection


def test_a_direction_of_little_variance_beside_a_large_one_is_kept() -> None:
    # Features of pictures that differ in one thing, and a little in another: too fine for a float32 covariance
    draws = Draws(0, "rows")
    directions = torch.linalg.qr(draws.normal(200, 3)).Q.T
    places = draws.normal(150, 2) * torch.tensor([0.1, 1e-5])
    rows = torch.nn.functional.normalize(directions[:1] + places @ directions[1:], dim=1)
    kept, whole = (part.double() - part.double().mean(0) for part in (Projection(rows)(rows), rows))
    sizes = torch.linalg.svdvals(whole)[:3]
    assert float(sizes[2]) < 1e-3 * float(sizes[0])
    assert torch.linalg.svdvals(kept)[:3].tolist() == pytest.approx(sizes.tolist(), rel=0.01)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_rows_that_are_all_equal_stay_equal(value: float) -> None:
    rows = torch.full((20, 2 * AXES), value)
    assert bool((Projection(rows)(rows) == Projection(rows)(rows)[:1]).all())
    assert Projection(rows)(rows).shape == (20, AXES)
