"""Which domain a source belongs to, and what is said when it belongs to none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganforge.core.contracts import DataOptions
from ganforge.core.errors import DataError, SettingError, UnknownNameError
from ganforge.core.settings import to_json
from ganforge.data._opening import DOMAINS, open_source, restore_domain

OPTIONS = DataOptions()


def test_the_domains_are_found_by_their_files() -> None:
    assert {"images", "points"} <= set(DOMAINS.names())


@pytest.mark.parametrize(
    ("source", "domain"),
    [
        ("ring", "points"),
        ("digits", "images"),
        (np.zeros((5, 8, 8)), "images"),
        (np.arange(12.0).reshape(6, 2), "points"),
        ([[1.0, 2.0], [3.0, 4.0]], "points"),
        ([Image.new("L", (8, 8)), Image.new("L", (8, 8), 3)], "images"),
        (np.arange(9.0), "points"),
    ],
)
def test_a_source_is_recognised(source: object, domain: str) -> None:
    assert open_source(source, OPTIONS).card.domain == domain


def test_a_path_that_does_not_exist_is_answered_with_the_nearest_names(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Did you mean the built-in sample 'digits'"):
        open_source("digit", OPTIONS)
    (tmp_path / "holidays").mkdir()
    with pytest.raises(DataError, match="holidays'"):
        open_source(tmp_path / "holliday", OPTIONS)


def test_a_file_that_nobody_reads_is_answered_with_what_was_found(tmp_path: Path) -> None:
    for name, word in (("a.xlsx", "save it as .csv"), ("a.mp3", "'.mp3'"), ("a", "without a suffix")):
        (tmp_path / name).write_bytes(b"\0\1\2\3")
        with pytest.raises(DataError, match=word):
            open_source(tmp_path / name, OPTIONS)


@pytest.mark.parametrize("source", [None, 5, {"a": 1}, [], np.zeros(()), np.zeros((2, 2, 2, 2, 2)), ["a", "b"], "a\0b"])
def test_nonsense_is_refused_with_a_message(source: object) -> None:
    with pytest.raises(DataError):
        open_source(source, OPTIONS)


def test_a_single_picture_is_answered_with_its_folder(tmp_path: Path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="single picture"):
        open_source(tmp_path / "a.png", OPTIONS)


def test_a_sample_wins_over_a_folder_of_its_name_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ring").mkdir()
    card = open_source("ring", OPTIONS).card
    assert card.source == "ring" and "./ring" in card.notes[-1]
    with pytest.raises(DataError, match="nothing in"):
        open_source("./ring", OPTIONS)


def test_a_domain_can_be_asked_for_by_name() -> None:
    with pytest.raises(DataError):
        open_source(np.zeros((5, 4)), OPTIONS, "images")
    with pytest.raises(UnknownNameError, match="no domain called 'sounds'"):
        open_source("ring", OPTIONS, "sounds")


def test_a_domain_is_restored_without_its_data() -> None:
    for source in ("ring", np.arange(64.0).reshape(1, 8, 8).repeat(3, 0)):
        opened = open_source(source, OPTIONS)
        assert restore_domain(opened.card.domain, to_json(opened.domain)) == opened.domain
    with pytest.raises(SettingError):
        restore_domain("images", {"height": "tall"})
