"""Pictures: what is read, what is skipped and why, the cache, and the way back."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ganforge.core.contracts import DataOptions
from ganforge.core.errors import DataError, RunError, SettingError
from ganforge.core.settings import from_json, to_json
from ganforge.data import images as images_module
from ganforge.data._decode import read_picture
from ganforge.data._opening import open_source
from ganforge.data._prepare import choose_size
from ganforge.data.images import Images, ImageSource
from ganforge.runs.folder import RunFolder


@pytest.fixture
def options(tmp_path: Path) -> DataOptions:
    return DataOptions(cache=tmp_path / "cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "pictures"
    path.mkdir()
    return path


def opened(source: object, options: DataOptions) -> ImageSource:
    source = open_source(source, options)
    assert isinstance(source, ImageSource)
    return source


def pixels_of(source: ImageSource) -> np.ndarray:
    return source.domain.decode(source.batch(torch.arange(source.card.count)).real["x"])


def fill(folder: Path, count: int = 3, size: tuple[int, int] = (16, 16)) -> None:
    for index in range(count):
        Image.new("RGB", size, (index * 40 % 256, 10, 200)).save(folder / f"sound-{index:03d}.png")


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "bmp", "tiff", "gif"])
def test_every_format_is_read_by_content_whatever_its_name(form: str, folder: Path, options: DataOptions) -> None:
    for index, name in enumerate(("a", "b.txt", "c.png", "d.jpg")):
        Image.new("L", (12, 12), 60 * index).save(folder / name, form)
    source = opened(folder, options)
    assert source.card.skipped == ()
    assert source.card.shape == (1, 12, 12)
    assert np.abs(pixels_of(source).mean((1, 2)) - [0, 60, 120, 180]).max() <= 2


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("1", (8, 8), 1), 255),
        (Image.new("L", (8, 8), 77), 77),
        (Image.new("LA", (8, 8), (0, 0)), 255),
        (Image.new("LA", (8, 8), (0, 255)), 0),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 0)), 255),
        (Image.new("RGBA", (8, 8), (0, 0, 0, 51)), 204),
        (Image.new("RGB", (8, 8), (51, 51, 51)).convert("P"), 51),
        (Image.new("CMYK", (8, 8), (0, 0, 0, 255)), 0),
        (Image.fromarray(np.full((8, 8), 65535, np.uint16)), 255),
        (Image.fromarray(np.full((8, 8), 32896, np.uint16)), 128),
        (Image.fromarray(np.full((8, 8), 100, np.int32)), 100),
        (Image.fromarray(np.full((8, 8), 25700, np.int32)), 100),
        (Image.fromarray(np.full((8, 8), 0.4, np.float32)), 102),
        (Image.fromarray(np.full((8, 8), 200.0, np.float32)), 200),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else str(value),
)
def test_every_mode_becomes_eight_bits_on_white(
    picture: Image.Image, expected: int, folder: Path, options: DataOptions
) -> None:
    for name in ("a.tif", "b.tif"):
        picture.save(folder / name)
    assert np.unique(pixels_of(opened(folder, options))).tolist() == [expected]


def test_a_palette_colour_declared_transparent_is_white(folder: Path, options: DataOptions) -> None:
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])
    picture.save(folder / "a.gif", transparency=1)
    picture.save(folder / "b.png", transparency=1)
    assert np.unique(pixels_of(opened(folder, options))).tolist() == [255]


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "tiff"])
def test_a_picture_is_turned_as_its_exif_says(form: str, folder: Path, options: DataOptions) -> None:
    upright = np.zeros((16, 32), np.uint8)
    upright[:, 16:] = 250  # bright on the right
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying: to be turned clockwise by 90 degrees
    stored = Image.fromarray(upright).transpose(Image.Transpose.ROTATE_90)
    for name in "ab":
        stored.convert("RGB").save(folder / f"{name}.{form}", exif=exif)
    source = opened(folder, options)
    assert source.card.shape == (1, 16, 32)
    shown = pixels_of(source)[0]
    assert shown[:, :12].mean() < 20 and shown[:, 20:].mean() > 230


def test_one_pixel_pictures_and_mixed_sizes_are_read(folder: Path, options: DataOptions) -> None:
    for index, size in enumerate([(1, 1), (100, 3), (3, 100), (40, 30), (1, 4000)]):
        Image.new("RGB", size, (200, index, 0)).save(folder / f"{index}.png")
    source = opened(folder, options)
    assert source.card.count == 5 and source.card.skipped == ()
    assert pixels_of(source)[0].reshape(-1, 3).std(0).max() == 0


def test_pictures_are_scaled_to_cover_and_cropped_in_the_middle(folder: Path, options: DataOptions) -> None:
    wide = np.zeros((100, 300), np.uint8)
    wide[:, 100:200] = 255
    for name in "ab":
        Image.fromarray(wide).save(folder / f"{name}.png")
    shown = pixels_of(opened(folder, DataOptions(size=10, cache=options.cache)))
    assert shown.shape == (2, 10, 10) and shown[:, :, 1:-1].min() > 240


def test_a_size_that_is_not_square_is_height_then_width(folder: Path, options: DataOptions) -> None:
    fill(folder)
    assert opened(folder, DataOptions(size=(24, 40), cache=options.cache)).card.shape == (3, 24, 40)


@pytest.mark.parametrize("size", [3, 0, -5, (16, 5000)])
def test_a_size_out_of_bounds_is_refused(size: int | tuple[int, int], folder: Path, options: DataOptions) -> None:
    fill(folder)
    with pytest.raises(SettingError, match="between 4 and 2048"):
        opened(folder, DataOptions(size=size, cache=options.cache))


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(28, 28)] * 3, (28, 28)),
        ([(48, 20)] * 3, (20, 48)),
        ([(500, 500), (600, 560), (300, 310)], (64, 64)),
        ([(640, 480)] * 5, (48, 64)),
        ([(480, 640)] * 5, (64, 48)),
        ([(30, 30), (34, 34), (32, 33)], (32, 32)),
        ([(1, 1)] * 4, (8, 8)),
        ([(4000, 10)] * 4, (8, 64)),
    ],
)
def test_the_size_is_chosen_from_the_data(sizes: list[tuple[int, int]], chosen: tuple[int, int]) -> None:
    assert choose_size(sizes)[0] == chosen


def test_the_card_tells_what_size_was_chosen_and_why(folder: Path, options: DataOptions) -> None:
    fill(folder, size=(300, 200))
    note = opened(folder, options).card.notes[0]
    assert "300 x 200" in note and "64 x 44" in note


def test_pictures_that_are_grey_in_content_get_one_channel(folder: Path, options: DataOptions) -> None:
    for value in (10, 99):
        Image.new("RGB", (16, 16), (value, value, value)).save(folder / f"{value}.png")
    assert opened(folder, options).card.shape == (1, 16, 16)
    Image.new("RGB", (16, 16), (5, 6, 7)).save(folder / "z.png")
    source = opened(folder, options)
    assert source.card.shape == (3, 16, 16)
    assert pixels_of(source)[:, 0, 0].tolist() == [[10] * 3, [99] * 3, [5, 6, 7]]


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "tiff", "gif", "bmp"])
def test_a_truncated_file_is_skipped_by_name(form: str, folder: Path, options: DataOptions) -> None:
    fill(folder)
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, form)
    (folder / f"cut.{form}").write_bytes(file.getvalue()[: len(file.getvalue()) // 2])
    (skipped,) = opened(folder, options).card.skipped
    assert skipped.name == f"cut.{form}" and form in skipped.reason.lower()


def test_what_is_no_picture_is_told_but_not_counted_as_damaged(folder: Path, options: DataOptions) -> None:
    fill(folder, 2)
    for name in ("notes.txt", "more.txt", "list.csv", "BM.dat"):
        (folder / name).write_text("BM: nothing to see")
    for name in (".DS_Store", "Thumbs.db", "._sound-000.png"):
        (folder / name).write_bytes(b"\0\1\2")
    card = opened(folder, options).card
    assert card.count == 2 and card.skipped == ()
    assert any("4 files" in note and ".txt" in note for note in card.notes)
    assert any("3 hidden" in note for note in card.notes)


def test_a_text_that_is_named_as_a_picture_is_skipped_by_name(folder: Path, options: DataOptions) -> None:
    fill(folder)
    (folder / "b.png").write_text("hello")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    reasons = {skipped.name: skipped.reason for skipped in opened(folder, options).card.skipped}
    assert sorted(reasons) == ["b.png", "empty.jpg", "photo.heic"]
    assert "empty" in reasons["empty.jpg"] and "HEIC" in reasons["photo.heic"]


@pytest.mark.parametrize("side", [8001, 30_000, 2**24, 2**31 - 1])
def test_a_header_that_claims_too_much_is_refused_before_decoding(
    side: int, folder: Path, options: DataOptions
) -> None:
    fill(folder)
    (folder / "bomb.png").write_bytes(png_claiming(side, side))
    (skipped,) = opened(folder, options).card.skipped
    assert skipped.name == "bomb.png" and "megapixels" in skipped.reason


def test_a_pipe_and_a_broken_link_do_not_hang(folder: Path, options: DataOptions) -> None:
    fill(folder)
    os.mkfifo(folder / "pipe.png")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "circle").symlink_to(folder, target_is_directory=True)
    card = opened(folder, options).card
    assert card.count == 3
    assert [skipped.name for skipped in card.skipped] == ["gone.png", "pipe.png"]


def test_runs_of_ganforge_below_the_source_are_no_data(folder: Path, options: DataOptions) -> None:
    (folder / "cats").mkdir()
    fill(folder / "cats", 25)
    before = opened(folder, options).card
    assert not any("Ganforge" in note for note in before.notes)
    kept = sorted((options.cache or folder).rglob("pixels.u8"))
    for parent in ("runs", "cats"):
        run = RunFolder.create(folder / parent, "pictures")
        run.write_facts({"seed": 1})
        fill(run.samples, 2)
        (run.path / "poster.png").write_bytes((run.samples / "sound-000.png").read_bytes())
    (folder / ".thumbnails").mkdir()
    fill(folder / ".thumbnails")
    after = opened(folder, options).card
    assert (after.fingerprint, after.count) == (before.fingerprint, 25)
    assert after.notes == (*before.notes, "Left aside: 2 runs of Ganforge in this folder.")
    assert sorted((options.cache or folder).rglob("pixels.u8")) == kept  # nothing was decoded again
    fresh = DataOptions(cache=folder.parent / "another")
    assert opened(folder, fresh).card == after


def test_a_run_can_be_the_source_and_runs_alone_are_none(folder: Path, options: DataOptions) -> None:
    run = RunFolder.create(folder, "pictures")
    run.write_facts({"seed": 1})
    fill(run.samples)
    assert opened(run.path, options).card.count == 3
    with pytest.raises(DataError, match="nothing in .* but 1 run of Ganforge"):
        opened(folder, options)


def test_more_damage_than_pictures_stops_before_training(folder: Path, options: DataOptions) -> None:
    fill(folder, 3)
    for index in range(4):
        (folder / f"bad{index}.jpg").write_bytes(b"no")
    with pytest.raises(DataError, match=r"4 of the 7 pictures.*bad0\.jpg"):
        opened(folder, options)


def test_three_pictures_are_enough_and_one_is_not(folder: Path, options: DataOptions) -> None:
    fill(folder, 1)
    with pytest.raises(DataError, match="1 usable picture; at least 2"):
        opened(folder, options)
    fill(folder, 3)
    source = opened(folder, options)
    assert source.card.count == 3 and not source.split.held_out


def test_an_empty_folder_and_one_without_pictures_say_so(folder: Path, options: DataOptions) -> None:
    with pytest.raises(DataError, match="nothing in"):
        opened(folder, options)
    (folder / "table.csv").write_text("1,2")
    with pytest.raises(DataError, match=r"no pictures in .*only 1 other file \(\.csv\)"):
        opened(folder, options)


def test_a_second_start_reads_no_picture(folder: Path, options: DataOptions) -> None:
    fill(folder, 25)
    before = pixels_of(opened(folder, options))
    for path in folder.iterdir():  # destroyed without a trace in size and time: whoever reads them will fail
        status = path.stat()
        path.write_bytes(bytes(status.st_size))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert np.array_equal(pixels_of(opened(folder, options)), before)


def test_a_changed_file_is_decoded_anew(folder: Path, options: DataOptions) -> None:
    fill(folder)
    first = opened(folder, options).card
    Image.new("RGB", (16, 16), (1, 2, 3)).save(folder / "sound-000.png")
    second = opened(folder, options)
    assert second.card.fingerprint != first.fingerprint
    assert pixels_of(second)[0, 0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("file", ["pixels.u8", "meta.json", "hashes.u8"])
def test_a_damaged_cache_is_built_anew(file: str, folder: Path, options: DataOptions) -> None:
    fill(folder)
    before = pixels_of(opened(folder, options))
    (path,) = (options.cache or folder).rglob(file)
    path.write_bytes(path.read_bytes()[:-1])
    assert np.array_equal(pixels_of(opened(folder, options)), before)


def test_a_builder_that_was_killed_leaves_nothing_behind(
    folder: Path, options: DataOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(images_module, "store", interrupted)
        with pytest.raises(KeyboardInterrupt):
            opened(folder, options)
    assert opened(folder, options).card.count == 3
    assert not list((options.cache or folder).rglob("*.part"))


def test_a_cache_that_cannot_be_written_names_the_cure(folder: Path, tmp_path: Path) -> None:
    fill(folder)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="GANFORGE_CACHE"):
        opened(folder, DataOptions(cache=tmp_path / "file" / "cache"))


def test_sub_folders_are_labels_below_what_they_share(folder: Path, options: DataOptions) -> None:
    for label in ("cats", "dogs"):
        for index in range(2):
            path = folder / "set" / label / "more" / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8), index).save(path)
    Image.new("L", (8, 8)).save(folder / "set" / "stray.png")
    (folder / "set" / "readme.txt").write_text("hello")
    source = opened(folder, DataOptions(labels=True, cache=options.cache))
    assert source.card.classes == ("cats", "dogs")
    assert [skipped.name for skipped in source.card.skipped] == ["set/stray.png"]
    condition = source.batch(torch.tensor([3, 0])).condition
    assert condition is not None and condition.labels is not None
    assert condition.labels.tolist() == [1, 0]


def test_labels_need_classes(folder: Path, options: DataOptions) -> None:
    fill(folder)
    with pytest.raises(DataError, match="sub-folders"):
        opened(folder, DataOptions(labels=True, cache=options.cache))
    (folder / "only").mkdir()
    for path in folder.glob("*.png"):
        path.rename(folder / "only" / path.name)
    with pytest.raises(DataError, match="at least two classes"):
        opened(folder, DataOptions(labels=True, cache=options.cache))


def test_a_zip_reads_like_its_folder(folder: Path, tmp_path: Path, options: DataOptions) -> None:
    fill(folder, 4)
    (folder / "bad.png").write_text("no")
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in folder.iterdir():
            file.write(path, path.name)
        file.writestr("../../escape.png", (folder / "sound-000.png").read_bytes())
        file.writestr("bomb.png", (folder / "sound-000.png").read_bytes() + bytes(300_000_000))
        file.writestr("__MACOSX/._a.png", b"junk")
    source = opened(archive, options)
    names = {skipped.name: skipped.reason for skipped in source.card.skipped}
    assert set(names) == {"bad.png", "bomb.png"} and "300 MB" in names["bomb.png"]
    assert source.card.count == 5
    assert np.array_equal(pixels_of(source)[1:], pixels_of(opened(folder, options)))


def test_a_damaged_zip_and_a_damaged_member_are_told(folder: Path, tmp_path: Path, options: DataOptions) -> None:
    fill(folder, 4)
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.iterdir()):
            file.write(path, path.name)
    raw = bytearray(archive.read_bytes())
    raw[100] ^= 255  # inside the first member
    archive.write_bytes(raw)
    assert [skipped.name for skipped in opened(archive, options).card.skipped] == ["sound-000.png"]
    archive.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(DataError, match="zip"):
        opened(archive, options)


@pytest.mark.parametrize(
    ("array", "shape"),
    [
        (np.zeros((4, 9, 8), np.uint8), (1, 9, 8)),
        (np.zeros((4, 9, 8, 1), np.uint8), (1, 9, 8)),
        (np.random.default_rng(0).integers(0, 256, (4, 9, 8, 3), dtype=np.uint8), (3, 9, 8)),
        (np.random.default_rng(0).integers(0, 256, (4, 9, 8, 4), dtype=np.uint8), (3, 9, 8)),
        (np.random.default_rng(0).integers(0, 256, (4, 3, 9, 8), dtype=np.uint8), (3, 9, 8)),
    ],
)
def test_arrays_of_every_layout_are_read(
    array: np.ndarray, shape: tuple[int, ...], tmp_path: Path, options: DataOptions
) -> None:
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "b.npz", images=array, y=[0, 1, 0, 1])
    cards = [opened(source, options).card for source in (array, tmp_path / "a.npy", tmp_path / "b.npz")]
    assert {card.shape for card in cards} == {shape}
    assert len({card.fingerprint for card in cards}) == 1
    assert cards[0].source == "" and cards[1].source == str(tmp_path / "a.npy")


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [(0.0, 1.0, np.float32), (-1.0, 1.0, np.float64), (0, 255, np.float32), (0, 255, np.int64), (0, 65535, np.uint16)],
)
def test_the_range_of_an_array_is_recognised(low: float, high: float, kind: type, options: DataOptions) -> None:
    ramp: np.ndarray = np.linspace(low, high, 256).reshape(1, 16, 16).astype(kind)
    shown = pixels_of(opened(np.concatenate([ramp, ramp[:, ::-1]]), options))
    assert np.abs(shown[0].reshape(-1).astype(int) - np.arange(256)).max() <= 1


def test_a_range_that_would_have_to_be_guessed_is_refused(options: DataOptions) -> None:
    with pytest.raises(DataError, match="-3 to 7"):
        opened(np.linspace(-3, 7, 3 * 64).reshape(3, 8, 8), options)


def test_pictures_that_are_not_finite_are_skipped(options: DataOptions) -> None:
    array = np.full((4, 8, 8), 0.5)
    array[2, 3, 3] = np.nan
    assert [skipped.name for skipped in opened(array, options).card.skipped] == ["row 2"]


def test_lists_of_pictures_and_of_arrays_are_read(options: DataOptions) -> None:
    pictures = [Image.new("RGB", (20, 10), (index, 0, 0)) for index in range(3)]
    assert opened(pictures, options).card.shape == (3, 10, 20)
    mixed = [np.zeros((10, 10), np.uint8), np.full((30, 20, 3), 9, np.uint8), torch.zeros(12, 12, dtype=torch.uint8)]
    assert opened(mixed, options).card.count == 3


def test_labels_of_an_npz_become_classes_in_the_order_of_numbers(tmp_path: Path, options: DataOptions) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 8, 8), np.uint8), labels=[10, 2, 2, 10])
    source = opened(tmp_path / "a.npz", DataOptions(labels=True, cache=options.cache))
    assert source.card.classes == ("2", "10")


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.bool_])
def test_one_hot_labels_become_classes_and_are_told(kind: type, tmp_path: Path, options: DataOptions) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 8, 8), np.uint8), y=np.eye(3, dtype=kind)[[2, 0, 2, 1]])
    source = opened(tmp_path / "a.npz", DataOptions(labels=True, cache=options.cache))
    assert source.card.classes == ("0", "1", "2")
    assert any("one-hot" in note for note in source.card.notes)
    condition = source.batch(torch.arange(4)).condition
    assert condition is not None and condition.labels is not None and condition.labels.tolist() == [2, 0, 2, 1]
    assert not any("one-hot" in note for note in opened(tmp_path / "a.npz", options).card.notes)


def test_labels_in_one_column_are_read(tmp_path: Path, options: DataOptions) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 8, 8), np.uint8), y=[[3], [1], [1], [3]])
    assert opened(tmp_path / "a.npz", DataOptions(labels=True, cache=options.cache)).card.classes == ("1", "3")


@pytest.mark.parametrize("y", [[[1, 1], [0, 1]] * 2, [[0.5, 0.5]] * 4, [[0, 0], [0, 1]] * 2, [[[1]]] * 4, 5])
def test_labels_of_several_axes_are_refused_with_the_cure(y: object, tmp_path: Path, options: DataOptions) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 8, 8), np.uint8), y=np.asarray(y))
    with pytest.raises(DataError, match=r"shape .*leave out --labels"):
        opened(tmp_path / "a.npz", DataOptions(labels=True, cache=options.cache))
    assert opened(tmp_path / "a.npz", options).card.count == 4


def test_the_training_part_of_an_npz_is_used_with_its_labels(tmp_path: Path, options: DataOptions) -> None:
    train = np.random.default_rng(0).integers(0, 256, (4, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "mnist.npz", x_test=train[:2], y_test=[7, 7], y_train=[5, 0, 5, 4], x_train=train)
    source = opened(tmp_path / "mnist.npz", DataOptions(labels=True, cache=options.cache))
    assert np.array_equal(pixels_of(source), train) and source.card.classes == ("0", "4", "5")
    assert "Only x_train is used; x_test was left alone." in source.card.notes


@pytest.mark.parametrize("array", [np.zeros(shape, np.uint8) for shape in ((4, 5, 6, 7), (0, 8, 8), (3, 0, 8))])
def test_arrays_that_are_no_pictures_are_refused(array: np.ndarray, options: DataOptions) -> None:
    with pytest.raises(DataError):
        opened(array, options)


def test_array_files_that_are_damaged_or_hold_objects_are_refused(tmp_path: Path, options: DataOptions) -> None:
    np.save(tmp_path / "cut.npy", np.zeros((9, 30, 30), np.uint8))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:500])
    np.save(tmp_path / "objects.npy", np.array([{}, []], dtype=object))
    (tmp_path / "text.npy").write_text("hello")
    np.savez(tmp_path / "two.npz", a=np.zeros(3), b=np.zeros(3))
    for name in ("cut.npy", "objects.npy", "text.npy", "two.npz"):
        with pytest.raises(DataError):
            open_source(tmp_path / name, options)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(2, 30), st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3]), st.integers(0, 9))
def test_decoding_a_batch_gives_the_pixels_back(n: int, height: int, width: int, channels: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (n, height, width, channels), dtype=np.uint8)
    pixels[0] = np.arange(channels, dtype=np.uint8) * 50  # in colour for certain, where there are three channels
    source = opened(pixels, DataOptions(size=(max(4, height), max(4, width))))
    batch = source.batch(torch.arange(n - 1, -1, -1))
    x = batch.real["x"]
    assert x.dtype == torch.float32 and float(x.abs().max()) <= 1
    assert tuple(x.shape[1:]) == source.card.shape == source.domain.shape()
    if height >= 4 and width >= 4:
        assert np.array_equal(source.domain.decode(x).reshape(pixels.shape), pixels[::-1])


def test_a_batch_is_channels_last_in_memory(options: DataOptions) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), dtype=np.uint8)
    x = opened(pixels, options).batch(torch.arange(8)).real["x"]
    assert x.is_contiguous(memory_format=torch.channels_last)


def test_duplicates_stay_on_one_side_of_the_split(options: DataOptions) -> None:
    once = np.random.default_rng(0).integers(0, 256, (50, 8, 8), dtype=np.uint8)
    source = opened(np.concatenate([once, once]), options)
    split = source.split
    parts = [{row % 50 for row in part.tolist()} for part in (split.train, split.select, split.report)]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
    assert set.union(*parts) == set(range(50))


def test_a_domain_survives_json() -> None:
    domain = Images(28, 30, 3, ("a", "b"))
    assert from_json(Images, to_json(domain)) == domain


def test_the_head_is_bounded_and_what_is_not_finite_can_be_shown() -> None:
    from ganforge.core.seeding import Draws

    domain = Images(4, 4, 1)
    head = domain.head(torch.full((1, 1, 4, 4), 50.0), Draws(0, "test"))
    assert float(head.max()) <= 1
    odd = torch.tensor([float("nan"), float("inf"), -float("inf"), 3.0] * 4).reshape(1, 1, 4, 4)
    assert domain.decode(odd)[0, 0].tolist() == [128, 255, 0, 255]


@pytest.mark.parametrize("shape", [(5, 8, 8), (5, 8, 12, 3)])
def test_samples_are_written_as_files_a_grid_or_an_array(shape: tuple[int, ...], tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    domain = Images(shape[1], shape[2], 1 if len(shape) == 3 else 3)
    files = domain.write(samples, tmp_path / "out")
    assert [file.name for file in files] == [f"000{index}.png" for index in range(5)]
    with Image.open(files[3]) as third:
        assert np.array_equal(np.asarray(third), samples[3])
    (array,) = domain.write(samples, tmp_path / "new" / "a.npy")
    assert np.array_equal(np.load(array), samples)
    (picture,) = domain.write(samples, tmp_path / "a.png")
    with Image.open(picture) as sheet:
        assert sheet.size == domain.preview(samples).size
    with pytest.raises(SettingError, match=r"\.gif"):
        domain.write(samples, tmp_path / "a.gif")


def test_a_preview_shows_each_sample_in_its_place() -> None:
    samples = np.arange(6, dtype=np.uint8).repeat(64).reshape(6, 8, 8) * 40
    sheet = np.asarray(Images(8, 8, 1).preview(samples, columns=3))
    zoom = (sheet.shape[1] - 8) // 24
    middles = [
        sheet[2 + zoom * 4 + row * (8 * zoom + 2), 2 + zoom * 4 + column * (8 * zoom + 2), 0]
        for row in range(2)
        for column in range(3)
    ]
    assert middles == [0, 40, 80, 120, 160, 200]
    assert 500 <= max(sheet.shape) <= 920
    with pytest.raises(SettingError):
        Images(8, 8, 1).preview(samples[:0])


def test_opening_tells_of_progress_and_leaves_warnings_as_they_were(folder: Path, options: DataOptions) -> None:
    import warnings

    fill(folder)
    before = list(warnings.filters)
    opened(folder, options)
    assert list(warnings.filters) == before


def test_decoding_needs_no_file_on_disk() -> None:
    import threading

    file = io.BytesIO()
    Image.new("RGB", (900, 600), (10, 200, 30)).save(file, "JPEG")
    file.seek(0)
    pixels = read_picture(file, 32, 32, threading.Lock())
    assert pixels.shape == (32, 32, 3) and np.abs(pixels.mean((0, 1)) - [10, 200, 30]).max() < 3
