"""What is sent and answered in the game, as the API's own description tells it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, Field, model_validator

from ganforge.judging.sets import LARGEST
from ganforge.studio._dealing import Item, Mode
from ganforge.studio._raw import Pixels, Raw

Interval = tuple[float, float]
RunId = Annotated[str, Path(max_length=200)]
RoundId = Annotated[str, Path(max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
Number = Annotated[int, Path(ge=0, le=49)]


class Wanted(BaseModel):
    """How a round is to be played."""

    mode: Mode = "one"
    questions: int = Field(10, ge=5, le=50)
    choices: int = Field(4, ge=2, le=6)
    """Items in a question, where the forgery is to be picked out of several."""
    player: str = Field("", max_length=40)
    seconds: float | None = Field(None, ge=5, le=60)
    """For each answer; null = any time."""


class ItemSize(BaseModel):
    """What each item is on the wire, whatever it is."""

    height: int
    width: int
    channels: int
    bytes: int

    @staticmethod
    def of(item: Item) -> ItemSize:
        """The size of these items."""
        return ItemSize(height=item.height, width=item.width, channels=item.channels, bytes=item.size)


class Examples(BaseModel):
    """Real items to learn by."""

    raw: Pixels | None
    """As a round shows items; null = none, as each may be asked about."""
    words: str
    """Where they come from."""


class Begun(BaseModel):
    """A round that may be played."""

    round: str
    mode: Mode
    questions: int
    choices: int
    """1 where one item is shown."""
    seconds: float | None
    item: ItemSize
    words: str
    """Where the real items come from."""


class Reply(BaseModel):
    """A player's answer."""

    answer: Literal["real", "forged"] | Annotated[int, Field(ge=0, le=5)] | None = None
    """null = the time ran out; a number = the place of the forgery."""
    seconds: float | None = Field(None, ge=0, le=86_400)


class Shown(BaseModel):
    """A question is seen, and its clock runs."""

    seconds: float | None
    """Left for the answer; null = any time."""


class JudgeReply(BaseModel):
    """What the discriminator answered."""

    answer: Literal["real", "forged"] | int
    right: bool


class Told(BaseModel):
    """What came of an answer."""

    right: bool
    late: bool
    """It was not counted as an answer: the time was over."""
    truth: Literal["real", "forged"] | int
    judge: JudgeReply
    streak: int
    best_streak: int
    finished: bool


class Score(BaseModel):
    """A share of right answers with its 95 % interval."""

    accuracy: float | None
    interval: Interval | None


class Summary(BaseModel):
    """A round so far."""

    round: str
    mode: Mode
    questions: int
    answered: int
    accuracy: float | None
    interval: Interval | None
    judge: Score
    fooled: list[int]
    """Questions whose forgery passed for real."""
    denied: list[int]
    """Questions whose real item was called forged."""
    streak: int
    best_streak: int
    answers: list[Told]
    words: str
    finished: bool


class PlayerResult(BaseModel):
    """One name's answers."""

    player: str
    rounds: int
    answers: int
    accuracy: float
    interval: Interval


class Results(BaseModel):
    """All rounds ever played about one checkpoint."""

    rounds: int
    answers: int
    players: int
    error_rate: float | None
    """HYPE: wrong answers where one item was shown; 0.5 = people guess."""
    interval: Interval | None
    fooled_rate: float | None
    denied_rate: float | None
    picked_error_rate: float | None
    """Wrong answers where the forgery was to be picked out of several."""
    picked_interval: Interval | None
    guessing: float | None
    """What `picked_error_rate` is of those who guess."""
    late: int
    others: int
    """Answers about other checkpoints, not counted."""
    by_player: list[PlayerResult]
    words: str


class JudgeState(BaseModel):
    """Whether there is a judge."""

    ready: bool
    progress: float
    words: str
    item: ItemSize
    singly: bool
    """False: rows are judged, several together."""
    columns: list[str]
    """Of the rows."""
    most: int
    """Rows that can be judged together."""
    passes_from: float
    """Realness below which something is called forged."""
    paper: list[int] | None
    """Of pictures: what their border most often is, 0 to 255 a channel."""
    bounds: tuple[float, float, float, float] | None
    """Of two columns of numbers: the least and the greatest of the first, and of the second."""


class Drawn(BaseModel):
    """A picture of any size, uint8."""

    height: int = Field(ge=1, le=1024)
    width: int = Field(ge=1, le=1024)
    channels: Literal[1, 3]
    data: str = Field(max_length=4_200_000)
    """Base64 of height * width * channels bytes."""


class Forgery(BaseModel):
    """What a player made: a picture, or rows."""

    pixels: Drawn | None = None
    rows: list[Annotated[list[float], Field(min_length=1, max_length=64)]] | None = Field(None, max_length=LARGEST)
    hand: str = Field("", max_length=40)
    """Any name of the page that sends it: what the same hand sent before, and still waits, is not judged any more."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Forgery:
        if (self.pixels is None) == (not self.rows):
            raise ValueError("send either pixels, or one row or more")
        return self


class Heat(BaseModel):
    """Where something gives itself away, on the pixels that were judged."""

    height: int
    width: int
    values: str
    """Base64 of height * width bytes, 0 = as usual, 255 = far beyond what real items show."""


class Verdict(BaseModel):
    """What the judge says."""

    realness: float
    """Share of held-out items, one in five of them redrawn or shaken, that look less real than this."""
    forgeries_at: float
    """The median realness of the generator's own forgeries."""
    verdict: Literal["real", "forged"]
    words: str
    aspects: dict[str, float]
    """Realness by each aspect alone."""
    heat: Heat | None
    each: list[float] | None
    """Of rows: the share of held-out ones that lie farther from the data."""
    judged_as: Raw
