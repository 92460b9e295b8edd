"""Rank runs on the same data, and say which differences are real."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape


def command(
    *runs: str,
    count: Annotated[int, Parameter(name=["--count", "-n"])] = 10_000,
    checkpoint: str = "best",
    source: str | None = None,
    seed: int = 0,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Rank runs on the same data.

    Parameters
    ----------
    runs
        Folders or numbers of two runs or more.
    count
        Samples of each, if so many items are held out; else as many as are.
    checkpoint
        best, newest, or the number of a step.
    source
        Where the data are now, if they have moved.
    seed
        Other samples.
    json
        Print everything as JSON and nothing else.
    """
    import sys

    from rich.table import Table

    from ganforge.cli._checkpoint import which
    from ganforge.cli.evaluate import interval, number, plus_minus, told
    from ganforge.comparison import compare
    from ganforge.core.settings import to_json
    from ganforge.runs.files import to_text
    from ganforge.runs.folder import RunFolder
    from ganforge.trained import Run

    console = Console(highlight=False)

    def tell(text: str) -> None:
        if not json:
            console.print(text, markup=False, soft_wrap=True)

    opened = [Run(RunFolder.open(Path(run)), which(checkpoint)) for run in runs]
    made = compare(opened, asked=count, source=source, seed=seed, tell=tell)
    if json:
        sys.stdout.write(to_text(to_json(made), indent=2).decode())
        return
    tell(
        f"{made.data}: {made.count:,} samples of each run against the same {made.count:,} training items.\n"
        f"Features: {made.features}.\n"
    )
    table = Table(box=None, pad_edge=False)
    for column in ("run", "recipe", "k samples", "kernel distance \\[95 %]"):
        table.add_column(column, justify="right" if column == "k samples" else "left")
    beside = made.entries[0].beside
    for score in beside:
        table.add_column(score.label, justify="right")
    for entry in made.entries:
        scores = (plus_minus(score.value) for score in entry.beside)
        table.add_row(escape(entry.run), escape(entry.recipe), f"{entry.kimg:,.0f}", told(entry.distance), *scores)
    floors = (plus_minus(score.floor) if score.floor else "" for score in beside)
    table.add_row("the floor", "", "", told(made.floor), *floors, style="dim")
    console.print(table)
    console.print()
    for each in made.differences:
        verdict = "real" if each.real else "may be chance"
        by = f"{number(each.by.value)} worse ({interval(each.by)})"
        tell(f"{each.worse} is {by} than {each.better}: {verdict}.")
    console.print(made.sentence, style="bold", markup=False, soft_wrap=True)
