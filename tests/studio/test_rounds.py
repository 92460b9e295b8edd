"""A round's clock runs from when a question is seen, and an answer that was lost on its way costs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganforge.runs.plays import Plays
from ganforge.studio._dealing import Deal, Item, Question
from ganforge.studio._rounds import AHEAD, GRACE, Asked, Round, Rounds
from ganforge.studio.errors import NoSuchError, NotYet

SECONDS = 5.0


class Clock:
    """A clock that stands until it is set forward."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def made(clock: Clock, tmp_path: Path) -> Round:
    return begun(clock, tmp_path, SECONDS)


def begun(clock: Clock, folder: Path, seconds: float | None) -> Round:
    questions = tuple(Question(b"x", truth, "real") for truth in ("real", "forged", "real", "forged", "real"))
    asked = Asked("r", "one", 1, "", seconds, 1)
    return Rounds(clock).begin(asked, Deal(Item(1, 1, 1), questions, held_out=True, real=9), Plays(folder))


def test_a_question_that_was_fetched_ahead_has_its_whole_time_once_it_is_seen(made: Round, clock: Clock) -> None:
    made.pixels(0)
    clock.now += 60.0  # while the truth of the one before was looked at
    assert made.shown(0) == SECONDS
    clock.now += SECONDS - 1.0
    given = made.answer(0, "real", 4.0)
    assert given.right and given.answer == "real"
    assert made.plays.answers()[-1].seconds == 4.0


def test_saying_again_that_a_question_is_seen_gives_no_more_time(made: Round, clock: Clock) -> None:
    made.pixels(0)
    made.shown(0)
    clock.now += 2.0
    assert made.shown(0) == SECONDS - 2.0
    clock.now += SECONDS + GRACE
    assert made.shown(0) == 0.0
    late = made.answer(0, "real", 1.0)
    assert late.answer is None and not late.right


def test_a_question_never_said_to_be_seen_runs_from_when_it_was_sent(made: Round, clock: Clock) -> None:
    made.pixels(0)
    clock.now += SECONDS + 2 * GRACE
    assert made.answer(0, "real", 1.0).answer is None


def test_a_question_cannot_be_studied_for_ever_before_it_is_said_to_be_seen(made: Round, clock: Clock) -> None:
    made.pixels(0)
    clock.now += AHEAD + SECONDS + 2 * GRACE
    assert made.shown(0) == 0.0
    assert made.answer(0, "real", 1.0).answer is None


def test_each_question_has_a_clock_of_its_own(made: Round, clock: Clock) -> None:
    for number, truth in enumerate(("real", "forged", "real")):
        made.pixels(number)
        clock.now += 30.0
        made.shown(number)
        clock.now += 1.0
        assert made.answer(number, truth, None).right
    assert [each.seconds for each in made.plays.answers()] == [1.0, 1.0, 1.0]


def test_only_the_question_that_is_due_can_be_seen(made: Round) -> None:
    with pytest.raises(NotYet, match="Ask for question 0 first"):
        made.shown(0)  # not sent
    made.pixels(0)
    with pytest.raises(NotYet, match="Ask for question 0 first"):
        made.shown(1)
    with pytest.raises(NoSuchError):
        made.shown(5)
    made.answer(0, "real", None)
    assert made.shown(0) == 0.0  # overtaken by its answer
    with pytest.raises(NotYet):
        made.shown(1)


def test_without_a_limit_there_is_any_time(clock: Clock, tmp_path: Path) -> None:
    made = begun(clock, tmp_path, None)
    made.pixels(0)
    assert made.shown(0) is None
    clock.now += 10 * AHEAD
    assert made.answer(0, "real", 3.0).right


@pytest.mark.parametrize("wait", [1.0, SECONDS + 2 * GRACE], ids=["in time", "late"])
def test_the_same_answer_once_more_is_told_again_and_kept_once(made: Round, clock: Clock, wait: float) -> None:
    made.pixels(0)
    clock.now += wait
    first = made.answer(0, "real", 1.0)
    assert made.answer(0, "real", 1.0) is first
    assert len(made.plays.answers()) == 1 and len(made.given) == 1


def test_another_answer_or_an_older_question_stays_refused(made: Round) -> None:
    made.pixels(0)
    made.answer(0, "real", None)
    for other in ("forged", None):
        with pytest.raises(NotYet, match="has been answered"):
            made.answer(0, other, None)
    made.pixels(1)
    made.answer(1, "forged", None)
    with pytest.raises(NotYet, match="has been answered"):
        made.answer(0, "real", None)
    assert len(made.plays.answers()) == 2


def test_shares_are_written_in_one_way(made: Round) -> None:
    made.pixels(0)
    made.answer(0, "real", None)
    assert "(95 %: 21 % to 100 %; guessing gives 50 %)" in made.words()
