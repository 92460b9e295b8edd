"""The execution plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from ganforge.core.errors import SettingError
from ganforge.core.recipe import Budget
from ganforge.games._game import GAMES
from ganforge.training.measuring import Contest, measure_plan
from tests.training.small import RECIPE, a_feed, a_game, assert_same, snapshot, two_modes


def a_contest(budget: Budget) -> Contest:
    source = two_modes()
    optimizers = {"generator": RECIPE.generator, "discriminator": RECIPE.discriminator}
    phases = GAMES.get("noise").phases(RECIPE)
    return Contest(a_game(RECIPE, source), phases, optimizers, a_feed(source), RECIPE.batch, 0, budget)


def test_measuring_leaves_the_players_as_they_were() -> None:
    contest = a_contest(Budget(kimg=1.0, minutes=None))
    before, threads = snapshot(contest.game), torch.get_num_threads()
    measure_plan(contest, "cpu")
    assert_same(before, snapshot(contest.game))
    assert torch.get_num_threads() == threads


def test_a_length_in_samples_is_rounded_to_whole_steps() -> None:
    plan = measure_plan(a_contest(Budget(kimg=1.0, minutes=None)), "cpu", threads=1)
    assert plan.kimg == pytest.approx(16 * 64 / 1000)
    assert plan.threads == 1


def test_a_length_in_minutes_follows_the_measured_speed() -> None:
    plan = measure_plan(a_contest(Budget(kimg=None, minutes=2.0)), "cpu", threads=1)
    assert plan.kimg * 1000 / plan.samples_per_second == pytest.approx(120 * 0.95, rel=0.01)


def test_the_nearer_of_two_bounds_counts() -> None:
    plan = measure_plan(a_contest(Budget(kimg=1.024, minutes=1000.0)), "cpu", threads=1)
    assert plan.kimg == pytest.approx(1.024)


def test_a_run_without_any_bound_is_refused() -> None:
    with pytest.raises(SettingError, match="--minutes"):
        measure_plan(replace(a_contest(Budget(kimg=None, minutes=None))), "cpu", threads=1)
