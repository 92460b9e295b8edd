"""Self-attention and the features of a batch."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from ganforge.networks.blocks.attention import SelfAttention, attended
from ganforge.networks.blocks.minibatch import Discrimination, StandardDeviation


def weights(layer: nn.Module) -> Tensor:
    assert isinstance(layer, nn.Conv2d)
    return layer.weight.flatten(1)


def test_at_first_attention_changes_nothing_but_can_learn() -> None:
    torch.manual_seed(0)
    layer, x = SelfAttention(16), torch.randn(2, 16, 3, 4)
    out = layer(x)
    assert torch.equal(out, x)
    out.square().sum().backward()
    assert layer.gamma.grad is not None and layer.gamma.grad != 0


def test_attention_is_the_papers_sum_over_places() -> None:
    """Its equations 1 to 3, place by place."""
    torch.manual_seed(0)
    layer, x = SelfAttention(16).requires_grad_(False), torch.randn(1, 16, 2, 3)
    layer.gamma.fill_(0.7)
    places = x[0].flatten(1)
    for j in range(6):
        scores = [weights(layer.f) @ places[:, i] @ (weights(layer.g) @ places[:, j]) for i in range(6)]
        total = sum(math.exp(score) for score in scores)
        shares = [math.exp(score) / total for score in scores]
        seen = sum(share * (weights(layer.h) @ places[:, i]) for i, share in enumerate(shares))
        expected = places[:, j] + 0.7 * (weights(layer.v) @ seen)
        torch.testing.assert_close(layer(x)[0].flatten(1)[:, j], expected, rtol=1e-4, atol=1e-5)


def test_far_places_are_seen_once_gamma_has_moved() -> None:
    torch.manual_seed(0)
    layer = SelfAttention(8)
    nn.init.ones_(layer.gamma)
    x = torch.randn(1, 8, 9, 9, requires_grad=True)
    (slope,) = torch.autograd.grad(layer(x)[0, :, 0, 0].sum(), x)
    assert (slope.abs().sum(1) > 0).all()


@pytest.mark.parametrize("channels", [1, 3, 8])
def test_attention_takes_few_channels_and_single_places(channels: int) -> None:
    layer = SelfAttention(channels)
    nn.init.ones_(layer.gamma)
    assert layer(torch.randn(2, channels, 1, 1)).shape == (2, channels, 1, 1)


@pytest.mark.parametrize(("side", "place"), [(0, None), (32, 3), (31, 2), (16, 2), (1000, 4), (5, 0), (4, 0), (2, 0)])
def test_attention_is_at_the_largest_map_within_its_side(side: int, place: int | None) -> None:
    maps = [(4, 4), (8, 8), (16, 16), (32, 16), (64, 64)]
    assert attended(maps, side) == place
    backwards = attended(maps[::-1], side)
    assert backwards == (None if place is None else 4 - place)


def test_the_standard_deviation_is_the_mean_of_the_features() -> None:
    torch.manual_seed(0)
    f = torch.randn(6, 5)
    out = StandardDeviation()(f)
    assert out.shape == (6, 1)
    torch.testing.assert_close(out[:, 0], f.std(dim=0, correction=0).mean().expand(6))
    assert StandardDeviation()(f[:1].expand(6, 5)).max() < 2e-4


def test_discrimination_counts_those_who_are_close() -> None:
    torch.manual_seed(0)
    layer = Discrimination(5)
    f = torch.randn(4, 5)
    assert layer(f[:1].expand(4, 5)).allclose(torch.tensor(3.0))
    assert layer(100.0 * f).max() < 0.1
    m = layer.transform(f).reshape(4, layer.added, layer.size)
    expected = sum(torch.exp(-(m[0] - m[j]).abs().sum(1)) for j in (1, 2, 3))
    torch.testing.assert_close(layer(f)[0], expected, rtol=1e-4, atol=1e-6)
