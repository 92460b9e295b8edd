"""Inception-v3 as scores in papers use it: the one network on whose features a Fréchet distance is called FID.

Szegedy et al. (arXiv:1512.00567) in the variant of Heusel et al. (arXiv:1706.08500): the TensorFlow network of
2015-12-05, whose average pooling does not count the border and whose last block pools by maximum. Its weights in
PyTorch's form are a file that many projects share; the names of the layers here are those of that file.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ganforge.core.errors import RunError, SettingError
from ganforge.metrics.features._features import Extractor, Kernel, Setting
from ganforge.metrics.features._pictures import as_rgb, need_pictures

FILE = "pt_inception-2015-12-05-6726825d.pth"
URL = f"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/{FILE}"
HASH = "6726825d"
"""What the file's SHA-256 begins with."""
SIDE = 299
"""Of the pictures as the network sees them, in pixels."""
VARIABLE = "GANFORGE_INCEPTION"
"""Environment variable that names the file of weights."""


class Inception(Extractor):
    """The 2,048 numbers behind the last pooling of the FID network."""

    kernel: ClassVar[Kernel] = "cubic"
    perceptual: ClassVar[bool] = True

    def __init__(self, weights: Path) -> None:
        self._network = _network(weights)
        with weights.open("rb") as file:
            self._hash = hashlib.file_digest(file, "sha256").hexdigest()[: len(HASH)]

    @classmethod
    def make(cls, setting: Setting) -> Inception:
        need_pictures(setting.domain, "inception")
        return cls(_find(setting.weights))

    @property
    def label(self) -> str:
        # The name FID is for one set of weights: with any others numbers cannot be compared with papers'
        return (
            "Inception-v3 (FID)"
            if self._hash == HASH
            else f"Inception-v3 with weights {self._hash}, which are not FID's"
        )

    def extract(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 2048"]:
        return torch.cat([self._network(part) for part in torch.split(as_rgb(x.float()), _AT_ONCE)])


_AT_ONCE = 25
"""Pictures of 299 pixels that go through the network together: more would take memory and save no time."""


class Network(nn.Module):
    """Inception-v3 of 2015: 23.9 million parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = _Convolution(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = _Convolution(32, 32, 3)
        self.Conv2d_2b_3x3 = _Convolution(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = _Convolution(64, 80, 1)
        self.Conv2d_4a_3x3 = _Convolution(80, 192, 3)
        self.Mixed_5b = _BlockA(192, 32)
        self.Mixed_5c = _BlockA(256, 64)
        self.Mixed_5d = _BlockA(288, 64)
        self.Mixed_6a = _ReductionA()
        self.Mixed_6b = _BlockB(128)
        self.Mixed_6c = _BlockB(160)
        self.Mixed_6d = _BlockB(160)
        self.Mixed_6e = _BlockB(192)
        self.Mixed_7a = _ReductionB()
        self.Mixed_7b = _BlockC(1280)
        self.Mixed_7c = _BlockC(2048, pools_by_maximum=True)
        self.fc = nn.Linear(2048, 1008)

    def forward(self, x: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 2048"]:
        """Features of pictures in [-1, 1]."""
        x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", align_corners=False)
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(F.max_pool2d(x, 3, 2))))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        return x.mean((2, 3))


class _Convolution(nn.Module):
    """A convolution, a normalisation, a rectifier."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int | tuple[int, int],
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d i j"]:
        return F.relu(self.bn(self.conv(x)), inplace=True)


def _pooled(x: Tensor) -> Tensor:
    """The mean of each 3 x 3 neighbourhood; beyond the border there is nothing, not zeros."""
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


class _BlockA(nn.Module):
    """35 x 35 places (the paper's figure 5)."""

    def __init__(self, inputs: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = _Convolution(inputs, 64, 1)
        self.branch5x5_1 = _Convolution(inputs, 48, 1)
        self.branch5x5_2 = _Convolution(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = _Convolution(inputs, 64, 1)
        self.branch3x3dbl_2 = _Convolution(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = _Convolution(96, 96, 3, padding=1)
        self.branch_pool = _Convolution(inputs, pooled, 1)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h w"]:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        branches = [self.branch1x1(x), self.branch5x5_2(self.branch5x5_1(x)), double, self.branch_pool(_pooled(x))]
        return torch.cat(branches, 1)


class _ReductionA(nn.Module):
    """From 35 to 17 places a side (figure 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.branch3x3 = _Convolution(288, 384, 3, stride=2)
        self.branch3x3dbl_1 = _Convolution(288, 64, 1)
        self.branch3x3dbl_2 = _Convolution(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = _Convolution(96, 96, 3, stride=2)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d i j"]:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, 2)], 1)


class _BlockB(nn.Module):
    """17 x 17 places, each 7 x 7 convolution as a row and a column (figure 6)."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        row: tuple[tuple[int, int], tuple[int, int]] = ((1, 7), (0, 3))
        column: tuple[tuple[int, int], tuple[int, int]] = ((7, 1), (3, 0))
        self.branch1x1 = _Convolution(768, 192, 1)
        self.branch7x7_1 = _Convolution(768, inner, 1)
        self.branch7x7_2 = _Convolution(inner, inner, row[0], padding=row[1])
        self.branch7x7_3 = _Convolution(inner, 192, column[0], padding=column[1])
        self.branch7x7dbl_1 = _Convolution(768, inner, 1)
        self.branch7x7dbl_2 = _Convolution(inner, inner, column[0], padding=column[1])
        self.branch7x7dbl_3 = _Convolution(inner, inner, row[0], padding=row[1])
        self.branch7x7dbl_4 = _Convolution(inner, inner, column[0], padding=column[1])
        self.branch7x7dbl_5 = _Convolution(inner, 192, row[0], padding=row[1])
        self.branch_pool = _Convolution(768, 192, 1)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h w"]:
        single = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), single, double, self.branch_pool(_pooled(x))], 1)


class _ReductionB(nn.Module):
    """From 17 to 8 places a side."""

    def __init__(self) -> None:
        super().__init__()
        self.branch3x3_1 = _Convolution(768, 192, 1)
        self.branch3x3_2 = _Convolution(192, 320, 3, stride=2)
        self.branch7x7x3_1 = _Convolution(768, 192, 1)
        self.branch7x7x3_2 = _Convolution(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3 = _Convolution(192, 192, (7, 1), padding=(3, 0))
        self.branch7x7x3_4 = _Convolution(192, 192, 3, stride=2)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d i j"]:
        long = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([self.branch3x3_2(self.branch3x3_1(x)), long, F.max_pool2d(x, 3, 2)], 1)


class _BlockC(nn.Module):
    """8 x 8 places, wide (figure 7)."""

    def __init__(self, inputs: int, *, pools_by_maximum: bool = False) -> None:
        super().__init__()
        self.pools_by_maximum = pools_by_maximum
        self.branch1x1 = _Convolution(inputs, 320, 1)
        self.branch3x3_1 = _Convolution(inputs, 384, 1)
        self.branch3x3_2a = _Convolution(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3_2b = _Convolution(384, 384, (3, 1), padding=(1, 0))
        self.branch3x3dbl_1 = _Convolution(inputs, 448, 1)
        self.branch3x3dbl_2 = _Convolution(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = _Convolution(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3dbl_3b = _Convolution(384, 384, (3, 1), padding=(1, 0))
        self.branch_pool = _Convolution(inputs, 192, 1)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n d h w"]:
        single = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = F.max_pool2d(x, 3, 1, 1) if self.pools_by_maximum else _pooled(x)
        return torch.cat(
            [
                self.branch1x1(x),
                self.branch3x3_2a(single),
                self.branch3x3_2b(single),
                self.branch3x3dbl_3a(double),
                self.branch3x3dbl_3b(double),
                self.branch_pool(pooled),
            ],
            1,
        )


@cache
def _network(weights: Path) -> Network:
    """The network with these weights; loaded once a process."""
    cure = f"It must be {FILE} (from {URL})."
    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise SettingError(f"There is no file of Inception's weights at {weights}. {cure}") from error
    except Exception as error:  # torch.load says what is wrong with a file in half a dozen ways
        raise SettingError(
            f"{weights} is no file of weights ({str(error)[:100] or type(error).__name__}). {cure}"
        ) from error
    with torch.device("meta"):
        network = Network()
    try:
        # Weights of before torch 0.4.1 do not count their batches, which matters in training alone
        counters = {name: torch.tensor(0) for name in network.state_dict() if name.endswith("num_batches_tracked")}
        network.load_state_dict(counters | state, assign=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise SettingError(f"The weights in {weights} do not fit Inception-v3 as FID uses it. {cure}") from error
    return network.eval().requires_grad_(requires_grad=False)


def _find(named: Path | None) -> Path:
    """The file of weights: the one named, that of the environment, the one downloaded before, or a fresh download."""
    if named is not None:
        return named
    if VARIABLE in os.environ:
        return Path(os.environ[VARIABLE])
    kept = Path(torch.hub.get_dir()) / "checkpoints" / FILE
    if not kept.exists():
        _download(kept)
    return kept


def _download(to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(URL, str(to), hash_prefix=HASH, progress=False)
    except RuntimeError as error:
        raise RunError(f"What was downloaded from {URL} is not the file expected ({error}). Try again.") from error
    except OSError as error:
        raise RunError(
            f"Inception's weights are not on this machine, and {URL} could not be downloaded ({error}). Fetch that "
            f"file on a machine that can, and name it in the environment variable {VARIABLE}; or take the features "
            "'efficientnet', which need no download."
        ) from error


EXTRACTOR = Inception
