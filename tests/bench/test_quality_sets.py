"""The sets of pictures of `bench quality`: read, refused, split so that nothing leaks, and made fewer."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.bench.pictures import a_set, clothes, write_emoji

from ganforge.bench._emoji import family_of, is_held_out, read_emoji
from ganforge.bench._fashion import Fashion, Pictures, read_fashion, read_idx
from ganforge.bench._picture_sets import Wanted, fewer, read_set
from ganforge.core.errors import DataError, SettingError, UnknownNameError


def idx(array: np.ndarray) -> bytes:
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes((0, 0, 8, array.ndim)) + lengths + array.tobytes()


def write_fashion(folder: Path, *, packed: bool = True) -> Fashion:
    folder.mkdir()
    parts = {"train": (clothes(30), np.arange(30, dtype=np.uint8) % 10), "t10k": (clothes(12, 1), np.zeros(12, "u1"))}
    for part, arrays in parts.items():
        for kind, array in zip(("images-idx3", "labels-idx1"), arrays, strict=True):
            name, content = f"{part}-{kind}-ubyte", idx(array)
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
    return Fashion(Pictures(*parts["train"]), Pictures(*parts["t10k"]))


@pytest.mark.parametrize("packed", [True, False])
def test_the_files_of_fashion_mnist_are_read_packed_or_not(tmp_path: Path, packed: bool) -> None:
    written = write_fashion(tmp_path / "fashion", packed=packed)
    read = read_fashion(tmp_path / "fashion")
    for part in ("train", "test"):
        assert (getattr(read, part).pixels == getattr(written, part).pixels).all()
        assert (getattr(read, part).classes == getattr(written, part).classes).all()


def test_where_the_data_are_missing_it_is_said_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"apt-get install dataset-fashion-mnist.*--fashion FOLDER"):
        read_fashion(tmp_path)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    whole = idx(clothes(3))
    for name, content in (
        ("cut-off", whole[:-1]),
        ("longer", whole + b"x"),
        ("empty", b""),
        ("other-type", bytes((0, 0, 13, 1)) + (3).to_bytes(4, "big") + b"abc"),
        ("cut-off.gz", gzip.compress(whole)[:-20]),
        ("no-gzip.gz", whole),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            read_idx(tmp_path / name)


def test_pictures_without_their_labels_are_refused(tmp_path: Path) -> None:
    write_fashion(tmp_path / "fashion")
    (tmp_path / "fashion" / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros(29, "u1"))))
    with pytest.raises(DataError, match="do not belong together"):
        read_fashion(tmp_path / "fashion")


def contents(pixels: np.ndarray) -> set[bytes]:
    return {picture.tobytes() for picture in pixels}


def test_digits_are_split_by_content_into_parts_that_share_nothing() -> None:
    digits = read_set("digits", Wanted())
    assert len(digits.train.pixels) + len(digits.test.pixels) == 5000
    assert 0.18 < len(digits.test.pixels) / 5000 < 0.22
    assert not contents(digits.train.pixels) & contents(digits.test.pixels)
    assert np.bincount(digits.test.classes).min() > 70
    assert (digits.shown == digits.train.pixels).all()


def test_fashion_mnist_is_a_set_of_its_own_two_parts(tmp_path: Path) -> None:
    written = write_fashion(tmp_path / "fashion")
    read = read_set("fashion", Wanted(fashion=tmp_path / "fashion"))
    assert (read.train.pixels == written.train.pixels).all()
    assert (read.test.pixels == written.test.pixels).all()
    assert read.channels == 1


@pytest.mark.parametrize("size", [32, 64])
def test_emoji_are_read_on_white_at_either_size(tmp_path: Path, size: int) -> None:
    write_emoji(tmp_path)
    emoji = read_set("emoji", Wanted(emoji=tmp_path, size=size))
    assert emoji.name == f"emoji-{size}"
    assert emoji.channels == 3
    assert emoji.train.pixels.shape[1:] == (size, size, 3)
    assert len(emoji.train.pixels) + len(emoji.test.pixels) == 40 + 2 * 14  # what Google has no picture of is left out
    assert (emoji.train.pixels[:, 0, 0] == 255).all()
    assert emoji.train.pixels[:, size // 2, size // 2].std() > 10  # the colours are there
    assert emoji.classes == ("Faces", "Food")
    assert emoji.white


def test_variants_of_an_emoji_stay_on_one_side(tmp_path: Path) -> None:
    write_emoji(tmp_path, bases=120)
    listed = json.loads((tmp_path / "emoji.json").read_text(encoding="utf-8"))
    emoji = read_emoji(tmp_path)
    trained, unseen = contents(emoji.train.pixels), contents(emoji.test.pixels)
    sides = set()
    for one in listed[:-1]:
        files = [entry["image"] for entry in (one, *one["skin_variations"].values())]
        drawn = [Image.open(tmp_path / "img" / "google" / "64" / file) for file in files]
        white = [Image.alpha_composite(Image.new("RGBA", each.size, "white"), each).convert("RGB") for each in drawn]
        side = {np.asarray(each).tobytes() in unseen for each in white}
        assert len(side) == 1
        assert side == {is_held_out(family_of(one["unified"]))}
        sides |= side
    assert sides == {True, False}
    assert not trained & unseen


def test_a_picture_that_two_emoji_share_is_not_tested_on_where_it_is_trained_on(tmp_path: Path) -> None:
    write_emoji(tmp_path)
    folder = tmp_path / "img" / "google" / "64"
    listed = json.loads((tmp_path / "emoji.json").read_text(encoding="utf-8"))
    held = next(one for one in listed[:-1] if is_held_out(family_of(one["unified"])))
    kept = next(one for one in listed[:-1] if not is_held_out(family_of(one["unified"])))
    before = len(read_emoji(tmp_path).test.pixels)
    (folder / held["image"]).write_bytes((folder / kept["image"]).read_bytes())
    assert len(read_emoji(tmp_path).test.pixels) == before - 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1F385", "1F385-1F3FB"),  # a skin tone
        ("1F468-200D-1F33E", "1F469-1F3FD-200D-1F33E"),  # a farmer
        ("1F3C3", "1F3C3-1F3FF-200D-2640-FE0F"),  # running
        ("1F46B", "1F9D1-1F3FB-200D-1F91D-200D-1F9D1-1F3FC"),  # hand in hand
        ("1F491", "1F469-200D-2764-FE0F-200D-1F468"),  # in love
    ],
)
def test_near_copies_are_one_family(first: str, second: str) -> None:
    assert family_of(first) == family_of(second)


def test_other_emoji_are_other_families() -> None:
    assert len({family_of(one) for one in ("1F385", "1F33E", "1F468-200D-1F33E", "1F468-200D-1F373", "1F468")}) == 5


def test_missing_emoji_are_told_of_with_how_to_get_them(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        with pytest.raises(DataError, match=r"npm pack emoji-datasource-google@16\.0\.0.*--emoji FOLDER"):
            read_emoji(folder)


def test_damaged_emoji_are_refused(tmp_path: Path) -> None:
    write_emoji(tmp_path)
    with pytest.raises(SettingError, match="--size 48: .*32 and 64"):
        read_emoji(tmp_path, 48)
    next((tmp_path / "img" / "google" / "64").glob("*.png")).write_bytes(b"no picture")
    with pytest.raises(DataError, match="cannot be read"):
        read_emoji(tmp_path)
    for text in ("no json", "[1]", '[{"unified": "1F600"}]', "[]"):
        (tmp_path / "emoji.json").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=r"emoji\.json"):
            read_emoji(tmp_path)


def test_of_a_set_fewer_pictures_can_be_shown_and_are_always_the_same() -> None:
    whole = a_set()
    few = fewer(whole, 10)
    assert few.name == "clothes-10"
    assert len(few.shown) == 10
    assert contents(few.shown) < contents(whole.train.pixels)
    assert (few.shown == fewer(whole, 10).shown).all()
    assert few.train is whole.train
    assert few.fingerprint != whole.fingerprint


@pytest.mark.parametrize("count", [0, 61])
def test_more_pictures_than_there_are_cannot_be_shown(count: int) -> None:
    with pytest.raises(SettingError, match=r"--pictures .* from 1 to 60"):
        fewer(a_set(), count)


def test_an_unknown_set_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match="'faces'.*fashion, digits, emoji"):
        read_set("faces", Wanted())
