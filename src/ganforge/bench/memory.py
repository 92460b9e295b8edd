"""How much memory a training on a million pictures takes, stage by stage, beyond one on a few of them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from rich.table import Table

from ganforge.bench._common import console, machine_line
from ganforge.bench._memory_data import make_array, make_folder
from ganforge.bench._memory_watch import Stage, watched_training
from ganforge.core.errors import MachineError, SettingError
from ganforge.core.settings import to_json

FEW = 2_000
"""Pictures of the training that the others are compared with: same networks, same everything but the number."""
ALLOWED_MB = 1_500
"""Anonymous memory beyond that of the few, at its peak."""


@dataclass(frozen=True)
class Case:
    """One training and what it took."""

    name: str
    count: int
    """Pictures."""
    megabytes: float
    """Of the pictures' pixels."""
    stages: tuple[Stage, ...] = ()

    @property
    def peak(self) -> float:
        """Megabytes of anonymous memory at the most."""
        return max(stage.anonymous for stage in self.stages)


def run(*, count: int = 1_000_000, files: int = 0, kimg: float = 60.0, out: Path | None = None) -> None:
    """Train on so many pictures of 32 x 32 pixels in colour, and on a few, and compare their memory.

    Parameters
    ----------
    count
        Pictures in an .npy file (3 KB each; as much again in the cache).
    files
        Also train on so many PNG files in a folder.
    kimg
        Length of each training in k samples.
    out
        Folder for the pictures, the cache and the runs, which are removed again, and for memory.json, which stays;
        a temporary folder if not given.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        raise MachineError("Memory is measured as Linux tells it, in /proc, which is not here. Run this on Linux.")
    if count < FEW:
        raise SettingError(f"--count {count} are fewer than the {FEW:,} pictures that it is compared with; give more.")
    with ExitStack() as stack:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=out)))
        cases = [_array(scratch, "few", FEW, kimg), _array(scratch, "many", count, kimg)]
        if files:
            cases.append(_folder(scratch, files, kimg))
    for case in cases:
        console.print(_table(case, cases[0]))
    console.print(_verdict(cases))
    console.print(f"[dim]{machine_line()}[/]")
    if out is not None:
        (out / "memory.json").write_text(json.dumps({"machine": machine_line(), "cases": to_json(cases)}, indent=1))


def _array(scratch: Path, name: str, count: int, kimg: float) -> Case:
    folder = scratch / name
    folder.mkdir()
    console.print(f"{name}: making {count:,} pictures, and training on them ...")
    source = folder / "pictures.npy"
    size = make_array(source, count)
    return _trained(Case(f"{name}, an .npy file", count, size), source, folder, kimg)


def _folder(scratch: Path, count: int, kimg: float) -> Case:
    folder = scratch / "files"
    console.print(f"files: making {count:,} PNG files, and training on them ...")
    size = make_folder(folder / "pictures", count)
    return _trained(Case("a folder of PNG files", count, size), folder / "pictures", folder, kimg)


def _trained(case: Case, source: Path, folder: Path, kimg: float) -> Case:
    try:
        return replace(case, stages=watched_training(source, kimg, folder))
    finally:
        shutil.rmtree(folder)  # there may be no room for the next one beside it


def _table(case: Case, few: Case) -> Table:
    title = f"{case.count:,} pictures, {case.megabytes:,.0f} MB: {case.name}"
    table = Table("stage", "seconds", "anonymous, MB", "beyond the few", "of files, MB", title=title)
    for stage, beside in zip(case.stages, few.stages, strict=True):
        beyond = "" if case is few else f"{stage.anonymous - beside.anonymous:+,.0f}"
        table.add_row(stage.name, f"{stage.seconds:.1f}", f"{stage.anonymous:,.0f}", beyond, f"{stage.of_files:,.0f}")
    return table


def _verdict(cases: Sequence[Case]) -> str:
    few, *others = cases
    lines = [f"Anonymous memory at its peak, of which {few.peak:,.0f} MB are torch's, the networks' and their batch's:"]
    for case in others:
        beyond = case.peak - few.peak
        told = "" if beyond <= ALLOWED_MB else f", more than the {ALLOWED_MB:,} MB that are allowed"
        lines.append(f"{case.count:,} pictures ({case.name}): {case.peak:,.0f} MB, {beyond:,.0f} MB beyond{told}.")
    return "\n".join(lines)
