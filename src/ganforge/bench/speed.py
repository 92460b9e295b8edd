"""How fast is it? Whole trainings against two loops of the same networks, generating, and other packages.

What is compared runs in turn, ABCABC..., each in a process of its own that sleeps meanwhile. Nothing else should run
on the machine.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ganforge.bench._common import console, machine_line, settings_of
from ganforge.bench._speed_cases import LOOP, MLP, Case, every_recipe
from ganforge.bench._speed_contest import Asked, Result, compare
from ganforge.bench._speed_generate import SOURCES, Generating, generating
from ganforge.bench._speed_peers import PEERS, Beside, beside
from ganforge.bench._speed_plot import as_png, draw_speed
from ganforge.bench._speed_report import (
    PEER_LEGEND,
    Surroundings,
    as_json,
    bars_of,
    generating_table,
    load_average,
    notes_on,
    peer_table,
    surroundings,
    table_of,
)
from ganforge.bench._speed_rivals import Kind
from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.core.settings import Json, to_json
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.files import telling, to_text, write_whole

Part = Literal["loop", "mlp", "recipes", "generate", "peers"]
PARTS: tuple[Part, ...] = ("loop", "mlp", "generate", "peers")
FEWER = 5
"""Rounds of each recipe and of each other package, at most: there are many."""


@dataclass(frozen=True)
class Found:
    """All that was measured."""

    results: list[Result]
    generated: list[Generating]
    peers: list[Beside]


def run(
    *,
    parts: Annotated[tuple[Part, ...], Parameter(consume_multiple=True, negative="")] = PARTS,
    repeats: int = 9,
    seconds: float = 5.0,
    threads: int | None = None,
    recipes: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (),
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    peers: Path | None = None,
    out: Path | None = None,
) -> None:
    """Measure how fast trainings are, beside two loops of the same networks, batch and threads.

    Parameters
    ----------
    parts
        loop: auto on digits and on 64 x 64 colour. mlp: auto on the grid, on one core. generate: samples into the file
        of an array, beside the generator's bare forward pass. recipes: every recipe on digits and on the grid against
        the plain loop alone. peers: other packages, with their own defaults and with ours.
    repeats
        Rounds; in each, everything that is compared has one stretch. 6 or more give the ratios an interval.
    seconds
        Length of a stretch, at least. Ganforge's last from one examination to a later one, so that all that a run
        does now and then is in them.
    threads
        CPU threads for all; as many as Ganforge's plan chooses if not given.
    recipes
        Only these, in the part recipes.
    set_
        A value of the recipe by its path, as in `ganforge train`; the two loops train by it too. Can be repeated.
    peers
        Folder in which each other package gets a virtual environment of its own, some GB in all; without it they are
        skipped. Their torch is of the same build as Ganforge's: where pip does not find it by itself, set pip up as
        PyTorch's install page says.
    out
        Write speed.json, with every stretch, and speed.png into this folder.
    """
    if repeats < 1 or seconds <= 0:
        raise SettingError(f"--repeats {repeats} --seconds {seconds:g}: give 1 or more, and a number above 0.")
    unknown = [name for name in recipes if name not in RECIPES.names()]
    if unknown:
        raise UnknownNameError(f"There is no recipe called '{unknown[0]}'. There are: {', '.join(RECIPES.names())}.")
    if threads is not None and threads < 1:
        raise SettingError(f"--threads {threads}: give 1 or more, or leave it out to have it measured.")
    if recipes and "recipes" not in parts:
        raise SettingError("--recipes chooses from the part recipes, which is not asked for: add --parts recipes.")
    asked = Asked(repeats, seconds, threads, settings_of(set_))
    began, before = datetime.datetime.now(datetime.UTC), surroundings()
    wanted = dict.fromkeys(parts)
    results = [result for part in wanted for result in _trainings(part, asked, recipes)]
    made = SOURCES.items() if "generate" in wanted else ()
    generated = [generating(source, count, repeats, threads) for source, count in made]
    found = Found(results, generated, _peers(peers, asked) if "peers" in wanted else [])
    _print(found, before)
    if out is not None:
        _keep(found, before, began, out)


def _wanted(recipes: Sequence[str]) -> list[Case]:
    return [case for case in every_recipe() if not recipes or case.recipe in recipes]


def _trainings(part: Part, asked: Asked, recipes: Sequence[str]) -> list[Result]:
    both: tuple[Kind, ...] = ("eager", "naive")
    match part:
        case "loop":
            return [compare(case, both, asked, _tell) for case in LOOP]
        case "mlp":
            return [compare(case, both, asked, _tell) for case in MLP]
        case "recipes":
            fewer = replace(asked, repeats=min(FEWER, asked.repeats))
            return [compare(case, ("eager",), fewer, _tell, peak=False) for case in _wanted(recipes)]
        case _:
            return []


def _peers(place: Path | None, asked: Asked) -> list[Beside]:
    if place is None:
        _tell("Other packages are left out: name a folder for their environments, --peers FOLDER.")
        return []
    fewer = replace(asked, repeats=min(FEWER, asked.repeats))
    return [one for peer in PEERS for one in beside(peer, place.resolve(), fewer, _tell)]


def _print(found: Found, before: Surroundings) -> None:
    for result in found.results:
        console.print(table_of(result))
    for note in notes_on(found.results):
        _tell(note)
    if found.generated:
        console.print(generating_table(found.generated))
    if found.peers:
        console.print(peer_table(found.peers))
        _tell(PEER_LEGEND)
    loads = " then ".join(f"{load[0]:.1f}" for load in (before.load, load_average()) if load)
    _tell(f"{machine_line()}; {before.instructions}. Processes that wanted to run: {loads or 'not known'}.")


def _keep(found: Found, before: Surroundings, began: datetime.datetime, out: Path) -> None:
    content: Json = {
        "began": began.isoformat(timespec="seconds"),
        "ended": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "surroundings": to_json(before),
        "load_at_the_end": list(load_average()),
        "cases": as_json(found.results),
        "generating": to_json(found.generated),
        "peers": to_json(found.peers),
    }
    bars = bars_of(found.results, found.generated, found.peers)
    page = draw_speed("How fast is it?", f"Ganforge  ·  {machine_line()}", bars)
    with telling(out):
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "speed.json", to_text(content, indent=2))
        write_whole(out / "speed.png", as_png(page))
    _tell(f"All figures are in {out / 'speed.json'}; look at {out / 'speed.png'}.")


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
