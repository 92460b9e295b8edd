"""One encoded picture made pixels: recognised by content, bounded in memory, or refused with a reason."""

from __future__ import annotations

import io
import logging
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import IO

import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

MAX_PIXELS = 64_000_000
"""A picture that claims more is refused before it is decoded."""
MAX_BYTES = 512_000_000
"""A file larger than this is refused before it is read."""
LARGE_PIXELS = 8_000_000
"""Pictures of more pixels than this are decoded one at a time, so that memory stays bounded on many cores."""

BinaryFile = io.BytesIO | io.BufferedReader | io.BufferedRandom
"""An open file of bytes, seekable."""

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_OPENERS: dict[str, Callable[[IO[bytes]], ImageFile.ImageFile]] = {
    # The formats' own classes instead of Image.open: no other format can slip in, and the size is judged here.
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "GIF": GifImagePlugin.GifImageFile,
}
FORMATS = tuple(_OPENERS)


class Unreadable(Exception):
    """A picture cannot be read; the text is the reason. Never leaves this room: it becomes a `Skipped`."""


class NoPicture(Exception):
    """Something is no picture at all, by content and by name."""


def kind_of(start: bytes) -> str | None:
    """The format whose file starts with these (at least 32) bytes; None = none of those that are read."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if start.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP"
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if start[:2] == b"BM" and start[14:18] in {struct.pack("<I", n) for n in (12, 40, 52, 56, 64, 108, 124)}:
        return "BMP"  # "BM" alone begins many a text; the size of the second header does not follow by chance
    return None


def read_size(file: BinaryFile) -> tuple[int, int]:
    """Width and height of a picture as it is to be looked at, from its header.

    Raises:
        Unreadable: it is of no known format, damaged, or larger than `MAX_PIXELS`.
    """
    kind = _kind(file)
    with reasons(kind):
        start = file.read(30)
        file.seek(0)
        picture = None if kind == "WebP" else _OPENERS[kind](file)  # WebP's opener would allocate the canvas
        width, height = _webp_size(start) if picture is None else picture.size
        if width * height > MAX_PIXELS:
            raise Unreadable(
                f"{width} x {height} pixels are more than {MAX_PIXELS // 1_000_000} megapixels; scale it down first"
            )
        if width < 1 or height < 1:
            raise Unreadable(f"{kind} file of {width} x {height} pixels")
        # Asked only now and only of what is in the header: without it, Pillow would decode all of a PNG to find it.
        if kind == "WebP" and start[12:16] == b"VP8X" and start[20] & 0x08:  # it has EXIF data
            picture = _OPENERS[kind](file)
        turned = picture is not None and "exif" in picture.info and orientation_of(picture) >= 5
        return (height, width) if turned else (width, height)


def read_picture(file: BinaryFile, height: int, width: int, large: threading.Lock) -> npt.NDArray[np.uint8]:
    """Decode, turn as its EXIF data say, scale to cover height x width, and crop to the middle.

    Alpha is composited on white; CMYK and palettes become RGB; more than 8 bits are scaled, not clipped.

    Args:
        file: seekable, at its start.
        height, width: of the result, in pixels.
        large: held while a picture of more than `LARGE_PIXELS` is decoded.

    Returns:
        (height, width, 1) where the picture is grey in content, else (height, width, 3).

    Raises:
        Unreadable: as `read_size`; also truncated files.
    """
    full = read_size(file)
    file.seek(0)
    kind = _kind(file)
    turn: AbstractContextManager[object] = large if full[0] * full[1] > LARGE_PIXELS else nullcontext()
    with turn, reasons(kind):
        picture = _OPENERS[kind](file)
        side = 2 * max(height, width)
        picture.draft(None, (side, side))  # JPEG: decodes at 1/2, 1/4 or 1/8 where that is still more than enough
        picture.load()
        return fit(plain(picture, orientation_of(picture)), height, width)


def plain(picture: Image.Image, orientation: int = 1) -> Image.Image:
    """Any picture as mode L or RGB: alpha on white, more than 8 bits scaled, turned by its EXIF orientation."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        flat = Image.fromarray(_eight_bits(picture))
    elif picture.has_transparency_data:
        flat = _on_white(picture)
    else:
        flat = picture if picture.mode in ("L", "RGB") else picture.convert("L" if picture.mode == "1" else "RGB")
    return flat.transpose(_TURNS[orientation]) if orientation in _TURNS else flat


def fit(picture: Image.Image, height: int, width: int) -> npt.NDArray[np.uint8]:
    """An L or RGB picture scaled to cover height x width, antialiased, and cropped to the middle.

    Returns:
        (height, width, 1) where it is grey in content, else (height, width, 3).
    """
    if picture.size != (width, height):
        shrink = min(picture.width / width, picture.height / height)
        if shrink >= 6:  # box averaging first: as good where 3 pixels a pixel remain, and much faster
            picture = picture.reduce(int(shrink / 3))
        method = Image.Resampling.LANCZOS if shrink > 1 else Image.Resampling.BICUBIC
        picture = ImageOps.fit(picture, (width, height), method=method)
    return without_colour(np.array(picture, dtype=np.uint8).reshape(height, width, -1))


def without_colour(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(h, w, 3) pixels as (h, w, 1) if all three channels are the same; others unchanged."""
    if pixels.shape[-1] == 3 and bool(np.all(pixels == pixels[..., :1])):
        return np.ascontiguousarray(pixels[..., :1])
    return pixels


def scale_of(low: float, high: float) -> tuple[float, float] | None:
    """How numbers between `low` and `high` become 0 to 255: (offset, factor); None = their range is no usual one.

    Usual are [0, 1], [-1, 1], [0, 255] and [0, 65535].
    """
    if low >= 0 and high <= 1:
        return 0.0, 255.0
    if low >= -1 and high <= 1:
        return 1.0, 127.5
    if low >= 0 and high <= 255:
        return 0.0, 1.0
    if low >= 0 and high <= 65535:
        return 0.0, 255.0 / 65535.0
    return None


def _on_white(picture: Image.Image) -> Image.Image:
    flat = Image.new("RGB", picture.size)
    for top in range(0, picture.height, 256):  # in strips: whole copies of 64 megapixels are 256 MB each
        box = (0, top, picture.width, min(top + 256, picture.height))
        clear = picture.crop(box).convert("RGBA")
        flat.paste(Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB"), box)
    return flat


def _eight_bits(picture: Image.Image) -> npt.NDArray[np.uint8]:
    deep = np.asarray(picture)
    whole = picture.mode != "F"
    low, high = float(deep.min()), float(deep.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise Unreadable("it holds numbers that are not finite")
    if picture.mode.startswith("I;16"):
        offset, factor = 0.0, 255.0 / 65535.0
    elif whole and low >= 0 and high <= 1:  # whole numbers 0 and 1 of 32 bits are dark, not black and white
        offset, factor = 0.0, 1.0
    else:  # an unusual range is stretched
        offset, factor = scale_of(low, high) or (-low, 255.0 / max(high - low, 1e-300))
    out = np.empty(deep.shape, dtype=np.uint8)
    for top in range(0, deep.shape[0], 256):  # in strips: a float64 copy of 64 megapixels would be 512 MB
        strip = (deep[top : top + 256].astype(np.float64) + offset) * factor
        out[top : top + 256] = np.clip(np.rint(strip), 0, 255)
    return out


def _kind(file: BinaryFile) -> str:
    start = file.read(32)
    file.seek(0)
    kind = kind_of(start)
    if kind is None:
        raise Unreadable(other_kind(start) if start else "the file is empty")
    return kind


def other_kind(start: bytes) -> str:
    """Why a file that starts so is not read."""
    if start[4:8] == b"ftyp":
        name = start[8:12].decode("ascii", "replace")
        return f"pictures of the kind '{name}' (HEIC, AVIF) are not read; convert it to PNG or JPEG"
    return f"its content is none of {', '.join(FORMATS)}"


def orientation_of(picture: Image.Image) -> int:
    """How EXIF says that it is to be turned, 1 to 8; 1 = not at all."""
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
        return value if isinstance(value, int) else 1
    except Exception:  # noqa: BLE001  damaged EXIF data can raise nearly anything, and are no reason to lose the picture
        return 1


def _webp_size(start: bytes) -> tuple[int, int]:
    """Canvas of a WebP file from its first 30 bytes (RFC 9649)."""
    chunk = start[12:16]
    if chunk == b"VP8X" and len(start) >= 30:
        return int.from_bytes(start[24:27], "little") + 1, int.from_bytes(start[27:30], "little") + 1
    if chunk == b"VP8L" and len(start) >= 25:
        bits = int.from_bytes(start[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and len(start) >= 30:
        width, height = struct.unpack("<HH", start[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise Unreadable("damaged WebP file (no size in its header)")


@contextmanager
def reasons(kind: str) -> Iterator[None]:
    """Whatever a decoder raises, as `Unreadable` with a reason."""
    try:
        yield
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable("it needs more memory than there is") from error
    except Exception as error:  # a damaged file can make a decoder raise nearly anything, asserts included
        text = " ".join(str(error).split())[:120]
        if "truncated" in text.lower() or isinstance(error, EOFError | struct.error | IndexError):
            raise Unreadable(f"truncated {kind} file") from error
        raise Unreadable(f"damaged {kind} file ({text or type(error).__name__})") from error


class _Quiet:
    """Silences Pillow's warnings and log lines while anyone is inside. (What libtiff prints in C still comes through.)

    Python's filters belong to the process, so that nested or overlapping `catch_warnings` of several threads
    would restore each other's; the first in saves them and the last out restores them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._catch: warnings.catch_warnings[None] | None = None
        self._handler = logging.NullHandler()  # keeps Python from printing what no other handler takes

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if self._inside == 0:
                self._catch = warnings.catch_warnings()
                self._catch.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\b")
                logging.getLogger("PIL").addHandler(self._handler)
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0 and self._catch is not None:
                    self._catch.__exit__(None, None, None)
                    self._catch = None
                    logging.getLogger("PIL").removeHandler(self._handler)


quiet = _Quiet()
"""`with quiet():` around the decoding of many pictures, in the thread that starts the others."""
