"""Which checkpoint of a run a command uses."""

from __future__ import annotations

from ganforge.core.errors import SettingError
from ganforge.trained import Which


def which(text: str) -> Which:
    """A checkpoint as the user named it.

    Raises:
        SettingError: it is neither "best", "newest" nor a number.
    """
    if text == "best":
        return "best"
    if text == "newest":
        return "newest"
    if not text.isdecimal():
        raise SettingError(f"--checkpoint {text} is none; give best, newest, or the number of a step.")
    return int(text)
