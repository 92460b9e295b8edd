"""How a training is executed on one machine: measured once, frozen in the run, reused on resume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Fixed:
    """What the user fixed of a plan; None = measured."""

    threads: int | None = None
    """Threads of one operation on the CPU, 1 or more."""
    precision: Precision | None = None
    channels_last: bool | None = None
    micro_batches: int | None = None
    """1 or more; None = one, or as many as memory asks for."""
    compiled: bool | None = None


@dataclass(frozen=True)
class Way:
    """One way to compute the updates of a training, and how fast it was on this machine."""

    threads: int
    """Threads of one operation on the CPU."""
    precision: Precision
    """What matrix products and convolutions are computed in; weights stay float32."""
    channels_last: bool
    """Memory format of pictures and convolution weights."""
    micro_batches: int = 1
    """The batch is computed in so many parts and their gradients added up; more parts need less memory."""
    samples_per_second: float = 0.0
    """Real samples a second; 0 = there was too little memory for it."""
    compiled: bool = False
    """Losses and gradients are computed by code made for this machine and these networks."""

    def __str__(self) -> str:
        """For people, without the speed."""
        threads = f"{self.threads} thread{'s' * (self.threads > 1)}"
        parts = f"{self.micro_batches} parts a batch" if self.micro_batches > 1 else ""
        return ", ".join(
            filter(
                None, (threads, self.precision, "channels last" * self.channels_last, "compiled" * self.compiled, parts)
            )
        )


@dataclass(frozen=True)
class ExecutionPlan:
    """Choices that make a run fast but not different, and the length that fits the time asked for."""

    device: str
    """"cpu", "cuda" or "mps"."""
    threads: int
    """Threads of one operation on the CPU."""
    precision: Precision
    """What matrix products and convolutions are computed in; weights stay float32."""
    channels_last: bool
    """Memory format of pictures and convolution weights."""
    micro_batches: int
    """The batch is computed in so many parts and their gradients added up; more parts need less memory."""
    kimg: float
    """Length of the run in k samples: the clock of every schedule."""
    samples_per_second: float
    """Measured speed of the whole update, real samples a second."""
    why: str
    """One line: what was measured."""
    examine_steps: int = 0
    """Updates between two examinations of the averaged generator; 0 = the run is too short for any."""
    examine_samples: int = 0
    """Samples of one examination."""
    watch_steps: int = 0
    """Updates between two looks of the probes; 0 = none."""
    measured: tuple[Way, ...] = ()
    """All ways that were timed, fastest first."""
    compiled: bool = False
    """Losses and gradients are computed by code made for this machine and these networks."""
