"""The way from one sample to another as a film that goes there and back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ganforge.core.contracts import Domain

SIDE = 384
"""Pixels of the longer side, at most, where the samples themselves are not larger."""
FRAME_MS = 60
"""How long each picture stands; a GIF counts in 10 ms."""
HELD_MS = 600
"""How long the two ends stand."""


def film(domain: Domain, samples: npt.NDArray[Any]) -> bytes:
    """A GIF through these samples and back, over and over.

    Small pictures are enlarged by a whole number, so that pixels stay pixels. Where one sample alone is nothing to look
    at, each frame is the domain's preview of the way so far.

    Args:
        domain: whose samples they are.
        samples: decoded, two or more, in the order of the way.
    """
    if domain.singly:
        there = [_enlarged(Image.fromarray(sample)) for sample in samples]
    else:
        there = [domain.preview(samples[: at + 1]).convert("RGB") for at in range(len(samples))]
    durations = [HELD_MS, *[FRAME_MS] * (len(there) - 2), HELD_MS]
    frames = _with_one_palette(there)
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=[*frames[1:], *frames[-2:0:-1]],
        duration=[*durations, *durations[-2:0:-1]],
        loop=0,
        optimize=False,
    )
    return buffer.getvalue()


def _enlarged(picture: Image.Image) -> Image.Image:
    times = max(1, SIDE // max(picture.size))
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)


def _with_one_palette(frames: Sequence[Image.Image]) -> list[Image.Image]:
    """Frames with the same 256 colours, chosen over all of them: with a palette each, colours would flicker."""
    if frames[0].mode == "L":
        return list(frames)
    few = [frames[at] for at in np.linspace(0, len(frames) - 1, min(8, len(frames))).round().astype(int)]
    width, height = few[0].size
    sheet = Image.new("RGB", (width, height * len(few)))
    for at, frame in enumerate(few):
        sheet.paste(frame, (0, at * height))
    palette = sheet.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
