"""Operations that are recorded (`ganforge.training.tracing`) in another form, because compilers make more of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

SHORT = 2
"""Products of matrices that have a side of so few numbers are recorded as plain sums."""


def short_product(a: Tensor, b: Tensor) -> Any:
    """a @ b as plain sums, where a side is short: they become part of the code around them, and a library's call costs
    more than the product. NotImplemented where no side is.

    Shapes: (m, k), (k, n) -> (m, n).
    """
    (m, k), n = a.shape, b.shape[1]
    if min(m, k, n) > SHORT or a.dtype != torch.float32:
        return NotImplemented
    if k <= SHORT:
        terms = [a[:, i : i + 1] * b[i : i + 1] for i in range(k)]
        return terms[0] if k == 1 else terms[0] + terms[1]
    if n <= SHORT:
        return torch.stack([(a * b[:, i]).sum(1) for i in range(n)], dim=1)
    rows: Tensor = torch.stack([(a[i].unsqueeze(1) * b).sum(0) for i in range(m)], dim=0)
    return rows


def _short_sum(c: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Any:
    product = short_product(a, b) if beta == alpha == 1 else NotImplemented
    return NotImplemented if product is NotImplemented else c + product


def padded(gradient: Tensor, sizes: Sequence[int], dim: int, start: int, end: int, step: int) -> Any:
    """The gradient of a slice: zeros around it. NotImplemented where the slice leaves something out between.

    Recorded as it is, a compiler (torch 2.13's) fuses it with what comes before and computes sines of whatever lies
    beyond the slice; these are thrown away, but the last digit of their neighbours hangs on them.
    """
    start = min(max(start + sizes[dim] if start < 0 else start, 0), sizes[dim])
    if step != 1:
        return NotImplemented
    before, after = list(sizes), list(sizes)
    before[dim], after[dim] = start, sizes[dim] - start - gradient.shape[dim]
    return torch.cat([gradient.new_zeros(before), gradient, gradient.new_zeros(after)], dim)


REWRITTEN: dict[OpOverload[..., Any], Callable[..., Any]] = {
    torch.ops.aten.mm.default: short_product,
    torch.ops.aten.addmm.default: _short_sum,
    torch.ops.aten.slice_backward.default: padded,
}
"""What is recorded in another form than the one in which it is computed without recording."""
