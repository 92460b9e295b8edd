"""The residual pair: what its blocks compute, the papers' sizes, widths, sides and options."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate

from ganforge.core.errors import SettingError
from ganforge.core.settings import Part
from ganforge.networks.blocks.attention import SelfAttention
from ganforge.networks.blocks.residual import (
    EnlargingConv,
    PoolingConv,
    ResidualBlock,
    enlarged,
    growing_block,
    pooled,
    shrinking_block,
)
from ganforge.networks.blocks.sides import Axes
from ganforge.networks.resnet import ResnetDiscriminator, ResnetGenerator, ResnetPair

strides = pytest.mark.parametrize("stride", [(1, 1), (1, 2), (2, 1), (2, 2)])


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


# -- Blocks


@strides
def test_an_enlarging_convolution_is_a_convolution_of_the_enlarged_map(stride: Axes) -> None:
    torch.manual_seed(0)
    layer, x = EnlargingConv(3, 5, stride, bias=True), torch.randn(2, 3, 4, 7)
    larger = interpolate(x, scale_factor=(float(stride[0]), float(stride[1])), mode="nearest")
    assert torch.equal(enlarged(x, stride), larger)
    torch.testing.assert_close(layer(x), conv2d(larger, layer.weight, layer.bias, padding=1))


@strides
@pytest.mark.parametrize("sides", [(6, 8), (7, 8), (6, 5), (1, 1)])
def test_a_pooling_convolution_is_a_convolution_whose_map_is_pooled(stride: Axes, sides: Axes) -> None:
    torch.manual_seed(0)
    layer, x = PoolingConv(3, 5, stride, bias=True), torch.randn(2, 3, *sides)
    maps = conv2d(x, layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(layer(x), avg_pool2d(maps, stride, ceil_mode=True))


def test_an_odd_sides_last_pixel_is_not_diluted() -> None:
    x = torch.tensor([[[[1.0, 3.0, 8.0]]]])
    assert torch.equal(pooled(x, (1, 2)), torch.tensor([[[[2.0, 8.0]]]]))


@pytest.mark.parametrize("layer", [EnlargingConv, PoolingConv])
@pytest.mark.parametrize("sides", [(2, 4), (3, 4)])
def test_slopes_of_resizing_convolutions_are_right_to_the_second_order(
    layer: type[EnlargingConv | PoolingConv], sides: Axes
) -> None:
    torch.manual_seed(0)
    convolution = layer(2, 2, (2, 2), bias=True).double()
    x = torch.randn(1, 2, *sides, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(convolution, x)
    assert torch.autograd.gradgradcheck(convolution, x)


def test_a_block_is_its_skip_and_its_branch() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 6, 8)
    down = shrinking_block(3, 5, (2, 2), "none", "relu", raw=False)
    first, second, skip = convolutions(down)
    torch.testing.assert_close(down(x, None), second(first(x.relu()).relu()) + skip(avg_pool2d(x, 2)))
    raw = shrinking_block(3, 5, (2, 2), "none", "relu", raw=True)
    first, second, skip = convolutions(raw)
    torch.testing.assert_close(raw(x, None), second(first(x).relu()) + skip(avg_pool2d(x, 2)))
    up = growing_block(3, 5, (2, 2), "none", "relu", 0)
    first, second, skip = convolutions(up)
    torch.testing.assert_close(up(x, None), second(first(x.relu()).relu()) + skip(enlarged(x, (2, 2))))
    same = growing_block(3, 3, (1, 1), "none", "relu", 0)
    first, second = convolutions(same)
    torch.testing.assert_close(same(x, None), second(first(x.relu()).relu()) + x)


def convolutions(block: ResidualBlock) -> list[nn.Module]:
    return [module for module in block.modules() if isinstance(module, nn.Conv2d)]


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_a_block_leaves_its_input_as_it_is(norm: str) -> None:
    """The first activation would overwrite what the skip is made of."""
    block = growing_block(4, 4, (1, 1), norm, "relu", 0)  # type: ignore[arg-type]
    x = torch.randn(2, 4, 5, 5)
    before = x.clone()
    block(x, None)
    assert torch.equal(x, before)


# -- The papers' sizes


def paper_block(inputs: int, outputs: int) -> int:
    """Two 3x3 convolutions, a 1x1 one beside them, each with biases."""
    between = outputs
    return (inputs * between * 9 + between) + (between * outputs * 9 + outputs) + (inputs * outputs + outputs)


def test_sngan_at_32_has_the_papers_number_of_parameters() -> None:
    """Its table 4: G dense 4x4x256 and three ResBlocks up 256; D ResBlocks 128, two down and two not."""
    pair = ResnetPair(width=256, discriminator_width=128, widening="none", discriminator_side=8, discriminator_last=2)
    norms = 3 * 2 * (2 * 256) + 2 * 256
    paper = (128 * 4 * 4 * 256 + 4 * 4 * 256) + 3 * paper_block(256, 256) + norms + (256 * 3 * 9 + 3)
    assert paper == 4_276_739
    # A convolution in front of a batch normalisation has no bias here: it would be subtracted again.
    assert parameters(pair.generator((3, 32, 32), 128, 0)) == paper - 3 * 256
    flat = 2 * (128 * 128 * 9 + 128)
    paper = paper_block(3, 128) + paper_block(128, 128) + 2 * flat + (128 + 1)
    assert paper == 1_053_825
    assert parameters(pair.discriminator((3, 32, 32), 0)) == paper


def test_wgan_gp_at_32_is_the_same_with_128_channels() -> None:
    """Its appendix F: as above with 128 channels in G too."""
    pair = ResnetPair(width=128, widening="none", discriminator_side=8, discriminator_last=2, pooling="mean")
    paper = (128 * 4 * 4 * 128 + 4 * 4 * 128) + 3 * (paper_block(128, 128) + 4 * 128) + 2 * 128 + (128 * 3 * 9 + 3)
    assert parameters(pair.generator((3, 32, 32), 128, 0)) == paper - 3 * 128
    assert parameters(pair.discriminator((3, 32, 32), 0)) == 1_053_825


@pytest.mark.parametrize(
    ("side", "start", "grown", "shrunk"),
    [
        (48, (512, 6, 6), [(512, 256), (256, 128), (128, 64)], [64, 128, 256, 512, 1024]),
        (
            128,
            (1024, 4, 4),
            [(1024, 1024), (1024, 512), (512, 256), (256, 128), (128, 64)],
            [64, 128, 256, 512, 1024, 1024],
        ),
    ],
)
def test_larger_pictures_have_the_papers_channels(
    side: int, start: tuple[int, int, int], grown: list[Axes], shrunk: list[int]
) -> None:
    """SNGAN's tables 5 and 6."""
    pair = ResnetPair(width=64, max_width=1024)
    with torch.device("meta"):  # their channels are asked for, not their weights
        generator = ResnetGenerator(pair, (3, side, side), 128, 0)
        discriminator = ResnetDiscriminator(pair, (3, side, side), 0)
    assert generator.start == start
    assert [through(block) for block in blocks(generator)] == grown
    assert [through(block)[1] for block in blocks(discriminator)] == shrunk
    assert sum(block.shrinks == (2, 2) for block in blocks(discriminator)) == len(shrunk) - 1


def blocks(network: nn.Module) -> list[ResidualBlock]:
    return [module for module in network.modules() if isinstance(module, ResidualBlock)]


def through(block: ResidualBlock) -> Axes:
    first, second = (layer for layer in block.branch if isinstance(layer, nn.Conv2d))
    return first.in_channels, second.out_channels


def test_sagan_has_its_attention_at_maps_of_32() -> None:
    """A small one; arXiv:1805.08318, section 4.3: at feat32 of both networks."""
    pair = ResnetPair(width=2, max_width=32, attention=32)
    generator, discriminator = pair.generator((3, 128, 128), 8, 0), pair.discriminator((3, 128, 128), 0)
    seen: list[tuple[int, ...]] = []

    def look(_layer: nn.Module, inputs: tuple[Tensor, ...], _output: Tensor) -> None:
        seen.append(tuple(inputs[0].shape[1:]))

    for module in [*generator.modules(), *discriminator.modules()]:
        if isinstance(module, SelfAttention):
            module.register_forward_hook(look)
    discriminator(generator(torch.randn(1, 8), None), None)
    assert seen == [(8, 32, 32), (4, 32, 32)]


# -- Sizes and options


@given(height=st.integers(1, 70), width=st.integers(1, 70))
@settings(max_examples=25, derandomize=True, deadline=None)
def test_every_size_of_picture_can_be_made_and_judged(height: int, width: int) -> None:
    pair = ResnetPair(width=2, max_width=4)
    x = pair.generator((2, height, width), 3, 0)(torch.randn(2, 3), None)
    assert x.shape == (2, 2, height, width)
    assert pair.discriminator((2, height, width), 0)(x, None).adversarial[0].shape == (2,)


def test_every_pixel_is_judged() -> None:
    torch.manual_seed(0)
    judge = ResnetPair(width=4).discriminator((1, 7, 30), 0)
    x = torch.randn(2, 1, 7, 30, requires_grad=True)
    (slope,) = torch.autograd.grad(judge(x, None).adversarial[0].sum(), x)
    assert (slope != 0).all()


@pytest.mark.parametrize(("side", "last", "shrinks", "kept"), [(4, 1, 3, 1), (8, 2, 2, 2), (8, 0, 2, 0), (1, 1, 5, 1)])
def test_the_discriminator_halves_down_to_its_side(side: int, last: int, shrinks: int, kept: int) -> None:
    judge = ResnetPair(width=2, discriminator_side=side, discriminator_last=last).discriminator((1, 32, 32), 0)
    strides = [block.shrinks for block in blocks(judge)]
    assert strides == [(2, 2)] * shrinks + [(1, 1)] * kept


def test_depth_is_the_number_of_blocks_at_each_resolution() -> None:
    pair = ResnetPair(width=2, depth=3, discriminator_depth=2, discriminator_last=1)
    generator, judge = pair.generator((1, 28, 28), 3, 0), pair.discriminator((1, 28, 28), 0)
    assert [block.grows[0] for block in blocks(generator)] == [2, 1, 1, 2, 1, 1]
    assert [block.shrinks[0] for block in blocks(judge)] == [2, 1, 2, 1, 2, 1, 1]  # 28 -> 14 -> 7 -> 4


def test_pooling_by_sum_and_by_mean_differ_by_the_number_of_places() -> None:
    torch.manual_seed(0)
    by_sum = ResnetPair(width=4, pooling="sum").discriminator((1, 32, 32), 0)
    by_mean = ResnetPair(width=4, pooling="mean").discriminator((1, 32, 32), 0)
    by_mean.load_state_dict(by_sum.state_dict())
    x = torch.randn(3, 1, 32, 32)
    linear = by_sum.get_submodule("head.linear")
    assert isinstance(linear, nn.Linear) and not linear.bias.any()
    torch.testing.assert_close(by_sum(x, None).adversarial[0], 16 * by_mean(x, None).adversarial[0])


def test_xavier_keeps_the_size_of_what_goes_through() -> None:
    torch.manual_seed(0)
    pair = ResnetPair(width=64, widening="none")
    deviations = pair.generator((3, 32, 32), 64, 0)(torch.randn(16, 64), None).std()
    assert 0.2 < deviations < 5.0
    for block in blocks(pair.discriminator((3, 32, 32), 0))[1:]:
        first, second, *skip = convolutions(block)
        for layer, gain in ((first, 2.0), (second, 2.0), *((layer, 1.0) for layer in skip)):
            assert isinstance(layer, nn.Conv2d) and layer.bias is not None and not layer.bias.any()
            fan = 64 * layer.kernel_size[0] * layer.kernel_size[1]
            assert layer.weight.var().item() == pytest.approx(gain / fan, rel=0.1)  # 2 / (fan in + fan out) times gain


def test_first_weights_can_be_torchs() -> None:
    judge = ResnetPair(width=4, init="torch").discriminator((1, 28, 28), 0)
    assert all(layer.bias is None or layer.bias.any() for layer in judge.modules() if isinstance(layer, nn.Conv2d))


def test_the_last_normalisation_is_not_told_the_label() -> None:
    pair = ResnetPair(width=4, generator_labels="normalisation")
    generator = pair.generator((1, 28, 28), 3, 5)
    assert [tuple(e.weight.shape) for e in generator.modules() if isinstance(e, nn.Embedding)] == [
        shape for channels in (16, 8, 8, 4) for shape in [(5, channels)] * 2
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"width": 0},
        {"max_width": 0},
        {"discriminator_side": 0},
        {"discriminator_last": -1},
        {"widening": "tripling"},
        {"pooling": "max"},
        {"init": "he"},
    ],
)
def test_impossible_options_are_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(SettingError, match=next(iter(settings))):
        Part("resnet", settings).build(ResnetPair)
