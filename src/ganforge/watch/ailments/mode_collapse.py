"""Mode collapse: the generator makes few kinds of sample, or one, whatever noise it is given."""

from __future__ import annotations

from typing import ClassVar

from ganforge.core.records import Severity
from ganforge.watch._ailment import STILL_OVER, Ailment, Signs, high, known, low, short, still
from ganforge.watch._chart import Chart, Reading

ALIKE = 0.15
"""Samples that differ by no more than this share of what real ones differ by are all alike."""
FLAT = 0.12
"""So small a share of the real data's effective rank is as good as one direction."""
TWINS = 0.3
"""This share of samples with a twin (real data: 0) is a generator that repeats itself."""
NEARLY_ALL = 0.6
"""Where so many have a twin, whether the samples get better need not be asked."""
LASTING = 0.1
"""If it lasts for this share of the run."""
LITTLE = 0.35
"""Twins count where no more of the real data than this is covered: dense clusters have twins too."""
MISSING = 0.7
"""With less coverage than this something is missing."""
BEHIND = 0.75
"""Coverage below this share of fidelity: what is there is real enough, but much is not there."""
REAL_ENOUGH = 0.5
"""Fidelity from which on samples are real enough that what is missing is missing, and not merely poor."""
SEVERE = 0.4
"""So little is reached by lifelike samples (sound trainings: 0.6) that it is an alarm although it gets a bit better."""
LIFELIKE = 0.7
"""Fidelity of samples that nobody would call merely poor."""
SETTLED = 1.0 / 3.0
"""Share of the run after which what is missing is missing."""
TOLD_APART = 0.05
"""In training the discriminator is right in so many more pairs than one half."""
SLOW = 0.1
"""It reaches no more than this further of late."""
ALARM = 0.55
"""Coverage below which a partial collapse is an alarm."""
MOTION = 6e-5
"""A generator whose steps are smaller (as a share of its weights) has not collapsed: it hardly moves."""
OVER = 0.1
"""A total collapse is told where nothing got better over this share of the run."""


class ModeCollapse(Ailment):
    """Few kinds of sample, or one."""

    name: ClassVar[str] = "mode-collapse"
    title: ClassVar[str] = "Mode collapse"
    what: ClassVar[str] = (
        "The generator has found a few samples (or a single one) that the discriminator takes for real, and makes only "
        "those, whatever noise it is given. Everything else in the data is missing from what it makes. In a partial "
        "collapse most of it is there, but some kinds are missing for good."
    )
    signs: ClassVar[tuple[str, ...]] = (
        "The samples differ from each other far less than real ones do (probe.variety, probe.rank near 0).",
        "Many samples have a twin (probe.twins), by the birthday test, while little of the data is covered.",
        "Real items lie far from any sample (probe.missed), samples near a real item (probe.strayed): much is missing.",
        "Neither gets better than it had been before.",
    )
    causes: ClassVar[tuple[str, ...]] = (
        "Objectives that one good sample can win; a discriminator that sees samples one by one.",
        "Learning rates that are too high, or a discriminator that learns too little between the generator's steps.",
        "No penalty on the discriminator's gradients, so that it pushes the generator from mode to mode.",
        "Noise z with too few numbers for the data, or a generator that cannot make use of it.",
    )
    papers: ClassVar[tuple[str, ...]] = (
        "Goodfellow 2016, arXiv:1701.00160, section 5.1.1",
        "Salimans et al. 2016, arXiv:1606.03498, section 3.2",
        "Arora, Zhang 2017 (the birthday test), arXiv:1706.08224",
        "Naeem et al. 2020 (coverage), arXiv:2002.09797",
    )
    remedies: ClassVar[tuple[str, ...]] = (
        "penalty",
        "learning-rates",
        "momentum",
        "minibatch-features",
        "latent",
        "networks",
        "batch",
        "steady-objective",
        "sound-settings",
    )

    def weigh(self, chart: Chart) -> Signs | None:
        coverage, fidelity = chart.level("near.reached"), chart.level("near.lifelike")
        if coverage is None or fidelity is None:
            return None
        total, partial = _total(chart, coverage), _partial(chart, coverage, fidelity)
        return _all_alike(chart, total) if total >= min(partial, 1.0) else _some_missing(chart, partial)


def _total(chart: Chart, coverage: float) -> float:
    alike = max(low(chart.level("probe.variety"), ALIKE), low(chart.level("probe.rank"), FLAT))
    twins = min(high(chart.level("probe.twins"), TWINS), low(coverage, LITTLE))
    lasting = min(max(alike, twins), still(chart, OVER))
    nearly_all = high(chart.level("probe.twins", LASTING), NEARLY_ALL) if chart.maturity >= 2.0 * LASTING else 0.0
    return min(max(lasting, nearly_all), short(coverage, MISSING), _moves(chart))


def _moves(chart: Chart) -> float:
    return high(chart.level("generator.update"), MOTION)


def _partial(chart: Chart, coverage: float, fidelity: float) -> float:
    average = chart.level("near.average_reached")
    most = coverage if average is None else max(coverage, average)
    share = most / max(min(fidelity, 1.0), 1e-6)
    lasting = still(chart)
    if chart.maturity >= SETTLED:
        reached = chart.gain(STILL_OVER, ("near.reached", "near.average_reached"))
        told_apart = (chart.level("discriminator.apart", SETTLED) or 1.0) - 0.5  # where D guesses, D is what ails
        severe = min(low(most, SEVERE), high(fidelity, LIFELIKE), high(told_apart, TOLD_APART))
        lasting = max(lasting, 0.0 if reached is None else min(severe, low(reached, SLOW)))
    return min(short(most, MISSING), short(share, BEHIND), high(fidelity, REAL_ENOUGH), lasting, _moves(chart))


def _all_alike(chart: Chart, strength: float) -> Signs:
    variety, twins, coverage = (chart.level(f"probe.{name}") for name in ("variety", "twins", "coverage"))
    grave = (coverage or 0.0) < ALIKE
    if variety is not None and variety <= ALIKE:
        seen = f"its samples differ only {variety:.2f} times as much as real ones"
    elif twins is not None and twins >= TWINS:
        seen = f"{twins:.0%} of its samples have a twin, and much of the data is far from all of them".replace(
            "%", " %"
        )
    else:
        rank = chart.level("probe.rank") or 0.0
        seen = f"its samples vary in only {rank:.2f} times as many ways as real ones"
    return Signs(
        strength,
        "grave" if grave else "serious",
        _looks_alike,
        known(
            {
                "probe.variety": variety,
                "probe.rank": chart.level("probe.rank"),
                "probe.twins": twins,
                "probe.coverage": coverage,
            }
        ),
        f"The generator makes almost the same sample again and again: {seen}. This is called mode collapse.",
    )


def _some_missing(chart: Chart, strength: float) -> Signs:
    coverage, fidelity = chart.level("near.reached") or 0.0, chart.level("near.lifelike") or 0.0
    severity: Severity = "serious" if coverage < ALARM else "mild"
    return Signs(
        strength,
        severity,
        _looks_partial,
        {"near.reached": coverage, "near.lifelike": fidelity},
        f"Part of the data is never made: what is made is lifelike ({fidelity:.2f}, real data: 1), but it reaches only "
        f"{coverage:.2f} of the way to all that is there, and it gets no better. This is called partial mode collapse.",
    )


def _looks_alike(reading: Reading) -> bool:
    values = reading.values
    alike = values.get("probe.variety", 1.0) <= 1.5 * ALIKE or values.get("probe.rank", 1.0) <= 1.5 * FLAT
    return alike or values.get("probe.twins", 0.0) >= TWINS / 1.5


def _looks_partial(reading: Reading) -> bool:
    return reading.get("near.reached", 1.0) <= MISSING


AILMENT = ModeCollapse
