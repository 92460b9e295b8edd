"""Figures as people say them."""

from __future__ import annotations

FRACTIONS = (
    (0.03, "a few per cent"),
    (0.1, "about a tenth"),
    (0.2, "about a fifth"),
    (0.25, "about a quarter"),
    (1 / 3, "about a third"),
    (0.5, "about half"),
    (2 / 3, "about two thirds"),
    (0.75, "about three quarters"),
    (0.9, "most"),
    (1.0, "nearly all"),
)
NEARLY_ALL = 0.97


def fraction(share: float) -> str:
    """A share from 0 to 1 as the nearest fraction that people have a word for: "about a third"."""
    if nearly_all(share):
        return "nearly all"
    return min(FRACTIONS[:-1], key=lambda known: abs(known[0] - share))[1]


def nearly_all(share: float) -> bool:
    """Whether so little is left that a sentence had better tell of that: "hardly ever look like a real item"."""
    return share >= NEARLY_ALL


def percent(share: float) -> str:
    """A share from 0 to 1: "34 %", "1.5 %"."""
    return f"{100 * share:.1f} %" if 0 < share < 0.095 else f"{100 * share:.0f} %"
