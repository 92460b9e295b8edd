"""The game itself, for data of two numbers: real points, forgeries, D's verdict over the plane, the push on each
forgery; as it stands in a run, or played on one phase at a time.

What is shown of G is the generator that plays, not its average: it is the one that D is trained against.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path as FilePath
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field
from torch import Tensor

from ganforge.core.errors import RunError
from ganforge.studio._plane_axes import Axes
from ganforge.studio._plane_board import CELLS, Board, Look, Side
from ganforge.studio._plane_sessions import Move, Session, Sessions, situation
from ganforge.studio.errors import NotYet
from ganforge.studio.shelf import Shelf

VIEWS = 8
"""So many looks at checkpoints are remembered."""
Which = Literal["newest", "best"]
RunId = Annotated[str, Path(max_length=200)]
SessionId = Annotated[str, Path(max_length=40)]
Pair = tuple[float, float]


class Verdict(BaseModel):
    """D's verdict over the plane."""

    n: int
    """Cells along each side."""
    values: list[float]
    """n * n numbers, row by row from the lowest y, each row from the lowest x: 0 = D's score says forged (it is below
    that of every real point), 1 = it says real (above that of every forgery), 0.5 = it cannot tell."""


class View(BaseModel):
    """The plane at one moment; all points in the units of the data."""

    kimg: float
    """Thousands of real samples shown to D so far."""
    step: int
    """Updates so far."""
    bounds: tuple[float, float, float, float]
    """x0, x1, y0, y1. They stay the same all through a run; forgeries may lie outside."""
    columns: tuple[str, str]
    """The names of x and y."""
    real: list[Pair]
    """A fixed sample of the training points."""
    fake: list[Pair]
    """What G makes of fixed z."""
    push: list[Pair]
    """One for each forgery: minus the gradient of G's own loss, through D at rest. All are scaled alike: the longest
    would cross the plane (with sides taken as 1, its length is 1), so draw a fraction of it, 0.1 for example."""
    push_scale: float
    """The longest before scaling, in the networks' own units: 0 = D gives G no hint at all."""
    verdict: Verdict
    real_score: float
    """D's mean score of the real points shown."""
    fake_score: float
    """D's mean score of the forgeries shown."""
    told_apart: float
    """Share of pairs of a real point and a forgery in which D scores the real one higher; 0.5 = it guesses."""
    words: str


class Begun(BaseModel):
    """A game that is played on from a checkpoint."""

    session: str
    view: View
    phase: Side
    """Whose move comes next."""


class Ask(BaseModel):
    """A move."""

    phase: Move
    times: int = Field(1, ge=1, le=100)


class Moved(BaseModel):
    """What a move led to."""

    view: View
    phase: Side
    """Whose move comes next."""
    words: str
    """What just happened."""


def router(shelf: Shelf) -> APIRouter:
    """The plane's part of the API."""
    api, views, sessions = APIRouter(tags=["plane"]), _Views(shelf), Sessions()

    @api.get("/runs/{run}/plane", response_model=View)
    def plane(run: RunId, checkpoint: Which = "newest") -> Response:
        """The game as it stands in a checkpoint."""
        return Response(views.get(run, checkpoint), media_type="application/json")

    @api.post("/runs/{run}/plane/sessions")
    def begin(run: RunId) -> Begun:
        """Begin to play on from the newest checkpoint, on copies; the run is not touched."""
        board = board_of(shelf, run, "newest")
        session = Session(run, board, board.look())
        return Begun(session=sessions.add(session), view=view_of(session.look), phase=session.turn)

    @api.post("/runs/{run}/plane/sessions/{session}/step")
    def step(run: RunId, session: SessionId, ask: Ask) -> Moved:
        """Play one phase, or both, once or several times."""
        shelf.folder(run)
        played = sessions.get(run, session)
        with played.lock:
            words = played.play(ask.phase, ask.times)
            return Moved(view=view_of(played.look), phase=played.turn, words=words)

    return api


def board_of(shelf: Shelf, run: str, checkpoint: Which) -> Board:
    """The board of a run's checkpoint.

    Raises:
        NoSuchRun: there is no such run.
        NotYet: its samples are not two numbers, it has no checkpoint yet, or its data have moved.
    """
    opened = shelf.opened(run, checkpoint)
    axes = Axes.of(opened.run.domain)
    if axes is None:
        raise NotYet(
            f"The game can be seen on a plane where samples are two numbers; those of {run} are not. "
            "Its samples and curves show how it goes."
        )
    data, split = opened.data(), opened.split()
    try:
        return Board(opened.run.folder, data, axes, split, opened.run.folder.checkpoints.load(opened.run.step))
    except RunError as error:  # a training has removed it meanwhile
        raise NotYet(f"{error} Ask again.") from error


def view_of(look: Look) -> View:
    """A look as it goes to the page."""
    return View(
        kimg=look.seen / 1000.0,
        step=look.step,
        bounds=look.bounds,
        columns=look.columns,
        real=_pairs(look.real),
        fake=_pairs(look.fake),
        push=_pairs(look.push),
        push_scale=look.push_scale,
        verdict=Verdict(n=CELLS, values=[round(value, 3) for value in look.verdict.tolist()]),
        real_score=look.real_score,
        fake_score=look.fake_score,
        told_apart=look.told_apart,
        words=situation(look),
    )


def _pairs(places: Tensor) -> list[Pair]:
    """As short as a page can use them."""
    return [(float(f"{x:.6g}"), float(f"{y:.6g}")) for x, y in places.tolist()]


class _Views:
    """Looks at checkpoints, each made and written out once however many ask for it, as often as they like."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, int, int], bytes] = OrderedDict()

    def get(self, run: str, checkpoint: Which) -> bytes:
        """The `View` of a run's checkpoint, as JSON."""
        folder = self._shelf.folder(run)
        # Which checkpoint is the newest can only change where something in their folder does
        key = (run, checkpoint, _changed(folder.path / "run.json"), _changed(folder.checkpoints.path))
        with self._lock:
            if key not in self._kept:
                look = board_of(self._shelf, run, checkpoint).look()
                self._kept[key] = view_of(look).model_dump_json().encode()
            self._kept.move_to_end(key)
            while len(self._kept) > VIEWS:
                self._kept.popitem(last=False)
            return self._kept[key]


def _changed(path: FilePath) -> int:
    """When a file was last written, or something added to a folder or taken away, in ns; 0 = it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
