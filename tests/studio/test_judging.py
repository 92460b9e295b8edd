"""Judgements in turn: of what one hand sends only the newest is judged; and what the page is told of the data."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from ganforge.api import Run
from ganforge.studio._ground import paper_of
from ganforge.studio._judging import FORGED_BELOW, HANDS, Building, Judges, Turns
from ganforge.studio.errors import NotYet
from ganforge.studio.shelf import Shelf
from tests.studio.asking import Asking
from tests.studio.players import corners, crosses, trained


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(corners(1000, 0), tmp_path_factory.mktemp("corners"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(crosses(300, 0), tmp_path_factory.mktemp("crosses"))


def built(run: Run) -> Building:
    building = Building(Shelf(run.path.parent).opened(run.folder.name))
    worker = threading.Thread(target=building.build)  # it lowers its thread's priority for good
    worker.start()
    worker.join()
    return building


def test_an_older_one_of_the_same_hand_gives_up_and_others_do_not() -> None:
    turns = Turns()
    old, other, new = turns.take("a"), turns.take("b"), turns.take("a")
    with pytest.raises(NotYet, match="Overtaken"):
        turns.check("a", old)
    turns.check("a", new)
    turns.check("b", other)


def test_hands_without_a_name_overtake_nobody_and_old_hands_are_forgotten() -> None:
    turns = Turns()
    first = turns.take("")
    turns.take("")
    turns.check("", first)
    kept = turns.take("a")
    for number in range(HANDS + 1):
        turns.take(str(number))
    turns.check("a", kept)


def test_what_waits_while_the_judge_is_busy_is_not_judged_when_something_newer_came(points: Run) -> None:
    building, x = built(points), points.domain.read(corners(10, 3)).x
    told: list[object] = []

    def ask(rows: torch.Tensor) -> None:
        try:
            told.append(building.judged_set(rows, "a").realness)
        except NotYet as error:
            told.append(str(error))

    with building.lock:
        older = threading.Thread(target=ask, args=(x,))
        older.start()
        while not building.turns._newest:  # until it waits
            pass
        newer = building.turns.take("a")
    older.join()
    building.turns.check("a", newer)
    assert len(told) == 1 and "Overtaken" in str(told[0])


def test_the_page_is_told_where_points_lie_and_from_where_things_pass(points: Run) -> None:
    state = Asking(points.path.parent).get(f"/api/runs/{points.folder.name}/play/judge").json()
    rows = corners(1000, 0)
    x0, x1, y0, y1 = state["bounds"]
    assert rows[:, 0].min() - 0.01 <= x0 < 0 and 4 < x1 <= rows[:, 0].max() + 0.01
    assert rows[:, 1].min() - 0.01 <= y0 < 0 and 4 < y1 <= rows[:, 1].max() + 0.01
    assert state["paper"] is None and state["passes_from"] == FORGED_BELOW


def test_the_page_is_told_the_papers_colour(pictures: Run) -> None:
    state = Asking(pictures.path.parent).get(f"/api/runs/{pictures.folder.name}/play/judge").json()
    assert len(state["paper"]) == 1 and 5 <= state["paper"][0] <= 15
    assert state["bounds"] is None


def test_paper_is_what_borders_most_often_are_whatever_lies_in_the_middle() -> None:
    picture = np.full((1, 5, 5, 1), 250, np.uint8)
    picture[:, 2, 2] = 0
    assert paper_of(picture) == (250,)
    noisy = np.array([[250, 251, 252], [252, 251, 250], [10, 10, 10], [251, 251, 251]], np.uint8)
    assert paper_of(noisy.reshape(1, 2, 2, 3)) == (251, 251, 251)


def test_the_judge_of_another_checkpoint_keeps_what_was_learned_of_the_data(
    pictures: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, judges = built(pictures), Judges()
    judges._known[(pictures.folder.name, -1)] = known
    monkeypatch.setattr(threading.Thread, "start", lambda thread: None)
    assert known.items is not None
    assert judges.of(pictures.folder.name, known.opened).sight is known.items.sight
    assert judges.of("another", known.opened).sight is None


def test_building_leaves_the_callers_priority_alone(points: Run) -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) if Path("/proc").exists() else 0
    built(points)
    assert before == (os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) if Path("/proc").exists() else 0)
