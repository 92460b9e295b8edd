"""Sizes, frames and options of the convolutional pair."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ganforge.core.errors import SettingError
from ganforge.core.settings import Part
from ganforge.networks.blocks.convolution import AxisShuffle
from ganforge.networks.blocks.sides import growth
from ganforge.networks.dcgan import DcganDiscriminator, DcganGenerator, DcganPair

SIDE = st.integers(1, 600)


@given(height=SIDE, width=SIDE)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_the_inner_size_is_the_smallest_that_holds_the_picture(height: int, width: int) -> None:
    allowed = sorted(base * 2**power for base in (4, 5, 6, 7) for power in range(9))
    plan = growth(height, width)
    assert plan.end == tuple(next(side for side in allowed if side >= pixels) for pixels in (height, width))
    assert all(4 <= side <= 7 for side in plan.start)
    doublings = [sum(stride[axis] == 2 for stride in plan.strides) for axis in (0, 1)]
    assert len(plan.strides) == max(1, *doublings)
    for axis in (0, 1):  # a side that has begun to grow grows to the end
        strides = [stride[axis] for stride in plan.strides]
        assert strides == sorted(strides)


@pytest.mark.parametrize(
    ("size", "start", "end"),
    [
        ((1, 1), (4, 4), (4, 4)),
        ((28, 28), (7, 7), (28, 28)),
        ((28, 100), (7, 7), (28, 112)),
        ((256, 33), (4, 5), (256, 40)),
    ],
)
def test_known_inner_sizes(size: tuple[int, int], start: tuple[int, int], end: tuple[int, int]) -> None:
    assert (growth(*size).start, growth(*size).end) == (start, end)


@given(height=st.integers(1, 70), width=st.integers(1, 70))
@settings(max_examples=25, derandomize=True, deadline=None)
def test_every_size_of_picture_can_be_made_and_judged(height: int, width: int) -> None:
    pair = DcganPair(width=2, max_width=4)
    x = pair.generator((2, height, width), 3, 0)(torch.randn(2, 3), None)
    assert x.shape == (2, 2, height, width)
    assert pair.discriminator((2, height, width), 0)(x, None).adversarial[0].shape == (2,)


def test_the_frame_and_the_crop_are_the_same_place() -> None:
    generator = DcganGenerator(DcganPair(width=2), (1, 9, 29), 3, 0)
    discriminator = DcganDiscriminator(DcganPair(width=2), (1, 9, 29), 0)
    left, right, top, bottom = discriminator.frame
    assert (left + 29 + right, top + 9 + bottom) == (32, 10)
    assert (generator.left, generator.top) == (left, top)


def test_every_pixel_is_judged() -> None:
    torch.manual_seed(0)
    judge = DcganPair(width=4).discriminator((1, 7, 30), 0)
    x = torch.randn(2, 1, 7, 30, requires_grad=True)
    (slope,) = torch.autograd.grad(judge(x, None).adversarial[0].sum(), x)
    assert (slope != 0).all()


def test_channels_double_towards_the_smallest_map_up_to_the_most() -> None:
    pair = DcganPair(width=8, max_width=24, discriminator_width=4)
    generator, discriminator = pair.generator((3, 64, 64), 5, 0), pair.discriminator((3, 64, 64), 0)
    grown = [m.in_channels for m in generator.modules() if isinstance(m, nn.ConvTranspose2d)]
    assert grown == [24, 24, 24, 16]
    shrunk = [m.out_channels for m in discriminator.modules() if isinstance(m, nn.Conv2d)]
    assert shrunk == [4, 8, 16, 24]


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_a_convolution_has_a_bias_exactly_where_no_normalisation_follows(norm: str) -> None:
    pair = Part("dcgan", {"generator_norm": norm, "discriminator_norm": norm, "width": 4}).build(DcganPair)
    # Of the generator's layers only the last has none behind it; of the discriminator's, the first and the last.
    for network, plain in ((pair.generator((1, 32, 32), 5, 0), 1), (pair.discriminator((1, 32, 32), 0), 2)):
        normalised = sum(isinstance(m, nn.BatchNorm2d) for m in network.modules())
        layers = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear))]
        assert sum(m.bias is None for m in layers) == normalised
        assert normalised == (0 if norm == "none" else len(layers) - plain)


@pytest.mark.parametrize("up", ["transposed", "shuffle", "sub-pixel"])
@pytest.mark.parametrize("last", ["conv", "up"])
@pytest.mark.parametrize("init", ["torch", "dcgan"])
def test_every_way_to_grow_makes_pictures_of_any_sides(up: str, last: str, init: str) -> None:
    pair = Part("dcgan", {"up": up, "last": last, "init": init, "width": 4}).build(DcganPair)
    for shape in ((1, 1, 1), (1, 28, 28), (3, 7, 30), (2, 30, 9)):
        x = pair.generator(shape, 5, 0)(torch.randn(2, 5), None)
        assert x.shape == (2, *shape)
        assert torch.isfinite(pair.discriminator(shape, 0)(x, None).adversarial[0]).all()


def test_shuffling_along_both_axes_is_pixel_shuffle() -> None:
    x = torch.randn(2, 12, 3, 5)
    assert torch.equal(AxisShuffle((2, 2))(x), nn.PixelShuffle(2)(x))


def test_shuffling_along_one_axis_interleaves_its_channels() -> None:
    x = torch.arange(6.0).reshape(1, 2, 1, 3)
    assert torch.equal(AxisShuffle((1, 2))(x), torch.tensor([[[[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]]]]))
    assert torch.equal(AxisShuffle((2, 1))(x), x.reshape(1, 1, 2, 3))


def test_the_papers_first_weights_are_small() -> None:
    torch.manual_seed(0)
    pair = DcganPair(init="dcgan")
    for network in (pair.generator((1, 32, 32), 64, 0), pair.discriminator((1, 32, 32), 0)):
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)) and module.weight.numel() > 1000:
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize(
    "settings", [{"width": 0}, {"max_width": -1}, {"discriminator_norm": "group"}, {"up": "sideways"}]
)
def test_impossible_options_are_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(SettingError, match=next(iter(settings))):
        Part("dcgan", settings).build(DcganPair)


def test_numbers_are_refused_in_plain_words() -> None:
    assert DcganPair().takes((3,)) == "needs pictures; these samples are 3 numbers"
    assert DcganPair().takes((1,)) == "needs pictures; these samples are 1 number"


def test_even_the_tiniest_pictures_are_judged_by_more_than_a_linear_rule() -> None:
    torch.manual_seed(0)
    judge = DcganPair(width=4).discriminator((1, 1, 1), 0)
    below, middle, above = judge(torch.tensor([-1.0, 0.0, 1.0]).reshape(3, 1, 1, 1), None).adversarial[0]
    assert abs(below + above - 2 * middle) > 1e-3
