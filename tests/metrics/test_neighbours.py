"""Neighbours are those of brute force, however the work is cut and wherever the rows lie."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ganforge.metrics import _neighbours
from ganforge.metrics._neighbours import OTHERS, counts_within, nearest, others, radii, reached

sizes = st.integers(2, 12)
seeds = st.integers(0, 1000)


def rows_of(n: int, d: int, seed: int, *, whole: bool = False) -> Tensor:
    """Normal numbers, or small whole ones, which make many ties and equal rows."""
    generator = torch.Generator().manual_seed(seed)
    if whole:
        return torch.randint(0, 3, (n, d), generator=generator).float()
    return torch.randn(n, d, generator=generator)


def all_distances(a: Tensor, b: Tensor) -> Tensor:
    return (a.double()[:, None] - b.double()[None]).square().sum(2).sqrt()


@pytest.fixture(params=[3, 1 << 24])
def _block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_neighbours, "BLOCK", request.param)


@pytest.mark.usefixtures("_block")
@given(n=sizes, m=sizes, k=st.integers(1, 4), seed=seeds, whole=st.booleans())
def test_the_nearest_are_those_of_brute_force(n: int, m: int, k: int, seed: int, whole: bool) -> None:
    queries, among = rows_of(n, 3, seed, whole=whole), rows_of(m, 3, seed + 1, whole=whole)
    distances, places = nearest(queries, among, k)
    every = all_distances(queries, among)
    expected = every.sort(1).values[:, :k]
    torch.testing.assert_close(distances, expected, rtol=1e-6, atol=1e-12)
    torch.testing.assert_close(every.gather(1, places), expected, rtol=1e-6, atol=1e-12)


@pytest.mark.usefixtures("_block")
@given(n=sizes, seed=seeds, whole=st.booleans())
def test_a_row_is_not_its_own_neighbour_but_an_equal_one_is(n: int, seed: int, whole: bool) -> None:
    rows = rows_of(n, 2, seed, whole=whole)
    every = all_distances(rows, rows).fill_diagonal_(torch.inf).sort(1).values
    distances = others(rows)
    assert distances.shape == (n, min(OTHERS, n - 1))
    torch.testing.assert_close(distances, every[:, : distances.shape[1]], rtol=1e-6, atol=1e-12)
    _, places = nearest(rows, rows, 1, skip_self=True)
    assert (places[:, 0] != torch.arange(n)).all()


@given(n=sizes, k=st.integers(1, OTHERS), seed=seeds)
def test_a_radius_reaches_to_the_kth_other_row_or_the_farthest(n: int, k: int, seed: int) -> None:
    rows = rows_of(n, 2, seed)
    every = all_distances(rows, rows).fill_diagonal_(torch.inf).sort(1).values
    torch.testing.assert_close(radii(rows, k), every[:, min(k, n - 1) - 1], rtol=1e-6, atol=0.0)


@pytest.mark.usefixtures("_block")
@given(n=sizes, m=sizes, seed=seeds, whole=st.booleans())
def test_balls_hold_what_brute_force_finds_in_them_border_included(n: int, m: int, seed: int, whole: bool) -> None:
    first, second = rows_of(n, 3, seed, whole=whole), rows_of(m, 3, seed + 1, whole=whole)
    around_first, around_second = radii(first, 2), radii(second, 2)
    every = all_distances(first, second)
    in_second = every <= around_second[None] * (1 + 1e-9)
    in_first = every <= around_first[:, None] * (1 + 1e-9)
    in_balls, inside = counts_within(first, second, around_second)
    assert in_balls.tolist() == in_second.sum(1).tolist() and inside.tolist() == in_second.sum(0).tolist()
    of_first, of_second = reached(first, around_first, second, around_second)
    assert of_first.tolist() == in_second.any(1).tolist() and of_second.tolist() == in_first.any(0).tolist()


def test_rows_far_from_the_origin_and_close_together_are_told_apart() -> None:
    rows = rows_of(60, 8, 0) * 0.01 + 300.0
    every = all_distances(rows, rows).fill_diagonal_(torch.inf).sort(1).values
    torch.testing.assert_close(others(rows), every[:, :OTHERS], rtol=1e-6, atol=0.0)


def test_a_tight_cluster_far_from_all_others_has_exact_borders() -> None:
    # Products of float32 round the distances inside of the cluster to 0: differences must decide
    lump = 1000.0 + rows_of(6, 4, 1) * 1e-2
    rows = torch.cat([rows_of(30, 4, 2), lump])
    around = radii(lump, 1)
    in_balls, inside = counts_within(rows, lump, around)
    expected = all_distances(rows, lump) <= around[None] * (1 + 1e-9)
    assert in_balls.tolist() == expected.sum(1).tolist() and inside.tolist() == expected.sum(0).tolist()


def test_what_is_remembered_belongs_to_the_tensor() -> None:
    rows = rows_of(10, 2, 3)
    first = others(rows)
    assert others(rows) is first
    assert not torch.equal(others(rows * 2), first)
