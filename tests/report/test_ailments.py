"""The page of what the doctor knows, and pictures of ailments."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import ganforge
from ganforge.core.errors import RunError
from ganforge.core.records import Event
from ganforge.report.ailments import SIDE, draw_ailing, page, told, write_page
from ganforge.runs.files import to_text
from ganforge.runs.folder import RunFolder
from ganforge.watch._ailment import AILMENTS
from ganforge.watch._remedy import REMEDIES
from tests.watch.told import EACH, INSPECTED, finding, journal, judged, treated

DOCS = Path(ganforge.__file__).parents[2] / "docs"


def test_the_page_in_the_documentation_is_up_to_date() -> None:
    assert (DOCS / "ailments.md").read_text(encoding="utf-8") == page(DOCS / "ailments"), (
        "write it again: ganforge ailments --page docs/ailments.md"
    )


@pytest.mark.parametrize("name", AILMENTS.names())
def test_the_page_tells_all_that_is_known_of_an_ailment(name: str) -> None:
    ailment = AILMENTS.get(name)
    text = page(Path("nowhere"))
    section = text[text.index(f"## {ailment.title} (`{name}`)") :].partition("\n## ")[0]
    for known in (ailment.what, *ailment.signs, *ailment.causes, *ailment.papers):
        assert known in section
    assert re.findall(r"\]\(#([\w-]+)\)", section) == list(ailment.remedies)
    assert "![" not in section


def test_every_link_to_a_cure_leads_to_its_heading() -> None:
    text = page(Path("nowhere"))
    assert set(re.findall(r"^### ([\w-]+)$", text, re.MULTILINE)) == set(REMEDIES.names())
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= set(REMEDIES.names())


def test_pictures_beside_the_page_are_shown(tmp_path: Path) -> None:
    name = AILMENTS.names()[0]
    (tmp_path / "known").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "known" / f"{name}.png")
    text = write_page(tmp_path / "known.md").read_text(encoding="utf-8")
    assert re.findall(r"!\[.*?\]\((.*?)\)", text) == [f"known/{name}.png"]


@pytest.mark.parametrize("name", AILMENTS.names())
def test_an_ailment_is_told_under_five_headings(name: str) -> None:
    lines = list(told(name))
    cure = "Cures" if AILMENTS.get(name).passing else "What to do"
    assert [heading for heading, _ in lines if heading] == ["What", "Signs", "Causes", cure, "Papers"]
    assert all(text for _, text in lines)


def a_run(parent: Path, name: str, *events: Event, colour: tuple[int, int, int] = (200, 0, 0)) -> RunFolder:
    """A folder with a journal and a picture of each drawn sample; later ones are greener."""
    folder = RunFolder.create(parent, name)
    lines = journal(INSPECTED, *events)
    for line in lines:
        folder.journal.append(line)
        if line["event"] == "sampled":
            red, _, blue = colour
            Image.new("RGB", (800, 600), (red, line["taken"] // EACH, blue)).save(
                folder.samples / f"{line['taken']:08d}.png"
            )
    (folder.path / "run.json").write_bytes(to_text({}))
    return folder


def test_a_picture_of_an_ailment_shows_it_beside_what_helped(tmp_path: Path) -> None:
    run = a_run(tmp_path, "ill", finding(), treated(), judged())
    path = draw_ailing(run, tmp_path / "deep" / "picture.png")
    with Image.open(path) as picture:
        assert picture.height == SIDE * 600 // 800
        shown = picture.convert("RGB")
    assert shown.getpixel((5, 5)) == (200, 70, 0)
    assert shown.getpixel((shown.width - 5, 5)) == (200, 130, 0), "the last of the run, which stayed well"
    assert shown.getpixel((SIDE + 3, 5)) == (255, 255, 255)
    assert path.stat().st_size < 20_000


def test_where_it_fell_ill_again_the_end_of_the_trial_is_shown(tmp_path: Path) -> None:
    run = a_run(tmp_path, "ill", finding(), treated(), judged(), finding(95))
    with Image.open(draw_ailing(run, tmp_path / "picture.png")) as picture:
        shown = picture.convert("RGB")
    assert shown.getpixel((shown.width - 5, 5)) == (200, 120, 0)


def test_where_nothing_helped_a_healthy_run_stands_beside_it(tmp_path: Path) -> None:
    run = a_run(tmp_path, "ill", finding())
    healthy = a_run(tmp_path, "well", colour=(0, 0, 90))
    with pytest.raises(RunError, match="--beside"):
        draw_ailing(run, tmp_path / "picture.png")
    with Image.open(draw_ailing(run, tmp_path / "picture.png", beside=healthy)) as picture:
        shown = picture.convert("RGB")
    assert shown.getpixel((5, 5)) == (200, 60, 0)
    assert shown.getpixel((shown.width - 5, 5)) == (0, 100, 90)


def test_of_what_lies_in_the_data_the_end_is_shown(tmp_path: Path) -> None:
    lasting = next(name for name in AILMENTS.names() if not AILMENTS.get(name).passing)
    run = a_run(tmp_path, "ill", replace(finding(0), ailment=lasting))
    healthy = a_run(tmp_path, "well", colour=(0, 0, 90))
    with Image.open(draw_ailing(run, tmp_path / "picture.png", beside=healthy)) as picture:
        assert picture.convert("RGB").getpixel((5, 5)) == (200, 100, 0)


def test_a_healthy_run_and_lost_pictures_are_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no alarm"):
        draw_ailing(a_run(tmp_path, "well"), tmp_path / "picture.png")
    run = a_run(tmp_path, "ill", finding(), treated(), judged())
    (run.samples / "00000700.png").write_bytes(b"cut")
    with pytest.raises(RunError, match="cannot be read"):
        draw_ailing(run, tmp_path / "picture.png")
