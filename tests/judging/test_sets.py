"""The judge of sets: real rows together pass, rows that lie elsewhere or are spread otherwise do not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganforge.api import Run
from ganforge.core.errors import SettingError
from ganforge.judging.sets import LARGEST, SetJudge
from ganforge.trained import same_data, stored_split
from tests.studio.players import corners, trained


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(corners(4000, 0), tmp_path_factory.mktemp("corners"))


@pytest.fixture(scope="module")
def judge(run: Run) -> SetJudge:
    return SetJudge(run, same_data(run.folder), stored_split(run.folder))


@pytest.mark.parametrize("n", [1, 8, 60])
def test_sets_of_real_rows_pass_as_often_as_promised(run: Run, judge: SetJudge, n: int) -> None:
    realness = torch.tensor([judge.judge(run.domain.read(corners(n, seed)).x).realness for seed in range(10, 90)])
    assert 0.4 < float(realness.mean()) < 0.7
    assert float((realness < 0.05).double().mean()) <= 0.1


def test_what_an_unsteady_hand_places_is_graded_by_how_unsteady_it_is(run: Run, judge: SetJudge) -> None:
    def placed(shake: float) -> float:
        random = np.random.default_rng(5)
        sets = [corners(30, seed) + shake * random.standard_normal((30, 2)) for seed in range(10, 40)]
        return float(np.mean([judge.judge(run.domain.read(rows).x).realness for rows in sets]))

    means = [placed(shake) for shake in (0.0, 0.1, 0.2, 0.7)]
    assert means == sorted(means, reverse=True)
    assert means[1] > 0.2 and means[2] > 0.1 and means[3] < 0.02


@pytest.mark.parametrize(
    "rows",
    [
        np.array([[2.0, 2.0]]),
        np.full((20, 2), 10.0),
        np.zeros((30, 2)),
        np.random.default_rng(0).uniform(-1, 5, size=(30, 2)),
        np.linspace([0.0, 0.0], [4.0, 4.0], 30),
        corners(300, 3)[corners(300, 3)[:, 0] > 2],
    ],
    ids=["between", "far", "one place", "anywhere", "a line", "one corner of three"],
)
def test_other_rows_do_not(run: Run, judge: SetJudge, rows: np.ndarray) -> None:
    assert judge.judge(run.domain.read(rows).x).realness < 0.02


def test_each_row_is_told_where_it_lies(run: Run, judge: SetJudge) -> None:
    each = judge.judge(run.domain.read(np.array([[0.0, 0.0], [4.0, 0.1], [2.0, 2.0]])).x).each
    assert float(each[:2].min()) > 0.1 and float(each[2]) < 0.01


@pytest.mark.parametrize("n", [0, LARGEST + 1])
def test_a_set_of_another_size_is_refused(run: Run, judge: SetJudge, n: int) -> None:
    with pytest.raises(SettingError, match=f"A set of {n} cannot"):
        judge.judge(torch.zeros(n, 2))
