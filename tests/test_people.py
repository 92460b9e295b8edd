"""How often people could not tell: the rate, an interval that is wide enough, and words that hide nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from ganforge.people import people, summed_up, wilson
from ganforge.runs.plays import Answer, Plays
from tests.studio.answers import ANSWER


def answers(wrong: list[list[bool]], *, named: bool = True) -> list[Answer]:
    """For each player one round; half of the questions real, in turn."""
    made = []
    for player, flags in enumerate(wrong):
        for number, flag in enumerate(flags):
            truth = ("real", "forged")[number % 2]
            other = ("forged", "real")[number % 2]
            name = f"player {player}" if named else ""
            made.append(
                replace(
                    ANSWER, round=str(player), number=number, player=name, truth=truth, answer=other if flag else truth
                )
            )
    return made


def test_the_error_rate_is_the_share_of_wrong_answers_of_both_kinds() -> None:
    told = summed_up(answers([[True, False, False, True], [False, False, False, False]]), None)
    assert told.error_rate is not None and told.fooled is not None and told.denied is not None
    assert told.error_rate.value == 2 / 8
    assert (told.denied.value, told.fooled.value) == (1 / 4, 1 / 4)
    assert (told.players, told.rounds, told.answers) == (2, 2, 8)


@pytest.mark.parametrize(("hits", "count"), [(0, 5), (3, 10), (50, 50), (41, 200)])
def test_wilsons_interval_is_that_of_the_books(hits: int, count: int) -> None:
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    assert wilson(hits, count) == pytest.approx((expected.low, expected.high), abs=1e-7)


def test_the_interval_holds_the_truth_when_players_differ() -> None:
    random = np.random.default_rng(0)
    held = 0
    for _ in range(100):
        skill = random.beta(2, 4, size=12)  # mean 1/3, and very different players
        told = summed_up(answers([(random.random(20) < one).tolist() for one in skill]), None)
        assert told.error_rate is not None
        held += told.error_rate.low <= 1 / 3 <= told.error_rate.high
    assert held >= 84  # 95 are hoped for; twelve players are few for a bootstrap


def test_players_who_differ_make_it_wider_than_answers_that_are_independent() -> None:
    split = summed_up(answers([[True] * 20] * 4 + [[False] * 20] * 4), None).error_rate
    even = summed_up(answers([[True, True, False, False] * 5] * 8), None).error_rate
    assert split is not None and even is not None and split.value == even.value == 0.5
    assert split.high - split.low > 2 * (even.high - even.low)


def test_nobody_wrong_is_no_certainty() -> None:
    rate = summed_up(answers([[False] * 4] * 6), None).error_rate
    assert rate is not None and rate.low == 0 and rate.high > 0.1


def test_rounds_without_a_name_are_players_of_their_own() -> None:
    assert summed_up(answers([[True, False]] * 3, named=False), None).players == 3


def test_answers_that_came_too_late_count_nowhere_but_are_told() -> None:
    late = [replace(ANSWER, number=n, answer=None) for n in range(3)]
    told = summed_up([*answers([[True, False]]), *late], None)
    assert (told.late, told.answers) == (3, 2)
    assert told.error_rate is not None and told.error_rate.count == 2


def test_picking_out_of_several_is_told_by_itself_with_what_guessing_gives() -> None:
    picks = [replace(ANSWER, mode="several", choices=4, number=n, truth="2", answer=str(n % 4)) for n in range(8)]
    told = summed_up(picks, None)
    assert told.error_rate is None
    assert told.picked is not None and (told.picked.value, told.guessing) == (0.75, 0.75)
    assert "pick" in told.words and "75 % is guessing" in told.words


def test_only_the_checkpoint_asked_about_counts_and_the_others_are_told(tmp_path: Path) -> None:
    for number, step in enumerate((5, 5, 9)):
        Plays(tmp_path).add(replace(ANSWER, number=number, step=step))
    assert (people(tmp_path, 5).answers, people(tmp_path, 5).others) == (2, 1)
    assert people(tmp_path, None).answers == 3
    assert "1 answer about other checkpoints" in people(tmp_path, 5).words
    assert people(tmp_path, 6).words == "Nobody has judged this checkpoint yet; there are 3 answers about others."


@pytest.mark.parametrize(
    ("wrong", "count", "begins"),
    [
        (0, 5, "Too few answers to say whether people can tell: 0 % of 5 answers"),
        (5, 10, "Too few answers to say"),
        (4, 80, "People can mostly tell: 5.0 % of 80 answers"),
        (72, 200, "People can tell, but are often wrong: 36 % of 200 answers"),
        (98, 200, "People cannot tell: 49 % of 200 answers"),
        (13, 32, "It is not certain whether people can tell"),
        (160, 200, "People are misled"),
    ],
)
def test_the_words_follow_the_figure_and_say_no_more_than_its_interval(wrong: int, count: int, begins: str) -> None:
    told = summed_up(answers([[number < wrong for number in range(count)]]), None)
    assert told.words.startswith(begins)


def test_real_items_that_were_trained_on_are_told() -> None:
    assert "trained on" in summed_up([replace(ANSWER, held_out=False)], None).words
