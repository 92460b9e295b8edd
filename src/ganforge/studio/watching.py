"""Watch: the list of runs, one run, its curves, its pictures, and word of every change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from ganforge.studio._curves import Curves, Most
from ganforge.studio._desk import Desk, Window
from ganforge.studio._pulse import Pulses
from ganforge.studio._summary import Detail, Summary
from ganforge.studio.errors import NoSuchError
from ganforge.studio.shelf import Shelf

_PATIENCE = 0.05
"""Seconds that one run's journal may keep the list of all waiting; the next look reads on."""


class Runs(BaseModel):
    """A part of the list of all runs."""

    total: int
    runs: list[Summary]


def router(shelf: Shelf) -> APIRouter:
    """The part of the API that watches."""
    made = APIRouter(tags=["watch"])
    desk = Desk(shelf)
    pulses = Pulses(lambda run: desk.beat(shelf.folder(run)))

    @made.get("/runs")
    def runs(
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Runs:
        folders = shelf.folders()
        chosen = folders[offset : offset + limit]
        return Runs(total=len(folders), runs=[desk.short(folder, _PATIENCE) for folder in chosen])

    @made.get("/runs/{run}", response_model=Detail)
    def run(run: str) -> Response:
        return _sent(desk.whole(shelf.folder(run)))

    @made.get("/runs/{run}/curves", response_model=Curves)
    def run_curves(
        run: str,
        start: Annotated[float, Query(alias="from", ge=0.0, le=1e15, allow_inf_nan=False)] = 0.0,
        end: Annotated[float, Query(alias="to", ge=0.0, le=1e15, allow_inf_nan=False)] = 1e15,
        most: Most = 600,
    ) -> Response:
        return _sent(desk.curves(shelf.folder(run), Window(start, end, most)))

    @made.get("/runs/{run}/events", response_class=StreamingResponse)
    def events(run: str) -> StreamingResponse:
        shelf.folder(run)
        beats: AsyncIterator[bytes] = pulses.of(run)
        return StreamingResponse(beats, media_type="text/event-stream", headers={"cache-control": "no-store"})

    @made.get("/runs/{run}/frames/{name}", response_class=Response)
    def frame(run: str, name: str) -> Response:
        folder = shelf.folder(run)
        known = {path.name: path for _, path in desk.frames(folder)}
        if name not in known:
            raise NoSuchError(f"The run {run} has no picture '{name[:80]}'.")
        content = shelf.inside(known[name]).read_bytes()
        return Response(content, media_type="image/png", headers={"cache-control": "private, max-age=86400, immutable"})

    return made


def _sent(told: bytes) -> Response:
    """JSON that was made once for all who ask."""
    return Response(told, media_type="application/json")
