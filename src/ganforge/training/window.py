"""What was measured since the last record, left on the device until it is asked for."""

from __future__ import annotations

import time

import torch
from torch import Tensor


class Window:
    """Sums and highest values of what each update measures."""

    def __init__(self) -> None:
        self.steps = 0
        self._began = time.monotonic()
        self._sums: dict[tuple[str, ...], Tensor] = {}
        self._highest: dict[tuple[str, ...], Tensor] = {}
        self._counts: dict[tuple[str, ...], int] = {}

    def add(self, measured: dict[str, Tensor]) -> None:
        """Take in one update; updates with lazy terms measure more than others."""
        self.steps += 1
        names = tuple(measured)
        values = torch.stack(list(measured.values()))
        if values.device.type != "mps":  # which has no float64; there the few hundred updates of a window lose little
            values = values.double()
        if names in self._sums:
            self._sums[names] += values
            self._highest[names] = torch.maximum(self._highest[names], values)
        else:
            self._sums[names], self._highest[names] = values, values.clone()
        self._counts[names] = self._counts.get(names, 0) + 1

    def values(self, highest: tuple[str, ...] = ()) -> dict[str, float]:
        """Means, each over the updates that measured it; and as NAME.highest the highest of those named."""
        totals: dict[str, float] = {}
        counts: dict[str, int] = {}
        peaks: dict[str, list[float]] = {}
        for names, sums in self._sums.items():
            for name, total, peak in zip(names, sums.tolist(), self._highest[names].tolist(), strict=True):
                totals[name] = totals.get(name, 0.0) + total
                counts[name] = counts.get(name, 0) + self._counts[names]
                peaks.setdefault(name, []).append(peak)
        means = {name: total / counts[name] for name, total in totals.items()}
        return means | {f"{name}.highest": _highest(peaks[name]) for name in highest if name in peaks}

    def leave_out(self, seconds: float) -> None:
        """Time that was spent on something else."""
        self._began += seconds

    def seconds(self) -> float:
        """Since it was opened."""
        return max(1e-9, time.monotonic() - self._began)


def _highest(values: list[float]) -> float:
    """The highest; NaN where one of them is."""
    return next((value for value in values if value != value), max(values))  # noqa: PLR0124
