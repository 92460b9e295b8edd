"""What the doctor knows, as a page of the documentation, and pictures of ailments taken from runs that had them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from ganforge.core.errors import RunError
from ganforge.report.page import before_and_after, sampled
from ganforge.runs.files import telling
from ganforge.runs.folder import RunFolder
from ganforge.watch._ailment import AILMENTS, Ailment
from ganforge.watch._remedy import REMEDIES
from ganforge.watch.history import History, history

SIDE = 360
"""Pixels of the longer side of each of the two grids."""
_GAP, _COLOURS = 24, 128

OPENING = """\
# What the doctor knows

Every training is watched (see [doctor.md](doctor.md)). These are the ailments that are told apart, by which signs, \
what usually brings each about, and what helps. `ganforge ailments NAME` tells the same in the terminal. This page is \
written by `ganforge ailments --page docs/ailments.md` from the files in `src/ganforge/watch/`; a test holds it up to \
date.

All values named here are in the run's journal. What the probes saw begins with `probe.`; most of it is 1 where the \
samples are as real data.

A few words that come up again and again. *Modes* are the kinds of things that there are in the data: ten digits, the \
eight places of a ring. The *birthday test* looks for twins among a few hundred samples: if two of them are nearly the \
same, there cannot be many different ones, as in a class of 23 two share a birthday as likely as not. The *effective \
rank* is in how many independent ways samples differ: points on a line have 1, in a disc 2. *Clipping* cuts each of \
the discriminator's weights off at a small limit, so that its scores cannot run away.
"""

CAPTIONS = "captions.json"
"""Beside the pictures: for each ailment what its picture shows on the left and on the right."""


def page(pictures: Path) -> str:
    """The whole page as Markdown; `pictures` holds NAME.png for the ailments that there is a picture of."""
    parts = [OPENING, *(_ailment(name, pictures) for name in AILMENTS.names()), _remedies()]
    return "\n".join(parts)


def write_page(path: Path) -> Path:
    """Write the page; pictures are looked for beside it, in the folder of its name.

    Raises:
        RunError: the disk is full or refuses.
    """
    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(path.with_suffix("")), encoding="utf-8")
    return path


def told(name: str) -> Iterator[tuple[str, str]]:
    """One ailment as headings ("" = goes on) and texts, for the terminal.

    Raises:
        UnknownNameError: there is no such ailment.
    """
    ailment = AILMENTS.get(name)
    cures = tuple(f"{remedy}: {_summary(remedy)}" for remedy in ailment.remedies)
    for heading, texts in (
        ("What", (ailment.what,)),
        ("Signs", ailment.signs),
        ("Causes", ailment.causes),
        ("Cures", cures) if cures else ("What to do", ailment.to_do),
        ("Papers", ailment.papers),
    ):
        for at, text in enumerate(texts):
            yield "" if at else heading, text


def _ailment(name: str, pictures: Path) -> str:
    ailment: type[Ailment] = AILMENTS.get(name)
    picture = f"![{ailment.title}]({pictures.name}/{name}.png)\n" if (pictures / f"{name}.png").is_file() else ""
    shown = f"\n{picture}\n{_caption(ailment, pictures)}\n" if picture else ""
    cures = f"**Cures**, most promising first: {', '.join(f'[{each}](#{each})' for each in ailment.remedies)}.\n"
    if not ailment.remedies:
        cures = f"**What to do**: no training cures it.\n\n{_list(ailment.to_do)}"
    return (
        f"## {ailment.title} (`{name}`)\n\n{ailment.what}\n{shown}\n"
        f"**Signs**\n\n{_list(ailment.signs)}\n**Causes**\n\n{_list(ailment.causes)}\n"
        f"{cures}\n**Papers**: {'; '.join(ailment.papers)}.\n"
    )


def _caption(ailment: type[Ailment], pictures: Path) -> str:
    """What the picture shows, in a line."""
    path = pictures / CAPTIONS
    captions = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    usual = ("when it was found" if ailment.passing else "what came of it", "in health")
    left, right = captions.get(ailment.name, usual)
    return f"Left: {left}. Right: {right}."


def _list(texts: tuple[str, ...]) -> str:
    return "".join(f"- {text}\n" for text in texts)


def _remedies() -> str:
    parts = (f"### {name}\n\n{_whole(name)}\n" for name in REMEDIES.names())
    return "## Cures\n\nEach is tried for a while and kept only if it helps.\n\n" + "\n".join(parts)


def _summary(remedy: str) -> str:
    return " ".join(REMEDIES.summary(remedy).partition("\n\n")[0].split())


def _whole(remedy: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in REMEDIES.summary(remedy).split("\n\n"))


def draw_ailing(run: RunFolder, path: Path, *, beside: RunFolder | None = None) -> Path:
    """The fixed samples at a run's first alarm beside those after the treatment that worked, in one small picture.

    Args:
        run: which had an ailment.
        path: of the picture, a PNG.
        beside: a healthy run, whose last samples are shown instead of those after a treatment.

    Raises:
        RunError: there was no alarm, nothing worked and no run is given to stand beside it, or a picture is missing.
    """
    journal = run.journal.as_it_went()
    left, right = _frames_of(run, history(journal), beside)
    return draw_beside(left, right, path)


def draw_beside(left: Path, right: Path, path: Path) -> Path:
    """Two pictures beside each other, small, in one.

    Raises:
        RunError: one cannot be read, or the disk is full or refuses.
    """
    ill, well = (_small(frame) for frame in (left, right))
    sheet = Image.new("RGB", (ill.width + _GAP + well.width, max(ill.height, well.height)), "white")
    sheet.paste(ill, (0, 0))
    sheet.paste(well, (ill.width + _GAP, 0))
    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.quantize(_COLOURS, Image.Quantize.MEDIANCUT).save(path, "PNG", optimize=True)
    return path


def _frames_of(run: RunFolder, told: History, beside: RunFolder | None) -> tuple[Path, Path]:
    journal = run.journal.as_it_went()
    alarm = next((finding for finding in told.findings if finding.severity != "mild"), None)
    if alarm is None:
        raise RunError(f"{run.path} has had no alarm: there is nothing to draw.")
    if beside is not None:
        # What lies in the data is found before anything is drawn: what comes of it shows at the end
        until = alarm.kimg if AILMENTS.get(alarm.ailment).passing else math.inf
        drawn = [number for number, record in sampled(journal) if float(record["kimg"]) <= until]
        healthy = [number for number, _ in sampled(beside.journal.records())]
        if drawn and healthy:
            return _frame(run, drawn[-1]), _frame(beside, healthy[-1])
        raise RunError(f"{run.path} and {beside.path} have no drawn samples to be shown.")
    for treatment in told.treatments:
        found = before_and_after(treatment, journal)
        if treatment.judged is not None and treatment.judged.worked and found is not None:
            # At the end of a trial much is still to be learned: where all stayed well, the last samples show more
            well = sampled(run.journal.records())[-1] if told.state == "treated" else found[1]
            return _frame(run, found[0][0]), _frame(run, well[0])
    raise RunError(f"No treatment of {run.path} has worked; name a healthy run to be shown: --beside RUN.")


def _frame(run: RunFolder, number: int) -> Path:
    return run.samples / f"{number:08d}.png"


def _small(path: Path) -> Image.Image:
    try:
        with Image.open(path) as picture:
            plain = picture.convert("RGB")
    except (OSError, SyntaxError) as error:  # Pillow raises SyntaxError for a broken PNG
        raise RunError(f"The samples {path} cannot be read: {error}.") from error
    plain.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return plain
