"""What is recorded in another form computes the same."""

from __future__ import annotations

import pytest
import torch

from ganforge.training.rewriting import padded, short_product


@pytest.mark.parametrize(("m", "k", "n"), [(5, 1, 4), (5, 2, 4), (5, 4, 1), (5, 4, 2), (1, 5, 4), (2, 5, 4)])
def test_short_products_are_products(m: int, k: int, n: int) -> None:
    random = torch.Generator().manual_seed(0)
    a, b = torch.randn(m, k, generator=random), torch.randn(k, n, generator=random)
    torch.testing.assert_close(short_product(a, b), a @ b)


def test_longer_products_are_left_to_libraries() -> None:
    assert short_product(torch.ones(3, 3), torch.ones(3, 3)) is NotImplemented
    assert short_product(torch.ones(3, 1, dtype=torch.bfloat16), torch.ones(1, 3)) is NotImplemented


@pytest.mark.parametrize("where", [slice(0, 2), slice(1, 5), slice(3, 7), slice(-2, None)])
def test_the_gradient_of_a_slice_lies_among_zeros(where: slice) -> None:
    x = torch.zeros(2, 7, requires_grad=True)
    (2.0 * x[:, where]).sum().backward()  # type: ignore[no-untyped-call]
    start, end, _ = where.indices(7)
    given = torch.full((2, end - start), 2.0)
    found = padded(given, [2, 7], 1, where.start, 7 if where.stop is None else where.stop, 1)
    assert x.grad is not None
    torch.testing.assert_close(found, x.grad)
