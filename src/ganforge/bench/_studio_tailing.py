"""What a studio that tails a training takes from it, and how it bears many viewers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ganforge.bench._common import begin_command_line, usable_cores
from ganforge.bench._hospital_checks import upper_bound
from ganforge.bench._stretch import Stretch
from ganforge.bench._studio_server import Served, Viewers, served
from ganforge.core.errors import MachineError
from ganforge.runs.recorder import Recorder
from ganforge.session import Options, Prepared, prepare
from ganforge.staging import Setting, feed, make_care, make_stage
from ganforge.training.loop import Loop

PAIRS = 30
"""Interleaved stretches of a training with the studio tailing it and with the studio standing still."""
SECONDS = 3.0
"""About so long is a stretch."""
SETTLING = 0.5
"""Seconds in which a studio that was woken reads what it has missed."""
SUBJECTS = (("ring", True), ("digits", False))
"""Built-in samples whose trainings are tailed, and whether their page shows the plane."""


@dataclass(frozen=True)
class Tailing:
    """What tailing one training costs it."""

    subject: str
    ratios: tuple[float, ...]
    """Time of a stretch with the studio over time of the same number of updates without, pair by pair."""
    told: int
    """Changes that the page was told."""
    asked: int
    """What the page asked for and was given."""
    failures: int

    @property
    def median(self) -> float:
        """Of the pairs."""
        return statistics.median(self.ratios)

    @property
    def bound(self) -> float:
        """The upper end of the median's 95 % interval, by the bootstrap."""
        return upper_bound(self.ratios)


def tail(subject: str, pairs: int, *, plane: bool) -> Tailing:
    """Train and be tailed, in turns with nobody looking.

    The training has one core, and the studio has the same one: all that it computes is taken from the training. The
    page stands elsewhere, on the other cores.
    """
    cores = usable_cores()
    with tempfile.TemporaryDirectory() as scratch, _pinned(cores[:1]):
        torch.set_num_threads(1)
        runs = Path(scratch) / "runs"
        prepared = prepare(subject, Options(threads=1, out=runs, live=False, report=False, tensorboard=False))
        stretch = Stretch()
        loop = _loop(prepared, stretch)
        with prepared.folder.lock():
            stretch.steps = 10
            loop.run()  # allocates, chooses kernels, writes the first checkpoint and picture
            stretch.steps = max(10, round(SECONDS / stretch.seconds * 10))
            with served(runs, Path(scratch) / "log", cores=cores[:1]) as studio:
                with _page(studio, prepared.folder.name, plane, cores[1:] or cores) as page:
                    ratios = _pairs(pairs, studio.pid, lambda: stretch.timed(loop))
                told, asked, failures = page()
    return Tailing(subject, tuple(ratios), told, asked, failures)


def _pairs(pairs: int, pid: int, timed: Callable[[], float]) -> list[float]:
    """The ratios of stretches with the process running to stretches with it stopped, in alternating order."""
    ratios = []
    try:
        for pair in range(pairs):
            seconds = {}
            for tailed in (True, False) if pair % 2 else (False, True):
                os.kill(pid, signal.SIGCONT if tailed else signal.SIGSTOP)
                time.sleep(SETTLING)
                seconds[tailed] = timed()
            ratios.append(seconds[True] / seconds[False])
    finally:
        os.kill(pid, signal.SIGCONT)
    return ratios


def _loop(prepared: Prepared, stretch: Stretch) -> Loop:
    """The loop of a training as it is carried out, but that it is never done and writes no checkpoint in between."""
    torch.set_num_threads(1)
    data, seed = prepared.data, prepared.seed
    setting = Setting(data, prepared.split, prepared.plan, seed, 3600.0, prepared.recipe, lambda text: None)
    stage = replace(make_stage(setting, prepared.recipe), examiner=None, total_steps=10**9)
    domain = data.domain
    recorder = Recorder(prepared.folder, lambda samples: domain.preview(domain.decode(samples.cpu())))
    return Loop(
        stage,
        feed(data, prepared.split, seed),
        prepared.folder.checkpoints,
        observers=[recorder],
        care=make_care(setting, treats=False),
        asked_to_stop=stretch,
    )


@contextlib.contextmanager
def _page(studio: Served, run: str, plane: bool, cores: Sequence[int]) -> Iterator[Callable[[], tuple[int, int, int]]]:
    """Within, a page is open on other cores; afterwards what it was told, was given, and was not."""
    command = [sys.executable, "-m", "ganforge.bench._studio_page", str(studio.port), run, str(int(plane))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with contextlib.suppress(AttributeError):  # as in _common
        os.sched_setaffinity(process.pid, cores)
    try:
        time.sleep(2.0)
        counted: list[str] = []
        yield lambda: (int(counted[0]), int(counted[1]), int(counted[2]))
        out, _ = process.communicate("end\n", timeout=30)
        counted.extend(out.split())
        if len(counted) != 3:
            raise MachineError(f"The page of the bench ended early: '{out}'.")
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _pinned(cores: Sequence[int]) -> Iterator[None]:
    """Within, this process and all that it starts keep to these cores, where the system can be told so."""
    try:
        before = os.sched_getaffinity(0)
    except AttributeError:
        yield
        return
    threads = torch.get_num_threads()
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
        torch.set_num_threads(threads)


@dataclass(frozen=True)
class Crowd:
    """A live run under many eyes."""

    viewers: int
    seconds: float
    told: int
    """Changes told to all of them together."""
    asked: int
    """Requests that were answered well meanwhile."""
    failures: int
    memory: tuple[float, ...]
    """MB of the server: with all viewers there, half-way, at the end."""


LOOKERS = 5
"""So many of the viewers also ask for the run, its curves and its pictures every second."""


def crowd(viewers: int, seconds: float) -> Crowd:
    """Viewers of a run that is training meanwhile."""
    with tempfile.TemporaryDirectory() as scratch:
        runs, log = Path(scratch) / "runs", Path(scratch) / "training"
        kimg = "100000"  # it is ended before
        training = begin_command_line(["train", "ring", "--kimg", kimg, "--threads", "1", "--out", str(runs)], log)
        try:
            run = _first_run(runs, training, log)
            with served(runs, Path(scratch) / "log") as studio:
                return asyncio.run(_watched(studio, run, viewers, seconds))
        finally:
            training.kill()
            training.wait()


async def _watched(studio: Served, run: str, viewers: int, seconds: float) -> Crowd:
    pages = Viewers(studio.port, run)
    tasks = [asyncio.create_task(pages.follow()) for _ in range(viewers)]
    tasks += [asyncio.create_task(pages.look()) for _ in range(min(viewers, LOOKERS))]
    await asyncio.sleep(max(3.0, seconds / 4))  # everybody is there, and all that is made once is made
    memory = [studio.memory()]
    for _ in range(2):
        await asyncio.sleep(seconds / 2)
        memory.append(studio.memory())
    crowd_ = Crowd(viewers, seconds, pages.told, pages.asked, pages.failures, tuple(memory))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return crowd_


def _first_run(runs: Path, training: subprocess.Popen[bytes], log: Path) -> str:
    """The name of the run that is being started, once it has a checkpoint."""
    ends = time.monotonic() + 120
    while time.monotonic() < ends and training.poll() is None:
        for mark in runs.glob("[0-9]*/checkpoints/*.json"):
            return mark.parent.parent.name
        time.sleep(0.1)
    raise MachineError(f"The training to be watched did not begin: {log.read_text(errors='replace')[-500:]}")
