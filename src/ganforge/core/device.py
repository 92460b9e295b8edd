"""Which device to train on, and the state of the machine."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import torch

from ganforge.core.errors import MachineError


@dataclass(frozen=True)
class Machine:
    """What a run's folder remembers of the machine."""

    system: str
    processor: str
    cores: int
    device: str
    torch: str


def cores() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity to ask for
        return os.cpu_count() or 1


def idle_cores() -> int:
    """How many of them have had nothing to do in the last minute, at least 1; all where the system does not tell."""
    try:
        busy = os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows has no load average
        busy = 0.0
    return max(1, cores() - round(busy))


def pick_device(asked: str | None) -> str:
    """The device asked for, or the best there is.

    Raises:
        MachineError: the device asked for is not there.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if asked is None:
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there.get(asked, False):
        found = ", ".join(name for name, yes in there.items() if yes)
        raise MachineError(
            f"There is no device '{asked}' here (found: {found}). "
            f"Leave out --device to train on what there is; for a GPU, install the torch build for it."
        )
    return asked


def computes_bfloat16(device: str) -> bool:
    """Whether products can be computed in bfloat16 there; on a processor without such instructions, slowly."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device == "cpu"


def _processor() -> str:
    """The processor's name; where the system does not tell it, its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # only Linux has this file
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def describe_machine(device: str) -> Machine:
    """The machine, for the run's record."""
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=torch.cuda.get_device_name() if device == "cuda" else _processor(),
        cores=cores(),
        device=device,
        torch=str(torch.__version__),  # a str subclass that does not serialise
    )
