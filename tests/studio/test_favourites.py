"""The file of favourites stands whatever is in it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.studio import _favourites
from ganforge.studio._favourites import FILE, Favourites
from ganforge.studio.errors import NoSuchError, NotYet


def favourites(folder: Path) -> Favourites:
    return Favourites(folder, threading.Lock())


def test_the_newest_is_first_and_all_is_read_again(tmp_path: Path) -> None:
    kept = favourites(tmp_path)
    first, second = kept.add((0.5, -1.0), None), kept.add((0.25, 3.0), "cat")
    assert favourites(tmp_path).all() == [second, first]
    kept.remove(first.id)
    assert favourites(tmp_path).all() == [second]
    with pytest.raises(NoSuchError, match=first.id):
        kept.remove(first.id)


def test_no_more_than_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_favourites, "MOST", 3)
    kept = favourites(tmp_path)
    for _ in range(3):
        kept.add((0.0,), None)
    with pytest.raises(NotYet, match="3 favourites already.*Remove one"):
        kept.add((0.0,), None)
    assert len(kept.all()) == 3


def test_what_is_no_favourite_is_passed_over(tmp_path: Path) -> None:
    good = {"id": "a", "z": [0.0, 1.0], "class": None, "made": 5.0}
    bad: list[object] = [
        None,
        7,
        "z",
        [],
        {},
        {**good, "z": []},
        {**good, "z": [1e9]},
        {**good, "z": ["nan"]},
        {**good, "z": "12"},
        {**good, "z": None},
        {**good, "made": None},
        {**good, "made": "inf"},
        {**good, "id": 3},
        {**good, "class": 4},
    ]
    (tmp_path / FILE).write_text(json.dumps({"favourites": [*bad[:7], good, *bad[7:]]}))
    assert [each.id for each in favourites(tmp_path).all()] == ["a"]


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.floats() | st.integers(), st.lists).map(
        lambda value: json.dumps({"favourites": value}).encode()
    )
)
def test_rubbish_holds_no_favourites(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert favourites(tmp_path).all() == []


def test_a_damaged_file_is_put_aside_before_another_is_written(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"favourites": [')
    new = favourites(tmp_path).add((1.0,), None)
    assert favourites(tmp_path).all() == [new]
    assert (tmp_path / "favourites.damaged.json").read_text() == '{"favourites": ['
