"""What `bench speed` found: as a table, as JSON, and in words."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from rich.table import Table

from ganforge.bench._speed_contest import Contender, Result
from ganforge.bench._speed_generate import Generating
from ganforge.bench._speed_peers import Beside
from ganforge.bench._speed_plot import Bar
from ganforge.bench._speed_ratios import Spread
from ganforge.core.device import Machine, describe_machine
from ganforge.core.settings import Json, to_json

NAMES = {"ganforge": "Ganforge", "eager": "plain eager loop", "naive": "naive loop of tutorials"}

LEGEND = (
    "samples/s: real samples shown to the discriminator, the median of the stretches. Faster by: Ganforge's speed over "
    "that line's, the median of the rounds' ratios, the interval that holds it with 95 %, and all that was seen. Of "
    "GEMM, of conv.: what the plain loop's step needs, in the time taken, as a share of the machine's fastest matrix "
    "product and 3x3 convolution in the same precision. Memory: the most that the process held, start-up included."
)

PEER_LEGEND = (
    "Beside other packages: batch, weights and samples/s are theirs, in their own loop; "
    "Ganforge trains its default recipe, penalties, average, probes, examinations, pictures and checkpoints included. "
    "The networks are not the same: compare the weights."
)


@dataclass(frozen=True)
class Surroundings:
    """The machine, what runs on it, and how busy it was."""

    machine: Machine
    instructions: str
    """The vector instructions that torch uses."""
    versions: dict[str, str]
    environment: dict[str, str]
    """Variables that change how threads work."""
    load: tuple[float, ...]
    """Processes that wanted to run, over the last 1, 5 and 15 minutes; empty where the system does not tell."""


def surroundings() -> Surroundings:
    """As they are now."""
    versions = {name: importlib.metadata.version(name) for name in ("ganforge", "torch", "numpy")}
    names = [name for name in sorted(os.environ) if name.startswith(("OMP_", "MKL_", "KMP_", "GOMP_", "DNNL_"))]
    return Surroundings(
        describe_machine("cpu"),
        torch.backends.cpu.get_cpu_capability(),
        versions | {"python": platform.python_version()},
        {name: os.environ[name] for name in names},
        load_average(),
    )


def load_average() -> tuple[float, ...]:
    """See `Surroundings.load`."""
    try:
        return os.getloadavg()
    except (AttributeError, OSError):  # Windows
        return ()


def table_of(result: Result) -> Table:
    """A line a process."""
    ready = result.ours.ready
    threads = f"{ready.threads} thread{'s' * (ready.threads != 1)}"
    table = Table(title=f"{result.case}: {ready.samples_per_step:,} samples a step, {threads}", box=None)
    headings = ("samples/s", "middle half", "faster by", "95 %", "range", "of GEMM", "of conv.", "memory")
    table.add_column("")
    for name in headings:
        table.add_column(name, justify="right")
    for contender in result.contenders:
        table.add_row(
            f"{NAMES[contender.kind]}, {contender.ready.precision}",
            f"{contender.rates.median:,.0f}",
            f"{contender.rates.quartiles[0]:,.0f}-{contender.rates.quartiles[1]:,.0f}",
            *(("", "", "") if contender is result.ours else ratio_cells(result.ratios(contender.kind))),
            _percent(result.share_of_gemm(contender)),
            _percent(result.share_of_convolution(contender)),
            f"{contender.peak_mb:,.0f} MB",
        )
    return table


def generating_table(found: Sequence[Generating]) -> Table:
    """A line a generator."""
    table = Table(title="Generating to .npy, beside the generator's bare forward pass", box=None)
    table.add_column("")
    for name in ("made/s", "bare/s", "share", "95 %", "range"):
        table.add_column(name, justify="right")
    table.add_column("the bare pass is fastest with")
    for one in found:
        median, interval, seen = ratio_cells(one.ratios)
        threads = f"{one.threads} thread{'s' * (one.threads != 1)}"
        table.add_row(
            f"{one.source}, {one.count:,} samples, {threads}",
            f"{one.made.median:,.0f}",
            f"{one.forward.median:,.0f}",
            *(median, interval, seen),
            f"{one.bare.batch} at once{', channels last' if one.bare.channels_last else ''}",
        )
    return table


def peer_table(found: Sequence[Beside]) -> Table:
    """Two lines a package: its own defaults, and ours as far as it lets one."""
    table = Table(title="Beside other packages", box=None)
    table.add_column("")
    for name in ("batch", "weights", "it, samples/s", "Ganforge", "faster by", "95 %", "range"):
        table.add_column(name, justify="right")
    table.add_column("what it trains", overflow="fold")
    for one in found:
        name = f"{one.peer}, {'its own defaults' if one.own else 'near ours'}, {one.case.source}"
        if one.theirs is None or one.ours is None or one.ratios is None:
            table.add_row(name, *[""] * 7, f"not measured: {one.what}")
            continue
        rates = (f"{one.theirs.median:,.0f}", f"{one.ours.median:,.0f}")
        table.add_row(name, f"{one.batch:,}", f"{one.weights:,}", *rates, *ratio_cells(one.ratios), one.what)
    return table


def notes_on(results: Sequence[Result]) -> list[str]:
    """What a reader must know of the table, a sentence or two each."""
    notes = [LEGEND]
    for result in results:
        if result.peaks is not None:
            peaks = result.peaks
            notes.append(
                f"{result.case}: {result.flops_per_sample / 1e6:,.2f} MFLOP a sample. The machine's peak with these "
                f"threads, GFLOP/s: GEMM {peaks.gemm_float32:,.0f} in float32 and {peaks.gemm_bfloat16:,.0f} in "
                f"bfloat16; 3x3 convolution {peaks.convolution_float32:,.0f} and {peaks.convolution_bfloat16:,.0f}. "
                f"Over all stretches together Ganforge showed {result.ours.whole:,.0f} samples/s{_plan(result.ours)}."
            )
    return notes


def bars_of(results: Sequence[Result], generated: Sequence[Generating], peers: Sequence[Beside]) -> list[Bar]:
    """The ratios as they are drawn."""
    bars = [
        Bar(str(result.case), f"over the {NAMES[other.kind]}", other.kind, result.ratios(other.kind))
        for result in results
        for other in result.contenders[1:]
    ]
    made = "generating to .npy"
    bars += [Bar(made, f"{one.source}, over the bare pass", "bare", one.ratios) for one in generated]
    for one in peers:
        if one.ratios is not None:
            name = f"over {one.peer}, {'its defaults' if one.own else 'near ours'}"
            bars.append(Bar(f"beside other packages, {one.case.source}", name, "peer", one.ratios))
    return bars


def as_json(results: Sequence[Result]) -> list[Json]:
    """Every single stretch, and what follows from them."""
    return [
        {
            "case": to_json(result.case),
            "peaks_gflops": to_json(result.peaks),
            "flops_per_sample": result.flops_per_sample,
            "contenders": [_contender(result, each) for each in result.contenders],
        }
        for result in results
    ]


def _contender(result: Result, contender: Contender) -> Json:
    ratios = None if contender is result.ours else asdict(result.ratios(contender.kind))
    return {
        "kind": contender.kind,
        "ready": to_json(contender.ready),
        "samples_per_second": asdict(contender.rates),
        "samples_per_second_over_all": contender.whole,
        "ganforge_is_faster_by": ratios,
        "share_of_gemm_peak": result.share_of_gemm(contender),
        "share_of_convolution_peak": result.share_of_convolution(contender),
        "peak_mb": contender.peak_mb,
        "stretches": [{"seconds": each.seconds, "samples": each.samples} for each in contender.stretches],
    }


def ratio_cells(ratios: Spread) -> tuple[str, str, str]:
    """Median, interval, range."""
    interval = "" if ratios.interval is None else f"{ratios.interval[0]:.2f}-{ratios.interval[1]:.2f}"
    return f"{ratios.median:.2f}", interval, f"{ratios.low:.2f}-{ratios.high:.2f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _plan(ours: Contender) -> str:
    return "" if ours.ready.plan is None else f"; its plan: {ours.ready.plan.why}"
