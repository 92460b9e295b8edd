"""Shares of real items that are odder: uniform for real ones, however many kinds of oddness are put together."""

from __future__ import annotations

import math

import pytest
import torch

from ganforge.core.seeding import Draws
from ganforge.judging._calibrated import Calibrated, Combined


@pytest.mark.parametrize("n", [5, 40, 400])
def test_the_share_of_a_new_real_item_is_uniform(n: int) -> None:
    shares = torch.cat([Calibrated.on(d.normal(n)).share(d.normal(50)) for d in (Draws(k, "c") for k in range(200))])
    assert abs(float(shares.mean()) - 0.5) < 0.01
    for edge in (0.1, 0.25, 0.5, 0.9):
        assert abs(float((shares <= edge).double().mean()) - edge) < 0.5 / (n + 1) + 0.03


@pytest.mark.parametrize("together", [0.0, 0.9])
def test_several_kinds_of_oddness_make_no_real_item_odder(together: float) -> None:
    def drawn(draws: Draws, n: int) -> torch.Tensor:
        common = draws.normal(1, n)
        return together * common + math.sqrt(1 - together**2) * draws.normal(4, n)

    shares = torch.cat([Combined.on(drawn(d, 200)).share(drawn(d, 50)) for d in (Draws(k, "m") for k in range(100))])
    assert abs(float(shares.mean()) - 0.5) < 0.02
    assert abs(float((shares <= 0.05).double().mean()) - 0.05) < 0.015


def test_what_is_odd_in_one_thing_only_is_odd() -> None:
    scale = Combined.on(Draws(0, "one").normal(4, 300))
    new = torch.zeros(4, 1)
    new[2] = 9.0
    assert float(scale.share(new)) < 0.01
    assert float(scale.shares(new)[0]) > 0.3


def test_what_is_not_finite_is_as_odd_as_can_be() -> None:
    scale = Calibrated.on(torch.arange(10.0))
    assert float(scale.share(torch.tensor([torch.nan]))) == pytest.approx(0.5 / 11)
    assert scale.odder(torch.tensor([4.0, 20.0])).tolist() == [6.0, 0.0]


def test_what_is_rather_odd_in_all_things_is_odder_than_in_each() -> None:
    scale = Combined.on(Draws(0, "all").normal(4, 500))
    new = torch.full((4, 1), 1.9)
    assert float(scale.shares(new).min()) > 0.015
    assert float(scale.share(new)) < 0.01


def test_what_is_allowed_is_graded_below_real_items_which_are_uniform_above() -> None:
    def drawn(name: str, n: int, wide: float) -> torch.Tensor:
        return wide * Draws(3, name).normal(3, n).abs()

    real, allowed = drawn("real", 400, 1.0), drawn("allowed", 400, 2.0)
    plain, kind = Combined.on(real), Combined.on(real, allowed)
    shares = kind.share(drawn("new", 400, 1.0))
    assert abs(float(shares.mean()) - 0.6) < 0.06
    assert float((shares <= 0.05).double().mean()) < 0.05
    other = drawn("other", 400, 2.0)
    assert float(kind.share(other).mean()) > float(plain.share(other).mean()) + 0.05
    assert float(kind.share(drawn("far", 400, 60.0)).mean()) < 0.03
