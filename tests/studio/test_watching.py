"""The pages that watch: the list, a run, its curves, its pictures, word of changes."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ganforge.runs.checkpoints import Checkpoints
from ganforge.runs.folder import RunFolder
from ganforge.studio import _curves, _desk, _pulse, _summary
from ganforge.studio._pulse import Beat, Pulses
from ganforge.studio.errors import NoSuchRun
from tests.studio.asking import Asking
from tests.studio.made import a_folder, record, records

RUN = "/api/runs/0001-ring"


def test_runs_are_listed_newest_first_and_in_parts(tmp_path: Path) -> None:
    for _ in range(5):
        a_folder(tmp_path)
    (tmp_path / "no-run").mkdir()
    told = Asking(tmp_path).get("/api/runs?offset=1&limit=2").json()
    assert told["total"] == 5
    assert [run["number"] for run in told["runs"]] == [4, 3]


def test_a_folder_that_is_empty_or_not_there_yet_has_no_runs(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert Asking(folder).get("/api/runs").json() == {"total": 0, "runs": []}


def test_a_run_in_short(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, state="done")
    records(folder, {"event": "started", "step": 0, "kimg": 0.0, "total_kimg": 100.0, "attempt": 1, "taken": 0})
    records(folder, record(10, 25.0, loss=1.0))
    examined = {"step": 10, "kimg": 25.0, "score": 0.5, "error": 0.1, "gain": 0.0, "gain_error": 0.0}
    records(folder, {"event": "examined", **examined, "kept": True, "seconds": 1.0})
    (run,) = Asking(tmp_path).get("/api/runs").json()["runs"]
    assert (run["id"], run["name"], run["state"], run["progress"]) == ("0001-ring", "ring", "done", 0.25)
    assert run["score"] == {"value": 0.5, "error": 0.1, "kimg": 25.0}
    assert run["picture"].startswith(f"{RUN}/frames/00000020.png?v=")
    assert run["picture_size"] == [60, 30]
    assert (run["plane"], run["singly"], run["ready"]) == (True, False, False)
    assert run["health"]["word"] == "unwatched"


def test_what_changes_is_told_at_the_next_look(tmp_path: Path) -> None:
    folder, asking = a_folder(tmp_path), Asking(tmp_path)
    assert asking.get(RUN).json()["kimg"] == 0.0
    records(folder, record(10, 25.0, loss=1.0))
    assert asking.get(RUN).json()["kimg"] == 25.0
    folder.beat("paused")
    assert asking.get("/api/runs").json()["runs"][0]["state"] == "paused"


def test_a_damaged_run_is_listed_as_such_and_breaks_nothing(tmp_path: Path) -> None:
    whole, damaged, strange = a_folder(tmp_path), a_folder(tmp_path), a_folder(tmp_path)
    (damaged.path / "run.json").write_text("{")
    facts = strange.facts()
    strange.write_facts({**facts, "data": {"name": 7}})
    asking = Asking(tmp_path)
    states = {run["id"]: run["state"] for run in asking.get("/api/runs").json()["runs"]}
    assert states == {whole.name: "done", damaged.name: "unreadable", strange.name: "unreadable"}
    for broken in (damaged, strange):
        answer = asking.get(f"/api/runs/{broken.name}")
        assert 400 <= answer.status_code < 500
        assert "run.json" in answer.json()["error"]


def test_what_cannot_be_read_of_one_run_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, foul, odd = a_folder(tmp_path), a_folder(tmp_path), a_folder(tmp_path)
    (odd.path / "journal.jsonl").mkdir()
    told = _summary.Facts.of

    def read(folder: RunFolder) -> _summary.Facts:
        if folder.name == foul.name:
            raise PermissionError(13, "Permission denied")
        return told(folder)

    monkeypatch.setattr(_summary.Facts, "of", staticmethod(read))
    asking = Asking(tmp_path)
    states = {run["id"]: run["state"] for run in asking.get("/api/runs").json()["runs"]}
    assert states == {whole.name: "done", foul.name: "unreadable", odd.name: "done"}
    answer = asking.get(f"/api/runs/{foul.name}")
    assert answer.status_code == 503
    assert "Permission denied" in answer.json()["error"]


def test_a_run_is_ready_by_the_names_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for files in (("00000004.json", "00000004-again.safetensors"), ("00000004.json",), ("00000004.safetensors",)):
        folder = a_folder(tmp_path)
        for name in files:
            (folder.checkpoints.path / name).write_bytes(b"x")
    monkeypatch.setattr(Checkpoints, "_mark", lambda *_: pytest.fail("A mark was read for the list."))
    ready = [run["ready"] for run in Asking(tmp_path).get("/api/runs").json()["runs"]]
    assert ready == [False, False, True]


def test_a_run_that_takes_anothers_name_is_told_as_what_it_is(tmp_path: Path) -> None:
    before, asking = a_folder(tmp_path / "runs"), Asking(tmp_path / "runs")
    records(before, record(10, 25.0, loss=1.0))
    first = asking.get(RUN).json()
    records(a_folder(tmp_path / "other"), record(10, 75.0, loss=1.0), record(20, 80.0, loss=1.0))
    journal = before.path / "journal.jsonl"
    journal.write_bytes((tmp_path / "other" / "0001-ring" / "journal.jsonl").read_bytes())  # the same inode, and longer
    before.write_facts(before.facts())
    second = asking.get(RUN).json()
    assert (first["kimg"], second["kimg"]) == (25.0, 80.0)
    assert first["frames"][0]["url"] != second["frames"][0]["url"]
    assert asking.get(second["frames"][0]["url"]).status_code == 200
    assert asking.get(f"{RUN}/curves").json()["charts"][0]["lines"][0]["kimg"] == [75.0, 80.0]


def test_a_run_whose_time_was_up_is_called_so(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, state="out of time")
    told = Asking(tmp_path).get(RUN).json()
    assert told["state"] == folder.status() == "out of time"
    assert told["controls"] == []


def test_shares_are_never_drawn_on_an_axis_of_powers(tmp_path: Path) -> None:
    values = [{"probe.coverage": share, "probe.apart": share, "loss": share} for share in (0.001, 0.9)]
    records(a_folder(tmp_path), *(record(at, float(at), **each) for at, each in enumerate(values, 1)))
    charts = Asking(tmp_path).get(f"{RUN}/curves").json()["charts"]
    assert {chart["name"]: chart["log"] for chart in charts if chart["name"] in ("variety", "apart")} == {
        "variety": False,
        "apart": False,
    }
    assert any(chart["log"] for chart in charts)


def test_a_run_in_full_tells_its_signs_where_the_curves_have_them(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, state="training")
    records(
        folder,
        record(10, 20.0, loss=1.0),
        {"event": "sampled", "step": 10, "kimg": 20.0, "taken": 10},
        {"event": "finding", "ailment": "mode-collapse", "severity": "serious", "step": 10, "kimg": 20.0, "since": 5,
         "evidence": {}, "sentence": "It collapses."},
        {"event": "treated", "step": 10, "kimg": 20.0, "to_step": 0, "to_kimg": 0.0, "taken": 10, "number": 1,
         "ailment": "mode-collapse", "remedy": {"words": "begin anew"}},
        record(10, 20.0, loss=2.0),
    )  # fmt: skip
    told = Asking(tmp_path).get(RUN).json()
    assert [(sign["kind"], sign["kimg"], sign["words"]) for sign in told["signs"]] == [
        ("finding", 20.0, "It collapses."),
        ("treated", 20.0, "begin anew"),
    ]
    assert told["signs"][0]["title"] == "Mode collapse"
    assert told["controls"] == ["pause", "save", "sample", "stop"]
    assert told["seconds_left"] == pytest.approx(80.0)
    assert [frame["kimg"] for frame in told["frames"]] == [None, 20.0, None]
    curves = Asking(tmp_path).get(f"{RUN}/curves").json()
    assert curves["reach_kimg"] == told["reach_kimg"] == 40.0
    assert told["kimg"] == 20.0


def test_curves_come_in_the_part_and_the_number_of_points_asked_for(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    values = {"discriminator.real": 1.0, "discriminator.fake": -1.0, "generator.adversarial": math.nan}
    records(folder, *(record(at, float(at), **values) for at in range(1, 101)))
    told = Asking(tmp_path).get(f"{RUN}/curves?from=20&to=40&most=5").json()
    charts = {chart["name"]: chart for chart in told["charts"]}
    assert set(charts) == {"scores", "losses", "rate"}
    assert [line["title"] for line in charts["scores"]["lines"]] == ["real", "forged"]
    assert all(len(line["kimg"]) <= 5 for chart in charts.values() for line in chart["lines"])
    assert 19.0 <= charts["scores"]["lines"][0]["kimg"][0] <= 24.0
    assert set(charts["losses"]["lines"][0]["mean"]) == {None}


def test_what_many_ask_for_is_worked_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(name: str, work: Callable[..., object]) -> Callable[..., object]:
        def one(*told: object) -> object:
            made.append(name)
            return work(*told)

        return one

    monkeypatch.setattr(_desk, "curves", counted("curves", _curves.curves))
    monkeypatch.setattr(_desk, "detail", counted("detail", _summary.detail))
    folder = a_folder(tmp_path)
    records(folder, *(record(at, float(at), loss=1.0) for at in range(1, 50)))
    asking = Asking(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda path: asking.get(path).json(), [RUN, f"{RUN}/curves", f"{RUN}/curves?most=5"] * 8))
    assert sorted(made) == ["curves", "curves", "detail"]
    assert told[:3] * 8 == told
    records(folder, record(50, 50.0, loss=1.0))
    assert asking.get(f"{RUN}/curves").json()["reach_kimg"] == 50.0
    assert asking.get(RUN).json()["kimg"] == 50.0
    folder.beat("paused")
    assert asking.get(RUN).json()["paused"]


def test_pictures_are_served_by_their_exact_names_and_nothing_else_is(tmp_path: Path) -> None:
    folder, asking = a_folder(tmp_path / "runs"), Asking(tmp_path / "runs")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (folder.samples / "00000099.png").symlink_to(tmp_path / "secret.png")
    good = asking.get(f"{RUN}/frames/00000010.png")
    assert good.headers["content-type"] == "image/png"
    assert "immutable" in good.headers["cache-control"]
    for name in ("00000099.png", "0.png", "..%2f..%2fsecret.png", "%2e%2e", "../run.json", "00000010.PNG", "%00"):
        assert asking.get(f"{RUN}/frames/{name}").status_code in (404, 405), name


@pytest.mark.parametrize("run", ["0002-x", "..", "%2e%2e", "..%2f", "0001", "0001-RING", "%00", "x" * 5000, ".hidden"])
def test_a_run_is_found_by_its_exact_name_alone(run: str, tmp_path: Path) -> None:
    a_folder(tmp_path)
    answer = Asking(tmp_path).get(f"/api/runs/{run}/curves")
    assert answer.status_code == 404
    assert "charts" not in answer.text


def test_word_of_changes_goes_to_all_viewers_by_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pulse, "_EVERY", 0.0)
    looks = 0

    def look(run: str) -> Beat:
        nonlocal looks
        looks += 1
        if looks > 200:
            raise NoSuchRun("It is gone.")
        return Beat(looks // 100, "training", 1.0, None)

    async def viewer(pulses: Pulses) -> list[int]:
        told = [event async for event in pulses.of("a") if event.startswith(b"event")]
        return [json.loads(event.split(b"data: ")[1])["version"] for event in told]

    async def watch() -> list[list[int]]:
        pulses = Pulses(look)
        seen = await asyncio.gather(*(viewer(pulses) for _ in range(50)))
        assert pulses._channels == {}
        return seen

    assert asyncio.run(watch()) == [[0, 1, 2]] * 50
    assert looks == 201


def test_a_silent_stream_says_that_it_is_alive_and_ends_with_its_viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pulse, "_ALIVE", 0.01)

    async def watch() -> list[bytes]:
        pulses = Pulses(lambda run: Beat(1, "training", 1.0, None))
        events = pulses.of("a")
        told = [await anext(events) for _ in range(3)]
        await events.aclose()  # type: ignore[attr-defined]
        assert pulses._channels == {}
        return told

    told = asyncio.run(watch())
    assert b": alive\n\n" in told
    assert any(event.startswith(b"event: changed\ndata: ") for event in told)


def test_commands_are_left_for_a_training_and_refused_where_there_is_none(tmp_path: Path) -> None:
    live, done = a_folder(tmp_path, state="training"), a_folder(tmp_path)
    asking = Asking(tmp_path)
    left = asking.post(f"{RUN}/control", {"command": "pause"}).json()["id"]
    assert [asked.command for asked in live.control.waiting()] == ["pause"]
    assert asking.get(f"{RUN}/control/{left}").json() == {"state": "waiting", "words": ""}
    live.control.answer(live.control.waiting()[0], "done", "It is paused.")
    assert asking.get(f"{RUN}/control/{left}").json() == {"state": "done", "words": "It is paused."}
    assert asking.get(f"{RUN}/control/none").status_code == 404
    assert asking.post(f"{RUN}/control", {"command": "resume"}).status_code == 409
    assert asking.post(f"{RUN}/control", {"command": "explode"}).status_code == 422
    assert asking.post(f"/api/runs/{done.name}/control", {"command": "stop"}).status_code == 409
