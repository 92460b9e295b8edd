"""Numbers and dates in words for people."""

from __future__ import annotations

import datetime
import math

from ganforge.metrics._metric import Estimate

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NOTHING = "–"


def number(value: float, error: float = math.nan) -> str:
    """A number with as many digits as its standard error `error` makes sense of; with three where it has none."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    known = math.isfinite(error) and error > 0
    if value == 0 and not known:
        return "0"
    decimals = -math.floor(math.log10(error / 3)) if known else 2 - math.floor(math.log10(abs(value)))
    if decimals > 6:
        return _signed(f"{value:.2e}")
    text = f"{value:,.{max(0, decimals)}f}"
    return _signed(text[1:] if text.startswith("-") and not text.strip("-0.,") else text)


def estimate(told: Estimate | None, error: float) -> str:
    """A number and its interval: "0.62 (0.58 to 0.66)", with the digits that an error of `error` makes sense of."""
    if told is None:
        return _NOTHING
    value = number(told.value, error)
    if not (math.isfinite(told.low) and math.isfinite(told.high)):
        return f"{value} (no interval)" if math.isfinite(told.value) else value
    return f"{value} ({number(told.low, error)} to {number(told.high, error)})"


def k_samples(kimg: float) -> str:
    """Progress: "84.7k samples"."""
    if kimg == 0:
        return "no samples"
    return f"{kimg:,.0f}k samples" if kimg >= 100 else f"{kimg:,.1f}k samples"


def date(iso: str) -> str:
    """A date as people write it: "22 November 2026". Of ISO 8601; what cannot be read stays as it is."""
    try:
        day = datetime.datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def counted(count: int, thing: str) -> str:
    """How many of a thing: "1 row", "2,000 rows"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _signed(text: str) -> str:
    return text.replace("-", "−")
