"""Rank new items by how real they look to a run, the least real first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from ganforge.core.settings import Json
    from ganforge.scoring import Scored


def command(
    run: str,
    items: str,
    /,
    *,
    show: int = 20,
    checkpoint: str = "best",
    source: str | None = None,
    out: Path | None = None,
    features: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Rank new items by how real they look to a run.

    Parameters
    ----------
    run
        The run's folder, or its number.
    items
        A folder, zip, picture, array or table of the run's kind of data.
    show
        How many of the least real are printed; all are in scores.csv.
    checkpoint
        best, newest, or the number of a step.
    source
        Where the run's own data are now, if they have moved.
    out
        Folder for scores.csv and sheet.png. One in the run's folder if not given.
    features
        Also write the discriminator's features of every item: features.npy, with names in features.csv.
    json
        Print everything as JSON and nothing else.
    """
    import sys

    from ganforge.cli._checkpoint import which
    from ganforge.core.errors import SettingError
    from ganforge.runs.files import to_text
    from ganforge.runs.folder import RunFolder
    from ganforge.scoring import score, write_scored
    from ganforge.trained import Run

    if show < 0:
        raise SettingError(f"--show {show} items cannot be printed; give 0 or more.")
    console = Console(highlight=False)

    def tell(text: str) -> None:
        if not json:
            console.print(text, markup=False, soft_wrap=True)

    trained = Run(RunFolder.open(Path(run)), which(checkpoint))
    scored = score(trained, items, source=source, tell=tell)
    folder = out or trained.path / f"scored-{re.sub(r'[^A-Za-z0-9._-]+', '-', Path(items).name) or 'items'}"
    written = write_scored(trained, scored, folder, features=features)
    if json:
        sys.stdout.write(to_text(_as_json(scored, written), indent=2).decode())
        return
    _print(scored, show, console)
    console.print(f"Wrote {', '.join(path.name for path in written)}: {folder}", markup=False, soft_wrap=True)


def _print(scored: Scored, show: int, console: Console) -> None:
    from rich.table import Table

    for skipped in scored.items.skipped:
        console.print(f"Left out: {skipped.name} ({skipped.reason})", markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("rank", justify="right")
    table.add_column("item", overflow="fold")
    table.add_column("how real")
    for rank, place in enumerate(scored.ranking[:show].tolist(), 1):
        table.add_row(f"{rank:,}", escape(scored.items.names[place]), scored.words(place))
    if show:
        console.print(table)
    console.print(_summary(scored), style="bold", markup=False, soft_wrap=True)


def _summary(scored: Scored) -> str:
    """How many items are odder than real ones are."""
    total = len(scored.items.names)
    told = []
    for percent in (95, 99):
        beyond = scored.beyond(percent / 100)
        if beyond is not None:
            expected = total * (100 - percent) / 100
            would = f"about {expected:,.0f}" if expected >= 1 else "fewer than one"
            look = "looks" if beyond == 1 else "look"
            told.append(
                f"{beyond:,} of {total:,} {look} less real than {percent} % of held-out items do "
                f"(of so many real ones {would} would)"
            )
    if not told:
        few = "Only 1 item was" if scored.held_out == 1 else f"Only {scored.held_out} items were"
        which = f"which of the {total:,} are" if total != 1 else "whether this one is"
        return f"{few} held out: too few to say {which} out of the way."
    return "; ".join(told) + "."


def _as_json(scored: Scored, written: list[Path]) -> Json:
    return {
        "held_out": scored.held_out,
        "beyond": {"95": scored.beyond(0.95), "99": scored.beyond(0.99)},
        "items": [
            {
                "rank": rank,
                "item": scored.items.names[place],
                "how_real": float(scored.how_real[place]),
                "oddness": float(scored.oddness[place]),
                "score": float(scored.look.scores[place]),
                "distance": float(scored.look.distances[place]),
            }
            for rank, place in enumerate(scored.ranking.tolist(), 1)
        ],
        "skipped": [{"item": skipped.name, "reason": skipped.reason} for skipped in scored.items.skipped],
        "notes": list(scored.items.notes),
        "files": [str(path) for path in written],
    }
