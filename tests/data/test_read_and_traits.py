"""New items made to fit a run, and what a person would say of samples."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from torch import Tensor

from ganforge.core.contracts import DataOptions, Domain
from ganforge.core.errors import DataError
from ganforge.data._opening import DOMAINS, open_source
from ganforge.data.images import Images
from ganforge.data.points import Points

GREY, COLOUR = Images(8, 12, 1), Images(8, 12, 3)


def table(text: str, name: str = "table.csv") -> Path:
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


def points(text: str) -> Points:
    domain = open_source(table(text, "trained.csv"), DataOptions()).domain
    assert isinstance(domain, Points)
    return domain


HOUSES = "price,rooms,kind\n" + "\n".join(f"{100 + 7.5 * i},{i % 5},1" for i in range(40))


def test_every_domain_says_which_features_suit_it() -> None:
    for name in DOMAINS.names():
        assert len(DOMAINS.get(name).features) >= 1


def test_a_single_picture_is_enough_and_fits_the_run(tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    Image.new("RGB", (60, 50), (255, 0, 0)).save(path)
    items = COLOUR.read(path)
    assert items.x.shape == (1, 3, 8, 12) and items.names == ("one.png",)
    assert items.x[0, :, 4, 6].tolist() == [1.0, -1.0, -1.0]


def test_colour_becomes_grey_as_it_looks_and_grey_becomes_rgb() -> None:
    red = np.zeros((1, 8, 12, 3), dtype=np.uint8)
    red[..., 0] = 255
    grey = GREY.read(red)
    assert float(grey.x.mean()) == pytest.approx(2 * 0.299 - 1, abs=0.01)
    assert any("made grey" in note for note in grey.notes)
    rgb = COLOUR.read(np.full((2, 8, 12), 51, dtype=np.uint8))
    assert rgb.x.shape == (2, 3, 8, 12) and torch.allclose(rgb.x, torch.tensor(-0.6))
    assert any("2 pictures made RGB" in note for note in rgb.notes)


def test_a_folder_and_a_zip_of_it_are_read_by_name_and_what_fails_is_listed(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    (folder / "deep").mkdir(parents=True)
    Image.new("L", (20, 20), 10).save(folder / "b.png")
    Image.new("L", (9, 30), 200).save(folder / "deep" / "a.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    (folder / "also-broken.jpg").write_bytes(b"no")
    (folder / "third-broken.jpg").write_bytes(b"no")
    (folder / "notes.txt").write_text("no picture")
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder).as_posix())
    for source in (folder, tmp_path / "new.zip"):
        items = GREY.read(source)
        assert items.names == ("b.png", "deep/a.png")  # though most cannot be read
        assert [skipped.name for skipped in items.skipped] == ["also-broken.jpg", "broken.png", "third-broken.jpg"]
        assert any("no picture" in note for note in items.notes)
        assert float(items.x[1].mean()) == pytest.approx(200 / 127.5 - 1, abs=1e-5)


def test_nothing_is_cached_when_items_are_read(tmp_path: Path) -> None:
    Image.new("L", (20, 20), 10).save(tmp_path / "b.png")
    GREY.read(tmp_path)
    assert not (tmp_path / "cache").exists()


def test_what_holds_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.png").write_bytes(b"no")
    for source, words in (
        (tmp_path / "bad", "x.png"),
        (tmp_path / "nowhere", "no file or folder"),
        (np.zeros((0, 8, 8), dtype=np.uint8), "empty"),
        (7, "holds no pictures"),
    ):
        with pytest.raises(DataError, match=words):
            GREY.read(source)


@pytest.mark.parametrize("name", ["digits", "ring"])
def test_the_data_themselves_are_read_as_they_were_opened(name: str) -> None:
    source = open_source(name, DataOptions())
    expected = source.batch(torch.arange(50)).real["x"]
    assert torch.allclose(source.domain.read(name).x[:50], expected, atol=1e-5)


def test_a_picture_in_memory_is_read() -> None:
    assert COLOUR.read(Image.new("RGB", (30, 20), (0, 0, 0))).x.eq(-1).all()


def test_columns_are_found_by_name_in_any_order() -> None:
    domain = points(HOUSES)
    items = domain.read(table("kind,size,rooms,price\n2,0,3,130\n1,0,4,\n1,0,0,100\n"))
    back = domain.decode(items.x)
    assert back[:, :2].tolist() == [[pytest.approx(130.0, rel=1e-5), 3.0], [pytest.approx(100.0, rel=1e-5), 0.0]]
    assert items.names == ("row 1", "row 3")
    assert [(skipped.name, skipped.reason) for skipped in items.skipped] == [("row 2", "no usable number in price")]
    assert any("kind = 1" in note for note in items.notes)  # always 1 in the run's data, and here 2


def test_rows_keep_their_numbers_where_others_are_left_out() -> None:
    items = points(HOUSES).read(table("price,rooms,kind\n100,1,1\n5\n110,2,1\n"))
    assert items.names == ("row 1", "row 3")


def test_columns_without_names_are_found_by_place() -> None:
    domain = points(HOUSES)
    by_place = domain.read(np.array([[130.0, 3.0, 1.0]]))
    by_name = domain.read(table("price,rooms,kind\n130,3,1\n"))
    assert torch.allclose(by_place.x, by_name.x)
    assert torch.allclose(domain.read(table("130;3;1\n131;2;1\n", "plain.txt")).x[:1], by_name.x)


def test_a_missing_column_is_an_error_that_names_it() -> None:
    with pytest.raises(DataError, match="no column rooms"):
        points(HOUSES).read(table("price,kind\n130,1\n"))
    with pytest.raises(DataError, match="2 unnamed columns"):
        points(HOUSES).read(np.zeros((3, 2)))
    with pytest.raises(DataError, match="no row with a number"):
        points(HOUSES).read(np.full((3, 3), np.nan))
    with pytest.raises(DataError, match="a folder"):
        points(HOUSES).read(Path())


def test_numbers_of_a_run_that_were_written_are_read_again(tmp_path: Path) -> None:
    domain = points(HOUSES)
    made = domain.decode(torch.randn(30, 2, generator=torch.Generator().manual_seed(0)))
    for file in ("made.csv", "made.npy"):
        domain.write(made, tmp_path / file)
        again = domain.decode(domain.read(tmp_path / file).x)
        assert np.allclose(again, made, rtol=1e-4)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(-9, 9)), min_size=1, max_size=20))
def test_any_rows_fit_and_come_back(rows: list[tuple[float, int]]) -> None:
    domain = points(HOUSES)
    values = np.array([[a, b, 1] for a, b in rows], dtype=np.float64)
    assert np.allclose(domain.decode(domain.read(values).x), values, rtol=1e-3, atol=1e-2)


def shapes(n: int = 60, channels: int = 1) -> Tensor:
    """Blurred boxes of light on dark, somewhere near the middle."""
    random = np.random.default_rng(0)
    made = []
    for _ in range(n):
        picture = np.full((24, 24, channels), 30.0)
        top, left = random.integers(5, 9, 2)
        picture[top : top + 8, left : left + 10] = random.uniform(160, 230, channels)
        made.append(picture.astype(np.uint8))
    return Images(24, 24, channels).read(np.stack(made)).x


def mean_of(x: Tensor, name: str) -> float:
    traits = Images(24, 24, x.shape[1]).traits(x)
    return float(next(trait for trait in traits if trait.name == name).values.mean())


def blurred(x: Tensor) -> Tensor:
    made = [Image.fromarray(p.numpy()).filter(ImageFilter.GaussianBlur(1)) for p in ((x[:, 0] + 1) * 127.5).byte()]
    return torch.from_numpy(np.stack([np.asarray(p) for p in made]))[:, None].float() / 127.5 - 1


def noisy(x: Tensor) -> Tensor:
    return (x + 0.15 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))).clamp(-1, 1)


BOARD = (-1.0) ** (torch.arange(24)[:, None] + torch.arange(24))


@pytest.mark.parametrize(
    ("name", "sign", "spoil"),
    [
        ("brightness", -1, lambda x: x * 0.8 - 0.2),
        ("contrast", -1, lambda x: x * 0.5),
        ("sharpness", -1, blurred),
        ("noise", 1, noisy),
        ("pixel pattern", 1, lambda x: x + 0.1 * BOARD),
        ("horizontal place", 1, lambda x: x.roll(2, 3)),
        ("vertical place", -1, lambda x: x.roll(-2, 2)),
        ("border", 1, lambda x: x.roll(8, 3)),
        ("width", 1, lambda x: torch.maximum(x, x.roll(3, 3))),
        ("height", 1, lambda x: torch.maximum(x, x.roll(3, 2))),
        ("slant", 1, lambda x: torch.stack([row.roll(-(at // 3), -1) for at, row in enumerate(x.unbind(2))], 2)),
    ],
)
def test_a_spoiled_picture_has_more_or_less_of_the_trait_that_names_it(
    name: str, sign: int, spoil: Callable[[Tensor], Tensor]
) -> None:
    before, after = mean_of(shapes(), name), mean_of(spoil(shapes()), name)
    assert sign * (after - before) > 0.01


@pytest.mark.parametrize(
    ("name", "sign", "tint"),
    [("red", 1, (0.2, 0, 0)), ("green", -1, (0, -0.2, 0)), ("blue", 1, (-0.1, -0.1, 0.2))],
)
def test_a_tint_shows_in_its_colour(name: str, sign: int, tint: tuple[float, ...]) -> None:
    x = shapes(channels=3)
    after = mean_of(x + torch.tensor(tint)[:, None, None], name)
    assert sign * (after - mean_of(x, name)) > 0.04


def test_grey_pictures_have_no_colour_and_lose_it() -> None:
    x = shapes(channels=3)
    grey = x.mean(1, keepdim=True).expand(-1, 3, -1, -1).contiguous()
    assert mean_of(grey, "colourfulness") == pytest.approx(0.0, abs=1e-6)
    assert mean_of(x, "colourfulness") > 0.02
    assert "red" not in {trait.name for trait in Images(24, 24, 1).traits(x[:, :1])}


def test_a_darker_picture_is_not_blurrier() -> None:
    assert mean_of(shapes() * 0.4 - 0.5, "sharpness") == pytest.approx(mean_of(shapes(), "sharpness"), rel=0.02)


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_traits_of_even_pictures_are_finite(value: float) -> None:
    for x in (torch.full((3, 3, 9, 5), value), torch.full((1, 1, 4, 4), value)):
        domain: Domain = Images(x.shape[2], x.shape[3], x.shape[1])
        traits = domain.traits(x)
        assert all(trait.values.isfinite().all() and len(trait.values) == len(x) for trait in traits)
        assert len({trait.name for trait in traits}) == len(traits)


def test_traits_of_rows_name_columns() -> None:
    domain = points(HOUSES)
    x = torch.randn(4000, 2, generator=torch.Generator().manual_seed(0))
    x[:, 1] = 0.8 * x[:, 0] + 0.6 * x[:, 1]
    values = {trait.name: float(trait.values.mean()) for trait in domain.traits(x)}
    assert values["mean of price"] == pytest.approx(0.0, abs=0.06)
    assert values["correlation of price and rooms"] == pytest.approx(0.8, abs=0.06)
    wide = {trait.name: float(trait.values.mean()) for trait in domain.traits(2 * x)}
    assert wide["spread of rooms"] == pytest.approx(2 * values["spread of rooms"], rel=1e-5)
    assert wide["tails of price"] > 5 * max(values["tails of price"], 0.01)


def test_many_columns_are_not_all_paired() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 30))
    domain = open_source(rows, DataOptions()).domain
    assert len(domain.traits(torch.zeros(5, 30))) == 3 * 30 + 45
