"""List the runs here: data, recipe, progress, distance of the best generator to the data, health, state."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ganforge.core.errors import RunError


def command(folder: Path = Path("runs"), /) -> None:
    """List the runs below a folder.

    Parameters
    ----------
    folder
        Where to look.
    """
    from ganforge.examining import best_examination
    from ganforge.runs.listing import runs_below
    from ganforge.watch.history import history, in_short

    console = Console(highlight=False)
    if not console.is_terminal:  # what reads it from a pipe or a file gets whole lines
        console = Console(highlight=False, width=WIDE)
    found = runs_below(folder)
    if not found:
        console.print(f"No runs in {folder}. Start one with: ganforge train", markup=False)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("run", "started", "data", "recipe", "k samples", "distance", "health", "state"):
        whole = column in ("run", "started")
        table.add_column(column, justify="right" if column == "k samples" else "left", no_wrap=whole, overflow="fold")
    for run in found:
        try:
            facts, records = run.facts(), run.journal.as_it_went()
        except RunError as error:
            table.add_row(run.name, "", "", "", "", "", "", f"unreadable: {error}")
            continue
        started = datetime.fromtimestamp(run.started()).astimezone().strftime("%Y-%m-%d %H:%M")
        total = facts["plan"]["kimg"]
        kept = best_examination(records)
        distance = "" if kept is None else f"{kept['score']:.3f} ± {kept['error']:.3f}"
        told = history(records, again=False)
        progress = f"{told.kimg:,.1f} of {total:,.1f}"
        recipe = f"{facts['recipe']['name']}{' (treated)' if told.treatments else ''}"
        table.add_row(
            run.name, started, facts["data"]["name"], recipe, progress, distance, in_short(told), run.status()
        )
    console.print(table)


WIDE = 240
"""Columns of a line where there is no terminal to fold it."""
