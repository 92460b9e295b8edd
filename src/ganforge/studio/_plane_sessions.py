"""Games that are played on from a checkpoint, one phase at a time, by somebody who wants to see what each does."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from ganforge.studio._plane_board import Board, Look, Side
from ganforge.studio.errors import NoSuchError

MOST = 8
"""So many games are played at once; the one not touched for longest goes."""

Move = Literal["discriminator", "generator", "both"]
"""Phase 1, phase 2, or both in turn."""


@dataclass
class Session:
    """One game played on."""

    run: str
    """The run's id."""
    board: Board
    look: Look
    """What is to be seen now."""
    turn: Side = "discriminator"
    """Whose move comes next."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """To be held while it is played."""

    def play(self, move: Move, times: int) -> str:
        """Play on; what happened, in words.

        Raises:
            RunError: the numbers are no longer finite.
        """
        before = self.look
        sides: tuple[Side, ...] = ("discriminator", "generator") if move == "both" else (move,)
        if move == "both" and self.turn == "generator":  # D has moved in this update: G ends it
            self.board.play("generator")
        moved = [self.board.play(side) for _ in range(times) for side in sides]
        self.look = self.board.look()
        self.turn = "generator" if move == "discriminator" else "discriminator"
        return told(move, times, before, self.look, self.board.shown_by(sides)) if any(moved) else NOTHING


NOTHING = "Nothing moved: no part of this phase's loss is due in this update. Play on."


class Sessions:
    """The games that are being played, at most MOST."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Session] = OrderedDict()

    def add(self, session: Session) -> str:
        """Keep a game; returns the name by which it is found again."""
        name = secrets.token_urlsafe(9)
        with self._lock:
            self._kept[name] = session
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return name

    def get(self, run: str, name: str) -> Session:
        """A game of a run.

        Raises:
            NoSuchError: there is none of this name, or not any more.
        """
        with self._lock:
            session = self._kept.get(name)
            if session is None or session.run != run:
                raise NoSuchError(
                    f"This game is over: only the {MOST} that were touched last are kept, and none when the studio is "
                    "started anew. Begin another from the newest checkpoint."
                )
            self._kept.move_to_end(name)
            return session


def told(move: Move, times: int, before: Look, after: Look, shown: int) -> str:
    """What a move did, for somebody who sees a GAN for the first time.

    Args:
        move: who moved.
        times: how often.
        before: what was to be seen before.
        after: what is to be seen now.
        shown: real samples that one move shows to D; 0 where it shows none.
    """
    often = "" if times == 1 else f" {times} times"
    x0, x1, y0, y1 = after.bounds
    sides = after.fake.new_tensor([x1 - x0, y1 - y0])
    way = float(((after.fake - before.fake) / sides).norm(dim=1).mean())
    moved = f"forgeries moved by {_percent(way)} of the plane's side on average"
    now = f"picks the real one in {_percent(after.told_apart)} of all pairs; before, in {_percent(before.told_apart)}."
    match move:
        case "discriminator":
            return (
                f"The detective learned{often}, from {shown:,} real points and as many forgeries each time. "
                f"Of a real point and a forgery it now {now}"
            )
        case "generator":
            return f"The forger learned{often}: its {moved}. Of a real point and a forgery, the detective now {now}"
        case "both":
            updates = "One whole update" if times == 1 else f"{times} whole updates"
            return (
                f"{updates}, the detective first and the forger after it: {moved}. "
                f"Of a real point and a forgery, the detective now {now}"
            )


def situation(look: Look) -> str:
    """What is to be seen, for somebody who sees a GAN for the first time."""
    share = look.told_apart
    standing = (
        "forgeries look more real to it than real points do"
        if share < 0.45
        else "it can hardly tell them apart"
        if share < 0.6
        else "it sees a difference"
        if share < 0.95
        else "it is not deceived"
    )
    return (
        f"Of a real point and a forgery, the detective picks the real one in {_percent(share)} of all pairs (50 % is "
        f"guessing): {standing}. Each arrow points where its forgery would look more real to the detective; that is "
        "all that the forger is told."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
