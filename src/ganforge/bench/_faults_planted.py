"""What `bench faults` does to real items: each function is given them and a strength, and returns them spoilt."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ganforge.core.seeding import Draws

_BREATH = 0.0003
"""Standard deviations: less than between neighbours of dense points."""


@dataclass(frozen=True)
class Material:
    """What a fault is planted in."""

    x: Float[Tensor, "k ..."]
    """Real items, as networks see them: pictures in [-1, 1], numbers standardised."""
    labels: Int[Tensor, "k"] | None
    training: Float[Tensor, "m ..."]
    kinds: Int[Tensor, "k"] | None
    """Which cluster each belongs to, where clusters are known."""
    draws: Draws

    def some(self, share: float) -> Tensor:
        """True for about this share of the items, at least one."""
        order = self.draws.permutation(len(self.x))
        return order < max(1, round(share * len(self.x)))


def missing_classes(m: Material, count: float) -> Tensor:
    """The last `count` classes do not occur."""
    if m.labels is None:
        raise AssertionError("has classes")
    return m.x[m.labels < m.labels.max() + 1 - int(count)]


def disobeyed_class(m: Material, share: float) -> Tensor:
    """Who asks for the last class gets, so often, another one."""
    if m.labels is None:
        raise AssertionError("has classes")
    wrong = (m.labels == m.labels.max()) & (m.draws.uniform(len(m.x)) < share)
    others = m.x[m.labels < m.labels.max()]
    made = m.x.clone()
    made[wrong] = others[m.draws.integers(len(others), int(wrong.sum()))]
    return made


def shuffled_classes(m: Material, share: float) -> Tensor:
    """So many samples are of any class instead of the one asked for."""
    rows = m.some(share).nonzero()[:, 0]
    made = m.x.clone()
    made[rows] = m.x[rows[m.draws.permutation(len(rows))]]
    return made


def rare_class(m: Material, share: float) -> Tensor:
    """Of the last class, only this share is left."""
    if m.labels is None:
        raise AssertionError("has classes")
    return m.x[(m.labels < m.labels.max()) | (m.draws.uniform(len(m.x)) < share)]


def missing_clusters(m: Material, count: float) -> Tensor:
    """The first `count` clusters do not occur."""
    if m.kinds is None:
        raise AssertionError("has clusters")
    return m.x[m.kinds >= count]


def missing_region(m: Material, share: float) -> Tensor:
    """All items around one of them are missing: this share of all, the nearest to it."""
    far = (m.x - m.x[0]).flatten(1).square().sum(1)
    return m.x[far > far.quantile(share)]


def duplicates(m: Material, share: float) -> Tensor:
    """So few different samples, each repeated, in random order."""
    different = max(1, round(share * len(m.x)))
    return m.x[m.draws.permutation(len(m.x)) % different]


def near_duplicates(m: Material, share: float) -> Tensor:
    """The same, but no two are alike to the bit."""
    return _breathed_on(duplicates(m, share), m.draws)


def collapse_to_one(m: Material, noise: float) -> Tensor:
    """One item, again and again, with noise."""
    return m.x[:1] + noise * m.draws.normal(*m.x.shape)


def copies(m: Material, share: float) -> Tensor:
    """So many samples are training items."""
    rows = m.some(share)
    made = m.x.clone()
    made[rows] = m.training[m.draws.permutation(len(m.training))[: int(rows.sum())]]
    return made


def near_copies(m: Material, share: float) -> Tensor:
    """The same, but the copies are not exact to the bit."""
    made = copies(m, share)
    copied = (made != m.x).flatten(1).any(1)
    made[copied] = _breathed_on(made[copied], m.draws)
    return made


def _breathed_on(x: Tensor, draws: Draws) -> Tensor:
    """Changed so little that nobody would see it: pictures by JPEG, each at its own quality, numbers by some noise."""
    if x.dim() == 2:
        return x + _BREATH * draws.normal(*x.shape)
    qualities = (85 + draws.integers(11, len(x))).tolist()
    pixels = ((x + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
    again = [_jpeg(picture.squeeze(), quality) for picture, quality in zip(pixels, qualities, strict=True)]
    return torch.from_numpy(np.stack(again)).reshape(pixels.shape).permute(0, 3, 1, 2).float() / 127.5 - 1


def _jpeg(picture: npt.NDArray[np.uint8], quality: int) -> npt.NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Image.open(file))


def half_mixed(m: Material, share: float) -> Tensor:
    """So many samples are the mean of two items."""
    rows = m.some(share).nonzero()[:, 0]
    made = m.x.clone()
    made[rows] = (m.x[rows] + m.x[rows.roll(1)]) / 2
    return made


def towards_the_mean(m: Material, share: float) -> Tensor:
    """All samples move this share of the way to the mean of all."""
    return m.x + share * (m.x.mean(0) - m.x)


def blur(m: Material, sigma: float) -> Tensor:
    """A Gaussian of so many pixels."""
    reach = max(1, round(3 * sigma))
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    weights = weights / weights.sum()
    channels = m.x.shape[1]
    framed = F.pad(m.x, (reach, reach, reach, reach), mode="replicate")
    across = F.conv2d(framed, weights.reshape(1, 1, 1, -1).repeat(channels, 1, 1, 1), groups=channels)
    return F.conv2d(across, weights.reshape(1, 1, -1, 1).repeat(channels, 1, 1, 1), groups=channels)


def noise(m: Material, sigma: float) -> Tensor:
    """Gaussian, of a range of 2."""
    return (m.x + sigma * m.draws.normal(*m.x.shape)).clamp(-1, 1)


def specks(m: Material, share: float) -> Tensor:
    """So many pixels are black or white."""
    dice = m.draws.uniform(len(m.x), 1, *m.x.shape[2:])
    return torch.where(dice < share / 2, -1.0, torch.where(dice > 1 - share / 2, 1.0, m.x))


def shift(m: Material, pixels: float) -> Tensor:
    """To the right; what lies at the left border is repeated."""
    by = int(pixels)
    return F.pad(m.x, (by, 0, 0, 0), mode="replicate")[..., : m.x.shape[3]]


def lift(m: Material, pixels: float) -> Tensor:
    """Upwards; what lies at the bottom is repeated."""
    by = int(pixels)
    return F.pad(m.x, (0, 0, 0, by), mode="replicate")[:, :, by:]


def zoom(m: Material, factor: float) -> Tensor:
    """The middle, enlarged."""
    turn = torch.tensor([[1 / factor, 0.0, 0.0], [0.0, 1 / factor, 0.0]]).expand(len(m.x), 2, 3)
    grid = F.affine_grid(turn, list(m.x.shape), align_corners=False)
    return F.grid_sample(m.x, grid, padding_mode="border", align_corners=False)


def mirrored(m: Material, share: float) -> Tensor:
    """Left and right are exchanged in so many."""
    rows = m.some(share).reshape(-1, 1, 1, 1)
    return torch.where(rows, m.x.flip(3), m.x)


def turned(m: Material, share: float) -> Tensor:
    """So many lie on their side."""
    rows = m.some(share).reshape(-1, 1, 1, 1)
    return torch.where(rows, m.x.rot90(1, (2, 3)), m.x)


def inverted(m: Material, share: float) -> Tensor:
    """Black and white are exchanged in so many."""
    rows = m.some(share).reshape(-1, 1, 1, 1)
    return torch.where(rows, -m.x, m.x)


def low_contrast(m: Material, factor: float) -> Tensor:
    """The range of light is so much smaller."""
    middle = m.x.mean((1, 2, 3), keepdim=True)
    return middle + factor * (m.x - middle)


def brighter(m: Material, by: float) -> Tensor:
    """Of a range of 2."""
    return (m.x + by).clamp(-1, 1)


def blank(m: Material, share: float) -> Tensor:
    """So many are one even grey."""
    rows = m.some(share).reshape(-1, 1, 1, 1)
    return torch.where(rows, torch.zeros(()), m.x)


def only_noise(m: Material, share: float) -> Tensor:
    """So many are noise and nothing else."""
    rows = m.some(share).reshape(-1, 1, 1, 1)
    return torch.where(rows, 2 * m.draws.uniform(*m.x.shape) - 1, m.x)


def checkerboard(m: Material, strength: float) -> Tensor:
    """Every other pixel is brighter, as transposed convolutions make it."""
    height, width = m.x.shape[2:]
    sign = 1.0 - 2.0 * ((torch.arange(height)[:, None] + torch.arange(width)) % 2)
    return (m.x + strength * sign).clamp(-1, 1)


def pixelated(m: Material, factor: float) -> Tensor:
    """Blocks of one colour."""
    small = F.avg_pool2d(m.x, int(factor), ceil_mode=True)
    return F.interpolate(small, scale_factor=float(int(factor)), mode="nearest")[:, :, : m.x.shape[2], : m.x.shape[3]]


def posterised(m: Material, levels: float) -> Tensor:
    """So few shades."""
    return (((m.x + 1) / 2 * (levels - 1)).round() / (levels - 1)) * 2 - 1


def patch(m: Material, side: float) -> Tensor:
    """The same bright square in every picture."""
    made = m.x.clone()
    made[:, :, 2 : 2 + int(side), 2 : 2 + int(side)] = 1.0
    return made


def framed(m: Material, value: float) -> Tensor:
    """A border of one pixel."""
    made = m.x.clone()
    for edge in (made[..., 0], made[..., -1], made[:, :, 0], made[:, :, -1]):
        edge.fill_(value)
    return made


def more_red(m: Material, by: float) -> Tensor:
    """Of a range of 2."""
    return (m.x + by * torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)).clamp(-1, 1)


def swapped_colours(m: Material, share: float) -> Tensor:
    """Red and blue are exchanged in so many."""
    rows = m.some(share).reshape(-1, 1, 1, 1)
    return torch.where(rows, m.x.flip(1), m.x)


def paler(m: Material, share: float) -> Tensor:
    """Colours this share of the way to grey."""
    return m.x + share * (m.x.mean(1, keepdim=True) - m.x)


def spread_clusters(m: Material, factor: float) -> Tensor:
    """Each cluster is so many times as wide."""
    if m.kinds is None:
        raise AssertionError("has clusters")
    made = m.x.clone()
    for kind in sorted(set(m.kinds.tolist())):
        rows = m.kinds == kind
        middle = m.x[rows].mean(0)
        made[rows] = middle + factor * (m.x[rows] - middle)
    return made


def bridges(m: Material, share: float) -> Tensor:
    """So many lie somewhere on the way from one item to another."""
    rows = m.some(share).nonzero()[:, 0]
    way = m.draws.uniform(len(rows), 1)
    made = m.x.clone()
    made[rows] = m.x[rows] + way * (m.x[rows.roll(1)] - m.x[rows])
    return made


def outliers(m: Material, share: float) -> Tensor:
    """So many lie far outside."""
    rows = m.some(share).reshape(-1, 1)
    return torch.where(rows, 6 * m.x, m.x)


def rotated_cloud(m: Material, degrees: float) -> Tensor:
    """The first two columns are turned."""
    angle = torch.tensor(degrees).deg2rad()
    made = m.x.clone()
    made[:, 0] = angle.cos() * m.x[:, 0] - angle.sin() * m.x[:, 1]
    made[:, 1] = angle.sin() * m.x[:, 0] + angle.cos() * m.x[:, 1]
    return made


def wrong_scale(m: Material, factor: float) -> Tensor:
    """The second column varies so many times as much."""
    made = m.x.clone()
    made[:, 1] = factor * made[:, 1]
    return made


def wrong_place(m: Material, by: float) -> Tensor:
    """The first column is so many standard deviations too high."""
    made = m.x.clone()
    made[:, 0] += by
    return made


def broken_correlation(m: Material, share: float) -> Tensor:
    """The first column is shuffled among so many rows."""
    rows = m.some(share).nonzero()[:, 0]
    made = m.x.clone()
    made[rows, 0] = m.x[rows[m.draws.permutation(len(rows))], 0]
    return made


def reversed_correlation(m: Material, share: float) -> Tensor:
    """The first column is mirrored around its mean in so many rows."""
    made = m.x.clone()
    made[:, 0] = torch.where(m.some(share), -made[:, 0], made[:, 0])
    return made


def cut_tails(m: Material, reach: float) -> Tensor:
    """No column goes farther than so many standard deviations."""
    return m.x.clamp(-reach, reach)


def one_value(m: Material, share: float) -> Tensor:
    """The third column has the same value in so many rows."""
    made = m.x.clone()
    made[:, 2] = torch.where(m.some(share), made[0, 2], made[:, 2])
    return made
