"""Fuzz: damaged pictures (cut, bits flipped, huge headers, bombs, wrong suffix) must be read or skipped by name."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from ganforge.core.contracts import DataOptions
from ganforge.data._opening import open_source

MEMORY_LIMIT_MB = 2000
"""Peak resident memory allowed, torch itself (some 250 MB) included."""
_SECONDS_A_FILE = 0.2
_ADDRESSES = 8 * 2**30
_FORMS = (
    *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
    *(("WEBP", mode) for mode in ("RGB", "RGBA")),
    *(("BMP", mode) for mode in ("1", "L", "P", "RGB")),
    *(("TIFF", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F")),
    *(("GIF", mode) for mode in ("L", "P")),
)
_SUFFIX = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "BMP": ".bmp", "TIFF": ".tif", "GIF": ".gif"}


@dataclass(frozen=True)
class Outcome:
    """What became of fuzzed files."""

    files: int
    read: int
    skipped: int
    """By name, with a reason."""
    lost: int
    """Neither read nor skipped by name."""
    crashed: tuple[str, ...]
    hung: tuple[str, ...]
    peak_mb: float
    """Of resident memory, the whole process."""
    noise: str
    """Warnings and log lines that leaked to the error output, and the traceback of a crash."""
    native_lines: int
    """Lines that the C library libtiff printed of its own accord; Python cannot silence them safely."""
    reasons: Mapping[str, int]
    """How often each reason was given, numbers in them left out."""

    @property
    def passed(self) -> bool:
        """No crash, no hang, nothing lost, nothing leaked, memory below the limit."""
        return not (self.crashed or self.hung or self.lost or self.noise) and self.peak_mb <= MEMORY_LIMIT_MB


def run(*, count: int = 2000, seed: int = 0) -> None:
    """Whether damaged pictures can crash, hang or bloat the opening of a folder, or get lost in it.

    Args:
        count: fuzzed files.
        seed: of the fuzzing.
    """
    outcome = measure(make_files(count, seed))
    table = Table("what", "measured", "wanted", title=f"{count:,} fuzzed pictures, seed {seed}")
    table.add_row("read", f"{outcome.read:,}", "")
    table.add_row("skipped by name", f"{outcome.skipped:,}", "")
    table.add_row("neither", f"{outcome.lost:,}", "0")
    table.add_row("crashed", ", ".join(outcome.crashed) or "0", "0")
    table.add_row("hung", ", ".join(outcome.hung) or "0", "0")
    table.add_row("peak memory", f"{outcome.peak_mb:,.0f} MB", f"at most {MEMORY_LIMIT_MB:,} MB")
    table.add_row("warnings leaked", f"{len(outcome.noise.splitlines())} lines", "0 lines")
    table.add_row("printed by libtiff itself", f"{outcome.native_lines} lines", "")
    console = Console()
    console.print(table)
    for reason, times in Counter(dict(outcome.reasons)).most_common(12):
        console.print(f"{times:6,}  {reason}", markup=False)
    console.print("passed" if outcome.passed else f"NOT passed {outcome.noise[:500]}", markup=False)


def make_files(count: int, seed: int) -> dict[str, bytes]:
    """Fuzzed files by name, in turn cut, flipped, given a huge header, bombs, wrongly named; always the same."""
    rng = random.Random(seed)
    kinds = (_cut, _flipped, _huge, _bomb, _misnamed)
    files = {}
    for index in range(count):
        form, mode = rng.choice(_FORMS)
        damage = kinds[index % len(kinds)]
        suffix, content = damage(_valid(form, mode, rng), form, rng)
        files[f"{index:05d}-{damage.__name__.strip('_')}-{mode.replace(';', '')}{suffix}"] = content
    return files


def measure(files: Mapping[str, bytes]) -> Outcome:
    """Open a folder of these files and as many sound ones (damage to more than half stops a training) in a process."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "pictures")
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        sound = len(files) + 2
        for index in range(sound):
            Image.new("L", (16, 16), index % 256).save(folder / f"sound-{index:05d}.png")
        try:
            done = subprocess.run(
                [sys.executable, "-m", "ganforge.bench.fuzz", str(folder), str(Path(place, "cache"))],
                capture_output=True,
                text=True,
                timeout=60 + _SECONDS_A_FILE * len(files),
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _narrowed(files, hung=True)
    if done.returncode != 0:
        return _narrowed(files, hung=False, noise=done.stderr)
    said = json.loads(done.stdout)
    skipped = [(name, reason) for name, reason in said["skipped"] if name in files]
    read = said["count"] - sound
    reasons = Counter("".join("#" if letter.isdigit() else letter for letter in reason) for _, reason in skipped)
    return Outcome(
        files=len(files),
        read=read,
        skipped=len(skipped),
        lost=len(files) - read - len(skipped),
        crashed=(),
        hung=(),
        peak_mb=said["peak_mb"],
        noise=said["noise"],
        native_lines=len(done.stderr.splitlines()),
        reasons=reasons,
    )


def _narrowed(files: Mapping[str, bytes], *, hung: bool, noise: str = "") -> Outcome:
    """Halve until the culprit is known by name."""
    names = list(files)
    if len(names) == 1:
        return Outcome(1, 0, 0, 0, () if hung else (names[0],), (names[0],) if hung else (), 0.0, noise, 0, {})
    half = len(names) // 2
    a, b = (measure({name: files[name] for name in part}) for part in (names[:half], names[half:]))
    return Outcome(
        a.files + b.files,
        a.read + b.read,
        a.skipped + b.skipped,
        a.lost + b.lost,
        a.crashed + b.crashed,
        a.hung + b.hung,
        max(a.peak_mb, b.peak_mb),
        a.noise + b.noise,
        a.native_lines + b.native_lines,
        Counter(dict(a.reasons)) + Counter(dict(b.reasons)),
    )


def _valid(form: str, mode: str, rng: random.Random) -> bytes:
    """A sound picture of random size and content."""
    height, width = rng.randint(1, 90), rng.randint(1, 90)
    noise = np.random.default_rng(rng.getrandbits(32))
    if mode in ("I;16", "I", "F"):
        kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        picture = Image.fromarray(noise.integers(0, 60_000, (height, width)).astype(kind))
    else:
        coarse = Image.fromarray(noise.integers(0, 256, (6, 6, 4), dtype=np.uint8)).resize((width, height))
        picture = coarse.convert("RGB").convert(mode) if mode in ("1", "P", "CMYK") else coarse.convert(mode)
    file = io.BytesIO()
    if form == "TIFF":
        compression = rng.choice((None, "tiff_lzw", "tiff_adobe_deflate", "packbits"))
        picture.save(file, form, compression=compression)
    elif form == "JPEG" and rng.random() < 0.5:
        exif = Image.Exif()
        exif[0x0112] = rng.randint(1, 8)
        picture.save(file, form, exif=exif, progressive=rng.random() < 0.5)
    else:
        picture.save(file, form)
    return file.getvalue()


def _cut(content: bytes, form: str, rng: random.Random) -> tuple[str, bytes]:
    return _SUFFIX[form], content[: rng.randrange(len(content))]


def _flipped(content: bytes, form: str, rng: random.Random) -> tuple[str, bytes]:
    damaged = bytearray(content)
    reach = len(damaged) if rng.random() < 0.5 else min(len(damaged), 128)  # half of them in the header
    for _ in range(rng.choice((1, 2, 8, 64))):
        damaged[rng.randrange(reach)] ^= 1 << rng.randrange(8)
    return _SUFFIX[form], bytes(damaged)


def _huge(content: bytes, form: str, rng: random.Random) -> tuple[str, bytes]:
    """The header claims many more pixels than there are."""
    damaged = bytearray(content)
    width, height = (rng.choice((4000, 7900, 16383, 65535, 2**24, 2**31 - 1)) for _ in range(2))
    if form == "PNG":
        damaged[16:24] = struct.pack(">II", width, height)
        damaged[29:33] = struct.pack(">I", zlib.crc32(damaged[12:29]))
    elif form == "BMP":
        damaged[18:26] = struct.pack("<ii", width, height)
    elif form == "GIF":
        damaged[6:10] = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
    elif form == "WEBP":
        at = 26 if damaged[12:16] == b"VP8 " else 21
        damaged[at : at + 4] = struct.pack("<HH", width & 0x3FFF, height & 0x3FFF)
    elif form == "JPEG":
        marker = next(at for at in range(len(damaged)) if damaged[at] == 0xFF and damaged[at + 1] in (0xC0, 0xC2))
        damaged[marker + 5 : marker + 9] = struct.pack(">HH", height & 0xFFFF, width & 0xFFFF)
    else:
        start = struct.unpack("<I", damaged[4:8])[0]
        entries = struct.unpack("<H", damaged[start : start + 2])[0]
        for at in range(start + 2, start + 2 + 12 * entries, 12):
            tag = struct.unpack("<H", damaged[at : at + 2])[0]
            if tag in (256, 257, 278) or rng.random() < 0.1:  # width, height, rows in a strip
                damaged[at + 2 : at + 4] = struct.pack("<H", 4)
                damaged[at + 8 : at + 12] = struct.pack("<I", width if tag == 256 else height)
    return _SUFFIX[form], bytes(damaged)


def _bomb(content: bytes, form: str, rng: random.Random) -> tuple[str, bytes]:
    """A small sound file of very many pixels; one in sixteen just below what is decoded."""
    make = _largest_allowed if rng.random() < 1 / 16 else rng.choice(_BOMBS)
    return make()


@cache
def _largest_allowed() -> tuple[str, bytes]:
    return ".png", _png(7990, 7990, 6)


@cache
def _png_bomb() -> tuple[str, bytes]:
    return ".png", _png(10_000, 10_000, 0)


@cache
def _gif_bomb() -> tuple[str, bytes]:
    file = io.BytesIO()
    Image.new("P", (9_000, 9_000)).save(file, "GIF")
    return ".gif", file.getvalue()


@cache
def _tiff_bomb() -> tuple[str, bytes]:
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "TIFF", compression="group4")
    return ".tif", file.getvalue()


@cache
def _text_bomb() -> tuple[str, bytes]:
    """A tiny PNG whose compressed comment unpacks to 20 MB."""
    text = _chunk(b"zTXt", b"comment\0\0" + zlib.compress(bytes(20_000_000), 9))
    sound = _png(8, 8, 0)
    return ".png", sound[:33] + text + sound[33:]


_BOMBS: tuple[Callable[[], tuple[str, bytes]], ...] = (_png_bomb, _gif_bomb, _tiff_bomb, _text_bomb)


def _png(width: int, height: int, colour: int) -> bytes:
    """A black PNG, made without holding its pixels; colour type 0 = grey, 6 = RGB with alpha."""
    line = bytes(1 + width * (4 if colour == 6 else 1))
    packer = zlib.compressobj(1)
    data = b"".join([packer.compress(line) for _ in range(height)] + [packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _misnamed(content: bytes, form: str, rng: random.Random) -> tuple[str, bytes]:
    """A sound picture under another format's or no picture's suffix, or a text named as a picture."""
    if rng.random() < 0.3:
        return rng.choice(list(_SUFFIX.values())), rng.choice((b"", b"BM is how this text begins\n" * 9, b"\0" * 500))
    return rng.choice((*_SUFFIX.values(), ".txt", "")), content


def _child(folder: str, cache_folder: str) -> None:
    _limit_memory()
    with contextlib.redirect_stderr(io.StringIO()) as noise:
        card = open_source(Path(folder), DataOptions(size=32, cache=Path(cache_folder))).card
    skipped = [(skipped.name, skipped.reason) for skipped in card.skipped]
    said = {"count": card.count, "skipped": skipped, "peak_mb": _peak_mb(), "noise": noise.getvalue()}
    print(json.dumps(said))


def _limit_memory() -> None:
    """Far above what is allowed (address space counts what is only reserved), to save the machine from a runaway."""
    try:
        import resource  # not on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))


def _peak_mb() -> float:
    try:
        import resource  # not on Windows
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)  # bytes there, kB elsewhere


if __name__ == "__main__":
    _child(*sys.argv[1:])
