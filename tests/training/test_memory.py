"""Memory that runs out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganforge.training.memory import in_parts_that_fit, is_out_of_memory


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
            True,
        ),
        (RuntimeError("could not create a primitive"), True),
        (RuntimeError("could not create a primitive descriptor for a convolution"), False),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("can't allocate memory"), False),
    ],
)
def test_what_says_that_memory_ran_out(error: Exception, is_memory: bool) -> None:
    assert is_out_of_memory(error) == is_memory


@pytest.mark.parametrize("room", [1, 2, 3, 9, 10])
def test_rows_are_made_in_parts_that_fit(room: int) -> None:
    asked: list[int] = []

    def make(start: int, stop: int) -> Tensor:
        asked.append(stop - start)
        if stop - start > room:
            raise MemoryError
        return torch.arange(start, stop)

    assert in_parts_that_fit(make, 10).tolist() == list(range(10))
    assert asked[0] == 10, "all at once, where that fits"


def test_what_does_not_fit_one_by_one_is_told() -> None:
    def make(start: int, stop: int) -> Tensor:
        raise MemoryError

    with pytest.raises(MemoryError):
        in_parts_that_fit(make, 4)


def test_another_error_is_not_taken_for_memory() -> None:
    def make(start: int, stop: int) -> Tensor:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        in_parts_that_fit(make, 4)
