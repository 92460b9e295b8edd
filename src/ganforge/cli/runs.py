"""List the runs here: data, recipe, progress, state."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table


def command(folder: Path = Path("runs"), /) -> None:
    """List the runs below a folder.

    Parameters
    ----------
    folder
        Where to look.
    """
    from ganforge.runs.listing import runs_below

    console = Console(highlight=False)
    found = runs_below(folder)
    if not found:
        console.print(f"No runs in {folder}. Start one with: ganforge train", markup=False)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("run", "data", "recipe", "k samples", "state"):
        table.add_column(column, justify="right" if column == "k samples" else "left")
    for run in found:
        facts = run.facts()
        last = next((r["kimg"] for r in reversed(run.journal.records()) if "kimg" in r), 0.0)
        total = facts["plan"]["kimg"]
        state = run.status()
        table.add_row(
            run.path.name, facts["data"]["name"], facts["recipe"]["name"], f"{last:,.1f} of {total:,.1f}", state
        )
    console.print(table)
