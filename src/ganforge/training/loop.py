"""The schedule around the duel: how long, when to report, to draw, to save and to stop.

Whatever touches weights depends on the sample count alone; the clock decides only when to save and when to give up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ganforge.core.contracts import Examiner, Feed, Observer
from ganforge.core.errors import UnhealthyError
from ganforge.core.records import (
    CheckpointSaved,
    Decision,
    Event,
    Sampled,
    Started,
    StepRecord,
    Stopped,
)
from ganforge.runs.checkpoints import Checkpoints
from ganforge.training.duel import Duel, Moment
from ganforge.training.ema import Ema
from ganforge.training.memory import is_out_of_memory
from ganforge.training.state import all_finite, below, collect, restore

KEPT_CHECKPOINTS = 2  # the newest, and one before it in case a disk damages the newest


@dataclass(frozen=True)
class Cadence:
    """When a training reports, draws and saves."""

    report_steps: int
    """Updates between two records."""
    frames: int = 60
    """How often the fixed z are drawn over the run: often at first, when much changes, then ever more rarely."""
    save_seconds: float = 20.0
    """Wall time between two checkpoints: what a crash can cost."""

    @staticmethod
    def over(total_steps: int, save_seconds: float = 20.0) -> Cadence:
        """About 500 records a run, at least one every hundred steps."""
        return Cadence(report_steps=max(1, min(100, total_steps // 500)), save_seconds=save_seconds)

    def draws_at(self, step: int, total_steps: int) -> bool:
        """Whether the fixed z are drawn after `step` updates: at the squares of equal parts of the run."""
        frame = round(math.sqrt(step / total_steps) * self.frames)
        return step == round((frame / self.frames) ** 2 * total_steps)


class Loop:
    """Trains until the end, a stop from outside, the time limit, or numbers that are no longer finite."""

    def __init__(
        self,
        duel: Duel,
        ema: Ema,
        feed: Feed,
        checkpoints: Checkpoints,
        *,
        total_steps: int,
        cadence: Cadence,
        observers: Sequence[Observer] = (),
        draw: Callable[[], Tensor] | None = None,
        examiner: Examiner | None = None,
        may_stop: bool = False,
        asked_to_stop: Callable[[], bool] = lambda: False,
        limit_seconds: float | None = None,
        attempt: int = 1,
    ) -> None:
        """
        Args:
            draw: makes the fixed samples.
            examiner: chooses the best checkpoint; None = the newest is the best.
            may_stop: the training may end before its time where the examiner says that it is stalled.
            limit_seconds: bounds the time of this attempt, the `attempt`-th.
        """
        self.duel = duel
        self.ema = ema
        self.step = 0
        self.attempt = attempt
        self._feed = feed
        self._checkpoints = checkpoints
        self._total_steps = total_steps
        self._cadence = cadence
        self._observers = observers
        self._draw = draw
        self._examiner = examiner
        self._may_stop = may_stop
        self._best: int | None = None
        self._asked_to_stop = asked_to_stop
        self._limit_seconds = limit_seconds
        self._began = time.monotonic()

    @property
    def seen(self) -> int:
        """Real samples shown so far."""
        return self.step * self.duel.samples_per_step

    @property
    def kimg(self) -> float:
        """The same in thousands."""
        return self.seen / 1000.0

    def resume(self) -> None:
        """Take up the newest intact checkpoint.

        Raises:
            RunError: there is none, or it does not fit these networks.
        """
        checkpoint = self._checkpoints.load()
        restore(self.duel, self.ema, checkpoint.tensors)
        if self._examiner is not None:
            self._examiner.restore(below("examiner.", checkpoint.tensors))
        self.step = checkpoint.step
        self._best = checkpoint.best
        self.duel.micro_batches = int(checkpoint.facts["micro_batches"])
        if checkpoint.note:
            self._tell(Decision(self.step, checkpoint.note))

    def run(self) -> Stopped:
        """Train to the end.

        Returns:
            Why and where it ended: "done", "interrupted" or "out of time". All is saved.

        Raises:
            UnhealthyError: a loss or a weight is no longer finite; the last good checkpoint is kept.
        """
        self._began = time.monotonic()
        total_kimg = self._total_steps * self.duel.samples_per_step / 1000.0
        self._tell(Started(self.step, self.kimg, total_kimg, self.attempt))
        if self.step == 0:
            self._show()
            self._save()
        saved_at = time.monotonic()
        window = _Window()
        reason, stalled = "done", self._stalled()
        while self.step < self._total_steps and stalled is None:
            micro_batches = self.duel.micro_batches
            moment = Moment(self.step, self.seen, self.step / self._total_steps)
            window.add(self.duel.update(moment, self._feed))
            self.step += 1
            self.ema.update(self.seen, self.duel.samples_per_step)
            if self.duel.micro_batches != micro_batches:
                self._tell_of_smaller_parts()
            if self.step % self._cadence.report_steps == 0 or self.step == self._total_steps:
                self._report(window)
                window = _Window()
            if self._draw is not None and self._cadence.draws_at(self.step, self._total_steps):
                self._show()
            if self._examiner is not None and self._is_due(self._examiner):
                self._examine(self._examiner)
                stalled = self._stalled()
            if self._asked_to_stop():
                reason = "interrupted"
                break
            if self._limit_seconds is not None and time.monotonic() - self._began > self._limit_seconds:
                reason = "out of time"
                if self._examiner is not None and not self._is_due(self._examiner):
                    self._examine(self._examiner)
                break
            if time.monotonic() - saved_at > self._cadence.save_seconds:
                self._save()
                saved_at = time.monotonic()
        self._save()
        message = _MESSAGES[reason]
        if reason == "done" and stalled is not None:
            self._show()
            message = f"Training is complete: {stalled} beyond its error."
        stopped = Stopped(self.step, self.kimg, reason, message)
        self._tell(stopped)
        return stopped

    def _report(self, window: _Window) -> None:
        values = window.means()
        record = StepRecord(
            self.step, self.kimg, values, window.steps * self.duel.samples_per_step / window.seconds(), self.attempt
        )
        self._tell(record)
        broken = [name for name, value in values.items() if not math.isfinite(value)]
        if broken:
            self._give_up(f"{', '.join(broken)} is no longer a finite number")

    def _is_due(self, examiner: Examiner) -> bool:
        return self.step % examiner.every == 0 or self.step == self._total_steps

    def _examine(self, examiner: Examiner) -> None:
        try:
            examined = examiner.examine(self.step, self.kimg)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self._examiner = None  # what is trained goes on; what is kept from here on is the newest
            self._tell(Decision(self.step, "Memory ran out: the samples are no longer scored while training."))
            return
        self._tell(examined)
        if not math.isfinite(examined.score):
            self._give_up("the score of the samples is no longer a finite number")
        if examined.kept:
            self._best = self.step
            self._save()

    def _stalled(self) -> str | None:
        return self._examiner.stalled(self.step) if self._may_stop and self._examiner is not None else None

    def _show(self) -> None:
        if self._draw is not None:
            self._tell(Sampled(self.step, self.kimg, self._draw()))

    def _save(self) -> None:
        tensors = collect(self.duel, self.ema)
        if self._examiner is not None:
            tensors |= {f"examiner.{name}": tensor for name, tensor in self._examiner.save().items()}
        if not all_finite(tensors):
            self._give_up("a weight is no longer a finite number")
        facts = {
            "attempt": self.attempt,
            "seen": self.seen,
            "micro_batches": self.duel.micro_batches,
        }
        self._checkpoints.save(self.step, tensors, facts, best=self._best)
        self._checkpoints.prune(KEPT_CHECKPOINTS)
        self._tell(CheckpointSaved(self.step, self.kimg))

    def _give_up(self, what: str) -> None:
        good = self._checkpoints.steps()
        kept = f"The last good checkpoint, of step {good[-1]}, is kept." if good else "There is no good checkpoint yet."
        message = (
            f"Training stopped at step {self.step}: {what}. {kept} "
            "Going on would end the same way. Start a new run; lower learning rates usually cure it: "
            "--set generator.lr.start=... --set discriminator.lr.start=..., a fraction of those in run.json."
        )
        self._tell(Stopped(self.step, self.kimg, "not finite", message))
        raise UnhealthyError(message)

    def _tell_of_smaller_parts(self) -> None:
        parts = self.duel.micro_batches
        what = f"Memory ran out: the batch of {self.duel.batch} is now computed in {parts} parts."
        self._tell(Decision(self.step, what, {"micro_batches": float(parts)}))
        self._save()  # what the steps from here on depend on

    def _tell(self, event: Event) -> None:
        for observer in self._observers:
            observer.see(event)


class _Window:
    """Sums of what was measured since the last record, left on the device until they are asked for."""

    def __init__(self) -> None:
        self.steps = 0
        self._began = time.monotonic()
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, measured: dict[str, Tensor]) -> None:
        self.steps += 1
        for name, value in measured.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value
            self._counts[name] = self._counts.get(name, 0) + 1

    def means(self) -> dict[str, float]:
        if not self._sums:
            return {}
        sums = torch.stack([total.double() for total in self._sums.values()]).tolist()  # one read from the device
        return {name: total / self._counts[name] for name, total in zip(self._sums, sums, strict=True)}

    def seconds(self) -> float:
        return max(1e-9, time.monotonic() - self._began)


_MESSAGES = {
    "done": "Training is complete.",
    "interrupted": "Stopped as asked; everything is saved.",
    "out of time": "The run took much longer than planned and was stopped; everything is saved.",
}
