"""The pages as files: one page for every address, assets by name, and clear words where nothing was built."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganforge.studio.pages import Pages


@pytest.fixture
def built(tmp_path: Path) -> Pages:
    folder = tmp_path / "pages"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "assets" / "studio-ABC.js").write_text("export {}")
    (folder / "assets" / "x.wasm").write_bytes(b"\0asm")
    (tmp_path / "secret").write_text("secret")
    return Pages(folder)


@pytest.mark.parametrize("path", ["/", "/run/0001-digits", "/run/0001-digits/play", "/compare", "/whatever/it/is"])
def test_every_address_is_the_one_page(path: str, built: Pages) -> None:
    answer = built.answer("GET", path)
    assert (answer.status_code, answer.body) == (200, b"<!doctype html>")
    assert answer.headers["cache-control"] == "no-cache"


def test_assets_have_the_types_that_browsers_insist_on(built: Pages) -> None:
    script, wasm = built.answer("GET", "/assets/studio-ABC.js"), built.answer("GET", "/assets/x.wasm")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    assert wasm.headers["content-type"] == "application/wasm"


@pytest.mark.parametrize("name", ["", "none.js", "../index.html", "../../secret", "/etc/passwd", "%2e%2e/secret", "\0"])
def test_an_asset_is_had_by_its_name_alone(name: str, built: Pages) -> None:
    assert built.answer("GET", f"/assets/{name}").status_code == 404


def test_what_the_api_does_not_know_is_no_page(built: Pages) -> None:
    assert built.answer("GET", "/api/none").status_code == 404


def test_pages_are_read_only(built: Pages) -> None:
    assert built.answer("POST", "/").status_code == 405


def test_where_nothing_was_built_the_answer_says_how(tmp_path: Path) -> None:
    answer = Pages(tmp_path).answer("GET", "/")
    assert answer.status_code == 503
    assert b"python hatch_build.py" in answer.body
