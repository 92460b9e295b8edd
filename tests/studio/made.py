"""Run folders as a training would leave them, made without one."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from ganforge.core.settings import Json
from ganforge.runs.folder import RunFolder


def a_folder(runs: Path, name: str = "ring", *, state: str = "done", frames: int = 3) -> RunFolder:
    """A run of two columns with some pictures; nothing in its journal, no checkpoint."""
    folder = RunFolder.create(runs, name)
    folder.write_facts(
        {
            "seed": 0,
            "options": {},
            "data": {"name": name, "domain": "points", "count": 500, "shape": [2], "fingerprint": "0"},
            "domain": {"name": "points", "state": _domain()},
            "recipe": {"name": "auto", "why": "a test"},
            "plan": {"kimg": 100.0, "device": "cpu", "why": "a test"},
        }
    )
    folder.beat(state)
    for taken in range(0, 10 * frames, 10):
        Image.new("RGB", (40 + taken, 30)).save(folder.samples / f"{taken:08d}.png")
    return folder


def records(folder: RunFolder, *told: Json) -> None:
    for each in told:
        folder.journal.append(each)


def record(step: int, kimg: float, **values: float) -> Json:
    return {"event": "record", "step": step, "kimg": kimg, "samples_per_second": 1000.0, "values": values}


def _domain() -> Json:
    import numpy as np

    from ganforge.core.contracts import DataOptions
    from ganforge.core.settings import to_json
    from ganforge.data._opening import open_source

    state: Json = to_json(open_source(np.random.default_rng(0).normal(size=(50, 2)), DataOptions()).domain)
    return state
