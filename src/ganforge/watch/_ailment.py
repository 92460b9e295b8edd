"""What every ailment is: signs in the chart, a sentence, causes, papers, and remedies in the order of their promise.

Signs are weighed, not counted: each is a number that is 1 where it reaches its limit and a half where it is twice as
far from it, so that the same limits tell what is found (1) and what is suspected (a half). All of several signs are as
strong as the weakest of them, any of them as the strongest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ganforge.core.records import Finding, Severity
from ganforge.core.registry import Registry
from ganforge.watch._chart import CLOSENESS, WINDOW, Chart, Reading

WARM_UP = 0.05
"""Share of the run in which nothing is said of what may still be the beginning."""
FLAT = 1e-4
"""Per standard deviation of the data the generator's loss changes by no more than this: nothing can be learned from it.
With sound players it changes by 0.05 to 1."""
STEEP = 6.0
"""Where it changes by so much, each of the generator's steps is as much as thrown; sound players keep it below 2."""
SURE = 0.95
"""A discriminator that is right in so many pairs of a real and a fake sample is as good as never wrong."""
DECEIVED = 0.4
"""A discriminator that is right in no more pairs than this prefers the fake samples."""
TOO_FEW_UPDATES = 200
"""After fewer updates than these every training looks ill: only what speaks for itself is told."""
TOO_SHORT = 400
"""Runs of fewer updates than these are over before they could look well."""
SUSPECTED = 0.5
"""Signs this strong are no finding yet, but no health either."""
STRONGEST = 4.0
"""No sign counts for more than this."""
STILL = 0.05
"""What came closer to the data by less than this (1 = all the way) came no closer."""
STILL_OVER = 0.15
"""Share of the length in which something must come closer, unless an ailment says otherwise."""
LOST, LOST_AFTER, LOST_OVER = 0.08, 1.0 / 3.0, 0.2
"""Samples of no more than this quality after this share of the run, and for this share, are lost."""
APPROACHING = 0.1
"""Samples that have covered this part of their distance from the data are on their way, however far that is."""


def high(value: float | None, limit: float) -> float:
    """How strong a sign it is that `value` is high: 1 at the limit, a half at half of it; 0 where it is not known."""
    return 0.0 if value is None else min(max(value / limit, 0.0), STRONGEST)


def low(value: float | None, limit: float) -> float:
    """How strong a sign it is that `value` is low: 1 at the limit, a half at twice the limit; 0 where not known."""
    return 0.0 if value is None else min(limit / max(value, limit / STRONGEST), STRONGEST)


def short(share: float | None, limit: float) -> float:
    """How strong a sign it is that a share of 1 is missed: 1 at the limit, a half half-way from there to 1."""
    return 0.0 if share is None else high(1.0 - share, 1.0 - limit)


def bad(chart: Chart, limit: float, share: float = WINDOW) -> float:
    """How strong a sign it is that the samples are far from real ones, and have been for `share` of the run."""
    return short(chart.quality(share), limit)


def still(chart: Chart, over: float = STILL_OVER, names: tuple[str, ...] = CLOSENESS) -> float:
    """How strong a sign it is that nothing (of `names`) came closer to the data than it had been before."""
    return 0.0 if chart.is_cut_short else low(chart.gain(over, names), STILL)


def lost(chart: Chart, limit: float = LOST) -> float:
    """How strong a sign it is that samples are nowhere near the data when a third of the run is over, and still are.

    Whether they get better need not be asked then: of sound trainings the slowest has three times LOST.
    """
    early = chart.maturity < LOST_AFTER or chart.is_cut_short
    return 0.0 if early else min(low(chart.quality(LOST_OVER), limit), low(chart.quality(), limit))


def known(evidence: Mapping[str, float | None]) -> dict[str, float]:
    """The numbers that there are."""
    return {name: value for name, value in evidence.items() if value is not None}


@dataclass(frozen=True)
class Signs:
    """What an ailment shows of itself."""

    strength: float
    """1 or more: it is found; SUSPECTED or more: it may be coming."""
    severity: Severity
    holds: Callable[[Reading], bool]
    """Whether a single reading shows them: they began with the last row of such."""
    evidence: Mapping[str, float]
    """The few numbers that speak for it."""
    sentence: str
    """For a person who has never read a paper, with numbers."""


class Ailment(ABC):
    """Something that goes wrong in a training. One file each; stateless: the chart holds all that is known."""

    name: ClassVar[str]
    """Its file's name, with dashes."""
    title: ClassVar[str]
    """For people: "Mode collapse"."""
    what: ClassVar[str]
    """What happens, in two or three plain sentences."""
    signs: ClassVar[tuple[str, ...]]
    """By what it is recognised, a plain sentence each, with the names of the journal's values."""
    causes: ClassVar[tuple[str, ...]]
    """What usually brings it about."""
    papers: ClassVar[tuple[str, ...]]
    """Where it is described: "Salimans et al. 2016, arXiv:1606.03498"."""
    remedies: ClassVar[tuple[str, ...]]
    """Names in watch/remedies, most promising first; none for what no training cures."""
    to_do: ClassVar[tuple[str, ...]] = ()
    """What a person can do about it; told of ailments without remedies."""
    passing: ClassVar[bool] = True
    """Whether it comes and goes with the training; what lies in the data is there from first to last."""
    warm_up: ClassVar[float] = WARM_UP
    """Share of the run before which it is not looked for."""

    @abstractmethod
    def weigh(self, chart: Chart) -> Signs | None:
        """Its signs at the chart's last reading, strong or weak; what happened later is never looked at.

        None where what it looks at is not on the chart.
        """

    def examine(self, chart: Chart) -> Signs | None:
        """As `weigh`, but nothing before the ailment may be spoken of."""
        hardly_trained = is_hardly_trained(chart.step, chart.progress)
        early = chart.maturity < self.warm_up or (self.warm_up > 0.0 and hardly_trained)
        return None if early else self.weigh(chart)

    def look(self, chart: Chart) -> Finding | None:
        """A finding where the chart shows the signs at its last reading."""
        weighed = self.examine(chart)
        return None if weighed is None else self.found(chart, weighed)

    def found(self, chart: Chart, weighed: Signs) -> Finding | None:
        """The finding that these signs are strong enough for."""
        if weighed.strength < 1.0:
            return None
        return Finding(
            self.name,
            weighed.severity,
            chart.step,
            chart.kimg,
            chart.since(weighed.holds),
            weighed.evidence,
            weighed.sentence,
        )


def is_hardly_trained(step: int, progress: float) -> bool:
    """Whether every training looks ill after so many updates, or in a run that is planned for so few.

    Args:
        step: updates done.
        progress: the share of the planned length that they are.
    """
    planned = step / progress if progress else 0.0
    return step < TOO_FEW_UPDATES or planned < TOO_SHORT


def in_quality(quality: float) -> str:
    """A quality as the end of "the samples reach ...", for people: "0.54 of real quality", "nothing of it"."""
    return "nothing of real quality" if quality < 0.005 else f"{quality:.2f} of real quality"


AILMENTS: Registry[type[Ailment]] = Registry("ganforge.watch.ailments", "ailment", "AILMENT")
"""Every ailment by name."""
