"""Oscillation: the two networks chase each other and arrive nowhere."""

from __future__ import annotations

from typing import ClassVar

from ganforge.watch._ailment import DECEIVED, Ailment, Signs, bad, high, in_quality, lost, still
from ganforge.watch._chart import Chart, Reading

DRIFT = 0.5
"""Samples that are so far from the average generator's (1 = as far as two real items are apart) are on their way."""
SWING = 0.15
"""From one look to the next, the share of pairs told apart jumps by so much: now one player leads, now the other."""
POOR = 0.4
"""Quality below which going round has done harm."""
SHARE = 0.2
"""Share of the run in which it must go on."""
FLUNG = 0.8
"""Samples so far from the average generator's are flung about."""
JUMP = 0.3
"""The distance of the samples from the data changes by so much from one look to the next (1 = as far as two real items
are apart): they are thrown about."""
FAR = 0.2
"""And reach no more than this quality."""
CHANCE = 0.06
"""The discriminator's loss jumps by this share of itself from one step to the next; with 64 samples a step by a
fiftieth."""
UNSURE = 0.1
"""A discriminator that errs on fewer pairs than this is sure: its loss is small, and jumps all the same."""
SETTLED = 0.25
"""Share of the run before which losses jump soundly."""
HARMED = 0.85
"""Quality below which chance has done harm, if nothing gets better; soundly trained samples are above it at the end."""
SHAKEN = 0.97
"""Quality below which it may have."""
BEGUN = 0.2
"""Share of the run before which all is in motion anyway."""


class Oscillation(Ailment):
    """G and D go round in circles."""

    name: ClassVar[str] = "oscillation"
    title: ClassVar[str] = "Oscillation"
    what: ClassVar[str] = (
        "Each network undoes what the other has just learned: the generator moves to where the discriminator is weak, "
        "the discriminator follows, and they go round in circles. The samples change all the time and get no better."
    )
    signs: ClassVar[tuple[str, ...]] = (
        "The samples of the same noise move far and for ever (probe.drift large, beside the average generator's).",
        "The share of pairs that the discriminator tells apart (probe.apart) jumps up and down from look to look.",
        "Neither the generator nor its average comes closer to the data.",
        "The discriminator's loss jumps from step to step (discriminator.adversarial.highest beside its mean).",
    )
    causes: ClassVar[tuple[str, ...]] = (
        "Learning rates that are too high, or momentum: near the solution, steps lead around it instead of into it.",
        "No penalty on the discriminator's gradients: then the game need not converge at all.",
        "A batch so small that each step follows chance.",
    )
    papers: ClassVar[tuple[str, ...]] = (
        "Mescheder, Geiger, Nowozin 2018, arXiv:1801.04406, section 2",
        "Mescheder, Nowozin, Geiger 2017, arXiv:1705.10461",
        "Gidel et al. 2018 (negative momentum), arXiv:1807.04740",
    )
    remedies: ClassVar[tuple[str, ...]] = (
        "learning-rates",
        "momentum",
        "penalty",
        "batch",
        "average",
        "steady-objective",
        "discriminator-steps",
        "sound-settings",
    )

    def weigh(self, chart: Chart) -> Signs | None:
        drift, swing, quality = chart.level("probe.drift", SHARE), chart.swing("probe.apart", SHARE), chart.quality()
        if drift is None or swing is None or quality is None:
            return None
        kinds = (
            _circling(chart, drift, swing, quality),
            _flung(chart, quality),
            _thrown(chart, quality),
            _chancy(chart, quality),
        )
        return max((kind for kind in kinds if kind is not None), key=lambda signs: signs.strength)


def _circling(chart: Chart, drift: float, swing: float, quality: float) -> Signs:
    restless = max(high(drift, DRIFT), high(swing, SWING))
    return Signs(
        min(restless, bad(chart, POOR), still(chart, SHARE)),
        "grave" if quality < POOR / 4.0 else "serious",
        _restless,
        {"probe.drift": drift, "swing of probe.apart": swing, "quality": quality},
        f"The networks chase each other in circles: the samples keep moving ({drift:,.2f} times as far as two real "
        f"items are apart) and get no better ({in_quality(quality)}). This is called oscillation.",
    )


def _flung(chart: Chart, quality: float) -> Signs | None:
    """Samples that are flung so far that whether they get better cannot be the question."""
    drift = chart.level("probe.drift", SHARE)
    if drift is None or _is_led_astray(chart) or chart.maturity < BEGUN + SHARE / 2.0:
        return None
    return Signs(
        min(high(drift, FLUNG), bad(chart, FAR)),
        "grave",
        _restless,
        {"probe.drift": drift, "quality": quality},
        f"The samples are flung about: between the generator and its average they lie {drift:,.1f} times as far apart "
        f"as two real items, and reach {in_quality(quality)}. This is called oscillation.",
    )


def _thrown(chart: Chart, quality: float) -> Signs | None:
    """Samples that are thrown about from look to look, and are nowhere near the data; also without an average."""
    jumps = [chart.swing(name, SHARE) for name in ("probe.missed", "probe.strayed")]
    known = [jump for jump in jumps if jump is not None]
    if not known or _is_led_astray(chart):
        return None
    return Signs(
        min(high(max(known), JUMP), lost(chart)),
        "grave",
        lambda reading: reading.get("near.lifelike", 1.0) <= FAR,
        {"swing of the distance": max(known), "quality": quality},
        f"The samples are thrown about: from one look to the next their distance from the data changes by "
        f"{max(known):,.1f} times that of two real items, and they reach {in_quality(quality)}. This is called "
        "oscillation.",
    )


def _is_led_astray(chart: Chart) -> bool:
    """Whether the discriminator steadily takes fake samples for the more real ones: then they follow it, and nobody
    chases anybody.
    """
    apart, swing = chart.level("probe.apart", SHARE), chart.swing("probe.apart", SHARE)
    return apart is not None and swing is not None and apart <= DECEIVED and swing < SWING


def _chancy(chart: Chart, quality: float) -> Signs | None:
    """A loss that jumps from step to step: too few samples decide about each."""
    jump, apart = chart.jump("discriminator.adversarial", SHARE), chart.level("discriminator.apart", SHARE)
    if jump is None or apart is None or chart.maturity < SETTLED:
        return None
    shaken = min(high(jump, CHANCE), high(1.0 - apart, UNSURE))
    harmed = min(shaken, bad(chart, HARMED), still(chart))
    return Signs(
        max(harmed, min(shaken, bad(chart, SHAKEN))),
        "serious" if harmed >= 1.0 else "mild",
        lambda reading: True,
        {"jump of discriminator.adversarial": jump, "quality": quality},
        f"Chance drives the game: the discriminator's loss jumps by {jump:.0%} from one step to the next".replace(
            "%", " %"
        )
        + ", because so few samples decide about each step. What one step learns the next one undoes; this is a form "
        "of oscillation.",
    )


def _restless(reading: Reading) -> bool:
    return reading.values.get("probe.drift", 0.0) >= DRIFT / 1.5


AILMENT = Oscillation
