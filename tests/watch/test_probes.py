"""What the probes see, and that they change nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import ganforge
from ganforge.core.contracts import DataOptions, Source
from ganforge.core.records import Condition, Scores
from ganforge.core.settings import Part
from ganforge.data._opening import open_source
from ganforge.games._game import PlayableGame
from ganforge.training.ema import Ema
from ganforge.watch.probes import ENOUGH, LOOKS, GameProber, above, effective_rank, near, with_watching
from tests.training.small import PLAN, RECIPE, a_game, snapshot, two_modes

WATCHED = replace(PLAN, watch_steps=10)


def a_grid(n: int = 4000) -> Source:
    random = np.random.default_rng(0)
    centres = random.integers(5, size=(n, 2)) * 2.0
    return open_source(centres + 0.05 * random.standard_normal((n, 2)), DataOptions())


def averaged(game: PlayableGame) -> PlayableGame:
    return game.with_players(Ema(game, RECIPE.ema).players)


def a_prober(source: Source, game: PlayableGame | None = None) -> GameProber:
    game = game or a_game(RECIPE, source)
    return GameProber(game, averaged(game), source, source.split, 1, WATCHED)


def seen_of(source: Source, items: Tensor) -> dict[str, float]:
    """What the probes say of a generator that makes these samples."""
    game = a_game(RECIPE, source)
    twin = averaged(game)
    for each in (game, twin):
        each.sample = lambda z, labels, draws: items[: len(z)].clone()  # type: ignore[method-assign]
    return GameProber(game, twin, source, source.split, 1, WATCHED).look(1, 1)


def real(source: Source, count: int, start: int = 0) -> Tensor:
    return source.batch(source.split.train[start : start + count]).real["x"]


def test_real_items_in_the_forgeries_place_are_as_good_as_real() -> None:
    source = a_grid()
    seen = seen_of(source, real(source, 256, start=1000))
    for name in ("variety", "rank", "coverage", "fidelity"):
        assert seen[f"probe.{name}"] == pytest.approx(1.0, abs=0.15), name
    assert abs(seen["probe.twins"]) < 0.05
    assert seen["probe.apart"] == pytest.approx(0.5, abs=0.08)
    assert seen["probe.drift"] == 0.0
    assert seen["probe.missed"] == pytest.approx(seen["probe.floor"], rel=0.5)
    assert seen["probe.strayed"] == pytest.approx(seen["probe.floor"], rel=0.5)


def test_one_sample_made_again_and_again_is_seen() -> None:
    source = a_grid()
    seen = seen_of(source, real(source, 1).expand(256, -1))
    assert seen["probe.variety"] == 0.0
    assert seen["probe.coverage"] < 0.1
    assert seen["probe.twins"] > 0.9


def test_missing_modes_cost_coverage_and_not_fidelity() -> None:
    source = a_grid()
    items = real(source, 3000)
    seen = seen_of(source, items[items[:, 0] < items[:, 0].median()][:256])
    assert seen["probe.coverage"] < 0.65
    assert seen["probe.fidelity"] > 0.85
    assert seen["probe.missed"] > 5 * seen["probe.strayed"]


def test_samples_between_the_modes_cost_fidelity() -> None:
    noise = torch.rand(256, 2, generator=torch.Generator().manual_seed(0)) * 3 - 1.5
    assert seen_of(a_grid(), noise)["probe.fidelity"] < 0.4


def test_numbers_that_are_not_finite_are_counted_and_nothing_else_is_said() -> None:
    seen = seen_of(a_grid(), torch.full((256, 2), torch.nan))
    assert seen.keys() == {"probe.nonfinite"}
    assert 0.0 < seen["probe.nonfinite"] <= 1.0


def test_a_judge_that_knows_its_training_items_by_heart_is_seen() -> None:
    source = a_grid(400)
    game = a_game(RECIPE, source)
    known = {tuple(row) for row in source.batch(source.split.train).real["x"].tolist()}

    def judge(player: str, x: Tensor, condition: Condition | None) -> Scores:
        return Scores((torch.tensor([1.0 if tuple(row) in known else 0.0 for row in x.tolist()]),))

    game.judge = judge  # type: ignore[method-assign]
    prober = a_prober(source, game)
    assert prober.look(1, 1)["probe.memory"] == 1.0
    prober._split = replace(source.split, held_out=False)
    assert prober.look(1, 1)["probe.memory"] == 0.5


@pytest.mark.parametrize(
    "networks",
    [
        {"width": 32, "generator_norm": "batch", "discriminator_norm": "batch"},
        {"width": 32, "discriminator_spectral": True, "discriminator_dropout": 0.5},
        {"width": 32, "minibatch": "stddev"},
    ],
)
def test_a_look_changes_nothing_and_draws_nothing_from_the_common_generator(networks: dict[str, object]) -> None:
    source = two_modes()
    game = a_game(replace(RECIPE, networks=Part("mlp", networks)), source)
    game.train()
    twin = averaged(game)
    prober = GameProber(game, twin, source, source.split, 1, WATCHED)
    weights, average, random = snapshot(game), snapshot(twin), torch.get_rng_state()
    modes = [module.training for module in game.modules()]
    first = prober.look(7, 100)
    assert prober.look(7, 100) == first
    assert all(math.isfinite(value) for value in first.values())
    for module, before in ((game, weights), (twin, average)):
        for name, tensor in module.state_dict().items():
            assert torch.equal(tensor, before[name]), name
    assert torch.equal(torch.get_rng_state(), random)
    assert [module.training for module in game.modules()] == modes


@pytest.mark.parametrize("count", [4, 9, 19, 40, 3 * ENOUGH])
def test_tiny_sets_can_be_looked_at(count: int) -> None:
    random = np.random.default_rng(1)
    seen = a_prober(open_source(random.standard_normal((count, 3)), DataOptions())).look(3, 3)
    assert all(math.isfinite(value) for value in seen.values())


def test_pictures_that_are_nearly_all_equal_can_be_looked_at() -> None:
    pixels = np.zeros((40, 8, 8), np.uint8)
    pixels[0, 0, 0] = 255
    source = open_source(pixels, DataOptions())
    game = a_game(replace(RECIPE, networks=Part("mlp", {"width": 8})), source)
    seen = GameProber(game, averaged(game), source, source.split, 1, WATCHED).look(3, 3)
    assert all(math.isfinite(value) for value in seen.values())


def test_packs_can_be_looked_at() -> None:
    source = two_modes()
    game = a_game(replace(RECIPE, packing=4), source)
    assert 0.0 <= a_prober(source, game).look(3, 3)["probe.apart"] <= 1.0


def test_looks_are_planned_within_their_bounds_and_at_records() -> None:
    prober = a_prober(two_modes())
    for steps, seconds in ((30, 0.001), (5000, 100.0), (5000, 0.01), (200_000, 1e4)):
        kimg = steps * 64 / 1000
        plan = replace(PLAN, kimg=kimg, samples_per_second=kimg * 1000 / seconds)
        report = max(1, min(100, steps // 500))
        planned = with_watching(plan, prober, steps, report)
        assert planned.watch_steps % report == 0
        assert LOOKS[0] * 0.6 <= steps / planned.watch_steps <= LOOKS[1] * 1.7
    assert with_watching(PLAN, prober, 10, 1).watch_steps == 0


def test_above_counts_pairs_and_half_of_ties() -> None:
    assert above(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0])) == pytest.approx(3.5 / 4)


def test_the_effective_rank_is_the_number_of_equal_directions() -> None:
    x = torch.randn(5000, 6, generator=torch.Generator().manual_seed(0))
    assert effective_rank(x) == pytest.approx(6.0, abs=0.05)
    assert effective_rank(x * torch.tensor([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])) == pytest.approx(3.0, abs=0.05)
    assert effective_rank(torch.zeros(9, 4)) == 1.0


def test_every_value_is_explained_to_users() -> None:
    text = (Path(ganforge.__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    names = [name.replace("average_", "", 1) for name in a_prober(two_modes()).look(3, 3)]
    assert not [name for name in names if f"`{name}`" not in text]


def test_coverage_and_fidelity_of_known_points() -> None:
    line = torch.tensor([[0.0], [1.0], [10.0]])
    coverage, fidelity = near(torch.cdist(torch.tensor([[0.2], [5.0]]), line), torch.tensor([0.5, 0.9, 1.0]))
    assert coverage == pytest.approx(2 / 3)
    assert fidelity == pytest.approx(1 / 2)
