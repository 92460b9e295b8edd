"""One case of `bench speed`: its processes in turn, and what comes of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

from ganforge.bench._speed_cases import Case
from ganforge.bench._speed_peak import Peaks
from ganforge.bench._speed_processes import Rival
from ganforge.bench._speed_ratios import Spread, spread
from ganforge.bench._speed_rivals import Kind, Ready, Role, Stretch

PEAK_SECONDS = 1.0
"""For the bare machine's turn; its fastest go of all rounds counts."""


@dataclass(frozen=True)
class Asked:
    """How much is measured."""

    repeats: int
    seconds: float
    """Of one stretch, at least; Ganforge's end with an examination."""
    threads: int | None = None
    """None = as Ganforge's plan chooses."""
    settings: tuple[tuple[str, str], ...] = ()
    """Values of the recipe by path, for all."""


@dataclass(frozen=True)
class Contender:
    """One process and all its stretches, the warm-up left out."""

    kind: Kind
    ready: Ready
    stretches: tuple[Stretch, ...]

    @property
    def rates(self) -> Spread:
        """Real samples a second."""
        return spread([stretch.rate for stretch in self.stretches])

    @property
    def whole(self) -> float:
        """Real samples a second over all stretches together."""
        return sum(stretch.samples for stretch in self.stretches) / sum(stretch.seconds for stretch in self.stretches)

    @property
    def peak_mb(self) -> float:
        """The most memory it has held, start-up included."""
        return self.stretches[-1].peak_mb


@dataclass(frozen=True)
class Result:
    """What was measured of one case."""

    case: Case
    contenders: tuple[Contender, ...]
    """Ganforge first."""
    peaks: Peaks | None
    """The machine's, with as many threads; None = not measured."""

    @property
    def ours(self) -> Contender:
        """Ganforge."""
        return self.contenders[0]

    @property
    def flops_per_sample(self) -> float:
        """Of the plain eager loop: what the training needs."""
        return next((each.ready.flops_per_sample for each in self.contenders if each.kind == "eager"), 0.0)

    def ratios(self, kind: Kind) -> Spread:
        """How many times as fast Ganforge was as another, round by round."""
        (other,) = [each for each in self.contenders if each.kind == kind]
        pairs = zip(self.ours.stretches, other.stretches, strict=True)
        return spread([mine.rate / its.rate for mine, its in pairs])

    def share_of_gemm(self, contender: Contender) -> float | None:
        """Of the machine's matrix products in the contender's precision."""
        return None if self.peaks is None else self._gflops(contender) / self.peaks.gemm(contender.ready.precision)

    def share_of_convolution(self, contender: Contender) -> float | None:
        """Of the machine's 3 x 3 convolutions in the contender's precision."""
        if self.peaks is None:
            return None
        return self._gflops(contender) / self.peaks.convolution(contender.ready.precision)

    def _gflops(self, contender: Contender) -> float:
        return contender.rates.median * self.flops_per_sample / 1e9


def compare(
    case: Case, kinds: Sequence[Kind], asked: Asked, tell: Callable[[str], None], *, peak: bool = True
) -> Result:
    """Let Ganforge and others train in turn: ABCABC...

    Args:
        case: what.
        kinds: the others, "eager" and "naive".
        asked: how much.
        tell: called with a sentence now and then.
        peak: also measure the machine's peak, in the same rounds.

    Raises:
        MachineError: a process failed.
    """
    turns = len(kinds) + 1 + peak
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        tell(f"{case}: measuring a plan ...")
        role = Role("ganforge", case, asked.threads, taking_turns=turns, settings=asked.settings)
        ours = _begun(role, Path(scratch), stack)
        plan = ours.ready.plan
        tell(f"{case}: {'' if plan is None else plan.why}")
        kimg = 100.0 if plan is None else plan.kimg
        told = replace(role, threads=ours.ready.threads, kimg=kimg)
        others = [
            _begun(replace(told, kind=kind), Path(scratch), stack) for kind in (*kinds, *(("machine",) if peak else ()))
        ]
        taken: dict[Kind, list[Stretch]] = {each.role.kind: [] for each in (ours, *others)}
        for number in range(asked.repeats):
            for each in (ours, *others):
                seconds = PEAK_SECONDS if each.role.kind == "machine" else asked.seconds
                taken[each.role.kind].append(each.turn(seconds))
            tell(f"{case}: round {number + 1} of {asked.repeats}: {_rates(taken)} samples/s")
        contenders = tuple(
            Contender(each.role.kind, each.ready, tuple(taken[each.role.kind]))
            for each in (ours, *others)
            if each.role.kind != "machine"
        )
    found = [stretch.peaks for stretch in taken.get("machine", []) if stretch.peaks is not None]
    return Result(case, contenders, reduce(Peaks.best, found) if found else None)


def _begun(role: Role, scratch: Path, stack: ExitStack) -> Rival:
    """A process that has a folder of its own, and ends with the stack."""
    place = scratch / role.kind
    place.mkdir()
    rival = Rival(role, place)
    stack.callback(rival.end)
    return rival


def _rates(taken: dict[Kind, list[Stretch]]) -> str:
    return ", ".join(f"{kind} {found[-1].rate:,.0f}" for kind, found in taken.items() if kind != "machine")
