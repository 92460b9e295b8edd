"""The hospital: each mistake in the code takes hold of a training, and is gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.bench.hospital import TINY
from torch import Tensor, nn
from torch.optim import Optimizer

from ganforge import session, staging
from ganforge.bench._hospital_bugs import Bug, FirstBatch, InOrder, planted
from ganforge.bench._hospital_cases import Case, spoiled
from ganforge.bench._hospital_data import TRAIN, draw, spoil
from ganforge.bench._hospital_recording import bug_of, record_case
from ganforge.bench._hospital_sabotage import SABOTAGES
from ganforge.core.contracts import DataOptions, Feed, Source
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import Recipe
from ganforge.core.records import Batch
from ganforge.data._opening import open_source
from ganforge.losses.adversarial import DiscriminatorLoss
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.folder import RunFolder
from ganforge.training.duel import Duel, Moment
from ganforge.training.ema import Ema

SEED = 3
PLAIN = ExecutionPlan(
    "cpu", 1, "float32", channels_last=False, micro_batches=1, kimg=100.0, samples_per_second=1.0, why=""
)


@pytest.fixture(scope="module")
def rows() -> Source:
    return open_source(spoil(draw("normal", TRAIN, 2000), "sorted"), DataOptions())


def duel_of(data: Source, recipe: Recipe) -> Duel:
    game = staging.players(recipe, data, SEED)
    return Duel(game, staging.phases(recipe), staging.optimizers(recipe), batch=recipe.batch, seed=SEED, plan=PLAIN)


def feed_of(data: Source) -> Feed:
    """What a session shows the items with."""
    feed: Feed = vars(session)["feed"](data, data.split, SEED)
    return feed


def recipe_for(data: Source, name: str = "r3gan") -> Recipe:
    return replace(RECIPES.get(name)(data.card), batch=64)


def played(data: Source, bug: Bug | None, updates: int, recipe: Recipe | None = None) -> tuple[Duel, dict[str, Tensor]]:
    """A duel after so many updates, and what was measured in the last."""
    recipe = recipe or recipe_for(data)
    measured: dict[str, Tensor] = {}
    with planted(bug):
        duel, shown = duel_of(data, recipe), feed_of(data)
        for step in range(updates):
            measured = duel.update(Moment(step, step * recipe.batch, 0.1), shown, watched=True)
    return duel, measured


def weights(duel: Duel, player: str) -> Tensor:
    return nn.utils.parameters_to_vector(duel.game.players[player].parameters()).detach()


def moved(first: Duel, second: Duel, player: str) -> float:
    return float((weights(first, player) - weights(second, player)).norm())


WITH_BUGS = [
    (name, base.split("/")[1]) for name, sabotage in SABOTAGES.items() if sabotage.bug for base in sabotage.bases
]


@pytest.mark.parametrize(("cause", "recipe"), WITH_BUGS)
def test_every_mistake_changes_the_training_of_each_of_its_cases_and_is_gone_afterwards(
    cause: str, recipe: str, rows: Source
) -> None:
    bug, made = SABOTAGES[cause].bug, recipe_for(rows, recipe)
    before = [vars(session)["feed"], vars(Optimizer)["zero_grad"]]
    updates = 53 if cause == "discriminator-restarted" else 4
    sound, spoiled_one, again = (played(rows, each, updates, made)[0] for each in (None, bug, None))
    assert max(moved(sound, spoiled_one, player) for player in ("generator", "discriminator")) > 0.0
    assert all(moved(sound, again, player) == 0.0 for player in ("generator", "discriminator"))
    assert [vars(session)["feed"], vars(Optimizer)["zero_grad"]] == before


def test_a_mistake_is_taken_out_again_when_the_training_fails(rows: Source) -> None:
    before = vars(session)["feed"]

    def fails() -> None:
        with planted(Bug(feed=InOrder)):
            assert vars(session)["feed"] is InOrder
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert vars(session)["feed"] is before


def bug_named(cause: str) -> Bug:
    bug = SABOTAGES[cause].bug
    assert bug is not None
    return bug


def test_with_the_wrong_sign_the_generator_lowers_its_score(rows: Source) -> None:
    """One update from the same weights: against the discriminator of that moment, G gains, or it loses."""
    gains = []
    for bug in (None, bug_named("generator-sign")):
        start, end = played(rows, bug, 0)[0], played(rows, bug, 1)[0]
        assert moved(start, end, "discriminator") > 0.0
        assert torch.equal(weights(end, "discriminator"), weights(played(rows, None, 1)[0], "discriminator"))
        z = torch.randn(500, recipe_for(rows).latent.length, generator=torch.Generator().manual_seed(0))
        judge = end.game.players["discriminator"]
        with torch.no_grad():
            scores = [
                judge(duel.game.players["generator"](z, None), None).adversarial[0].mean() for duel in (start, end)
            ]
        gains.append(float(scores[1] - scores[0]))
    assert gains[0] > 0.0 > gains[1]


@pytest.mark.parametrize(("name", "penalty"), [("r3gan", "r1"), ("wgan-gp", "wgan-gp")])
def test_with_the_wrong_sign_a_penalty_makes_the_slope_larger(rows: Source, name: str, penalty: str) -> None:
    recipe = recipe_for(rows, name)
    strong = tuple(replace(one, weight=replace(one.weight, start=100.0, end=None)) for one in recipe.penalties)
    recipe = replace(recipe, penalties=strong)
    punished, rewarded = (
        played(rows, bug, 10, recipe)[1][f"discriminator.{penalty}"] for bug in (None, bug_named("penalty-sign"))
    )
    assert float(rewarded) < 0.0  # a reward, and not one that is next to nothing
    assert -float(rewarded) > 10.0 * float(punished)


def test_shuffled_labels_are_half_wrong_and_are_told_the_discriminator_alone(rows: Source) -> None:
    recipe = recipe_for(rows)
    sound = staging.phases(recipe)
    with planted(bug_named("labels-shuffled")):
        wrong = staging.phases(recipe)
    loss, told = sound[0].terms[0], wrong[0].terms[0]
    assert isinstance(loss, DiscriminatorLoss)
    assert isinstance(told, DiscriminatorLoss)
    real, fake = torch.full((4000,), 3.0), torch.zeros(4000)
    right, exchanged = (loss.objective.discriminator_loss(*pair)[0] for pair in ((real, fake), (fake, real)))
    losses = told.objective.discriminator_loss(real, fake)
    assert float((losses == right).double().mean()) == pytest.approx(0.5, abs=0.05)
    assert bool(((losses == right) | (losses == exchanged)).all())
    assert wrong[1].terms == sound[1].terms
    assert wrong[0].terms[1:] == sound[0].terms[1:]


def test_in_one_optimiser_the_discriminator_moves_in_the_generators_steps(rows: Source) -> None:
    recipe = recipe_for(rows)
    moves = []
    for bug in (None, bug_named("one-optimiser")):
        with planted(bug):
            duel, shown = duel_of(rows, recipe), feed_of(rows)
            before = weights(duel, "discriminator").clone()
            duel.play(duel.phases[1], Moment(0, 0, 0.0), shown)
            moves.append(float((weights(duel, "discriminator") - before).norm()))
    assert moves[0] == 0.0 < moves[1]


def test_a_restarted_discriminator_is_every_fifty_updates_what_it_was_after_the_first(rows: Source) -> None:
    bug = bug_named("discriminator-restarted")
    first, last, back, beyond = (played(rows, bug, updates)[0] for updates in (1, 50, 51, 52))
    assert moved(first, last, "discriminator") > 0.1
    assert moved(first, back, "discriminator") == 0.0
    assert moved(first, beyond, "discriminator") > 0.0
    assert moved(first, back, "generator") > 0.1


def test_weight_decay_pulls_the_weights_of_both_towards_nothing(rows: Source) -> None:
    sound, decayed = (played(rows, bug, 60)[0] for bug in (None, bug_named("weight-decay")))
    for player in ("generator", "discriminator"):
        assert float(weights(decayed, player).norm()) < 0.9 * float(weights(sound, player).norm())


def test_gradients_that_are_kept_add_up(rows: Source) -> None:
    cleared, kept = (played(rows, bug, 12)[1]["discriminator.gradient"] for bug in (None, bug_named("gradients-kept")))
    assert float(kept) > 3.0 * float(cleared)


def test_the_same_batch_is_shown_in_every_step_and_an_unshuffled_one_is_a_sliver(rows: Source) -> None:
    same, in_order = FirstBatch(rows, rows.split, SEED), InOrder(rows, rows.split, SEED)
    assert torch.equal(same.batch(0, 64).real["x"], same.batch(7777, 64).real["x"])
    n = len(rows.split.train)
    parts = [in_order.batch(seen, 64).real["x"][:, 0] for seen in range(0, n - 64, 64)]
    assert all(float(later.min()) >= float(before.max()) for before, later in pairwise(parts))
    assert np.median([float(part.max() - part.min()) for part in parts]) < 0.2
    assert torch.equal(in_order.batch(n - 10, 20).real["x"][10:], in_order.batch(0, 10).real["x"])


@pytest.mark.parametrize(("cause", "low", "high"), [("generator-tanh", -1.0, 1.0), ("generator-relu", 0.0, np.inf)])
def test_what_stands_behind_the_generator_bounds_what_it_makes_in_training_and_in_use(
    rows: Source, cause: str, low: float, high: float
) -> None:
    recipe = recipe_for(rows)
    with planted(bug_named(cause)):
        game = staging.players(recipe, rows, SEED)
        averaged = Ema(game, recipe.ema).players["generator"]
    z = 5.0 * torch.randn(500, recipe.latent.length, generator=torch.Generator().manual_seed(0))
    for generator in (game.players["generator"], averaged):
        made = generator(z, None)
        assert low <= float(made.detach().min()) <= float(made.detach().max()) <= high
    free = staging.players(recipe, rows, SEED).players["generator"](z, None).detach()
    assert not low <= float(free.min()) <= float(free.max()) <= high


def cases_with_bugs() -> Iterator[Case]:
    return (case for case in spoiled() if case.cause == "generator-tanh")


def test_a_recorded_case_is_trained_and_judged_with_its_mistake(tmp_path: Path) -> None:
    case = replace(next(cases_with_bugs()), kimg=2.0)
    assert bug_of(case) is not None
    assert bug_of(TINY) is None
    outcome = record_case(case, tmp_path, "watch")
    assert outcome.state == "done"
    # Standardised numbers that end at 1: samples, in the data's own units, lie within a deviation of the middle
    other = record_case(replace(case, name="sound", cause=None), tmp_path, "watch")
    assert outcome.measured != other.measured
    assert RunFolder.open(outcome.run).facts()["recipe"] == RunFolder.open(other.run).facts()["recipe"]


def test_a_feed_with_a_mistake_is_what_a_recorded_case_is_shown(tmp_path: Path) -> None:
    shown: list[tuple[int, int]] = []

    class Told(FirstBatch):
        """Counts what it is asked for."""

        def batch(self, seen: int, count: int) -> Batch:
            shown.append((seen, count))
            return super().batch(seen, count)

    with planted(Bug(feed=Told)):
        record_case(replace(TINY, kimg=1.0), tmp_path, "off")
    batch = TINY.built().batch
    updates = -(-1000 // batch)
    assert {(batch * step, batch) for step in range(updates)} <= set(shown)
