"""Discriminator too strong: it is never wrong, and the generator learns nothing from it."""

from __future__ import annotations

from typing import ClassVar

from ganforge.watch._ailment import (
    APPROACHING,
    FLAT,
    STEEP,
    STRONGEST,
    SURE,
    Ailment,
    Signs,
    bad,
    high,
    in_quality,
    low,
    still,
)
from ganforge.watch._chart import Chart, Reading

UNSURE = 0.04
"""The discriminator errs on fewer pairs of a real and a fake sample than this: it is as good as never wrong."""
POOR = 0.65
"""Quality below which a discriminator that is never wrong has done harm (where it has not, it is no trouble)."""
OVER = 0.2
"""Share of the run in which nothing came closer."""
ENDING = 0.9
"""After this share of the run, nothing comes closer by plan."""
STEADY = 0.6
"""Samples that are farther than this from their average's (1 = as far as two real items are apart) are thrown about:
that is another trouble, whoever wins."""
BEGUN = 0.1
"""Share of the run that is its beginning."""
NOT_GOOD = 0.9
"""Quality below which a steep discriminator has done harm."""


class DiscriminatorTooStrong(Ailment):
    """D is never wrong and G does not come closer."""

    name: ClassVar[str] = "discriminator-too-strong"
    title: ClassVar[str] = "Discriminator too strong"
    what: ClassVar[str] = (
        "The discriminator tells real from fake without a mistake, and has for long. The generator learns only from "
        "what the discriminator finds less fake than before; where everything is equally fake, there is nothing to "
        "learn from."
    )
    signs: ClassVar[tuple[str, ...]] = (
        "Nearly every real sample scores higher than every fake one (probe.apart near 1), reading after reading.",
        "The samples are far from real (probe.missed, probe.strayed) and come no closer.",
        "The samples lie still beside their average's (probe.drift): else it would be oscillation.",
        "The gradient that reaches the samples (generator.reach) has dried up.",
    )
    causes: ClassVar[tuple[str, ...]] = (
        "The discriminator learns too fast, takes too many steps for one of the generator, or is much the larger.",
        "No penalty or noise smooths it, and data and samples do not overlap: then it can always be perfect.",
        "An objective that saturates: its gradient vanishes where the discriminator is sure.",
        "The generator learns too slowly, or cannot make what is asked of it.",
    )
    papers: ClassVar[tuple[str, ...]] = (
        "Arjovsky, Bottou 2017, arXiv:1701.04862, section 2",
        "Goodfellow et al. 2014, arXiv:1406.2661, section 3",
        "Mescheder, Geiger, Nowozin 2018, arXiv:1801.04406",
    )
    remedies: ClassVar[tuple[str, ...]] = (
        "learning-rates",
        "discriminator-steps",
        "penalty",
        "momentum",
        "networks",
        "instance-noise",
        "augmentation",
        "steady-objective",
        "fresh-discriminator",
        "sound-settings",
    )

    def weigh(self, chart: Chart) -> Signs | None:
        apart, quality = _apart(chart), chart.quality()
        if apart is None or quality is None:
            return None
        kinds = (_never_wrong(chart, apart, quality), _saturated(chart, apart, quality), _steep(chart, apart, quality))
        return max((kind for kind in kinds if kind is not None), key=lambda signs: signs.strength, default=None)


def _never_wrong(chart: Chart, apart: float, quality: float) -> Signs | None:
    if chart.progress > ENDING:
        return None
    drift = chart.level("probe.drift") or 0.0
    return Signs(
        min(low(1.0 - apart, UNSURE), bad(chart, POOR), still(chart, OVER), low(drift, STEADY), _unled(chart, quality)),
        "grave" if quality < POOR / 5.0 else "serious",
        _sure,
        {"probe.apart": apart, "quality": quality},
        f"The discriminator is never fooled: it tells real from fake in {apart:.1%} of all pairs".replace("%", " %")
        + f", so the generator cannot see how to get better (its samples reach {in_quality(quality)}). This is "
        "called an overpowering discriminator.",
    )


def _unled(chart: Chart, quality: float) -> float:
    """How strong a sign it is that samples far out find no way; those that come nearer are led, and only slow."""
    if quality > 0.0 or chart.level("probe.strayed") is None:
        return STRONGEST
    approached = chart.approach(OVER)
    return 0.0 if approached is None else low(approached, APPROACHING)


def _saturated(chart: Chart, apart: float, quality: float) -> Signs | None:
    """Always right, and no slope left where the samples are: the loss has saturated."""
    reach = chart.level("generator.reach")
    if reach is None or chart.maturity < BEGUN:
        return None
    return Signs(
        min(low(1.0 - apart, 1.0 - SURE), low(reach, FLAT)),
        "grave",
        _sure,
        {"probe.apart": apart, "generator.reach": reach, "quality": quality},
        f"The discriminator is so sure of itself (right in {apart:.1%} of all pairs".replace("%", " %")
        + f") that no signal reaches the generator any more: a sample that moves by one deviation of the data changes "
        f"its loss by {reach:.1g}. This is called an overpowering discriminator.",
    )


def _steep(chart: Chart, apart: float, quality: float) -> Signs | None:
    """Always right, and so steep that the generator is thrown about instead of led."""
    reach = chart.level("generator.reach")
    if reach is None or chart.maturity < BEGUN:
        return None
    return Signs(
        min(low(1.0 - apart, 1.0 - SURE), high(reach, STEEP), bad(chart, NOT_GOOD)),
        "grave",
        _sure,
        {"probe.apart": apart, "generator.reach": reach, "quality": quality},
        f"The discriminator is never fooled (right in {apart:.1%} of all pairs".replace("%", " %")
        + f"), and its slope is so steep ({reach:,.0f} a deviation of the data; sound: below 2) that the generator is "
        "thrown about instead of led. This is called an overpowering discriminator.",
    )


def _apart(chart: Chart) -> float | None:
    probed = chart.level("probe.apart")
    return chart.level("discriminator.apart") if probed is None else probed


def _sure(reading: Reading) -> bool:
    return reading.values.get("probe.apart", 0.0) >= 1.0 - 1.5 * UNSURE


AILMENT = DiscriminatorTooStrong
