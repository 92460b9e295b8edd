from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.core.errors import RunError
from ganforge.runs.folder import RunFolder
from ganforge.runs.listing import runs_below


def a_run(parent: Path, name: str = "digits") -> RunFolder:
    run = RunFolder.create(parent, name)
    run.write_facts({"seed": 0})
    return run


def test_runs_are_numbered_in_order(tmp_path: Path) -> None:
    assert [a_run(tmp_path / "runs", name).name for name in ("digits", "ring", "digits")] == [
        "0001-digits",
        "0002-ring",
        "0003-digits",
    ]


def test_a_number_is_not_used_again_while_a_later_one_exists(tmp_path: Path) -> None:
    a_run(tmp_path).path.rename(tmp_path / "0041-old")
    assert a_run(tmp_path).name == "0042-digits"


def test_many_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda i: RunFolder.create(tmp_path, f"data{i}"), range(32)))
    assert sorted(run.number or 0 for run in runs) == list(range(1, 33))
    assert not list(tmp_path.glob(".*"))


def test_a_new_run_has_its_folders_and_is_new(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "digits")
    assert run.samples.is_dir()
    assert run.checkpoints.path.is_dir()
    assert run.status() == "new"
    assert run.journal.records() == []
    assert run.checkpoints.steps() == []


@given(st.text())
def test_any_name_of_data_becomes_a_folder(tmp_path: Path, name: str) -> None:
    run = a_run(tmp_path / "runs", name)
    assert run.path.parent == tmp_path / "runs"
    assert run.name.isascii()
    assert RunFolder.open(run.path).number == run.number


def test_a_file_in_the_way_is_told_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("I am a file")
    with pytest.raises(RunError, match=r"a file of that name is in the way.*--out"):
        RunFolder.create(tmp_path / "runs", "digits")
    with pytest.raises(RunError, match=r"--out"):
        RunFolder.create(tmp_path / "runs" / "below", "digits")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_may_not_be_written_is_told_with_the_cure(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RunError, match=r"You may not write to .*--out"):
            RunFolder.create(tmp_path / "runs", "digits")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("asked", ["2", "0002", "0002-r", "ring", "0002-ring", "runs/2", "runs/0002-ring"])
def test_a_run_is_found_by_number_or_part_of_its_name(tmp_path: Path, asked: str) -> None:
    for name in ("digits", "ring", "digits"):
        a_run(tmp_path / "runs", name)
    assert RunFolder.open(Path(asked)).name == "0002-ring"  # tests run in tmp_path


def test_an_ambiguous_name_lists_what_it_could_be(tmp_path: Path) -> None:
    a_run(tmp_path / "runs")
    a_run(tmp_path / "runs")
    with pytest.raises(RunError, match="Several runs in runs are called 'digits': 0001-digits, 0002-digits"):
        RunFolder.open(Path("digits"))


def test_a_run_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="There are no runs in runs"):
        RunFolder.open(Path("7"))
    a_run(tmp_path / "runs")
    with pytest.raises(RunError, match="There is no run '7'. In runs there are: 0001-digits"):
        RunFolder.open(Path("7"))
    (tmp_path / "photos").mkdir()
    with pytest.raises(RunError, match=r"photos is not a run: there is no run\.json"):
        RunFolder.open(tmp_path / "photos")


def test_facts_come_back_numbers_that_are_not_finite_too(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    needed: dict[str, object] = dict.fromkeys(("data", "domain", "options", "plan", "seed"))
    facts = {"recipe": {"lr": [1e-3, 0.1 + 0.2]}, "best": float("inf"), "none": None, "path": "b\udcffd.png", **needed}
    run.write_facts(facts)
    assert run.facts() == facts


def test_facts_that_lack_something_are_an_error_of_the_run(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    run.write_facts({"recipe": {}})
    with pytest.raises(RunError, match=r"run\.json lacks data, domain.*damaged"):
        run.facts()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\x00"])
def test_damaged_facts_are_an_error_of_the_run(tmp_path: Path, content: bytes) -> None:
    run = a_run(tmp_path)
    (run.path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        run.facts()


def test_arrays_come_back_with_type_and_shape(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    arrays = {"train": np.arange(7), "columns": np.arange(12.0).reshape(3, 4).T, "empty": np.zeros((0, 2), np.float32)}
    run.write_arrays("split", arrays)
    back = RunFolder.open(run.path).read_arrays("split")
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype
    with pytest.raises(RunError, match="other"):
        run.read_arrays("other")
    (run.path / "split.safetensors").write_bytes(b"not arrays")
    with pytest.raises(RunError, match="split"):
        run.read_arrays("split")


def test_two_trainings_on_one_folder_are_refused(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    refused = pytest.raises(RunError, match=f"already being trained by process {os.getpid()} on ")
    with run.lock(), refused, RunFolder.open(run.path).lock():
        pytest.fail("two hold the lock")
    with RunFolder.open(run.path).lock():
        assert run.status() == "training"


_TRAINER = """
import sys, time
from pathlib import Path
from ganforge.runs.folder import RunFolder
with RunFolder.open(Path(sys.argv[1])).lock():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_killed_training_lets_go_and_is_shown_as_interrupted(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", _TRAINER, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        assert run.status() == "training"
        with pytest.raises(RunError, match=f"by process {process.pid} on "), run.lock():
            pytest.fail("two hold the lock")
        process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
        process.wait()
    assert run.status() == "interrupted"
    with run.lock():
        run.beat("done")
    assert run.status() == "done"


def test_the_end_of_a_training_is_remembered(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    with run.lock():
        pass
    assert run.status() == "interrupted"
    with pytest.raises(ZeroDivisionError), run.lock():
        raise ZeroDivisionError
    assert run.status() == "failed"
    with pytest.raises(KeyboardInterrupt), run.lock():
        raise KeyboardInterrupt
    assert run.status() == "interrupted"
    with run.lock():
        run.beat("not finite")
    assert run.status() == "not finite"


def test_a_heart_beats_on_disk_no_more_than_is_needed(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    file = run.path / "control" / "heartbeat.json"
    run.beat("training")
    file.unlink()
    run.beat("training")
    assert not file.exists()
    run.beat("done")
    assert file.exists()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ('{"state": "training", "pid": 1, "host": "elsewhere", "time": 0}', "interrupted"),
        ('{"state": "training", "pid": 1, "host": "elsewhere", "time": 1e12}', "training"),
        ('{"state": "training"}', "interrupted"),
        ('{"state": "done"}', "done"),
        ("{", "new"),
    ],
)
def test_the_status_is_read_from_any_heartbeat(tmp_path: Path, content: str, status: str) -> None:
    run = a_run(tmp_path)
    (run.path / "control" / "heartbeat.json").write_text(content)
    assert run.status() == status


def test_runs_are_listed_by_number_and_nothing_else_is(tmp_path: Path) -> None:
    for number in (10000, 9, 2):
        a_run(tmp_path).path.rename(tmp_path / f"{number:04d}-x")
    (tmp_path / "notes").mkdir()
    (tmp_path / "file.txt").touch()
    RunFolder.create(tmp_path, "without-facts")
    assert [run.name for run in runs_below(tmp_path)] == ["0002-x", "0009-x", "10000-x"]
    assert runs_below(tmp_path / "nowhere") == []
