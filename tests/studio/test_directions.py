"""Directions are found in any generator, and change what it makes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganforge.core.recipe import LatentSettings
from ganforge.core.records import Condition
from ganforge.core.seeding import Draws
from ganforge.data.images import Images
from ganforge.games.noise import NoiseGame
from ganforge.networks._pair import Generator
from ganforge.studio._directions import Directions, directions_of, first_weights
from ganforge.trained import Run
from tests.networks.players import Shape, every_number_of_classes, every_small_pair, players
from tests.tiny import SIDE, spots, trained

PICTURES = Images(12, 12, 1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("directions"), spots(), pair="mlp", kimg=6.0)


@pytest.fixture(scope="module")
def found(run: Run) -> Directions:
    return directions_of(run.game, run.domain, 0)


def change(run: Run, along: Tensor) -> float:
    """By how much samples change over two typical steps."""
    z = run.latents(24, seed=11)
    return float((run.raw(z + along) - run.raw(z - along)).flatten(1).norm(dim=1).mean())


def game_of(generator: Generator, name: str, shape: Shape, latent: LatentSettings, classes: int) -> NoiseGame:
    game = NoiseGame(generator, players(name, shape, classes)[1], latent, PICTURES, classes=classes)
    game.eval().requires_grad_(False)
    return game


def test_the_first_directions_change_more_than_random_ones(run: Run, found: Directions) -> None:
    random = torch.nn.functional.normalize(
        torch.randn(16, run.recipe.latent.length, generator=torch.Generator().manual_seed(1)), dim=1
    )
    usual = sum(change(run, along * found.step) for along in random) / len(random)
    assert change(run, found.found[0].z * found.step) > 1.2 * usual
    assert change(run, found.found[1].z * found.step) > usual


def test_directions_are_unit_and_at_right_angles_and_their_shares_fall(found: Directions) -> None:
    z = torch.stack([each.z for each in found.found])
    torch.testing.assert_close(z @ z.T, torch.eye(len(z)), atol=1e-5, rtol=0)
    shares = [each.share for each in found.found]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1 + 1e-6


def test_the_same_weights_give_the_same_directions(run: Run, found: Directions) -> None:
    again = directions_of(Run(run.folder).game, run.domain, 0)
    assert [each.name for each in again.found] == [each.name for each in found.found]
    assert all(torch.equal(a.z, b.z) for a, b in zip(again.found, found.found, strict=True))


def test_what_a_direction_is_named_after_grows_along_it(run: Run, found: Directions) -> None:
    named = [each for each in found.found if not each.name.startswith("direction ")]
    assert named
    assert len({each.name for each in found.found}) == len(found.found)
    for each in named:
        more, less = (
            next(
                trait.values.mean()
                for trait in run.domain.traits(run.raw(run.latents(200, seed=5) + sign * found.step * each.z))
                if trait.name == each.name
            )
            for sign in (1, -1)
        )
        assert more > less


@every_small_pair
@every_number_of_classes
def test_the_layer_that_takes_z_is_found_in_every_pair(name: str, shape: Shape, classes: int) -> None:
    generator, _ = players(name, shape, classes)
    game = game_of(generator, name, shape, LatentSettings(normal=5), classes)
    z = torch.randn(2, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(2) if classes else None
    weights = first_weights(game, z, labels)
    assert weights is not None
    assert weights.shape[1] == 5
    condition = None if labels is None else Condition(labels=labels)
    torch.testing.assert_close(generator(z, condition), generator(z, condition))
    assert not torch.allclose(generator(z, condition), generator(-z, condition))
    for layer in generator.modules():  # without these weights z is forgotten: nothing else takes it
        if isinstance(layer, nn.Linear) and torch.equal(layer.weight[:, :5], weights):
            layer.weight.data[:, :5] = 0.0
    torch.testing.assert_close(generator(z, condition), generator(-z, condition))


class Curved(Generator):
    """Bends z before any layer sees it, so that there are no weights to factorise; its samples mostly follow z[1]."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(5, SIDE * SIDE)

    def forward(self, z: Tensor, condition: Condition | None) -> Tensor:
        bent = torch.tanh(z * torch.tensor([0.01, 1.0, 0.02, 0.05, 0.01]))
        out: Tensor = self.layer(bent)
        return out.reshape(-1, 1, SIDE, SIDE)


def test_without_such_a_layer_components_of_the_samples_are_taken() -> None:
    game = game_of(Curved(), "mlp", (1, SIDE, SIDE), LatentSettings(normal=5), 0)
    found = directions_of(game, PICTURES, 0)
    assert found.method == "components"
    assert float(found.found[0].z[1].abs()) > 0.95
    assert found.found[0].share > 0.9


def test_coins_are_not_moved() -> None:
    generator, _ = players("mlp", (1, 12, 12), 0)
    game = game_of(generator, "mlp", (1, 12, 12), LatentSettings(normal=2, uniform=1, signs=2), 0)
    found = directions_of(game, PICTURES, 0)
    assert len(found.found) == 3
    assert all(not each.z[3:].any() for each in found.found)
    assert not found.bounded


def test_bounded_latents_are_told() -> None:
    generator, _ = players("mlp", (1, 12, 12), 0)
    game = game_of(generator, "mlp", (1, 12, 12), LatentSettings(uniform=5), 0)
    found = directions_of(game, PICTURES, 0)
    assert found.bounded
    assert found.step == pytest.approx(3**-0.5, rel=0.05)
    assert game.latents(3, Draws(0, "x")).shape == (3, 5)
