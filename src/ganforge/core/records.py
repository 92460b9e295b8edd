"""The typed records that rooms hand to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

from jaxtyping import Float, Int
from torch import Tensor


def _moved(x: Tensor, device: str) -> Tensor:
    """On another device, without waiting for it where that is safe: MPS may read what has been freed meanwhile."""
    return x.to(device, non_blocking=device.startswith("cuda"))


@dataclass(frozen=True)
class Condition:
    """What a sample is asked to be."""

    labels: Int[Tensor, "n *pack"] | None = None
    """Class numbers; (n, m) for a judge that is shown m samples at once."""
    vector: Float[Tensor, "n d"] | None = None
    """A condition vector (tables)."""
    mask: Float[Tensor, "n k"] | None = None
    """Which parts of the vector are set (tables)."""
    picture: Float[Tensor, "n c h w"] | None = None
    """A picture to be translated (pairs)."""

    def part(self, start: int, stop: int) -> Condition:
        """The rows from `start` to `stop`."""
        return Condition(*(None if t is None else t[start:stop] for t in self._tensors()))

    def to(self, device: str) -> Condition:
        """The same on another device."""
        return Condition(*(None if t is None else _moved(t, device) for t in self._tensors()))

    def _tensors(self) -> tuple[Tensor | None, ...]:
        return self.labels, self.vector, self.mask, self.picture


@dataclass(frozen=True)
class Batch:
    """Real samples as tensors, scaled as the networks see them."""

    real: Mapping[str, Tensor]
    """"x"; for translation "a" and "b". First axis: samples."""
    condition: Condition | None
    rows: Int[Tensor, "n"]
    """Which samples of the source these are."""

    def __len__(self) -> int:
        return len(self.rows)

    def parts(self, count: int, together: int = 1) -> Iterator[Batch]:
        """The batch in `count` parts of nearly equal size, fewer where there is not so much to cut.

        `together` samples that follow each other stay together.
        """
        n = len(self)
        groups = -(-n // together)
        count = min(count, groups)
        edges = [min(n, groups * i // count * together) for i in range(count + 1)]
        for start, stop in pairwise(edges):
            yield Batch(
                {name: x[start:stop] for name, x in self.real.items()},
                None if self.condition is None else self.condition.part(start, stop),
                self.rows[start:stop],
            )

    def to(self, device: str) -> Batch:
        """The same on another device."""
        if device == "cpu":
            return self
        real = {name: _moved(x, device) for name, x in self.real.items()}
        return replace(self, real=real, condition=None if self.condition is None else self.condition.to(device))


@dataclass(frozen=True)
class Scores:
    """What a discriminator returns: higher is more real. Not probabilities."""

    adversarial: tuple[Float[Tensor, "n ..."], ...]
    """One tensor a scale, (n, *patch)."""
    classes: Float[Tensor, "n classes"] | None = None
    """Logits of an auxiliary classifier of the labels (arXiv:1610.09585); None = it does not classify."""


@dataclass(frozen=True)
class Forgery:
    """Fake samples, with what they were made from."""

    fake: Mapping[str, Tensor]
    """As `Batch.real`: "x"; for translation "a" and "b"."""
    condition: Condition | None = None


@dataclass(frozen=True)
class Match:
    """How sure a domain is that a source is of its kind."""

    confidence: float
    """From 0 (cannot be) to 1 (certain)."""
    reason: str
    """In plain words, for the message that tells what was recognised."""


@dataclass(frozen=True)
class Skipped:
    """An item of the source that was left out."""

    name: str
    reason: str


@dataclass(frozen=True)
class Items:
    """Things of a domain's kind that are no training data: somebody's new pictures, the samples of another tool."""

    x: Float[Tensor, "n ..."]
    """As the networks of the run see them."""
    names: tuple[str, ...]
    """A file's name, or the number of a row, one an item."""
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    """What the user should be told, a sentence each."""


@dataclass(frozen=True)
class Trait:
    """Something about samples that a person can see and name: how bright, how sharp, the mean of a column."""

    name: str
    """"sharpness", "mean of price"."""
    values: Float[Tensor, "n"]
    """Of each sample."""
    less: str
    """What is said of samples that have too little of it: "are blurrier than the data"."""
    more: str
    """What is said of samples that have too much of it: "are sharper than the data"."""
    visible: float = 0.0
    """The smallest difference of means, in units of `values`, that a person could notice."""


@dataclass(frozen=True)
class Split:
    """Rows of the source by use. Under 20 items, or with too few different ones, all three are the whole set."""

    train: Int[Tensor, "n_train"]
    select: Int[Tensor, "n_select"]
    """For stopping, choosing and steering."""
    report: Int[Tensor, "n_report"]
    """For printed scores and the game; never trained on."""
    held_out: bool = True
    """False where there were too few (different) items to hold any out."""


@dataclass(frozen=True)
class DataCard:
    """What is known of a source, for people, recipes and the run folder."""

    name: str
    """Short name: of the folder, file or built-in sample."""
    domain: str
    """The domain's name."""
    count: int
    """Usable samples."""
    shape: tuple[int, ...]
    """Of one sample as the networks see it: (channels, height, width) or (columns,)."""
    fingerprint: str
    """Changes when the data do."""
    source: str = ""
    """What the user asked for: a path or a built-in sample's name; empty for arrays in memory."""
    classes: tuple[str, ...] = ()
    """Names of the labels; empty without labels."""
    skipped: tuple[Skipped, ...] = ()
    """What was left out and why."""
    notes: tuple[str, ...] = ()
    """Other things that the user should be told, a sentence each."""
    offered: int | None = None
    """Items that there were before any was left out; None = `count` and those in `skipped`."""


@dataclass(frozen=True)
class StepRecord:
    """What happened in the steps since the last record, averaged over them."""

    step: int
    """Updates done so far."""
    kimg: float
    """k real samples shown to the discriminator so far."""
    values: Mapping[str, float]
    """Losses by phase and term, mean scores of real and fake, learning rates, gradient norms."""
    samples_per_second: float
    """Speed since the last record."""
    attempt: int = 1
    """1 more with every resume."""


@dataclass(frozen=True)
class Started:
    """The first step is about to be taken."""

    step: int
    kimg: float
    total_kimg: float
    attempt: int
    taken: int = 0
    """Updates ever done, those that a treatment has taken back included; `step` where there was none."""


@dataclass(frozen=True)
class Sampled:
    """The fixed z were drawn once more by the averaged generator."""

    step: int
    kimg: float
    samples: Tensor
    taken: int | None = None
    """Updates ever done; None = as `step`."""


@dataclass(frozen=True)
class Examined:
    """The averaged generator was given its quick score, against the select split."""

    step: int
    kimg: float
    score: float
    """Kernel distance; lower is better, 0 = no difference."""
    error: float
    """Its standard error."""
    gain: float
    """By how much it is lower than that of the anchor, the last that was an improvement beyond its error."""
    gain_error: float
    """Standard error of the gain; both scores are of the same z and the same real samples."""
    kept: bool
    """Whether this is now the one to use: no worse than the anchor beyond the error, or level with real data."""
    seconds: float
    """How long the examination took."""


@dataclass(frozen=True)
class CheckpointSaved:
    """Everything that the next step depends on is on disk."""

    step: int
    kimg: float


@dataclass(frozen=True)
class Decision:
    """Something that the loop did because of an event from outside: told and journaled."""

    step: int
    what: str
    """In words, for a person."""
    changes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped:
    """The last word of a training."""

    step: int
    kimg: float
    reason: str
    """"done", "interrupted", "out of time", "not finite" or "unhealthy"."""
    message: str


@dataclass(frozen=True)
class Inspected:
    """The data were looked at before the first step; see `ganforge.watch.inspection` for the values' names."""

    values: Mapping[str, float]


Severity = Literal["mild", "serious", "grave"]
"""Worth knowing; the result will suffer; nothing will come of it. The last two are alarms."""


@dataclass(frozen=True)
class Finding:
    """The doctor sees an ailment."""

    ailment: str
    """Its name in watch/ailments."""
    severity: Severity
    step: int
    kimg: float
    since: int
    """The step at which its signs began."""
    evidence: Mapping[str, float]
    """The numbers that speak for it, by what they are."""
    sentence: str
    """For a person who has never read a paper: what happens, and by what it was seen."""


@dataclass(frozen=True)
class Change:
    """One value of a recipe exchanged."""

    path: str
    """Its dotted place, as in `--set`."""
    old: Any
    new: Any
    """Plain values, as JSON holds them."""


BackTo = Literal["here", "healthy", "start"]
"""From where training goes on: from where it is, from the last healthy checkpoint, from the first weights."""


@dataclass(frozen=True)
class Remedy:
    """What the doctor does about an ailment: one apply, one undo."""

    name: str
    """Its name in watch/remedies."""
    words: str
    """What is done, for a person: "lower the discriminator's learning rate from 0.2 to 0.002"."""
    changes: tuple[Change, ...]
    back_to: BackTo = "healthy"
    reinitialise: frozenset[str] = frozenset()
    """Players that begin anew, with their optimiser and average."""
    trial: float = 0.15
    """Share of the run's length after which it is judged."""

    @property
    def exchanges_objective(self) -> bool:
        """Whether the adversarial losses become others."""
        return any(change.path.split(".")[0] == "objective" for change in self.changes)


@dataclass(frozen=True)
class Treated:
    """A remedy was applied."""

    step: int
    """Where the run was."""
    kimg: float
    to_step: int
    """Where it goes on, in updates of the treated recipe."""
    to_kimg: float
    taken: int
    """Updates ever done."""
    number: int
    """The treatment's, from 1."""
    ailment: str
    remedy: Remedy
    total_kimg: float | None = None
    """Length of the run from now on, in whole updates of the treated recipe; None = as before."""


@dataclass(frozen=True)
class TreatmentJudged:
    """A trial is over."""

    step: int
    kimg: float
    number: int
    """The treatment's."""
    worked: bool
    words: str
    """Why it is kept, or undone, for a person."""
    lasting: bool = False
    """It did not work, and is kept all the same, for lack of anything better."""

    @property
    def kept(self) -> bool:
        """Whether training goes on with it."""
        return self.worked or self.lasting


Event = (
    Started
    | StepRecord
    | Sampled
    | Examined
    | CheckpointSaved
    | Decision
    | Stopped
    | Inspected
    | Finding
    | Treated
    | TreatmentJudged
)
