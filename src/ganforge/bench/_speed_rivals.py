"""What `bench speed` lets run in turn, each in a process of its own: Ganforge, the two baselines, the bare machine."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

import torch

from ganforge.bench._common import usable_cores
from ganforge.bench._speed_cases import Case, open_case
from ganforge.bench._speed_eager import EagerLoop, steps_over
from ganforge.bench._speed_flops import Stepping, flops_per_sample
from ganforge.bench._speed_naive import NaiveLoop
from ganforge.bench._speed_peak import PeakMeter, Peaks
from ganforge.core.device import cores
from ganforge.core.plan import ExecutionPlan
from ganforge.core.records import Event, Examined, StepRecord, Treated
from ganforge.runs.folder import RunFolder
from ganforge.session import Options, carry_out, prepare

Kind = Literal["ganforge", "eager", "naive", "machine"]
SAVE_SECONDS = 20.0
"""Of its own time between two checkpoints: the default of `ganforge train`."""


@dataclass(frozen=True)
class Role:
    """What one process does."""

    kind: Kind
    case: Case
    threads: int | None
    """None = Ganforge's plan measures it; the others are told."""
    kimg: float = 100.0
    """Length that the baselines lay their schedules over."""
    taking_turns: int = 3
    """So many processes run one after the other: time passes so many times faster than each of them runs."""
    settings: tuple[tuple[str, str], ...] = ()
    """Values of the recipe by path."""


@dataclass(frozen=True)
class Ready:
    """A process can begin."""

    threads: int
    precision: str
    samples_per_step: int
    start_up: float
    """Seconds from importing to the first stretch: data, measuring the machine, warming up."""
    plan: ExecutionPlan | None = None
    """Ganforge's."""
    flops_per_sample: float = 0.0
    """Floating-point operations for each real sample shown, lazy penalties averaged; counted on the eager loop."""


@dataclass(frozen=True)
class Stretch:
    """What was done in one turn."""

    seconds: float
    samples: float
    """Real samples shown."""
    peak_mb: float
    """The most memory that the process has held so far."""
    peaks: Peaks | None = None
    """The bare machine's."""

    @property
    def rate(self) -> float:
        """Real samples a second."""
        return self.samples / self.seconds


class Turns:
    """A process's end of the line to whoever gives the turns."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def ready(self, ready: Ready) -> None:
        """Say so, once."""
        self._line.send(ready)

    def wait(self) -> float:
        """Sleep until the next turn; how many seconds it is to take, at least.

        Raises:
            Over: there will be none.
        """
        seconds: float | None = self._line.recv()
        if seconds is None:
            raise Over
        return seconds

    def took(self, seconds: float, samples: float, peaks: Peaks | None = None) -> None:
        """Tell of a turn."""
        self._line.send(Stretch(seconds, samples, peak_memory(), peaks))


class Over(Exception):
    """No more turns."""


class Pacer:
    """An observer of a real training that lets it run a stretch at a time.

    A stretch begins and ends right after an examination of the averaged generator, so that all that a training does
    now and then is in it as often as in a whole run: records, probes, the doctor, sample grids, examinations and
    checkpoints. Trainings without examinations are cut at records.
    """

    def __init__(self, turns: Turns, ready: Ready) -> None:
        self._turns = turns
        self._ready: Ready | None = ready
        self._wanted = 0.0
        self._began: tuple[float, float] | None = None
        self._mark = Examined if ready.plan is not None and ready.plan.examine_steps else StepRecord

    def begin_anew(self) -> None:
        """Another training has begun: what was under way does not count."""
        self._began = None

    def see(self, event: Event) -> None:
        """Wait for a turn, or end one."""
        if isinstance(event, Treated):
            self.begin_anew()
        elif isinstance(event, Examined | StepRecord) and type(event) is self._mark:
            self._at_mark(event.kimg)

    def _at_mark(self, kimg: float) -> None:
        now = time.perf_counter()
        if self._ready is not None:
            self._turns.ready(replace(self._ready, start_up=now - self._ready.start_up))
            self._ready = None
            self._wanted = self._turns.wait()
        elif self._began is not None:
            seconds = now - self._began[0]
            if seconds < self._wanted:
                return
            self._turns.took(seconds, (kimg - self._began[1]) * 1000)
            self._wanted = self._turns.wait()
        self._began = (time.perf_counter(), kimg)


def play(role: Role, turns: Turns, scratch: Path) -> None:
    """Do what the role says until there are no more turns."""
    if role.case.one_core:
        stay_on_one_core()
    with contextlib.suppress(Over):
        match role.kind:
            case "ganforge":
                _train(role, turns, scratch)
            case "machine":
                _measure_machine(role, turns)
            case "eager" | "naive":
                _baseline(role, turns)


def stay_on_one_core() -> None:
    """This process and its threads keep to one processor, where the system allows it."""
    import os

    with contextlib.suppress(AttributeError):  # macOS and Windows place a process as they like
        os.sched_setaffinity(0, usable_cores()[-1:])


def peak_memory() -> float:
    """The most MB that this process has held in memory since it began."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines() if ":" in line)
        return float(lines["VmHWM"].split()[0]) / 1024
    import resource
    import sys

    unit = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _train(role: Role, turns: Turns, scratch: Path) -> None:
    """Real trainings in run folders, one after the other if the turns outlast one."""
    began = time.perf_counter()
    options = Options(
        recipe=role.case.recipe,
        minutes=role.case.minutes,
        threads=role.threads,
        settings=dict(role.settings) or None,
        out=scratch / "runs",
        # While others have their turn the clock goes on
        save_seconds=SAVE_SECONDS * role.taking_turns,
        live=False,
        report=False,
    )
    prepared = prepare(role.case.data(), options)
    fresh = scratch / "fresh"
    shutil.copytree(prepared.folder.path, fresh)
    plan = prepared.plan
    loop = prepared.recipe.batch * prepared.recipe.discriminator_steps
    pacer = Pacer(turns, Ready(plan.threads, plan.precision, loop, began, plan))
    for again in _numbers():
        carry_out(prepared, observers=[pacer])
        pacer.begin_anew()
        next_run = scratch / "runs" / f"{again + 2:04d}-again"
        shutil.copytree(fresh, next_run)
        shutil.rmtree(prepared.folder.path)
        prepared = replace(prepared, folder=RunFolder.open(next_run))


def _numbers() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def _baseline(role: Role, turns: Turns) -> None:
    began = time.perf_counter()
    threads = role.threads or cores()
    torch.set_num_threads(threads)
    opened = open_case(role.case, role.settings)
    steps = steps_over(opened.recipe, role.kimg)
    loop: Stepping = EagerLoop(opened, steps) if role.kind == "eager" else NaiveLoop(opened, steps)
    for _ in range(loop.cycle):  # allocates and chooses kernels
        loop.step()
    flops = flops_per_sample(loop) if role.kind == "eager" else 0.0
    turns.ready(Ready(threads, "float32", loop.samples_per_step, time.perf_counter() - began, flops_per_sample=flops))
    while True:
        wanted = turns.wait()
        steps, began = 0, time.perf_counter()
        while time.perf_counter() - began < wanted:
            for _ in range(loop.cycle):
                loop.step()
            steps += loop.cycle
        turns.took(time.perf_counter() - began, steps * loop.samples_per_step)


def _measure_machine(role: Role, turns: Turns) -> None:
    began = time.perf_counter()
    threads = role.threads or cores()
    torch.set_num_threads(threads)
    meter = PeakMeter()
    turns.ready(Ready(threads, "both", 0, time.perf_counter() - began))
    while True:
        wanted = turns.wait()
        began = time.perf_counter()
        peaks = meter.measure(wanted)
        turns.took(time.perf_counter() - began, 0.0, peaks)
