"""What has to hold on any device: it computes what the processor computes, survives, and never waits without need."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from unittest import mock

import torch
from torch import Tensor, nn

from ganforge.bench.resume import digest_of
from ganforge.core.contracts import DataOptions, Source
from ganforge.core.device import computes_bfloat16
from ganforge.core.plan import ExecutionPlan, Precision
from ganforge.core.recipe import Recipe
from ganforge.core.seeding import Draws
from ganforge.data._opening import open_source
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.folder import RunFolder
from ganforge.staging import feed, optimizers, phases, players
from ganforge.training import duel as duel_module
from ganforge.training.duel import Duel, Moment
from ganforge.training.measuring import Contest, measure_plan
from ganforge.training.window import Window

SOURCES = ("digits", "grid")
UPDATES = 4
BATCH = 16
AGREEMENT = 0.1
"""Weights may end so far from those of the processor, as a share of the way that they have come: sums in another order
differ in their last digits, and where a gradient is next to nothing, an optimiser of adaptive steps turns that into a
step the other way. On one processor, the same convolutions in another order of memory came to 0.04; other random
numbers come to 1.4."""
AGREEMENT_BFLOAT16 = 0.7
"""The same for bfloat16 beside float32, three digits instead of seven: 0.4 on a processor."""

State = Literal["passed", "failed", "not here"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    told: str
    """What was found, a sentence for a person."""

    @staticmethod
    def of(name: str, passed: bool, told: str) -> Check:
        """A check that could be made."""
        return Check(name, "passed" if passed else "failed", told)


class _MovedDraws(Draws):
    """Draws on the processor and moves the numbers: devices have generators of their own, which differ."""

    def __init__(self, seed: int, *place: str | int, device: torch.device | str = "cpu") -> None:
        super().__init__(seed, *place)
        self._there = device

    def normal(self, *shape: int) -> Tensor:
        return super().normal(*shape).to(self._there)

    def uniform(self, *shape: int) -> Tensor:
        return super().uniform(*shape).to(self._there)

    def integers(self, high: int, *shape: int) -> Tensor:
        return super().integers(high, *shape).to(self._there)

    def gumbel(self, *shape: int) -> Tensor:
        return super().gumbel(*shape).to(self._there)

    def permutation(self, n: int) -> Tensor:
        return super().permutation(n).to(self._there)


def agreement(device: str, width: int = 16) -> Iterator[Check]:
    """Each recipe's updates on the device beside the processor's, from the same weights and the same numbers."""
    for subject in SOURCES:
        data = open_source(subject, DataOptions())
        for name in RECIPES.names():
            recipe = small(RECIPES.get(name)(data.card), width)
            apart = distance(recipe, data, plan_on("cpu"), plan_on(device))
            told = f"after {UPDATES} updates the weights differ by {apart:.1e} of the way that they have come"
            yield Check.of(f"{name} on {subject} as on the processor", apart <= AGREEMENT, told)


def bfloat16(device: str, width: int = 16) -> Check:
    """Updates in bfloat16 beside those in float32."""
    name = "bfloat16 beside float32"
    if not computes_bfloat16(device):
        return Check(name, "not here", f"'{device}' does not compute in bfloat16.")
    data = open_source("digits", DataOptions())
    recipe = small(RECIPES.get("auto")(data.card), width)
    apart = distance(recipe, data, plan_on(device), plan_on(device, "bfloat16"))
    told = f"after {UPDATES} updates the weights differ by {apart:.2f} of the way that they have come"
    return Check.of(name, 0.0 < apart <= AGREEMENT_BFLOAT16, told)


def small(recipe: Recipe, width: int) -> Recipe:
    """The recipe with narrow networks and small batches, and without what draws from a device's own generator."""
    networks = replace(recipe.networks, settings={**recipe.networks.settings, "width": width})
    return replace(recipe, networks=networks, batch=BATCH * max(1, recipe.packing), augment=None)


def plan_on(device: str, precision: Precision = "float32", *, channels_last: bool = False) -> ExecutionPlan:
    """A plan for a few updates."""
    return ExecutionPlan(device, torch.get_num_threads(), precision, channels_last, 1, 0.0, 1.0, "a check")


def distance(
    recipe: Recipe, data: Source, here: ExecutionPlan, there: ExecutionPlan, *, updates: int = UPDATES
) -> float:
    """How far the weights of two trainings end from each other, as a share of the way that the first have come."""
    began = _weights(players(recipe, data, seed=0))
    with _plainly(), mock.patch.object(duel_module, "Draws", _MovedDraws):
        first, second = (_weights(_trained(recipe, data, plan, updates).game) for plan in (here, there))
    return float((second - first).norm() / (first - began).norm().clamp_min(1e-12))


def _trained(recipe: Recipe, data: Source, plan: ExecutionPlan, updates: int) -> Duel:
    game = players(recipe, data, seed=0)
    for module in game.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):  # noqa: SLF001 - the base of all kinds of dropout
            module.p = 0.0
    duel = Duel(game, phases(recipe), optimizers(recipe), batch=recipe.batch, seed=0, plan=plan)
    shown = feed(data, data.split, seed=0)
    for step in range(updates):
        duel.update(Moment(step, step * duel.samples_per_step, step / updates), shown)
    return duel


def _weights(game: nn.Module) -> Tensor:
    return torch.cat([weight.detach().cpu().flatten() for weight in game.parameters()])


@contextmanager
def _plainly() -> Iterator[None]:
    """Within, float32 means float32: no shortened products on devices that offer them."""
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


def waiting(device: str, updates: int = 20) -> Check:
    """Whether anything between two records waits for the device."""
    name = "no waiting between two records"
    if device != "cuda":
        return Check(name, "not here", f"Only CUDA tells when something waits for it; '{device}' does not.")
    data = open_source("digits", DataOptions())
    recipe = RECIPES.get("auto")(data.card)
    duel = _trained(recipe, data, plan_on(device), 2)  # what is allocated once may wait
    window, shown = Window(), feed(data, data.split, seed=0)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step in range(updates):
            window.add(duel.update(Moment(step, step * duel.samples_per_step, 0.0), shown))
    except RuntimeError as error:
        return Check(name, "failed", f"It waits: {error}")
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return Check(name, "passed", f"in {updates} updates nothing waited")


def planned(device: str) -> tuple[Check, ExecutionPlan]:
    """The execution plan that a training of the default recipe on digits gets."""
    data = open_source("digits", DataOptions())
    recipe = RECIPES.get("auto")(data.card)
    contest = Contest(
        players(recipe, data, 0),
        phases(recipe),
        optimizers(recipe),
        feed(data, data.split, 0),
        recipe.batch,
        0,
        recipe.budget,
    )
    plan = measure_plan(contest, device)
    return Check.of("the plan is measured", len(plan.measured) > 0, plan.why), plan


def memory(device: str) -> Check:
    """Whether a batch that does not fit is computed in parts."""
    name = "a batch that does not fit is computed in parts"
    if device != "cuda":
        return Check(name, "not here", f"The memory of '{device}' cannot be bounded from here.")
    data = open_source("digits", DataOptions())
    recipe = replace(RECIPES.get("auto")(data.card), batch=4096)
    torch.cuda.empty_cache()
    allowed = 2 * 10**9
    torch.cuda.set_per_process_memory_fraction(min(1.0, allowed / torch.cuda.mem_get_info()[1]))
    try:
        duel = _trained(recipe, data, plan_on(device), 2)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()
    told = f"a batch of {recipe.batch:,} in {duel.micro_batches} parts within {allowed / 1e9:.0f} GB"
    return Check.of(name, duel.micro_batches > 1, told)


_BEGIN = """
import sys
from ganforge.session import Options, prepare
device, out = sys.argv[1:]
settings = {"networks.settings.width": 16, "batch": 16}
prepare("digits", Options(recipe="dcgan", kimg=1.0, device=device, threads=1, precision="float32", out=out,
                          settings=settings, save_seconds=0.05, report=False))
"""
_GO_ON = """
import sys
from pathlib import Path
from ganforge.runs.folder import RunFolder
from ganforge.session import carry_out, reopen
carry_out(reopen(RunFolder.open(Path(sys.argv[1]))))
"""


def survival(device: str, scratch: Path, kills: int = 3) -> Check:
    """Whether a training that is killed and resumed ends with the same bits as one that is left alone."""
    name = "killed and resumed to the same bits"
    _python(_BEGIN, device, str(scratch / "prepared"))
    (prepared,) = (scratch / "prepared").iterdir()
    whole, again = (_copied(prepared, scratch / each) for each in ("whole", "again"))
    for folder in (whole, again):
        _python(_GO_ON, str(folder))
    if digest_of(whole) != digest_of(again):
        return Check(name, "failed", "Already two trainings that nobody disturbed end with different bits here.")
    wanted, killed, same = digest_of(whole), 0, 0
    for number in range(kills):
        victim = _copied(prepared, scratch / f"victim-{number}")
        killed += _killed(victim, number + 2)
        same += digest_of(victim) == wanted
    told = f"{killed} of {kills} were killed before their end; {same} ended as the one that was left alone"
    return Check.of(name, same == killed == kills, told)


def _copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def _killed(folder: Path, saved: int) -> bool:
    """Train, SIGKILL when so many checkpoints were written, resume to the end; whether it was killed in time."""
    journal = RunFolder.open(folder).journal
    with subprocess.Popen([sys.executable, "-c", _GO_ON, str(folder)], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            if sum(record.get("event") == "saved" for record in journal.records()) >= saved:
                process.send_signal(signal.SIGKILL)
                break
    _python(_GO_ON, str(folder))
    return process.returncode == -signal.SIGKILL


def _python(code: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.DEVNULL)
