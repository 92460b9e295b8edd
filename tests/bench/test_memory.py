"""The bench that measures memory, on few pictures."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganforge.bench._memory_data import CHUNK, make_array, make_folder, some
from ganforge.bench._memory_watch import STAGES, held_by, watched_training
from ganforge.bench.memory import run
from ganforge.core.errors import MachineError, SettingError

linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux tells it")


def test_pictures_are_different_and_made_in_parts(tmp_path: Path) -> None:
    pictures = some(50, seed=0)
    assert pictures.shape == (50, 32, 32, 3)
    assert len(np.unique(pictures.reshape(50, -1), axis=0)) == 50
    assert make_array(tmp_path / "a.npy", CHUNK + 3) == pytest.approx((CHUNK + 3) * 3072 / 1e6)
    stored = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert np.array_equal(stored[:50], some(CHUNK, seed=0)[:50])
    assert np.array_equal(stored[CHUNK:], some(3, seed=CHUNK))


def test_files_hold_the_same_pictures(tmp_path: Path) -> None:
    make_folder(tmp_path / "files", 1002)
    files = sorted((tmp_path / "files").rglob("*.png"))
    assert len(files) == 1002
    with Image.open(files[-1]) as picture:
        assert np.array_equal(np.asarray(picture), some(2, seed=1000)[1])


@linux
def test_what_a_process_holds_grows_with_what_it_makes() -> None:
    before = held_by(os.getpid())
    # Asked of the system itself: an allocator may hand out what the process holds already.
    with mmap.mmap(-1, 40_000_000, flags=mmap.MAP_PRIVATE) as block:
        block.write(b"\1" * 40_000_000)
        after = held_by(os.getpid())
    assert before is not None and after is not None
    assert 35 < after[0] - before[0] < 80
    assert held_by(2**22 + 1) is None  # no process has so high a number


def test_fewer_than_the_few_are_refused() -> None:
    with pytest.raises((SettingError, MachineError), match="give more|Linux"):
        run(count=10)


@linux
@pytest.mark.slow
def test_a_training_is_watched_stage_by_stage(tmp_path: Path) -> None:
    make_array(tmp_path / "a.npy", 100)
    stages = watched_training(tmp_path / "a.npy", 0.5, tmp_path)
    assert tuple(stage.name for stage in stages) == STAGES
    assert all(stage.anonymous > 50 for stage in stages[1:])
    make_array(tmp_path / "b.npy", 1)
    with pytest.raises(MachineError, match="usable picture"):
        watched_training(tmp_path / "b.npy", 0.5, tmp_path)
