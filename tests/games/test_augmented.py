"""The original game with augmentation: who sees what, what is told, and that everything else goes with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import torch
from torch import Tensor

from ganforge.augment._policy import POLICIES
from ganforge.core.errors import SettingError
from ganforge.core.plan import Precision
from ganforge.core.recipe import PenaltySettings, Recipe
from ganforge.core.records import Batch
from ganforge.core.schedule import constant
from ganforge.core.seeding import Draws
from ganforge.core.settings import Part, to_json, with_value
from ganforge.games.noise import NoiseGame
from ganforge.training.duel import Duel, Moment
from tests.games.test_noise import Shown, two_shades
from tests.training.small import PLAN, RECIPE, a_duel, a_feed, a_game, two_modes

ADAPTIVE = Part("adaptive", {"start": 0.5})


def augmented(part: Part | None = ADAPTIVE, **changes: object) -> Recipe:
    return replace(RECIPE, augment=part, **changes)  # type: ignore[arg-type]


def shown_by(game: NoiseGame, x: Tensor, seed: int = 0) -> Tensor:
    shown = Shown()
    shown.train(game.players["discriminator"].training)
    game.players["discriminator"] = shown
    torch.manual_seed(seed)
    game.judge("discriminator", x, None)
    return shown.x


def a_noise_game(recipe: Recipe) -> NoiseGame:
    game = a_game(recipe, two_modes())
    assert isinstance(game, NoiseGame)
    return game


X = torch.linspace(-1, 1, 40)[:, None]


def test_in_training_d_sees_changed_samples_and_at_rest_the_samples_themselves() -> None:
    game = a_noise_game(augmented())
    assert not torch.equal(shown_by(game, X), X)
    game.players.eval()  # as whoever looks from outside does it
    assert torch.equal(shown_by(game, X), X)
    game.train()
    assert not torch.equal(shown_by(game, X), X)


def test_nothing_is_drawn_at_rest() -> None:
    game = a_noise_game(augmented()).eval()
    torch.manual_seed(0)
    before = torch.get_rng_state()
    game.judge("discriminator", X, None)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_augmentation_nothing_is_steered_or_saved() -> None:
    game = a_noise_game(augmented(None))
    assert not game.steered and not game.steering()
    assert torch.equal(shown_by(game, X), X)
    assert all(name.startswith("players.") for name in game.state_dict())


def test_real_samples_and_forgeries_go_through_the_same_law() -> None:
    """D is given the same samples once as real and once as fake: their means over many steps are alike."""
    source = two_modes()
    duel = a_duel(augmented(Part("diff"), penalties=()), source)
    seen: dict[str, list[Tensor]] = {"real": [], "fake": []}
    game = duel.game
    assert isinstance(game, NoiseGame)
    real = source.batch(source.split.train[:64]).real["x"]
    for name, looks in seen.items():
        for seed in range(40):
            looks.append(shown_by(game, real, 1000 * (name == "real") + seed) - real)
    spreads = {name: torch.cat(looks).square().mean().sqrt() for name, looks in seen.items()}
    assert float(spreads["real"] / spreads["fake"]) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("name", POLICIES.names())
def test_what_is_steered_is_journaled_and_moves(name: str) -> None:
    settings = {"start": 0.5} if POLICIES.get(name).adapts else {}  # at first a D is not sure: p can only fall
    duel, feed = a_duel(augmented(Part(name, settings))), a_feed(two_modes())
    values = [duel.update(Moment(step, 64 * step, step / 20), feed) for step in range(20)]
    assert all(("discriminator.augment" in one) == duel.game.steered for one in values)
    if duel.game.steered:  # each is what it was then, not what it has become
        assert len({float(one["discriminator.augment"]) for one in values}) > 5


@pytest.mark.parametrize(
    ("objective", "sure"),
    [
        ("non-saturating", True),
        ("least-squares", True),
        ("hinge", True),
        ("relativistic", False),
        ("wasserstein", False),
    ],
)
def test_a_sure_d_is_shown_more_augmented_samples_step_by_step(objective: str, sure: bool) -> None:
    """Scores that are all high are sure where a score means something by itself, and nothing where it does not."""
    recipe = augmented(Part("adaptive", {"adjust_kimg": 2.0}), objective=Part(objective))
    duel, feed = a_duel(recipe), a_feed(two_modes())
    biases = dict(duel.game.players["discriminator"].named_parameters())
    with torch.no_grad():
        biases["head.linear.bias"].fill_(50.0)
    told = [duel.update(Moment(n, 64 * n, 0.0), feed) for n in range(10)]
    course = [float(one["discriminator.augment"]) for one in told]
    assert course == sorted(course)
    assert (course[-1] > 0.2) is sure
    assert (float(told[0]["discriminator.real_sign"]) == 1.0) is sure


@pytest.mark.parametrize("name", POLICIES.names())
@pytest.mark.parametrize("networks", [Part("mlp", {"width": 8}), Part("dcgan", {"width": 2})])
@pytest.mark.parametrize("precision", get_args(Precision))
def test_packs_labels_penalties_and_formats_go_with_it(
    name: str, networks: Part, precision: Precision, tmp_path: Path
) -> None:
    source = two_shades(tmp_path)
    penalties = tuple(PenaltySettings(Part(penalty), constant(0.1)) for penalty in ("r1", "r2", "wgan-gp"))
    settings = {"start": 0.5} if name == "adaptive" else {}
    recipe = augmented(Part(name, settings), packing=2, batch=8, networks=networks, penalties=penalties)
    plan = replace(PLAN, precision=precision, channels_last=True, micro_batches=2)
    game = a_game(recipe, source)
    duel = Duel(
        game,
        type(game).phases(recipe),
        {"generator": recipe.generator, "discriminator": recipe.discriminator},
        batch=8,
        seed=0,
        plan=plan,
    )
    before = [weight.detach().clone() for weight in game.players["generator"].parameters()]
    for step in range(2):
        values = duel.update(Moment(step, 8 * step, step / 2), a_feed(source))
        assert all(torch.isfinite(value) for value in values.values())
    assert any(not torch.equal(a, b) for a, b in zip(before, game.players["generator"].parameters(), strict=True))


def test_the_generator_learns_through_the_augmentation() -> None:
    game = a_noise_game(augmented())
    fake = game.forge(Batch({"x": X}, None, torch.arange(len(X))), Draws(0, "z")).fake["x"]
    (slope,) = torch.autograd.grad(game.judge("discriminator", fake, None).adversarial[0].sum(), fake)
    assert float(slope.abs().min()) > 0.0


def test_averaged_players_share_the_state_of_the_augmentation() -> None:
    game = a_noise_game(augmented())
    twin = game.with_players(torch.nn.ModuleDict({"generator": game.players["generator"]}))
    assert twin.steering() == game.steering()


def test_what_the_data_do_not_bear_is_refused_when_the_game_is_made() -> None:
    with pytest.raises(SettingError, match=r"cutout would make other data.*noise"):
        a_noise_game(augmented(Part("diff", {"operations": ["cutout"]})))


def test_a_recipe_can_be_given_augmentation_by_its_path_and_have_it_taken_away() -> None:
    given = with_value(augmented(None), "augment", "adaptive")
    assert given.augment == Part("adaptive")
    assert with_value(given, "augment.settings.target", 0.5).augment == Part("adaptive", {"target": 0.5})
    assert with_value(given, "augment", "null").augment is None
    assert to_json(given)["augment"] == {"name": "adaptive", "settings": {}}
