"""Recognising that memory ran out, which torch reports in several ways."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_CPU_MESSAGES = ("can't allocate memory", "not enough memory", "DefaultCPUAllocator", "could not allocate", "bad_alloc")
_PRIMITIVE = "could not create a primitive"
"""All that oneDNN says where there is no memory for a kernel; with more words behind, it means something else."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this error says that memory ran out, on whichever device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and (
        any(text in str(error) for text in _CPU_MESSAGES) or str(error).strip() == _PRIMITIVE
    )


def in_parts_that_fit(make: Callable[[int, int], Tensor], count: int) -> Tensor:
    """`count` rows as `make(start, stop)` makes them: all at once, or in ever smaller parts where memory runs out.

    Raises:
        RuntimeError, MemoryError: there is not even memory for one at a time.
    """
    size = count
    while True:
        try:
            return torch.cat([make(start, min(start + size, count)) for start in range(0, count, size)])
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error) or size <= 1:
                raise
        size = -(-size // 2)
