"""What is asked of a training from outside: wait, go on, save, draw, stop.

Nothing here touches weights: a training that was paused, saved or drawn ends with the same bits as one left alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ganforge.runs.control import Answer, Asked, Control

EVERY = 1.0
"""Seconds of wall time between two looks at what was asked."""
_NAP = 0.2
"""Seconds between two looks while it waits."""


@dataclass(frozen=True)
class Deeds:
    """What a training can do when asked."""

    save: Callable[[], bool]
    """Writes a checkpoint; whether it could be."""
    show: Callable[[], bool]
    """Draws the fixed samples; whether there are any."""
    tell: Callable[[str], None]
    """Journals in words what was done."""


class Outside:
    """Hears the commands in a run's folder, once a second, and obeys them in order."""

    def __init__(self, control: Control, beat: Callable[[str], None], *, every: float = EVERY) -> None:
        """
        Args:
            control: where commands lie.
            beat: says "training" or "paused" to whoever looks at the folder.
            every: seconds between two looks.
        """
        self._control = control
        self._beat = beat
        self._every = every
        self._next = 0.0
        self._waits = False
        self.stops = False
        """It was asked to stop."""

    def listen(self, deeds: Deeds, broken_off: Callable[[], bool]) -> float:
        """Obey what was asked, if a look is due; return when the training is to go on or to stop.

        Args:
            deeds: the training's.
            broken_off: whether the training is to stop for another reason, which ends a pause.

        Returns:
            The seconds that it was paused.

        Raises:
            RunError: the disk is full or refuses.
        """
        if time.monotonic() < self._next:
            return 0.0
        self._hear(deeds)
        began = time.monotonic()
        while self._waits and not self.stops and not broken_off():
            self._beat("paused")
            time.sleep(_NAP)
            self._hear(deeds)
        now = time.monotonic()
        self._next = now + self._every
        if now - began < _NAP:
            return 0.0
        self._waits = False
        self._beat("training")
        return now - began

    def _hear(self, deeds: Deeds) -> None:
        for asked in self._control.waiting():
            answer = self._obey(asked, deeds)
            self._control.answer(asked, answer.state, answer.words)

    def _obey(self, asked: Asked, deeds: Deeds) -> Answer:
        match asked.command:
            case "pause" if not self._waits:
                self._waits = True
                deeds.save()  # however long it waits, and whatever happens meanwhile
                deeds.tell("Paused, as asked from outside.")
                return Answer("done", "It is paused; everything is saved.")
            case "resume" if self._waits:
                self._waits = False
                deeds.tell("Goes on, as asked from outside.")
                return Answer("done", "It goes on.")
            case "save":
                if not deeds.save():
                    return Answer("refused", "A weight is not finite; this moment is not saved.")
                deeds.tell("Saved, as asked from outside.")
                return Answer("done", "A checkpoint was written.")
            case "sample":
                if not deeds.show():
                    return Answer("refused", "This training draws no samples.")
                deeds.tell("Drew samples, as asked from outside.")
                return Answer("done", "The samples were drawn.")
            case "stop":
                self.stops = True
                deeds.tell("Stops, as asked from outside.")
                return Answer("done", "It stops; everything is saved.")
            case None:
                return Answer("refused", "The file holds no command.")
            case _:
                return Answer("refused", "It is paused already." if self._waits else "It is not paused.")
