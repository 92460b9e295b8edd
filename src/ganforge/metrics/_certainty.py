"""How improbable a difference is, however few the items."""

from __future__ import annotations

import math


def as_normal(t: float, freedom: int) -> float:
    """The standard normal number that is as improbable as Student's t (Wallace 1959, doi:10.1214/aoms/1177706095)."""
    correction = (8 * freedom + 1) / (8 * freedom + 3)
    return correction * math.sqrt(freedom * math.log1p(t * t / freedom))
