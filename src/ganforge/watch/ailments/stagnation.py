"""Stagnation: nothing gets better for long, although much is missing."""

from __future__ import annotations

from typing import ClassVar

from ganforge.watch._ailment import (
    APPROACHING,
    FLAT,
    STEEP,
    SURE,
    Ailment,
    Signs,
    bad,
    high,
    in_quality,
    known,
    lost,
    low,
    short,
    still,
)
from ganforge.watch._chart import FALLING, Chart, Reading

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
LEFT = 0.3
"""So much farther than its average has the trained generator come of late; where the average follows soundly, 0.17."""
STANDING = 0.04
"""And the average has come closer by no more than this."""
LATELY = 0.3
"""Share of the run that is meant: an average needs some time to follow."""
JUMP = 0.3
"""Samples whose distance from the data changes by more than this from look to look are thrown about."""
RECENT = 0.2
"""Share of the run for which samples are nowhere, or the average behind."""
LIFELIKE = 0.5
"""Samples this lifelike are somewhere: what they do not reach is another trouble."""
CALM = 0.5
"""Samples that move no farther than this from their average's: else it would be oscillation."""
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
        "After a third of the run the samples are nowhere near the data: at this pace they will not arrive.",
        "The average generator (probe.average_missed, probe.average_strayed) is far worse than the trained one.",
        "It stands still while the trained one comes closer.",
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
        kinds = (_nothing(chart), _hopeless(chart), _motionless(chart), _left_behind(chart), _standing(chart))
        return max((kind for kind in kinds if kind is not None), key=lambda signs: signs.strength, default=None)


def _nothing(chart: Chart) -> Signs | None:
    if chart.progress > ENDING:
        return None
    quality = chart.quality() or 0.0
    share = OVER * chart.length / chart.total_kimg if chart.total_kimg else OVER
    return Signs(
        min(bad(chart, POOR, OVER), still(chart, OVER)),
        "serious",
        _far,
        known({"quality": quality, "gain": chart.gain(OVER)}),
        f"Nothing gets better any more: the samples reach {in_quality(quality)}, and have come no closer "
        f"to the data for {share:.0%} of the planned training. This is called stagnation.".replace("%", " %"),
    )


def _hopeless(chart: Chart) -> Signs | None:
    """A third of the run is over and the samples are nowhere, though neither player is to blame."""
    apart, drift = chart.level("probe.apart"), chart.level("probe.drift", RECENT)
    if apart is None or drift is None or chart.progress > ENDING:
        return None
    quality, nearer = chart.quality(RECENT) or 0.0, chart.approach(RECENT)
    lifelike = chart.level("near.lifelike", RECENT) or 0.0
    led = apart < SURE or (nearer is not None and nearer >= APPROACHING)
    if not led or lifelike >= LIFELIKE:  # a discriminator that is never wrong and shows no way; a collapse
        return None
    return Signs(
        min(lost(chart), low(drift, CALM), low(chart.swing("probe.strayed", RECENT) or 0.0, JUMP)),
        "grave",
        _far,
        known({"quality": quality, "approach": nearer}),
        f"At this pace it will not arrive: {chart.progress:.0%} of the planned training is over".replace("%", " %")
        + f", and the samples are of quality {quality:.2f}, where real data have 1. This is called stagnation.",
    )


def _motionless(chart: Chart) -> Signs | None:
    if chart.progress > FALLING:
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
        f"The generator stands still{moves}, although its samples reach {in_quality(quality)}. "
        "This is called stagnation.",
    )


def _left_behind(chart: Chart) -> Signs | None:
    own = _quality(chart, "near.reached", "near.lifelike")  # for long: an average is always a little behind
    average = _quality(chart, "near.average_reached", "near.average_lifelike")
    if own is None or average is None or chart.maturity < LATELY:
        return None
    gained = still(chart, names=("near.average_reached", "near.average_lifelike"))
    return Signs(
        min(short(average / max(own, 1e-6), BEHIND), high(own, FIT), gained),
        "serious",
        _behind,
        {"quality": own, "quality of the average": average},
        f"The averaged generator, which is what you get, lags far behind the trained one: it reaches "
        f"{in_quality(average)}, the other {own:.2f}.",
    )


def _standing(chart: Chart) -> Signs | None:
    """The trained generator comes closer and closer, and its average stays where it is."""
    if chart.maturity < LATELY:
        return None
    own = chart.gain(LATELY, ("near.reached", "near.lifelike"))
    average = chart.gain(LATELY, ("near.average_reached", "near.average_lifelike"))
    if own is None or average is None:
        return None
    return Signs(
        min(high(own - average, LEFT), low(average, STANDING)),
        "serious",
        _far,
        {"gain": own, "gain of the average": average},
        f"The averaged generator, which is what you get, stands still: the trained one has come {own:.2f} of the way "
        f"to the data of late, its average {max(average, 0.0):.2f}.",
    )


def _quality(chart: Chart, coverage: str, fidelity: str) -> float | None:
    levels = [level for name in (coverage, fidelity) if (level := chart.level(name, RECENT)) is not None]
    return min(levels) if len(levels) == 2 else None


def _far(reading: Reading) -> bool:
    return min(reading.get("near.reached", 1.0), reading.get("near.lifelike", 1.0)) <= POOR


def _behind(reading: Reading) -> bool:
    return reading.get("near.average_reached", 1.0) <= BEHIND * reading.get("near.reached", 0.0)


AILMENT = Stagnation
