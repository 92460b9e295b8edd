"""The execution plan."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ganforge.core.contracts import DataOptions, Source
from ganforge.core.errors import SettingError
from ganforge.core.plan import ExecutionPlan, Fixed, Precision, Way
from ganforge.core.recipe import Budget, Recipe
from ganforge.core.settings import Part, from_json, to_json
from ganforge.data._opening import open_source
from ganforge.games._game import GAMES
from ganforge.training import compiling
from ganforge.training.measuring import (
    COMPILED_PICTURES,
    COMPILED_ROWS,
    Contest,
    _compiled_if_it_pays,
    _Race,
    measure_plan,
)
from tests.tiny import spots
from tests.training.small import RECIPE, a_feed, a_game, assert_same, snapshot, two_modes

SHORT = Budget(kimg=1.0, minutes=None)


def a_contest(budget: Budget) -> Contest:
    return a_contest_of(two_modes(), RECIPE, budget)


def a_contest_of_pictures() -> Contest:
    pair = Part("dcgan", {"width": 8, "discriminator_width": 8})
    return a_contest_of(open_source(spots(), DataOptions()), replace(RECIPE, networks=pair, batch=16), SHORT)


def a_contest_of(source: Source, recipe: Recipe, budget: Budget) -> Contest:
    optimizers = {"generator": recipe.generator, "discriminator": recipe.discriminator}
    phases = GAMES.get("noise").phases(recipe)
    return Contest(a_game(recipe, source), phases, optimizers, a_feed(source), recipe.batch, 0, budget)


def test_measuring_leaves_the_players_as_they_were() -> None:
    contest = a_contest(Budget(kimg=1.0, minutes=None))
    before, threads = snapshot(contest.game), torch.get_num_threads()
    measure_plan(contest, "cpu")
    assert_same(before, snapshot(contest.game))
    assert torch.get_num_threads() == threads


def test_a_length_in_samples_is_rounded_to_whole_steps() -> None:
    plan = measure_plan(a_contest(Budget(kimg=1.0, minutes=None)), "cpu", Fixed(threads=1))
    assert plan.kimg == pytest.approx(16 * 64 / 1000)
    assert plan.threads == 1


def test_a_length_in_minutes_follows_the_measured_speed() -> None:
    plan = measure_plan(a_contest(Budget(kimg=None, minutes=2.0)), "cpu", Fixed(threads=1, compiled=False))
    assert plan.kimg * 1000 / plan.samples_per_second == pytest.approx(120 * 0.95, rel=0.01)


def test_the_nearer_of_two_bounds_counts() -> None:
    plan = measure_plan(a_contest(Budget(kimg=1.024, minutes=1000.0)), "cpu", Fixed(threads=1, compiled=False))
    assert plan.kimg == pytest.approx(1.024)


def test_a_run_without_any_bound_is_refused() -> None:
    with pytest.raises(SettingError, match="--minutes"):
        measure_plan(replace(a_contest(Budget(kimg=None, minutes=None))), "cpu", Fixed(threads=1))


def test_every_way_that_was_timed_is_kept_with_its_speed() -> None:
    plan = measure_plan(a_contest_of_pictures(), "cpu", Fixed(threads=1))
    assert {(way.precision, way.channels_last) for way in plan.measured} == {
        (precision, last) for precision in ("float32", "bfloat16") for last in (False, True)
    }
    speeds = [way.samples_per_second for way in plan.measured]
    assert speeds == sorted(speeds, reverse=True)
    (chosen,) = (way for way in plan.measured if way.samples_per_second == plan.samples_per_second)
    assert (chosen.precision, chosen.channels_last) == (plan.precision, plan.channels_last)
    assert from_json(ExecutionPlan, to_json(plan)) == plan


def test_the_plan_of_a_run_of_before_is_read() -> None:
    old = {
        name: value
        for name, value in to_json(measure_plan(a_contest(SHORT), "cpu", Fixed(threads=1))).items()
        if name not in ("measured", "watch_steps")
    }
    plan = from_json(ExecutionPlan, old)
    assert plan.measured == ()
    assert plan.threads == 1


def test_what_is_fixed_is_not_measured() -> None:
    fixed = Fixed(threads=1, precision="bfloat16", channels_last=False, micro_batches=4)
    plan = measure_plan(a_contest_of_pictures(), "cpu", fixed)
    assert len(plan.measured) == 1
    assert Fixed(plan.threads, plan.precision, plan.channels_last, plan.micro_batches) == fixed
    assert plan.why.startswith("1 thread, bfloat16, 4 parts a batch: ")
    for part, ways in ((Fixed(threads=1, channels_last=True), 2), (Fixed(threads=1, precision="float32"), 2)):
        assert len(measure_plan(a_contest_of_pictures(), "cpu", part).measured) == ways


def test_numbers_are_computed_in_bfloat16_only_where_that_is_asked_for() -> None:
    assert measure_plan(a_contest(SHORT), "cpu", Fixed(threads=1)).precision == "float32"
    assert measure_plan(a_contest(SHORT), "cpu", Fixed(threads=1, precision="bfloat16")).precision == "bfloat16"


@pytest.mark.parametrize(
    ("fixed", "cure"),
    [
        (Fixed(threads=0), "--threads 0 .* 1 or more"),
        (Fixed(micro_batches=-1), "--micro-batches -1 .* 1 or more"),
        (Fixed(micro_batches=65), "batch of 64 .* at most 64"),
        (Fixed(channels_last=True), "--channels-last .* leave it out"),
        (Fixed(compiled=True, micro_batches=2), "--compiled and --micro-batches 2 exclude"),
    ],
)
def test_what_cannot_be_is_refused(fixed: Fixed, cure: str) -> None:
    with pytest.raises(SettingError, match=cure):
        measure_plan(a_contest(SHORT), "cpu", fixed)


def test_a_precision_that_a_device_lacks_is_refused_before_anything_is_computed_there() -> None:
    precision: Precision = "bfloat16"
    with pytest.raises(SettingError, match="'mps' does not compute in bfloat16; give --precision float32"):
        measure_plan(a_contest(SHORT), "mps", Fixed(precision=precision))


class ScriptedRace(_Race):
    """A race whose updates take as long as is said, times the machine's load."""

    def __init__(self, seconds: dict[int, float]) -> None:
        super().__init__(a_contest(SHORT), "cpu")
        self.load = 1.0
        self._said = seconds

    def _updates(self, way: Way, step: int, count: int) -> float:
        return self._said[way.threads] * self.load


@pytest.mark.parametrize("fewer", [0.25, 0.9, 1.0, 1.4, 3.0])
def test_ways_that_were_timed_under_different_loads_are_compared_as_under_one(fewer: float) -> None:
    four, two, one = (Way(threads, "float32", channels_last=False) for threads in (4, 2, 1))
    race = ScriptedRace({4: 0.02, 2: 0.02 * fewer, 1: 0.02 * fewer**2})
    race.run([four])
    race.load = 5.0
    race.run([four, two])
    race.load = 0.5
    race.run([two, one])
    assert race.seconds(two) / race.seconds(four) == pytest.approx(fewer)
    assert race.seconds(one) / race.seconds(four) == pytest.approx(fewer**2)


class CompilingRace(ScriptedRace):
    """A race in which compiling works or does not, and makes an update `gain` times as fast."""

    def __init__(self, contest: Contest, *, gain: float, works: bool = True) -> None:
        super().__init__({1: 0.01})
        self._contest = contest
        self._gain = gain
        self._works = works
        self.prepared = 0

    def _updates(self, way: Way, step: int, count: int) -> float:
        return 0.01 / self._gain if way.compiled else 0.01

    def prepare(self, way: Way) -> bool:
        self.prepared += 1
        return self._works


def of_seconds(contest: Contest, seconds: float) -> Contest:
    """Of so many seconds of updates, at a hundred updates a second."""
    return replace(contest, budget=Budget(kimg=seconds * 100 * contest.samples / 1000, minutes=None))


EAGER = Way(1, "float32", channels_last=False)


def compiled_is_chosen(race: CompilingRace, contest: Contest, fixed: Fixed | None = None) -> bool:
    race.run([EAGER])
    return _compiled_if_it_pays(race, contest, EAGER, fixed or Fixed()).compiled


@pytest.mark.parametrize(
    ("make", "least"), [(a_contest, COMPILED_ROWS), (lambda _: a_contest_of_pictures(), COMPILED_PICTURES)]
)
def test_losses_are_compiled_only_for_runs_that_are_long_enough(
    make: Callable[[Budget], Contest], least: float
) -> None:
    long, short = of_seconds(make(SHORT), least * 1.1), of_seconds(make(SHORT), least * 0.9)
    assert compiled_is_chosen(CompilingRace(long, gain=1.5), long)
    race = CompilingRace(short, gain=1.5)
    assert not compiled_is_chosen(race, short)
    assert race.prepared == 0  # a short run does not even wait for the compiler


def test_compiled_losses_that_gain_too_little_or_do_not_work_are_left() -> None:
    contest = of_seconds(a_contest(SHORT), COMPILED_ROWS * 2)
    assert not compiled_is_chosen(CompilingRace(contest, gain=1.02), contest)
    assert not compiled_is_chosen(CompilingRace(contest, gain=1.5, works=False), contest)


def test_the_speed_of_compiled_losses_that_were_asked_for_is_their_own() -> None:
    contest = of_seconds(a_contest(SHORT), 1.0)
    race = CompilingRace(contest, gain=2.0)
    assert compiled_is_chosen(race, contest, Fixed(compiled=True))
    assert race.seconds(replace(EAGER, compiled=True)) == pytest.approx(0.005)


def test_a_plan_tells_why_losses_that_should_have_been_compiled_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(recorded: object, inputs: object) -> compiling.Code:
        raise RuntimeError("No C++ compiler was found")

    monkeypatch.setattr(compiling, "_compiled", fails)
    plan = measure_plan(a_contest(SHORT), "cpu", Fixed(threads=1, compiled=True))
    assert not plan.compiled
    assert "No C++ compiler was found" in plan.why


def test_memory_that_runs_out_while_compiling_leaves_the_ways_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def crowded(recorded: object, inputs: object) -> compiling.Code:
        raise MemoryError

    monkeypatch.setattr(compiling, "_compiled", crowded)
    plan = measure_plan(a_contest(SHORT), "cpu", Fixed(threads=1, compiled=True))
    assert not plan.compiled
    assert "Memory ran out" in plan.why


def test_what_is_said_of_compiling_is_done_and_not_measured_against() -> None:
    short, long = of_seconds(a_contest(SHORT), 1.0), of_seconds(a_contest(SHORT), COMPILED_ROWS * 2)
    assert compiled_is_chosen(CompilingRace(short, gain=0.5), short, Fixed(compiled=True))
    assert not compiled_is_chosen(CompilingRace(short, gain=2.0, works=False), short, Fixed(compiled=True))
    race = CompilingRace(long, gain=2.0)
    assert not compiled_is_chosen(race, long, Fixed(compiled=False))
    assert race.prepared == 0


CRAMPED = """
import resource
from dataclasses import replace
from pathlib import Path

import torch

from ganforge.core.plan import Fixed
from ganforge.core.settings import Part
from ganforge.training.measuring import measure_plan
from tests.training.small import RECIPE, two_modes
from tests.training.test_measuring import SHORT, a_contest_of

torch.set_num_threads(1)
wide = replace(RECIPE, networks=Part("mlp", {"width": 512, "depth": 2}), batch=30000)
contest = a_contest_of(two_modes(), wide, SHORT)
measure_plan(a_contest_of(two_modes(), replace(wide, batch=64), SHORT), "cpu", Fixed(threads=1))
now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 200_000_000,) * 2)
plan = measure_plan(contest, "cpu", Fixed(threads=1))
print(plan.micro_batches, plan.why)
assert plan.measured[0].micro_batches == plan.micro_batches
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are set as on Linux")
def test_memory_that_runs_out_while_measuring_is_remembered_in_the_plan() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", CRAMPED], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    parts, _, why = done.stdout.partition(" ")
    assert int(parts) >= 2
    assert f"{parts} parts a batch" in why
