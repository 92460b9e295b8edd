"""The command line as people use and misuse it."""

from __future__ import annotations

import contextlib
import csv
import html
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganforge.cli._main import COMMANDS, run
from ganforge.core.contracts import Advice
from ganforge.core.records import Event, Finding, StepRecord
from ganforge.recipes._recipes import LINEAGES, RECIPES
from ganforge.watch._ailment import AILMENTS
from ganforge.watch._chart import Chart
from ganforge.watch._course import Course

QUICK = ["--kimg", "1", "--threads", "1", "--set", "networks.settings.width=16", "--no-report"]


@pytest.fixture
def table(tmp_path: Path) -> str:
    """A CSV of three columns."""
    path = tmp_path / "table.csv"
    rows = np.random.default_rng(0).normal([3.0, -4.0, 1000.0], [1.0, 0.5, 50.0], size=(200, 3))
    np.savetxt(path, rows, delimiter=",", header="width,height,price", comments="")
    return str(path)


def test_train_generate_runs_and_resume(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", table, *QUICK]) == 0
    printed = capsys.readouterr().out
    for word in ("200 samples", "Recipe auto", "Plan:", "Training is complete", "ganforge generate"):
        assert word in printed
    assert run(["generate", "1", "-n", "7", "--out", "made/seven.csv"]) == 0
    with Path("made/seven.csv").open(newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["width", "height", "price"]
    assert len(lines) == 8
    assert run(["generate", "1", "--out", "made/some.npy", "-n", "5"]) == 0
    assert np.load("made/some.npy").shape == (5, 3)
    assert run(["generate", "1", "--interpolate", "--out", "way"]) == 0
    assert {path.name for path in Path("way").iterdir()} >= {"strip.png", "walk.gif"}
    capsys.readouterr()
    assert run(["runs"]) == 0
    listed = capsys.readouterr().out
    assert "0001-table" in listed
    assert "done" in listed
    assert run(["train", "--resume", "1"]) == 0
    assert "Training is complete" in capsys.readouterr().out


def test_generated_pictures_are_files_and_a_grid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(24):
        Image.fromarray(np.full((9, 6), i * 10, dtype=np.uint8)).save(tmp_path / f"{i}.png")
    assert run(["train", str(tmp_path), "--kimg", "0.2", *QUICK[2:], "--out", str(tmp_path / "runs")]) == 0
    capsys.readouterr()
    assert run(["generate", str(tmp_path / "runs" / "1"), "-n", "6", "--out", "six"]) == 0
    assert "Wrote 6 files: six; all in one picture: six.png" in capsys.readouterr().out
    singles = sorted(Path("six").iterdir())
    assert len(singles) == 6  # the grid is no sample
    with Image.open(singles[0]) as picture:
        assert picture.size == (6, 9)
    with Image.open("six.png") as picture:
        assert picture.width > 6
    Path("deep").mkdir()
    with contextlib.chdir("deep"):
        assert run(["generate", str(tmp_path / "runs" / "1"), "-n", "6", "--out", "."]) == 0
    assert len(list(Path("deep").iterdir())) == 6 and Path("deep.png").exists()
    capsys.readouterr()
    assert run(["generate", str(tmp_path / "runs" / "1"), "-n", "6", "--out", "grid.png"]) == 0
    assert capsys.readouterr().out.endswith("Wrote 1 file: grid.png\n")
    assert Path("grid.png").exists()


def test_copies_of_rows_of_whole_numbers_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0)
    for name in ("own", "new"):
        rows = np.stack([random.normal(45, 15, 800).round(), random.poisson(9, 800), random.normal(70, 9, 800)], 1)
        np.savetxt(f"{name}.csv", rows, delimiter=",", header="age,visits,weight", comments="", fmt="%.6g")
    assert run(["train", "own.csv", *QUICK]) == 0
    capsys.readouterr()
    for name, copied in (("own", True), ("new", False)):
        assert run(["evaluate", "1", "--samples", f"{name}.csv"]) == 0
        assert ("contain copies of training items" in capsys.readouterr().out) == copied


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "no-such-folder"], ["no-such-folder", "digits"]),
        (["train", "digit"], ["digit", "digits"]),
        (["train", "--recipe", "dcgn"], ["dcgn", "dcgan"]),
        (["train", "ring", "--set", 'networks={"name": "dcgan"}'], ["pictures"]),
        (["train", "ring", "--set", "batch"], ["PATH=VALUE"]),
        (["train", "ring", "--set", "batch=0"], ["batch", "0"]),
        (["train", "ring", "--set", "batch=many"], ["batch"]),
        (["train", "ring", "--set", "generator.lr.strt=1"], ["strt", "start"]),
        (["train", "ring", "--set", "objective.settings.x=1"], ["x"]),
        (["train", "ring", "--kimg", "-1"], ["kimg", "-1"]),
        (["train", "ring", "--kimg", "nan"], ["kimg", "nan"]),
        (["train", "ring", "--threads", "0"], ["threads", "0"]),
        (["train", "ring", "--precision", "float16"], ["float16", "bfloat16"]),
        (["train", "ring", "--channels-last"], ["--channels-last", "leave it out"]),
        (["train", "ring", "--micro-batches", "0"], ["micro-batches", "0"]),
        (["train", "--resume", "1", "--micro-batches", "2"], ["--micro-batches", "leave out"]),
        (["train", "ring", "--set", "ema.half_life_kimg=0"], ["half_life_kimg"]),
        (["train", "ring", "--device", "abacus"], ["abacus", "cpu"]),
        (["train", "--resume", "1", "--kimg", "5"], ["--kimg", "leave out"]),
        (["train", "--size", "big"], ["big", "64"]),
        (["train", "--resume", "99"], ["99"]),
        (["generate", "99"], ["99"]),
        (["recipes", "nothing"], ["nothing", "auto"]),
        (["train", "--minutes", "soon"], ["soon"]),
        (["train", "--doctor", "pray"], ["pray", "treat"]),
        (["train", "--check", "--resume", "1"], ["--check", "--resume"]),
        (["train", "ring", "--check", "--set", "networks=dcgan"], ["pictures"]),
        (["train", "no-such-folder", "--check"], ["no-such-folder"]),
        (["doctor", "99"], ["99"]),
        (["ailments", "boredom"], ["boredom", "mode-collapse"]),
        (["trian"], ["train"]),
    ],
)
def test_bad_input_is_one_clear_message_and_code_2(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    for word in words:
        assert word in captured.err
    assert "Traceback" not in captured.err
    assert not list(Path.cwd().glob("runs/[0-9]*")), "no run is left behind"


def test_a_damaged_run_does_not_hide_the_others(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(["train", table, *QUICK])
    run(["train", table, *QUICK])
    Path("runs/0001-table/run.json").write_text("{}")
    capsys.readouterr()
    assert run(["runs"]) == 0
    listed = capsys.readouterr().out
    assert "unreadable" in listed
    assert "0002-table" in listed
    assert run(["generate", "1"]) == 2
    assert "damaged" in capsys.readouterr().err


def test_a_file_for_an_interpolation_is_refused(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(["train", table, *QUICK])
    assert run(["generate", "1", "--interpolate", "--out", "walk.gif"]) == 2
    assert "walk.gif" in capsys.readouterr().err
    assert not Path("walk.gif").exists()


def test_a_file_in_the_place_of_the_runs_folder_is_told(capsys: pytest.CaptureFixture[str], table: str) -> None:
    Path("taken").write_text("a file")
    assert run(["train", table, *QUICK, "--out", "taken"]) == 2
    assert "taken" in capsys.readouterr().err


WILD = ["--set", "generator.lr.start=1e30", "--set", "discriminator.lr.start=1e30"]


@pytest.mark.parametrize("doctor", ["watch", "off"])
def test_an_unhealthy_training_ends_with_code_3(doctor: str, table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", table, *QUICK, *WILD, "--doctor", doctor]) == 3
    assert "no good checkpoint but that of the untrained networks" in capsys.readouterr().err
    assert run(["doctor", "1"]) == 0, "what it found is no fault of the command"
    told = " ".join(capsys.readouterr().out.split())
    for words in ("Given up", "Divergence (grave)", "--doctor treat", "--set generator.lr.start=0.002"):
        assert words in told
    assert ("nobody watched it" in told) == (doctor == "off")
    run(["runs"])
    assert ("given up" in capsys.readouterr().out) == (doctor == "watch")


def test_a_course_that_ends_without_a_cure_ends_with_code_3_and_an_account(
    table: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(self: Course, chart: Chart, findings: tuple[Finding, ...], event: Event) -> Advice:
        return Advice(give_up="All was tried: nothing helped.") if isinstance(event, StepRecord) else Advice()

    monkeypatch.setattr(Course, "advise", give_up)
    assert run(["train", table, *QUICK]) == 3
    assert "All was tried: nothing helped." in capsys.readouterr().err
    assert run(["doctor", "1"]) == 0
    assert "Given up" in capsys.readouterr().out
    assert run(["generate", "1", "-n", "3"]) == 0, "the best checkpoint is kept"
    assert run(["train", "--resume", "1"]) == 2


def test_what_fails_by_its_settings_is_cured_and_listed_as_treated(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", table, *QUICK, *WILD]) == 0
    printed = capsys.readouterr().out
    assert "The doctor: divergence (grave):" in printed
    assert "Treatment 1: lower the generator's learning rate" in printed
    assert run(["runs"]) == 0
    assert "auto (treated)" in capsys.readouterr().out
    assert run(["doctor", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [event["event"] for event in told["told"] if event["event"] == "treated"] == ["treated"]
    assert run(["report", "1"]) == 0
    page = Path("runs/0001-table/report.html").read_text(encoding="utf-8")
    assert "Treatment 1: lower the generator" in page


def test_the_doctor_may_be_asked_about_any_run_or_journal(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", table, *QUICK]) == 0
    capsys.readouterr()
    answers = []
    for asked in ("1", "0001-table", "runs/0001-table/journal.jsonl"):
        assert run(["doctor", asked]) == 0
        answers.append(capsys.readouterr().out)
    assert len(set(answers)) == 1
    assert "Not known" in answers[0] and "Nothing needs to be done" not in answers[0], "too short to be looked at"
    for asked in ("1", "runs/0001-table/journal.jsonl"):
        assert run(["doctor", asked, "--picture", "ill.png"]) == 2
        assert "no alarm" in capsys.readouterr().err
    shutil.copy("runs/0001-table/journal.jsonl", "lone.jsonl")
    assert run(["doctor", "lone.jsonl", "--picture", "ill.png"]) == 2
    assert "is a journal alone" in capsys.readouterr().err


def test_a_look_beforehand_says_what_stands_in_the_way_and_makes_no_run(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", table, "--check", *QUICK[2:4], "--kimg", "150"]) == 0
    printed = capsys.readouterr().out
    for words in ("200 samples", "Plan:", "The data: 200 items", " 100%  1 thread, float32"):
        assert words in printed
    assert run(["train", table, "--check", *QUICK[2:4], "--kimg", "150", "--set", "discriminator_steps=40"]) == 0
    printed = capsys.readouterr().out
    assert "40 times" in printed and "--set discriminator_steps=1" in printed
    assert not Path("runs").exists()


def test_what_is_fixed_of_the_plan_is_done_and_remembered(table: str) -> None:
    assert run(["train", table, *QUICK, "--precision", "bfloat16", "--no-channels-last", "--micro-batches", "3"]) == 0
    facts = json.loads(Path("runs/0001-table/run.json").read_text())
    fixed = {"threads": 1, "precision": "bfloat16", "channels_last": False, "micro_batches": 3}
    assert facts["options"]["fixed"].items() >= fixed.items()
    assert facts["plan"].items() >= fixed.items()
    (way,) = facts["plan"]["measured"]
    assert way["samples_per_second"] == facts["plan"]["samples_per_second"] > 0


def test_every_ailment_is_listed_and_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ailments"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in AILMENTS.names())
    for name in AILMENTS.names():
        assert run(["ailments", name]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert AILMENTS.get(name).what in told
    assert run(["ailments", "--page", "known.md"]) == 0
    assert Path("known.md").read_text(encoding="utf-8").startswith("# What the doctor knows")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_ctrl_c_saves_and_says_how_to_go_on(table: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ganforge.cli", "train", table, *QUICK[2:], "--kimg", "100000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    journal = tmp_path / "runs" / "0001-table" / "journal.jsonl"
    while not (journal.exists() and "record" in journal.read_text()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in out
    assert "done" not in out
    assert run(["runs", str(tmp_path / "runs")]) == 0


def test_every_command_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS.names():
        assert run([name, "--help"]) == 0
        assert len(capsys.readouterr().out) > 100


@pytest.mark.parametrize("name", RECIPES.names())
def test_a_recipe_tells_its_story_in_about_ten_lines(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert run(["recipes", name]) == 0
    out = capsys.readouterr().out
    assert 7 <= len(out.splitlines()) <= 12
    lineage = LINEAGES.get(name)
    told = " ".join(out.split())
    for text in (RECIPES.summary(name).splitlines()[0], lineage.paper, lineage.brought, lineage.cures, lineage.use):
        assert text in told
    assert f"Departs from the paper in {len(lineage.deviations)} points" in told
    assert f"ganforge recipes {name} --deviations" in told
    assert f"ganforge train --recipe {name}" in told


@pytest.mark.parametrize("name", RECIPES.names())
def test_a_recipe_lists_where_it_departs_from_its_paper(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipes", name, "--deviations"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for text in (LINEAGES.get(name).paper, *LINEAGES.get(name).deviations):
        assert text in told


def test_help_does_not_import_torch() -> None:
    code = "import sys; from ganforge.cli._main import run; run(['--help']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL).returncode == 0


@pytest.fixture
def trained(table: str) -> str:
    """Two small runs on one table; the first with its report."""
    assert run(["train", table, *QUICK[:-1]]) == 0
    assert run(["train", table, *QUICK, "--seed", "1"]) == 0
    return table


def test_a_training_ends_with_an_answer_and_a_page(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", table, *QUICK[:-1]]) == 0
    printed = capsys.readouterr().out
    assert "report.html" in printed
    sentence = json.loads(Path("runs/0001-table/evaluation.json").read_text())["sentence"]
    assert sentence in printed.replace("\n", " ")
    page = Path("runs/0001-table/report.html").read_text(encoding="utf-8")
    assert html.escape(sentence) in page or sentence in page


def test_evaluate_prints_a_table_a_sentence_or_json(trained: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["evaluate", "1", "-n", "8"]) == 0
    printed = capsys.readouterr().out
    for word in ("8 samples and 8 held-out items", "Features: the numbers themselves", "kernel distance", "floor"):
        assert word in printed
    assert run(["evaluate", "1", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["sentence"]
    assert all({"value", "floor", "count"} <= score.keys() for score in made["scores"])
    assert run(["evaluate", "1", "--full"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > len(printed.splitlines())


def test_compare_ranks_runs(trained: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["compare", "1", "2"]) == 0
    printed = capsys.readouterr().out
    for word in ("0001-table", "0002-table", "the floor", "beyond chance"):
        assert word in printed
    assert run(["compare", "1", "2", "--json"]) == 0
    assert {entry["run"] for entry in json.loads(capsys.readouterr().out)["entries"]} == {"0001-table", "0002-table"}


def test_report_is_made_again_and_evaluates_where_nobody_did(trained: str) -> None:
    assert not Path("runs/0002-table/report.html").exists()
    assert run(["report", "2"]) == 0
    assert Path("runs/0002-table/report.html").stat().st_size > 10_000
    assert Path("runs/0002-table/evaluation.json").exists()


BAD_QUESTIONS = (
    (["evaluate", "9"], "There is no run"),
    (["evaluate", "1", "--features", "nonsense"], "no feature extractor called 'nonsense'"),
    (["evaluate", "1", "--checkpoint", "first"], "give best, newest"),
    (["evaluate", "1", "--checkpoint", "77777"], "does not exist"),
    (["evaluate", "1", "-n", "1"], "at least 2"),
    (["evaluate", "1", "--samples", "nowhere"], "no file or folder"),
    (["generate", "1", "--checkpoint", "x"], "give best, newest"),
    (["compare", "1"], "two runs"),
    (["report", "7"], "There is no run"),
)


def test_bad_questions_get_one_clear_answer(trained: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in BAD_QUESTIONS:
        capsys.readouterr()
        assert run(arguments) == 2, arguments
        told = capsys.readouterr().err
        assert words in told.replace("\n", " ")
        assert "Traceback" not in told
