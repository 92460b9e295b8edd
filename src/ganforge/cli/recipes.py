"""List the recipes, or tell the story of one: what it brought, what it cures, when to use it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table


def command(name: str | None = None, /, *, deviations: Annotated[bool, Parameter(negative="")] = False) -> None:
    """List the recipes, or tell the story of one.

    Parameters
    ----------
    name
        The recipe to tell of; all are listed if not given.
    deviations
        Also list where the recipe departs from its paper, and why.
    """
    from ganforge.recipes._recipes import LINEAGES, RECIPES

    console = Console(highlight=False)
    if name is None:
        for each in RECIPES.names():
            console.print(f"[bold]{each:<10}[/] {RECIPES.summary(each).splitlines()[0]}", soft_wrap=True)
        return
    console.print(f"[bold]{escape(RECIPES.summary(name).splitlines()[0])}[/]")
    lineage = LINEAGES.get(name)
    departures = [f"- {text}" for text in lineage.deviations]
    if not deviations:
        departures = [f"from the paper in {len(departures)} points: ganforge recipes {name} --deviations"]
    story = Table.grid(padding=(0, 2))
    for heading, text in (
        ("Paper", lineage.paper),
        ("Brought", lineage.brought),
        ("Cures", lineage.cures),
        ("Use it", lineage.use),
        *(("" if number else "Departs", text) for number, text in enumerate(departures)),
        ("Try it", f"ganforge train --recipe {name}"),
    ):
        story.add_row(f"[dim]{heading}[/]", escape(text))
    console.print(story)
