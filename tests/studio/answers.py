"""An answer for tests."""

from __future__ import annotations

from ganforge.runs.plays import Answer

ANSWER = Answer(
    round="a",
    number=0,
    player="Ada",
    step=7,
    mode="one",
    choices=1,
    truth="forged",
    answer="real",
    seconds=1.5,
    limit=None,
    judge_right=True,
    made="2026-01-01T00:00:00+00:00",
)
