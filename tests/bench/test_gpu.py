"""The checks for a machine with a GPU, made on the processor: what they do is the same."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ganforge.bench import _gpu_checks
from ganforge.bench._gpu_checks import (
    AGREEMENT,
    Check,
    agreement,
    bfloat16,
    distance,
    memory,
    plan_on,
    small,
    survival,
    waiting,
)
from ganforge.bench.gpu import as_markdown, run
from ganforge.core.contracts import DataOptions, Source
from ganforge.core.device import describe_machine
from ganforge.core.plan import Way
from ganforge.core.recipe import Recipe
from ganforge.core.schedule import constant
from ganforge.data._opening import open_source
from ganforge.recipes._recipes import RECIPES


@pytest.fixture
def grid() -> Source:
    return open_source("grid", DataOptions())


def a_recipe(data: Source) -> Recipe:
    return small(RECIPES.get("wgan-gp")(data.card), 16)


def test_every_recipe_is_compared_on_pictures_and_on_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_gpu_checks, "UPDATES", 1)
    checks = list(agreement("cpu", width=8))
    assert len(checks) == 2 * len(RECIPES.names())
    assert all(check.state == "passed" for check in checks), checks


def test_the_same_updates_agree_and_others_do_not(grid: Source) -> None:
    recipe = a_recipe(grid)
    assert distance(recipe, grid, plan_on("cpu"), plan_on("cpu"), updates=3) == 0.0
    in_parts = replace(plan_on("cpu"), micro_batches=2)  # which draws other numbers
    assert distance(recipe, grid, plan_on("cpu"), in_parts, updates=3) > AGREEMENT
    lr = replace(recipe.generator, lr=constant(0.0))
    still = replace(recipe, generator=lr, discriminator=lr)
    assert distance(still, grid, plan_on("cpu"), in_parts, updates=1) == 0.0, "no step, no difference"


def test_bfloat16_is_compared_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bfloat16("cpu", width=8).state == "passed"
    monkeypatch.setattr(_gpu_checks, "AGREEMENT_BFLOAT16", 1e-6)
    assert bfloat16("cpu", width=8).state == "failed"
    assert bfloat16("mps").state == "not here"


def test_what_only_a_gpu_tells_is_not_claimed_elsewhere() -> None:
    for check in (waiting("cpu"), memory("cpu")):
        assert check.state == "not here"
        assert "cpu" in check.told


@pytest.mark.skipif(torch.cuda.is_available() or torch.backends.mps.is_available(), reason="there is a GPU here")
def test_without_a_gpu_there_is_one_clear_message(capsys: pytest.CaptureFixture[str]) -> None:
    from ganforge.cli._main import run as command_line

    assert command_line(["bench", "gpu"]) == 2
    assert "There is no GPU here" in capsys.readouterr().err
    assert not Path("gpu-report").exists()


@pytest.mark.parametrize("state", ["passed", "failed"])
def test_the_report_tells_what_was_found_and_the_exit_code_whether_all_is_right(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Check.of("something", state == "passed", "it is so")
    plan = replace(plan_on("cpu"), measured=(Way(1, "float32", channels_last=True, samples_per_second=1234.0),))
    for name in ("bfloat16", "waiting", "memory"):
        monkeypatch.setattr(f"ganforge.bench.gpu.{name}", lambda device: found)
    monkeypatch.setattr("ganforge.bench.gpu.agreement", lambda device: [found])
    monkeypatch.setattr("ganforge.bench.gpu.survival", lambda device, scratch, kills: found)
    monkeypatch.setattr("ganforge.bench.gpu.planned", lambda device: (found, plan))
    assert run(device="cpu", out=Path("made")) == (0 if state == "passed" else 1)
    facts = json.loads(Path("made/gpu.json").read_text(encoding="utf-8"))
    assert [check["state"] for check in facts["checks"]] == [state] * 6
    text = Path("made/gpu.md").read_text(encoding="utf-8")
    assert text == as_markdown(describe_machine("cpu"), [found] * 6, plan)
    assert "| 1 thread, float32, channels last | 1,234 |" in text
    assert ("FAILED" in text) == (state == "failed")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_training_on_the_device_is_killed_and_resumed(tmp_path: Path) -> None:
    check = survival("cpu", tmp_path, kills=1)
    assert check.state == "passed", check.told
    assert check.told == "1 of 1 were killed before their end; 1 ended as the one that was left alone"
