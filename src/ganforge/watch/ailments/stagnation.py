"""Stagnation: nothing gets better for long, although much is missing."""

from __future__ import annotations

from typing import ClassVar

from ganforge.watch._ailment import FLAT, STEEP, Ailment, Signs, bad, high, known, low, short, still
from ganforge.watch._chart import Chart, Reading

POOR = 0.4
"""Quality below which the samples are far from real."""
ENDING = 0.8
"""After this share of the run, learning rates fall to nothing by plan."""
OVER = 0.3
"""Share of the run in which nothing got better."""
TINY = 6e-5
"""The generator's weights change by less than this share a step: at this pace it gets nowhere."""
DEAD = 1e-9
"""Steps below this share are none at all, however good the samples are by then."""
NOT_GOOD = 0.8
"""Quality below which a generator that stands still has stopped too early."""
FROZEN = 1e-3
"""Samples this near to the average's (1 = as far as two real items are apart) have not moved for long."""
BEHIND = 0.5
"""The average generator reaches less than this share of the quality of the one that is trained."""
FIT = 0.3
"""Quality of the trained generator from which on its average can be behind."""


class Stagnation(Ailment):
    """Nothing gets better for long, although the samples are far from real."""

    name: ClassVar[str] = "stagnation"
    title: ClassVar[str] = "Stagnation"
    what: ClassVar[str] = (
        "Nothing gets better for a long time, although the samples are far from real: the networks hardly move, or "
        "they move and nothing comes of it, or the averaged generator, which is saved, lags far behind the trained one."
    )
    signs: ClassVar[tuple[str, ...]] = (
        "Distances to real items (probe.missed, probe.strayed), variety and the examined distance have not improved.",
        "The generator's weights (generator.update) or samples (probe.drift) do not move.",
        "The average generator (probe.average_missed, probe.average_strayed) is far worse than the trained one.",
    )
    causes: ClassVar[tuple[str, ...]] = (
        "Learning rates that are too low, or that fall to nothing too early.",
        "Dead units or weights that start so small or so large that no gradient passes.",
        "Networks that are too small for the data, or noise z with too few numbers.",
        "An average over so long a time that it still holds the first weights.",
    )
    papers: ClassVar[tuple[str, ...]] = (
        "He, Zhang, Ren, Sun 2015 (the scale of the first weights), arXiv:1502.01852",
        "Karras et al. 2017 (the averaged generator), arXiv:1710.10196",
        "Yazici et al. 2018, arXiv:1806.04498",
    )
    remedies: ClassVar[tuple[str, ...]] = (
        "learning-rates",
        "average",
        "momentum",
        "networks",
        "latent",
        "penalty",
        "steady-objective",
        "batch",
        "sound-settings",
    )

    def weigh(self, chart: Chart) -> Signs | None:
        if chart.quality() is None:
            return None
        kinds = (_nothing(chart), _motionless(chart), _left_behind(chart))
        return max((kind for kind in kinds if kind is not None), key=lambda signs: signs.strength, default=None)


def _nothing(chart: Chart) -> Signs | None:
    if chart.progress > ENDING:
        return None
    quality = chart.quality() or 0.0
    return Signs(
        min(bad(chart, POOR, OVER), still(chart, OVER)),
        "serious",
        _far,
        known({"quality": quality, "gain": chart.gain(OVER)}),
        f"Nothing gets better any more: the samples reach only {quality:.2f} of real quality, and have come no closer "
        f"to the data for {OVER:.0%} of the training. This is called stagnation.".replace("%", " %"),
    )


def _motionless(chart: Chart) -> Signs | None:
    if chart.progress > ENDING:
        return None
    update, drift = chart.level("generator.update"), chart.level("probe.drift")
    still_standing = low(update, TINY) if update is not None else low(drift, FROZEN)
    reach = chart.level("generator.reach")
    if reach is not None and (reach <= FLAT or reach >= STEEP):  # it is told nothing, or thrown: not it is to blame
        return None
    quality = chart.quality() or 0.0
    moves = "" if update is None else f" (each step changes its weights by {update:.1g} of their size)"
    return Signs(
        max(min(still_standing, bad(chart, NOT_GOOD)), low(update, DEAD)),
        "serious",
        _far,
        known({"generator.update": update, "probe.drift": drift, "quality": quality}),
        f"The generator stands still{moves}, although its samples reach only {quality:.2f} of real quality. "
        "This is called stagnation.",
    )


def _left_behind(chart: Chart) -> Signs | None:
    own = _quality(chart, "near.reached", "near.lifelike")
    average = _quality(chart, "near.average_reached", "near.average_lifelike")
    if own is None or average is None:
        return None
    gained = still(chart, names=("near.average_reached", "near.average_lifelike"))
    return Signs(
        min(short(average / max(own, 1e-6), BEHIND), high(own, FIT), gained),
        "serious",
        _behind,
        {"quality": own, "quality of the average": average},
        f"The averaged generator, which is what you get, lags far behind the trained one: it reaches {average:.2f} of "
        f"real quality, the other {own:.2f}.",
    )


def _quality(chart: Chart, coverage: str, fidelity: str) -> float | None:
    levels = [level for name in (coverage, fidelity) if (level := chart.level(name)) is not None]
    return min(levels) if len(levels) == 2 else None


def _far(reading: Reading) -> bool:
    return min(reading.get("near.reached", 1.0), reading.get("near.lifelike", 1.0)) <= POOR


def _behind(reading: Reading) -> bool:
    return reading.get("near.average_reached", 1.0) <= BEHIND * reading.get("near.reached", 0.0)


AILMENT = Stagnation
