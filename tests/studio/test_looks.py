"""Folders that are read again only where something has come or gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ganforge.studio import _looks
from ganforge.studio._looks import Looks

LONG_AGO = 1_000_000_000


class Names:
    """Reads a folder's names, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, folder: Path) -> list[str]:
        self.times += 1
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_folder_that_stays_as_it_is_is_read_once(tmp_path: Path) -> None:
    read = Names()
    looks = Looks(read)
    (tmp_path / "a").touch()
    os.utime(tmp_path, (LONG_AGO, LONG_AGO))
    assert [looks.at(tmp_path) for _ in range(5)] == [["a"]] * 5
    assert read.times == 1
    (tmp_path / "b").touch()
    assert looks.at(tmp_path) == ["a", "b"]
    os.utime(tmp_path, (LONG_AGO + 9, LONG_AGO + 9))
    (tmp_path / "a").write_text("more in a file does not count: its name is the same")
    assert [looks.at(tmp_path) for _ in range(5)] == [["a", "b"]] * 5
    assert read.times == 3


def test_a_folder_that_has_just_changed_is_not_trusted(tmp_path: Path) -> None:
    read = Names()
    looks = Looks(read)
    for count in range(1, 4):
        looks.at(tmp_path)
        assert read.times == count


def test_a_folder_that_is_not_there_has_nothing_and_may_come(tmp_path: Path) -> None:
    looks = Looks(Names())
    assert looks.at(tmp_path / "none") == []
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "a").touch()
    assert looks.at(tmp_path / "none") == ["a"]


def test_only_so_many_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_looks, "_SETTLED", -1e9)
    read = Names()
    looks = Looks(read)
    folders = [tmp_path / str(at) for at in range(_looks.MOST + 1)]
    for folder in folders:
        looks.at(folder)
    assert read.times == _looks.MOST + 1
    looks.at(folders[-1])
    assert read.times == _looks.MOST + 1
    looks.at(folders[0])
    assert read.times == _looks.MOST + 2
