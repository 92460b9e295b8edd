"""The execution plan: how this machine computes this training fastest, measured on copies of the actual networks."""

from __future__ import annotations

import copy
import math
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from ganforge.core.contracts import Feed, Phase
from ganforge.core.device import cores
from ganforge.core.errors import SettingError
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import Budget, OptimizerSettings
from ganforge.games._game import Game
from ganforge.training.duel import Duel, Moment

SECONDS_EACH = 0.5
"""How long one candidate is timed."""
SLOW = 3.0
"""An update that takes so many seconds is timed once."""
HOPELESS = 2.5
"""A candidate whose first update takes so many times the best one's is not timed further."""
MARGIN = 0.95
"""Share of the minutes asked for that is planned for updates; the rest is for pictures, saving and drift."""


@dataclass(frozen=True)
class Contest:
    """What is to be trained, and the length asked for."""

    game: Game
    phases: Sequence[Phase]
    optimizers: Mapping[str, OptimizerSettings]
    feed: Feed
    batch: int
    seed: int
    budget: Budget


def measure_plan(contest: Contest, device: str, threads: int | None = None) -> ExecutionPlan:
    """Time a few real updates in each way this machine offers; take the fastest.

    `threads` fixes the number of threads; None = measured.

    Raises:
        SettingError: the budget bounds neither the samples nor the minutes.
    """
    best: tuple[float, ExecutionPlan] | None = None
    tried = 0
    before = torch.get_num_threads()
    try:
        for plan in _candidates(contest, device, threads):
            seconds = _seconds_per_update(contest, plan, give_up_after=best[0] * HOPELESS if best else math.inf)
            tried += 1
            if best is None or seconds < best[0]:
                best = (seconds, plan)
        while threads is None and device == "cpu" and best is not None and best[1].threads > 1:
            fewer = replace(best[1], threads=best[1].threads // 2)
            seconds = _seconds_per_update(contest, fewer, give_up_after=best[0] * HOPELESS)
            tried += 1
            # More threads must pay: they are the first to suffer when the machine gets busy.
            if seconds > best[0] * 1.1:
                break
            best = (seconds, fewer)
    finally:
        torch.set_num_threads(before)
    if best is None:
        raise SettingError(f"There is no way to train on the device '{device}'.")
    seconds, plan = best
    samples = contest.batch * max(phase.repeat for phase in contest.phases)
    speed = samples / seconds
    kimg = _length(contest.budget, speed, samples)
    why = f"{plan.threads} thread{'s' * (plan.threads > 1)}, {plan.precision}"
    why += ", channels last" if plan.channels_last else ""
    why += f": {speed:,.0f} samples/s, the best of {tried} ways measured"
    return replace(plan, kimg=kimg, samples_per_second=speed, why=why)


def _length(budget: Budget, speed: float, samples_per_step: int) -> float:
    """k samples that fit the budget, in whole steps."""
    bounds = []
    if budget.kimg is not None:
        bounds.append(budget.kimg)
    if budget.minutes is not None:
        bounds.append(budget.minutes * 60.0 * MARGIN * speed / 1000.0)
    if not bounds:
        raise SettingError("The recipe bounds neither k samples nor minutes; give --kimg or --minutes.")
    return max(1, round(min(bounds) * 1000.0 / samples_per_step)) * samples_per_step / 1000.0


def _candidates(contest: Contest, device: str, threads: int | None) -> Iterator[ExecutionPlan]:
    plain = ExecutionPlan(
        device=device,
        threads=threads or cores(),
        precision="float32",
        channels_last=False,
        micro_batches=1,
        kimg=0.0,
        samples_per_second=0.0,
        why="",
    )
    if threads is not None and threads < 1:
        raise SettingError(f"--threads {threads} makes no sense; give 1 or more, or leave it out to have it measured.")
    yield plain
    pictures = any(x.ndim == 4 for x in contest.feed.batch(0, 1).real.values())
    if pictures:  # for plain rows of numbers the other formats bring nothing
        yield replace(plain, channels_last=True)
        if device != "mps":
            yield replace(plain, precision="bfloat16", channels_last=True)
            yield replace(plain, precision="bfloat16")


def _seconds_per_update(contest: Contest, plan: ExecutionPlan, give_up_after: float) -> float:
    """Mean time of an update over a cycle of lazy terms."""
    torch.set_num_threads(plan.threads)
    game = copy.deepcopy(contest.game)
    duel = Duel(game, contest.phases, contest.optimizers, batch=contest.batch, seed=contest.seed, plan=plan)
    lazy = [term.every for phase in contest.phases for term in phase.terms if term.every > 1]
    with_lazy = _timed(duel, contest.feed, 0, give_up_after)
    if not lazy or with_lazy > give_up_after:
        return with_lazy
    return with_lazy / min(lazy) + _timed(duel, contest.feed, 1, give_up_after) * (1 - 1 / min(lazy))


def _timed(duel: Duel, feed: Feed, step: int, give_up_after: float) -> float:
    moment = Moment(step, 0, 0.0)
    first = _once(duel, feed, moment)  # allocates and chooses kernels
    if first > max(SLOW, 2 * give_up_after):
        return first
    times: list[float] = []
    while sum(times) < SECONDS_EACH / 2 or len(times) < 2:
        times.append(_once(duel, feed, moment))
        if times[0] > min(SLOW, give_up_after):
            break
    return statistics.median(times)


def _once(duel: Duel, feed: Feed, moment: Moment) -> float:
    """Seconds that one update takes."""
    began = time.perf_counter()
    values = duel.update(moment, feed)
    next(iter(values.values())).item()  # waits for the device
    return time.perf_counter() - began
