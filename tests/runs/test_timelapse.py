from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from ganforge.runs.timelapse import poster, timelapse

without_ffmpeg = pytest.fixture()(lambda monkeypatch: monkeypatch.setenv("PATH", ""))


def a_training(count: int, size: tuple[int, int] = (64, 48)) -> list[Image.Image]:
    """From noise to a disc."""
    generator = np.random.default_rng(0)
    width, height = size
    noise = generator.uniform(0, 255, (height, width, 3))
    y, x = np.mgrid[:height, :width]
    disc = np.where(((x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2)[..., None], [230, 90, 20], 25)
    shares = np.linspace(0, 1, count)
    return [Image.fromarray((noise * (1 - share) + disc * share).astype(np.uint8)) for share in shares]


def durations(path: Path) -> list[int]:
    with Image.open(path) as film:
        held = []
        for i in range(getattr(film, "n_frames", 1)):
            film.seek(i)
            held.append(int(film.info.get("duration", 0)))
    return held


@pytest.mark.usefixtures("without_ffmpeg")
@pytest.mark.parametrize("count", [2, 12, 48, 300])
def test_the_film_is_short_however_many_frames_there_are(tmp_path: Path, count: int) -> None:
    assert timelapse(a_training(count), tmp_path / "deep" / "film.gif") == [tmp_path / "deep" / "film.gif"]
    held = durations(tmp_path / "deep" / "film.gif")
    assert min(count, 12) <= len(held) <= 48  # frames that look the same are one frame that stands longer
    assert held[-1] >= 2000
    assert 2000 < sum(held) <= 8000


@pytest.mark.usefixtures("without_ffmpeg")
def test_the_film_ends_with_the_result(tmp_path: Path) -> None:
    frames = a_training(20)
    timelapse(frames, tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        film.seek(film.n_frames - 1)  # type: ignore[attr-defined]
        shown = film.convert("RGB").resize(frames[-1].size, Image.Resampling.NEAREST)
    assert np.asarray(ImageChops.difference(shown, frames[-1])).mean() < 3


@pytest.mark.usefixtures("without_ffmpeg")
def test_files_are_read_and_broken_ones_left_out(tmp_path: Path) -> None:
    for i, frame in enumerate(a_training(6)):
        frame.save(tmp_path / f"{i}.png")
    (tmp_path / "2.png").write_bytes((tmp_path / "2.png").read_bytes()[:100])
    (tmp_path / "3.png").write_text("no picture")
    (tmp_path / "4.png").unlink()
    timelapse([tmp_path / f"{i}.png" for i in range(6)], tmp_path / "film.gif")
    assert len(durations(tmp_path / "film.gif")) == 3


@pytest.mark.usefixtures("without_ffmpeg")
def test_without_a_frame_there_is_no_film(tmp_path: Path) -> None:
    assert timelapse([], tmp_path / "film.gif") == []
    assert timelapse([tmp_path / "missing.png"], tmp_path / "film.gif") == []


@pytest.mark.usefixtures("without_ffmpeg")
@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1", "RGB"])
def test_pictures_of_any_kind_and_size_make_a_film(tmp_path: Path, mode: str) -> None:
    frames = [Image.new(mode, size) for size in ((5, 7), (900, 31), (1, 1), (33, 20))]
    timelapse(frames, tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        assert max(film.size) <= 448
        assert film.width % 2 == film.height % 2 == 0


@pytest.mark.skipif(os.name == "nt", reason="a script as an executable")
def test_an_ffmpeg_that_fails_is_told_and_the_gif_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ffmpeg = tmp_path / "bin" / "ffmpeg"
    ffmpeg.parent.mkdir()
    ffmpeg.write_text("#!/bin/sh\necho 'Unknown encoder' >&2\nexit 1\n")
    ffmpeg.chmod(0o755)
    monkeypatch.setenv("PATH", str(ffmpeg.parent))
    told: list[str] = []
    assert timelapse(a_training(3), tmp_path / "film.gif", tell=told.append) == [tmp_path / "film.gif"]
    assert told == ["The film could not be made as MP4 (Unknown encoder); the GIF is there."]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_where_ffmpeg_is_there_is_an_mp4_too(tmp_path: Path) -> None:
    told: list[str] = []
    files = timelapse(a_training(10, (33, 21)), tmp_path / "film.gif", tell=told.append)
    assert told == []
    assert files == [tmp_path / "film.gif", tmp_path / "film.mp4"]
    assert files[1].read_bytes()[4:8] == b"ftyp"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("count", [0, 1, 3, 40])
@pytest.mark.parametrize("size", [(64, 48), (1200, 200), (7, 9)])
def test_the_poster_shows_the_result_however_large_it_is(tmp_path: Path, count: int, size: tuple[int, int]) -> None:
    frames = a_training(count, size)
    grid = Image.new("RGB", size, "#204080")
    poster("A title " * 20, "2 numbers", grid, frames, tmp_path / "deep" / "poster.png")
    with Image.open(tmp_path / "deep" / "poster.png") as page:
        assert 640 <= page.width <= 1200
        assert page.height <= 1500
        counts = page.convert("RGB").getcolors(page.width * page.height)
    assert counts is not None
    blue = next((count for count, colour in counts if colour == (0x20, 0x40, 0x80)), 0)
    assert blue >= 0.15 * 640 * 100
