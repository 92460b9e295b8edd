"""Divergence: numbers run away, until they are no numbers any more."""

from __future__ import annotations

from itertools import takewhile
from typing import ClassVar

from ganforge.watch._ailment import DECEIVED, STEEP, STRONGEST, SURE, Ailment, Signs, high, known
from ganforge.watch._chart import FEWEST, Chart, Reading

GROWTH = 300.0
"""Scores or losses so many times as large as they were in the first tenth have run away."""
BEGUN = 0.1
"""Share of the run that is its beginning: scores start near 0, and grow soundly."""
HEAVIER = 10.0
"""Weights so many times as heavy as at the first look have run away."""
ABSURD = 1000.0
"""No objective has a use for scores that spread so far: sound ones spread by 0.01 to 100."""
LASTING = 0.15
"""Share of the run for which the slope has to be as steep."""
APART = 1.0
"""And its scores differ at least so much."""
WIDER = 5.0
"""Samples that differ so many times as much as real ones have run away."""
FLOWN = 2.0
"""Samples that differ so many times as much again have run away, also from a discriminator that is never wrong."""
STEP = 0.2
"""A step that changes weights by this share of their own size forgets what they were."""
GROWING = ("probe.spread", "discriminator.adversarial", "generator.adversarial")
"""What is compared with its own beginning."""


class Divergence(Ailment):
    """Losses, scores, weights or samples run away by orders of magnitude, or are no numbers any more."""

    name: ClassVar[str] = "divergence"
    title: ClassVar[str] = "Divergence"
    what: ClassVar[str] = (
        "Scores, losses, weights or samples grow by orders of magnitude instead of settling, until the computer can no "
        "longer hold them and they turn into 'not a number'. Nothing can be learned from there."
    )
    signs: ClassVar[tuple[str, ...]] = (
        "A loss, a score or a sample is not a finite number (probe.nonfinite).",
        "Scores or losses (probe.spread, *.adversarial) are hundreds of times what they were in the first tenth.",
        "Weights (*.weights) or the samples' differences (probe.variety) grow many times too large.",
        "Single steps change the weights by a large share of their own size (*.update).",
        "The slope that the discriminator shows the generator (generator.reach) is many times a sound one's.",
    )
    causes: ClassVar[tuple[str, ...]] = (
        "Learning rates that are much too high for one player or both.",
        "An objective whose scores have no bound, with no penalty or clipping to hold them.",
        "Bad settings of the optimiser: momentum that is too long, an epsilon that is too small.",
        "Numbers in the data far off the scale of the rest.",
    )
    papers: ClassVar[tuple[str, ...]] = (
        "Arjovsky, Chintala, Bottou 2017, arXiv:1701.07875",
        "Brock, Donahue, Simonyan 2018 (collapse in large trainings), arXiv:1809.11096, section 4",
        "Miyato et al. 2018, arXiv:1802.05957",
    )
    remedies: ClassVar[tuple[str, ...]] = (
        "learning-rates",
        "momentum",
        "penalty",
        "batch",
        "steady-objective",
        "networks",
        "sound-settings",
    )
    warm_up: ClassVar[float] = 0.0

    def weigh(self, chart: Chart) -> Signs | None:
        broken = chart.broken
        if broken is not None:
            return _broken(broken)
        if not chart.watched:
            return None
        signs = [_grown(chart), _absurd(chart), _steep(chart), _heavier(chart), _wider(chart), _steps(chart)]
        shown = (sign for sign in signs if sign is not None)
        return max(
            shown, key=lambda sign: (sign.strength >= 1.0, sign.severity == "grave", sign.strength), default=None
        )


def _broken(reading: Reading) -> Signs:
    names = ", ".join(reading.broken[:3])
    return Signs(
        STRONGEST,
        "grave",
        lambda reading: bool(reading.broken),
        {name: reading.values[name] for name in reading.broken},
        f"The calculation has broken down: at step {reading.step}, {names} held something that is not a finite number. "
        "This is called divergence.",
    )


def _grown(chart: Chart) -> Signs | None:
    """Scores and losses beside their largest level in the beginning."""
    if chart.maturity < 2.0 * BEGUN:
        return None
    found = []
    for name in GROWING:
        now, first = chart.level(name), _largest_at_first(chart, name)
        if now is not None and first:
            found.append((abs(now) / first, name, first))
    if not found:
        return None
    growth, name, first = max(found)
    return Signs(
        high(growth, GROWTH),
        "grave",
        lambda reading: abs(reading.values.get(name, 0.0)) >= first * GROWTH / 10.0,
        {f"growth of {name}": growth},
        f"The numbers run away: what the discriminator says ({name}) is {growth:,.0f} times as large as at first. "
        "This is called divergence.",
    )


def _largest_at_first(chart: Chart, name: str) -> float | None:
    end = BEGUN * chart.total_kimg
    readings = takewhile(lambda reading: reading.kimg <= end, chart.watched)
    first = [abs(reading.values[name]) for reading in readings if name in reading.values]
    return max(first, default=None)


def _always(reading: Reading) -> bool:
    return True


def _absurd(chart: Chart) -> Signs | None:
    """Scores that ran away before the first look."""
    spread = chart.level("probe.spread")
    if spread is None:
        return None
    return Signs(
        high(spread, ABSURD),
        "serious",
        lambda reading: reading.values.get("probe.spread", 0.0) >= ABSURD / 2.0,
        {"probe.spread": spread},
        f"The discriminator's scores have lost all measure: they spread by {spread:,.0f}, where sound ones spread by a "
        "few units. This is called divergence.",
    )


def _steep(chart: Chart) -> Signs | None:
    """The slope that the discriminator shows the generator."""
    reach, spread = chart.level("generator.reach", LASTING), chart.level("probe.spread")
    if reach is None or spread is None or chart.maturity < 1.5 * BEGUN or _is_led_astray(chart):
        return None
    return Signs(
        min(high(reach, STEEP), high(spread, APART)),  # a slope that is only noise (dropout) leads to no scores
        "serious",
        lambda reading: reading.get("generator.reach", 0.0) >= STEEP / 2.0,
        {"generator.reach": reach},
        "The discriminator has grown far too steep: a sample that moves by one deviation of the data changes its "
        f"score by {reach:,.0f}, where sound ones change by less than 2. The generator is thrown about by it. This is "
        "the beginning of divergence.",
    )


def _heavier(chart: Chart) -> Signs | None:
    """Weights beside those at the first look."""
    found = []
    for player in ("discriminator", "generator"):
        now, first = chart.level(f"{player}.weights"), chart.watched[0].values.get(f"{player}.weights")
        if now is not None and first:
            found.append((now / first, player))
    if not found:
        return None
    growth, player = max(found)
    return Signs(
        high(growth, HEAVIER),
        "serious",
        _always,
        {f"growth of {player}.weights": growth},
        f"The {player}'s weights run away: they are {growth:,.1f} times as large as at the first look. "
        "This is called divergence.",
    )


def _wider(chart: Chart) -> Signs | None:
    variety = chart.level("probe.variety")
    if variety is None or _is_deceived(chart) or (_is_led_astray(chart) and variety < FLOWN * WIDER):
        return None
    return Signs(
        high(variety, WIDER),
        "grave" if variety >= FLOWN * WIDER else "serious",
        lambda reading: reading.values.get("probe.variety", 0.0) >= WIDER / 2.0,
        known({"probe.variety": variety}),
        f"The samples fly apart: they differ {variety:,.1f} times as much as real ones. This is called divergence.",
    )


def _is_led_astray(chart: Chart) -> bool:
    """Whether the samples go where a discriminator sends them that is never wrong and far too steep, or one that takes
    them for more real than real ones: these have names of their own.
    """
    apart, reach = chart.level("probe.apart"), chart.level("generator.reach") or 0.0
    return _is_deceived(chart) or (apart is not None and apart >= SURE and reach >= STEEP)


def _is_deceived(chart: Chart) -> bool:
    """Whether the discriminator takes fake samples for the more real ones: then it is what ails."""
    apart = chart.level("probe.apart")
    return apart is not None and apart <= DECEIVED


def _steps(chart: Chart) -> Signs | None:
    """Steps beside the size of the weights; the player that makes the larger ones."""
    found = [
        (sorted(values)[len(values) // 2], player)
        for player in ("discriminator", "generator")
        if len(values := chart.recent(f"{player}.update")) >= FEWEST
    ]
    if not found:
        return None
    update, player = max(found)
    return Signs(
        high(update, STEP),
        "serious",
        lambda reading: reading.values.get(f"{player}.update", 0.0) >= STEP / 2.0,
        {f"{player}.update": update},
        f"The {player} is thrown about: every step changes its weights by {update:.0%}".replace("%", " %")
        + ", so it forgets what it had learned. This is the beginning of divergence.",
    )


AILMENT = Divergence
