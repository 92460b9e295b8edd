"""The bench of the penalty's strength: the best of a few strengths, its error, and the rule through many sets."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganforge.bench import _gamma_trials, gamma
from ganforge.bench._gamma_rule import LEAST_ERROR, Best, best_of, fit, missed, spread, weighted_root
from ganforge.bench._gamma_trials import FACTORS, TRIALS, Found, Trial, best, known, measured, noise, wanted
from ganforge.bench._hospital_cases import Case
from ganforge.bench._hospital_data import MORE_PICTURES, MORE_POINTS, NAMES, OTHER, TRAIN, TRUTH, card_of, draw
from ganforge.bench._hospital_measure import Measured
from ganforge.bench._hospital_recording import Outcome, record_case
from ganforge.core.errors import RunError, SettingError
from ganforge.networks._pair import PAIRS

STEP = math.log(5.0)
LOGS = [math.log(factor) for factor in FACTORS]


def valley(at: float, *, bend: float = 0.3) -> list[float]:
    """Logarithmic scores that are a parabola."""
    return [bend * (log - at) ** 2 - 1.0 for log in LOGS]


# The best strength of one set


@given(at=st.floats(-1.4 * STEP, 1.4 * STEP), bend=st.floats(0.02, 0.2))
@settings(max_examples=40, deadline=None)
def test_the_lowest_point_of_a_parabola_is_found(at: float, bend: float) -> None:
    found = best_of(LOGS, valley(at, bend=bend), [0.0] * 5, "valley")
    assert found.log == pytest.approx(at, abs=1e-6)
    assert found.gain == pytest.approx(1.0 - math.exp(-bend * at * at), abs=1e-6)
    assert found.side == 0
    assert found.error == LEAST_ERROR


@pytest.mark.parametrize(("slope", "side"), [(-1.0, 1), (1.0, -1)])
def test_a_score_that_still_falls_is_best_at_the_end_or_beyond(slope: float, side: int) -> None:
    found = best_of(LOGS, [slope * log for log in LOGS], [0.01] * 5, "slope")
    assert found.side == side
    assert found.log == pytest.approx(side * 2 * STEP)
    assert found.error >= STEP / 2


def test_the_error_is_that_of_repeated_measurements() -> None:
    random = np.random.default_rng(3)
    truth, error = valley(0.4, bend=0.15), 0.05
    found = [best_of(LOGS, (truth + error * random.standard_normal(5)).tolist(), [error] * 5, "v") for _ in range(200)]
    assert np.std([one.log for one in found]) == pytest.approx(np.median([one.error for one in found]), rel=0.2)
    assert np.mean([one.log for one in found]) == pytest.approx(0.4, abs=0.1)
    assert np.std([one.gain for one in found]) == pytest.approx(np.median([one.gain_error for one in found]), rel=0.5)


def test_scores_that_do_not_differ_leave_the_strength_open() -> None:
    flat = best_of(LOGS, [0.0] * 5, [0.2] * 5, "flat")
    steep = best_of(LOGS, valley(0.0), [0.2] * 5, "steep")
    assert flat.error > STEP > 2 * steep.error


def test_a_ruined_training_counts_as_ten_times_the_best_and_no_more() -> None:
    ruined, bad = ([math.inf if far else math.log(100.0), 0.0, -0.1, 0.1, 0.3] for far in (True, False))
    assert best_of(LOGS, ruined, [0.05] * 5, "r") == best_of(LOGS, bad, [0.05] * 5, "r")


@pytest.mark.parametrize("scores", [[math.inf] * 5, [0.0, 1.0]])
def test_no_best_of_too_few_or_of_none_that_are_finite(scores: list[float]) -> None:
    with pytest.raises(RunError, match="3 are needed"):
        best_of(LOGS[: len(scores)], scores, [0.1] * len(scores), "nothing")


def test_the_spread_among_seeds_is_pooled() -> None:
    random = np.random.default_rng(0)
    places = [(center + 0.2 * random.standard_normal(3)).tolist() for center in random.standard_normal(400)]
    assert spread(places) == pytest.approx(0.2, rel=0.05)
    assert math.isnan(spread([[1.0], [2.0]]))


# The rule


def test_without_scatter_the_line_is_the_weighted_one() -> None:
    sizes = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    errors = [0.5, 0.4, 0.6, 0.5, 0.4, 0.5]
    values = [0.3 + 0.5 * size + sign * 0.1 for size, sign in zip(sizes, (1, -1) * 3, strict=True)]
    line = fit([(1.0, size) for size in sizes], values, errors)
    expected, covariance = np.polyfit(sizes, values, 1, w=1.0 / np.asarray(errors), cov="unscaled")
    assert line.scatter == 0.0
    assert line.coefficients == pytest.approx(tuple(expected[::-1]))
    assert line.errors == pytest.approx(tuple(np.sqrt(np.diag(covariance))[::-1]))
    value, error = line.at((1.0, 0.0))
    assert (value, error) == pytest.approx((line.coefficients[0], line.errors[0]))


@given(slope=st.floats(-2.0, 2.0), seed=st.integers(0, 10))
@settings(max_examples=15, deadline=None)
def test_a_line_and_the_scatter_about_it_are_found(slope: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    x = random.uniform(-3.0, 3.0, size=400)
    errors = random.uniform(0.1, 0.5, size=400)
    y = 1.0 + slope * x + np.hypot(errors, 0.8) * random.standard_normal(400)
    line = fit([(1.0, one) for one in x.tolist()], y.tolist(), errors.tolist())
    assert line.scatter == pytest.approx(0.8, abs=0.12)
    assert abs(line.coefficients[1] - slope) < 4 * line.errors[1]
    assert line.errors[1] == pytest.approx(0.86 / (math.sqrt(400) * math.sqrt(3.0)), rel=0.15)


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot tell"):
        fit([(1.0, 2.0)] * 5, [1.0] * 5, [0.1] * 5)
    with pytest.raises(ValueError, match="cannot tell"):
        fit([(1.0, 2.0), (1.0, 3.0)], [1.0, 2.0], [0.1, 0.1])
    assert math.isnan(missed([(1.0, 0.0), (1.0, 0.0), (1.0, 1.0)], [1.0, 2.0, 3.0], [1.0] * 3))


def test_a_set_that_is_left_out_is_missed_by_its_distance_from_the_others() -> None:
    ones = [(1.0,)] * 3
    assert missed(ones, [0.0, 0.0, 3.0], [1.0] * 3) == pytest.approx(weighted_root([1.5, 1.5, 3.0], [1.0] * 3))
    assert weighted_root([1.0, 5.0], [0.01, 100.0]) == pytest.approx(1.0, abs=1e-5)


# The trials


def test_trials_are_of_many_sizes_and_of_two_kinds_at_one_size() -> None:
    assert len({trial.data for trial in TRIALS}) == len(TRIALS) >= 10
    sizes: dict[int, set[int]] = {}
    for trial in TRIALS:
        sizes.setdefault(trial.numbers, set()).add(trial.batch)
    assert max(sizes) / min(sizes) > 100
    assert any(len(batches) > 1 for batches in sizes.values())
    assert FACTORS[2] == 1.0


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.data)
def test_a_case_is_auto_with_all_penalties_scaled_alike(trial: Trial) -> None:
    own, weaker = trial.case(2, 0).built(), trial.case(1, 0).built()
    assert own == replace(trial.case(2, 0), settings={}).built()
    assert len(own.penalties) == 2
    for before, after in zip(own.penalties, weaker.penalties, strict=True):
        assert after.weight.start == pytest.approx(before.weight.start / 5)
        assert (after.weight.end is None) == (before.weight.end is None)
        assert after.weight.end is None or after.weight.end == pytest.approx((before.weight.end or 0.0) / 5)
    assert replace(weaker, penalties=own.penalties) == own
    assert trial.gamma == own.penalties[0].weight.start
    options = own.networks.build(PAIRS.get(own.networks.name))
    assert options.takes(card_of(trial.data).shape) is None


@pytest.mark.parametrize("name", [*MORE_POINTS, *MORE_PICTURES])
def test_data_beside_the_hospital_are_drawn_like_its_own(name: str) -> None:
    assert name not in NAMES
    first, again, truth, other = (draw(name, which, 100) for which in (TRAIN, TRAIN, TRUTH, OTHER))
    assert np.array_equal(first, again)
    assert first.reshape(100, -1).shape[1] == math.prod(card_of(name).shape)
    assert not np.array_equal(first, truth)
    assert not np.array_equal(truth, other)


def found_with(logs: Sequence[float | None], seeds: int = 1) -> Found:
    """A trial whose scores are these logarithms, by place."""
    scores = {
        place: (Measured(math.exp(log), 0.01 * math.exp(log), 0.01, 1.0),) * seeds
        for place, log in enumerate(logs)
        if log is not None
    }
    return Found(Trial("moons", 4.0, seeds), scores)


@pytest.mark.parametrize(
    ("logs", "places"),
    [
        ([None] * 5, [1, 2, 3]),
        ([None, 0.0, None, 1.0, None], [2]),
        ([None, 1.0, 0.0, 1.0, None], []),
        ([None, 0.0, 1.0, 2.0, None], [0]),
        ([None, 2.0, 1.0, math.inf, None], []),
        ([None, 2.0, 1.0, 0.0, None], [4]),
        ([None, 2.0, 1.0, 0.0, -1.0], []),
    ],
)
def test_strengths_are_tried_until_the_lowest_score_has_neighbours(logs: list[float | None], places: list[int]) -> None:
    names = [case.name for case in wanted(found_with(logs, seeds=2))]
    assert names == [f"moons-times-{FACTORS[place]:g}-{seed}" for place in places for seed in range(2)]


def test_errors_are_the_larger_of_seeds_and_samples_over_the_root_of_the_seeds() -> None:
    single, double = found_with(valley(0.5, bend=0.1)), found_with(valley(0.5, bend=0.1), seeds=2)
    assert noise([single]).keys() == {False, True}
    assert all(math.isnan(value) for value in noise([single]).values())
    assert noise([double]) == {False: 0.0, True: 0.0}  # both seeds scored the same
    assert best(single, math.nan) == best(single, 0.0)
    assert best(single, 0.3).error == pytest.approx(best(double, 0.3 * math.sqrt(2)).error)
    assert best(single, 0.3).error > best(double, 0.3).error


# The bench


def pretend(trial_best: dict[str, float]) -> object:
    """Record in no time: scores that are lowest at a known strength."""

    def record(cases: Sequence[Case], out: Path, doctor: str, cores: Sequence[int], tell: object) -> list[Outcome]:
        assert doctor == "off"
        outcomes = []
        for case in cases:
            log = math.log(case.built().penalties[0].weight.start / 0.5)
            score = 0.1 * math.exp(0.2 * (log - trial_best[case.data]) ** 2 + 0.02 * case.seed)
            outcome = Outcome(case, "done", Measured(score, 0.003, 0.02, 1.0), 1.0, out / case.name)
            PRETENDED[case.name] = outcome
            outcomes.append(outcome)
        return outcomes

    return record


PRETENDED: dict[str, Outcome] = {}


def test_the_bench_finds_the_rule_that_the_scores_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    PRETENDED.clear()
    logs = {trial.data: 0.4 * math.log(trial.numbers / 64) for trial in TRIALS}
    monkeypatch.setattr(_gamma_trials, "record", pretend(logs))
    monkeypatch.setattr(_gamma_trials, "read_outcome", lambda case, out: PRETENDED.get(case.name))
    gamma.run(out=tmp_path, cores=(0,), markdown=True)
    told = " ".join(capsys.readouterr().out.split())
    figures = json.loads((tmp_path / "gamma.json").read_text())
    rule = figures["rules"]["numbers"]
    assert rule["coefficients"][1] == pytest.approx(0.4, abs=0.02)
    assert math.exp(rule["coefficients"][0]) == pytest.approx(0.5, rel=0.05)
    assert rule["scatter"] == 0.0
    assert figures["rules"]["batch"]["coefficients"][2] == pytest.approx(0.0, abs=0.05)
    assert figures["rules"]["missed_by_rule"] < 0.2 < figures["rules"]["missed_by_one"]
    assert len(figures["sets"]) == len(TRIALS)
    assert "| icons32 | 1024 | 32 |" in told
    assert "(one gamma for all)" in told
    assert "Among seeds of one strength the score of numbers differs by 1%" in told
    extended = next(one for one in figures["sets"] if one["data"] == "ring")["scores"]
    assert set(extended) == {"0.04", "0.2", "1", "5"}  # 25 was not worth it


def test_few_sets_give_no_rule_and_are_printed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    PRETENDED.clear()
    monkeypatch.setattr(_gamma_trials, "record", pretend({"moons": 0.0, "ring": 0.3}))
    monkeypatch.setattr(_gamma_trials, "read_outcome", lambda case, out: PRETENDED.get(case.name))
    gamma.run(data=("moons", "ring"), out=tmp_path, cores=(0,))
    assert "a rule needs 4" in " ".join(capsys.readouterr().out.split())
    assert json.loads((tmp_path / "gamma.json").read_text())["rules"] is None


def test_sets_of_one_size_and_batch_give_no_rule() -> None:
    found = found_with(valley(0.0))
    optima = [gamma.Optimum(found, Best(0.1 * place, 0.2, 0.0, 0.1, 0)) for place in range(5)]
    assert gamma.rules_of(optima) is None


@pytest.mark.parametrize("arguments", [{"data": ("faces",)}, {"cores": (-1,)}])
def test_what_does_not_exist_is_refused(arguments: dict[str, tuple[str, ...]], tmp_path: Path) -> None:
    with pytest.raises(SettingError):
        gamma.run(out=tmp_path, **arguments)  # type: ignore[arg-type]
    with pytest.raises(RunError, match="Nothing is complete"):
        gamma.run(out=tmp_path, printed=True)


def test_a_training_is_recorded_once_and_known_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial("moons", 2.048, 1)
    outcome = record_case(trial.case(3, 0), tmp_path, "off")
    assert outcome.state == "done"
    (found,) = known([trial], tmp_path)
    assert found.scores == {3: (outcome.measured,)}
    assert [case.name for case in wanted(found)] == ["moons-times-0.2-0", "moons-times-1-0"]
    monkeypatch.setattr(_gamma_trials, "record", lambda *_: pytest.fail("trained again"))
    complete = found_with([1.0, 0.0, 1.0, 2.0])
    monkeypatch.setattr(_gamma_trials, "known", lambda trials, out: [complete])
    assert measured([trial], tmp_path, [0], print) == [complete]
