"""List the recipes, or tell the story of one: what it brought, what it cures, when to use it."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def command(name: str | None = None, /) -> None:
    """List the recipes, or tell the story of one.

    Parameters
    ----------
    name
        The recipe to tell of; all are listed if not given.
    """
    from ganforge.recipes._recipes import LINEAGES, RECIPES

    console = Console(highlight=False)
    if name is None:
        for each in RECIPES.names():
            console.print(f"[bold]{each:<10}[/] {RECIPES.summary(each).splitlines()[0]}", soft_wrap=True)
        return
    console.print(f"[bold]{escape(RECIPES.summary(name).splitlines()[0])}[/]")
    lineage = LINEAGES.get(name)
    story = Table.grid(padding=(0, 2))
    for heading, text in (
        ("Paper", lineage.paper),
        ("Brought", lineage.brought),
        ("Cures", lineage.cures),
        ("Use it", lineage.use),
        *(("Departs" if number == 0 else "", f"- {text}") for number, text in enumerate(lineage.deviations)),
        ("Try it", f"ganforge train --recipe {name}"),
    ):
        story.add_row(f"[dim]{heading}[/]", escape(text))
    console.print(story)
