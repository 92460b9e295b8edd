"""The rounds that are being played: asked in order, answered once, against the clock where wanted."""

from __future__ import annotations

import datetime
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from ganforge.people import wilson
from ganforge.runs.plays import Answer, Plays
from ganforge.studio._dealing import Deal, Mode
from ganforge.studio.errors import NoSuchError, NotYet, Unusable

MOST, MOST_BYTES = 32, 192 * 2**20
"""Rounds kept at once, and bytes of their items; the oldest goes."""
GRACE = 2.0
"""Seconds that an answer may take beyond the limit: the way to the player and back."""
AHEAD = 600.0
"""Seconds that a question may have been fetched before it is shown; after that its clock runs all the same, so that
nobody studies it for as long as they like."""


@dataclass(frozen=True)
class Asked:
    """What a round was begun with."""

    run: str
    mode: Mode
    choices: int
    """1; of several, how many."""
    player: str
    seconds: float | None
    """Allowed for each answer; None = any time."""
    step: int
    """Of the checkpoint."""


@dataclass(frozen=True)
class Given:
    """One answer with what came of it."""

    said: str | None
    """What was answered, late or not."""
    answer: str | None
    """None = the time ran out."""
    truth: str
    judged: str
    right: bool
    judge_right: bool
    streak: int
    """Right answers in a row up to here."""
    best_streak: int


@dataclass
class Round:
    """One player's way through prepared questions."""

    name: str
    asked: Asked
    deal: Deal
    plays: Plays
    """Where answers are kept."""
    clock: Callable[[], float] = time.monotonic
    given: list[Given] = field(default_factory=list)
    sent_at: float | None = None
    """When the present question was first sent."""
    shown_at: float | None = None
    """When it was first said to be seen; None = not said, and the clock runs from `sent_at`."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def finished(self) -> bool:
        """Whether all was answered."""
        return len(self.given) == len(self.deal.questions)

    def pixels(self, number: int) -> bytes:
        """A question that was answered, or the next one; the clock runs from when it is first sent, or shown.

        Raises:
            NoSuchError: there is no such question.
            NotYet: an earlier one has not been answered.
        """
        with self.lock:
            self._check(number)
            if number > len(self.given):
                raise NotYet(f"Question {number} comes after question {len(self.given)}: answer that first.")
            if number == len(self.given) and self.sent_at is None:
                self.sent_at = self.clock()
            return self.deal.questions[number].pixels

    def shown(self, number: int) -> float | None:
        """The present question is seen only now, though it was sent before: its clock runs from here.

        The first call counts. Of questions that were answered it changes nothing: it may have come after the answer.

        Returns:
            seconds left for the answer; None = any time.

        Raises:
            NoSuchError: there is no such question.
            NotYet: it is not its turn, or was not sent.
        """
        with self.lock:
            self._check(number)
            if number > len(self.given) or (number == len(self.given) and self.sent_at is None):
                raise NotYet(f"Question {number} has not been asked yet. Ask for question {len(self.given)} first.")
            if number == len(self.given) and self.shown_at is None:
                self.shown_at = self.clock()
            if self.asked.seconds is None:
                return None
            return max(0.0, self.asked.seconds - self._taken()) if number == len(self.given) else 0.0

    def _taken(self) -> float:
        """Seconds for which the present question has been looked at."""
        sent = self.sent_at if self.sent_at is not None else self.clock()
        begun = sent if self.shown_at is None else min(self.shown_at, sent + AHEAD)
        return max(0.0, self.clock() - begun)

    def answer(self, number: int, answer: str | None, seconds: float | None) -> Given:
        """Take the answer to the present question, and keep it.

        The same answer to the question before once more is told what came of it, and changes nothing: what the player
        was told may have been lost on its way.

        Args:
            number: of the question.
            answer: "real", "forged", or a place; None = the time ran out.
            seconds: that the player's page counted; believed where it is less than what was counted here.

        Raises:
            NoSuchError: there is no such question.
            NotYet: it is not its turn, was answered, or was not looked at.
            Unusable: it is none of the answers there are.
            RunError: it cannot be written down.
        """
        with self.lock:
            self._check(number)
            if number < len(self.given):
                if number == len(self.given) - 1 and answer == self.given[-1].said:
                    return self.given[-1]
                raise NotYet(f"Question {number} has been answered. The next is question {len(self.given)}.")
            if number > len(self.given) or self.sent_at is None:
                raise NotYet(f"Question {number} has not been asked yet. Ask for question {len(self.given)} first.")
            possible = ("real", "forged") if self.asked.mode == "one" else tuple(map(str, range(self.asked.choices)))
            if answer is not None and answer not in possible:
                raise Unusable(f"'{answer}' is no answer here. There are: {', '.join(possible)}.")
            taken = self._taken()
            late = self.asked.seconds is not None and taken > self.asked.seconds + GRACE
            given = self._judged(number, answer, late=late)
            self.plays.add(self._record(number, given, min(taken, seconds) if seconds is not None else taken))
            self.given.append(given)
            self.sent_at = self.shown_at = None
            return given

    def _judged(self, number: int, said: str | None, *, late: bool) -> Given:
        question = self.deal.questions[number]
        answer = None if late else said
        right = answer == question.truth
        streak = self.given[-1].streak if self.given else 0
        best = self.given[-1].best_streak if self.given else 0
        streak = streak + 1 if right else 0
        judge_right = question.judged == question.truth
        return Given(said, answer, question.truth, question.judged, right, judge_right, streak, max(best, streak))

    def _record(self, number: int, given: Given, seconds: float) -> Answer:
        return Answer(
            round=self.name,
            number=number,
            player=self.asked.player,
            step=self.asked.step,
            mode=self.asked.mode,
            choices=self.asked.choices,
            truth=given.truth,
            answer=given.answer,
            seconds=round(seconds, 2),
            limit=self.asked.seconds,
            judge_right=given.judge_right,
            made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            held_out=self.deal.held_out,
        )

    def _check(self, number: int) -> None:
        if not 0 <= number < len(self.deal.questions):
            raise NoSuchError(f"There is no question {number}: this round has {len(self.deal.questions)}, from 0.")

    def words(self) -> str:
        """What the round came to, for the player."""
        count = len(self.given)
        if count == 0:
            return "Nothing has been answered yet."
        right, judge = (
            sum(flags) for flags in zip(*((each.right, each.judge_right) for each in self.given), strict=True)
        )
        low, high = wilson(right, count)
        guessing = 1 / self.asked.choices if self.asked.mode == "several" else 0.5
        told = (
            f"You were right in {right} of {count} "
            f"(95 %: {_percent(low)} to {_percent(high)}; guessing gives {_percent(guessing)}), "
            f"the discriminator in {judge}."
        )
        late = sum(each.answer is None for each in self.given)
        if late:
            told += f" {late} came too late, and count as wrong here and as nothing in the error rate."
        if low > guessing:
            told += " You can tell."
        elif count >= 20:
            told += " That could be guessing."
        return told


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


class Rounds:
    """The rounds that are open or lately finished."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rounds: OrderedDict[str, Round] = OrderedDict()

    def begin(self, asked: Asked, deal: Deal, plays: Plays) -> Round:
        """A new round; the oldest make room."""
        made = Round(secrets.token_urlsafe(16), asked, deal, plays, self._clock)
        with self._lock:
            self._rounds[made.name] = made
            while len(self._rounds) > 1 and (len(self._rounds) > MOST or self._bytes() > MOST_BYTES):
                self._rounds.popitem(last=False)
        return made

    def find(self, run: str, name: str) -> Round:
        """The round of this name.

        Raises:
            NoSuchError: it is over for long, or never was.
        """
        with self._lock:
            found = self._rounds.get(name)
        if found is None or found.asked.run != run:
            raise NoSuchError("This round is not there any more. What was answered is kept; begin a new one.")
        return found

    def _bytes(self) -> int:
        return sum(len(question.pixels) for each in self._rounds.values() for question in each.deal.questions)
