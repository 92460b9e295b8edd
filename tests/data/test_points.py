"""Numbers: what is read, what is told, and the way back into the user's units."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ganforge.core.contracts import DataOptions
from ganforge.core.errors import DataError, SettingError
from ganforge.core.seeding import Draws
from ganforge.core.settings import from_json, to_json
from ganforge.data._opening import open_source
from ganforge.data.points import Points, PointSource

OPTIONS = DataOptions()
ROWS = [[1.5, 10.0], [2.5, 20.0], [-3.25, 30.0], [4.0, 45.0]]


def opened(source: object) -> PointSource:
    source = open_source(source, OPTIONS)
    assert isinstance(source, PointSource)
    return source


def back(source: PointSource) -> np.ndarray:
    return source.domain.decode(source.batch(torch.arange(source.card.count)).real["x"])


def columns_of(source: PointSource) -> list[str]:
    assert isinstance(source.domain, Points)
    return [column.name for column in source.domain.columns]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1.5,10\n2.5,20\n-3.25,30\n4,45\n", ["a", "b"]),
        ("1.5,10\n2.5,20\n-3.25,30\n4,45", ["column 1", "column 2"]),
        ('"height, cm";"b"\r\n1.5;10\r\n2.5;20\r\n-3.25;30\r\n4;45\r\n', ["height, cm", "b"]),
        ("a;b\n1,5;10\n2,5;20\n-3,25;30\n4,0;45\n", ["a", "b"]),
        ("a\tb\n1.5\t10\n2.5\t20\n-3.25\t30\n4\t45\n", ["a", "b"]),
        ("# a b\n1.5 10\n2.5   20\n\n-3.25 3e1\n4 45\n", ["a", "b"]),
        ("\ufeffa,b\n 1.5 , 10\n2.5,20\n-3.25,30\n4,45\n", ["a", "b"]),
        ('a,b\n"1.5","10"\n"2.5","20"\n"-3.25","30"\n"4","45"\n', ["a", "b"]),
        ("a,a\n1.5,10\n2.5,20\n-3.25,30\n4,45\n", ["a", "a (2)"]),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_text_is_read_whatever_its_delimiter(text: str, names: list[str], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"table{suffix}"
    path.write_text(text, encoding="utf-8", newline="")
    source = opened(path)
    assert columns_of(source) == names
    assert back(source) == pytest.approx(np.asarray(ROWS), abs=1e-5)


def test_arrays_and_array_files_are_read(tmp_path: Path) -> None:
    array = np.asarray(ROWS)
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "b.npz", x=array)
    sources = [array, array.tolist(), torch.tensor(ROWS), tmp_path / "a.npy", tmp_path / "b.npz"]
    assert len({opened(source).card.fingerprint for source in sources}) == 1
    assert opened(np.arange(10.0)).card.shape == (1,)


def test_rows_with_gaps_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1.5,2\n,3\n4.5,nan\n5,inf\n6,n/a\n" + "7.5,8.25\n" * 20 + "9,10\n")
    source = opened(path)
    assert source.card.count == 22
    assert "4 rows left out" in source.card.notes[1] and "rows 2, 3, 4, 5" in source.card.notes[1]


def test_rows_of_another_length_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1.5,2\n3\n4.5,5,6\n5.5,7\n" + "0.5,1\n" * 5)
    source = opened(path)
    assert source.card.count == 7 and "2 rows" in source.card.notes[1] and "rows 2, 3" in source.card.notes[1]


def test_constant_columns_are_told_kept_from_the_networks_and_put_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one,x,two\n" + "".join(f"7,{n / 10},-0.5\n" for n in range(30)))
    source = opened(path)
    assert source.card.shape == source.domain.shape() == (1,)
    assert any("2 constant columns" in note and "one = 7" in note for note in source.card.notes)
    made = source.domain.decode(torch.zeros(3, 1))
    assert made.shape == (3, 3) and made[:, 0].tolist() == [7] * 3 and made[:, 2].tolist() == [-0.5] * 3


def test_columns_of_text_are_told_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,x,colour\nann,1.5,red\nbob,2,blue\ncat,3,red\n")
    source = opened(path)
    assert columns_of(source) == ["x"]
    assert source.card.notes[:2] == ("3 columns, separated by commas.", "2 columns of text left out: name, colour.")


def test_a_column_that_is_mostly_missing_does_not_cost_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,rare\n" + "".join(f"{n / 2},{n if n == 3 else ''}\n" for n in range(20)))
    source = opened(path)
    assert columns_of(source) == ["x"] and source.card.count == 20
    assert "rare" in source.card.notes[1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1.5,{},3", "3 columns, separated by commas."),
        ("1.5;{}", "2 columns, separated by semicolons."),
        ("1.5\t{}", "2 columns, separated by tabs."),
        ("1.5 {}", "2 columns, separated by white space."),
        ("{}", "1 column."),
    ],
)
def test_the_columns_found_and_their_delimiter_are_told(line: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(line.format(n) + "\n" for n in range(25)))
    assert opened(path).card.notes[0] == told


@pytest.mark.parametrize(
    ("text", "suspected"),
    [
        ("1,5\n-2,25\n+3,125\n", True),
        ("height\n1,5\n2,25\n3,125\n", True),
        ("1,5\n2,2\n3,1\n", False),
        ("1,5\n2,25\n3,1.5\n", False),
        ("1,5,7\n2,25,7\n3,125,8\n", False),
        ("1,5;2\n2,25;3\n", False),
    ],
)
def test_a_table_that_looks_like_decimal_commas_is_told(text: str, suspected: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert any("written as a point" in note for note in opened(path).card.notes) == suspected


def test_the_throws_of_a_die_are_held_out_one_by_one_so_that_no_face_is_missing_anywhere() -> None:
    throws = np.random.default_rng(0).integers(1, 7, 10_000)
    die = opened(throws)
    assert die.split.held_out
    for part in (die.split.train, die.split.select, die.split.report):
        shares = np.bincount(back(die)[part.numpy(), 0].astype(int), minlength=7)[1:] / len(part)
        assert shares == pytest.approx(np.full(6, 1 / 6), abs=0.06)
    again = opened(throws[::-1].copy())
    assert sorted(back(again)[again.split.report.numpy(), 0]) == sorted(back(die)[die.split.report.numpy(), 0])


def test_rows_that_are_hardly_ever_equal_stay_together_where_they_are() -> None:
    rows = np.random.default_rng(0).standard_normal((2000, 2))
    rows[1000:1010] = rows[:10]
    source = opened(rows)
    report = set(source.split.report.tolist())
    assert all((at in report) == (at + 1000 in report) for at in range(10))


def test_the_training_part_of_an_npz_is_used_and_the_test_part_is_told(tmp_path: Path) -> None:
    rows = np.asarray(ROWS)
    np.savez(tmp_path / "a.npz", x_train=rows, y_train=[0, 1, 0, 1], x_test=rows[:2], y_test=[0, 1])
    source = opened(tmp_path / "a.npz")
    assert back(source) == pytest.approx(rows, abs=1e-5)
    assert source.card.notes[0] == "Only x_train is used; x_test was left alone."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("a,b\nx,y\nz,w\n", "no column of numbers"),
        ("a\n1\n", "1 usable row"),
        ("a,b\n1,2\n1,2\n1,2\n", "constant"),
        ("a,b\nx\ny\n", "text|no rows|no column"),
        ("a,b\n,1\n,\n,\n", "more than half of every column"),
        ("a,b\0\0\n1,2", "no text"),
    ],
)
def test_a_table_with_nothing_usable_says_so(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        opened(path)


def test_whole_numbers_come_back_whole_and_exactly() -> None:
    rng = np.random.default_rng(0)
    table = np.stack([rng.integers(0, 2, 500), rng.integers(18, 95, 500), rng.integers(-9, 70_000, 500)], 1)
    source = opened(table)
    assert np.array_equal(back(source), table)
    x = source.batch(torch.arange(500)).real["x"]
    assert len(set(x[:, 0].tolist())) > 400  # spread: the discriminator cannot tell forgeries by their decimals
    made = source.domain.decode(torch.randn(50, 3))
    assert np.array_equal(made, np.rint(made))


def test_the_networks_see_standard_numbers() -> None:
    table = np.random.default_rng(0).normal([1e6, -3, 1e-7], [10, 4, 1e-9], (4000, 3))
    x = opened(table).batch(torch.arange(4000)).real["x"]
    assert x.dtype == torch.float32
    assert x.mean(0).abs().max() < 1e-3 and (x.std(0) - 1).abs().max() < 1e-2


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    arrays.arrays(
        np.float64,
        st.tuples(st.integers(2, 12), st.integers(1, 4)),
        elements=st.floats(-1e250, 1e250, allow_nan=False) | st.sampled_from([0.0, 1.0, 1e-310, 5e-324, 1e299]),
    )
)
def test_any_finite_table_comes_back_or_is_refused(table: np.ndarray) -> None:
    try:
        source = opened(table)
    except DataError:
        seen = np.where(np.abs(table) <= 1e-300, 0, table)  # smaller numbers count as zero
        assert np.ptp(seen / np.maximum(np.abs(seen).max(0), 1e-300), axis=0).max() < 1e-12  # all constant
        return
    size = np.abs(table).max(0)
    assert (np.abs(back(source) - table) <= 1e-6 * size + 1e-299).all()
    assert from_json(Points, to_json(source.domain)) == source.domain
    assert source.domain.preview(back(source)).mode == "RGB"


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.binary(max_size=400) | st.text('0123456789.,;\t \n"#-enaN', max_size=300).map(str.encode))
def test_any_file_is_read_or_refused_with_a_message(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "a.csv")
        path.write_bytes(content)
        try:
            source = opened(path)
        except DataError:
            return
        assert np.isfinite(back(source)).all() and len(back(source)) >= 2


def test_labels_are_refused() -> None:
    with pytest.raises(DataError, match="no labels.*Leave out --labels"):
        open_source("ring", DataOptions(labels=True))


def test_the_head_leaves_numbers_as_they_are() -> None:
    raw = torch.randn(4, 2)
    assert torch.equal(opened("ring").domain.head(raw, Draws(0, "test")), raw)


def test_samples_are_written_and_read_again(tmp_path: Path) -> None:
    table = np.random.default_rng(0).normal(size=(40, 2)) * [3, 1e-5]
    source = opened(table)
    made = source.domain.decode(torch.randn(30, 2))
    (file,) = source.domain.write(made, tmp_path / "a.csv")
    assert file.read_text().splitlines()[0] == "x,y"
    again = opened(file)
    assert again.card.fingerprint == opened(made).card.fingerprint  # to the last bit
    (array,) = source.domain.write(made, tmp_path / "a.npy")
    assert np.array_equal(np.load(array), made)
    assert [path.name for path in source.domain.write(made, tmp_path / "folder")] == ["samples.csv"]
    assert source.domain.write(made, tmp_path / "a.png")[0].exists()
    with pytest.raises(SettingError, match=r"\.xlsx"):
        source.domain.write(made, tmp_path / "a.xlsx")


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 7])
def test_a_preview_shows_any_number_of_columns(columns: int) -> None:
    source = opened(np.random.default_rng(0).normal(size=(300, columns)))
    picture = source.domain.preview(back(source))
    assert picture.size == ((480, 480) if columns <= 2 else (640, 640))
    pixels = np.asarray(picture)
    assert pixels.min() < 120 and np.median(pixels) > 230  # ink on a light ground


def test_a_preview_bears_what_is_not_finite_or_far_away_and_refuses_nothing_at_all() -> None:
    domain = opened("ring").domain
    samples = np.array([[np.nan, 0], [np.inf, 1], [1e300, 0], [0.5, 0.5]])
    assert domain.preview(samples).size == (480, 480)
    with pytest.raises(SettingError):
        domain.preview(samples[:0])


def test_a_stray_point_among_thousands_is_seen() -> None:
    domain = opened("ring").domain
    ring = back(opened("ring"))[:20_000]
    without, with_it = (np.asarray(domain.preview(s)).astype(int) for s in (ring, np.vstack([ring, [[0.31, 0.17]]])))
    assert np.abs(without - with_it).max() > 25
