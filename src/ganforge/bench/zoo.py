"""Every recipe on the ring, the grid and the digits: who collapses, who covers, at what cost a step?

Each is shown the same number of real samples. Points are judged as in `bench modes` (50,000 samples), digits as in
`bench digits` (5,000).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ganforge.bench._common import console, machine_line
from ganforge.bench._zoo_exhibits import Chapter, exhibit_digits, exhibit_points, write_chapter
from ganforge.bench._zoo_picture import Line, as_png, draw_zoo
from ganforge.bench._zoo_scores import as_json
from ganforge.bench._zoo_trainings import Training, carry_out
from ganforge.core.contracts import DataOptions, Source
from ganforge.core.device import describe_machine
from ganforge.core.errors import SettingError
from ganforge.core.settings import to_json
from ganforge.data._opening import open_source
from ganforge.data._samples import MIXTURES
from ganforge.recipes._recipes import LINEAGES, RECIPES
from ganforge.runs.files import telling, to_text, write_whole

STEP = "Each training has one core. A step: all updates of the discriminator and one of the generator."
PAPER = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
NO_PAPER = "9999.99999"
"""Sorts behind all papers."""


def run(
    *,
    sets: Annotated[tuple[Literal["ring", "grid", "digits"], ...], Parameter(consume_multiple=True, negative="")] = (
        "ring",
        "grid",
        "digits",
    ),
    recipes: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (),
    seeds: int = 3,
    seeds_digits: int = 1,
    kimg: float = 1024.0,
    kimg_digits: float = 128.0,
    out: Path = Path("zoo"),
    markdown: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Train every recipe on the same data for the same number of samples, and show who collapses and who covers.

    Takes an hour or more; an interrupted zoo goes on with the same command.

    Parameters
    ----------
    sets
        The data.
    recipes
        Which; all, in the order of their papers, if not given.
    seeds
        Trainings of each recipe on ring and grid, with seeds 0, 1, ...
    seeds_digits
        The same on the digits.
    kimg
        k real samples shown to the discriminator, on ring and grid.
    kimg_digits
        The same on the digits.
    out
        The folder of the runs, zoo.json and zoo.png; ./zoo if not given. Trainings that are complete there, of a
        recipe that is still the same, are not repeated.
    markdown
        Print the tables as Markdown.
    """
    for name, value in (("seeds", seeds), ("seeds-digits", seeds_digits), ("kimg", kimg), ("kimg-digits", kimg_digits)):
        if value <= 0:
            raise SettingError(f"--{name} {value}: give a number above 0.")
    sets, names = tuple(dict.fromkeys(sets)), tuple(dict.fromkeys(recipes)) or in_order_of_papers()
    plan = {
        name: [Training(name, recipe, seed, kimg) for recipe in names for seed in range(seeds)]
        if name in MIXTURES
        else [Training(name, recipe, seed, kimg_digits) for recipe in names for seed in range(seeds_digits)]
        for name in sets
    }
    sources: dict[str, Source] = {name: open_source(name, DataOptions()) for name in sets}
    # Pictures take longest: begun first, so that no core is idle at the end
    longest_first = [each for name in sorted(sets, key=MIXTURES.__contains__) for each in plan[name]]
    runs = carry_out(longest_first, sources, out, _tell)
    chapters: list[Chapter[Any]] = []
    for name in sets:
        exhibit = exhibit_points(name) if name in MIXTURES else exhibit_digits(name)
        chapters.append(write_chapter(exhibit, plan[name], runs))
    _print(chapters, markdown)
    _keep(chapters, names, out)


def in_order_of_papers() -> tuple[str, ...]:
    """All recipes, by the first publication of their papers; last those that have no paper of their own."""
    return tuple(sorted(RECIPES.names(), key=lambda name: (_number(name) or NO_PAPER, name)))


def _number(name: str) -> str:
    """The arXiv number of the recipe's paper; nothing where it names several, and so none of its own, or none."""
    numbers = PAPER.findall(LINEAGES.get(name).paper)
    return numbers[0] if len(numbers) == 1 else ""


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _print(chapters: Sequence[Chapter[Any]], markdown: bool) -> None:
    for chapter in chapters:
        if markdown:
            print(f"\n{chapter.sheet.markdown()}")
        else:
            console.print(chapter.sheet.rich())
    notes = [
        STEP,
        *dict.fromkeys(chapter.exhibit.rule for chapter in chapters),
        machine_line(),
    ]
    print()
    for note in notes:
        if markdown:
            print(f"{note}\n")
        else:
            _tell(note)


def _keep(chapters: Sequence[Chapter[Any]], names: Sequence[str], out: Path) -> None:
    """Write zoo.json and zoo.png."""
    figures = {
        "machine": to_json(describe_machine("cpu")),
        "sets": {
            chapter.exhibit.name: {"kimg": chapter.kimg, "recipes": as_json(chapter.rows)} for chapter in chapters
        },
    }
    lines = [Line("the data", "", tuple(chapter.exhibit.real for chapter in chapters))]
    lines += [Line(name, _year(name), tuple(chapter.cells[name] for chapter in chapters)) for name in names]
    lengths = "; ".join(f"{chapter.exhibit.name}: {chapter.kimg:,.10g}k samples shown" for chapter in chapters)
    columns = [(chapter.exhibit.name, chapter.exhibit.note) for chapter in chapters]
    page = draw_zoo("Who collapses, who covers?", f"ganforge bench zoo  ·  {lengths}", columns, lines)
    with telling(out):
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "zoo.json", to_text(figures, indent=2))
        write_whole(out / "zoo.png", as_png(page))
    _tell(f"Look at {out / 'zoo.png'}; all figures are in {out / 'zoo.json'}.")


def _year(name: str) -> str:
    """Of the recipe's paper; nothing where it has none of its own."""
    year = re.search(r"\((\d{4})\)", LINEAGES.get(name).paper)
    return year[1] if year and _number(name) else ""
