"""What the studio costs a training, how it bears many viewers, and how quick and how light its pages are.

The parts that need a browser want Chromium and the package playwright (extra `dev`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ganforge.bench._common import command_line, console, machine_line
from ganforge.bench._studio_pages import FRAME, Panning, Size, Slider, Times, first_picture, pan, slider, weigh
from ganforge.bench._studio_tailing import PAIRS, SUBJECTS, Crowd, Tailing, crowd, tail
from ganforge.bench._zoo_tables import Sheet
from ganforge.core.errors import SettingError

Part = Literal["size", "start", "slider", "curves", "viewers", "tailing"]
PARTS: tuple[Part, ...] = ("size", "start", "slider", "curves", "viewers", "tailing")
COST, START, REACH, WEIGHT, VIEWERS, POINTS = 1.02, 2000.0, 20.0, 150_000, 200, 100_000
"""What is to be reached: a training's time beside itself alone; ms to the first picture; ms from slider to picture;
bytes of the pages' own code; viewers of one run; points of live curves."""
GROWTH = 1.05
"""Memory counts as flat where it ends within so much of what it was with all viewers there."""
STUTTER = 2.0
"""A frame that takes so many times as long as a screen's is seen as a stutter."""
HEADINGS = ("what", "measured", "worst or bound", "to be reached", "")


def run(
    *,
    part: Annotated[tuple[Part, ...], Parameter(consume_multiple=True, negative="")] = PARTS,
    runs: Path | None = None,
    short: Annotated[bool, Parameter(negative="")] = False,
    markdown: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Measure the studio: about 15 minutes in all. Nothing else should run on the machine meanwhile.

    Parameters
    ----------
    part
        size: the pages, compressed. start: from the command to the first picture in the browser. slider: from z to
        picture on the server, and in the browser. curves: 100,000 points moved along. viewers: 200 of one live run.
        tailing: what it takes from a training that it tails, with one page open elsewhere.
    runs
        For start: a folder of runs with pictures; a short training if not given.
    short
        Fewer repetitions, for a look.
    markdown
        Print the table as Markdown.
    """
    if runs is not None and not any(runs.glob("*/run.json")):
        raise SettingError(f"There are no runs in {runs}: name a folder that holds some, or leave --runs out.")
    rows: list[tuple[str, ...]] = []
    for one in dict.fromkeys(part):
        rows += _measured(one, runs, short=short)
    sheet = Sheet("the studio", HEADINGS, tuple(rows))
    if markdown:
        print(f"\n{sheet.markdown()}\n")
    else:
        console.print(sheet.rich())
    console.print(f"[dim]{machine_line()}[/]")


def _measured(part: Part, runs: Path | None, *, short: bool) -> list[tuple[str, ...]]:
    match part:
        case "size":
            return [size_row(weigh())]
        case "start":
            with _runs_or(runs) as folder:
                return [start_row(first_picture(folder, 3 if short else 10))]
        case "slider":
            return slider_rows(slider(0.2 if short else 1.0, 30 if short else 300))
        case "curves":
            return [curves_row(pan(POINTS, 3.0 if short else 10.0))]
        case "viewers":
            return [viewers_row(crowd(VIEWERS, 10.0 if short else 120.0))]
        case "tailing":
            return [tailing_row(tail(name, 4 if short else PAIRS, plane=plane)) for name, plane in SUBJECTS]


@contextmanager
def _runs_or(runs: Path | None) -> Iterator[Path]:
    """The folder of runs, or one that holds a short training."""
    if runs is not None:
        yield runs
        return
    with tempfile.TemporaryDirectory() as scratch:
        command_line(["train", "digits", "--kimg", "2", "--threads", "1", "--no-report", "--out", scratch])
        yield Path(scratch)


def tailing_row(found: Tailing) -> tuple[str, ...]:
    """What tailing costs, and whether the page was there all the while."""
    cost = found.bound
    page = f"{found.told} changes told, {found.asked} answers given, {found.failures} failures"
    return (
        f"time of {found.subject}, tailed over alone, {len(found.ratios)} pairs",
        f"{found.median:.4f}",
        f"{cost:.4f}",
        f"{COST:.2f}",
        f"{_reached(cost < COST and found.failures == 0 and found.told > 0)}; {page}",
    )


def viewers_row(found: Crowd) -> tuple[str, ...]:
    """Whether a crowd was served without error and in the same memory."""
    first, *_, last = found.memory
    good = found.failures == 0 and found.told >= found.viewers and last <= first * GROWTH
    memory = ", ".join(f"{value:.0f}" for value in found.memory)
    return (
        f"{found.viewers} viewers of a live run, {found.seconds:.0f} s",
        f"{found.failures} errors",
        f"{last / first:.3f}",
        f"0, {GROWTH:.2f}",
        f"{_reached(good)}; MB in turn: {memory}; {found.told:,} changes told, {found.asked:,} answers given",
    )


def start_row(found: Times) -> tuple[str, ...]:
    """From the command to the first picture."""
    worst = max(found.values)
    return (
        "command to first picture, ms",
        f"{found.median:.0f}",
        f"{worst:.0f}",
        f"{START:.0f}",
        _reached(worst < START),
    )


def slider_rows(found: Slider) -> list[tuple[str, ...]]:
    """From z to picture, in both places."""
    name = f"slider to picture, {found.side} pixels,"
    rows = [_slider_row(f"{name} server, ms", found.server, "")]
    if found.browser is None:
        return [*rows, (f"{name} browser, ms", "", "", f"{REACH:.0f}", f"not measured: {found.words}")]
    return [*rows, _slider_row(f"{name} browser, ms", found.browser, f"; {found.words}")]


def _slider_row(name: str, times: Times, words: str) -> tuple[str, ...]:
    reached = _reached(times.median < REACH)
    return (name, f"{times.median:.1f}", f"{times.at(0.95):.1f}", f"{REACH:.0f}", f"{reached}{words}")


def curves_row(found: Panning) -> tuple[str, ...]:
    """How even frames are while curves move."""
    slow = sum(value > STUTTER * FRAME for value in found.frames.values) / len(found.frames.values)
    reached = _reached(found.frames.at(0.99) < STUTTER * FRAME)
    return (
        f"{found.points:,} points moved along, ms a frame",
        f"{found.frames.median:.1f}",
        f"{found.frames.at(0.99):.1f}",
        f"{STUTTER * FRAME:.1f}",
        f"{reached}; {100 * slow:.1f} % of {len(found.frames.values)} are slower",
    )


def size_row(found: Size) -> tuple[str, ...]:
    """What the pages weigh."""
    runtime = f"the in-browser runtime, loaded where used: {found.runtime / 1000:,.0f} kB"
    own = f"{found.own / 1000:.1f}"
    return ("pages, compressed, kB", own, own, f"{WEIGHT / 1000:.0f}", f"{_reached(found.own < WEIGHT)}; {runtime}")


def _reached(good: bool) -> str:
    return "reached" if good else "MISSED"
