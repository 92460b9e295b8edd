"""Answers survive in the run's folder: in order, also behind torn lines and lines of somebody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.studio.answers import ANSWER

from ganforge.runs.plays import FILE, Plays


def test_what_was_answered_is_read_again(tmp_path: Path) -> None:
    given = [replace(ANSWER, number=n, answer=a) for n, a in enumerate(["real", "forged", None])]
    for each in given:
        Plays(tmp_path).add(each)
    assert Plays(tmp_path).answers() == given
    assert [each.right for each in given] == [False, True, False]


def test_lines_are_only_ever_appended(tmp_path: Path) -> None:
    Plays(tmp_path).add(ANSWER)
    before = (tmp_path / FILE).read_bytes()
    Plays(tmp_path).add(ANSWER)
    assert (tmp_path / FILE).read_bytes() == before * 2


def test_a_torn_line_costs_that_answer_and_no_other(tmp_path: Path) -> None:
    plays = Plays(tmp_path)
    plays.add(ANSWER)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"event": "answer", "round": "to')
    plays.add(replace(ANSWER, number=1))
    assert [each.number for each in plays.answers()] == [0, 1]


def test_lines_that_mean_nothing_are_passed_over(tmp_path: Path) -> None:
    plays = Plays(tmp_path)
    plays.add(ANSWER)
    junk = b'{"event": "answer", "round": 3}\n[1]\nnull\n\xff\xfe\n{"event": "treated", "to_kimg": 0.5}\n'
    with (tmp_path / FILE).open("ab") as file:
        file.write(junk + b'{"event": "answer", "seconds": "x"}\n' + b"[" * 5000 + b"\n")
    assert plays.answers() == [ANSWER]


@pytest.mark.parametrize(
    "odd",
    [
        {"mode": "several", "choices": 1, "truth": "0"},
        {"mode": "several", "choices": 4, "truth": "4"},
        {"mode": "several", "choices": 4, "truth": "1", "answer": "real"},
        {"mode": "one", "choices": 3},
        {"truth": "77"},
        {"answer": "zzz"},
        {"seconds": -1.0},
    ],
)
def test_answers_that_no_question_can_have_are_passed_over(tmp_path: Path, odd: dict[str, Any]) -> None:
    plays = Plays(tmp_path)
    plays.add(replace(ANSWER, number=1, **odd))
    plays.add(ANSWER)
    assert plays.answers() == [ANSWER]


def test_of_two_answers_to_one_question_the_first_counts(tmp_path: Path) -> None:
    plays = Plays(tmp_path)
    plays.add(replace(ANSWER, answer="real"))
    plays.add(replace(ANSWER, answer="forged"))
    assert [each.answer for each in plays.answers()] == ["real"]


def test_nobody_played(tmp_path: Path) -> None:
    assert Plays(tmp_path).answers() == []
