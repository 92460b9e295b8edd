"""A set of pictures that is larger than what may be held in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

COUNT, SIDE = 20_000, 64

OPEN_AND_READ = """
import sys
from pathlib import Path

import torch

from ganforge.core.contracts import DataOptions
from ganforge.data._opening import open_source


def held():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


source, cache, side = sys.argv[1:]
torch.set_num_threads(1)
options = DataOptions(size=int(side), cache=Path(cache))
before = held()
opened = open_source(source, options)
most, total = held(), 0.0
for rows in torch.arange(opened.card.count).split(256):
    total += float(opened.batch(rows).real["x"].mean())
    most = max(most, held())
print(opened.card.count, round((most - before) / 1000), total)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux tells it")
def test_a_set_larger_than_the_memory_allowed_is_opened_and_read(tmp_path: Path) -> None:
    small = np.random.default_rng(0).integers(0, 256, (COUNT, 4, 4, 3), dtype=np.uint8)
    np.save(tmp_path / "small.npy", small)
    command = [sys.executable, "-c", OPEN_AND_READ, str(tmp_path / "small.npy"), str(tmp_path / "cache"), str(SIDE)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    )
    (pixels,) = (tmp_path / "cache").rglob("pixels.u8")
    assert pixels.stat().st_size == COUNT * SIDE * SIDE * 3  # 246 MB
    for count, megabytes, _ in (first, second):
        assert int(count) == COUNT and int(megabytes) < 100
    assert first[2] == second[2]
    pixels.unlink()  # the test's folder outlives the test
