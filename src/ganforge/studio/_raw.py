"""Samples on the wire: pixels as bytes, never as files, so that nothing but the picture tells two of them apart."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from ganforge.core.contracts import Domain


class Pixels(BaseModel):
    """Pictures of one size, uint8."""

    kind: Literal["pixels"] = "pixels"
    n: int
    """How many pictures."""
    height: int
    """Pixels."""
    width: int
    """Pixels."""
    channels: int
    """1 = grey, 3 = RGB."""
    data: str
    """Base64 of n * height * width * channels bytes: picture by picture, row by row, channels innermost."""


class Rows(BaseModel):
    """Rows of numbers, in the units of the data, with one picture of all of them."""

    kind: Literal["rows"] = "rows"
    n: int
    """How many rows."""
    columns: list[str]
    """The columns' names."""
    rows: list[list[float | None]]
    """The numbers; None where one is not finite."""
    preview: Pixels
    """One RGB picture of all rows, drawn by the domain."""


Raw = Annotated[Pixels | Rows, Field(discriminator="kind")]
"""Samples, as a page draws them."""


def raw(domain: Domain, samples: npt.NDArray[Any], *, side: int | None = None) -> Pixels | Rows:
    """Decoded samples as they go to the page.

    Args:
        domain: whose samples they are.
        samples: as the domain decodes them: uint8 (n, h, w[, 3]) or numbers (n, columns).
        side: of the picture of all rows, in pixels, at most; None = as the domain draws it.
    """
    if domain.singly:
        return pixels(samples)
    return Rows(
        n=len(samples),
        columns=names_of(domain, samples.shape[1]),
        rows=[[value if np.isfinite(value) else None for value in row] for row in samples.tolist()],
        preview=drawn(domain, samples, side=side),
    )


def names_of(domain: Domain, count: int) -> list[str]:
    """Names of the columns of decoded samples."""
    named = [unit.name for unit in domain.units()]
    return named if len(named) == count else [f"column {at}" for at in range(1, count + 1)]


def pixels(pictures: npt.NDArray[np.uint8]) -> Pixels:
    """Pictures, uint8 (n, h, w) or (n, h, w, 3), as bytes."""
    channels = 1 if pictures.ndim == 3 else pictures.shape[3]
    data = base64.b64encode(np.ascontiguousarray(pictures).tobytes()).decode("ascii")
    return Pixels(n=len(pictures), height=pictures.shape[1], width=pictures.shape[2], channels=channels, data=data)


def drawn(domain: Domain, samples: npt.NDArray[Any], *, side: int | None = None) -> Pixels:
    """One RGB picture of all samples, as the domain draws them; with a `side`, no longer than so many pixels."""
    picture = domain.preview(samples).convert("RGB")
    if side is not None:
        picture.thumbnail((side, side))
    return pixels(np.asarray(picture)[None])


def unpacked(sent: Pixels) -> npt.NDArray[np.uint8]:
    """The pictures, uint8 (n, h, w) or (n, h, w, 3).

    Raises:
        ValueError: there are not as many bytes as the sizes say, or they are no base64.
    """
    shape = (sent.n, sent.height, sent.width) + ((sent.channels,) if sent.channels > 1 else ())
    return np.frombuffer(base64.b64decode(sent.data, validate=True), dtype=np.uint8).reshape(shape)
