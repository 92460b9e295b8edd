"""Control: commands to the process that trains a run, left in its folder, and what became of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from ganforge.runs.control import Command, State
from ganforge.studio._summary import controls, state_of
from ganforge.studio.errors import NoSuchError, NotYet
from ganforge.studio.shelf import Shelf


class Wish(BaseModel):
    """What a training is asked to do."""

    command: Command


class Left(BaseModel):
    """Under which id the command waits."""

    id: str


class Became(BaseModel):
    """What became of a command."""

    state: State
    words: str


def router(shelf: Shelf) -> APIRouter:
    """The part of the API that controls."""
    made = APIRouter(tags=["control"])

    @made.post("/runs/{run}/control")
    def ask(run: str, wish: Wish) -> Left:
        folder = shelf.folder(run)
        state = state_of(folder)
        sensible = controls(state)
        if wish.command not in sensible:
            rest = f"It can be asked to: {', '.join(sensible)}." if sensible else "Nobody trains it now."
            raise NotYet(f"{run} is {state} and cannot be asked to {wish.command}. {rest}")
        return Left(id=folder.control.ask(wish.command))

    @made.get("/runs/{run}/control/{cid}")
    def became(run: str, cid: Annotated[str, Path(max_length=100)]) -> Became:
        answer = shelf.folder(run).control.answered(cid)
        if answer is None:
            raise NoSuchError(
                f"Nothing is known of a command '{cid[:40]}' to {run}; answers are kept for a while only."
            )
        return Became(state=answer.state, words=answer.words)

    return made
