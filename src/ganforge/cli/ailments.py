"""List the ailments that the doctor knows, or tell of one: signs, causes, cures, papers."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def command(name: str | None = None, /, *, page: Path | None = None) -> None:
    """List the ailments that the doctor knows, or tell of one.

    Parameters
    ----------
    name
        The ailment to tell of; all are listed if not given.
    page
        Write everything into this file, as Markdown. Pictures are looked for beside it, in the folder of its name.
    """
    from ganforge.report.ailments import told, write_page
    from ganforge.watch._ailment import AILMENTS

    console = Console(highlight=False)
    if page is not None:
        console.print(f"Wrote {write_page(page)}", markup=False, soft_wrap=True)
        return
    if name is None:
        for each in AILMENTS.names():
            console.print(f"[bold]{each:<24}[/] {escape(AILMENTS.get(each).what)}", soft_wrap=True)
        return
    console.print(f"[bold]{escape(AILMENTS.get(name).title)}[/]")
    story = Table.grid(padding=(0, 2))
    for heading, text in told(name):
        story.add_row(f"[dim]{heading}[/]", escape(text))
    console.print(story)
