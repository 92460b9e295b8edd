"""The studio's bench: its arithmetic, and its measuring instruments on a real server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ganforge.bench import _studio_tailing as tailing
from ganforge.bench._stretch import Stretch
from ganforge.bench._studio_pages import FRAME, Panning, Size, Slider, Times, weigh
from ganforge.bench._studio_server import Viewers, served
from ganforge.bench._studio_tailing import Crowd, Tailing
from ganforge.bench.studio import (
    PARTS,
    curves_row,
    run,
    size_row,
    slider_rows,
    start_row,
    tailing_row,
    viewers_row,
)
from ganforge.core.errors import MachineError, SettingError


def test_a_cost_is_reached_only_by_its_bound_and_by_a_page_that_was_there() -> None:
    cheap = Tailing("ring", (1.0,) * 30, told=10, asked=10, failures=0)
    assert tailing_row(cheap)[-1].startswith("reached")
    dear = Tailing("ring", (1.0,) * 16 + (1.1,) * 14, told=10, asked=10, failures=0)
    assert dear.median == 1.0 < dear.bound
    assert tailing_row(dear)[-1].startswith("MISSED")
    for blind in (Tailing("ring", (1.0,) * 30, 0, 10, 0), Tailing("ring", (1.0,) * 30, 10, 10, 1)):
        assert tailing_row(blind)[-1].startswith("MISSED")


@pytest.mark.parametrize(
    ("crowd", "word"),
    [
        (Crowd(200, 60.0, 20_000, 300, 0, (250.0, 251.0, 252.0)), "reached"),
        (Crowd(200, 60.0, 20_000, 300, 1, (250.0, 251.0, 252.0)), "MISSED"),
        (Crowd(200, 60.0, 20_000, 300, 0, (250.0, 270.0, 290.0)), "MISSED"),
        (Crowd(200, 60.0, 20, 300, 0, (250.0, 251.0, 252.0)), "MISSED"),
    ],
)
def test_a_crowd_is_borne_without_errors_in_flat_memory_and_told_of_changes(crowd: Crowd, word: str) -> None:
    assert viewers_row(crowd)[-1].startswith(word)


def test_times_are_told_by_their_worst_where_all_count_and_by_their_median_where_most_do() -> None:
    assert start_row(Times((500.0, 600.0, 2500.0)))[-1] == "MISSED"
    assert start_row(Times((500.0, 600.0, 1900.0)))[1:3] == ("600", "1900")
    server, browser = Times((5.0, 6.0, 90.0)), Times((25.0, 30.0, 35.0))
    rows = slider_rows(Slider(64, server, browser, "in your browser"))
    assert [row[-1].split(";")[0] for row in rows] == ["reached", "MISSED"]
    assert slider_rows(Slider(64, server, None, "on the server: no"))[1][-1] == "not measured: on the server: no"


def test_curves_stutter_where_one_frame_in_fifty_is_late() -> None:
    assert curves_row(Panning(100, Times((FRAME,) * 600)))[-1].startswith("reached")
    late = curves_row(Panning(100, Times((FRAME,) * 588 + (50.0,) * 12)))
    assert late[-1].startswith("MISSED; 2.0 % of 600")


def test_the_runtime_is_weighed_apart_from_the_pages_own_code(tmp_path: Path) -> None:
    (tmp_path / "studio.js").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "part.js").write_bytes(b"load('ort-wasm.wasm')")
    (tmp_path / "any.wasm").write_bytes(b"\0asm")
    size = weigh(sorted(tmp_path.iterdir()))
    assert 0 < size.runtime < 100 < size.own < 400
    assert size_row(Size(149_999, 10))[-1].startswith("reached")
    assert size_row(Size(150_001, 10))[-1].startswith("MISSED")
    with pytest.raises(MachineError, match="hatch_build"):
        weigh([])


def test_a_stretch_ends_after_so_many_updates_and_can_be_used_again() -> None:
    stretch = Stretch()
    for steps in (3, 5):
        stretch.steps = steps
        asked = 0
        while not stretch():
            asked += 1
        assert asked == steps
        assert stretch.seconds >= 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGSTOP")
def test_pairs_alternate_who_is_first_and_leave_the_process_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tailing, "SETTLING", 0.0)
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(number))
    seconds = iter([2.0, 4.0, 6.0, 2.0])
    assert tailing._pairs(2, 1, lambda: next(seconds)) == [2.0, 3.0]  # (alone, tailed), then (tailed, alone)
    on, off = signal.SIGCONT, signal.SIGSTOP
    assert sent == [off, on, on, off, on]


def test_a_studio_is_asked_followed_and_ended(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    with served(runs, tmp_path / "log") as studio:
        assert studio.ask("/api/runs") == {"total": 0, "runs": []}
        assert studio.memory() > 10
        with pytest.raises(MachineError, match="404"):
            studio.ask("/api/runs/none")
        pages = Viewers(studio.port, "none")
        asyncio.run(asyncio.wait_for(pages.follow(), 20))  # no such run: the stream ends at once, and that is told
        assert (pages.told, pages.failures) == (0, 1)
        pid = studio.pid
    assert subprocess.run(["ps", "-p", str(pid)], capture_output=True, check=False).returncode != 0


def test_what_cannot_be_measured_is_refused_before_anything_is(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no runs"):
        run(part=("start",), runs=tmp_path)
    assert set(PARTS) == {"size", "start", "slider", "curves", "viewers", "tailing"}
