"""The residual pair without normalisation: first weights, the paper's size, widths, sides and options."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate

from ganforge.core.errors import SettingError
from ganforge.core.settings import Part
from ganforge.networks.resnext import (
    InvertedBottleneck,
    ResnextDiscriminator,
    ResnextGenerator,
    ResnextPair,
    Transition,
)


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def paper_block(width: int) -> int:
    """1x1 to twice the channels, 3x3 in groups of 16, 1x1 back; the last without biases."""
    inner = 2 * width
    return (width * inner + inner) + (inner * 16 * 9 + inner) + inner * width


def test_the_papers_networks_have_the_papers_number_of_parameters() -> None:
    """Its table 2, config E, at 256x256: 23.058 M and 23.010 M.

    768 channels up to 32x32, then 384, 192 and 96; two blocks each; z of 64.
    """
    pair = ResnextPair(width=96, max_width=768)
    with torch.device("meta"):  # their number is asked for, not their weights
        generator = ResnextGenerator(pair, (3, 256, 256), 64, 0)
        discriminator = ResnextDiscriminator(pair, (3, 256, 256), 0)
    ladder = 2 * (4 * paper_block(768) + paper_block(384) + paper_block(192) + paper_block(96))
    ladder += 768 * 384 + 384 * 192 + 192 * 96
    maps, picture = 768 * 4 * 4, 3 * 96
    assert parameters(generator) == (64 * 768 + maps) + ladder + (picture + 3) == 23_057_955
    assert parameters(discriminator) == (picture + 96) + ladder + maps + (768 + 1) == 23_009_665


def test_both_networks_at_32_have_the_papers_40_million_together() -> None:
    """Section 4.5, for CIFAR-10: 768 channels everywhere."""
    pair = ResnextPair(width=768, max_width=768)
    with torch.device("meta"):
        together = parameters(ResnextGenerator(pair, (3, 32, 32), 64, 10))
        together += parameters(ResnextDiscriminator(pair, (3, 32, 32), 10))
    assert 40e6 < together < 42e6


def test_a_new_network_is_its_skips() -> None:
    torch.manual_seed(0)
    block = InvertedBottleneck(6, ResnextPair(), "leaky-relu", 4)
    x = torch.randn(2, 6, 5, 5)
    assert torch.equal(block(x), x)
    with torch.no_grad():
        for layer in block.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight)
    torch.testing.assert_close(block(x), x + block.layers(x.clone()))
    assert not torch.allclose(block(x), x)


def test_inner_convolutions_begin_smaller_the_more_blocks_there_are() -> None:
    torch.manual_seed(0)
    for blocks in (1, 16):
        block = InvertedBottleneck(128, ResnextPair(), "leaky-relu", blocks)
        widen, grouped, back = (layer for layer in block.layers if isinstance(layer, nn.Conv2d))
        for layer, fan in ((widen, 128), (grouped, 16 * 9)):
            he = (2 / (1 + 0.2**2) / fan) ** 0.5
            assert layer.weight.std().item() == pytest.approx(he * blocks**-0.25, rel=0.05)
            assert layer.bias is not None and not layer.bias.any()
        assert back.bias is None and not back.weight.any()


@pytest.mark.parametrize(
    ("width", "expansion", "group", "inner", "groups"),
    [(32, 2, 16, 64, 4), (4, 2, 16, 8, 1), (12, 2, 16, 32, 2), (8, 3, 8, 24, 3), (5, 1, 1, 5, 5)],
)
def test_groups_are_whole(width: int, expansion: int, group: int, inner: int, groups: int) -> None:
    options = ResnextPair(expansion=expansion, group=group)
    block = InvertedBottleneck(width, options, "leaky-relu", 1)
    _, grouped, _ = (layer for layer in block.layers if isinstance(layer, nn.Conv2d))
    assert (grouped.in_channels, grouped.out_channels, grouped.groups) == (inner, inner, groups)


def test_transitions_resize_bilinearly_whichever_side_of_them_the_convolution_is() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 6)
    up, down = Transition(3, 5, (2, 2), grows=True), Transition(3, 5, (2, 2), grows=False)
    larger = interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(up(x), up.project(larger))
    smaller = interpolate(x, scale_factor=0.5, mode="bilinear", align_corners=False)
    torch.testing.assert_close(down(x), down.project(smaller))
    torch.testing.assert_close(smaller, avg_pool2d(x, 2))
    assert torch.equal(Transition(3, 3, (1, 1), grows=True)(x), x)
    assert Transition(3, 3, (1, 2), grows=True)(x).shape == (2, 3, 4, 12)


def test_first_pictures_and_scores_are_of_the_size_of_their_inputs() -> None:
    torch.manual_seed(0)
    for depth in (1, 4):
        pair = ResnextPair(width=32, depth=depth)
        pictures = pair.generator((3, 32, 32), 64, 0)(torch.randn(64, 64), None)
        assert 0.3 < pictures.std() < 3.0
        scores = pair.discriminator((3, 32, 32), 0)(torch.randn(64, 3, 32, 32), None).adversarial[0]
        assert scores.abs().max() < 3.0


def test_both_networks_are_the_same_ladder() -> None:
    pair = ResnextPair(width=8, max_width=24, depth=1)
    ladders = []
    for network in (pair.generator((1, 64, 64), 3, 0), pair.discriminator((1, 64, 64), 0)):
        blocks = [module for module in network.modules() if isinstance(module, InvertedBottleneck)]
        ladders.append([block.layers[0].in_channels for block in blocks])
    assert ladders == [[24, 24, 24, 16, 8], [8, 16, 24, 24, 24]]
    flat = ResnextPair(width=8, widening="none", depth=2, discriminator_depth=1, discriminator_width=6)
    counts = [
        [module.layers[0].in_channels for module in network.modules() if isinstance(module, InvertedBottleneck)]
        for network in (flat.generator((1, 28, 28), 3, 0), flat.discriminator((1, 28, 28), 0))
    ]
    assert counts == [[8] * 6, [6] * 3]


@given(height=st.integers(1, 70), width=st.integers(1, 70))
@settings(max_examples=25, derandomize=True, deadline=None)
def test_every_size_of_picture_can_be_made_and_judged(height: int, width: int) -> None:
    pair = ResnextPair(width=2, max_width=4, depth=1)
    x = pair.generator((2, height, width), 3, 0)(torch.randn(2, 3), None)
    assert x.shape == (2, 2, height, width)
    assert pair.discriminator((2, height, width), 0)(x, None).adversarial[0].shape == (2,)


def test_every_pixel_is_judged() -> None:
    torch.manual_seed(0)
    judge = ResnextPair(width=4).discriminator((1, 7, 30), 0)
    x = torch.randn(2, 1, 7, 30, requires_grad=True)
    (slope,) = torch.autograd.grad(judge(x, None).adversarial[0].sum(), x)
    assert (slope != 0).all()


@pytest.mark.parametrize(
    "settings",
    [{"width": 0}, {"max_width": 0}, {"expansion": 0}, {"group": 0}, {"generator_norm": "batch"}, {"widening": "no"}],
)
def test_impossible_options_are_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(SettingError, match=next(iter(settings))):
        Part("resnext", settings).build(ResnextPair)
