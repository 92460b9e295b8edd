"""Are the forged digits digits? 5,000 of them before a classifier, after `ganforge train` with no flags."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from rich.table import Table

from ganforge.bench._common import command_line, console, machine_line, only_run
from ganforge.bench._digit_judge import NO_DIGITS, DigitJudge, Labelled, train_judge
from ganforge.core.contracts import DataOptions, Source
from ganforge.core.seeding import Draws
from ganforge.data._opening import open_source
from ganforge.runs.folder import RunFolder
from ganforge.trained import Run

SAMPLES = 5_000


def run(*, trained: str | None = None, seeds: int = 1, out: Path | None = None) -> None:
    """Train on the digits as a newcomer does, and let a classifier judge 5,000 samples.

    Parameters
    ----------
    trained
        Judge this finished run of digits instead of training.
    seeds
        How many trainings, with seeds 0, 1, ...
    out
        Keep the runs here; they are deleted if not given.
    """
    judge = trained_judge()
    with tempfile.TemporaryDirectory() as scratch:
        if trained is not None:
            _report(judge, Run(RunFolder.open(Path(trained))), "")
            return
        for seed in range(seeds):
            folder = (out or Path(scratch)) / f"digits-{seed}"
            seconds = command_line(["train", "digits", "--seed", str(seed), "--out", str(folder)])
            path = only_run(folder)
            _report(judge, Run(RunFolder.open(path)), f"seed {seed}, the whole command in {seconds:.0f} s: ")
    console.print(f"[dim]{machine_line()}[/]")


def labelled(source: Source, rows: torch.Tensor) -> Labelled:
    """These digits of the source, with their classes."""
    batch = source.batch(rows)
    if batch.condition is None or batch.condition.labels is None:
        raise AssertionError("the digits have labels")
    return Labelled(batch.real["x"].contiguous(), batch.condition.labels)


def trained_judge() -> DigitJudge:
    """Train the judge and print how good it is itself."""
    source = open_source("digits", DataOptions(labels=True))
    judge = train_judge(labelled(source, source.split.train), labelled(source, source.split.select))
    held_out = labelled(source, source.split.report)
    passing, digit = judge.passes(held_out.x)
    right = (digit == held_out.y)[passing].float().mean()
    console.print(
        f"The judge passes {passing.float().mean():.1%} of {len(held_out.y)} held-out digits "
        f"({right:.1%} of them as the right one)."
    )
    draws = Draws(1, "judging the judge")
    wrong = []
    for name, make in NO_DIGITS.items():
        spoilt = torch.cat([make(held_out, draws) for _ in range(8)])
        wrong.append(f"{name} {judge.passes(spoilt)[0].float().mean():.1%}")
    console.print(f"It passes of what is no digit: {', '.join(wrong)}.")
    return judge


def _report(judge: DigitJudge, trained: Run, what: str) -> None:
    samples = torch.from_numpy(trained.sample(SAMPLES)).float()[:, None] / 127.5 - 1
    passing, digit = judge.passes(samples)
    console.print(
        f"{what}{passing.float().mean():.1%} of {SAMPLES:,} samples pass ({trained.kimg:,.0f}k samples seen)."
    )
    shares = torch.bincount(digit[passing], minlength=10) / max(1, int(passing.sum()))
    table = Table(box=None)
    for each in range(10):
        table.add_column(str(each), justify="right")
    table.add_row(*(f"{share:.1%}" for share in shares))
    console.print(table)
