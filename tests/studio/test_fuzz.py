"""Whatever is asked of the API, by its own description or against it, is answered and never breaks it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.studio.app import make_app
from ganforge.studio.mishaps import UNFORESEEN
from tests.studio.asking import LOCAL, Asking
from tests.studio.described import ANYTHING, NAMES, allowed
from tests.studio.made import a_folder, record, records
from tests.tiny import spots, trained

DESCRIPTION: dict[str, Any] = make_app(Path("nowhere"), LOCAL).openapi()
ENDLESS = "/events"
"""Answers of these addresses do not end; tests/studio/test_watching.py reads them."""
OPERATIONS = [
    (method, path) for path, methods in DESCRIPTION["paths"].items() for method in methods if not path.endswith(ENDLESS)
]
WHOLE, DAMAGED = "0001-whole", "0002-damaged"
ODD = ("0005-journal", "0006-checkpoints", "0007-samples", "0008-control", "0009-favourites", "0010-split")
"""Runs of which one thing is of another kind than it should be: a folder for a file, a file for a folder."""
RUNS = (WHOLE, DAMAGED, "0003-new", "0004-unreadable", *ODD)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """A run with checkpoints, one whose checkpoints are damaged, one without, one whose facts are unreadable."""
    folder = tmp_path_factory.mktemp("fuzzed")
    whole = trained(folder, spots()).path
    runs = folder / "all"
    shutil.copytree(whole, runs / WHOLE)
    shutil.copytree(whole, runs / DAMAGED)
    for file in (runs / DAMAGED / "checkpoints").glob("*.safetensors"):
        file.write_bytes(bytes(file.stat().st_size))
    (runs / DAMAGED / "split.safetensors").write_bytes(b"")
    records(a_folder(runs, "new", state="training"), record(1, 1.0, loss=1.0))
    (a_folder(runs, "unreadable").path / "run.json").write_text("{")
    for name in ODD:
        shutil.copytree(whole, runs / name)
    for name, lost in ((ODD[0], "journal.jsonl"), (ODD[4], "favourites.json"), (ODD[5], "split.safetensors")):
        (runs / name / lost).unlink(missing_ok=True)
        (runs / name / lost).mkdir()
    for name in ODD[1:4]:
        shutil.rmtree(runs / name / name[5:])
        (runs / name / name[5:]).write_text("no folder")
    before = set(threading.enumerate())
    yield Asking(runs)
    for begun in set(threading.enumerate()) - before:  # what was asked for is still being made
        begun.join(60)


def test_the_whole_api_is_described() -> None:
    assert len(OPERATIONS) >= 8
    assert {path.split("/")[1] for _, path in OPERATIONS} == {"api"}


@pytest.mark.parametrize("wild", [False, True], ids=["as described", "against it"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_nothing_that_is_asked_breaks_the_server(method: str, path: str, wild: bool, asking: Asking) -> None:
    operation = DESCRIPTION["paths"][path][method]
    runs = RUNS if path.endswith("}") or "." not in path else RUNS[1:]  # an export takes long, and has its own tests

    @settings(max_examples=12)
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        answer = asking.ask(method.upper(), **_request(data, operation, path, runs, wild=wild))
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        assert answer.status_code < 500 or UNFORESEEN not in answer.text, answer.text
        if answer.status_code >= 400:
            assert answer.json()["error"]

    ask()


def _request(
    data: st.DataObject, operation: dict[str, Any], path: str, runs: tuple[str, ...], *, wild: bool
) -> dict[str, Any]:
    """How to ask once: each part as the description has it, or, where it is wild, anything now and then."""

    def value(schema: dict[str, Any]) -> Any:
        return data.draw(ANYTHING if wild and data.draw(st.booleans()) else allowed(schema, DESCRIPTION))

    query: dict[str, Any] = {}
    for each in operation.get("parameters", []):
        name, schema = each["name"], each["schema"]
        if each["in"] == "path":
            known = st.sampled_from(runs) if name == "run" else allowed(schema, DESCRIPTION).map(str)
            place = data.draw(NAMES if wild and data.draw(st.booleans()) else known)
            path = path.replace(f"{{{name}}}", quote(str(place) or "0", safe="", errors="replace"))
        elif each.get("required") or data.draw(st.booleans()):
            query[name] = value(schema)
    asked: dict[str, Any] = {"path": f"{path}?{urlencode(query, doseq=True, errors='replace')}" if query else path}
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        asked["body"] = value(content["application/json"]["schema"])
    elif content:
        asked["content"] = data.draw(st.binary(max_size=200))
        asked["headers"] = {"content-type": data.draw(st.sampled_from([*content, "image/png", "text/plain"]))}
    return asked


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 50_000, b'{"command": "stop"', b"NaN", b'"' * 9])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "image/png", "application/json; charset=utf-7"])
def test_bodies_that_are_no_json_are_refused(content: bytes, kind: str, asking: Asking) -> None:
    for method, path in OPERATIONS:
        if method == "post":
            where = path.replace("{run}", WHOLE).replace("{", "").replace("}", "")
            answer = asking.ask("POST", where, content=content, headers={"content-type": kind})
            assert 400 <= answer.status_code < 500 or answer.status_code in (200, 503), (path, answer.text)
