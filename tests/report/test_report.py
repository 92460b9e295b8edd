"""Reports of real runs, and what stands in their folders."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ganforge
from ganforge import Options, Run
from ganforge.cli._main import run as command_line
from ganforge.core.settings import to_json
from ganforge.metrics._evaluation import Evaluation, Shown
from ganforge.report._pictures import embedded, evenly, from_file
from ganforge.report.page import write_report
from ganforge.runs.files import to_text
from tests.report.pages import Node, evaluation, read

SMALL = {"networks.settings.width": "8", "batch": "16"}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Run:
    data = np.random.default_rng(0).integers(0, 256, (40, 9, 8), dtype=np.uint8)
    return ganforge.train(
        data, Options(kimg=0.1, report=False, threads=1, settings=SMALL, out=tmp_path_factory.mktemp("runs"))
    )


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs")
    table = np.random.default_rng(0).normal([3.0, -4.0], [1.0, 0.5], size=(200, 2))
    np.savetxt(folder / "table.csv", table, delimiter=",")
    return ganforge.train(folder / "table.csv", Options(kimg=0.1, report=False, threads=1, settings=SMALL, out=folder))


def page(path: Path) -> Node:
    return read(path.read_text(encoding="utf-8").removeprefix("<!DOCTYPE html>\n"))


def judged(run: Run, **changes: object) -> Evaluation:
    return replace(evaluation(), step=run.step, **changes)  # type: ignore[arg-type]


def test_the_report_of_a_run_shows_its_samples_growth_and_walk(pictures: Run) -> None:
    path = write_report(pictures, judged(pictures))
    assert path == pictures.path / "report.html"
    shown = page(path)
    alts = [image.attributes["alt"] for image in shown.all("img")]
    assert alts[0] == "64 new samples, made by the generator"
    assert sum("The fixed samples after" in alt for alt in alts) == min(24, len(pictures.frames()))
    assert any("latent space" in alt for alt in alts)
    assert path.stat().st_size < 1_000_000
    assert not shown.all("p", "notice")


def test_the_same_run_gives_the_same_bytes(pictures: Run) -> None:
    first = write_report(pictures, None).read_bytes()
    assert write_report(Run(pictures.folder), None).read_bytes() == first


def test_numbers_are_shown_beside_real_ones_as_long_as_the_data_are_there(rows: Run) -> None:
    pair = page(write_report(rows, None)).one("div", "pair")
    assert [caption.text for caption in pair.all("figcaption")] == ["Real", "Forged: as many, none of them chosen"]
    assert pair.all("img")[0].attributes["alt"] == "200 real items of table"
    assert not page(write_report(rows, None)).all("section", "walk")
    source = Path(rows.data.source)
    kept = source.read_bytes()
    for content in (b"1,2\n3,4\n5,6\n", b"nothing of use", None):
        source.unlink() if content is None else source.write_bytes(content)
        assert not page(write_report(rows, None)).all("div", "pair"), "other data are not shown as the run's"
    source.write_bytes(kept)


def test_exhibits_come_from_the_evaluation_s_folder_and_from_nowhere_else(pictures: Run) -> None:
    folder = pictures.path / "evaluation"
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (7, 5), "red").save(folder / "near.png")
    Image.new("RGB", (7, 5), "red").save(pictures.path / "secret.png")
    (folder / "broken.png").write_bytes((folder / "near.png").read_bytes()[:30])
    shown = (
        Shown("Near", "near.png"),
        Shown("Out", "../secret.png"),
        Shown("Gone", "x.png"),
        Shown("Bad", "broken.png"),
    )
    section = page(write_report(pictures, judged(pictures, shown=shown)))
    assert [image.attributes["alt"] for image in section.one("div", "exhibits").all("img")] == ["Near"]


def test_damaged_frames_are_left_out(pictures: Run) -> None:
    frames = pictures.frames()
    count = len(page(write_report(pictures, None)).one("div", "growth").all("figure"))
    kept = frames[0].read_bytes()
    frames[0].write_bytes(kept[:40])
    stray = pictures.folder.samples / "99999999.png"
    stray.write_bytes(kept)  # the journal does not know it: of steps that were taken back
    assert len(page(write_report(pictures, None)).one("div", "growth").all("figure")) == count - 1
    frames[0].write_bytes(kept)
    stray.unlink()


def test_the_command_writes_the_page(pictures: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["report", str(pictures.path)]) == 0
    printed = capsys.readouterr().out
    assert "report.html" in printed
    assert "There are no scores in the report" in printed  # its data were an array in memory
    (pictures.path / "evaluation.json").write_bytes(to_text(to_json(judged(pictures))))
    assert command_line(["report", str(pictures.path)]) == 0
    assert "no scores" not in capsys.readouterr().out
    assert "blurrier than the data" in page(pictures.path / "report.html").one("p", "sentence").text
    assert command_line(["report", "no-such-run"]) == 2


def test_pictures_are_as_small_as_their_kind_allows() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8))
    drawing = Image.new("RGB", (300, 200), "white")
    assert embedded(drawing, "a drawing").uri.startswith("data:image/png;")
    assert not embedded(noise, "noise").uri.startswith("data:image/png;")
    small = embedded(noise, "noise", most=100)
    assert (small.width, small.height) == (100, 75)


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    seen = from_file(tmp_path / "clear.png", "clear")
    assert seen is not None
    import base64

    with Image.open(io.BytesIO(base64.b64decode(seen.uri.partition(",")[2]))) as image:
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_choice_of_frames_begins_and_ends_with_the_ends() -> None:
    paths = [Path(str(at)) for at in range(60)]
    chosen = evenly(paths, 24)
    assert len(set(chosen)) == 24
    assert (chosen[0], chosen[-1]) == (paths[0], paths[-1])
    assert evenly(paths[:3], 24) == paths[:3]
    assert evenly([], 24) == []
