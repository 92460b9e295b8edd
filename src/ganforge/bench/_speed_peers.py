"""Other packages, each installed into a virtual environment of its own, trained in turn with Ganforge."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ganforge.bench._common import usable_cores
from ganforge.bench._speed_cases import Case
from ganforge.bench._speed_contest import Asked
from ganforge.bench._speed_processes import Rival
from ganforge.bench._speed_ratios import Spread, spread
from ganforge.bench._speed_rivals import Role
from ganforge.core.errors import MachineError
from ganforge.data._samples import draw_points, load_pictures
from ganforge.runs.files import telling

SCRIPTS = Path(__file__).parent / "_peers"
INSTALLING, RUNNING = 3600.0, 300.0
"""Seconds after which it is given up, the training itself not counted."""
MARK = "installed.json"
"""In an environment that is complete: what it holds."""


@dataclass(frozen=True)
class Peer:
    """A package."""

    name: str
    requirements: tuple[str, ...]
    """For pip, beside the torch that Ganforge has."""
    script: str
    case: Case
    """What Ganforge trains beside it."""
    needs_torch: bool = True


PICTURES, NUMBERS = Case("digits", "auto"), Case("grid", "auto")
PEERS = (
    Peer("torchgan", ("torchgan==0.1.0",), "run_torchgan", PICTURES),
    Peer("artifex", ("avitai-artifex==0.1.3",), "run_artifex", PICTURES, needs_torch=False),
    Peer("particlegan", ("particlegan==0.9.4",), "run_particlegan", NUMBERS),
    Peer("ctgan", ("ctgan==0.12.1",), "run_ctgan", NUMBERS),  # BSL 1.1: installed to be compared with, never shipped
)


@dataclass(frozen=True)
class Beside:
    """A package with its own defaults, or with batch and networks as near to ours as it lets one."""

    peer: str
    case: Case
    own: bool
    what: str
    """Its networks, in words; or why it did not run."""
    batch: int
    weights: int
    """Numbers that it trains."""
    threads: int
    theirs: Spread | None
    """Samples a second; None = it did not run."""
    ours: Spread | None
    ratios: Spread | None
    """Ganforge's speed over theirs, round by round."""


def beside(peer: Peer, place: Path, asked: Asked, tell: Callable[[str], None]) -> list[Beside]:
    """A package with its own defaults and with ours; each round a stretch of Ganforge's, then one of each.

    Args:
        peer: the package.
        place: folder of all environments.
        asked: how much.
        tell: called with a sentence now and then.
    """
    try:
        python = environment(peer, place, tell)
        return _in_turn(peer, python, asked, tell)
    except MachineError as error:
        tell(f"{peer.name}: {error}")
        return [Beside(peer.name, peer.case, own, str(error), 0, 0, 0, None, None, None) for own in (True, False)]


def environment(peer: Peer, place: Path, tell: Callable[[str], None]) -> Path:
    """The Python of a package's environment; made if it is not there or not complete.

    Raises:
        MachineError: it cannot be installed; the message is the end of pip's.
    """
    folder = place / peer.name
    wanted = [*([f"torch=={torch.__version__}"] if peer.needs_torch else []), *peer.requirements]
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    with contextlib.suppress(OSError, ValueError):
        if json.loads((folder / MARK).read_text(encoding="utf-8")) == wanted:
            return python
    tell(f"{peer.name}: installing {' '.join(wanted)} into {folder} ...")
    shutil.rmtree(folder, ignore_errors=True)
    with telling(place):
        place.mkdir(parents=True, exist_ok=True)
    _done([sys.executable, "-m", "venv", str(folder)], INSTALLING, "its environment cannot be made")
    _done([str(python), "-m", "pip", "install", "--quiet", *wanted], INSTALLING, "it cannot be installed")
    (folder / MARK).write_text(json.dumps(wanted), encoding="utf-8")
    return python


def _in_turn(peer: Peer, python: Path, asked: Asked, tell: Callable[[str], None]) -> list[Beside]:
    with tempfile.TemporaryDirectory() as scratch:
        rival = Rival(Role("ganforge", peer.case, asked.threads, taking_turns=3), Path(scratch) / "ganforge")
        try:
            threads, batch = rival.ready.threads, rival.ready.samples_per_step
            data = _data(peer.case, Path(scratch))
            ours: list[float] = []
            told: dict[bool, list[Run]] = {True: [], False: []}
            for number in range(asked.repeats):
                ours.append(rival.turn(asked.seconds).rate)
                for own, runs in told.items():
                    runs.append(_run(peer, python, Wanted(str(data), own, batch, threads, asked.seconds)))
                rates = ", ".join(f"{runs[-1].rate:,.0f}" for runs in told.values())
                tell(f"{peer.name}: round {number + 1} of {asked.repeats}: ganforge {ours[-1]:,.0f}, it {rates}")
        finally:
            rival.end()
    return [_beside(peer, own, runs, ours, threads) for own, runs in told.items()]


def _beside(peer: Peer, own: bool, runs: list[Run], ours: list[float], threads: int) -> Beside:
    last, rates = runs[-1], [run.rate for run in runs]
    ratios = [mine / its for mine, its in zip(ours, rates, strict=True)]
    return Beside(
        peer.name,
        peer.case,
        own,
        last.what,
        last.batch,
        last.weights,
        threads,
        spread(rates),
        spread(ours),
        spread(ratios),
    )


@dataclass(frozen=True)
class Wanted:
    """What a script is asked for; see `_peers/_clock.py`."""

    data: str
    own: bool
    batch: int
    threads: int
    seconds: float


@dataclass(frozen=True)
class Run:
    """What a script printed."""

    seconds: float
    samples: int
    batch: int
    what: str
    weights: int

    @property
    def rate(self) -> float:
        """Samples a second."""
        return self.samples / self.seconds


def _run(peer: Peer, python: Path, wanted: Wanted) -> Run:
    """One training by a script in a folder of its own, on as many processors as it may have threads."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SCRIPTS, Path(folder) / "_peers")
        asked = json.dumps({field: getattr(wanted, field) for field in Wanted.__dataclass_fields__})
        command = [str(python), "-m", f"_peers.{peer.script}", asked]
        limit = RUNNING + wanted.seconds
        printed = _done(command, limit, "it did not run", folder=folder, threads=wanted.threads)
    try:
        return Run(**json.loads(printed.strip().splitlines()[-1]))
    except (IndexError, TypeError, ValueError) as error:
        raise MachineError(f"it printed no measurement: {printed[-300:]}") from error


def _done(
    command: list[str], limit: float, trouble: str, *, folder: str | None = None, threads: int | None = None
) -> str:
    """What a command printed.

    Raises:
        MachineError: it failed, or took too long.
    """
    surroundings = dict(os.environ) | ({} if threads is None else {"OMP_NUM_THREADS": str(threads)})
    before = usable_cores()
    try:
        if threads is not None:
            _keep_to(before[-threads:])  # what is started inherits it
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, cwd=folder, env=surroundings, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MachineError(f"{trouble} within {limit:.0f} s") from error
    except OSError as error:
        raise MachineError(f"{trouble}: {error}") from error
    finally:
        _keep_to(before)
    if done.returncode != 0:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        raise MachineError(f"{trouble}: {' / '.join(lines[-2:])[-400:] or f'it ended with {done.returncode}'}")
    return done.stdout


def _keep_to(cores: list[int]) -> None:
    with contextlib.suppress(AttributeError):  # macOS and Windows place a process as they like
        os.sched_setaffinity(0, cores)


def _data(case: Case, folder: Path) -> Path:
    """The case's data as a file that needs nothing of Ganforge."""
    file = folder / "data.npy"
    np.save(file, load_pictures(case.source, None)[0] if case.source == "digits" else draw_points(case.source))
    return file
