"""List the runs here: data, recipe, progress, distance of the best generator to the data, state."""

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
    from ganforge.runs.listing import runs_below

    console = Console(highlight=False)
    found = runs_below(folder)
    if not found:
        console.print(f"No runs in {folder}. Start one with: ganforge train", markup=False)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("run", "started", "data", "recipe", "k samples", "distance", "state"):
        table.add_column(column, justify="right" if column == "k samples" else "left")
    for run in found:
        try:
            facts, records = run.facts(), run.journal.records()
        except RunError as error:
            table.add_row(run.name, "", "", "", "", "", f"unreadable: {error}")
            continue
        last = next((record["kimg"] for record in reversed(records) if "kimg" in record), 0.0)
        started = datetime.fromtimestamp(run.started()).astimezone().strftime("%Y-%m-%d %H:%M")
        total = facts["plan"]["kimg"]
        kept = [record for record in records if record.get("event") == "examined" and record.get("kept")]
        distance = f"{kept[-1].get('score', 0.0):.3f} ± {kept[-1].get('error', 0.0):.3f}" if kept else ""
        progress = f"{last:,.1f} of {total:,.1f}"
        table.add_row(
            run.name, started, facts["data"]["name"], facts["recipe"]["name"], progress, distance, run.status()
        )
    console.print(table)
