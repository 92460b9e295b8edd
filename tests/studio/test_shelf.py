"""Runs by their exact names, and a few generators in memory."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch

from ganforge.runs.folder import RunFolder
from ganforge.studio import shelf as room
from ganforge.studio.errors import NoSuchError, NoSuchRun, NotYet
from ganforge.studio.shelf import Shelf
from tests.studio.made import a_folder
from tests.tiny import spots, trained

LONG_AGO = 1_000_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("shelf"), spots()).path


@pytest.fixture
def runs(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "runs" / "0001-data")
    return tmp_path / "runs"


@pytest.mark.parametrize("name", ["", ".", "..", "0001", "0001-DATA", "../runs/0001-data", "0001-data/", "0001-data\0"])
def test_a_run_answers_to_its_exact_name_alone(name: str, runs: Path) -> None:
    shelf = Shelf(runs)
    assert shelf.folder("0001-data").path.samefile(runs / "0001-data")
    with pytest.raises(NoSuchRun):
        shelf.folder(name)


def test_a_link_that_leads_out_of_the_folder_is_no_run(runs: Path, tmp_path: Path) -> None:
    outside = a_folder(tmp_path / "outside")
    (runs / "0002-link").symlink_to(outside.path)
    (runs / "0003-same").symlink_to(runs / "0001-data")
    (runs / "0004-loop").symlink_to(runs / "0004-loop")
    shelf = Shelf(runs)
    assert [folder.name for folder in shelf.folders()] == ["0003-same", "0001-data"]
    for name in ("0002-link", "0004-loop"):
        with pytest.raises(NoSuchRun):
            shelf.folder(name)


def test_a_file_is_only_had_from_inside(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("")
    (runs / "0001-data" / "out").symlink_to(tmp_path / "secret")
    shelf = Shelf(runs)
    assert shelf.inside(runs / "0001-data" / "run.json").is_file()
    for path in (runs / "0001-data" / "out", runs / "0001-data", runs / "none", runs / ".." / "secret"):
        with pytest.raises(NoSuchError):
            shelf.inside(path)


def test_a_generator_is_loaded_once_for_each_checkpoint(runs: Path) -> None:
    shelf = Shelf(runs)
    best = shelf.opened("0001-data")
    assert shelf.opened("0001-data", "best") is best
    assert not best.run.game.training
    step = best.run.folder.checkpoints.steps()[0]
    assert shelf.opened("0001-data", step).run.step == step
    assert torch.isfinite(torch.as_tensor(best.run.sample(2)).float()).all()


def test_what_is_in_memory_is_had_without_reading_the_checkpoints(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.utime(runs / "0001-data" / "checkpoints", (LONG_AGO, LONG_AGO))
    shelf = Shelf(runs)
    opened = shelf.opened("0001-data")

    def read(path: Path) -> bytes:
        raise AssertionError(f"{path} was read.")

    monkeypatch.setattr(Path, "read_bytes", read)
    assert shelf.opened("0001-data") is opened
    assert shelf.opened("0001-data", opened.run.step) is opened


def test_a_new_checkpoint_is_taken_up(runs: Path) -> None:
    shelf = Shelf(runs)
    before = shelf.opened("0001-data", "newest")
    checkpoints = RunFolder(runs / "0001-data").checkpoints
    newest = checkpoints.load()
    checkpoints.save(newest.step + 7, newest.tensors, newest.facts)
    after = shelf.opened("0001-data", "newest")
    assert after.run.step == before.run.step + 7
    assert after.data() is before.data()


def test_only_a_few_generators_stay_in_memory(runs: Path) -> None:
    for number in range(2, 8):
        shutil.copytree(runs / "0001-data", runs / f"000{number}-data")
    shelf = Shelf(runs)
    first = shelf.opened("0001-data")
    for number in range(2, 8):
        shelf.opened(f"000{number}-data")
    assert len(shelf._opened) == room.KEPT
    assert shelf.opened("0001-data") is not first


def test_what_cannot_be_had_yet_says_what_helps(runs: Path, made: Path) -> None:
    a_folder(runs)
    shelf = Shelf(runs)
    with pytest.raises(NotYet, match="no checkpoint yet"):
        shelf.opened("0002-ring")
    with pytest.raises(NotYet, match="no checkpoint of step 999999"):
        shelf.opened("0001-data", 999_999)
    for file in (runs / "0001-data" / "checkpoints").glob("*.safetensors"):
        file.write_bytes(bytes(file.stat().st_size))
    with pytest.raises(NotYet, match="damaged"):
        shelf.opened("0001-data")
    for file in (runs / "0001-data" / "checkpoints").glob("*.safetensors"):
        file.write_bytes(b"")  # nor by its size is any of them whole
    with pytest.raises(NotYet, match="0001-data are damaged: none .* is whole"):
        Shelf(runs).opened("0001-data")


def test_data_that_have_moved_are_told_with_the_cure(runs: Path, made: Path) -> None:
    opened = Shelf(runs).opened("0001-data")
    folder = RunFolder(runs / "0001-data")
    facts = folder.facts()
    folder.write_facts({**facts, "data": {**facts["data"], "source": str(runs / "gone.npy")}})
    with pytest.raises(NotYet, match="say where they are now"):
        opened.data()
    (runs / "0001-data" / "split.safetensors").unlink()
    with pytest.raises(NotYet, match="cannot be read"):
        opened.split()
