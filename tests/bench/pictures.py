"""Small sets of pictures for the tests of `bench quality`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from ganforge.bench._fashion import Pictures
from ganforge.bench._picture_sets import PictureSet


def clothes(n: int, seed: int = 0) -> np.ndarray:
    """Rectangles of several shades: pictures that stand for clothes."""
    dice = np.random.default_rng(seed)
    pixels = np.zeros((n, 28, 28), dtype=np.uint8)
    for picture in pixels:
        top, left = dice.integers(2, 10, size=2)
        picture[top : top + 14, left : left + 10] = dice.integers(80, 255)
    return pixels


def a_set(train: int = 60, test: int = 40) -> PictureSet:
    """Clothes of two classes: light and dark."""
    parts = []
    for seed, n in enumerate((train, test)):
        pixels = clothes(n, seed)
        parts.append(Pictures(pixels, (pixels.reshape(n, -1).max(1) > 160).astype(np.uint8)))
    return PictureSet(
        "clothes", "Clothes", "Drawn", parts[0], parts[1], ("dark", "light"), white=False, shown=parts[0].pixels
    )


def write_emoji(folder: Path, bases: int = 40) -> None:
    """A package of squares in colours on nothing, every third with two skin tones."""
    (folder / "img" / "google" / "64").mkdir(parents=True)
    dice = np.random.default_rng(0)
    listed = []
    for number in range(bases):
        unified = f"1F{600 + number}"
        tones = [f"{unified}-1F3FB", f"{unified}-1F3FF"] if number % 3 == 0 else []
        entries = [
            {"unified": each, "image": f"{each.lower()}.png", "has_img_google": True} for each in (unified, *tones)
        ]
        category = ("Faces", "Food")[number % 2]
        variations = {str(entry["unified"]).split("-")[1]: entry for entry in entries[1:]}
        listed.append({**entries[0], "category": category, "skin_variations": variations})
        for entry in entries:
            picture = Image.new("RGBA", (64, 64))
            colour = tuple(int(value) for value in dice.integers(0, 255, 3))
            picture.paste((*colour, 255), (8, 8, 56, 56))
            picture.save(folder / "img" / "google" / "64" / str(entry["image"]))
    listed.append({"unified": "1F999", "image": "none.png", "has_img_google": False, "category": "Food"})
    (folder / "emoji.json").write_text(json.dumps(listed), encoding="utf-8")


def text_of(table: object) -> str:
    """As it is printed."""
    from rich.console import Console

    file = io.StringIO()
    Console(file=file, width=200).print(table)
    return file.getvalue()
