"""What people answered when they were asked "real or forged?": one JSON line an answer, only ever appended to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ganforge.core.errors import SettingError
from ganforge.core.settings import from_json, to_json
from ganforge.runs.journal import Journal

FILE = "play.jsonl"
"""In the run's folder."""
_EVENT = "answer"
MOST_CHOICES = 100
"""No question shows more."""


@dataclass(frozen=True)
class Answer:
    """One question and what somebody made of it. It is kept when it is given, so that rounds left early count too."""

    round: str
    """The round's name: unique in the file."""
    number: int
    """Of the question in its round, from 0."""
    player: str
    """As the player called themself; "" = did not."""
    step: int
    """Of the checkpoint whose forgeries were shown."""
    mode: Literal["one", "several"]
    """Real or forged, asked of one; or which of several is the forgery."""
    choices: int
    """1; of several, how many were shown."""
    truth: str
    """"real", "forged", or the place of the forgery from 0."""
    answer: str | None
    """The same; None = the time ran out."""
    seconds: float
    """From question to answer."""
    limit: float | None
    """Seconds that were allowed; None = any."""
    judge_right: bool
    """Whether the discriminator told it rightly."""
    made: str
    """When, ISO 8601."""
    held_out: bool = True
    """False: the real items were trained on, as there were too few to hold any out."""

    @property
    def right(self) -> bool:
        """Whether the answer is the truth."""
        return self.answer == self.truth


class Plays:
    """The answers about one run's samples."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: the run's.
        """
        self._journal = Journal(folder / FILE)

    def add(self, answer: Answer) -> None:
        """Append one answer.

        Raises:
            RunError: the disk is full or refuses.
        """
        self._journal.append({"event": _EVENT, **to_json(answer)})

    def answers(self) -> list[Answer]:
        """All answers in order; lines that were cut, that nobody can read or that make no sense are passed over.

        Of two answers to one question the first counts.
        """
        found: dict[tuple[str, int], Answer] = {}
        for record in self._journal.records():
            if record.get("event") == _EVENT:
                answer = _read({key: value for key, value in record.items() if key != "event"})
                if answer is not None:
                    found.setdefault((answer.round, answer.number), answer)
        return list(found.values())


def _read(record: dict[str, object]) -> Answer | None:
    try:
        answer = from_json(Answer, record, what=FILE)
    except SettingError:
        return None
    return answer if answer.seconds >= 0 and _makes_sense(answer) else None


def _makes_sense(answer: Answer) -> bool:
    if answer.mode == "one":
        possible = {"real", "forged"}
        return answer.choices == 1 and answer.truth in possible and answer.answer in {*possible, None}
    possible = {str(place) for place in range(min(answer.choices, MOST_CHOICES))}
    return 2 <= answer.choices <= MOST_CHOICES and answer.truth in possible and answer.answer in {*possible, None}
