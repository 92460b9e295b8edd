"""What ails or ailed a run: the findings, the evidence, what was done, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from ganforge.runs.folder import RunFolder


def command(
    run: str,
    /,
    *,
    json: Annotated[bool, Parameter(negative="")] = False,
    picture: Path | None = None,
    beside: str | None = None,
) -> None:
    """Say how a run is: what the doctor found, by what, what was done about it, and what to do next.

    Works on a run that is being trained, on a finished one, and on a journal alone. Where no doctor watched the run,
    one looks at its journal now. A command that could be carried out ends with 0, whatever it found.

    Parameters
    ----------
    run
        The run's folder, number or name, or a journal's file.
    json
        Print everything as JSON and nothing else.
    picture
        Also draw the fixed samples at the first alarm beside those after the treatment into this file.
    beside
        With --picture: the samples beside are the last ones of this run, a healthy one.
    """
    import sys

    from ganforge.consulting import consult, lines
    from ganforge.report.ailments import draw_ailing
    from ganforge.runs.files import to_text
    from ganforge.runs.folder import RunFolder

    console = Console(highlight=False)
    consultation = consult(run)
    if json:
        sys.stdout.write(to_text(consultation.as_json(), indent=2).decode())
    else:
        console.print(f"[bold]{escape(consultation.run)}[/]", soft_wrap=True)
        table = Table.grid(padding=(0, 2))
        table.add_column()
        table.add_column(overflow="fold")  # a flag is told whole
        for heading, text in lines(consultation):
            table.add_row(f"[dim]{escape(heading)}[/]", escape(text))
        console.print(table)
    if picture is not None:
        healthy = None if beside is None else RunFolder.open(Path(beside))
        written = draw_ailing(_folder_of(Path(run)), picture, beside=healthy)
        if not json:
            console.print(f"Wrote {written}", markup=False, soft_wrap=True)


def _folder_of(asked: Path) -> RunFolder:
    """The run that a journal lies in, or that is asked for."""
    from ganforge.core.errors import RunError
    from ganforge.runs.folder import RunFolder, is_run

    if not asked.is_file():
        return RunFolder.open(asked)
    if is_run(asked.parent):
        return RunFolder(asked.parent)
    raise RunError(f"{asked} is a journal alone; --picture draws samples, which lie in a run's folder. Name the run.")
