"""The original game: packs of samples, kinds of noise, labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ganforge.core.contracts import DataOptions, Source
from ganforge.core.errors import SettingError
from ganforge.core.recipe import LatentSettings, Recipe
from ganforge.core.records import Condition, Scores
from ganforge.core.seeding import Draws
from ganforge.core.settings import Part
from ganforge.data._opening import open_source
from ganforge.games.noise import NoiseGame
from ganforge.training.duel import Moment
from tests.training.small import RECIPE, a_duel, a_feed, a_game, two_modes

COLUMNS = 3


def rows(n: int = 12) -> Tensor:
    """Sample i is (i, i, i)."""
    return torch.arange(n).float()[:, None].expand(n, COLUMNS)


class Shown(torch.nn.Module):
    """A discriminator that remembers what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.x = torch.zeros(())
        self.condition: Condition | None = None

    def forward(self, x: Tensor, condition: Condition | None) -> Scores:
        self.x, self.condition = x, condition
        return Scores((x.flatten(1).sum(1),))


def a_packing_game(packing: int, classes: int = 0, columns: int = COLUMNS) -> tuple[NoiseGame, Shown]:
    source = open_source(np.random.default_rng(0).standard_normal((40, columns)), DataOptions())
    card = replace(source.card, classes=tuple(f"class {i}" for i in range(classes)))
    recipe = replace(RECIPE, packing=packing, penalties=())
    game = NoiseGame.make(recipe, card, source.domain)
    shown = Shown()
    game.players["discriminator"] = shown
    return game, shown


def two_shades(folder: Path, *, labels: bool = True) -> Source:
    """Pictures of 8x8: dark ones of class 0, bright ones of class 1."""
    random = np.random.default_rng(0)
    y = random.integers(2, size=600)
    x = np.where(y[:, None, None] == 0, 60, 200) + random.integers(-10, 10, size=(600, 8, 8))
    np.savez(folder / "shades.npz", x=x.astype(np.uint8), y=y)
    return open_source(folder / "shades.npz", DataOptions(labels=labels, cache=folder / "cache"))


def test_a_pack_holds_samples_that_follow_each_other() -> None:
    game, shown = a_packing_game(4)
    scores = game.judge("discriminator", rows(12), None)
    assert shown.x.shape == (3, 4 * COLUMNS)
    assert shown.x[1].tolist() == [4.0] * 3 + [5.0] * 3 + [6.0] * 3 + [7.0] * 3
    assert scores.adversarial[0].shape == (3,)


@pytest.mark.parametrize("n", [1, 3, 5, 10])
def test_a_pack_that_is_not_full_is_filled_up_from_the_beginning(n: int) -> None:
    game, shown = a_packing_game(4)
    game.judge("discriminator", rows(n), None)
    packs = -(-n // 4)
    assert shown.x.reshape(packs * 4, COLUMNS)[:, 0].tolist() == [float(i % n) for i in range(packs * 4)]


def test_each_place_in_a_pack_has_labels_of_its_own() -> None:
    game, shown = a_packing_game(2, classes=3)
    game.judge("discriminator", rows(4), Condition(labels=torch.tensor([0, 1, 2, 2])))
    assert shown.condition is not None
    assert shown.condition.labels is not None
    assert shown.condition.labels.tolist() == [[0, 3 + 1], [2, 3 + 2]]


def test_a_batch_is_never_cut_through_a_pack() -> None:
    recipe = replace(RECIPE, packing=4, batch=16, penalties=())
    duel = a_duel(recipe, two_modes(), micro_batches=3)
    whole = a_duel(recipe, two_modes())
    assert duel.game.judged_together == 4
    shown: list[int] = []
    judge = duel.game.judge

    def listening(player: str, x: Tensor, condition: Condition | None) -> Scores:
        shown.append(len(x))
        return judge(player, x, condition)

    duel.game.judge = listening  # type: ignore[method-assign]
    feed = a_feed(two_modes())
    parts, at_once = duel.update(_moment(), feed), whole.update(_moment(), feed)
    assert set(shown) == {4, 8}
    assert float(parts["discriminator.real"]) == pytest.approx(float(at_once["discriminator.real"]), rel=1e-4)


@pytest.mark.parametrize("networks", [Part("mlp", {"width": 8}), Part("dcgan", {"width": 2})])
@pytest.mark.parametrize("labels", ["projection", "embedding"])
def test_packs_and_labels_go_together(networks: Part, labels: str, tmp_path: Path) -> None:
    networks = Part(networks.name, {**networks.settings, "discriminator_labels": labels})
    source = two_shades(tmp_path)
    duel = a_duel(replace(RECIPE, packing=4, networks=networks, batch=8), source)
    values = duel.update(_moment(), a_feed(source))
    assert all(torch.isfinite(value) for value in values.values())


def test_a_judge_of_packs_cannot_name_labels(tmp_path: Path) -> None:
    recipe = replace(RECIPE, packing=4, networks=Part("mlp", {"discriminator_labels": "auxiliary"}))
    with pytest.raises(SettingError, match="judges 4 samples at once.*packing=1"):
        a_game(recipe, two_shades(tmp_path))
    a_game(recipe, two_shades(tmp_path, labels=False))  # without labels there is nothing to name


def test_a_pack_penalises_the_slope_of_its_one_score() -> None:
    def penalty(packing: int) -> float:
        recipe = replace(RECIPE, packing=packing)
        game = a_game(recipe, two_modes())
        game.players["discriminator"] = Shown()
        duel = a_duel(recipe, two_modes())
        duel.game = game
        values = duel.update(_moment(), a_feed(two_modes()))
        return float(values["discriminator.r1"])

    # The score is the sum of what is shown: its slope is 1 at each of a pack's numbers
    assert penalty(1) == pytest.approx(0.5)
    assert penalty(4) == pytest.approx(2.0)


def test_noise_is_normal_then_uniform_then_coins() -> None:
    recipe = replace(RECIPE, latent=LatentSettings(normal=2, uniform=3, signs=4))
    z = a_game(recipe, two_modes()).latents(4000, Draws(0, "z"))
    assert z.shape == (4000, 9)
    assert z[:, :2].std().item() == pytest.approx(1.0, abs=0.05)
    assert z[:, 2:5].abs().max() <= 1.0
    assert z[:, 2:5].var().item() == pytest.approx(1 / 3, abs=0.02)
    assert set(z[:, 5:].flatten().tolist()) == {-1.0, 1.0}


def test_noise_without_uniform_numbers_is_what_it_was_before_there_were_any() -> None:
    recipe: Recipe = replace(RECIPE, latent=LatentSettings(normal=2, signs=1))
    draws = Draws(0, "z")
    coins = draws.integers(2, 5, 1) * 2.0 - 1.0
    expected = torch.cat([draws.normal(5, 2), coins], dim=1)
    assert torch.equal(a_game(recipe, two_modes()).latents(5, Draws(0, "z")), expected)


def test_the_way_between_two_z_keeps_each_kind_of_noise() -> None:
    recipe = replace(RECIPE, latent=LatentSettings(normal=2, uniform=2, signs=2))
    game = a_game(recipe, two_modes())
    start, end = game.latents(2, Draws(1, "z"))
    half = game.between(start, end, 0.5)
    assert torch.equal(half[2:4], torch.lerp(start[2:4], end[2:4], 0.5))
    assert set(half[4:].abs().tolist()) == {1.0}
    assert game.truncated(half[None], 0.5)[0, :4].tolist() == (half[:4] * 0.5).tolist()
    assert game.truncated(half[None], 0.5)[0, 4:].tolist() == half[4:].tolist()
    assert torch.allclose(game.between(start, end, 1.0), end, atol=1e-5)


def _moment() -> Moment:
    return Moment(0, 0, 0.0)
