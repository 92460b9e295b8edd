"""Discriminator asleep: it cannot tell real from fake, although anybody could."""

from __future__ import annotations

from statistics import median
from typing import ClassVar

from ganforge.watch._ailment import FLAT, SURE, Ailment, Signs, bad, in_quality, lost, low, still
from ganforge.watch._chart import Chart

UNDECIDED = 0.1
"""No farther than this above one half, the share of pairs told apart is as good as guessing; below one half it even
takes the fake samples for the more real ones."""
SWINGING = 0.15
"""Where that share jumps by so much from look to look, it is oscillation."""
POOR = 0.5
"""Quality below which the samples are plainly bad."""
MOTIONLESS = 2e-5
"""The discriminator's weights change by less than this share a step: at this pace it does not follow."""
NOT_GOOD = 0.8
"""Quality below which a discriminator that does not move should."""
LOST = 0.1
"""Samples that reach no more than this quality are lost: whether they get better need not be asked."""
ENDING = 0.8
"""After this share of the run, learning rates fall to nothing by plan."""
GUESSING = 0.05
"""So near to one half, the share of pairs told apart in training is guessing; sound ones are farther while the samples
are bad."""
OVER = 0.2
"""Share of the run for which it has guessed."""
SETTLED = 0.25
"""Share of the run after which it has had the time to see a difference."""
FAR = 0.65
"""Quality of samples that anybody could tell from real ones; of sound trainings in which a discriminator only guesses,
the worst are at 0.85 (or get better quickly)."""
SLOW = 0.12
"""What came closer by no more than this in that time will not arrive."""
FAINT = 2e-3
"""A slope of so little says next to nothing; the faintest sound one is five times as steep."""
NEAR = 0.9
"""Quality from which on a faint slope may be enough."""
BEGUN = 0.1
"""Share of the run before which a discriminator that starts flat may be so."""


class DiscriminatorAsleep(Ailment):
    """D cannot tell real from fake although the samples are bad."""

    name: ClassVar[str] = "discriminator-asleep"
    title: ClassVar[str] = "Discriminator asleep"
    what: ClassVar[str] = (
        "The discriminator cannot tell real from fake, although the samples are plainly bad. The generator is told "
        "nothing useful: it wanders, or stands still."
    )
    signs: ClassVar[tuple[str, ...]] = (
        "Real and fake samples score alike (probe.apart near 0.5) while the samples are far from real.",
        "It only guesses in training (discriminator.apart near 0.5), and the samples hardly come closer.",
        "There is next to no slope where the samples are (generator.reach near 0).",
        "The discriminator's weights no longer move (discriminator.update near 0).",
        "The samples come no closer to the data.",
    )
    causes: ClassVar[tuple[str, ...]] = (
        "Its learning rate is too low beside the generator's, or it is much the smaller of the two.",
        "A penalty or clipping that is so strong that it can say nothing but one number.",
        "Units that died at the start, noise or dropout that hide what it looks at.",
        "Augmentation so strong that real samples look like anything.",
    )
    papers: ClassVar[tuple[str, ...]] = (
        "Goodfellow 2016, arXiv:1701.00160, section 4.4",
        "Gulrajani et al. 2017 (clipping too tight), arXiv:1704.00028, section 3",
        "Heusel et al. 2017 (two time scales), arXiv:1706.08500",
    )
    remedies: ClassVar[tuple[str, ...]] = (
        "learning-rates",
        "penalty",
        "momentum",
        "networks",
        "discriminator-steps",
        "fresh-discriminator",
        "steady-objective",
        "sound-settings",
    )

    def weigh(self, chart: Chart) -> Signs | None:
        apart, quality, update = chart.level("probe.apart"), chart.quality(), chart.level("discriminator.update")
        if apart is None or quality is None:
            return None
        kinds = (
            _blind(chart, apart, quality),
            _guessing(chart),
            _flat(chart, apart),
            _motionless(chart, update, quality),
        )
        known = [kind for kind in kinds if kind is not None]
        return max(known, key=lambda signs: (signs.strength >= 1.0, signs.severity == "grave", signs.strength))


def _blind(chart: Chart, apart: float, quality: float) -> Signs:
    undecided = median(max(share - 0.5, 0.0) for share in chart.recent("probe.apart"))
    swing = chart.swing("probe.apart")
    nowhere = low(quality, LOST) if chart.maturity >= BEGUN else 0.0
    told = f"it tells real from fake in only {apart:.0%} of all pairs (50% would be guessing)".replace("%", " %")
    return Signs(
        min(low(undecided, UNDECIDED), low(swing, SWINGING), max(nowhere, min(bad(chart, POOR), still(chart)))),
        "grave" if quality < POOR / 5.0 else "serious",
        lambda reading: reading.get("probe.apart", 1.0) - 0.5 <= 2.0 * UNDECIDED,
        {"probe.apart": apart, "quality": quality},
        f"The discriminator is no help: {told}, although the samples reach {in_quality(quality)}.",
    )


def _guessing(chart: Chart) -> Signs | None:
    """It guesses in training, where noise, dropout or penalties may hide what it could tell at rest."""
    apart, quality, gained = chart.level("discriminator.apart", OVER), chart.quality(OVER), chart.gain(OVER)
    if apart is None or quality is None or gained is None or chart.maturity < SETTLED:
        return None
    told = f"in training it tells real from fake in only {apart:.0%} of all pairs (50% would be guessing)"
    return Signs(
        min(low(abs(apart - 0.5), GUESSING), bad(chart, FAR, OVER), max(low(gained, SLOW), lost(chart))),
        "serious",
        lambda reading: abs(reading.get("discriminator.apart", 1.0) - 0.5) <= 2.0 * GUESSING,
        {"discriminator.apart": apart, "quality": quality, "gain": gained},
        f"The discriminator is no help: {told.replace('%', ' %')}, although the samples reach "
        f"{in_quality(quality)} and hardly come closer.",
    )


def _motionless(chart: Chart, update: float | None, quality: float) -> Signs | None:
    if update is None or chart.maturity < BEGUN or chart.progress > ENDING:
        return None
    return Signs(
        min(low(update, MOTIONLESS), bad(chart, NOT_GOOD)),
        "serious",
        lambda reading: reading.get("discriminator.update", 1.0) <= 2.0 * MOTIONLESS,
        {"discriminator.update": update, "quality": quality},
        f"The discriminator does not learn: each step changes its weights by {update:.1g} of their size, although the "
        f"samples reach {in_quality(quality)}.",
    )


def _flat(chart: Chart, apart: float) -> Signs | None:
    """A discriminator without a slope, whatever the samples are like by now; one that is always right is not asleep.

    A faint slope, as clipped weights have it, is one to learn from where the samples get better.
    """
    reach = chart.level("generator.reach")
    if reach is None or chart.maturity < BEGUN or apart >= SURE:
        return None
    return Signs(
        max(low(reach, FLAT), min(low(reach, FAINT), bad(chart, NEAR), still(chart))),
        "serious",
        lambda reading: reading.get("generator.reach", 1.0) <= 2.0 * FAINT,
        {"generator.reach": reach, "probe.apart": apart},
        f"The discriminator is flat: a sample that moves by one deviation of the data changes its score by "
        f"{reach:.1g}, so the generator learns next to nothing from it.",
    )


AILMENT = DiscriminatorAsleep
