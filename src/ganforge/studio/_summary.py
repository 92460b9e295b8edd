"""A run in short and in full, on the wire."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from ganforge.core.contracts import Domain
from ganforge.core.errors import RunError
from ganforge.core.records import DataCard
from ganforge.core.settings import Json, from_json
from ganforge.data._opening import restore_domain
from ganforge.examining import best_examination
from ganforge.report._health import sentence
from ganforge.report._words import counted, k_samples
from ganforge.runs.control import Command
from ganforge.runs.folder import RunFolder
from ganforge.studio._journal import RATE, Kept, Placed
from ganforge.studio._looks import mark_of
from ganforge.watch.history import history, title

_MOST_FRAMES = 2000
_STOPS: tuple[Command, ...] = ("save", "sample", "stop")

Frames = list[tuple[int, Path]]
"""Drawings with the updates ever done when each was made, ascending."""


class Health(BaseModel):
    """What the doctor says."""

    word: str
    """"healthy", "ailing", "in treatment", "treated", "not well", "not known", "given up", "unwatched", "unread"."""
    words: str
    """The same for people, in a sentence or two."""


class Score(BaseModel):
    """The best examination."""

    value: float
    error: float | None
    kimg: float


class Summary(BaseModel):
    """A run in the list of all."""

    id: str
    number: int | None
    name: str
    data: str
    domain: str
    recipe: str
    state: str
    """"new", "training", "paused", "done", "interrupted", "out of time", "not finite", "failed", "unhealthy" or
    "unreadable"."""
    health: Health
    progress: float
    """0 to 1."""
    kimg: float
    total_kimg: float
    score: Score | None
    updated: float
    """Seconds since 1970."""
    picture: str | None
    """Address of the newest samples."""
    picture_size: tuple[int, int] | None
    """Width and height."""
    singly: bool
    """A sample is a picture to be looked at by itself."""
    plane: bool
    """Samples are two numbers."""
    ready: bool
    """There is a checkpoint."""


class About(BaseModel):
    """What the run was started with, in words."""

    data: str
    recipe: str
    plan: str


class Frame(BaseModel):
    """One drawing of the fixed samples."""

    kimg: float | None
    """k samples ever shown."""
    step: int
    """Updates ever done."""
    url: str


class Sign(BaseModel):
    """Something to be marked on the curves."""

    kind: Literal["finding", "treated", "judged", "decision", "stopped", "resumed"]
    kimg: float
    """k samples ever shown, as in the curves."""
    step: int
    severity: str | None
    ailment: str | None
    title: str | None
    words: str


class Detail(Summary):
    """One run in full."""

    reach_kimg: float
    """k samples ever shown: `kimg`, and what treatments took back."""
    about: About
    notes: list[str]
    rate: float | None
    """Real samples shown a second."""
    seconds_left: float | None
    paused: bool
    frames: list[Frame]
    signs: list[Sign]
    classes: list[str]
    controls: list[Command]
    """The commands that make sense now."""
    version: int


@dataclass(frozen=True)
class Facts:
    """What a run.json says, as far as the pages need it."""

    card: DataCard
    domain: Domain
    recipe: str
    about: About
    total_kimg: float

    @staticmethod
    def of(folder: RunFolder) -> Facts:
        """
        Raises:
            RunError: run.json is damaged, or of another version.
        """
        facts = folder.facts()
        try:
            card = from_json(DataCard, facts["data"], what="run.json")
            domain = restore_domain(facts["domain"]["name"], facts["domain"]["state"])
            recipe, plan = facts["recipe"], facts["plan"]
            shape = " × ".join(map(str, card.shape))
            about = About(
                data=f"{card.name}: {counted(card.count, 'sample')} ({card.domain}, {shape})",
                recipe=f"{recipe['name']}: {recipe.get('why', '')}",
                plan=f"{k_samples(float(plan['kimg']))} on {plan['device']}; {plan.get('why', '')}",
            )
            return Facts(card, domain, str(recipe["name"]), about, float(plan["kimg"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RunError(f"run.json of {folder.name} is damaged or of another version ({error}).") from error


def unreadable(folder: RunFolder, error: Exception) -> Summary:
    """A run whose run.json says nothing."""
    return Summary(
        **_names(folder),
        data="",
        domain="",
        recipe="",
        state="unreadable",
        health=Health(word="not known", words=str(error)[:400]),
        progress=0.0,
        kimg=0.0,
        total_kimg=0.0,
        score=None,
        updated=0.0,
        picture=None,
        picture_size=None,
        singly=False,
        plane=False,
        ready=False,
    )


def summary(
    folder: RunFolder, facts: Facts, kept: Kept, frames: Frames, *, ready: bool, behind: bool, updated: float
) -> Summary:
    """A run in short; `ready` = it has a checkpoint, `behind` = its journal is not read to the end yet."""
    total = kept.total_kimg or facts.total_kimg
    newest = max(frames, default=None)
    return Summary(
        **_names(folder),
        data=facts.card.name,
        domain=facts.card.domain,
        recipe=facts.recipe,
        state=state_of(folder),
        health=_health(kept, behind=behind),
        progress=min(1.0, kept.kimg / total) if total > 0 else 0.0,
        kimg=kept.kimg,
        total_kimg=total,
        score=_score(kept),
        updated=updated,
        picture=None if newest is None else address(folder, newest[1].name, made_of(folder)),
        picture_size=None if newest is None else _size(newest[1]),
        singly=facts.domain.singly,
        plane=not facts.domain.singly and facts.card.shape == (2,),
        ready=ready,
    )


def detail(short: Summary, folder: RunFolder, facts: Facts, kept: Kept, frames: Frames, version: int) -> Detail:
    """A run in full."""
    at_work = short.state in ("training", "paused")
    told = None if kept.last is None else kept.last.record.get(RATE)
    rate = float(told) if isinstance(told, int | float) and told > 0 else None
    left = None if rate is None or not at_work else max(0.0, short.total_kimg - short.kimg) * 1000 / rate
    return Detail(
        **short.model_dump(),
        reach_kimg=kept.reach,
        about=facts.about,
        notes=list(facts.card.notes),
        rate=rate,
        seconds_left=left,
        paused=short.state == "paused",
        frames=list(_frames(folder, kept, frames)),
        signs=[_sign(placed) for placed in kept.signs],
        classes=list(facts.card.classes),
        controls=controls(short.state),
        version=version,
    )


def controls(state: str) -> list[Command]:
    """The commands that make sense in a state."""
    match state:
        case "training":
            return ["pause", *_STOPS]
        case "paused":
            return ["resume", *_STOPS]
        case _:
            return []


def state_of(folder: RunFolder) -> str:
    """The folder's own word, as `ganforge runs` says it."""
    return folder.status()


def frames_in(samples: Path) -> Frames:
    """The drawings that are in a run's folder of samples, by updates ever done."""
    try:
        found = [path for path in samples.iterdir() if path.suffix == ".png" and path.stem.isdecimal()]
    except OSError:
        return []
    return sorted((int(path.stem), path) for path in found if len(path.stem) < 16)[-_MOST_FRAMES:]


def made_of(folder: RunFolder) -> int:
    """When the run was made, in ns: another run that takes the name's place has another; 0 = there is none."""
    return mark_of(folder.path / "run.json")[0]


def address(folder: RunFolder, name: str, made: int) -> str:
    """Of a drawing. Browsers keep drawings for good, so that of another run of the same name has another."""
    return f"/api/runs/{folder.name}/frames/{name}?v={made:x}"


def _names(folder: RunFolder) -> Json:
    _, dash, rest = folder.name.partition("-")
    return {"id": folder.name, "number": folder.number, "name": rest if dash and folder.number else folder.name}


def _frames(folder: RunFolder, kept: Kept, frames: Frames) -> Iterator[Frame]:
    places, made = dict(kept.frames), made_of(folder)
    for taken, path in frames:
        yield Frame(kimg=places.get(taken), step=taken, url=address(folder, path.name, made))


def _health(kept: Kept, *, behind: bool) -> Health:
    if behind:
        return Health(word="unread", words="Its journal is long, and is being read.")
    told = history(kept.telling(), again=False)
    word = told.state if told.watched or told.findings else "unwatched"
    return Health(word=word, words=sentence(told))


def _score(kept: Kept) -> Score | None:
    best = best_examination([record for record in kept.telling() if record.get("event") in ("examined", "treated")])
    if best is None or best["score"] != best["score"]:
        return None
    error = float(best["error"])
    return Score(value=best["score"], error=error if error == error else None, kimg=best["kimg"])  # noqa: PLR0124


def _sign(placed: Placed) -> Sign:
    record, kind = placed.record, placed.record["event"]
    remedy = record.get("remedy")
    words = {
        "finding": record.get("sentence"),
        "treated": remedy.get("words") if isinstance(remedy, dict) else None,
        "judged": record.get("words"),
        "decision": record.get("what"),
        "stopped": record.get("message"),
        "resumed": "Taken up again.",
    }[kind]
    ailment = record.get("ailment")
    step = record.get("step")
    return Sign(
        kind=kind,
        kimg=placed.kimg,
        step=step if isinstance(step, int) else placed.taken,
        severity=str(record["severity"]) if kind == "finding" and "severity" in record else None,
        ailment=str(ailment) if ailment is not None else None,
        title=title(str(ailment)) if ailment is not None else None,
        words=str(words or ""),
    )


def _size(path: Path) -> tuple[int, int] | None:
    """Width and height as the PNG's first bytes tell them."""
    try:
        with path.open("rb") as file:
            head = file.read(24)
    except OSError:
        return None
    if len(head) < 24 or head[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height
