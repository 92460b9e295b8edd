"""The split by content."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.core.records import Split
from ganforge.data._split import Hashes, fingerprint, hash_rows, split_by_content, told_of


def hashes_of(values: list[int]) -> Hashes:
    return hash_rows(np.asarray(values, dtype=np.float64)[:, None])


def contents(split: Split, values: list[int]) -> list[set[int]]:
    return [{values[row] for row in part.tolist()} for part in (split.train, split.select, split.report)]


@pytest.mark.parametrize(("n", "held"), [(20, 1), (30, 2), (100, 5), (1000, 50), (5000, 250)])
def test_it_is_90_5_5(n: int, held: int) -> None:
    split = split_by_content(hashes_of(list(range(n))))
    assert (len(split.train), len(split.select), len(split.report)) == (n - 2 * held, held, held)


def test_under_20_samples_none_are_held_out() -> None:
    split = split_by_content(hashes_of(list(range(19))))
    assert not split.held_out
    assert all(torch.equal(part, torch.arange(19)) for part in (split.train, split.select, split.report))


@settings(derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=300), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_copies_stay_together(values: list[int], random: object) -> None:
    split = split_by_content(hashes_of(values))
    rows = torch.cat([split.train, split.select, split.report])
    parts = contents(split, values)
    if split.held_out:
        assert sorted(rows.tolist()) == list(range(len(values)))
        assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])
        assert min(len(split.train), len(split.select), len(split.report)) >= 1
        assert max(len(split.select), len(split.report)) <= max(1, round(len(values) * 0.05))
        assert len(values) >= 20
    elif len(values) >= 20:
        counts = [values.count(value) for value in set(values)]
        assert sum(count <= round(len(values) * 0.05) for count in counts) < 2, "two rare values could be held out"
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert contents(split_by_content(hashes_of(shuffled)), shuffled) == parts


def test_a_common_value_never_fills_what_is_held_out() -> None:
    values = [0] * 500 + list(range(1, 501))
    split = split_by_content(hashes_of(values))
    assert len(split.report) == 50 and 0 in contents(split, values)[0]


def test_where_every_value_is_frequent_none_is_taken_from_the_training() -> None:
    values = [row for row in range(6) for _ in range(100 + row)]
    split = split_by_content(hashes_of(values))
    assert not split.held_out
    assert len(split.train) == len(split.report) == len(values)


def test_what_fits_is_shared_where_nothing_else_is_left_for_the_second_part() -> None:
    values = [0] * 998 + [1, 2]
    train, select, report = contents(split_by_content(hashes_of(values)), values)
    assert train == {0} and select | report == {1, 2} and len(select) == 1


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1] * 19, ("With only 19 rows none are held out; the result will mostly be copies of them.",)),
        ([1] * 20, ("Only copies of one of the rows: none can be held out.",)),
        ([1, 2] * 100, ("Only 2 different rows: none can be held out.",)),
        ([1] * 500 + [2] * 300 + [3] * 200, ("Only 3 different rows: none can be held out.",)),
        (list(range(100)), ()),
    ],
)
def test_what_duplicates_did_to_the_split_is_told(values: list[int], told: tuple[str, ...]) -> None:
    hashes = hashes_of(values)
    assert told_of(split_by_content(hashes), hashes, "rows") == told


def test_the_fingerprint_depends_on_content_order_and_names() -> None:
    a = hashes_of([1, 2, 3])
    assert fingerprint(a) == fingerprint(hashes_of([1, 2, 3]))
    assert len({fingerprint(a), fingerprint(a, "x"), fingerprint(hashes_of([1, 3, 2]))}) == 3


def test_minus_zero_is_zero() -> None:
    assert np.array_equal(hash_rows(np.array([[0.0]])), hash_rows(np.array([[-0.0]])))
