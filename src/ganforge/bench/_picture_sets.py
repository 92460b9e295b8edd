"""The sets of pictures of `bench quality`: each in a part to train on and one that nobody trains on, with classes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ganforge.bench._emoji import LICENCE, SIDE, read_emoji
from ganforge.bench._fashion import Pictures, Pixels, read_fashion
from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.core.seeding import Draws
from ganforge.data._samples import load_pictures
from ganforge.data._split import content_hash

DIGITS_TEST = 0.2
"""Share of the digits that nobody trains on."""
DIGITS_SIDE = 28


@dataclass(frozen=True)
class Wanted:
    """Where sets are and how they are to be."""

    fashion: Path | None = None
    """The folder of Fashion-MNIST's four files; None = Debian's place."""
    emoji: Path | None = None
    """The folder of the unpacked package of emoji."""
    size: int = SIDE
    """Side of the emoji, in pixels."""
    pictures: int | None = None
    """Train on so many of a set, drawn at random; None = all."""


@dataclass(frozen=True)
class PictureSet:
    """A set as it is trained on and judged by."""

    name: str
    """Fit for a folder: "emoji-64"."""
    title: str
    source: str
    """Where the pictures come from, in a sentence for a person."""
    train: Pictures
    """What training pictures are drawn from; judges know all of it."""
    test: Pictures
    """Nobody trains on it."""
    classes: tuple[str, ...]
    white: bool
    """Whether the ground of the pictures is white; else it is black."""
    shown: Pixels
    """What recipes and the textbook are given: the pixels of `train`, or of some of it."""

    @property
    def channels(self) -> int:
        """1 = grey, 3 = RGB."""
        return self.shown.shape[3] if self.shown.ndim == 4 else 1

    @property
    def fingerprint(self) -> str:
        """Changes with any pixel of any part."""
        digest = hashlib.blake2b(digest_size=8)
        for part in (self.train.pixels, self.test.pixels, self.shown):
            digest.update(repr(part.shape).encode() + np.ascontiguousarray(part).data)
        return digest.hexdigest()


def read_set(name: str, wanted: Wanted) -> PictureSet:
    """The set called `name`.

    Raises:
        UnknownNameError: there is none.
        DataError: its files are not there or damaged; the message says how to get them.
        SettingError: it has no pictures of that size, or fewer than are to be trained on.
    """
    if name not in SETS:
        raise UnknownNameError(f"There is no set of pictures called '{name}'. There are: {', '.join(SETS)}.")
    whole = SETS[name](wanted)
    return whole if wanted.pictures is None else fewer(whole, wanted.pictures)


def fewer(whole: PictureSet, count: int) -> PictureSet:
    """The same set, of which only so many pictures, always the same, are shown to trainings.

    Raises:
        SettingError: it has not so many.
    """
    most = len(whole.train.pixels)
    if not 1 <= count <= most:
        raise SettingError(f"--pictures {count}: give a number from 1 to {most:,}, as many as {whole.title} has.")
    rows = Draws(0, "bench quality", "few pictures").permutation(most)[:count].numpy()
    return replace(
        whole, name=f"{whole.name}-{count}", title=f"{count:,} of {whole.title}", shown=whole.train.pixels[rows]
    )


def _fashion(wanted: Wanted) -> PictureSet:
    read = read_fashion(wanted.fashion)
    classes = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
    source = "Fashion-MNIST by Zalando Research (MIT licence)"
    return PictureSet(
        "fashion", "Fashion-MNIST", source, read.train, read.test, classes, white=False, shown=read.train.pixels
    )


def _digits(_: Wanted) -> PictureSet:
    pixels, labels, names = load_pictures("digits", DIGITS_SIDE)
    if labels is None:
        raise AssertionError("digits have labels")
    classes = labels.astype(np.uint8)
    # By content: exact copies are on the same side, and the parts are the same everywhere
    places = [int.from_bytes(content_hash(picture.tobytes(), *picture.shape)[:8], "big") for picture in pixels]
    held_out = np.array([place < DIGITS_TEST * 2**64 for place in places])
    train, test = (Pictures(pixels[part], classes[part]) for part in (~held_out, held_out))
    source = "5,000 digits of MNIST, as `ganforge train digits` has them"
    return PictureSet("digits", "Digits", source, train, test, names, white=False, shown=train.pixels)


def _emoji(wanted: Wanted) -> PictureSet:
    read = read_emoji(wanted.emoji, wanted.size)
    return PictureSet(
        f"emoji-{wanted.size}",
        f"Emoji at {wanted.size} pixels",
        LICENCE,
        read.train,
        read.test,
        read.categories,
        white=True,
        shown=read.train.pixels,
    )


SETS: dict[str, Callable[[Wanted], PictureSet]] = {"fashion": _fashion, "digits": _digits, "emoji": _emoji}
"""By name."""
