"""The quick score while a training runs: which checkpoint to keep, and when no more is to be hoped for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.records import Examined
from ganforge.metrics.features._features import Extractor
from ganforge.metrics.kernel import Distance, Within, kernel_distance, kernel_for

ERRORS = 1.0
"""A score is better or worse than another where it differs by more than so many errors of their difference."""
SEEN = 2.0
"""A difference from real data is seen where a score is beyond so many of its own errors."""
POWER = 0.1
"""That no difference is seen means something where the error is below this share of the highest score so far."""
PATIENCE = 0.6
"""A training is stalled when for this share of its planned length nothing improved the score beyond its error."""
LEAST_FRUITLESS = 6
"""And in no fewer examinations than this."""
MOST_REAL = 4000
"""Real items that one examination compares with, at most."""

Sampler = Callable[[int], Float[Tensor, "n ..."]]
"""The same n samples of the averaged generator as it is now: the same z each time."""


@dataclass(frozen=True)
class Regime:
    """How often and how thoroughly a training examines; fixed at its start."""

    every: int
    """Updates between two examinations."""
    samples: int
    total_steps: int


class KernelExaminer:
    """Scores the averaged generator by its kernel distance to the select split.

    The z and the real items are the same every time, so two scores differ by the generator alone, and the error of
    their difference is much smaller than that of either. The *anchor* is the last examination that improved on the
    anchor before it by more than the error; the generator kept is the latest that is no worse than the anchor beyond
    the error, or in which no difference from real data can be seen. So a chance low does not hold its place against
    later generators that are as good, and no chain of small losses leads downhill.
    """

    def __init__(self, sample: Sampler, extractor: Extractor, real: Float[Tensor, "m d"], regime: Regime) -> None:
        """`real` are features of items of the select split."""
        self._sample = sample
        self._extractor = extractor
        self._regime = regime
        self._kernel = kernel_for(extractor.kernel, real)
        self._real = Within.of(real[:MOST_REAL], self._kernel)
        self._anchor: Distance | None = None
        self._anchor_step = 0
        self._latest_step = 0
        self._worst = 0.0
        self._recent: list[float] = []

    @property
    def every(self) -> int:
        """Updates between two examinations."""
        return self._regime.every

    @torch.no_grad()
    def examine(self, step: int, kimg: float) -> Examined:
        """Score the averaged generator as it is now, and make it the anchor if that is an improvement."""
        began = time.monotonic()
        features = self._extractor(self._sample(self._regime.samples))
        score = kernel_distance(features, self._real, self._kernel)
        anchor = self._anchor
        gain, error = anchor.minus(score) if anchor is not None else (0.0, 0.0)
        if anchor is None or gain > ERRORS * error:
            self._anchor, self._anchor_step = score, step
        self._latest_step = step
        self._recent = [*self._recent, score.value][-LEAST_FRUITLESS:]
        # Where no difference from real data can be seen, the later one is kept: its rates have fallen further
        self._worst = max(self._worst, score.value)
        level = score.value < SEEN * score.error and score.error < POWER * self._worst
        kept = gain >= -ERRORS * error or level
        return Examined(step, kimg, score.value, score.error, gain, error, kept, time.monotonic() - began)

    @torch.no_grad()
    def cost(self, samples: int) -> float:
        """Seconds that an examination with so many samples takes; it is not remembered."""
        began = time.monotonic()
        kernel_distance(self._extractor(self._sample(samples)), self._real, self._kernel)
        return time.monotonic() - began

    def stalled(self, step: int) -> str | None:
        """Whether the last examinations, over PATIENCE of the planned length, were fruitless, and promise no more.

        A training that recovers from a fall is not stalled, though it may be worse than it was: while the latest
        score is the lowest of the last ones, it goes on.
        """
        fruitless = self._latest_step - self._anchor_step
        long = fruitless >= max(PATIENCE * self._regime.total_steps, LEAST_FRUITLESS * self.every)
        if not long or step >= self._regime.total_steps or self._recent[-1] < min(self._recent[:-1]):
            return None
        return f"for {fruitless / self._regime.total_steps:.0%} of the planned length the score has not improved"

    def save(self) -> dict[str, Tensor]:
        """The anchor, when it and the last examination were, the highest score and the last ones."""
        if self._anchor is None:
            return {}
        steps = torch.tensor([self._anchor_step, self._latest_step])
        value = torch.tensor([self._anchor.value, self._worst, *self._recent], dtype=torch.float64)
        without = {"first": self._anchor.without_first, "second": self._anchor.without_second}
        return {"steps": steps, "value": value, **without}

    def restore(self, saved: Mapping[str, Tensor]) -> None:
        """Take up what `save` gave."""
        self._anchor = None
        if saved:
            value, self._worst, *self._recent = saved["value"].tolist()
            self._anchor = Distance(value, saved["first"], saved["second"])
            self._anchor_step, self._latest_step = (int(step) for step in saved["steps"])


SHARE = 0.04
"""Of a run's time that examinations may take as planned; measured times vary, and 5 % are promised."""
WANTED = 20
"""Examinations over a run, if they fit."""
FEWEST, MOST = 200, 2000
"""Samples of one examination."""
DOUBLED = 1.5
"""Twice as many samples take so many times as long at least: where that would be too long, it is not tried."""


def choose_regime(cost: Callable[[int], float], run_seconds: float, total_steps: int) -> Regime | None:
    """How often to examine and with how many samples, so that it takes SHARE of the run's time.

    Args:
        cost: measures the seconds of one examination with so many samples.
        run_seconds: how long the training is planned to take.
        total_steps: its updates.

    Returns:
        None where not even two small examinations fit.
    """
    allowed = run_seconds * SHARE
    if allowed <= 0:
        return None
    small = cost(FEWEST)
    number = int(min(WANTED, allowed / small, total_steps))
    if number < 2:
        return None
    samples, seconds = FEWEST, small
    while 2 * samples <= MOST and seconds * number * DOUBLED <= allowed:
        seconds = cost(2 * samples)
        if seconds * number > allowed:
            break
        samples *= 2
    return Regime(-(-total_steps // number), samples, total_steps)
