"""`bench ablation`: what is asked for, read; what came, in one table."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bench.pictures import text_of, write_emoji

from ganforge.bench._picture_sets import Wanted
from ganforge.bench._quality_scores import Distance, Judged, Row
from ganforge.bench._quality_trainings import Asked, Snapshot, Trained
from ganforge.bench.ablation import CHANGES, Cell, Change, change_of, run, set_named, table_of
from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.core.records import DataCard
from ganforge.core.settings import with_value
from ganforge.metrics._metric import Estimate
from ganforge.recipes._recipes import RECIPES


def a_cell(name: str, change: Change, *distances: tuple[float, float]) -> Cell:
    """One training whose distances at these seconds of a minute are these."""
    looks = []
    for seconds, value in distances:
        estimate = Estimate(value, value - 1, value + 1, 0.5)
        looks.append(Judged(Snapshot(None, seconds, 9.0, "place"), (Distance("efficientnet", estimate, estimate),)))
    asked = Asked("auto", 0, 1.0, change.settings, change=change.name)
    return Cell(name, change, (Row(Trained(asked, 0.0, tuple(look.snapshot for look in looks)), tuple(looks), ()),))


@pytest.mark.parametrize("text", CHANGES)
def test_every_change_that_is_tried_is_a_setting_of_the_recipe(text: str) -> None:
    recipe = RECIPES.get("auto")(DataCard("x", "images", 5000, (3, 64, 64), "print"))
    for setting in change_of(text).settings:
        path, _, value = setting.partition("=")
        assert with_value(recipe, path, value) is not None


@pytest.mark.parametrize("text", ["batch=64", "name", "a name: batch 64", ": batch=64", "../up: batch=64"])
def test_a_change_that_cannot_be_read_is_refused_with_the_form_it_should_have(text: str) -> None:
    with pytest.raises(SettingError, match="--change"):
        change_of(text)


def test_sets_are_named_with_their_size_and_number_of_pictures(tmp_path: Path) -> None:
    write_emoji(tmp_path)
    small = set_named("emoji-32-5", Wanted(emoji=tmp_path))
    assert small.shown.shape == (5, 32, 32, 3)
    assert set_named("emoji", Wanted(emoji=tmp_path)).shown.shape[1:] == (64, 64, 3)


@pytest.mark.parametrize(
    ("name", "error"), [("digits-x", SettingError), ("digits-3-4", SettingError), ("d", UnknownNameError)]
)
def test_a_set_that_is_not_there_is_refused(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        set_named(name, Wanted())


def test_the_table_has_a_line_a_change_and_a_column_a_set_with_the_last_look_of_the_first_quarter() -> None:
    plain, other = Change("as-it-is", ()), Change("batch-16", ("batch=16",))
    looks = ((5.0, 900.0), (15.0, 700.0), (16.0, 650.0), (60.0, 300.0))
    cells = [a_cell("Digits", plain, *looks), a_cell("Digits", other, (60.0, 200.0))]
    text = text_of(table_of(cells, "efficientnet"))
    assert "700 > 300 (9k)" in text
    assert "batch-16" in text and "200 (9k)" in text
    assert "650" not in text


def test_changes_of_one_recipe_have_folders_of_their_own() -> None:
    folders = {Asked("auto", 0, 1.0, change=change_of(text).name).folder for text in CHANGES}
    assert len(folders) == len(CHANGES)


def test_two_changes_of_one_name_are_refused() -> None:
    with pytest.raises(SettingError, match="same name"):
        run(data=("digits",), changes=("a: batch=16", "a: batch=64"))


def test_what_is_no_setting_is_refused_before_anything_is_trained() -> None:
    with pytest.raises(SettingError, match="batches"):
        run(data=("digits",), changes=("a: batches=16",))
