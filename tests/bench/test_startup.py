"""What a training has reached when, read from the times of its files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ganforge.bench.startup import beginning, reached
from ganforge.core.errors import MachineError


def written(path: Path, at: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    os.utime(path, (at, at))


def test_the_grid_of_step_0_is_no_trained_one(tmp_path: Path) -> None:
    written(tmp_path / "0001-digits" / "samples" / "00000000.png", 104.0)
    written(tmp_path / "0001-digits" / "checkpoints" / "00000000.safetensors", 104.5)
    assert reached(tmp_path, 100.0) is None
    written(tmp_path / "0001-digits" / "samples" / "00000002.png", 105.0)
    found = reached(tmp_path, 100.0)
    assert found is not None
    assert (found.untrained, found.first_step, found.trained, found.step) == (4.0, 4.5, 5.0, 2)


def test_a_run_without_a_checkpoint_has_not_begun(tmp_path: Path) -> None:
    for step in (0, 2):
        written(tmp_path / "0001-digits" / "samples" / f"{step:08d}.png", 104.0)
    assert reached(tmp_path, 100.0) is None


def test_a_training_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="no file or folder 'nonsense'"):
        beginning(["train", "nonsense"], tmp_path, tmp_path / "cache")
