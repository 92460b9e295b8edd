"""Where the time of a training goes: by kind of operation in an update, and by what a run does beside its updates."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from cyclopts import Parameter
from rich.table import Table
from torch.profiler import ProfilerActivity, profile

from ganforge.bench._common import console, machine_line
from ganforge.bench._speed_cases import LOOP, MLP, Case, open_case
from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.core.plan import ExecutionPlan
from ganforge.session import Options, measured_plan
from ganforge.staging import Setting, feed, make_stage
from ganforge.training.duel import Moment
from ganforge.training.stage import Stage

KINDS: Mapping[str, tuple[str, ...]] = {
    "convolutions, forward": ("convolution", "conv2d", "conv_transpose"),
    "convolutions, backward": ("convolution_backward",),
    "matrix products": ("mm", "addmm", "bmm", "linear", "matmul"),
    "normalisation": ("batch_norm", "layer_norm", "group_norm"),
    "activations and losses": (
        *("relu", "tanh", "threshold", "clamp", "softplus", "sigmoid", "sin", "cos", "neg", "silu", "gelu", "elu"),
    ),
    "optimisers and averages": ("adam", "rmsprop", "sgd", "_foreach", "lerp"),
    "random numbers": ("normal", "random", "uniform", "bernoulli", "randperm"),
}
"""The operations of each kind, by parts of their names; the first kind that fits, backward before forward."""
COPIES = ("copy", "_to_copy", "clone", "contiguous", "cat", "index", "gather", "fill", "zero", "empty", "resize")
REST = "other operations"
BETWEEN = "between operations (Python, dispatch)"
CASES = {str(case): case for case in (*LOOP, *MLP)}


@dataclass(frozen=True)
class Profile:
    """One training's."""

    case: str
    plan: str
    samples_per_step: int
    update_ms: float
    """Of a mean update, without the profiler: lazy terms as often as they are due, the average, the next batch."""
    shares: tuple[tuple[str, float], ...]
    """Of it, by kind, largest first."""
    beside: tuple[tuple[str, float], ...]
    """What a run does beside its updates, as shares of the time of all its updates."""


def run(
    *,
    cases: Annotated[tuple[str, ...], Parameter(name="--case", negative="")] = tuple(CASES),
    steps: int = 128,
    threads: int | None = None,
) -> None:
    """Print where the time of an update goes, and what examinations, looks of the doctor and grids cost beside.

    Parameters
    ----------
    cases
        "auto on digits", "auto on icons-64", "auto on grid, one core". Can be repeated.
    steps
        Updates that are looked at, rounded up to whole cycles of lazy penalties.
    threads
        CPU threads; measured if not given, and one for a case on one core.
    """
    if steps < 1:
        raise SettingError(f"--steps {steps}: give 1 or more.")
    for name in cases:
        if name not in CASES:
            raise UnknownNameError(f"There is no case called '{name}'. There are: {'; '.join(CASES)}.")
    for name in dict.fromkeys(cases):
        case = CASES[name]
        print_profile(profile_of(case, steps, 1 if case.one_core else threads))
    console.print(machine_line(), markup=False)


def profile_of(case: Case, steps: int, threads: int | None = None) -> Profile:
    """Train so many updates, once as usual and once under torch's profiler.

    Compiled code, whose operations have no names, is left out.
    """
    opened = open_case(case)
    options = Options(recipe=case.recipe, threads=threads, compiled=False)
    plan = measured_plan(opened.data, opened.recipe, options, "cpu")
    setting = Setting(opened.data, opened.data.split, plan, 0, 20.0, opened.recipe, lambda text: None)
    with _threads(plan.threads):
        stage = make_stage(setting, opened.recipe)
        cycle = max(term.every for phase in stage.duel.phases for term in phase.terms)
        steps = -(-steps // cycle) * cycle
        update = _updating(stage, feed(opened.data, opened.data.split, 0))
        _seconds(update, range(cycle))  # allocates and chooses kernels
        alone = statistics.median(_seconds(update, range(cycle, cycle + steps)) for _ in range(3)) / steps
        with profile(activities=[ProfilerActivity.CPU]) as profiler:
            _seconds(update, range(cycle, cycle + steps))
        beside = beside_updates(stage, plan, alone)
    of_kind = dict.fromkeys((*KINDS, "copies", REST), 0.0)
    for event in profiler.key_averages():
        if event.key.startswith(("aten::", "mkldnn", "Optimizer", "torch_")):
            of_kind[kind_of(event.key)] += event.self_cpu_time_total / 1e6 / steps
    named = sum(of_kind.values())
    of_kind[BETWEEN] = max(0.0, alone - named)
    whole = max(alone, named)
    shares = sorted(((kind, seconds / whole) for kind, seconds in of_kind.items()), key=lambda pair: -pair[1])
    way = f"{plan.threads} thread{'s' * (plan.threads > 1)}, {plan.precision}{', channels last' * plan.channels_last}"
    return Profile(str(case), way, stage.duel.samples_per_step, alone * 1e3, tuple(shares), beside)


def kind_of(operation: str) -> str:
    """The kind of one of torch's operations, by its name."""
    name = operation.removeprefix("aten::").lower()
    if "convolution_backward" in name:
        return "convolutions, backward"
    if any(part in name for part in COPIES):
        return "copies"
    for kind, parts in KINDS.items():
        if any(part == name.strip("_") if len(part) < 4 else part in name for part in parts):
            return kind
    return REST


def beside_updates(stage: Stage, plan: ExecutionPlan, update: float) -> tuple[tuple[str, float], ...]:
    """Seconds of each thing a run does now and then, over those of the updates between two of them."""
    costs = []
    if stage.examiner is not None and plan.examine_steps:
        examiner = stage.examiner
        examiner.examine(0, 0.0)
        costs.append(("examinations", _of(lambda: examiner.examine(0, 0.0)) / (plan.examine_steps * update)))
    if stage.prober is not None and plan.watch_steps:
        prober = stage.prober
        prober.look(prober.every, 0)
        costs.append(("looks of the doctor", _of(lambda: prober.look(prober.every, 0)) / (prober.every * update)))
    if stage.draw is not None:
        grids = stage.cadence.frames / (stage.total_steps * update)
        costs.append(("drawing the grids", _of(stage.draw) * grids))
    return tuple(costs)


def print_profile(found: Profile) -> None:
    """One table."""
    speed = found.samples_per_step / found.update_ms * 1e3
    table = Table(title=found.case, box=None, min_width=72)
    table.add_column("")
    table.add_column("ms an update", justify="right")
    table.add_column("share", justify="right")
    for kind, share in found.shares:
        table.add_row(kind, f"{share * found.update_ms:.2f}", f"{share:.1%}")
    for what, share in found.beside:
        table.add_row(f"beside: {what}", f"{share * found.update_ms:.2f}", f"+{share:.1%}")
    console.print(table)
    console.print(
        f"{found.update_ms:.2f} ms an update of {found.samples_per_step}: {speed:,.0f} samples/s; {found.plan}.\n",
        markup=False,
    )


def _updating(stage: Stage, shown: Any) -> Callable[[int], None]:
    """What a loop does in each step."""

    def update(step: int) -> None:
        seen = step * stage.duel.samples_per_step
        stage.duel.update(Moment(step, seen, 0.0), shown)
        stage.ema.update(seen + stage.duel.samples_per_step, stage.duel.samples_per_step)

    return update


def _seconds(update: Callable[[int], None], steps: range) -> float:
    began = time.perf_counter()
    for step in steps:
        update(step)
    return time.perf_counter() - began


def _of(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
