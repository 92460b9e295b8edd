"""The schedule around the duel: how long, when to report, to draw, to save, to treat and to stop.

Whatever touches weights depends on the sample count alone; the clock decides only when to save and when to give up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from torch import Tensor

from ganforge.core.contracts import Advice, Examiner, Feed, Observer
from ganforge.core.errors import RunError, UnhealthyError
from ganforge.core.recipe import Recipe
from ganforge.core.records import (
    CheckpointSaved,
    Decision,
    Event,
    Finding,
    Remedy,
    Sampled,
    Started,
    StepRecord,
    Stopped,
    Treated,
)
from ganforge.core.settings import Json, from_json, to_json
from ganforge.runs.checkpoints import Checkpoints
from ganforge.training.best import Best
from ganforge.training.deciding import Execution, decisions
from ganforge.training.duel import Duel, Moment
from ganforge.training.ema import Ema
from ganforge.training.ending import MESSAGES, not_finite
from ganforge.training.memory import is_out_of_memory
from ganforge.training.outside import Deeds, Outside
from ganforge.training.returning import Returning
from ganforge.training.stage import Care, Stage
from ganforge.training.state import all_finite, below, collect, restore
from ganforge.training.window import Window

KEPT_CHECKPOINTS = 2  # the newest, and one before it in case a disk damages the newest


class Loop:
    """Trains until the end, a stop from outside, the time limit, numbers that are no longer finite, or a doctor who
    knows no further remedy.
    """

    def __init__(
        self,
        stage: Stage,
        feed: Feed,
        checkpoints: Checkpoints,
        *,
        observers: Sequence[Observer] = (),
        care: Care | None = None,
        may_stop: bool = False,
        asked_to_stop: Callable[[], bool] = lambda: False,
        outside: Outside | None = None,
        limit_seconds: float | None = None,
        attempt: int = 1,
    ) -> None:
        """
        Args:
            care: a doctor who watches, and treats where he may; None = nobody does.
            may_stop: the training may end before its time where the examiner says that it is stalled.
            outside: hears commands; None = there are none.
            limit_seconds: bounds the time of this attempt, the `attempt`-th, counted anew after a treatment.
        """
        self.stage = stage
        self.step = 0
        """Updates that count: a treatment takes some back."""
        self.taken = 0
        """Updates ever done; checkpoints are numbered by it."""
        self.attempt = attempt
        self._feed = feed
        self._checkpoints = checkpoints
        self._observers = observers
        self._care = care
        self._may_stop = may_stop
        self._asked_to_stop = asked_to_stop
        self._outside = outside
        self._limit_seconds = limit_seconds
        self._examiner = stage.examiner
        self._began = self._saved_at = time.monotonic()
        self._window = Window()
        self._best = Best()
        self._returning = Returning()
        self._treatments = 0
        self._recipe: Recipe | None = None
        self._advice: Advice | None = None
        self._to_be_saved = False

    @property
    def duel(self) -> Duel:
        """Who plays now."""
        return self.stage.duel

    @property
    def ema(self) -> Ema:
        """The averages of who plays now."""
        return self.stage.ema

    @property
    def seen(self) -> int:
        """Real samples shown so far."""
        return self.step * self.duel.samples_per_step

    @property
    def kimg(self) -> float:
        """The same in thousands."""
        return self.seen / 1000.0

    @property
    def _total_kimg(self) -> float:
        return self.stage.total_steps * self.duel.samples_per_step / 1000.0

    def resume(self) -> None:
        """Take up the newest intact checkpoint.

        Raises:
            RunError: there is none, or it does not fit these networks.
        """
        checkpoint = self._checkpoints.load()
        facts = checkpoint.facts
        self._treatments = int(facts.get("treatments", 0))
        if self._treatments:
            if self._care is None:
                raise RunError("This run was treated by the doctor and cannot go on without: leave --doctor out.")
            self._recipe = from_json(Recipe, facts["recipe"], what="the checkpoint")
            self._enter(self._care.restage(self._recipe, self._treatments))
        restore(self.duel, self.ema, checkpoint.tensors)
        if self._examiner is not None:
            self._examiner.restore(below("examiner.", checkpoint.tensors))
        self.taken = checkpoint.step
        self.step = int(facts.get("step", checkpoint.step))
        self._best.restore(facts.get("best", {}), checkpoint.best)
        self._returning.restore(facts.get("returning", {}))
        Execution.restore(self.duel, facts)
        if self._care is not None and "doctor" in facts:
            self._care.doctor.restore(facts["doctor"])
        if checkpoint.note:
            self._tell(Decision(self.step, checkpoint.note))

    def run(self) -> Stopped:
        """Train to the end.

        Returns:
            Why and where it ended: "done", "interrupted" or "out of time". All is saved.

        Raises:
            UnhealthyError: a loss or a weight is no longer finite, or no remedy is left; the last good checkpoint is
                kept.
        """
        self._began = self._saved_at = time.monotonic()
        self._say(Started(self.step, self.kimg, self._total_kimg, self.attempt, self.taken))
        if self.taken == 0:
            self._begin()
        self._window = Window()
        reason, stalled = "done", self._stalled()
        while self.step < self.stage.total_steps and stalled is None:
            self._update()
            self._look_around()
            if self._advice is not None:
                self._follow(self._advice)
            stalled = self._stalled()
            if self._listened():
                reason = "interrupted"
                break
            if self._limit_seconds is not None and time.monotonic() - self._began > self._limit_seconds:
                reason = "out of time"
                if self._examiner is not None and not self._is_due(self._examiner):
                    self._examine(self._examiner)
                break
            if self._to_be_saved or time.monotonic() - self._saved_at > self.stage.cadence.save_seconds:
                self._save()
        self._save()
        message = MESSAGES[reason]
        if reason == "done" and stalled is not None:
            self._show()
            message = f"Training is complete: {stalled} beyond its error."
        stopped = Stopped(self.step, self.kimg, reason, message)
        self._tell(stopped)
        return stopped

    def _listened(self) -> bool:
        """Obey what is asked from outside; whether that was to stop. The time of a pause counts for nothing."""
        if self._outside is not None:
            deeds = Deeds(self._save, self._show, lambda what: self._tell(Decision(self.step, what)))
            paused = self._outside.listen(deeds, self._asked_to_stop)
            self._began += paused
            self._window.leave_out(paused)
        return self._asked_to_stop() or (self._outside is not None and self._outside.stops)

    def _begin(self) -> None:
        if self._care is not None:
            self._say(self._care.inspected)
        self._show()
        self._returning.mark(0.0, 0)
        self._save()
        if self._advice is not None:
            self._follow(self._advice)

    def _update(self) -> None:
        """One step of the duel and all that belongs to it."""
        before = Execution.of(self.duel)
        moment = Moment(self.step, self.seen, self.step / self.stage.total_steps)
        self._window.add(self.duel.update(moment, self._feed, watched=self._is_watched(self.step + 1)))
        self.step += 1
        self.taken += 1
        self.ema.update(self.seen, self.duel.samples_per_step)
        for decision in decisions(self.step, self.duel, before):
            self._tell(decision)
            self._to_be_saved = True  # what the steps from here on depend on

    def _look_around(self) -> None:
        """What is due after this step, short of saving: record, picture, examination, a moment to come back to."""
        last = self.step == self.stage.total_steps
        if self.step % self.stage.cadence.report_steps == 0 or last or self._is_watched(self.step):
            self._report()
        if self.stage.cadence.draws_at(self.step, self.stage.total_steps):
            self._show()
        if self._examiner is not None and self._is_due(self._examiner):
            self._examine(self._examiner)
        if self._returning.is_due(self.step, self.stage.total_steps) and self._is_well():
            self._returning.mark(self.kimg, self.taken)
            self._to_be_saved = True

    def _is_well(self) -> bool:
        """Whether a treatment may want to come back to this moment."""
        return self._care is not None and self._care.treats and self._advice is None and self._care.doctor.well

    def _is_watched(self, step: int) -> bool:
        prober = self.stage.prober
        return prober is not None and (step % prober.every == 0 or step == self.stage.total_steps)

    def _report(self) -> None:
        window, self._window = self._window, Window()
        losses = tuple(
            f"{phase.name}.{term.name}" for phase in self.duel.phases for term in phase.terms if not term.differentiates
        )
        values = {**window.values(highest=losses), **self._looked()}
        speed = window.steps * self.duel.samples_per_step / window.seconds()
        self._say(StepRecord(self.step, self.kimg, values, speed, self.attempt))
        broken = [name for name, value in values.items() if not math.isfinite(value)]
        if broken and not self._is_to_be_treated():
            more = f" and {len(broken) - 3} more are" if len(broken) > 3 else " is" if len(broken) == 1 else " are"
            self._give_up(f"{', '.join(broken[:3])}{more} no longer finite")

    def _looked(self) -> Mapping[str, float]:
        """What the prober sees, where it is its turn; nothing any more where memory runs out for it."""
        try:
            prober = self.stage.prober if self._is_watched(self.step) else None
            return {} if prober is None else prober.look(self.step, self.seen)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self.stage = replace(self.stage, prober=None)
            self._tell(Decision(self.step, "Memory ran out: the doctor no longer looks at the samples."))
            return {}

    def _is_due(self, examiner: Examiner) -> bool:
        return self.step % examiner.every == 0 or self.step == self.stage.total_steps

    def _examine(self, examiner: Examiner) -> None:
        try:
            examined = examiner.examine(self.step, self.kimg)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self._examiner = None  # what is trained goes on; what is kept from here on is the newest
            self._tell(Decision(self.step, "Memory ran out: the samples are no longer scored while training."))
            return
        self._say(examined)
        if not math.isfinite(examined.score):
            if not self._is_to_be_treated():
                self._give_up("the score of the samples is no longer a finite number")
        elif examined.kept and self._advice is None:  # where a treatment is due, this moment is not saved
            self._best.keep(self.taken, examined)
            self._to_be_saved = True

    def _stalled(self) -> str | None:
        return self._examiner.stalled(self.step) if self._may_stop and self._examiner is not None else None

    def _show(self) -> bool:
        """Whether there is anything to draw."""
        if self.stage.draw is not None:
            self._tell(Sampled(self.step, self.kimg, self.stage.draw(), self.taken))
        return self.stage.draw is not None

    def _save(self) -> bool:
        """Whether it was saved: weights that are not finite, and may be treated, are not."""
        self._to_be_saved, self._saved_at = False, time.monotonic()
        tensors = self._everything()
        if not all_finite(tensors):
            if self._care is not None and self._care.treats and self.step < self.stage.total_steps:
                return False  # the next record shows it to the doctor
            self._give_up("a weight is no longer a finite number")
        facts: Json = {
            "attempt": self.attempt,
            "seen": self.seen,
            "step": self.step,
            "best": self._best.save(),
            **Execution.of(self.duel).save(),
        }
        if self._care is not None:
            facts |= {"doctor": self._care.doctor.save(), "returning": self._returning.save()}
        if self._recipe is not None:
            facts |= {"treatments": self._treatments, "recipe": to_json(self._recipe)}
        self._checkpoints.save(self.taken, tensors, facts, best=self._best.number)
        treating = self._care is not None and self._care.treats
        self._checkpoints.prune(KEPT_CHECKPOINTS, also=self._returning.numbers if treating else ())
        self._tell(CheckpointSaved(self.step, self.kimg))
        return True

    def _everything(self) -> dict[str, Tensor]:
        tensors = collect(self.duel, self.ema)
        if self._examiner is not None:
            tensors |= {f"examiner.{name}": tensor for name, tensor in self._examiner.save().items()}
        return tensors

    def _is_to_be_treated(self) -> bool:
        return self._advice is not None

    def _follow(self, advice: Advice) -> None:
        """Treat as advised, or end where the doctor gives up."""
        self._advice = None
        if advice.give_up is not None:
            self._save()
            self._tell(Stopped(self.step, self.kimg, "unhealthy", advice.give_up))
            raise UnhealthyError(advice.give_up)
        if advice.remedy is None or advice.recipe is None or self._care is None:
            return
        was_at, parts = (self.step, self.kimg), self.duel.micro_batches
        tensors, kimg = self._where_to(advice.remedy)
        self._treatments += 1
        self._recipe = advice.recipe
        self._enter(self._care.restage(advice.recipe, self._treatments))
        self.duel.micro_batches = parts
        restore(self.duel, self.ema, tensors, anew=advice.remedy.reinitialise)
        if self._examiner is not None:
            self._examiner.restore(below("examiner.", tensors))
        self.step = round(kimg * 1000 / self.duel.samples_per_step)
        self._best.begin_anew()
        self._returning.go_on_from(kimg, self.taken)
        self._window, self._began = Window(), time.monotonic()
        self._say(
            Treated(
                *was_at,
                self.step,
                self.kimg,
                self.taken,
                self._treatments,
                advice.because,
                advice.remedy,
                self._total_kimg,
            )
        )
        self._save()

    def _where_to(self, remedy: Remedy) -> tuple[Mapping[str, Tensor], float]:
        """What training goes on with, and at how many k samples."""
        here = self._everything() if remedy.back_to == "here" else {}
        if here and all_finite(here):
            return here, self.kimg
        healthy = remedy.back_to == "healthy"
        checkpoint = self._checkpoints.load(self._returning.newest(before=self._returning.since if healthy else 0.0))
        return checkpoint.tensors, int(checkpoint.facts["seen"]) / 1000.0

    def _enter(self, stage: Stage) -> None:
        self.stage = stage
        self._examiner = stage.examiner

    def _give_up(self, what: str) -> None:
        message = not_finite(self.step, what, self._checkpoints)
        self._tell(Stopped(self.step, self.kimg, "not finite", message))
        raise UnhealthyError(message)

    def _say(self, event: Event) -> None:
        """Tell everybody, and hear what the doctor says to it."""
        self._tell(event)
        if self._care is None:
            return
        advice = self._care.doctor.see(event)
        for told in advice.told:
            self._tell(told)
            if isinstance(told, Finding) and told.severity != "mild":
                self._show()
                if told.ailment == advice.because:
                    self._returning.suspect(told)
        if self._care.treats and (advice.remedy is not None or advice.give_up is not None):
            self._advice = advice

    def _tell(self, event: Event) -> None:
        for observer in self._observers:
            observer.see(event)
