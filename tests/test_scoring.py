"""How real new things look to a run: what is odd comes first, and real things are seldom called odd."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ganforge.api import Options, Run, train
from ganforge.cli._main import run as command
from ganforge.cli.score import _summary
from ganforge.core.errors import DataError, RunError
from ganforge.core.records import Items
from ganforge.scoring import Look, Ruler, Scored, contact_sheet, score, write_scored
from ganforge.trained import same_data, stored_split
from tests.training.small import RECIPE

Pixels = npt.NDArray[np.uint8]
SIDE = 8


def crosses(n: int, seed: int) -> Pixels:
    """Pictures of a bright cross on a dark ground, somewhere near the middle."""
    random = np.random.default_rng(seed)
    pictures = random.integers(0, 30, size=(n, SIDE, SIDE))
    for picture, (y, x) in zip(pictures, random.integers(3, 6, size=(n, 2)), strict=True):
        picture[y] += 200
        picture[:, x] += 200
    return pictures.clip(0, 255).astype(np.uint8)


def corners(n: int, seed: int) -> npt.NDArray[np.float64]:
    random = np.random.default_rng(seed)
    places = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])[random.integers(3, size=n)]
    return places + 0.3 * random.standard_normal((n, 2))


def trained(data: npt.NDArray[Any], folder: Path, kimg: float) -> Run:
    np.save(folder / "data.npy", data)
    options = Options(recipe=RECIPE, kimg=kimg, threads=1, out=folder / "runs", report=False)
    return train(str(folder / "data.npy"), options)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(crosses(800, 0), tmp_path_factory.mktemp("crosses"), 4.0)


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(corners(2000, 0), tmp_path_factory.mktemp("corners"), 4.0)


def ruler(run: Run) -> Ruler:
    return Ruler(run.game, same_data(run.folder), stored_split(run.folder))


def odd_pictures(kind: str) -> Pixels:
    real = crosses(30, 5)
    random = np.random.default_rng(7)
    return {
        "blank": np.zeros_like(real[:2]),
        "white": np.full_like(real[:2], 255),
        "inverted": 255 - real,
        "noise": random.integers(0, 256, size=real.shape).astype(np.uint8),
        "stripes": np.where(np.arange(SIDE) % 2, 230, 10).astype(np.uint8)[None].repeat(SIDE, 0)[None],
    }[kind]


@pytest.mark.parametrize("kind", ["blank", "white", "inverted", "noise", "stripes"])
def test_what_is_no_picture_of_the_kind_looks_less_real_than_what_is(pictures: Run, kind: str) -> None:
    odd = odd_pictures(kind)
    scored = score(pictures, np.concatenate([crosses(40, 9), odd]))
    assert set(scored.ranking[: len(odd)].tolist()) == set(range(40, 40 + len(odd)))
    assert float(scored.how_real[40:].max()) <= 0.05


@pytest.mark.parametrize("rows", [[[40.0, 40.0]], [[2.0, 2.0]], [[-3.0, 0.0]], [[4.0, 4.0]]], ids=str)
def test_points_far_from_all_data_look_less_real(points: Run, rows: list[list[float]]) -> None:
    scored = score(points, np.concatenate([corners(60, 9), rows]))
    assert scored.ranking[0] == 60


@pytest.mark.parametrize("kind", ["pictures", "points"])
def test_real_things_are_called_odd_as_seldom_as_promised(kind: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(kind)
    fresh = crosses(600, 11) if kind == "pictures" else corners(600, 11)
    scored = score(run, fresh)
    beyond = scored.beyond(0.95)
    assert beyond is not None and beyond < 0.12 * 600  # 5 % are expected; few are held out, so that this varies
    assert 0.3 < float(scored.how_real.mean()) < 0.7


def test_what_is_said_of_an_item_does_not_depend_on_the_others(pictures: Run) -> None:
    items = pictures.domain.read(crosses(9, 3))
    measure = ruler(pictures).measure
    together = measure(items)
    for place in (0, 4, 8):
        alone = measure(Items(items.x[place : place + 1], ("one",)))
        torch.testing.assert_close(alone.oddness, together.oddness[place : place + 1], rtol=1e-3, atol=1e-4)
        assert abs(int(alone.odder[0]) - int(together.odder[place])) <= 1


def test_how_real_is_the_share_of_held_out_items_that_look_no_more_real(points: Run) -> None:
    data, split = same_data(points.folder), stored_split(points.folder)
    held_out = data.batch(torch.cat([split.report, split.select])).real["x"]
    own = ruler(points)
    theirs = own.measure(Items(held_out, ("x",) * len(held_out))).oddness
    scored = own.measure(points.domain.read(corners(50, 4)))
    assert scored.held_out == len(held_out)
    for place in range(50):
        as_odd = int((theirs >= scored.oddness[place]).sum())
        assert abs(int(scored.odder[place]) - as_odd) <= 1  # alone or in company, the last digit may differ
        assert float(scored.how_real[place]) == pytest.approx((int(scored.odder[place]) + 1) / (len(held_out) + 1))


def of(odder: Sequence[int], held_out: int) -> Scored:
    """Scores as they would be if so many held-out items were odder than each of the items."""
    n = len(odder)
    items = Items(torch.zeros(n, 1), tuple(f"item {i}" for i in range(n)))
    look = Look(torch.zeros(n), torch.zeros(n))
    counts = torch.tensor(odder)
    return Scored(items, look, torch.zeros(n, 2), -counts.float(), counts, held_out)


@pytest.mark.parametrize(
    ("odder", "words"),
    [
        (0, "less real than all 200 held-out items"),
        (1, "less real than 99 % of held-out items"),
        (20, "less real than 90 % of held-out items"),
        (100, "more real than 50 % of held-out items"),
        (199, "more real than 99 % of held-out items"),
        (200, "more real than all 200 held-out items"),
    ],
)
def test_it_is_said_in_words(odder: int, words: str) -> None:
    assert of([odder], 200).words(0) == words


@pytest.mark.parametrize(
    ("odder", "held_out", "words"),
    [
        ([0], 1, "Only 1 item was held out: too few to say whether this one is out of the way."),
        ([0, 1], 1, "Only 1 item was held out: too few to say which of the 2 are out of the way."),
        ([0, 1], 9, "Only 9 items were held out: too few to say which of the 2 are out of the way."),
        ([0], 19, "1 of 1 looks less real than 95 % of held-out items do (of so many real ones fewer than one would)."),
        ([0, 9], 19, "1 of 2 looks less real than"),
        ([0, 0], 19, "2 of 2 look less real than"),
    ],
)
def test_one_of_them_is_told_in_the_singular(odder: list[int], held_out: int, words: str) -> None:
    assert _summary(of(odder, held_out)).startswith(words)


def test_a_single_held_out_item_is_not_all_of_them() -> None:
    scored = of([0, 1], 1)
    assert [scored.words(place) for place in range(2)] == [
        "less real than the only held-out item",
        "more real than the only held-out item",
    ]


@given(st.lists(st.integers(0, 99), min_size=1, max_size=50))
def test_the_odd_are_counted_and_the_least_real_come_first(odder: list[int]) -> None:
    scored = of(odder, 99)
    assert scored.beyond(0.95) == sum(count + 1 <= 5 for count in odder)
    assert scored.beyond(0.99) == sum(count == 0 for count in odder)
    ranked = [odder[place] for place in scored.ranking.tolist()]
    assert ranked == sorted(odder)


def test_with_few_held_out_items_no_more_is_said_than_they_can_tell() -> None:
    assert of([0], 18).beyond(0.95) is None
    assert of([0], 19).beyond(0.95) == 1
    assert of([0], 98).beyond(0.99) is None


def test_where_nothing_was_held_out_it_works_and_says_so(tmp_path: Path) -> None:
    run = trained(crosses(12, 0), tmp_path, 0.2)
    told: list[str] = []
    scored = score(run, crosses(3, 1), tell=told.append)
    assert len(scored.how_real) == 3 and scored.held_out == 6
    assert any("Nothing was held out" in sentence for sentence in told)


def test_the_files_say_the_same(pictures: Run, tmp_path: Path) -> None:
    scored = score(pictures, np.concatenate([crosses(5, 2), odd_pictures("noise")[:2]]))
    written = write_scored(pictures, scored, tmp_path / "out" / "deep", features=True)
    assert [path.name for path in written] == ["scores.csv", "sheet.png", "features.npy", "features.csv"]
    with written[0].open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["item"] for line in lines] == [scored.items.names[place] for place in scored.ranking.tolist()]
    assert [int(line["rank"]) for line in lines] == list(range(1, 8))
    shares = [float(line["how_real"]) for line in lines]
    assert shares == sorted(shares) and 0 < shares[0] <= shares[-1] <= 1
    features = np.load(written[2])
    assert features.shape == scored.features.shape
    np.testing.assert_array_equal(features, scored.features.numpy())
    assert written[3].read_text().splitlines()[1] == f"0,{scored.items.names[0]}"
    assert [path.name for path in write_scored(pictures, scored, tmp_path / "two")] == ["scores.csv", "sheet.png"]


def test_names_that_are_no_text_and_have_no_letters_survive(pictures: Run, tmp_path: Path) -> None:
    x = pictures.domain.read(crosses(3, 2)).x
    names = ('a,"b"\nc', "snow \u2603 \udcff", "x" * 300)
    scored = ruler(pictures).measure(Items(x, names))
    (table, _) = write_scored(pictures, scored, tmp_path)
    with table.open(newline="", encoding="utf-8") as file:
        items = {line["item"] for line in csv.DictReader(file)}
    assert {'a,"b"\nc', "snow \u2603 \\udcff", "x" * 300} == items


@pytest.mark.parametrize("n", [1, 2, 7, 60])
def test_the_sheet_shows_the_least_and_the_most_real_once_each(pictures: Run, points: Run, n: int) -> None:
    tiles = contact_sheet(pictures, score(pictures, crosses(n, 2)))
    assert tiles.mode == "RGB" and tiles.width < 1100 and tiles.height < 1300
    together = contact_sheet(points, score(points, corners(n, 2)))
    assert together.mode == "RGB" and together.height > together.width / 2


def test_the_oddest_picture_is_the_first_on_the_sheet(pictures: Run) -> None:
    sheet = np.asarray(contact_sheet(pictures, score(pictures, np.concatenate([crosses(5, 2), odd_pictures("white")]))))
    first, second = sheet[70:150, 20:110], sheet[70:150, 144:234]
    assert first.mean() > 240 and second.mean() > 240
    assert sheet[70:150, 268:358].mean() < 200


def test_items_of_another_kind_are_refused(pictures: Run, points: Run) -> None:
    with pytest.raises(DataError):
        score(pictures, "ring")
    with pytest.raises(DataError):
        score(points, "digits")


def test_without_the_runs_data_the_error_says_what_they_are_needed_for(tmp_path: Path) -> None:
    run = trained(corners(40, 0), tmp_path, 0.2)
    (tmp_path / "data.npy").rename(tmp_path / "moved.npy")
    with pytest.raises(RunError, match="held out.*cannot be read.*--source"):
        score(run, corners(3, 1))
    assert len(score(run, corners(3, 1), source=str(tmp_path / "moved.npy")).how_real) == 3
    np.save(tmp_path / "data.npy", corners(40, 1))
    with pytest.raises(RunError, match=r"changed.*--source"):
        score(run, corners(3, 1))


class TestCommand:
    """`ganforge score` as people use and misuse it."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "new ones"
        (folder / "sub").mkdir(parents=True)
        for number, picture in enumerate(crosses(6, 2)):
            Image.fromarray(picture).save(folder / f"{number}.png")
        Image.fromarray(odd_pictures("white")[0]).save(folder / "sub" / "white.png")
        noise = np.random.default_rng(1).integers(0, 256, size=(20, 30, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / "[red]large colour.png")
        (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nxxxx")
        return folder

    def test_it_prints_the_least_real_says_how_many_and_what_was_left_out(
        self, pictures: Run, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command(["score", str(pictures.path), str(folder), "--show", "3"]) == 0
        printed = capsys.readouterr().out
        assert "less real than all 80 held-out items" in printed
        assert "[red]large colour.png" in printed and "white.png" in printed
        assert "of 8 look less real than 95 % of held-out items do" in printed
        assert "Left out: broken.png" in printed and "made grey" in printed
        written = pictures.path / "scored-new-ones"
        assert sorted(path.name for path in written.iterdir()) == ["scores.csv", "sheet.png"]
        shutil.rmtree(written)

    def test_json_is_everything_and_nothing_else(
        self, pictures: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "out"
        assert command(["score", str(pictures.path), str(folder), "--json", "--features", "--out", str(out)]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["held_out"] == 80 and told["beyond"]["95"] >= 2 and told["beyond"]["99"] is None
        assert [item["rank"] for item in told["items"]] == list(range(1, 9))
        assert {told["items"][0]["item"], told["items"][1]["item"]} == {"sub/white.png", "[red]large colour.png"}
        assert [skipped["item"] for skipped in told["skipped"]] == ["broken.png"]
        assert all(Path(file).is_file() for file in told["files"]) and len(told["files"]) == 4

    def test_one_picture_will_do(
        self, pictures: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = str(tmp_path / "out")
        assert command(["score", str(pictures.path), str(folder / "0.png"), "--out", out]) == 0
        assert "held-out items" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("items", "more", "words"),
        [
            ("nowhere", [], "nowhere"),
            ("empty", [], "nothing"),
            ("new ones/broken.png", [], "broken.png"),
            ("table.csv", [], "Name a picture"),
            ("new ones", ["--show", "-1"], "--show"),
            ("new ones", ["--checkpoint", "third"], "third"),
            ("new ones", ["--source", "nowhere"], "--source"),
            ("new ones", ["--out", "table.csv"], "in the way"),
        ],
    )
    def test_bad_input_gets_one_clear_sentence(
        self, pictures: Run, folder: Path, items: str, more: list[str], words: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (folder.parent / "empty").mkdir()
        (folder.parent / "table.csv").write_text("a,b\n1,2\n3,4\n")
        assert command(["score", str(pictures.path), items, *more]) == 2
        told = capsys.readouterr().err
        assert words in told and "Traceback" not in told
