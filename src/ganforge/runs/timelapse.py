"""What a finished run shows of itself: the training as a film, and one picture to share."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganforge.runs.files import telling, write_whole

_MOST_FRAMES = 48
_COLOURS = 64  # of the whole film
_MOVING_SECONDS = 5.6
_HOLD_SECONDS = 2.0
_SIDE = 360  # pixels of a film's longer side, at most
_UNSEEN = 16  # of 255: in a moving picture, smaller changes of a pixel are not seen

_PAPER, _INK, _QUIET, _LINE = "#fbfaf7", "#22252b", "#80848c", "#d5d1c7"
_MARGIN, _GAP, _MOMENTS = 72, 14, 6
_GRID_SIDE, _LEAST_WIDTH = 1000, 640


def _silent(_: str) -> None:
    pass


def timelapse(frames: Sequence[Image.Image | Path], path: Path, *, tell: Callable[[str], None] = _silent) -> list[Path]:
    """A film of the fixed samples from noise to result: a GIF, and an MP4 beside it where ffmpeg is installed.

    Up to 48 frames, evenly chosen, pass in about 6 seconds; the last one stands for 2 more.

    Args:
        frames: pictures or their files, in order; files that cannot be read are left out.
        path: of the GIF; the MP4 has the same name with the suffix .mp4.
        tell: called with a sentence when the MP4 could not be made.

    Returns:
        The files written; none where there is no frame.

    Raises:
        RunError: the disk is full or refuses.
    """
    pictures = _read(_evenly(frames))
    if not pictures:
        return []
    size = _film_size(pictures[-1].size)
    film = [_resized(picture, size) for picture in pictures]
    frame_ms = 10 * round(min(50.0, max(6.0, 100 * _MOVING_SECONDS / len(film))))  # a GIF counts in 10 ms
    gif, mp4 = path.with_suffix(".gif"), path.with_suffix(".mp4")
    with telling(gif):
        gif.parent.mkdir(parents=True, exist_ok=True)
        write_whole(gif, _gif(film, frame_ms))
    return [gif, mp4] if _write_mp4(film, frame_ms, mp4, tell) else [gif]


def poster(title: str, subtitle: str, grid: Image.Image, frames: Sequence[Image.Image], path: Path) -> None:
    """One picture to share: the final grid, and below it how it came to be.

    Args:
        title: large, above the grid.
        subtitle: a small line below the title.
        grid: the final samples.
        frames: the fixed samples over the training, in order. Six are shown, more of the early ones, since most
            happens early.
        path: of the PNG.

    Raises:
        RunError: the disk is full or refuses.
    """
    large = _resized(grid, _fitting(grid.size, _GRID_SIDE))
    width = max(large.width, _LEAST_WIDTH)
    cell = (width - _GAP * (_MOMENTS - 1)) // _MOMENTS
    strip = [_resized(frame, _fitting(frame.size, cell)) for frame in _moments(frames)]
    strip_height = max((frame.height for frame in strip), default=0)
    head, foot = 112, strip_height + 92 if strip else 0
    page = Image.new("RGB", (width + 2 * _MARGIN, 2 * _MARGIN + head + large.height + foot), _PAPER)
    draw = ImageDraw.Draw(page)
    _write(draw, (_MARGIN, _MARGIN + 38), title, 46, _INK, width, anchor="ls")
    _write(draw, (_MARGIN, _MARGIN + 78), subtitle, 20, _QUIET, width, anchor="ls")
    top = _MARGIN + head
    page.paste(large, (_MARGIN + (width - large.width) // 2, top))
    _draw_strip(page, strip, top + large.height + 34, strip_height)
    _write(draw, (page.width - _MARGIN, page.height - 46), "made with Ganforge", 15, _QUIET, width, anchor="ra")
    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        page.save(buffer, "PNG", optimize=True)
        write_whole(path, buffer.getvalue())


def _draw_strip(page: Image.Image, strip: Sequence[Image.Image], top: int, height: int) -> None:
    """The moments in a row, spread over the width where there are six, and a line of time below them."""
    if not strip:
        return
    width = page.width - 2 * _MARGIN
    used = sum(frame.width for frame in strip)
    gap = (width - used) / (len(strip) - 1) if len(strip) == _MOMENTS else _GAP
    left = _MARGIN + (width - used - gap * (len(strip) - 1)) / 2
    x = left
    for frame in strip:
        page.paste(frame, (round(x), top))
        x += frame.width + gap
    right = round(x - gap) - 1
    draw = ImageDraw.Draw(page)
    line = top + height + 22
    draw.line((left, line, right, line), fill=_LINE, width=2)
    draw.polygon([(right, line), (right - 9, line - 5), (right - 9, line + 5)], fill=_LINE)
    _write(draw, (round(left), line + 10), "noise", 16, _QUIET, width)
    if len(strip) > 1:
        _write(draw, (right, line + 10), "result", 16, _QUIET, width, anchor="ra")


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, colour: str, width: int, anchor: str = "la"
) -> None:
    """One line of text, made smaller and then cut where it is too long for `width` pixels."""
    font = ImageFont.load_default(size)
    while size > 14 and draw.textlength(text, font) > width:
        size -= 2
        font = ImageFont.load_default(size)
    while len(text) > 1 and draw.textlength(text, font) > width:
        text = text.rstrip(".")[:-1] + "..."
    draw.text(at, text, font=font, fill=colour, anchor=anchor)


def _moments(frames: Sequence[Image.Image]) -> list[Image.Image]:
    """Up to six, the first and the last among them, closer together at the beginning."""
    if len(frames) <= _MOMENTS:
        return list(frames)
    last = len(frames) - 1
    places: list[int] = []
    for i in range(_MOMENTS):
        ideal = round(last * (i / (_MOMENTS - 1)) ** 1.7)
        places.append(max(ideal, places[-1] + 1 if places else 0))
    return [frames[place] for place in places]


def _evenly(frames: Sequence[Image.Image | Path]) -> list[Image.Image | Path]:
    count = min(len(frames), _MOST_FRAMES)
    return [frames[round(i * (len(frames) - 1) / max(1, count - 1))] for i in range(count)]


def _read(frames: Sequence[Image.Image | Path]) -> list[Image.Image]:
    pictures: list[Image.Image] = []
    for frame in frames:
        try:
            if isinstance(frame, Path):
                with Image.open(frame) as picture:
                    pictures.append(picture.convert("RGB"))
            else:
                pictures.append(frame.convert("RGB"))
        except (OSError, SyntaxError):  # Pillow raises SyntaxError for a broken PNG; a kill may have cut the file
            continue
    return pictures


def _film_size(size: tuple[int, int]) -> tuple[int, int]:
    """Even in both directions, as the usual video format wants it."""
    width, height = _fitting(size, _SIDE)
    return max(2, width - width % 2), max(2, height - height % 2)


def _fitting(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size whose longer side is at most `side`: a whole multiple of a smaller picture."""
    longer = max(size)
    if longer <= side:
        return size[0] * (side // longer), size[1] * (side // longer)
    return max(1, round(size[0] * side / longer)), max(1, round(size[1] * side / longer))


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    enlarged = size[0] >= picture.width and size[1] >= picture.height
    return picture.convert("RGB").resize(size, Image.Resampling.NEAREST if enlarged else Image.Resampling.LANCZOS)


def _gif(film: Sequence[Image.Image], frame_ms: int) -> bytes:
    """All frames with one palette: its colours come from some of them, the last above all."""
    width, height = film[0].size
    models = [film[0], film[len(film) // 2], film[-1], film[-1]]
    sheet = Image.new("RGB", (width, height * len(models)))
    for i, model in enumerate(models):
        sheet.paste(model, (0, i * height))
    palette = sheet.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    # Without dithering: its grain would differ from frame to frame, which flickers and takes three times the bytes
    first, *others = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in _steadied(film))
    durations = [frame_ms] * len(others) + [round(1000 * _HOLD_SECONDS)]
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False)
    return buffer.getvalue()


def _steadied(film: Sequence[Image.Image]) -> Iterator[Image.Image]:
    """The film without changes too small to be seen, which halves the bytes or better; the last frame is exact."""
    shown = np.asarray(film[0], np.int16)
    for frame in film[:-1]:
        now = np.asarray(frame, np.int16)
        changed = np.abs(now - shown).max(axis=2, keepdims=True) > _UNSEEN
        shown = np.where(changed, now, shown)
        yield Image.fromarray(shown.astype(np.uint8))
    yield film[-1]


def _write_mp4(film: Sequence[Image.Image], frame_ms: int, path: Path, tell: Callable[[str], None]) -> bool:
    """Whether an MP4 was made. Where ffmpeg is missing nothing is said; where it fails the user is told."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        return False
    width, height = film[0].size
    held = round(1000 * _HOLD_SECONDS / frame_ms)
    raw = b"".join(frame.tobytes() for frame in [*film, *[film[-1]] * held])
    aside = path.with_name(f".{path.stem}.tmp.mp4")
    command = [ffmpeg, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    command += ["-r", f"1000/{frame_ms}", "-i", "-", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(aside)]
    try:
        subprocess.run(command, input=raw, capture_output=True, check=True, timeout=120)
        aside.replace(path)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        tell(f"The film could not be made as MP4 ({''.join(last)}); the GIF is there.")
        aside.unlink(missing_ok=True)
        return False
    return True
