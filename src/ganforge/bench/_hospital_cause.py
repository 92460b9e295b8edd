"""One way to spoil a training, and the ailments that are a right name for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Half = Literal["tuning", "untouched", "fresh", "sealed"]
"""The doctor is tuned on one half; figures come from the other. What was written when that one had been looked at is
the fresh part, and what was written when that had been looked at is the sealed one."""
HALVES: tuple[Half, ...] = ("tuning", "untouched")
"""Those that were dealt once."""

COLLAPSE = "mode-collapse"
STRONG = "discriminator-too-strong"
ASLEEP = "discriminator-asleep"
OSCILLATION = "oscillation"
DIVERGENCE = "divergence"
MEMORISING = "memorising"
STAGNATION = "stagnation"
DATA = "data-trouble"


@dataclass(frozen=True)
class Cause:
    """One way to spoil a training."""

    name: str
    what: str
    """What is done, for a person."""
    named: bool
    """Whether the list that the hospital began with names it."""
    half: Half
    names: Mapping[str, str]
    """The ailments that are a right name, each with the reason."""
    curable: bool = True
    """Whether settings alone can bring it back to its healthy twin, so that it belongs to the rescue table."""
