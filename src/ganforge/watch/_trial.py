"""A remedy's trial: what the run was like before, when the trial is over, and whether the remedy has helped."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Literal

from ganforge.core.recipe import Recipe
from ganforge.core.records import Finding, Remedy
from ganforge.watch._chart import Chart, Reading

NOISE = 0.1
"""Qualities that differ by less, of real data's 1, are the same: the probes see a few hundred samples."""
ERRORS = 2.0
"""So many standard errors are no accident."""
SOUND = 0.7
"""Samples of this quality are near enough to real ones for a trial without signs to end in time."""
MORE, MOST = 1.2, 0.4
"""A trial lasts so many times as long as the signs took to show, up to this share of the run: sooner they could not
have come back."""
LONGER = 2.0
"""A trial that shows no signs, and no gain either, goes on for so many times its length: slower is not worse."""
AFTERMATH = 0.5
"""The later part of a trial, by which it is judged."""
OVER = 0.999
"""Share of the run's length from which on it has no more to give."""

Look = Callable[[Chart], Finding | None]
"""What alarms in a chart: the ailment that is treated, or what has come since."""
Verdict = Literal["open", "better", "gone", "helped", "failed"]
"""Not to be said yet; the signs are gone and the samples better; the signs alone are gone; they are weaker, and stay;
neither, or the samples are worse than before."""


@dataclass(frozen=True)
class Past:
    """How good a run was, to compare with; k samples first."""

    quality: tuple[tuple[float, float], ...] = ()
    """k samples, and how close the samples were to real ones (1)."""
    examined: tuple[tuple[float, float, float], ...] = ()
    """k samples, score (lower is better) and its standard error."""


def past(chart: Chart) -> Past:
    """What there is to compare with in the chart."""
    seen = ((reading.kimg, _quality(reading)) for reading in chart.readings)
    scores = ((each.kimg, each.score, each.error) for each in chart.examined)
    return Past(
        quality=tuple((kimg, quality) for kimg, quality in seen if quality is not None),
        examined=tuple(score for score in scores if all(math.isfinite(number) for number in score)),
    )


def _quality(reading: Reading) -> float | None:
    """The lower of what is reached and how lifelike it is, of the generator or its average, whichever is better."""
    pairs = (("near.reached", "near.lifelike"), ("near.average_reached", "near.average_lifelike"))
    lower = (min(reading.get(reached), reading.get(lifelike)) for reached, lifelike in pairs)
    known = [min(each, 1.0) for each in lower if math.isfinite(each)]
    return max(known, default=None)


@dataclass(frozen=True)
class Trial:
    """A remedy that is being tried."""

    finding: Finding
    """What it is for; only finite numbers."""
    remedy: Remedy
    recipe: Recipe
    """What is trained with it."""
    before: Past
    """The run before it."""
    number: int = 0
    """The treatment's; 0 = it is not applied yet."""
    from_kimg: float = 0.0
    """Where it began."""
    span: float = 0.0
    """k samples from the beginning of what was trained before it to the finding."""
    beside: tuple[str, ...] = ()
    """Other ailments that alarmed already when it began."""

    def verdict(self, chart: Chart, look: Look) -> tuple[Verdict, str]:
        """What can be said at the chart's last reading, and why, for a person."""
        least = self.remedy.trial * chart.total_kimg
        length = max(least, min(MORE * self.span, MOST * chart.total_kimg))
        passed = chart.readings[-1].kimg - self.from_kimg
        over = chart.progress >= OVER
        if passed < least and not over:
            return "open", ""
        found, gain = look(chart), self._gain(chart)
        in_time = passed >= length or over
        if found is not None:
            # Where all that the signs are seen by was trained with the remedy, they need not last any longer
            return (
                ("open", "")
                if not in_time and (gain > 0 or self.remedy.back_to == "here")
                else self._signs(found, gain)
            )
        if not in_time or (passed < LONGER * length and not over and (gain < 0 or (gain == 0 and not _sound(chart)))):
            return "open", ""
        if gain < 0:
            return "failed", "the signs are gone, but the samples are worse than they were before it at this point"
        if gain > 0:
            return "better", "the signs are gone, and the samples are better than they were before it at this point"
        return "gone", "the signs are gone"

    def _signs(self, found: Finding, gain: int) -> tuple[Verdict, str]:
        same = found.ailment == self.finding.ailment
        what = found.sentence
        weaker = same and found.severity == "serious" and self.finding.severity == "grave" and gain == 0
        if gain > 0 or weaker:
            return "helped", f"the signs are weaker but not gone: {what}" if same else f"it is better, but: {what}"
        return "failed", f"the signs are still there: {what}" if same else f"others have come in their place: {what}"

    def _gain(self, chart: Chart) -> int:
        """1, -1 or 0: better than before, worse, or not to be told apart, at the same point of the run."""
        end = chart.readings[-1].kimg
        start = self.from_kimg + (1 - AFTERMATH) * (end - self.from_kimg)
        now = past(chart)
        quality = _quality_gain(_between(self.before.quality, start, end), _between(now.quality, start, end))
        score = _score_gain(self.before.examined, [each for each in now.examined if each[0] > self.from_kimg])
        return min((quality, score), key=lambda sign: (sign >= 0, -sign))  # what is worse counts, then what is better


def _sound(chart: Chart) -> bool:
    """Whether the samples are as good as real ones; also where nothing is known of it."""
    now = past(chart).quality[-5:]
    return not now or fmean(quality for _, quality in now) >= SOUND


def best_quality(chart: Chart) -> float:
    """The best quality that the samples have had for five readings in a row; 1 where nothing is known of it."""
    seen = [quality for _, quality in past(chart).quality]
    return max((fmean(seen[place : place + 5]) for place in range(len(seen) - 4)), default=1.0)


def _between(series: Sequence[tuple[float, float]], start: float, end: float) -> list[float]:
    """Values in a part of the run; the last few where the series ends before it."""
    inside = [value for kimg, value in series if start < kimg <= end]
    return inside or [value for kimg, value in series if kimg <= end][-5:]


def _quality_gain(before: Sequence[float], now: Sequence[float]) -> int:
    if not before or not now:
        return 0
    error = math.sqrt(sum(variance(values) / len(values) for values in (before, now) if len(values) > 1))
    difference = fmean(now) - fmean(before)
    return 0 if abs(difference) <= max(NOISE, ERRORS * error) else int(math.copysign(1, difference))


def _score_gain(before: Sequence[tuple[float, float, float]], now: Sequence[tuple[float, float, float]]) -> int:
    if not before or not now:
        return 0
    kimg, score, error = now[-1]
    _, old_score, old_error = min(before, key=lambda each: abs(each[0] - kimg))
    difference = old_score - score
    return 0 if abs(difference) <= ERRORS * math.hypot(error, old_error) else int(math.copysign(1, difference))
