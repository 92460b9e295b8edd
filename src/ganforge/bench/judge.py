"""Does the judge of "you are the forger" know what is no item at all, and leave real items alone?"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import torch
from rich.table import Table
from torch import Tensor

from ganforge.bench._common import command_line, console, machine_line, only_run
from ganforge.bench._judge_fakes import PICTURES, PLANTED, SETS, planted
from ganforge.core.seeding import Draws
from ganforge.judging.forging import forged
from ganforge.judging.items import ItemJudge
from ganforge.judging.sets import SetJudge
from ganforge.runs.folder import RunFolder
from ganforge.trained import Run, same_data, stored_split

TRAININGS = (("digits", ("--minutes", "1")), ("icons", ("--minutes", "1")), ("ring", ("--kimg", "300")))
"""What is judged where no run is named: short trainings on the built-in samples."""
DRAWS, SET = 200, 30
"""Of each kind of fake; items in a set."""


def run(*, trained: str | None = None, draws: int = DRAWS, seed: int = 0) -> None:
    """Show real items, forgeries, nonsense and spoilt items to the judge, and time it.

    Parameters
    ----------
    trained
        Judge by this run instead of training new ones.
    draws
        Of each kind.
    seed
        Of everything that is drawn.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for source, arguments in TRAININGS if trained is None else ((trained, ()),):
            path = Path(source)
            if trained is None:
                folder = Path(scratch) / source
                command_line(["train", source, *arguments, "--threads", "1", "--no-report", "--out", str(folder)])
                path = only_run(folder)
            _judged(Run(RunFolder.open(path)), draws, seed)
    console.print(f"[dim]{machine_line()}[/]")


def _judged(run: Run, count: int, seed: int) -> None:
    data, split = same_data(run.folder), stored_split(run.folder)
    dice = Draws(seed, "bench judge")
    report = data.batch(split.report[dice.permutation(len(split.report))[: max(count, 1000)]]).real["x"].contiguous()
    made = forged(run, data, split, max(count, 1000), dice)
    began = time.process_time()
    console.print(f"{run.data.name}, {run.kimg:,.0f}k samples:", end=" ")
    if run.domain.singly:
        _items(ItemJudge(run, data, split), report[:count], made[:count], dice, began)
    else:
        _sets(SetJudge(run, data, split), report, made, count, dice, began)


def _items(judge: ItemJudge, real: Tensor, made: Tensor, dice: Draws, began: float) -> None:
    _head(judge.calibrated_on, began, judge.forgeries_at)
    table = _table("fake")
    kinds = {"held-out real": real, "the generator's": made}
    kinds |= {name: make(real, dice) for name, make in PICTURES.items()}
    for name, x in kinds.items():
        _row(table, name, judge.judge(x).realness)
    for name in PLANTED:
        spoilt, where = planted(real, name, dice)
        judged = judge.judge(spoilt)
        heat = "" if judged.heat is None else _mass(judged.heat, where)
        _row(table, f"with a patch of {name}", judged.realness, heat)
    console.print(table)
    times = []
    for at in range(min(20, len(real))):
        start = time.process_time()
        judge.judge(real[at : at + 1])
        times.append(time.process_time() - start)
    console.print(f"One judgement with its heat map: {1000 * statistics.median(times):.0f} ms of one core.\n")


def _sets(judge: SetJudge, real: Tensor, made: Tensor, count: int, dice: Draws, began: float) -> None:
    def drawn(x: Tensor) -> list[Tensor]:
        return [x[dice.permutation(len(x))[:SET]] for _ in range(count)]

    kinds = {"held-out real": drawn(real), "the generator's": drawn(made)}
    kinds |= {name: [make(part, dice) for part in drawn(real)] for name, make in SETS.items()}
    _head(judge.calibrated_on, began, judge.judge(real[:SET]).forgeries_at)
    table = _table(f"{SET} of")
    for name, parts in kinds.items():
        _row(table, name, torch.tensor([judge.judge(part).realness for part in parts]))
    console.print(table)
    start = time.process_time()
    for part in kinds["held-out real"][:20]:
        judge.judge(part)
    console.print(f"One judgement: {1000 * (time.process_time() - start) / min(20, count):.1f} ms of one core.\n")


def _head(calibrated_on: int, began: float, forgeries_at: float) -> None:
    console.print(
        f"calibrated on {calibrated_on:,} items, built in {time.process_time() - began:.0f} s of one core; "
        f"forgeries at {forgeries_at:.2f}."
    )


def _table(what: str) -> Table:
    table = Table(box=None)
    table.add_column(what)
    for name in ("mean realness", "median", "below 0.02", "below 0.05", "heat in the patch"):
        table.add_column(name, justify="right")
    return table


def _row(table: Table, name: str, realness: Tensor, heat: str = "") -> None:
    table.add_row(
        name,
        f"{realness.mean():.2f}",
        f"{realness.median():.3f}",
        f"{(realness < 0.02).float().mean():.0%}",
        f"{(realness < 0.05).float().mean():.0%}",
        heat,
    )


def _mass(heat: Tensor, where: Tensor) -> str:
    """The share of the heat that lies in the patch, beside the patch's share of the picture."""
    inside = (heat * where).sum((1, 2)) / heat.sum((1, 2)).clamp_min(1e-6)
    return f"{inside.mean():.0%} (area {where.float().mean():.0%})"
