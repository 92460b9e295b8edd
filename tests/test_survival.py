"""What a machine does to a training: a full disk, too little memory, a device that is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ganforge
from ganforge.core.errors import MachineError
from ganforge.runs.folder import RunFolder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory and of files are set as on Linux")

PREPARED = """
import resource, sys, numpy as np
from pathlib import Path
from ganforge.core.errors import GanforgeError
from ganforge.session import Options, carry_out, prepare, reopen
rows = np.random.default_rng(0).normal(size=(500, 3))
def go(settings, limit):
    prepared = prepare(rows, Options(kimg=float(sys.argv[1]), threads=1, settings=settings, save_seconds=0.0))
    limit()
    try:
        carry_out(prepared)
    except GanforgeError as error:
        print(error)
        sys.exit(error.exit_code)
"""
DISK = """
def limit():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
go({"batch": "32"}, limit)
"""
MEMORY = """
def limit():
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + 150_000_000,) * 2)
go({"batch": "30000", "networks.settings.width": "512", "networks.settings.fourier": "0"}, limit)
"""
CRAMPED = """
import os, resource, signal, sys
from pathlib import Path
import numpy as np
import torch
from ganforge.core.records import StepRecord
from ganforge.runs.folder import RunFolder
from ganforge.session import Options, carry_out, prepare, reopen

class Stop:
    def see(self, event):
        if isinstance(event, StepRecord):
            os.kill(os.getpid(), signal.SIGTERM)

what, megabytes = sys.argv[1:]
rows = np.random.default_rng(0).normal(size=(500, 3))
settings = {"batch": "60000", "networks.settings.width": "128", "networks.settings.fourier": "0"}
torch.optim.Adam([torch.zeros(1)])  # what torch imports only now is no part of a training
now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 10**6 * int(megabytes), resource.RLIM_INFINITY))
if what == "begin":
    prepared = prepare(rows, Options(kimg=240, threads=1, settings=settings, report=False, doctor="watch"))
    print("planned", prepared.plan.micro_batches)
    run = carry_out(prepared, observers=[Stop()])
else:
    run = carry_out(reopen(RunFolder.open(Path("runs/1")), rows))
print(run.folder.status(), run.folder.checkpoints.load().facts["micro_batches"])
"""


def cramped(what: str, megabytes: int) -> dict[str, int]:
    """How finely the batch was cut, as planned and at the end, by what the program says before the number."""
    command = [sys.executable, "-c", CRAMPED, what, str(megabytes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return {word: int(number) for word, number in (line.split() for line in done.stdout.splitlines())}


def run(code: str, kimg: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PREPARED + code, str(kimg)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_full_disk_ends_the_training_with_one_clear_message() -> None:
    done = run(DISK, kimg=1.0)
    assert done.returncode == 2, done.stderr
    assert "Free some space" in done.stdout
    assert "Traceback" not in done.stderr
    folder = RunFolder.open(Path("runs/1"))
    assert folder.status() == "failed"
    assert not list((folder.path / "checkpoints").glob("*.json")), "no half checkpoint passes for a whole one"


def test_after_a_full_disk_the_training_goes_on() -> None:
    run(DISK, kimg=1.0)
    rows = np.random.default_rng(0).normal(size=(500, 3))
    assert ganforge.resume("runs/1", source=rows).folder.status() == "done"


def test_when_memory_runs_out_the_batch_is_computed_in_parts() -> None:
    done = run(MEMORY, kimg=60.0)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    records = RunFolder.open(Path("runs/1")).journal.records()
    decisions = [record for record in records if record["event"] == "decision"]
    assert decisions
    assert all("Memory ran out" in decision["what"] for decision in decisions)
    assert any(decision["changes"].get("micro_batches", 1) >= 2 for decision in decisions)


@pytest.mark.slow
def test_a_batch_that_fits_is_found_before_the_first_step_and_again_where_there_is_less_memory() -> None:
    begun = cramped("begin", 200)
    assert begun["planned"] >= 2
    assert begun["interrupted"] >= begun["planned"], "what measuring found out is not forgotten"
    done = cramped("resume", 60)  # much less: measuring needs more than training does
    assert done["done"] > begun["interrupted"]


def test_a_gpu_that_is_not_there_is_told() -> None:
    with pytest.raises(MachineError, match="no device 'abacus'"):
        ganforge.train("ring", ganforge.Options(device="abacus"))
