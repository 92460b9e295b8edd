"""The chart: what the doctor knows of a run, record by record, and the few questions that ailments ask of it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from statistics import median

from ganforge.core.records import Event, Examined, Inspected, Started, StepRecord, Treated

WINDOW = 0.1
"""A level is the median over this share of the planned length: one noisy probe says nothing."""
FEWEST = 4
"""With fewer readings than these, a value has no level; where they are rare, a window becomes up to twice as long."""
UNWATCHED = 0.06
"""Where no probe was seen for this share of the length (journals of runs without them), a plain record is looked at."""
LEAST_UPDATES, LEAST_KIMG = 1500, 400.0
"""A run that is planned for fewer updates than these, and for fewer k samples, is taken for the beginning of one that
long: what takes so many updates anywhere does not come sooner because less was planned."""
FALLING = 0.6
"""From this share of the planned length on, learning rates may have fallen so far that little moves."""
CENTRE = 0.7
"""So far, in mean distances of two items, items of about normal data lie from their middle: as a generator would have
it that makes nothing but the average item."""
LEAST_WAY = 0.1
"""Between real data's own distance and CENTRE there is at least so much to go."""
NEARNESS = {
    "near.reached": ("probe.missed", "probe.coverage"),
    "near.lifelike": ("probe.strayed", "probe.fidelity"),
    "near.average_reached": ("probe.average_missed", "probe.average_coverage"),
    "near.average_lifelike": ("probe.average_strayed", "probe.average_fidelity"),
}
"""How near the real items are to a sample and the samples to a real item: 1 = as real ones to each other, 0 = as if all
samples were the average item. From the probes' mean distances; where a journal has none, shares within neighbourhoods.
These shares alone say nothing for long where the data are finely grained: a sample beside a narrow cluster is as much
outside as one far from all."""
CLOSENESS = (*NEARNESS, "probe.coverage", "probe.fidelity", "probe.variety", "probe.rank")
"""Values that rise to 1 while the samples come closer to the data."""


@dataclass(frozen=True)
class Reading:
    """One record of the journal."""

    step: int
    kimg: float
    values: Mapping[str, float]
    """Losses, mean scores and, at the steps that are watched, norms and what the probes saw."""

    @cached_property
    def broken(self) -> tuple[str, ...]:
        """Names of the values that are no finite numbers, and of shares of non-finite numbers that are not 0."""
        return tuple(
            name
            for name, value in self.values.items()
            if not math.isfinite(value) or (name == "probe.nonfinite" and value > 0.0)
        )

    @cached_property
    def _near(self) -> dict[str, float]:
        known = self.values
        floor = known.get("probe.floor", 0.0)
        near = {}
        for name, (distance, share) in NEARNESS.items():
            if distance in known:
                near[name] = max(0.0, 1.0 - (known[distance] - floor) / max(CENTRE - floor, LEAST_WAY))
            elif share in known:
                near[name] = known[share]
        return near

    def get(self, name: str, default: float = math.nan) -> float:
        """One of the values, or one of NEARNESS."""
        return self._near.get(name, default) if name in NEARNESS else self.values.get(name, default)

    @cached_property
    def probed(self) -> bool:
        """Whether the probes looked at this step."""
        return any(name.startswith("probe.") for name in self.values)


@dataclass(frozen=True)
class Chart:
    """Everything told of the present course of a run, oldest first. A treatment takes back what came after its start.

    Windows are shares of the `length` that end with the last reading.
    """

    total_kimg: float = 0.0
    """Planned length."""
    data: Mapping[str, float] = field(default_factory=dict)
    """What the inspection of the data gave."""
    readings: tuple[Reading, ...] = ()
    examined: tuple[Examined, ...] = ()
    watched: tuple[Reading, ...] = ()
    """Those readings that ailments look at: 24 to 128 a run."""
    best: tuple[Mapping[str, float], ...] = ()
    """With each of them, the highest level that each value of CLOSENESS had had until then."""

    def after(self, event: Event) -> Chart:
        """The chart with one more event on it."""
        match event:
            case Started():
                return replace(self, total_kimg=self.total_kimg or event.total_kimg)  # a resumed run is as long
            case Inspected():
                return replace(self, data=event.values)
            case StepRecord():
                return self.reading(Reading(event.step, event.kimg, event.values))
            case Examined():
                return replace(self, examined=(*self.examined, event))
            case Treated():
                return replace(self._until(event.to_kimg), total_kimg=event.total_kimg or self.total_kimg)
            case _:
                return self

    def reading(self, reading: Reading) -> Chart:
        """The chart with one more reading on it."""
        last = self.watched[-1].kimg if self.watched else 0.0
        written = replace(self, readings=(*self.readings, reading))
        if not reading.probed and reading.kimg - last < UNWATCHED * self.total_kimg:
            return written
        written = replace(written, watched=(*self.watched, reading))
        best = dict(self.best[-1]) if self.best else {}
        for name in CLOSENESS:
            level = written.level(name)
            if level is not None:
                best[name] = max(level, best.get(name, level))
        return replace(written, best=(*self.best, best))

    def _until(self, kimg: float) -> Chart:
        last = kimg * (1.0 + 1e-9)  # k samples are counted by updates of different sizes
        watched = tuple(reading for reading in self.watched if reading.kimg <= last)
        return replace(
            self,
            readings=tuple(reading for reading in self.readings if reading.kimg <= last),
            examined=tuple(examined for examined in self.examined if examined.kimg <= last),
            watched=watched,
            best=self.best[: len(watched)],
        )

    @property
    def step(self) -> int:
        """Updates done when something was told last."""
        return max((told[-1].step for told in (self.readings, self.examined) if told), default=0)

    @property
    def broken(self) -> Reading | None:
        """What was told last, where it holds a number that is not finite."""
        last = self.readings[-1] if self.readings else None
        if self.examined and (last is None or self.examined[-1].kimg >= last.kimg):
            examined = self.examined[-1]
            score = Reading(examined.step, examined.kimg, {"examined score": examined.score})
            if score.broken:
                return score
        return last if last is not None and last.broken else None

    @property
    def kimg(self) -> float:
        """Where the run is, in k samples."""
        return self.readings[-1].kimg if self.readings else 0.0

    @property
    def progress(self) -> float:
        """Share of the planned length that is done."""
        return self.kimg / self.total_kimg if self.total_kimg else 0.0

    @cached_property
    def length(self) -> float:
        """What windows are shares of, in k samples: the planned length, of a short run what LEAST_UPDATES would be."""
        if not (self.readings and self.readings[-1].step):
            return self.total_kimg
        least = LEAST_UPDATES * self.kimg / self.readings[-1].step
        return max(self.total_kimg, min(least, LEAST_KIMG))

    @property
    def maturity(self) -> float:
        """How far a run is that may be judged: `progress`, of a short run as if it were longer (`length`)."""
        return self.kimg / self.length if self.length else 0.0

    @property
    def is_cut_short(self) -> bool:
        """Whether this is a short run's end: it stands still because rates fall by plan, long before it has arrived."""
        return self.length > self.total_kimg and self.progress > FALLING

    def window(self, share: float = WINDOW) -> list[Reading]:
        """The watched readings of the last `share` of the length, oldest first.

        The last FEWEST where there are fewer of them, if they lie within twice as long.
        """
        start = self.kimg - share * self.length
        size = 0
        for reading in reversed(self.watched):
            rare = size < FEWEST and reading.kimg > start - share * self.length
            if reading.kimg <= start and not rare:
                break
            size += 1
        return list(self.watched[len(self.watched) - size :])

    def recent(self, name: str, share: float = WINDOW) -> list[float]:
        """The finite values called `name` in the last window, oldest first."""
        values = [reading.get(name) for reading in self._windows(share)]
        return [value for value in values if math.isfinite(value)]

    def level(self, name: str, share: float = WINDOW) -> float | None:
        """The median in the last window; None where there are too few values to say."""
        known = self._levels
        if (name, share) not in known:
            values = self.recent(name, share)
            known[name, share] = median(values) if len(values) >= FEWEST else None
        return known[name, share]

    @cached_property
    def _levels(self) -> dict[tuple[str, float], float | None]:
        """Those that were asked for: several ailments look at the same."""
        return {}

    def _windows(self, share: float) -> list[Reading]:
        known = self._known_windows
        if share not in known:
            known[share] = self.window(share)
        return known[share]

    @cached_property
    def _known_windows(self) -> dict[float, list[Reading]]:
        return {}

    def beginning(self, name: str) -> float | None:
        """The median of the first readings of the run; None where there are too few."""
        values = [reading.values[name] for reading in self.watched[: 2 * FEWEST] if name in reading.values]
        finite = [value for value in values if math.isfinite(value)]
        return median(finite) if len(finite) >= FEWEST else None

    def swing(self, name: str, share: float = WINDOW) -> float | None:
        """How far a value jumps from one reading to the next: the mean of the differences' sizes in the last window."""
        values = self.recent(name, share)
        if len(values) < FEWEST:
            return None
        return sum(abs(b - a) for a, b in pairwise(values)) / (len(values) - 1)

    def jump(self, name: str, share: float = WINDOW) -> float | None:
        """By what share of itself a positive value jumps from one update to the next, as a standard deviation.

        From the highest of each record's updates beside their mean: the highest of n lies about sqrt(2 ln n) deviations
        above it. None where the value is not positive, or too little is known.
        """
        peaks, means = self.recent(f"{name}.highest", share), self.recent(name, share)
        if len(peaks) != len(means) or len(peaks) < FEWEST or min(means) <= 0.0 or len(self.readings) < 2:
            return None
        updates = max(2, self.readings[-1].step - self.readings[-2].step)
        above = median(peak / mean - 1.0 for peak, mean in zip(peaks, means, strict=True))
        return above / math.sqrt(2.0 * math.log(updates))

    def since(self, holds: Callable[[Reading], bool]) -> int:
        """The step of the first reading of the last row in which `holds` is true; one exception breaks no row."""
        step, missed = (self.readings[-1].step if self.readings else 0), 0
        for reading in reversed(self.watched):
            if holds(reading):
                step, missed = reading.step, 0
            elif missed:
                break
            else:
                missed = 1
        return step

    def quality(self, share: float = WINDOW) -> float | None:
        """How good the samples are of late, 1 = as real data: the lower of what they reach and how lifelike they are.

        Of the generator or its average, whichever is better: a generator that dances around a sound average is sound.
        """
        own = _lower(self.level("near.reached", share), self.level("near.lifelike", share))
        average = _lower(self.level("near.average_reached", share), self.level("near.average_lifelike", share))
        known = [min(value, 1.0) for value in (own, average) if value is not None]
        return max(known, default=None)

    def gain(self, over: float, names: tuple[str, ...] = CLOSENESS) -> float | None:
        """By how much the samples have come closer to the data than ever before, in the last `over` of the length.

        The largest difference between a value's present level and its best level until then; for the examined
        distance the part of it that is gone, beyond its error. Negative where all became worse. None where the run is
        too young to say.
        """
        gains = [self._gain(name, over) for name in names]
        known = [gain for gain in (*gains, self._nearer(over)) if gain is not None]
        return max(known) if any(gain is not None for gain in gains) else None

    def _gain(self, name: str, over: float) -> float | None:
        border = self.kimg - over * self.length
        earlier = bisect_right(self.watched, border, key=lambda reading: reading.kimg)
        now, before = self.level(name), self.best[earlier - 1].get(name) if earlier else None
        return None if now is None or before is None else min(now, 1.0) - min(before, 1.0)

    def approach(self, over: float) -> float | None:
        """What part of their distance from the data the trained generator's samples have covered in the last `over`.

        Also told of samples that are so far out that they reach nothing yet. Negative where they went away; None
        where the run is too young to say.
        """
        now, border = self.kimg, self.kimg - over * self.length
        distances = [_farness(self._between(end - WINDOW * self.length, end)) for end in (border, now)]
        before, left = distances
        return None if before is None or left is None or before <= 0.0 else 1.0 - left / before

    def _between(self, start: float, end: float) -> list[Reading]:
        return [reading for reading in self.watched if start < reading.kimg <= end]

    def _nearer(self, over: float) -> float | None:
        border = self.kimg - over * self.length
        before = [examined.score for examined in self.examined if examined.kimg <= border]
        now = [examined.score + examined.error for examined in self.examined if examined.kimg > border]
        if not before or not now or min(before) <= 0.0:
            return None
        return 1.0 - min(now) / min(before)


def _farness(readings: list[Reading]) -> float | None:
    """How much farther than real items samples are from the data, as a median; None where too few readings say so."""
    names = ("probe.missed", "probe.strayed", "probe.floor")
    known = [[reading.values[name] for name in names] for reading in readings if "probe.strayed" in reading.values]
    far = [max(missed, strayed) - floor for missed, strayed, floor in known]
    return median(far) if len(far) >= FEWEST - 1 else None


def _lower(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else min(a, b)
