"""Pictures: a folder, a zip, .npy or .npz, arrays in memory, or the built-in digits and icons."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from ganforge.core.contracts import DataOptions, Domain, Source, Unit
from ganforge.core.errors import DataError, RunError, SettingError
from ganforge.core.records import Batch, Condition, DataCard, Items, Match, Split, Trait
from ganforge.core.seeding import Draws
from ganforge.data._arrays import ARRAY_SUFFIXES, Array, in_memory, look_into, picture_items
from ganforge.data._cache import Decoded, cache_folder, cached, key_of, pixels_path, store
from ganforge.data._draw import grid
from ganforge.data._items import FileItem, Listing, list_folder, list_zip, named_like_picture
from ganforge.data._looks import looks
from ganforge.data._opening import existing
from ganforge.data._prepare import checked_size, fit_all, prepare
from ganforge.data._samples import SAMPLES, load_pictures, sample_named
from ganforge.data._split import fingerprint, split_by_content, told_of
from ganforge.data._tables import count_of


@dataclass(frozen=True)
class Images(Domain):
    """Pictures of one size, grey or RGB, 8 bits.

    What is read is composited on white where it has alpha, turned as its EXIF data say, scaled to cover the size and
    cropped to the middle. Networks see (channels, height, width) in [-1, 1].
    """

    features: ClassVar[tuple[str, ...]] = ("efficientnet", "inception", "discriminator")
    # Not mirrored: digits and letters would become other things
    augmentations: ClassVar[tuple[str, ...]] = (
        "translation",
        "affine",
        "brightness",
        "contrast",
        "saturation",
        "noise",
        "cutout",
    )

    height: int
    """Pixels."""
    width: int
    """Pixels."""
    channels: int
    """1 = grey, 3 = RGB."""
    classes: tuple[str, ...] = ()
    """Names of the labels; empty without labels."""

    @classmethod
    def recognise(cls, source: Any) -> Match:
        """Folders and zips with pictures, arrays of three or four axes, lists of pictures, two built-in samples."""
        name = sample_named(source, "images")
        if name is not None:
            return Match(1.0, SAMPLES[name].what)
        if isinstance(source, str | os.PathLike):
            return _recognise_path(Path(source))
        array = in_memory(source)
        if isinstance(array, np.ndarray):
            return Match(0.9 if array.ndim in (3, 4) else 0.0, f"an array of the shape {array.shape}")
        return Match(0.9, f"a list of {len(array)} pictures") if array else Match(0.0, f"a {type(source).__name__}")

    @classmethod
    def open(cls, source: Any, options: DataOptions) -> ImageSource:
        """Read the source; files are decoded once into the cache, arrays and built-in samples stay in memory.

        Raises:
            DataError: nothing usable in it, or more than half of its pictures cannot be read.
            MissingExtraError: a built-in sample's package is not installed.
            RunError: the cache cannot be written.
        """
        size = checked_size(options.size)
        sample = sample_named(source, "images")
        if sample is not None:
            side = max(size) if size else None
            pixels, numbers, classes = load_pictures(sample, side)
            names = None if numbers is None else [classes[number] for number in numbers]
            decoded = _decode_here(_list_array(pixels, names, (), options), size, options, f"'{sample}'")
            return ImageSource.of(decoded, sample, sample)
        if isinstance(source, str | os.PathLike):
            path = Path(source).absolute()
            name = path.resolve().name if path.is_dir() else path.stem
            return ImageSource.of(_decode_path(path, size, options), name or "pictures", str(path))
        array = in_memory(source)
        if array is None:
            raise DataError(f"A {type(source).__name__} holds no pictures; give an array (n, h, w[, 3]) or a list.")
        decoded = _decode_here(_list_array(array, None, (), options), size, options, "the array")
        return ImageSource.of(decoded, "array", "")

    def shape(self) -> tuple[int, ...]:
        """(channels, height, width)."""
        return self.channels, self.height, self.width

    def head(self, raw: Float[Tensor, "n c h w"], draws: Draws) -> Float[Tensor, "n c h w"]:
        """The hyperbolic tangent: any number into [-1, 1]."""
        return torch.tanh(raw)

    def decode(self, x: Float[Tensor, "n c h w"]) -> npt.NDArray[np.uint8]:
        """[-1, 1] to uint8, (n, h, w) if grey, else (n, h, w, 3). What is not finite becomes middle grey."""
        scaled = ((x.detach().float() + 1.0) * 127.5).nan_to_num(127.5, 255.0, 0.0).round_().clamp_(0, 255)
        pixels = scaled.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
        return pixels[..., 0] if self.channels == 1 else pixels

    def units(self) -> tuple[Unit, ...]:
        """A unit a channel: [-1, 1] becomes the whole numbers from 0 to 255."""
        names = ("grey",) if self.channels == 1 else ("red", "green", "blue")
        return tuple(Unit(name, axis, 127.5, 127.5, True, 0.0, 255.0) for axis, name in enumerate(names))

    def write(self, samples: npt.NDArray[Any], path: Path) -> list[Path]:
        """`.png`: one grid; `.npy`: the array; anything without a suffix: a folder of numbered PNG files.

        Raises:
            SettingError: another suffix.
            RunError: the file or folder cannot be written.
        """
        suffix = "" if path.is_dir() else path.suffix.lower()
        if suffix not in ("", ".png", ".npy"):
            raise SettingError(f"Pictures cannot be written as '{suffix}'. Use .png, .npy, or the name of a folder.")
        try:
            (path if suffix == "" else path.parent).mkdir(parents=True, exist_ok=True)
            if suffix == ".npy":
                np.save(path, samples)
            elif suffix == ".png":
                self.preview(samples).save(path)
            else:
                return self._write_each(samples, path)
        except OSError as error:
            raise RunError(f"{path} cannot be written ({error.strerror or error}). Name another place.") from error
        return [path]

    def preview(self, samples: npt.NDArray[Any], columns: int | None = None) -> Image.Image:
        """A grid; small pictures are enlarged by a whole number, so that pixels stay pixels."""
        return grid(samples, columns)

    def read(self, source: Any, tell: Callable[[str], None] = lambda text: None) -> Items:
        """Pictures scaled and cropped to this size, made grey or RGB as these are; a single picture's file will do.

        Raises:
            DataError: there is no picture that can be read.
        """
        listing, what = _list_new(source, (self.height, self.width))
        fitted = fit_all(listing, (self.height, self.width), tell, what)
        x = torch.empty((len(fitted.pixels), *self.shape()))
        changed = 0
        for row, pixels in enumerate(fitted.pixels):
            changed += pixels.shape[2] != self.channels
            # Copied: an array may be somebody's own, or bytes that cannot be written to
            x[row] = torch.from_numpy(_in_channels(pixels, self.channels).copy()).permute(2, 0, 1)
        made = "grey" if self.channels == 1 else "RGB"
        notes = (f"{count_of(changed, 'picture')} made {made}, as those of the run are.",) if changed else ()
        return Items(x.div_(127.5).sub_(1.0), fitted.names, fitted.skipped, (*fitted.notes, *notes))

    def traits(self, x: Float[Tensor, "n c h w"]) -> tuple[Trait, ...]:
        """Brightness, contrast, sharpness, noise, where things lie, and colours."""
        return looks(x)

    def _write_each(self, samples: npt.NDArray[Any], folder: Path) -> list[Path]:
        digits = max(4, len(str(len(samples) - 1)))
        paths = [folder / f"{index:0{digits}d}.png" for index in range(len(samples))]
        for path, sample in zip(paths, samples, strict=True):
            Image.fromarray(sample).save(path)
        return paths


DOMAIN = Images


class ImageSource(Source):
    """Decoded pictures, uint8 in memory or mapped from the cache."""

    def __init__(
        self,
        domain: Images,
        card: DataCard,
        split: Split,
        pixels: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.int64] | None,
    ) -> None:
        self.domain = domain
        self.card = card
        self.split = split
        self._pixels = torch.from_numpy(pixels)
        self._labels = None if labels is None else torch.from_numpy(labels)

    @classmethod
    def of(cls, decoded: Decoded, name: str, source: str) -> ImageSource:
        """The source of these pictures, called `name`; `source` is what the user asked for."""
        meta = decoded.meta
        count, height, width, channels = meta.shape
        split = split_by_content(decoded.hashes)
        labels = () if decoded.labels is None else (decoded.labels.astype("<i8").tobytes().hex(), *meta.classes)
        card = DataCard(
            name=name,
            domain="images",
            count=count,
            shape=(channels, height, width),
            fingerprint=fingerprint(decoded.hashes, repr((height, width, channels)), *labels),
            source=source,
            classes=meta.classes,
            skipped=meta.skipped,
            notes=(*meta.notes, *told_of(split, decoded.hashes, "pictures")),
        )
        domain = Images(height, width, channels, meta.classes)
        return cls(domain, card, split, decoded.pixels, decoded.labels)

    def batch(self, rows: Int[Tensor, n]) -> Batch:
        """Pictures (n, channels, height, width) in [-1, 1], float32, channels last in memory."""
        rows = rows.cpu()
        real = self._pixels.index_select(0, rows).to(torch.float32).div_(127.5).sub_(1.0).permute(0, 3, 1, 2)
        condition = None if self._labels is None else Condition(labels=self._labels.index_select(0, rows))
        return Batch({"x": real}, condition, rows)


def _recognise_path(path: Path) -> Match:
    suffix = path.suffix.lower()
    if path.is_dir():
        if any(named_like_picture(file.name) for file in islice(path.rglob("*"), 1000)):
            return Match(0.9, "a folder with pictures")
        return Match(0.3, "a folder")
    if not path.is_file():
        return Match(0.0, "no file or folder")
    if suffix in ARRAY_SUFFIXES:
        shape = look_into(path).shape
        return Match(0.9 if len(shape) in (3, 4) else 0.0, f"an array of the shape {shape}")
    if suffix == ".zip" or (suffix == "" and zipfile.is_zipfile(path)):  # many other kinds of file are zips inside
        return Match(0.9, "a zip file")
    if named_like_picture(path.name):
        return Match(0.5, "a single picture")
    return Match(0.0, f"a file with the suffix '{suffix}'" if suffix else "a file without a suffix")


def _decode_path(path: Path, size: tuple[int, int] | None, options: DataOptions) -> Decoded:
    listing = _list_path(path, options)
    key = key_of(*listing.state, repr((size, options.labels)))

    def build(folder: Path) -> None:
        with pixels_path(folder).open("w+b") as file:
            done = prepare(listing, size, options.labels, file, options.tell, str(path))
        store(folder, done.meta, done.hashes, done.labels)

    decoded = cached(cache_folder(options.cache), key, build, options.tell)
    if listing.runs:  # not kept in the cache, which must not change when the folder is trained on
        runs = f"Left aside: {count_of(listing.runs, 'run')} of Ganforge in this folder."
        decoded = replace(decoded, meta=replace(decoded.meta, notes=(*decoded.meta.notes, runs)))
    return decoded


def _list_path(path: Path, options: DataOptions) -> Listing:
    if path.is_dir():
        return list_folder(path)
    if path.suffix.lower() in ARRAY_SUFFIXES:
        file = look_into(path)
        labels, told = file.labels() if options.labels else (None, ())
        status = path.stat()
        state = (str(path.resolve()), str(status.st_size), str(status.st_mtime_ns))
        listing = _list_array(file.samples(), labels, state, options)
        return replace(listing, notes=(*file.notes, *told))
    if named_like_picture(path.name):
        raise DataError(f"{path} is a single picture. Name the folder in which there are more like it (at least 2).")
    return list_zip(path)


def _list_new(source: Any, size: tuple[int, int]) -> tuple[Listing, str]:
    """New pictures, and what to call where they come from."""
    sample = sample_named(source, "images")
    if sample is not None:
        return _list_array(load_pictures(sample, max(size))[0], None, (), DataOptions()), f"'{sample}'"
    if isinstance(source, str | os.PathLike):
        path = existing(source).absolute()
        if path.is_file() and named_like_picture(path.name):
            return Listing([FileItem(path.name, path.parent)], [None], ()), str(path)
        match = _recognise_path(path)
        if match.confidence <= 0.0:
            raise DataError(
                f"{path} is {match.reason}. Name a picture, a folder or zip of pictures, or an array of them."
            )
        return _list_path(path, DataOptions()), str(path)
    array = in_memory([source] if isinstance(source, Image.Image) else source)
    if array is None:
        raise DataError(f"A {type(source).__name__} holds no pictures; give an array (n, h, w[, 3]) or a list.")
    return _list_array(array, None, (), DataOptions()), "the array"


def _in_channels(pixels: npt.NDArray[np.uint8], channels: int) -> npt.NDArray[np.uint8]:
    """(h, w, 1 or 3) as (h, w, channels); colours become grey by how bright they look (ITU-R BT.601)."""
    if pixels.shape[2] == channels:
        return pixels
    if channels == 1:
        return np.array(Image.fromarray(pixels).convert("L"))[..., None]
    return np.repeat(pixels, channels, axis=2)


def _list_array(
    array: Array | Sequence[Image.Image | Array],
    labels: Sequence[str] | None,
    state: tuple[str, ...],
    options: DataOptions,
) -> Listing:
    if len(array) == 0:
        raise DataError("The array is empty; there are no pictures in it.")
    if options.labels and labels is None:
        raise DataError(
            "There are no labels here: they come from sub-folders or from the array 'y' of an .npz file. "
            "Leave out --labels."
        )
    if labels is not None and len(labels) != len(array):
        raise DataError(f"There are {len(array)} pictures but {len(labels)} labels; there must be one a picture.")
    return Listing(picture_items(array), labels or [None] * len(array), state)


def _decode_here(listing: Listing, size: tuple[int, int] | None, options: DataOptions, what: str) -> Decoded:
    file = io.BytesIO()
    done = prepare(listing, size, options.labels, file, options.tell, what)
    pixels = np.frombuffer(file.getbuffer(), dtype=np.uint8).reshape(done.meta.shape)
    return Decoded(pixels, done.hashes, done.labels, done.meta)
