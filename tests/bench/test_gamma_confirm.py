"""The rule at full length: the ratio of both ways, its error over sets, and when it may be taken."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ganforge.bench import _gamma_confirm
from ganforge.bench._gamma_confirm import (
    FRESH,
    Comparison,
    confirm_sentences,
    confirm_sheet,
    confirmed,
    mean_and_error,
)
from ganforge.bench._gamma_trials import TRIALS
from ganforge.bench._hospital_cases import Case
from ganforge.bench._hospital_data import card_of
from ganforge.bench._hospital_measure import Measured
from ganforge.bench._hospital_recording import Outcome
from ganforge.recipes._recipes import RECIPES


def scored(*scores: float) -> tuple[Measured, ...]:
    return tuple(Measured(score, 0.01, 0.0, 1.0) for score in scores)


def compared(ratio: float, data: str = "ring") -> Comparison:
    return Comparison(data, 10.0, 0.1, scored(1.0, 2.0), scored(ratio, 2.0 * ratio))


def test_a_ratio_is_taken_within_each_seed() -> None:
    one = compared(0.5)
    assert one.logs == pytest.approx([math.log(0.5)] * 2)
    assert mean_and_error(one.logs) == pytest.approx((math.log(0.5), 0.0))
    assert "0.50 (0.50 to 0.50)" in confirm_sheet([one]).rows[0]


def test_a_score_within_its_error_counts_as_its_error_and_a_ruined_one_is_finite() -> None:
    one = Comparison("ring", 10.0, 0.1, scored(0.001), scored(math.inf))
    assert one.logs[0] == pytest.approx(math.log(1e6 / 0.01))


@pytest.mark.parametrize(
    ("ratios", "taken"), [((0.5, 0.55, 0.6), True), ((0.5, 1.1, 1.6), False), ((1.5, 1.55, 1.6), False)]
)
def test_the_rule_is_taken_only_where_it_is_better_beyond_error(ratios: tuple[float, ...], taken: bool) -> None:
    *_, last = confirm_sentences([compared(ratio, str(ratio)) for ratio in ratios])
    assert ("may be taken" in last) == taken


def test_of_one_set_nothing_follows() -> None:
    assert "Too few" in next(confirm_sentences([compared(0.5)]))


def test_both_ways_have_the_same_seeds_and_the_full_length(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    trial = TRIALS[-1]
    done: dict[str, Outcome] = {}

    def pretend(cases: list[Case], out: Path, *_: object) -> None:
        for case in cases:
            score = 1.0 if not case.settings else 0.5
            done[case.name] = Outcome(case, "done", scored(score)[0], 1.0, out)

    monkeypatch.setattr(_gamma_confirm, "record", pretend)
    monkeypatch.setattr(_gamma_confirm, "read_outcome", lambda case, out: done.get(case.name))
    nothing = confirmed([trial], {trial.data: trial.gamma / 10}, tmp_path, [0], print, train=False)
    assert not nothing
    (found,) = confirmed([trial], {trial.data: trial.gamma / 10}, tmp_path, [0], print, train=True)
    assert found.factor == pytest.approx(0.1)
    assert found.logs == pytest.approx([math.log(0.5)] * len(FRESH))
    own = RECIPES.get("auto")(card_of(trial.data))
    for outcome in done.values():
        assert outcome.case.kimg == own.budget.kimg
        built = outcome.case.built()
        times = 0.1 if outcome.case.settings else 1.0
        assert built.penalties[0].weight.start == pytest.approx(times * own.penalties[0].weight.start)
