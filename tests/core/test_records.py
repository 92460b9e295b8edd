from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganforge.core.records import Batch, Condition


def a_batch(n: int, condition: Condition | None = None) -> Batch:
    return Batch({"a": torch.arange(n * 2.0).reshape(n, 2), "b": torch.arange(n)}, condition, torch.arange(n) + 100)


@given(n=st.integers(1, 50), count=st.integers(1, 8))
def test_parts_hold_everything_once_and_in_order(n: int, count: int) -> None:
    count = min(count, n)
    batch = a_batch(n, Condition(labels=torch.arange(n) % 3))
    parts = list(batch.parts(count))
    assert len(parts) == count
    assert torch.equal(torch.cat([part.rows for part in parts]), batch.rows)
    for name in batch.real:
        assert torch.equal(torch.cat([part.real[name] for part in parts]), batch.real[name])
    labels = [part.condition.labels for part in parts if part.condition and part.condition.labels is not None]
    assert torch.equal(torch.cat(labels), torch.arange(n) % 3)


@given(n=st.integers(1, 50), count=st.integers(1, 8))
def test_parts_are_of_nearly_equal_size(n: int, count: int) -> None:
    sizes = [len(part) for part in a_batch(n).parts(count)]
    assert max(sizes) - min(sizes) <= 1


@given(packs=st.integers(1, 20), together=st.integers(1, 5), count=st.integers(1, 8))
def test_what_belongs_together_is_never_cut(packs: int, together: int, count: int) -> None:
    parts = [len(part) for part in a_batch(packs * together).parts(count, together)]
    assert sum(parts) == packs * together
    assert len(parts) == min(count, packs)
    assert all(size > 0 and size % together == 0 for size in parts)


def test_a_batch_stays_what_it_is_on_its_own_device() -> None:
    batch = a_batch(3)
    assert batch.to("cpu") is batch


def test_a_condition_is_cut_in_all_its_parts() -> None:
    whole = Condition(
        labels=torch.arange(4), vector=torch.rand(4, 2), mask=torch.ones(4, 3), picture=torch.rand(4, 1, 2, 2)
    )
    part = whole.part(1, 3)
    for name in ("labels", "vector", "mask", "picture"):
        assert torch.equal(getattr(part, name), getattr(whole, name)[1:3])
    assert Condition().part(0, 1) == Condition()


def test_a_batch_moves_with_its_condition() -> None:
    moved = a_batch(2, Condition(labels=torch.arange(2))).to("meta")
    assert {x.device.type for x in moved.real.values()} == {"meta"}
    assert moved.condition is not None
    assert moved.condition.labels is not None
    assert moved.condition.labels.device.type == "meta"


def test_shapes_are_checked_in_tests() -> None:
    """The import hook is at work: a wrong shape is refused where it is handed over."""
    with pytest.raises(TypeError, match="labels"):
        Condition(labels=torch.rand(2, 2))
