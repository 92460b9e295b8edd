"""Values that change over a run: functions of the progress and the samples shown, never of the clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ganforge.core.errors import SettingError


@dataclass(frozen=True)
class Schedule:
    """A value that goes from `start` to `end` while progress goes from 0 to 1.

    Progress is the share of the run's real samples already shown to the discriminator.
    """

    start: float
    """The value at the beginning (after the warm-up)."""
    end: float | None = None
    """The value at the end; None = constant."""
    shape: Literal["linear", "cosine", "geometric"] = "cosine"
    """How it gets there: in a straight line, along half a cosine, or along half a cosine in its logarithm."""
    hold: float = 0.0
    """Share of the run over which the value stays at `start` before it begins to move."""
    warmup: float = 0.0
    """Share of the run over which the value first rises linearly from 0 to `start`."""
    hold_kimg: float | None = None
    """It stays at `start` no longer than until so many k samples have been shown; None = however many they are."""

    def __post_init__(self) -> None:
        for name, value in (("start", self.start), ("end", self.end), ("hold", self.hold), ("warmup", self.warmup)):
            if value is not None and not 0.0 <= value < math.inf:
                raise SettingError(f"A schedule's {name} is {value}; it must be a number from 0 up.")
        if self.hold_kimg is not None and not 0.0 <= self.hold_kimg < math.inf:
            raise SettingError(f"A schedule's hold_kimg is {self.hold_kimg}; it must be a number from 0 up, or null.")
        if max(self.hold, self.warmup) > 1.0:
            raise SettingError(f"A schedule's hold is {self.hold}, its warmup {self.warmup}; they are shares, up to 1.")
        if self.shape == "geometric" and not (self.start > 0.0 and (self.end is None or self.end > 0.0)):
            raise SettingError(
                f"A geometric schedule goes from {self.start} to {self.end}; both must be above 0. Try cosine."
            )

    def at(self, progress: float, kimg: float = 0.0) -> float:
        """The value at `progress` in [0, 1], when `kimg` k samples have been shown; later than 1 is the end's value."""
        if progress < self.warmup:
            return self.start * progress / self.warmup
        if self.end is None:
            return self.start
        hold = self.hold
        if self.hold_kimg is not None and kimg > 0.0:
            hold = min(hold, self.hold_kimg * progress / kimg)  # kimg / progress is the length of the run
        begin = max(self.warmup, hold)
        t = min(1.0, max(0.0, progress - begin) / max(1e-12, 1.0 - begin))
        match self.shape:
            case "linear":
                return self.start + (self.end - self.start) * t
            case "cosine":
                return self.start + (self.end - self.start) * _eased(t)
            case "geometric":
                return float(self.start * (self.end / self.start) ** _eased(t))


def _eased(t: float) -> float:
    """From 0 to 1 with no slope at either end."""
    return 0.5 * (1.0 - math.cos(math.pi * t))


def constant(value: float) -> Schedule:
    """A schedule that never changes."""
    return Schedule(start=value)
