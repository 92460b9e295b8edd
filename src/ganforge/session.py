"""A training from its preparing to its last picture: wires data, recipe, plan, duel, loop and run folder together."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganforge.core.contracts import DataOptions, Observer, Source
from ganforge.core.device import describe_machine, pick_device
from ganforge.core.errors import MachineError, RunError, UnhealthyError
from ganforge.core.plan import ExecutionPlan, Fixed, Precision
from ganforge.core.recipe import Budget, Recipe
from ganforge.core.records import Split
from ganforge.core.settings import from_json, to_json, with_value
from ganforge.data._opening import open_source
from ganforge.examining import outlook, what_is_compared, with_examinations
from ganforge.finale import judge_and_report, show_off
from ganforge.notebook import LivePicture, in_notebook
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.folder import RunFolder
from ganforge.runs.recorder import Recorder
from ganforge.runs.tensorboard import TensorBoard, require_tensorboard
from ganforge.staging import SOUND, Setting, feed, make_care, make_stage, optimizers, phases, players, with_looks
from ganforge.trained import USES, Run, same_data, stored_split
from ganforge.training.loop import Loop
from ganforge.training.measuring import Contest, measure_plan
from ganforge.training.memory import is_out_of_memory
from ganforge.training.outside import Outside

Tell = Callable[[str], None]
"""Is called with sentences for a person: what was read, what was chosen and why."""


def silent(text: str) -> None:
    """Tells nobody."""


DoctorMode = Literal["treat", "watch", "off"]
"""See and cure what goes wrong; see and tell it; neither."""

GRACE = 1.5
"""A run that was planned for some minutes is stopped after so many times as long."""


@dataclass(frozen=True)
class Options:
    """Refinements of a training; each has a default that is meant to be right."""

    recipe: str | Recipe = "auto"
    """A recipe's name, or one of your own making."""
    size: int | tuple[int, int] | None = None
    """Pictures: side, or (height, width); None = chosen from the data."""
    labels: bool = False
    """Sub-folders (or an .npz's `y`) are classes, given to both players."""
    kimg: float | None = None
    """Length in k samples; with `minutes`, whichever is reached first. None = the recipe's."""
    minutes: float | None = None
    """Length in minutes."""
    out: str | Path = "runs"
    """Folder in which the run's folder is made."""
    seed: int = 0
    device: str | None = None
    """"cpu", "cuda" or "mps"; None = the best there is."""
    threads: int | None = None
    """CPU threads; None = measured."""
    precision: Precision | None = None
    """"float32" or "bfloat16": what products are computed in; None = measured."""
    channels_last: bool | None = None
    """Pictures: whether channels lie beside each other in memory; None = measured."""
    micro_batches: int | None = None
    """Compute a batch in so many parts, which needs less memory; None = in as few as memory allows."""
    compiled: bool | None = None
    """Whether losses are compiled for this machine and these networks; None = where it pays within the run."""
    settings: Mapping[str, Any] | None = None
    """Values of the recipe by path: {"generator.lr.start": 1e-3}."""
    tensorboard: bool = False
    """Also write TensorBoard events into the run's folder (extra `tensorboard`)."""
    save_seconds: float = 20.0
    """Wall time between two checkpoints."""
    live: bool = True
    """In a notebook, show the samples as they improve."""
    report: bool = True
    """Judge the samples when the training is done, and write report.html."""
    doctor: DoctorMode | None = None
    """What the doctor may do; None = treat where the recipe is `auto`, watch where it is named after a paper."""

    @property
    def fixed(self) -> Fixed:
        """What of the execution plan is not to be measured."""
        return Fixed(self.threads, self.precision, self.channels_last, self.micro_batches, self.compiled)


@dataclass(frozen=True)
class Prepared:
    """A run that has its folder, its data, its recipe and its plan: all that is needed to begin it or to go on."""

    folder: RunFolder
    data: Source
    split: Split
    recipe: Recipe
    plan: ExecutionPlan
    seed: int
    options: Options
    may_stop: bool
    """The length is the recipe's own: the training may end before it where the score no longer improves."""


def prepare(source: Any, options: Options, *, tell: Tell = silent) -> Prepared:
    """Open the data, choose the recipe, measure the plan, make the run's folder; `train` without the training."""
    device = pick_device(options.device)
    if options.tensorboard:
        require_tensorboard()
    data = open_source(source, DataOptions(size=options.size, labels=options.labels, tell=tell))
    tell_of_data(data, tell)
    recipe = choose_recipe(options, data)
    tell(f"Recipe {recipe.name}: {recipe.why}.")
    folder = RunFolder.create(Path(options.out), data.card.name)  # before measuring: a full disk is told at once
    try:
        plan = measured_plan(data, recipe, options, device, tell=tell)
        folder.write_arrays("split", {use: getattr(data.split, use).numpy() for use in USES})
        folder.write_facts(_facts(options, data, recipe, plan, device))  # last: from now on the folder is a run
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
    tell_of_plan(plan, tell)
    tell(f"Run: {folder.path}")
    return Prepared(folder, data, data.split, recipe, plan, options.seed, options, _may_stop(options))


def measured_plan(data: Source, recipe: Recipe, options: Options, device: str, *, tell: Tell = silent) -> ExecutionPlan:
    """How this machine trains this recipe fastest, measured on networks that are thrown away."""
    with _own_torch_state(), _memory_told():
        game = players(recipe, data, options.seed)
        shown = feed(data, data.split, options.seed)
        contest = Contest(game, phases(recipe), optimizers(recipe), shown, recipe.batch, options.seed, recipe.budget)
        tell("Measuring this machine ...")
        plan = measure_plan(contest, device, options.fixed)
        plan = _if_it_fits(plan, lambda: with_examinations(plan, game, data, recipe, seed=options.seed), "scored", tell)
        setting = Setting(data, data.split, plan, options.seed, options.save_seconds, recipe, tell)
        return _if_it_fits(plan, lambda: with_looks(setting), "looked at by the doctor", tell)


def _if_it_fits(plan: ExecutionPlan, more: Callable[[], ExecutionPlan], what: str, tell: Tell) -> ExecutionPlan:
    """The plan with something more, or without where memory runs out for that."""
    try:
        return more()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    tell(f"There is too little memory for it: while training, the samples are not {what}.")
    return plan


def reopen(folder: RunFolder, source: Any = None, *, tell: Tell = silent) -> Prepared:
    """A run as its folder remembers it; `resume` without the training."""
    facts = folder.facts()
    asked = facts["options"]
    recipe = from_json(Recipe, facts["recipe"], what="run.json")
    plan = from_json(ExecutionPlan, facts["plan"], what="run.json")
    pick_device(plan.device)
    split = stored_split(folder)
    options = Options(
        tensorboard=asked["tensorboard"],
        save_seconds=asked["save_seconds"],
        live=asked["live"],
        report=asked.get("report", True),
        doctor=asked.get("doctor", "off"),
    )
    data = same_data(folder, source, tell=tell)
    may_stop = bool(asked.get("may_stop", False))
    return Prepared(folder, data, split, recipe, plan, facts["seed"], options, may_stop)


def carry_out(prepared: Prepared, *, observers: Sequence[Observer] = (), tell: Tell = silent) -> Run:
    """Train a prepared run to its end, from its newest checkpoint if it has one.

    Raises:
        RunError: it is being trained, its checkpoints are damaged, or it ended because of numbers that are not finite.
    """
    folder, recipe, plan = prepared.folder, prepared.recipe, prepared.plan
    if folder.status() == "not finite":
        raise RunError(
            f"{folder.path} ended because its numbers were no longer finite; going on would end the same way. "
            "Start a new run with lower learning rates: --set generator.lr.start=... --set discriminator.lr.start=..., "
            "a fraction of those in its run.json; or with --doctor treat, which looks for what helps."
        )
    if folder.status() == "unhealthy":
        raise RunError(
            f"{folder.path} ended unhealthy: all that the doctor knows was tried. `ganforge doctor {folder.path}` "
            "tells what. Start a new run with other settings or data."
        )
    with folder.lock(), _own_torch_state(), _memory_told(), _stop_on_signal() as asked_to_stop:
        torch.set_num_threads(plan.threads)
        data, options, mode = prepared.data, prepared.options, doctor_mode(prepared.options, recipe)
        setting = Setting(data, prepared.split, plan, prepared.seed, options.save_seconds, recipe, tell)
        loop = Loop(
            make_stage(setting, recipe, watched=mode != "off"),
            feed(data, prepared.split, prepared.seed),
            folder.checkpoints,
            observers=[*_watchers(prepared), *observers],
            care=None if mode == "off" else make_care(setting, treats=mode == "treat"),
            may_stop=prepared.may_stop,
            asked_to_stop=asked_to_stop,
            outside=Outside(folder.control, folder.beat),
            limit_seconds=None if recipe.budget.minutes is None else recipe.budget.minutes * 60 * GRACE,
            attempt=folder.journal.attempts() + 1,
        )
        if any(record.get("event") == "saved" for record in folder.journal.records()):
            loop.resume()
            tell(f"Going on at {loop.kimg:,.1f}k of {plan.kimg:,.1f}k samples.")
        try:
            stopped = loop.run()
        except UnhealthyError:
            if prepared.options.report:
                judge_and_report(Run(folder), prepared.data, tell)  # of the last good checkpoint, or the best
            raise
        tell(stopped.message)
        if stopped.reason != "interrupted":
            compared = what_is_compared(plan, prepared.data)
            for told in outlook(folder.journal.as_it_went(), chosen_length=not prepared.may_stop, compared=compared):
                tell(told)
        run = Run(folder)
        if stopped.reason != "interrupted":
            show_off(run, tell)
            if prepared.options.report:
                judge_and_report(run, prepared.data, tell)
        return run


def choose_recipe(options: Options, data: Source) -> Recipe:
    """The recipe asked for, for this data, with the values that the user set."""
    recipe = options.recipe if isinstance(options.recipe, Recipe) else RECIPES.get(options.recipe)(data.card)
    for path, value in (options.settings or {}).items():
        recipe = with_value(recipe, path, value)
    changes = [f"{path}={value}" for path, value in (options.settings or {}).items()]
    if options.kimg is not None or options.minutes is not None:
        recipe = replace(recipe, budget=Budget(kimg=options.kimg, minutes=options.minutes))
        lengths = (("kimg", options.kimg), ("minutes", options.minutes))
        changes += [f"{name}={value:g}" for name, value in lengths if value is not None]
    return replace(recipe, why=f"{recipe.why}; changed: {', '.join(changes)}") if changes else recipe


def _may_stop(options: Options) -> bool:
    length_set = any(path.startswith("budget") for path in options.settings or {})
    return options.kimg is None and options.minutes is None and not length_set


def _watchers(prepared: Prepared) -> list[Observer]:
    domain = prepared.data.domain

    def picture(samples: Tensor) -> Image.Image:
        return domain.preview(domain.decode(samples.cpu()))

    watchers: list[Observer] = [Recorder(prepared.folder, picture)]
    if prepared.options.tensorboard:
        watchers.append(TensorBoard(prepared.folder.path / "tensorboard"))
    if prepared.options.live and in_notebook():
        watchers.append(LivePicture(picture))
    return watchers


def doctor_mode(options: Options, recipe: Recipe) -> DoctorMode:
    """What the doctor may do: as asked for, else treat what was chosen by us and watch what was chosen by name."""
    return options.doctor or ("treat" if recipe.name == SOUND else "watch")


def _facts(options: Options, data: Source, recipe: Recipe, plan: ExecutionPlan, device: str) -> dict[str, Any]:
    return {
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seed": options.seed,
        "options": {
            "size": options.size,
            "labels": options.labels,
            "tensorboard": options.tensorboard,
            "save_seconds": options.save_seconds,
            "live": options.live,
            "report": options.report,
            "doctor": doctor_mode(options, recipe),
            "may_stop": _may_stop(options),
            "held_out": data.split.held_out,
            "fixed": to_json(options.fixed),
        },
        "data": to_json(data.card),
        "domain": {"name": data.card.domain, "state": to_json(data.domain)},
        "recipe": to_json(recipe),
        "plan": to_json(plan),
        "machine": to_json(describe_machine(device)),
        "versions": {
            "ganforge": importlib.metadata.version("ganforge"),
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
    }


def tell_of_data(data: Source, tell: Tell) -> None:
    """What was read, and what was left out."""
    card = data.card
    tell(f"Data: {card.name}, {card.count:,} samples ({card.domain}).")
    for note in card.notes:
        tell(note)
    if card.skipped:
        shown = "; ".join(f"{item.name} ({item.reason})" for item in card.skipped[:3])
        more = f"; and {len(card.skipped) - 3:,} more, listed in run.json" if len(card.skipped) > 3 else ""
        tell(f"Left out {len(card.skipped):,}: {shown}{more}.")


def tell_of_plan(plan: ExecutionPlan, tell: Tell) -> None:
    """How it is computed, and how long it takes."""
    seconds = plan.kimg * 1000 / plan.samples_per_second
    duration = f"about {seconds / 60:.0f} min" if seconds >= 90 else f"about {seconds:.0f} s"
    tell(f"Plan: {plan.why}; {plan.kimg:,.0f}k samples, {duration}.")


def tell_of_measuring(plan: ExecutionPlan, tell: Tell) -> None:
    """All the ways that were timed, with their speeds."""
    for way in plan.measured:
        speed = way.samples_per_second
        share = f"{speed:>9,.0f} samples/s  {speed / plan.samples_per_second:>5.0%}"
        tell(f"{share if speed else 'too little memory':>26}  {way}")


@contextmanager
def _memory_told() -> Iterator[None]:
    """Within, memory that runs out for good is one clear message."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise MachineError(
            "There is too little memory for these networks, even for one sample at a time. "
            "Use smaller pictures (--size), or smaller networks (--set networks.settings.width=...)."
        ) from error


@contextmanager
def _own_torch_state() -> Iterator[None]:
    """Leaves the caller's random generator and number of threads as they were."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng():
        try:
            yield
        finally:
            torch.set_num_threads(threads)


@contextmanager
def _stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Within, the first Ctrl-C (or SIGTERM) asks the loop to save and stop; a second one breaks off at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set  # only the main thread may receive signals
        return
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in wanted}

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        for each in wanted:
            signal.signal(each, before[each])

    for number in wanted:
        signal.signal(number, ask)
    try:
        yield asked.is_set
    finally:
        for number in wanted:
            signal.signal(number, before[number])
