"""Google's emoji in colour: about 3,800 pictures of 64 x 64, from the npm package emoji-datasource-google.

Most are skin-tone variants of people, or the same person as a woman and as a man. Near copies on both sides of a split
would flatter every score, so whole families of an emoji are trained on or held out.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ganforge.bench._fashion import Pictures, Pixels
from ganforge.core.errors import DataError, SettingError

SIDE = 64
"""Of the package's pictures."""
SIDES = (32, SIDE)
HOW_TO_GET = (
    "Get the npm package emoji-datasource-google 16.0.0 (npm pack emoji-datasource-google@16.0.0), unpack it "
    "(tar xzf emoji-datasource-google-16.0.0.tgz) and name its folder 'package' with --emoji FOLDER."
)
LICENCE = "Noto Emoji by Google (Apache-2.0), as the npm package emoji-datasource-google 16.0.0 (MIT) has them"
PERSON = "1F9D1"
PEOPLE = frozenset({PERSON, "1F468", "1F469"})
"""Code points of a person, a man and a woman."""
DRESS = frozenset({"200D", "FE0F", "2640", "2642", "1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"})
"""Joiners, the two signs of sex and the five skin tones: what the pictures of a family differ by."""
HAND_IN_HAND, KISS, IN_LOVE = "1F9D1-1F91D-1F9D1", "1F9D1-2764-1F48B-1F9D1", "1F9D1-2764-1F9D1"
COUPLES = {"1F46B": HAND_IN_HAND, "1F46C": HAND_IN_HAND, "1F46D": HAND_IN_HAND, "1F48F": KISS, "1F491": IN_LOVE}
"""Couples that have a code point of their own beside the sequence of it."""
TEST_SHARE = 0.2
"""Share of the families that nobody trains on."""


@dataclass(frozen=True)
class Entry:
    """One picture of the package."""

    file: str
    family: str
    category: str


@dataclass(frozen=True)
class Emoji:
    """Both parts, split by family."""

    train: Pictures
    test: Pictures
    categories: tuple[str, ...]
    """Names of the classes."""


def read_emoji(folder: Path | None, size: int = SIDE) -> Emoji:
    """Read the package, on white ground.

    Args:
        folder: where it was unpacked.
        size: of the pictures, 32 or 64 pixels.

    Raises:
        DataError: it is not there or damaged; the message says how to get it.
        SettingError: pictures of another size are asked for.
    """
    if size not in SIDES:
        raise SettingError(f"--size {size}: emoji are there at {' and '.join(map(str, SIDES))} pixels.")
    if folder is None:
        raise DataError(f"Nothing was said of where the emoji are. {HOW_TO_GET}")
    entries = _entries(folder)
    categories = tuple(sorted({entry.category for entry in entries}))
    pixels = np.stack([_picture(folder / "img" / "google" / "64" / entry.file, size) for entry in entries])
    classes = np.array([categories.index(entry.category) for entry in entries], dtype=np.uint8)
    held_out = np.array([is_held_out(entry.family) for entry in entries])
    # Some flags have the same picture as another country's: what is trained on is not tested on
    trained = {picture.tobytes() for picture in pixels[~held_out]}
    unseen = held_out & np.array([picture.tobytes() not in trained for picture in pixels])
    if not unseen.any() or held_out.all():
        raise DataError(f"{folder} holds {len(entries)} emoji, which are too few to split. {HOW_TO_GET}")
    train, test = (Pictures(pixels[part], classes[part]) for part in (~held_out, unseen))
    return Emoji(train, test, categories)


def family_of(unified: str) -> str:
    """What an emoji has in common with those that differ by skin tone or sex alone; `unified` is "1F468-200D-1F33E"."""
    bare = "-".join(PERSON if part in PEOPLE else part for part in unified.split("-") if part not in DRESS)
    return COUPLES.get(bare, bare)


def is_held_out(family: str) -> bool:
    """Whether a family is in the test part: by its hash, so that it is the same everywhere."""
    digest = hashlib.blake2b(family.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < TEST_SHARE * 2**64


def _entries(folder: Path) -> list[Entry]:
    file = folder / "emoji.json"
    try:
        listed: Any = json.loads(file.read_text(encoding="utf-8"))
        found = [
            Entry(picture["image"], family_of(one["unified"]), one["category"])
            for one in listed
            for picture in (one, *one.get("skin_variations", {}).values())
            if picture["has_img_google"]
        ]
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error}). {HOW_TO_GET}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{file} is no list of emoji ({error!r}). {HOW_TO_GET}") from error
    if not found:
        raise DataError(f"{file} lists no emoji of Google's. {HOW_TO_GET}")
    return found


def _picture(file: Path, size: int) -> Pixels:
    try:
        with Image.open(file) as opened:
            drawn = opened.convert("RGBA")
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error}). {HOW_TO_GET}") from error
    sheet = Image.new("RGBA", drawn.size, "white")
    sheet.alpha_composite(drawn)
    whole = sheet.convert("RGB")
    return np.asarray(whole if whole.size == (size, size) else whole.resize((size, size), Image.Resampling.BOX))
