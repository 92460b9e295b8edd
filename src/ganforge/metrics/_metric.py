"""What every metric is: it judges a case and gives scores, each with its interval and beside its floor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from jaxtyping import Float, Int
from torch import Tensor

from ganforge.core.records import Trait
from ganforge.core.registry import Registry
from ganforge.metrics.features._features import Kernel

Aspect = Literal["fidelity", "variety", "both", "memorisation"]
"""What a score tells of: whether samples look real, whether all kinds occur, both at once, or copying."""
CERTAIN = 4.0
"""A difference from the floor is put into words where it is so many standard errors, and large enough to matter.

Some forty scores are looked at: at two standard errors, real data would be accused every time.
"""


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty."""

    value: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    error: float
    """Standard error."""


@dataclass(frozen=True)
class Remark:
    """Something that the sentence must name."""

    aspect: Aspect
    words: str
    """The rest of a sentence that begins with "The samples": "are blurrier than the data (sharpness 0.4 of theirs)"."""
    weight: float
    """How grave, from 0 (worth mentioning) to 1 (useless because of it); the gravest are named first."""


@dataclass(frozen=True)
class Exhibit:
    """Samples or real items to be looked at beside a score, by their places in the case."""

    title: str
    """"Samples nearest to a training item (above), and that training item (below)"."""
    samples: tuple[int, ...] = ()
    """Places in `Case.samples` (or `Case.more_samples` where the title is about copies)."""
    training: tuple[int, ...] = ()
    """Places in `Case.training`; where both are given, they are pairs, drawn below each other."""


@dataclass(frozen=True)
class Score:
    """One number about the samples."""

    metric: str
    """The metric's name in the registry."""
    name: str
    """Unique among all scores, fit for JSON: "precision"."""
    label: str
    """For people: "precision"."""
    aspect: Aspect
    value: Estimate
    floor: Estimate | None
    """The same of held-out real data in the samples' place; None where there can be none, and `note` says why."""
    difference: Estimate | None
    """value - floor, computed on the same real samples, so that its error is smaller than that of both.

    Of the numbers as they came out, where value and floor are shown as 0 because they cannot be less.
    """
    better: Literal["low", "high", "floor"]
    """Which is better; "floor" = the nearer to it."""
    count: int
    """Samples on each side; of a score of one class, the items of that class that it is over."""
    note: str = ""
    """What must be said with it: a bias, a cap, a caution."""
    remarks: tuple[Remark, ...] = ()
    """What a careful person would conclude from it; empty = nothing is wrong that it can see."""
    headline: bool = False
    """Whether it belongs into the short table; all are in --json and in the report."""
    shown: tuple[Exhibit, ...] = ()
    """What to look at with it."""


@dataclass(frozen=True)
class Labels:
    """Class numbers of the rows of a case."""

    names: tuple[str, ...]
    samples: Int[Tensor, "n"] | None
    """The class that each sample was asked to be; None where the run knows no classes, though the data have them."""
    reference: Int[Tensor, "n"]
    held_out: Int[Tensor, "n"]
    training: Int[Tensor, "m"]


@dataclass(frozen=True)
class Case:
    """Everything that is judged, as features, float32 on the CPU."""

    samples: Float[Tensor, "n d"]
    reference: Float[Tensor, "n d"]
    """Training items, drawn at random: what the samples, and for the floor the held-out items, are compared with."""
    held_out: Float[Tensor, "n d"]
    """Real items that were never trained on."""
    training: Float[Tensor, "m d"]
    """All training items, or as many as could be taken in reasonable time; m >= n. The reference is among them."""
    training_total: int
    """How many training items there are."""
    more_samples: Float[Tensor, "k d"]
    """k >= n: the samples and more of them, for what needs many."""
    kernel: Kernel
    holds_out: bool = True
    """False where nothing was held out: then `held_out` is another part of the training data."""
    labels: Labels | None = None
    traits: Callable[[], tuple[tuple[Trait, ...], tuple[Trait, ...], tuple[Trait, ...]]] | None = None
    """Of the samples, the reference and the held-out items."""
    path_lengths: Callable[[int], Float[Tensor, "pairs"]] | None = None
    """d(G(z(t)), G(z(t + e)))^2 / e^2 in these features for so many random places; None where it means nothing."""
    seed: int = 0
    """Of everything random in judging."""
    names: tuple[str, ...] = field(default=())
    """Names of the columns where features are a table's numbers."""

    @property
    def count(self) -> int:
        """n."""
        return len(self.samples)


class Metric(ABC):
    """A frozen dataclass whose fields are its options, each with the default of its paper."""

    about: ClassVar[str]
    """One sentence for a person: what it measures and how to read it."""

    @abstractmethod
    def judge(self, case: Case) -> tuple[Score, ...]:
        """The scores of a case; empty where it does not apply to it."""


METRICS: Registry[type[Metric]] = Registry("ganforge.metrics", "metric", "METRIC")
