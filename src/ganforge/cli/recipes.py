"""List the recipes, or tell the story of one: what it brought, what it cures, when to use it."""

from __future__ import annotations

from rich.console import Console


def command(name: str | None = None, /) -> None:
    """List the recipes, or tell the story of one.

    Parameters
    ----------
    name
        The recipe to tell of; all are listed if not given.
    """
    from ganforge.recipes._recipes import RECIPES

    console = Console(highlight=False)
    if name is not None:
        console.print(RECIPES.summary(name), markup=False, soft_wrap=True)
        return
    for each in RECIPES.names():
        console.print(f"[bold]{each:<10}[/] {RECIPES.summary(each).splitlines()[0]}", soft_wrap=True)
