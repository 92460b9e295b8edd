"""Data trouble: something about the data themselves that no training can make up for."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from ganforge.core.records import Severity
from ganforge.watch._ailment import Ailment, Signs, high, low
from ganforge.watch._chart import Chart

CONSTANT = 0.98
"""This share of all columns or pixels without variance leaves next to nothing to learn."""
ASIDE, ASIDE_OF = 0.5, 4
"""This share of all columns, of which there are at least so many, never varies: something must have gone wrong."""
SOME_ASIDE = 0.01
"""From this share on it is worth knowing."""
ATOM = 0.2
"""One number makes up this share of a column whose other numbers never repeat: it stands for something else."""
SOME_ATOM = 0.02
"""From this share on it is worth knowing."""
REPEATED = 0.4
"""This share of all items repeats another as a whole: of items that are all there twice, as many as meet among those
that are trained with.
"""
UNEVEN = 70.0
"""Half of a column lies so many times closer together than the rest; the heaviest of tails reaches 40."""
IF_TRUE = "If these are true values, this is no fault"
"""What may be as it should be is said so."""
UNITS = 10.0
"""Two groups of a column's values that are alike, but for a factor of so much, are in two units."""
COMMONEST = 0.5
"""One and the same item makes up this share of the data: it is all that is learned."""
DISTINCT = 12.0
"""With no more different items than this there is nothing between them to learn."""
TOO_FEW = 50.0
"""With no more training items than this, there is nothing to learn what they have in common from."""
FEW = 300.0
"""With no more than this, it is worth knowing."""
GAP = 0.75
"""So wide a stretch of a column's range is empty, and beyond it lie values far out: the rest is squeezed by them."""
SKIPPED = 0.3
"""This share of what was offered was left out."""
SOME_SKIPPED = 0.05
"""From this share on it is worth knowing."""


class DataTrouble(Ailment):
    """The data are constant, duplicated, too few, off scale, or mostly left out."""

    name: ClassVar[str] = "data-trouble"
    title: ClassVar[str] = "Data trouble"
    what: ClassVar[str] = (
        "Something about the data themselves stands in the way: hardly anything in them varies, they repeat, there are "
        "too few, a few values lie so far out that all others are squeezed together, or much of them could not be used."
    )
    signs: ClassVar[tuple[str, ...]] = (
        "Nearly all columns or pixels are constant (data.constant), or half of a table's columns or more (data.aside).",
        "One item makes up much of the data (data.commonest), or there are few different ones (data.distinct).",
        "There are very few training items (data.train), or they are there more than once (data.repeated).",
        "Single values, or a code, lie far out beyond an empty stretch (data.stray), and squeeze all others together.",
        "One number makes up much of a column whose other numbers never repeat (data.atom).",
        "A column's magnitudes form two groups that are alike and far apart (data.units).",
        "Much of what was offered was left out (data.skipped): missing, non-finite, unreadable.",
        (
            "Worth knowing, and no fault if true: a constant column; many zeros, or values at a limit (data.edge); a "
            "rare group or a long tail (data.gap); a part much closer together than the rest (data.uneven)."
        ),
    )
    causes: ClassVar[tuple[str, ...]] = (
        "A sensor that was stuck, an export that went wrong, a folder of the same picture.",
        "Placeholders such as 999999 for what is missing, a wrong decimal sign, another unit in some rows.",
        "A data set that is too small.",
    )
    papers: ClassVar[tuple[str, ...]] = (
        "Karras et al. 2020 (how few are too few), arXiv:2006.06676",
        "LeCun, Bottou, Orr, Müller 1998 (inputs of one scale), doi:10.1007/3-540-49430-8_3",
        "Lee et al. 2021 (duplicates), arXiv:2107.06499",
    )
    remedies: ClassVar[tuple[str, ...]] = ()
    to_do: ClassVar[tuple[str, ...]] = (
        "Mend the data; training goes on with them as they are, and no setting makes up for it.",
        "Leave out rows with codes and mistakes, or leave the cells empty: rows with empty cells are left out.",
        "Bring each column into one unit, and leave out those that never vary.",
        "Of too few items get more; copies of them are none.",
    )
    passing: ClassVar[bool] = False
    warm_up: ClassVar[float] = 0.0

    def weigh(self, chart: Chart) -> Signs | None:
        kinds = (_constant, _aside, _repeated, _twice, _atom, _edge, _few, _squeezed, _in_two_units, _uneven, _skipped)
        found = [signs for kind in kinds if (signs := kind(chart)) is not None]
        return max(
            found, key=lambda signs: (signs.strength >= 1.0, signs.severity != "mild", signs.strength), default=None
        )


def _told(strength: float, severity: Severity, name: str, value: float, sentence: str) -> Signs:
    return Signs(strength, severity, lambda reading: True, {name: value}, sentence.replace("%", " %"))


def _constant(chart: Chart) -> Signs | None:
    share = chart.data.get("data.constant")
    if share is None:
        return None
    sentence = f"Hardly anything in the data varies: {share:.0%} of all columns or pixels always have the same value."
    return _told(high(share, CONSTANT), "serious", "data.constant", share, sentence)


def _aside(chart: Chart) -> Signs | None:
    share = chart.data.get("data.aside")
    if share is None:
        return None
    much = share >= ASIDE and chart.data.get("data.columns", 0.0) >= ASIDE_OF
    sentence = (
        f"{share:.0%} of the columns always have the same value. Nothing is learned of them; every sample gets that "
        "value. Perhaps a sensor is stuck."
    )
    if much:
        return _told(high(share, ASIDE), "serious", "data.aside", share, sentence)
    return _told(high(share, SOME_ASIDE), "mild", "data.aside", share, f"{sentence} {IF_TRUE}.")


def _repeated(chart: Chart) -> Signs | None:
    commonest, distinct = chart.data.get("data.commonest"), chart.data.get("data.distinct")
    if commonest is None or distinct is None:
        return None
    sentence = f"The data repeat themselves: one and the same item makes up {commonest:.0%} of them."
    if low(distinct, DISTINCT) > high(commonest, COMMONEST):
        sentence = f"The data repeat themselves: there are only {distinct:.0f} different items."
    strength = max(high(commonest, COMMONEST), low(distinct, DISTINCT))
    counted = chart.data.get("data.counted", 0.0) > 0.0  # of a few answers to a few questions there are few
    sentence = f"{sentence} {IF_TRUE}: counts, answers and codes do." if counted else sentence
    signs = _told(strength, "mild" if counted else "serious", "data.commonest", commonest, sentence)
    return replace(signs, evidence={**signs.evidence, "data.distinct": distinct})


def _twice(chart: Chart) -> Signs | None:
    share = chart.data.get("data.repeated")
    if share is None:
        return None
    sentence = (
        f"Many items are there more than once: {share:.0%} of them repeat another as a whole. Copies of what is "
        "trained with may be held out, too, and then scores look better than they are."
    )
    return _told(high(share, REPEATED), "mild", "data.repeated", share, sentence)


def _atom(chart: Chart) -> Signs | None:
    share, rows = chart.data.get("data.atom"), chart.data.get("data.commonest", 0.0)
    if share is None or share <= 1.1 * rows:  # then it is the row that repeats itself
        return None
    sentence = (
        f"One and the same number makes up {share:.0%} of a column whose other numbers never repeat: a default, or a "
        "code? The networks can only smear it."
    )
    if share >= ATOM:
        return _told(high(share, ATOM), "serious", "data.atom", share, sentence)
    return _told(high(share, SOME_ATOM), "mild", "data.atom", share, sentence)


def _edge(chart: Chart) -> Signs | None:
    share = chart.data.get("data.edge")
    if share is None or share <= 1.1 * chart.data.get("data.commonest", 0.0):
        return None
    sentence = (
        f"One and the same number, 0 or the lowest or the highest, makes up {share:.0%} of a column whose other "
        f"numbers never repeat. {IF_TRUE}, though the networks smear it; or is it a code, or a sensor at its limit?"
    )
    return _told(high(share, SOME_ATOM), "mild", "data.edge", share, sentence)


def _few(chart: Chart) -> Signs | None:
    train = chart.data.get("data.train")
    if train is None:
        return None
    sentence = (
        f"There are very few data: {train:.0f} items to train with. Some hundreds are the least, thousands are good."
    )
    if train <= TOO_FEW:
        return _told(low(train, TOO_FEW), "serious", "data.train", train, sentence)
    return _told(low(train, FEW), "mild", "data.train", train, sentence)


def _squeezed(chart: Chart) -> Signs | None:
    gap, farthest = chart.data.get("data.gap"), chart.data.get("data.farthest")
    if gap is None or farthest is None:
        return None
    stray = chart.data.get("data.stray", gap)
    sentence = (
        f"Some values lie far outside, {farthest:,.0f} times the usual deviation from the middle, and {gap:.0%} of the "
        "range before them is empty."
    )
    if stray >= GAP:
        signs = _told(
            high(stray, GAP),
            "serious",
            "data.farthest",
            farthest,
            f"{sentence} Perhaps they are mistakes, or a code for what is missing.",
        )
        return replace(signs, evidence={**signs.evidence, "data.stray": stray})
    signs = _told(high(gap, GAP), "mild", "data.farthest", farthest, f"{sentence} {IF_TRUE}: a rare kind, a long tail.")
    return replace(signs, evidence={**signs.evidence, "data.gap": gap})


def _in_two_units(chart: Chart) -> Signs | None:
    factor = chart.data.get("data.units")
    if factor is None:
        return None
    sentence = (
        f"Part of a column is some {factor:,.0f} times as large as the rest, and otherwise the same: perhaps it is in "
        "another unit."
    )
    return _told(high(factor, UNITS), "serious", "data.units", factor, sentence)


def _uneven(chart: Chart) -> Signs | None:
    uneven = chart.data.get("data.uneven")
    if uneven is None:
        return None
    sentence = (
        f"Part of a column lies {uneven:,.0f} times as close together as the rest, and is squeezed into one place by "
        f"it: perhaps it is in another unit. {IF_TRUE}."
    )
    return _told(high(uneven, UNEVEN), "mild", "data.uneven", uneven, sentence)


def _skipped(chart: Chart) -> Signs | None:
    share = chart.data.get("data.skipped")
    if share is None:
        return None
    sentence = f"Much of the data could not be used: {share:.0%} of what was offered was left out."
    if share >= SKIPPED:
        return _told(high(share, SKIPPED), "serious", "data.skipped", share, sentence)
    return _told(high(share, SOME_SKIPPED), "mild", "data.skipped", share, sentence)


AILMENT = DataTrouble
