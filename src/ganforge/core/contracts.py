"""What the rooms promise each other: domains and sources, terms and phases, the view of a turn, observers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy.typing as npt
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from ganforge.core.recipe import Recipe
from ganforge.core.records import (
    Batch,
    Condition,
    DataCard,
    Event,
    Examined,
    Forgery,
    Items,
    Match,
    Remedy,
    Scores,
    Split,
    Trait,
)
from ganforge.core.schedule import Schedule
from ganforge.core.seeding import Draws
from ganforge.core.settings import Json


@dataclass(frozen=True)
class DataOptions:
    """How a source is to be read."""

    size: int | tuple[int, int] | None = None
    """Pictures: side, or (height, width), in pixels; None = chosen from the data."""
    labels: bool = False
    """Sub-folders (or the array `y` of an .npz) are class labels."""
    cache: Path | None = None
    """Folder of decoded data; None = the user's cache folder."""
    tell: Callable[[str], None] = lambda text: None
    """Called with a sentence when something takes long."""


@dataclass(frozen=True)
class Unit:
    """How one column or channel of a sample in the user's form is made of the networks' numbers: scaled and shifted."""

    name: str
    """Of the column or channel."""
    axis: int
    """Its place along the first axis of a sample as the networks see it."""
    scale: float
    """What the networks' number is multiplied by; 0 = a constant column."""
    shift: float
    """What is then added."""
    whole: bool = False
    """It is then rounded to a whole number."""
    low: float | None = None
    """It is then no less than this; None = unbounded."""
    high: float | None = None
    """It is then no more than this; None = unbounded."""


class Domain(ABC):
    """A kind of data. An instance is frozen and small: what a run must remember to make samples in the user's own form.

    It is a dataclass of plain values, written into run.json, so that a generator can be used without its data.
    """

    shown: ClassVar[int] = 64
    """How many samples a preview shows well."""
    singly: ClassVar[bool] = True
    """Whether one sample alone is something to look at (a picture is, a row of numbers is not)."""
    features: ClassVar[tuple[str, ...]]
    """Feature extractors that suit it, by name (metrics/features); the first is what scores are computed on."""
    augmentations: ClassVar[tuple[str, ...]] = ()
    """What the discriminator's input may be changed by without becoming another kind of data, by name
    (augment/operations), in the order in which it is applied."""

    @classmethod
    @abstractmethod
    def recognise(cls, source: Any) -> Match:
        """How sure this domain is that `source` (a path, a sample's name or an array) is of its kind."""

    @classmethod
    @abstractmethod
    def open(cls, source: Any, options: DataOptions) -> Source:
        """Read the source.

        Raises:
            DataError: there is nothing usable in it; the message says what was found and what to do.
        """

    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample as the networks see it."""

    @abstractmethod
    def head(self, raw: Float[Tensor, "n ..."], draws: Draws) -> Float[Tensor, "n ..."]:
        """The generator's raw output made a sample, differentiably: tanh, Gumbel-softmax."""

    @abstractmethod
    def decode(self, x: Float[Tensor, "n ..."]) -> npt.NDArray[Any]:
        """Samples in the user's own form: uint8 pictures (n, h, w[, 3]), numbers in their units (n, columns)."""

    def units(self) -> tuple[Unit, ...]:
        """What `decode` does, for programs without Ganforge: a unit for each column or channel of a sample.

        Empty where it is more than scaling; an exported generator then gives the networks' numbers as they are.
        """
        return ()

    @abstractmethod
    def write(self, samples: npt.NDArray[Any], path: Path) -> list[Path]:
        """Decoded samples as files: into `path` if it has a suffix that this domain writes, else into that folder.

        Raises:
            SettingError: the suffix is none that this domain can write.
        """

    @abstractmethod
    def preview(self, samples: npt.NDArray[Any], columns: int | None = None) -> Image.Image:
        """Decoded samples as one RGB picture to look at; `columns` of them in a row, where there are rows."""

    @abstractmethod
    def read(self, source: Any, tell: Callable[[str], None] = lambda text: None) -> Items:
        """New items of this kind, made to fit what the networks of a run see: the same size, channels, scale.

        Args:
            source: whatever `open` reads; one item is enough, and nothing is split or cached.
            tell: called with a sentence when something takes long.

        Raises:
            DataError: there is nothing usable in it, or it cannot be made to fit; the message says why.
        """

    @abstractmethod
    def traits(self, x: Float[Tensor, "n ..."]) -> tuple[Trait, ...]:
        """What a person would say of samples (as the networks see them), always the same traits in the same order."""


class Source(ABC):
    """Opened data: random access to batches, and the split."""

    domain: Domain
    card: DataCard
    split: Split

    @abstractmethod
    def batch(self, rows: Int[Tensor, "n"]) -> Batch:
        """The samples with these row numbers, scaled as the networks see them, float32."""


@dataclass(frozen=True)
class View:
    """One discriminator's look at real or fake samples, shared by all terms of a turn."""

    x: Float[Tensor, "n ..."]
    """What it was shown. It requires grad where a term of this turn differentiates with respect to it."""
    scores: Scores
    condition: Condition | None


@runtime_checkable
class Judged(Protocol):
    """What a term may ask of the game: to judge any x. The only door to a discriminator."""

    def judge(self, player: str, x: Tensor, condition: Condition | None) -> Scores:
        """Scores of `x` by the discriminator `player`."""


@runtime_checkable
class Turn(Protocol):
    """One phase's view of one step: forgeries and scores, each computed at most once and only if asked for."""

    @property
    def batch(self) -> Batch:
        """The real samples of this turn."""

    @property
    def draws(self) -> Draws:
        """Randomness for this turn."""

    @property
    def game(self) -> Judged:
        """The game, for terms that judge or forge something of their own."""

    @property
    def forgery(self) -> Forgery:
        """The turn's forgeries; they carry gradients to the forgers that this phase trains."""

    @property
    def judges(self) -> tuple[str, ...]:
        """The discriminators that take part in this turn."""

    def real(self, judge: str) -> View:
        """The judge's look at the real samples."""

    def fake(self, judge: str) -> View:
        """The judge's look at the forgeries."""


@runtime_checkable
class Term(Protocol):
    """A summand of a phase's loss: an objective's half, a penalty, a cycle consistency."""

    @property
    def name(self) -> str:
        """For the journal and curves."""

    @property
    def weight(self) -> Schedule:
        """Its strength over the run."""

    @property
    def every(self) -> int:
        """Applied in every n-th step, n times as strong."""

    @property
    def differentiates(self) -> frozenset[str]:
        """Which of "real" and "fake" inputs of the discriminators this term takes gradients with respect to."""

    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        """The unweighted loss."""


@runtime_checkable
class Projection(Protocol):
    """Moves weights back into a set after each step of their optimiser: weight clipping. Not a term: it has no loss."""

    def __call__(self, weights: Iterable[Tensor]) -> None:
        """Change the weights in place; called without gradients."""


@dataclass(frozen=True)
class Phase:
    """One half of the game: who moves, and what for."""

    name: str
    trains: tuple[str, ...]
    """The players whose weights move; all others are frozen."""
    optimizer: str
    """Name of the optimiser that moves them."""
    terms: tuple[Term, ...]
    repeat: int = 1
    """So many updates in a row, each on fresh real samples."""
    after: tuple[Projection, ...] = ()
    """Applied in order to the trained players' weights after each update."""


@runtime_checkable
class Feed(Protocol):
    """Real samples in training order; a pure function of how many were shown before."""

    def batch(self, seen: int, count: int) -> Batch:
        """The `count` samples that follow after `seen` samples."""


@runtime_checkable
class Examiner(Protocol):
    """Scores the averaged generator every so often, remembers the best, and knows when no more is to be hoped for.

    What it remembers is saved with every checkpoint: a resumed run keeps and stops as an uninterrupted one.
    """

    @property
    def every(self) -> int:
        """Updates between two examinations."""

    def examine(self, step: int, kimg: float) -> Examined:
        """Score the averaged generator as it is now."""

    def stalled(self, step: int) -> str | None:
        """A sentence that says since when the score has not improved beyond its error, if that is long enough."""

    def save(self) -> dict[str, Tensor]:
        """All that it remembers."""

    def restore(self, saved: Mapping[str, Tensor]) -> None:
        """Take up what `save` gave."""


@runtime_checkable
class Prober(Protocol):
    """Looks at the players now and then, from outside: it changes nothing, and what it draws is its own."""

    @property
    def every(self) -> int:
        """Updates between two looks."""

    def look(self, step: int, seen: int) -> Mapping[str, float]:
        """What is seen after `step` updates and `seen` real samples; names begin with "probe."."""


@dataclass(frozen=True)
class Advice:
    """What a doctor says to one event."""

    told: tuple[Event, ...] = ()
    """Findings and judgements, in order: for all observers."""
    remedy: Remedy | None = None
    """To be applied now."""
    because: str = ""
    """The ailment that the remedy is for."""
    recipe: Recipe | None = None
    """With which training goes on once the remedy is applied."""
    give_up: str | None = None
    """Why the training is to end here: what was tried, for a person."""


@runtime_checkable
class Doctor(Protocol):
    """Watches a training and, where it may, treats it: a fold over what happens.

    The same events give the same advice, on a running training and on a finished journal.
    """

    def see(self, event: Event) -> Advice:
        """Told of every event that matters to it; the last treatment that was applied is one of them."""

    @property
    def well(self) -> bool:
        """Whether nothing is suspected at present, so that it is worth coming back to this moment."""

    def save(self) -> Json:
        """All that it remembers, as plain values."""

    def restore(self, saved: Json) -> None:
        """Take up what `save` gave."""


@runtime_checkable
class Observer(Protocol):
    """Somebody who watches a training: journal, progress bar, notebook. It changes nothing."""

    def see(self, event: Event) -> None:
        """Told of everything that happens, in order."""
