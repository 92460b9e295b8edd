"""What a person would say of pictures: how bright, how sharp, where things lie, which colours."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.records import Trait

_LUMA = (0.299, 0.587, 0.114)
"""How bright red, green and blue look (ITU-R BT.601)."""
_COLOURS = ("red", "green", "blue")
_FAINT = 1e-3
"""Contrast (of 1) below which a picture is even: nothing in it is sharp or lies anywhere."""
_TOGETHER = 1024
"""Pictures measured at once."""


def looks(x: Float[Tensor, "n c h w"]) -> tuple[Trait, ...]:
    """Traits of pictures in [-1, 1], grey or RGB; numbers are shares of the full range, places shares of a side."""
    starts = range(0, max(1, len(x)), _TOGETHER)
    parts = [_measured(x[at : at + _TOGETHER].float().clamp(-1, 1).add(1).div(2)) for at in starts]
    values = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return tuple(Trait(name, values[name], *_WORDS[name]) for name in values)


_WORDS: dict[str, tuple[str, str, float]] = {
    "brightness": ("are darker than the data", "are brighter than the data", 0.01),
    "contrast": ("have less contrast than the data", "have more contrast than the data", 0.01),
    "sharpness": ("are blurrier than the data", "are sharper than the data", 0.02),
    "noise": ("have less grain than the data", "are noisier than the data", 0.01),
    "pixel pattern": ("show less of a pixel pattern than the data", "show a pattern of single pixels", 0.01),
    "horizontal place": ("lie further left than the data", "lie further right than the data", 0.01),
    "vertical place": ("lie higher than the data", "lie lower than the data", 0.01),
    "width": ("are narrower than the data", "are wider than the data", 0.01),
    "height": ("are less tall than the data", "are taller than the data", 0.01),
    "slant": ("lean further left than the data", "lean further right than the data", 0.02),
    "border": ("have less at the border than the data", "have more at the border than the data", 0.01),
    "colourfulness": ("are paler than the data", "are more colourful than the data", 0.01),
    "red": ("have too little red", "have too much red", 0.01),
    "green": ("have too little green", "have too much green", 0.01),
    "blue": ("have too little blue", "have too much blue", 0.01),
}
"""What is said of too little and of too much, and the smallest difference that could be noticed."""


def _measured(x: Float[Tensor, "n c h w"]) -> dict[str, Float[Tensor, "n"]]:
    light = torch.einsum("nchw,c->nhw", x, x.new_tensor(_LUMA)) if x.shape[1] == len(_LUMA) else x.mean(1)
    contrast = light.flatten(1).std(1, correction=0)
    return {
        "brightness": light.mean((1, 2)),
        "contrast": contrast,
        **_detail(light, contrast),
        **_places(light),
        **(_colours(x) if x.shape[1] == len(_COLOURS) else {}),
    }


def _detail(light: Float[Tensor, "n h w"], contrast: Float[Tensor, "n"]) -> dict[str, Float[Tensor, "n"]]:
    """How steeply the light changes from pixel to pixel, in contrasts; grain in even places; single-pixel patterns."""
    across, down = light.diff(dim=2), light.diff(dim=1)
    steep = (across.square().mean((1, 2)) + down.square().mean((1, 2))).sqrt()
    # What is left of the light without its slopes (Immerkaer 1996, doi:10.1006/cviu.1996.0060), where it is evenest
    rough = across.diff(dim=2).diff(dim=1).diff(dim=1).abs().flatten(1) / 6
    even = rough.quantile(0.5, dim=1)
    rows, columns = light.shape[1] // 2, light.shape[2] // 2
    blocks = light[:, : 2 * rows, : 2 * columns].reshape(-1, rows, 2, columns, 2).mean((1, 3))  # (n, 2, 2)
    pattern = (blocks - blocks.mean((1, 2), keepdim=True)).abs().amax((1, 2))
    return {
        "sharpness": torch.where(contrast > _FAINT, steep / contrast.clamp_min(_FAINT), 0.0),
        "noise": even,
        "pixel pattern": pattern,
    }


def _places(light: Float[Tensor, "n h w"]) -> dict[str, Float[Tensor, "n"]]:
    """Centre, extent and slant of what differs from the picture's most usual light, be it ink or light."""
    height, width = light.shape[1:]
    mass = (light - light.flatten(1).median(1).values[:, None, None]).abs()
    total = mass.sum((1, 2))
    filled = total > _FAINT * height * width
    share = torch.where(filled[:, None, None], mass / total.clamp_min(1e-12)[:, None, None], 1.0 / (height * width))
    x = (torch.arange(width) + 0.5) / width
    y = (torch.arange(height) + 0.5) / height
    centre_x, centre_y = share.sum(1) @ x, share.sum(2) @ y
    off_x, off_y = x - centre_x[:, None], y - centre_y[:, None]
    wide = (share.sum(1) * off_x.square()).sum(1)
    tall = (share.sum(2) * off_y.square()).sum(1)
    # Upwards is right: pictures count their rows from the top
    slant = -torch.einsum("nhw,nh,nw->n", share, off_y, off_x) / (wide * tall).sqrt().clamp_min(1e-6)
    edge = torch.ones(height, width, dtype=torch.bool)
    edge[1:-1, 1:-1] = False
    return {
        "horizontal place": centre_x,
        "vertical place": centre_y,
        "width": wide.clamp_min(0).sqrt(),
        "height": tall.clamp_min(0).sqrt(),
        "slant": slant,
        "border": mass[:, edge].mean(1),
    }


def _colours(x: Float[Tensor, "n 3 h w"]) -> dict[str, Float[Tensor, "n"]]:
    """How far the colours are from grey, and how much there is of each beyond the others."""
    grey = x.mean(1, keepdim=True)
    balance = (x - grey).mean((2, 3))
    colourful = (x.amax(1) - x.amin(1)).mean((1, 2))
    return {"colourfulness": colourful, **{name: balance[:, at] for at, name in enumerate(_COLOURS)}}
