"""Runs side by side: ranked by the same yardstick, and chance is not taken for a difference."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganforge.api import Options, Run, load, train
from ganforge.comparison import compare
from ganforge.core.errors import SettingError
from tests.test_evaluation import rows
from tests.training.small import RECIPE


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Hardly trained, and trained twice with two seeds."""
    folder = tmp_path_factory.mktemp("runs")
    np.save(folder / "corners.npy", rows(6000, 0))
    options = Options(recipe=RECIPE, kimg=2.0, threads=1, out=folder / "runs", report=False)
    made = [options, replace(options, kimg=60.0), replace(options, kimg=60.0, seed=1)]
    return [train(str(folder / "corners.npy"), each) for each in made]


def test_the_hardly_trained_run_is_last_and_that_is_real(runs: list[Run]) -> None:
    made = compare(runs, asked=1000)
    assert made.entries[-1].run == runs[0].folder.name
    assert [entry.distance.value for entry in made.entries] == sorted(entry.distance.value for entry in made.entries)
    against_last = [each for each in made.differences if each.worse == runs[0].folder.name]
    assert len(against_last) == 2
    assert all(each.real for each in against_last)
    assert made.floor.value < made.entries[-1].distance.value


def test_the_order_in_which_runs_are_named_changes_nothing_but_who_is_listed_first_of_equals(runs: list[Run]) -> None:
    one, other = compare(runs, asked=300), compare(runs[::-1], asked=300)
    assert one.entries == other.entries
    assert one.differences == other.differences


def test_a_run_is_not_compared_with_itself(runs: list[Run]) -> None:
    with pytest.raises(SettingError, match="named twice"):
        compare([runs[1], runs[1]], asked=300)


def test_a_copy_of_a_run_is_not_better_and_is_told_from_it_by_its_path(runs: list[Run], tmp_path: Path) -> None:
    shutil.copytree(runs[1].path, tmp_path / runs[1].folder.name)
    twin = load(tmp_path / runs[1].folder.name)
    made = compare([runs[1], twin], asked=300)
    assert not made.differences[0].real
    assert "beyond chance" in made.sentence
    assert {entry.run for entry in made.entries} == {str(runs[1].path), str(twin.path)}


def test_runs_with_and_without_labels_on_the_same_pictures_can_be_compared(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (200, 8, 8), dtype=np.uint8)
    np.savez("pictures.npz", x=pictures, y=np.arange(200) % 2)
    options = Options(
        recipe="dcgan", kimg=0.1, threads=1, report=False, settings={"networks.settings.width": 8, "batch": 16}
    )
    made = [train("pictures.npz", replace(options, labels=labels)) for labels in (False, True)]
    assert len(compare(made, asked=10).entries) == 2


def test_runs_on_other_data_are_refused(runs: list[Run], tmp_path: Path) -> None:
    options = Options(recipe=RECIPE, kimg=1.0, threads=1, out=tmp_path / "runs", report=False)
    stranger = train(rows(500, 3), options)
    with pytest.raises(SettingError, match=r"not trained on the same data.*500 samples"):
        compare([runs[0], stranger], asked=100)


def test_one_run_alone_cannot_be_compared(runs: list[Run]) -> None:
    with pytest.raises(SettingError, match="two runs"):
        compare(runs[:1], asked=100)
