"""How a training is executed on one machine: measured once, frozen in the run, reused on resume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["float32", "bfloat16"]


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
