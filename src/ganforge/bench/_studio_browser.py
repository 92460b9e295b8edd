"""A real browser on the studio's pages."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ganforge.core.errors import MachineError, MissingExtraError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""What it is called, by system."""
ARGUMENTS = ("--no-sandbox", "--disable-background-networking")


def installed() -> str | None:
    """Where the browser is; None = nowhere. GANFORGE_CHROMIUM names one that lies elsewhere."""
    asked = os.environ.get("GANFORGE_CHROMIUM", "")
    return next((path for name in (asked, *NAMES) if name and (path := shutil.which(name))), None)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Within, a browser without a window.

    Raises:
        MachineError: Chromium is not installed.
        MissingExtraError: what drives it is not.
    """
    path = installed()
    if path is None:
        raise MachineError(f"No Chromium was found (looked for {', '.join(NAMES)}). Install it: apt install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise MissingExtraError("playwright", "dev") from error
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()
