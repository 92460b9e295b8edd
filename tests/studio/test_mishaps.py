"""What fails in a way that nobody foresaw is answered in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganforge.studio.mishaps import UNFORESEEN
from tests.studio.asking import Asking


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(5, "Input/output error", "/disk/x"), "Input/output error (/disk/x)"),
        (OSError("odd"), "odd"),
        (ZeroDivisionError("division"), f"{UNFORESEEN}: ZeroDivisionError"),
    ],
)
def test_a_handler_that_fails_is_answered_in_words(error: Exception, words: str, tmp_path: Path) -> None:
    asking = Asking(tmp_path)

    def broken() -> None:
        raise error

    asking.app.add_api_route("/api/broken", broken)
    answer = asking.get("/api/broken")
    assert answer.status_code == 503
    assert words in answer.json()["error"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert asking.get("/api/runs").status_code == 200
