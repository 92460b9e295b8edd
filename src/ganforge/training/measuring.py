"""The execution plan: how this machine computes this training fastest, measured on copies of the actual networks.

Ways are timed in turns, a few updates each, again and again: a load that comes and goes while they are measured meets
all of them. What is clearly slower after a first look is not timed further.
"""

from __future__ import annotations

import copy
import math
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch

from ganforge.core.contracts import Feed, Phase
from ganforge.core.device import computes_bfloat16, cores, idle_cores
from ganforge.core.errors import SettingError
from ganforge.core.plan import ExecutionPlan, Fixed, Precision, Way
from ganforge.core.recipe import Budget, OptimizerSettings
from ganforge.games._game import Game
from ganforge.training.duel import Duel, Moment
from ganforge.training.memory import is_out_of_memory

TURN_SECONDS = 0.05
"""A way's turn is so long, and at least one update."""
LONGEST_TURN = 0.2
"""A turn is broken off after so long: on a busy machine, threads that wait for each other can take a hundred times as
long as a moment ago."""
TURNS = 3
"""Turns of each way that is not hopeless; the median of them counts."""
SLOW = 3.0
"""A way whose update takes so many seconds has no further turn."""
SLOW_START = 1.0
"""A first update is slower than those after it; one of more seconds than this, and of clearly more than another way's
update, says enough."""
HOPELESS = 1.5
"""Nor has one whose update took so many times the best one's at first sight."""
THREADS_PAY = 1.1
"""Half as many threads are better unless they take so many times as long: more are the first to suffer when the
machine gets busy."""
COMPILED_ROWS = 30.0
COMPILED_PICTURES = 900.0
"""Compiled code is tried where updates are to take so many seconds altogether. Compiling takes 5 to 15 s for dense
networks, which it makes 1.4 to 1.9 times as fast; half a minute for convolutions, which are a library's already and
gain a tenth. The second time it is quicker, from the compiler's files."""
COMPILED_PAYS = 1.05
"""So many times as fast it must be: it also has to be loaded with every resume."""
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

    @property
    def samples(self) -> int:
        """Real samples of one update."""
        return self.batch * max(phase.repeat for phase in self.phases)

    @property
    def pictures(self) -> bool:
        """Whether memory formats differ: not for plain rows of numbers."""
        return any(x.ndim == 4 for x in self.feed.batch(0, 1).real.values())

    @property
    def most_parts(self) -> int:
        """As finely as a batch can be cut."""
        return max(1, self.batch // self.game.judged_together)


def measure_plan(contest: Contest, device: str, fixed: Fixed | None = None) -> ExecutionPlan:
    """Time a few real updates in each way this machine offers; take the fastest.

    Args:
        contest: what is to be trained; its players are left as they are.
        device: "cpu", "cuda" or "mps".
        fixed: what is not to be measured; None = all is.

    Raises:
        SettingError: what is fixed is impossible here, or the budget bounds neither the samples nor the minutes.
        RuntimeError, MemoryError: there is not even memory for one sample at a time, in no way.
    """
    fixed = fixed or Fixed()
    _require_possible(contest, device, fixed)
    before = torch.get_num_threads()
    race = _Race(contest, device)
    try:
        fastest = _fastest(
            race, _formats(contest, device, fixed), choose_threads=device == "cpu" and fixed.threads is None
        )
        chosen = race.measured(_compiled_if_it_pays(race, contest, fastest, fixed))
    finally:
        torch.set_num_threads(before)
    ways = sorted(map(race.measured, race.tried), key=lambda way: -way.samples_per_second)
    speed = chosen.samples_per_second
    told = f", the best of {len(ways)} ways measured" if len(ways) > 1 else ""
    told += "" if race.refusal is None else f". {race.refusal.rstrip('.')}"
    return ExecutionPlan(
        device=device,
        threads=chosen.threads,
        precision=chosen.precision,
        channels_last=chosen.channels_last,
        micro_batches=chosen.micro_batches,
        compiled=chosen.compiled,
        kimg=_length(contest.budget, speed, contest.samples),
        samples_per_second=speed,
        why=f"{chosen}: {speed:,.0f} samples/s{told}",
        measured=tuple(ways),
    )


def _require_possible(contest: Contest, device: str, fixed: Fixed) -> None:
    """Refuse what cannot be, rather than do something else."""
    for name, value in (("threads", fixed.threads), ("micro-batches", fixed.micro_batches)):
        if value is not None and value < 1:
            raise SettingError(f"--{name} {value} makes no sense; give 1 or more, or leave it out to have it measured.")
    if fixed.precision not in (None, "float32", "bfloat16"):
        raise SettingError(f"There is no precision '{fixed.precision}'; give float32 or bfloat16, or leave it out.")
    if fixed.precision == "bfloat16" and not computes_bfloat16(device):
        raise SettingError(
            f"The device '{device}' does not compute in bfloat16; give --precision float32, or leave it out."
        )
    if fixed.channels_last and not contest.pictures:
        raise SettingError("--channels-last is an order of pictures in memory, and these data are none; leave it out.")
    if fixed.micro_batches is not None and fixed.micro_batches > contest.most_parts:
        raise SettingError(
            f"--micro-batches {fixed.micro_batches} cuts the batch of {contest.batch} into more parts than it has: "
            f"give at most {contest.most_parts}, or leave it out to have memory decide."
        )
    if fixed.compiled and (fixed.micro_batches or 1) > 1:
        raise SettingError(f"--compiled and --micro-batches {fixed.micro_batches} exclude each other; leave one out.")


def _formats(contest: Contest, device: str, fixed: Fixed) -> list[Way]:
    """What the device offers, with as many threads as there are idle processors."""
    threads, parts = fixed.threads or idle_cores(), fixed.micro_batches or 1
    # For plain rows of numbers the other formats bring nothing. First what is usually best: it shows what is hopeless
    orders = (True, False) if contest.pictures else (False,)
    precisions: tuple[Precision, ...] = ("float32",)
    if contest.pictures and computes_bfloat16(device):
        precisions = ("bfloat16", "float32")
    orders = orders if fixed.channels_last is None else (fixed.channels_last,)
    precisions = precisions if fixed.precision is None else (fixed.precision,)
    return [Way(threads, precision, last, parts) for precision in precisions for last in orders]


def _fastest(race: _Race, ways: list[Way], *, choose_threads: bool) -> Way:
    """The fastest format, then as few threads as cost little, then whether the format still holds with these."""
    ranked = race.run(ways)
    best = ranked[0]
    if not choose_threads:
        return best
    while best.threads > 1:
        fewer = replace(best, threads=best.threads // 2)
        race.run([best, fewer])
        if race.seconds(fewer) > race.seconds(best) * THREADS_PAY:
            break
        best = fewer
    while ranked[0].threads <= best.threads < cores():
        more = replace(best, threads=min(2 * best.threads, cores()))
        race.run([best, more])
        if race.seconds(best) <= race.seconds(more) * THREADS_PAY:
            break
        best = more
    if best.threads != ranked[0].threads and len(ranked) > 1:
        return race.run([best, replace(ranked[1], threads=best.threads)])[0]
    return best


def _compiled_if_it_pays(race: _Race, contest: Contest, best: Way, fixed: Fixed) -> Way:
    """The way with compiled code, where the run is long enough and it is clearly faster."""
    way = replace(best, compiled=True)
    if fixed.compiled is not None:
        if fixed.compiled and race.prepare(way):
            race.run([best, way])
            return way
        return best
    least = COMPILED_PICTURES if contest.pictures else COMPILED_ROWS
    seconds = race.seconds(best)
    length = _length(contest.budget, contest.samples / seconds, contest.samples) * 1000 / contest.samples * seconds
    if length < least or race.measured(best).micro_batches > 1 or not race.prepare(way):
        return best
    race.run([best, way])
    return way if race.seconds(way) * COMPILED_PAYS < race.seconds(best) else best


@dataclass
class _Times:
    """Seconds that updates took in one way."""

    first: float = math.inf
    """At first sight."""
    turns: list[float] = field(default_factory=list)
    """Mean of an update without lazy terms, by turn."""
    lazy: list[float] = field(default_factory=list)
    """An update in which all lazy terms are due, by turn."""

    def update(self, every: int) -> float:
        """Of an update, where lazy terms are due in one of `every`; infinite where memory ran out."""
        if math.inf in (*self.turns, *self.lazy):
            return math.inf
        usual = statistics.median(self.turns) if self.turns else self.first
        return statistics.median(self.lazy) / every + usual * (1 - 1 / every) if self.lazy else usual


class _Race:
    """Times ways of computing the same updates.

    The duels of all formats are kept while they take turns. Where there is no memory for so many, each is timed by
    itself.
    """

    def __init__(self, contest: Contest, device: str) -> None:
        self._contest = contest
        self._device = device
        self._times: dict[Way, _Times] = {}
        self._relative: dict[Way, float] = {}
        self._units: list[float] = []
        self._duels: dict[Way, Duel] = {}
        self._parts: dict[Way, int] = {}
        self._lazily: set[Way] = set()
        self._alone = False
        self._failed: Exception = MemoryError()
        self.refusal: str | None = None
        """Why losses are not compiled though that was tried, a sentence."""
        lazy = [term.every for phase in contest.phases for term in phase.terms if term.every > 1]
        self._every = min(lazy, default=0)

    @property
    def tried(self) -> tuple[Way, ...]:
        """All ways that were timed."""
        return tuple(self._times)

    def run(self, ways: Sequence[Way]) -> list[Way]:
        """Time these ways; those that were not hopeless, fastest first.

        Raises:
            RuntimeError, MemoryError: there is no memory for any of them.
        """
        try:
            promising = self._in_turns([ways])
        except _CrowdedError:
            # Other ways' networks took the memory that this one lacked: from here on, one after the other
            self._alone = True
            self._duels.clear()
            promising = self._in_turns([[way] for way in ways])
        fitting = [way for way in promising if math.isfinite(self._times[way].update(self._every))]
        if not fitting:
            raise self._failed
        self._compare(ways, fitting)
        return sorted(fitting, key=self.seconds)

    def prepare(self, way: Way) -> bool:
        """Compile what the way needs, before it is timed; False where that does not work."""
        try:
            for step in (1, 0) if self._every else (1,):
                self._updates(way, step, 1)
        except _CrowdedError:  # what has been timed is worth more
            self._duels.pop(_format(way), None)
        duel = self._duels.get(_format(way))
        self.refusal = "Memory ran out while losses were compiled." if duel is None else duel.refusal
        return self.refusal is None

    def seconds(self, way: Way) -> float:
        """Of an update, over a cycle of lazy terms; infinite where memory ran out."""
        return self._relative[way] * statistics.median(self._units)

    def _compare(self, ways: Sequence[Way], fitting: Sequence[Way]) -> None:
        """Place the ways beside those of earlier runs by one that took part in both: the load may have changed."""
        seconds = {way: self._times[way].update(self._every) for way in ways}
        known = [way for way in ways if way in self._relative and math.isfinite(seconds[way])]
        anchor = known[0] if known else fitting[0]
        unit = seconds[anchor] / self._relative.get(anchor, 1.0)
        self._units.append(unit)
        for way in ways:
            self._relative.setdefault(way, seconds[way] / unit)

    def measured(self, way: Way) -> Way:
        """A way that was timed, with its speed, and cut as finely as memory asked for."""
        parts = self._parts.get(_format(way), way.micro_batches)
        return replace(way, micro_batches=parts, samples_per_second=self._contest.samples / self.seconds(way))

    def _in_turns(self, groups: Sequence[Sequence[Way]]) -> list[Way]:
        """Time the ways, those of a group in turns; the ones that were not hopeless."""
        best, promising = math.inf, list[Way]()
        for group in groups:
            times = {way: _Times(self._times[way].first if way in self._times else math.inf) for way in group}
            for way in group:
                if not math.isfinite(times[way].first):
                    times[way].first = self._first_sight(way, best)
                best = min(best, times[way].first)
            self._times |= times
            # One that was timed before is what the others are compared by
            hopeful = [way for way in group if way in self._relative or times[way].first <= best * HOPELESS]
            hopeful = [way for way in hopeful if math.isfinite(times[way].first)]
            for _ in range(TURNS if best <= SLOW else 0):
                for way in hopeful:
                    if not times[way].turns or times[way].turns[-1] <= best * 2 * HOPELESS:
                        self._turn(way, times[way])
            promising += hopeful
        return promising

    def _first_sight(self, way: Way, best: float) -> float:
        """Seconds of the quicker of two updates; of one where that says enough."""
        first = self._updates(way, 1, 1)  # allocates and chooses kernels
        if first > SLOW or first > max(SLOW_START, 2 * HOPELESS * best):
            return first
        again = self._updates(way, 1, 1)
        return again if again > 2 * HOPELESS * best else min(again, self._updates(way, 1, 1))

    def _turn(self, way: Way, times: _Times) -> None:
        if self._every and _format(way) not in self._lazily:
            self._lazily.add(_format(way))
            self._updates(way, 0, 1)  # as at first sight: allocates and chooses kernels
        times.turns.append(self._updates(way, 1, max(1, math.ceil(TURN_SECONDS / times.first))))
        if self._every and len(times.lazy) < max(1, 2 * TURNS / self._every):
            times.lazy.append(self._updates(way, 0, 1))

    def _updates(self, way: Way, step: int, count: int) -> float:
        """Seconds that each of at most `count` updates takes; in step 0 lazy terms are due. Infinite: no memory.

        Raises:
            _CrowdedError: memory ran out while the networks of other ways took some.
        """
        try:
            duel = self._duel(way)
            torch.set_num_threads(way.threads)
            began = time.perf_counter()
            done, values = 0, {}
            while done < count and time.perf_counter() - began < LONGEST_TURN:
                values = duel.update(Moment(step, 0, 0.0), self._contest.feed)
                done += 1
            next(iter(values.values())).item()  # waits for the device
            seconds = (time.perf_counter() - began) / done
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if len(self._duels) > 1:
                raise _CrowdedError from error
            self._failed = error.with_traceback(None)  # which would keep what was allocated on the way
            self._duels.clear()
            return math.inf
        if duel.micro_batches > self._parts.get(_format(way), way.micro_batches):
            if len(self._duels) > 1:
                raise _CrowdedError
            self._parts[_format(way)] = duel.micro_batches
        return seconds

    def _duel(self, way: Way) -> Duel:
        """The format's own players, kept from turn to turn."""
        form, contest = _format(way), self._contest
        if form not in self._duels:
            if self._alone:
                self._duels.clear()
            parts = self._parts.get(form, way.micro_batches)
            plan = ExecutionPlan(self._device, 1, way.precision, way.channels_last, parts, 0.0, 0.0, "being measured")
            plan = replace(plan, compiled=way.compiled)
            self._lazily.discard(form)
            self._duels[form] = Duel(
                copy.deepcopy(contest.game),
                contest.phases,
                contest.optimizers,
                batch=contest.batch,
                seed=contest.seed,
                plan=plan,
            )
        return self._duels[form]


class _CrowdedError(Exception):
    """Memory ran out while several ways were kept."""


def _format(way: Way) -> Way:
    """The way without its threads: whatever their number, the networks are the same."""
    return replace(way, threads=1)


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
