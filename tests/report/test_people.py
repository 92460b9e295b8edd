"""What people answered, on the page: rates with intervals and n, no names, and nothing where nobody played."""

from __future__ import annotations

from dataclasses import replace

from ganforge.people import summed_up
from ganforge.report._people import section
from tests.studio.answers import ANSWER


def test_nobody_played() -> None:
    assert section(None) is None
    assert section(summed_up([], 7)) is None


def test_rates_stand_with_their_interval_and_number_and_without_names() -> None:
    answers = [replace(ANSWER, number=n, player="Ada <b>", answer="real" if n < 3 else "forged") for n in range(12)]
    shown = section(summed_up(answers, 7))
    assert shown is not None
    for text in ("25 %", "(8.9 % to 53 %)", "12 answers", "Forgeries called real", "1 player in 1 round"):
        assert text in shown.text
    assert "Ada" not in shown.text
    assert "Real items called forged" not in shown.text  # none was shown


def test_answers_about_other_checkpoints_are_told_and_not_counted() -> None:
    shown = section(summed_up([], 7, [ANSWER]))
    assert shown is not None and "1 answer about others" in shown.text and "<table" not in shown.text
