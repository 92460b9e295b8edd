"""A hundred pictures: copies must look like copies, other real pictures like none, and a training is known again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ganforge.bench import small
from ganforge.bench._common import only_run
from ganforge.bench._hospital_data import TRAIN, draw
from ganforge.bench.small import COUNT, Job, Judged, judge, known_of, sheet, standards, train
from ganforge.core.errors import RunError, SettingError
from ganforge.runs.folder import RunFolder
from ganforge.trained import Run


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A training of a few updates, complete."""
    made = Job("icons32", "none", 0.5, 0, tmp_path_factory.mktemp("small"))
    assert "distance" in train(made)
    return made


def test_a_training_is_known_again_and_only_itself(job: Job) -> None:
    known = known_of(job)
    assert known is not None
    assert known.distance > 1.0, "after eight updates nothing looks like an icon"
    assert known_of(Job(job.data, "diff", job.kimg, 0, job.out)) is None


def test_only_a_hundred_pictures_are_trained_on(job: Job) -> None:
    assert Run(RunFolder(only_run(job.folder))).data.count == COUNT


def test_copies_are_told_from_other_real_pictures(job: Job) -> None:
    known = standards(job.data, job)
    assert known["copies"].copies > 0.95
    assert known["copies"].closeness > 0.95
    assert known["real"].copies < 0.05
    assert known["real"].closeness == pytest.approx(0.5, abs=0.15)
    assert known["real"].distance < known["copies"].distance


def test_noisy_copies_are_farther_than_copies(job: Job) -> None:
    finished = Run(RunFolder(only_run(job.folder)))
    x = finished.domain.read(draw(job.data, TRAIN, COUNT)).x
    torch.manual_seed(0)
    noisy = judge((x + 0.5 * torch.randn_like(x)).clamp(-1, 1), finished, job.data)
    assert noisy.distance > 2 * standards(job.data, job)["copies"].distance


def test_lines_are_means_over_seeds_beside_the_standards(job: Job) -> None:
    known = known_of(job)
    assert known is not None
    better = Judged(known.distance / 2, known.error, 1.0, 0.0, 0.5)
    table = sheet(job.data, {job: known, Job(job.data, "none", 0.5, 1, job.out): better})
    assert [row[0] for row in table.rows] == ["(copies)", "(real)", "0.5k, none"]
    assert table.rows[2][1].startswith(f"{0.75 * known.distance:.3f}")
    assert table.rows[2][-1] == "2"


@pytest.mark.parametrize("arguments", [{"data": ("faces",)}, {"policies": ("magic",)}, {"seeds": 0}, {"kimg": (0.0,)}])
def test_what_cannot_be_trained_is_refused(arguments: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(SettingError):
        small.run(out=tmp_path, **arguments)  # type: ignore[arg-type]


def test_without_trainings_there_is_nothing_to_print(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="train first"):
        small.run(out=tmp_path, printed=True)
