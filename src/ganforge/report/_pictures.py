"""Pictures inside the page: as small as they can be without looking worse."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, features

from ganforge.report._html import Html, tag

_LOSSLESS_COSTS, _SMALL = 1.5, 20_000
"""Drawings and pixels that were enlarged stay exact where that takes at most so many times the bytes, or so few."""
_QUALITY = 86


@dataclass(frozen=True)
class Picture:
    """A picture as text, with what it shows in words."""

    uri: str
    width: int
    height: int
    alt: str


def embedded(image: Image.Image, alt: str, *, most: int = 1400) -> Picture:
    """The picture as a data URI: PNG for drawings, WebP (JPEG where that is not built in) for photographs.

    Args:
        image: any mode; what is transparent becomes white.
        alt: what it shows, for those who cannot see it.
        most: pixels of the longer side; a larger picture is made smaller.
    """
    plain = _on_white(image)
    longer = max(plain.size)
    if longer > most:
        size = (max(1, round(plain.width * most / longer)), max(1, round(plain.height * most / longer)))
        plain = plain.resize(size, Image.Resampling.LANCZOS)
    exact = _encoded(plain, "PNG")
    kind = "WEBP" if features.check("webp") else "JPEG"
    lossy = _encoded(plain, kind)
    name, data = ("PNG", exact) if len(exact) <= max(_SMALL, _LOSSLESS_COSTS * len(lossy)) else (kind, lossy)
    uri = f"data:image/{name.lower()};base64,{base64.b64encode(data).decode('ascii')}"
    return Picture(uri, plain.width, plain.height, alt)


def from_file(path: Path, alt: str, *, most: int = 1400) -> Picture | None:
    """A picture file, None where it is not there or damaged: a kill may have cut it."""
    try:
        with Image.open(path) as image:
            return embedded(image, alt, most=most)
    except (OSError, SyntaxError, ValueError):  # Pillow raises SyntaxError for a broken PNG
        return None


def shown(picture: Picture) -> Html:
    """The picture as an element that keeps its place free."""
    return tag(
        "img",
        attributes={
            "src": picture.uri,
            "alt": picture.alt,
            "width": str(picture.width),
            "height": str(picture.height),
        },
    )


def evenly(items: Sequence[Path], most: int) -> list[Path]:
    """At most `most` of them, the first and the last among them."""
    count = min(len(items), most)
    return [items[round(at * (len(items) - 1) / max(1, count - 1))] for at in range(count)]


def _on_white(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        sheet = Image.new("RGBA", image.size, "white")
        sheet.alpha_composite(image.convert("RGBA"))
        return sheet.convert("RGB")
    return image if image.mode == "L" else image.convert("RGB")


def _encoded(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    match kind:
        case "PNG":
            image.save(file, kind)  # trying for the last percent of the bytes would take ten times as long
        case "WEBP":
            image.save(file, kind, quality=_QUALITY, method=4)
        case _:
            image.save(file, kind, quality=_QUALITY, optimize=True)
    return file.getvalue()
