"""One update: who moves, how strongly, and what happens when memory runs out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from ganforge.core.contracts import DataOptions, Phase, Turn
from ganforge.core.recipe import OptimizerSettings
from ganforge.core.records import Batch
from ganforge.core.schedule import Schedule, constant
from ganforge.core.settings import Part
from ganforge.data._opening import open_source
from ganforge.training.duel import Duel, Moment
from ganforge.training.memory import is_out_of_memory
from tests.training.small import ADAM, RECIPE, a_duel, a_feed, assert_same, snapshot, two_modes


@dataclass(frozen=True)
class Tap:
    """A term that is the mean score of the real samples: its gradient does not depend on any draw."""

    weight: Schedule = constant(1.0)
    every: int = 1
    name: str = "tap"
    differentiates: frozenset[str] = frozenset()

    def __call__(self, turn: Turn) -> Tensor:
        return turn.real("discriminator").scores.adversarial[0].mean()


@dataclass(frozen=True)
class Hungry:
    """A term that needs more memory than there is for more than so many samples at once."""

    fits: int
    weight: Schedule = constant(1.0)
    every: int = 1
    name: str = "hungry"
    differentiates: frozenset[str] = frozenset()

    def __call__(self, turn: Turn) -> Tensor:
        if len(turn.batch) > self.fits:
            raise torch.OutOfMemoryError("a test")
        return turn.fake("discriminator").scores.adversarial[0].square().mean()


@dataclass(frozen=True)
class FakeTap(Tap):
    """The mean score of forgeries."""

    name: str = "fake tap"

    def __call__(self, turn: Turn) -> Tensor:
        return turn.fake("discriminator").scores.adversarial[0].mean()


def a_phase(*terms: Tap | Hungry) -> Phase:
    return Phase("discriminator", ("discriminator",), "discriminator", terms)


def gradients(duel: Duel) -> list[Tensor]:
    return [parameter.grad for _, parameter in duel.named_parameters("discriminator") if parameter.grad is not None]


@pytest.mark.parametrize(
    ("number", "moves", "rests"), [(0, "discriminator", "generator"), (1, "generator", "discriminator")]
)
def test_each_phase_moves_its_player_and_no_other(number: int, moves: str, rests: str) -> None:
    phases = a_duel().phases
    duel = a_duel(phases=[phases[number]])
    before = {name: snapshot(player) for name, player in duel.game.players.items()}
    duel.update(Moment(0, 0, 0.0), a_feed(two_modes()))
    assert_same(before[rests], snapshot(duel.game.players[rests]))
    changed = snapshot(duel.game.players[moves])
    assert any(not torch.equal(before[moves][name], changed[name]) for name in changed)


@dataclass(frozen=True)
class Halve:
    """A projection that halves all weights."""

    def __call__(self, weights: Iterable[Tensor]) -> None:
        for weight in weights:
            weight.mul_(0.5)


def test_a_projection_follows_every_update_of_its_phase_and_touches_no_other_player() -> None:
    (first, second), still = a_duel().phases, replace(RECIPE, discriminator=replace(ADAM, lr=constant(0.0)))
    duel = a_duel(still, phases=[replace(first, repeat=3, after=(Halve(),)), second])
    twin = a_duel(still, phases=[replace(first, repeat=3), second])
    before = snapshot(duel.game.players["discriminator"])
    for each in (duel, twin):
        each.update(Moment(0, 0, 0.5), a_feed(two_modes()))
    for name, weight in duel.game.players["discriminator"].named_parameters():
        torch.testing.assert_close(weight.detach(), before[name] / 8)
    still_there = snapshot(twin.game.players["discriminator"])
    assert all(torch.equal(weight, before[name]) for name, weight in still_there.items())


@pytest.mark.parametrize("method", ["adam", "rmsprop", "sgd"])
def test_each_method_takes_its_textbook_step(method: Literal["adam", "rmsprop", "sgd"]) -> None:
    lr, momentum, decay, eps = 1e-2, 0.5, 0.9, 1e-8
    settings = OptimizerSettings(constant(lr), (momentum, decay), eps, method)
    duel = a_duel(replace(RECIPE, discriminator=settings), phases=[a_phase(Tap())])
    weights = dict(duel.named_parameters("discriminator"))
    mean: dict[str, Tensor] = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    square = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    for step in (1, 2):
        before = {name: weight.detach().clone() for name, weight in weights.items()}
        duel.update(Moment(step - 1, 64 * step, 0.0), a_feed(two_modes()))
        for name, weight in weights.items():
            g = weight.grad
            assert g is not None
            square[name] = decay * square[name] + (1 - decay) * g.square()
            if method == "sgd":
                mean[name] = momentum * mean[name] + g if step > 1 else g
                moved = mean[name]
            elif method == "rmsprop":
                moved = g / (square[name].sqrt() + eps)
            else:
                mean[name] = momentum * mean[name] + (1 - momentum) * g
                moved = mean[name] / (1 - momentum**step) / ((square[name] / (1 - decay**step)).sqrt() + eps)
            torch.testing.assert_close(weight.detach(), before[name] - lr * moved, rtol=1e-4, atol=1e-6)


def test_nothing_is_computed_for_the_weights_of_a_frozen_player() -> None:
    phases = a_duel().phases
    duel = a_duel(phases=[phases[1]])
    duel.update(Moment(0, 0, 0.0), a_feed(two_modes()))
    assert all(parameter.grad is None for parameter in duel.game.players["discriminator"].parameters())


def test_a_lazy_term_is_as_much_stronger_as_it_is_rarer() -> None:
    feed = a_feed(two_modes())
    eager, lazy = a_duel(phases=[a_phase(Tap())]), a_duel(phases=[a_phase(Tap(every=4))])
    for duel in (eager, lazy):
        duel.update(Moment(0, 0, 0.0), feed)
    for one, four in zip(gradients(eager), gradients(lazy), strict=True):
        assert torch.allclose(4 * one, four)


def test_a_lazy_term_rests_between_its_turns() -> None:
    duel = a_duel(phases=[a_phase(Tap(), Tap(every=4, name="lazy"))])
    feed = a_feed(two_modes())
    seen = [set(duel.update(Moment(step, 0, 0.0), feed)) for step in range(5)]
    assert ["discriminator.lazy" in names for names in seen] == [True, False, False, False, True]


def test_strength_and_learning_rate_follow_their_schedules() -> None:
    fading = Tap(weight=Schedule(2.0, end=0.0, shape="linear"))
    duel = a_duel(
        replace(RECIPE, discriminator=replace(RECIPE.discriminator, lr=Schedule(1.0, end=0.0, shape="linear"))),
        phases=[a_phase(fading)],
    )
    feed = a_feed(two_modes())
    plain = a_duel(phases=[a_phase(Tap())])
    plain.update(Moment(0, 0, 0.0), feed)
    duel.update(Moment(0, 0, 0.25), feed)
    for one, faded in zip(gradients(plain), gradients(duel), strict=True):
        assert torch.allclose(1.5 * one, faded)
    assert duel.optimizers["discriminator"].param_groups[0]["lr"] == pytest.approx(0.75)


@pytest.mark.parametrize("parts", [2, 3, 64])
def test_a_batch_in_parts_has_the_gradient_of_the_whole(parts: int) -> None:
    feed = a_feed(two_modes())
    whole, split = a_duel(phases=[a_phase(Tap())]), a_duel(phases=[a_phase(Tap())], micro_batches=parts)
    for duel in (whole, split):
        duel.update(Moment(0, 0, 0.0), feed)
    for one, other in zip(gradients(whole), gradients(split), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_when_memory_runs_out_the_batch_is_split_and_no_weight_has_moved_twice() -> None:
    feed = a_feed(two_modes())
    hungry = a_duel(phases=[a_phase(Hungry(fits=20))])
    split = a_duel(phases=[a_phase(Hungry(fits=20))], micro_batches=4)
    for duel in (hungry, split):
        duel.update(Moment(0, 0, 0.0), feed)
    assert hungry.micro_batches == 4
    assert_same(snapshot(split.game), snapshot(hungry.game))


@pytest.mark.parametrize("batch", [48, 100])
def test_a_batch_of_any_size_is_split_down_to_single_samples(batch: int) -> None:
    duel = a_duel(replace(RECIPE, batch=batch), phases=[a_phase(Hungry(fits=1))])
    values = duel.update(Moment(0, 0, 0.0), a_feed(two_modes()))
    assert duel.micro_batches == batch
    assert all(torch.isfinite(value) for value in values.values())


def test_an_attempt_that_ran_out_of_memory_leaves_no_trace() -> None:
    """Batch normalisation had already averaged the statistics of the attempt that failed."""
    pictures = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
    source = open_source(pictures, DataOptions())
    recipe = replace(RECIPE, networks=Part("dcgan", {"width": 8}), batch=16)
    phase = Phase("discriminator", ("discriminator",), "discriminator", (Tap(), FakeTap(), Hungry(fits=8)))
    failed, split = (a_duel(recipe, source, phases=[phase], micro_batches=parts) for parts in (1, 2))
    for duel in (failed, split):
        duel.update(Moment(0, 0, 0.0), a_feed(source))
    assert failed.micro_batches == 2
    assert_same(snapshot(split.game), snapshot(failed.game))


def test_a_phase_whose_terms_all_rest_is_passed_over() -> None:
    duel = a_duel(phases=[a_phase(Tap(every=4))])
    feed = a_feed(two_modes())
    duel.update(Moment(0, 0, 0.0), feed)
    before = snapshot(duel.game)
    assert duel.update(Moment(1, 64, 0.0), feed) == {}
    assert_same(before, snapshot(duel.game))


def test_memory_that_does_not_suffice_for_one_sample_is_an_error() -> None:
    duel = a_duel(phases=[a_phase(Hungry(fits=0))])
    with pytest.raises(torch.OutOfMemoryError):
        duel.update(Moment(0, 0, 0.0), a_feed(two_modes()))


def test_a_real_allocation_failure_is_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    assert not is_out_of_memory(RuntimeError("shapes do not match"))


def test_repeated_phases_are_shown_fresh_samples_each_time() -> None:
    duel = a_duel(replace(RECIPE, discriminator_steps=3))
    shown: list[int] = []
    source = two_modes()

    class Listening:
        def batch(self, seen: int, count: int) -> Batch:
            shown.append(seen)
            return a_feed(source).batch(seen, count)

    duel.update(Moment(0, 1000, 0.0), Listening())
    assert shown == [1000, 1064, 1128]
    assert duel.samples_per_step == 3 * 64


def test_the_same_moment_gives_the_same_update() -> None:
    first, second = a_duel(), a_duel()
    for duel in (first, second):
        for step in range(3):
            duel.update(Moment(step, step * 64, 0.1), a_feed(two_modes()))
    assert_same(snapshot(first.game), snapshot(second.game))


@pytest.mark.parametrize("repeat", [1, 3])
def test_phases_played_one_by_one_are_one_update_to_the_bit(repeat: int) -> None:
    judging, forging = a_duel().phases
    phases = [replace(judging, repeat=repeat), forging]
    whole, single = a_duel(phases=phases), a_duel(phases=phases)
    for step in range(3):
        moment = Moment(step, step * whole.samples_per_step, step / 3)
        whole.update(moment, a_feed(two_modes()))
        for phase in single.phases:
            single.play(phase, moment, a_feed(two_modes()))
    assert_same(snapshot(whole.game), snapshot(single.game))
    assert torch.equal(*(torch.cat([g.flatten() for g in gradients(duel)]) for duel in (whole, single)))
