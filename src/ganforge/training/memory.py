"""Recognising that memory ran out, which torch reports in several ways."""

from __future__ import annotations

import torch

_CPU_MESSAGES = ("can't allocate memory", "not enough memory", "DefaultCPUAllocator", "could not allocate")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this error says that memory ran out, on whichever device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _CPU_MESSAGES)
