"""Equal rows are found whatever their order, near ones by links, and repeats that a split hides are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import METRICS, Case
from ganforge.metrics._repeats import Distinct, copied, groups, hidden_repeats
from tests.metrics.cases import a_case


@given(values=st.lists(st.integers(0, 6), min_size=1, max_size=40), d=st.sampled_from([1, 3, 40]))
def test_equal_rows_are_one_group(values: list[int], d: int) -> None:
    items = Draws(1, "items", d).normal(7, d)
    group = groups(items[values]).tolist()
    for one, other in zip(values, group, strict=True):
        assert [value == one for value in values] == [label == other for label in group]
    distinct = Distinct.of(items[values])
    assert distinct.first.tolist() == sorted(values.index(value) for value in set(values))
    assert distinct.sizes.tolist() == [values.count(values[place]) for place in distinct.first.tolist()]


def test_rounding_makes_no_other_item_of_features_but_of_numbers() -> None:
    for d, found in ((100, 1), (2, 5)):
        rows = Draws(0, "row").normal(1, d).repeat(5, 1) * (1 + 1e-6 * torch.arange(5.0)[:, None])
        assert int(groups(rows).max()) + 1 == found


@given(seed=st.integers(0, 999), limit=st.floats(0.01, 0.5))
def test_near_rows_are_linked_as_by_brute_force(seed: int, limit: float) -> None:
    rows = Draws(seed, "rows").normal(6, 2)  # so few that every link is looked at
    label = list(range(6))
    near = torch.cdist(rows.double(), rows.double(), compute_mode="donot_use_mm_for_euclid_dist") <= limit
    for one in range(6):
        for other in range(6):
            if near[one, other]:
                label = [label[one] if which == label[other] else which for which in label]
    group = groups(rows, limit).tolist()
    assert [[a == b for b in group] for a in group] == [[a == b for b in label] for a in label]


def test_copies_among_others_are_told() -> None:
    rows = Draws(0, "rows").normal(9, 4)
    assert copied(torch.cat([rows[2:4], rows[:1] + 1]), rows).tolist() == [True, True, False]


def with_repeats(share: float, *, hidden: bool, n: int = 250) -> Case:
    """Real items of which this share is one of thirty items; `hidden`: none of the thirty is held out."""
    case = a_case(n, 24, training=6 * n, more=4 * n)
    often = Draws(3, "often").normal(30, 24)
    made: dict[str, Any] = {}
    for name, rows in (("training", case.training), ("held_out", case.held_out), ("more_samples", case.more_samples)):
        draws = Draws(4, name)
        which = (draws.uniform(len(rows)) < share) & (name != "held_out" or not hidden)
        made[name] = torch.where(which[:, None], often[draws.integers(30, len(rows))], rows)
    return replace(case, **made, reference=made["training"][:n], samples=made["more_samples"][:n])


def test_only_repeats_that_the_split_hides_are_hidden() -> None:
    assert hidden_repeats(with_repeats(0.4, hidden=True)) == pytest.approx(0.4, abs=0.05)
    assert hidden_repeats(with_repeats(0.4, hidden=False)) == 0
    assert hidden_repeats(with_repeats(0.01, hidden=True)) == 0
    assert hidden_repeats(a_case(50)) == 0
    case = a_case(50)
    whole = replace(case, held_out=case.held_out[torch.arange(50) // 2])  # all equal items were held out together
    assert hidden_repeats(whole) == 1


@pytest.mark.parametrize(
    ("metric", "score"),
    [
        ("memorisation", "copies"),
        ("memorisation", "closeness"),
        ("duplicates", "duplicates"),
        ("density-coverage", "density"),
    ],
)
@pytest.mark.parametrize("hidden", [True, False])
def test_natural_repeats_accuse_nobody_and_the_note_says_why(metric: str, score: str, hidden: bool) -> None:
    scores = {one.name: one for one in METRICS.get(metric)().judge(with_repeats(0.4, hidden=hidden))}
    assert not any(one.remarks for one in scores.values())
    assert ("are exact copies of others" in scores[score].note) is hidden
    assert (scores[score].difference is None) is hidden
