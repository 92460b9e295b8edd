"""Trainings made up for tests: what a sound one writes, and what goes wrong in it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping

from ganforge.core.records import Event, Examined, Inspected, Started, StepRecord

TOTAL = 500.0
"""k samples of every training here."""
STEPS = 5000
Values = dict[str, float]
Course = Callable[[float], Values]
"""What is seen after a share of the run."""

SOUND_DATA: Mapping[str, float] = {
    "data.count": 10_000.0,
    "data.train": 9_000.0,
    "data.constant": 0.1,
    "data.aside": 0.0,
    "data.distinct": 9_000.0,
    "data.commonest": 0.001,
    "data.farthest": 4.0,
    "data.gap": 0.0,
    "data.atom": 0.001,
    "data.uneven": 12.0,
    "data.units": 1.5,
    "data.skipped": 0.0,
}
SCORES = (
    "discriminator.real",
    "discriminator.fake",
    "probe.real",
    "probe.fake",
    "probe.select",
    "probe.spread",
    "generator.reach",
)
"""What grows with the size of D's scores."""


def sound(speed: float = 1.0, noise: float = 0.03, seed: int = 0) -> Course:
    """A training that gets better all the time, until it is as good as it gets: after a third of the run at speed 1."""
    chance = random.Random(seed)

    def seen(progress: float) -> Values:
        good = 1.0 - math.exp(-progress * speed * 7.0)

        def about(value: float) -> float:
            return max(0.0, value + chance.gauss(0.0, noise))

        return {
            "discriminator.adversarial": about(1.2),
            "generator.adversarial": about(0.9),
            "discriminator.real": 1.0,
            "discriminator.fake": -1.0,
            "discriminator.apart": about(0.95 - 0.25 * good),
            "discriminator.update": 0.01,
            "generator.update": 0.01,
            "discriminator.weights": 28.0 + progress,
            "generator.weights": 29.0 + progress,
            "generator.reach": 1.0 + progress,
            "probe.apart": min(1.0, about(0.95 - 0.25 * good)),
            "probe.memory": 0.5 + chance.gauss(0.0, noise),
            "probe.real": 0.8,
            "probe.fake": -0.8,
            "probe.select": 0.75,
            "probe.spread": 1.0,
            "probe.variety": about(0.3 + 0.7 * good),
            "probe.rank": about(0.5 + 0.5 * good),
            "probe.coverage": about(0.95 * good),
            "probe.fidelity": about(0.9 * good),
            "probe.average_coverage": about(0.95 * good),
            "probe.average_fidelity": about(0.9 * good),
            "probe.twins": about(0.0),
            "probe.drift": about(0.1),
            "probe.nonfinite": 0.0,
        }

    return seen


def spoiled(course: Course, wrong: Course, after: float = 0.0) -> Course:
    """The same, but with the values of `wrong` from a share of the run on."""
    return lambda progress: course(progress) | (wrong(progress) if progress >= after else {})


def always(**values: float) -> Course:
    """Probes that say the same all the time; `average_` ones as the others."""
    named = {f"probe.{name}": value for name, value in values.items()}
    return lambda progress: named


def told(
    course: Course,
    *,
    data: Mapping[str, float] = SOUND_DATA,
    looks: int = 80,
    between: int = 4,
    examined: Callable[[float], float] | None = None,
    until: float = 1.0,
    steps: int = STEPS,
) -> Iterator[Event]:
    """Everything that a doctor is told: `between` plain records before each watched one.

    Runs of other than STEPS updates are as many times as long or short.
    """
    total = TOTAL * steps / STEPS
    yield Inspected(dict(data))
    yield Started(0, 0.0, total, 1)
    records = looks * (between + 1)
    for number in range(1, round(records * until) + 1):
        progress = number / records
        step, kimg = round(progress * steps), progress * total
        values = course(progress)
        if number % (between + 1):
            values = {name: value for name, value in values.items() if _always_measured(name)}
        yield StepRecord(step, kimg, values, 1000.0)
        if examined is not None and number % (records // 20) == 0:
            yield Examined(step, kimg, examined(progress), 0.01, 0.0, 0.01, kept=True, seconds=0.1)


def louder(event: Event, times: float) -> Event:
    """The same with all scores so many times as large."""
    if not isinstance(event, StepRecord):
        return event
    values = {name: value * (times if name in SCORES else 1.0) for name, value in event.values.items()}
    return StepRecord(event.step, event.kimg, values, event.samples_per_second)


def _always_measured(name: str) -> bool:
    player, what = name.split(".", 1)
    return player != "probe" and what in ("adversarial", "adversarial.highest", "real", "fake", "apart")
