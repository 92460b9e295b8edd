"""What benches share: running the command line as a user does, telling the machine, summing up."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ganforge.core.device import describe_machine
from ganforge.core.errors import MachineError, SettingError

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def machine_line() -> str:
    """The machine that the figures are from."""
    machine = describe_machine("cpu")
    return f"{machine.processor}, {machine.cores} core{'s' * (machine.cores != 1)}, torch {machine.torch}"


def settings_of(pairs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What `--set PATH=VALUE` gives, taken apart.

    Raises:
        SettingError: a pair is not of that form.
    """
    for pair in pairs:
        if "=" not in pair:
            raise SettingError(f"--set {pair}: give it as PATH=VALUE.")
    return tuple((path, value) for path, _, value in (pair.partition("=") for pair in pairs))


def command_line(arguments: Sequence[str], *, cores: int | None = None) -> float:
    """Run `ganforge ARGUMENTS` in a process of its own, on so many cores; returns its wall time in seconds.

    Raises:
        MachineError: it did not end well; the message holds the end of what it printed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        began = time.monotonic()
        process = begin_command_line(arguments, log, cores=cores)
        try:
            process.wait()
        except BaseException:  # nobody waits for it any more
            process.terminate()
            process.wait()
            raise
        seconds = time.monotonic() - began
        check_command_line(process, log, f"ganforge {' '.join(arguments)}")
    return seconds


def begin_command_line(
    arguments: Sequence[str], log: Path, *, cores: int | Sequence[int] | None = None, cache: Path | None = None
) -> subprocess.Popen[bytes]:
    """Begin `ganforge ARGUMENTS` in a process of its own.

    Args:
        arguments: of the command line.
        log: what it prints goes into this file.
        cores: how many it may use, or the numbers of those that it may use; None = all.
        cache: where it keeps decoded data; None = where the user's lie.
    """
    environment = dict(os.environ)
    if cache is not None:
        environment["GANFORGE_CACHE"] = str(cache)
    pinned = usable_cores()[:cores] if isinstance(cores, int) else cores
    if pinned is not None:
        environment["OMP_NUM_THREADS"] = str(len(pinned))
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "ganforge.cli", *arguments], env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    if pinned is not None:
        with contextlib.suppress(AttributeError):  # macOS and Windows place a process as they like
            # Before it has any thread but its first, which hands this on to all others
            os.sched_setaffinity(process.pid, pinned)
    return process


def usable_cores() -> list[int]:
    """Numbers of the processors that this process may use."""
    try:
        return sorted(os.sched_getaffinity(0))
    except AttributeError:  # as above
        return list(range(os.cpu_count() or 1))


def check_command_line(process: subprocess.Popen[bytes], log: Path, what: str) -> None:
    """Require that a process that has ended did so well; `what` is the command for a person.

    Raises:
        MachineError: it did not; the message holds the end of what it printed.
    """
    if process.returncode != 0:
        end = log.read_text(errors="replace")[-2000:]
        raise MachineError(f"{what} ended with {process.returncode}: {end}")


def only_run(folder: Path) -> Path:
    """The one run below a folder."""
    (run,) = [path for path in folder.iterdir() if (path / "run.json").exists()]
    return run


def median_and_worst(values: Sequence[float], *, worst_is_low: bool) -> tuple[float, float]:
    """What is quoted of repeated measurements."""
    return statistics.median(values), min(values) if worst_is_low else max(values)
