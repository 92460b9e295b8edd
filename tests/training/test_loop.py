"""The schedule around the duel: records, pictures, checkpoints, stops, and going on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganforge.core.contracts import Feed, Phase, Turn
from ganforge.core.errors import RunError, UnhealthyError
from ganforge.core.recipe import LatentSettings
from ganforge.core.records import CheckpointSaved, Decision, Examined, Sampled, Started, StepRecord, Stopped
from ganforge.core.schedule import Schedule, constant
from ganforge.core.seeding import Draws
from ganforge.core.settings import Part
from ganforge.games._game import PlayableGame
from ganforge.runs.checkpoints import Checkpoints
from ganforge.training.duel import Duel, Moment
from ganforge.training.stage import Cadence
from ganforge.training.state import all_finite, collect
from tests.training.small import ADAM, RECIPE, Witness, a_duel, a_loop, assert_same, two_modes
from tests.training.test_duel import Hungry


@dataclass
class Poison:
    """A term that is a NaN from its n-th call on."""

    healthy_calls: int
    weight: Schedule = constant(1.0)
    every: int = 1
    name: str = "poison"
    differentiates: frozenset[str] = frozenset()

    def __call__(self, turn: Turn) -> Tensor:
        self.healthy_calls -= 1
        score = turn.fake("discriminator").scores.adversarial[0].mean()
        return score * (float("nan") if self.healthy_calls < 0 else 1.0)


def test_a_training_tells_its_story_in_order(tmp_path: Path) -> None:
    witness = Witness([])
    loop = a_loop(tmp_path, steps=50, observers=[witness], draw=lambda: torch.zeros(1, 1))
    stopped = loop.run()
    assert isinstance(witness.events[0], Started)
    assert witness.events[-1] == stopped
    assert stopped.reason == "done"
    records = [event for event in witness.events if isinstance(event, StepRecord)]
    assert records[-1].step == 50
    assert records[-1].kimg == pytest.approx(50 * 64 / 1000)
    names = {
        "discriminator.adversarial",
        "discriminator.r1",
        "generator.adversarial",
        "discriminator.real",
        "discriminator.fake",
    }
    assert names <= set().union(*(record.values for record in records))
    sampled = [event.step for event in witness.events if isinstance(event, Sampled)]
    assert sampled[0] == 0
    assert sampled[-1] == 50
    assert isinstance(witness.events[-2], CheckpointSaved)


@pytest.mark.parametrize("total", [1, 7, 59, 60, 1000, 12345])
def test_pictures_are_drawn_often_at_first_and_at_the_very_end(total: int) -> None:
    cadence = Cadence.over(total)
    drawn = [step for step in range(1, total + 1) if cadence.draws_at(step, total)]
    assert drawn[-1] == total
    assert len(drawn) <= cadence.frames
    if total > 1000:
        assert len(drawn) == cadence.frames
        assert drawn[0] < total / 1000


@pytest.mark.parametrize("stop_at", [0, 1, 13, 29])
def test_a_stopped_training_goes_on_to_the_same_bits(stop_at: int, tmp_path: Path) -> None:
    whole = a_loop(tmp_path / "whole", steps=30)
    whole.run()
    stopped = a_loop(tmp_path / "parts", steps=30, stop_at=stop_at or None)
    if stop_at:
        assert stopped.run().reason == "interrupted"
        rest = a_loop(tmp_path / "parts", steps=30)
        rest.resume()
    else:
        rest = stopped
    rest.run()
    assert_same(collect(whole.duel, whole.ema), collect(rest.duel, rest.ema))


@pytest.mark.parametrize(
    "changes",
    [
        {"objective": Part("non-saturating")},
        {"discriminator_steps": 2},
        {"penalties": ()},
        {"packing": 4},
        {"generator": replace(ADAM, method="rmsprop"), "discriminator": replace(ADAM, method="sgd", betas=(0.5, 0.9))},
        {"discriminator": replace(ADAM, method="sgd"), "projections": (Part("weight-clipping"),)},
        {"latent": LatentSettings(normal=1, uniform=2, signs=1)},
        {"networks": Part("mlp", {"width": 16, "generator_spectral": True, "discriminator_spectral": True})},
        {"networks": Part("mlp", {"width": 16, "minibatch": "discrimination", "generator_norm": "batch"})},
        {"networks": Part("mlp", {"width": 16, "discriminator_pieces": 3, "discriminator_dropout": 0.3})},
    ],
)
def test_every_kind_of_step_resumes_to_the_bit(changes: dict[str, object], tmp_path: Path) -> None:
    recipe = replace(RECIPE, **changes)  # type: ignore[arg-type]
    whole = a_loop(tmp_path / "whole", steps=12, recipe=recipe)
    whole.run()
    a_loop(tmp_path / "parts", steps=12, recipe=recipe, stop_at=5).run()
    rest = a_loop(tmp_path / "parts", steps=12, recipe=recipe)
    rest.resume()
    rest.run()
    assert_same(collect(whole.duel, whole.ema), collect(rest.duel, rest.ema))


def test_watching_changes_nothing(tmp_path: Path) -> None:
    watched = a_loop(tmp_path / "a", steps=20, observers=[Witness([])], draw=lambda: torch.rand(3), save_seconds=0.0)
    alone = a_loop(tmp_path / "b", steps=20)
    watched.run()
    alone.run()
    assert_same(collect(watched.duel, watched.ema), collect(alone.duel, alone.ema))


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_good_checkpoint(tmp_path: Path) -> None:
    phase = Phase("discriminator", ("discriminator",), "discriminator", (Poison(healthy_calls=7),))
    witness = Witness([])
    loop = a_loop(tmp_path, steps=20, duel=a_duel(phases=[phase]), observers=[witness], save_seconds=0.0)
    with pytest.raises(UnhealthyError, match=r"step 8.*discriminator.poison.*last good checkpoint, of step 7"):
        loop.run()
    kept = Checkpoints(tmp_path).load()
    assert kept.step == 7
    assert all_finite(kept.tensors)
    assert isinstance(witness.events[-1], Stopped)
    assert witness.events[-1].reason == "not finite"


def test_a_smaller_part_of_the_batch_is_told_and_remembered(tmp_path: Path) -> None:
    def hungry() -> Duel:
        return a_duel(phases=[Phase("discriminator", ("discriminator",), "discriminator", (Hungry(fits=40),))])

    witness = Witness([])
    a_loop(tmp_path, steps=4, duel=hungry(), observers=[witness], stop_at=2).run()
    (decision,) = [event for event in witness.events if isinstance(event, Decision)]
    assert decision.changes == {"micro_batches": 2.0}
    rest = a_loop(tmp_path, steps=4, duel=hungry())
    rest.resume()
    assert rest.duel.micro_batches == 2


def test_a_smaller_part_of_the_batch_is_on_disk_before_the_next_step(tmp_path: Path) -> None:
    witness = Witness([])
    phase = Phase("discriminator", ("discriminator",), "discriminator", (Hungry(fits=40),))
    a_loop(tmp_path, steps=4, duel=a_duel(phases=[phase]), observers=[witness]).run()
    (decided,) = [event.step for event in witness.events if isinstance(event, Decision)]
    assert decided in [event.step for event in witness.events if isinstance(event, CheckpointSaved)]


def test_the_time_limit_stops_and_saves(tmp_path: Path) -> None:
    loop = a_loop(tmp_path, steps=10)
    loop._limit_seconds = 0.0
    assert loop.run().reason == "out of time"
    assert Checkpoints(tmp_path).steps()[-1] == 1


def test_a_checkpoint_of_other_networks_is_refused(tmp_path: Path) -> None:
    a_loop(tmp_path, steps=2).run()
    other = replace(RECIPE, networks=Part("mlp", {"width": 16, "depth": 2}))
    with pytest.raises(RunError, match="does not fit"):
        a_loop(tmp_path, steps=2, recipe=other).resume()


def test_two_modes_of_one_number_are_learned(tmp_path: Path) -> None:
    source = two_modes()
    loop = a_loop(tmp_path, steps=2500, source=source)
    loop.run()
    game = loop.duel.game.with_players(loop.ema.players)
    assert isinstance(game, PlayableGame)
    x = source.domain.decode(game.sample(game.latents(4000, Draws(0, "test")), None, Draws(0, "head")))[:, 0]
    low, high = abs(x + 3) < 0.5, abs(x - 5) < 0.5
    assert (low | high).mean() > 0.9
    assert 0.4 < low.mean() < 0.6


def examined(witness: Witness) -> list[Examined]:
    return [event for event in witness.events if isinstance(event, Examined)]


def test_the_best_checkpoint_is_the_latest_that_was_kept(tmp_path: Path) -> None:
    witness = Witness([])
    a_loop(tmp_path, steps=600, examine_every=50, observers=[witness]).run()
    seen = examined(witness)
    assert [event.step for event in seen] == list(range(50, 601, 50))
    assert seen[-1].score < seen[0].score / 4  # it has learned
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.best() == [event.step for event in seen if event.kept][-1]
    assert checkpoints.best() in checkpoints.steps()


def test_a_generator_that_got_worse_is_not_kept(tmp_path: Path) -> None:
    """Trained well, then thrown out of its way: the checkpoint from before stays the best, however many follow."""
    witness = Witness([])
    loop = a_loop(tmp_path, steps=700, examine_every=50, observers=[witness], save_seconds=0.0)
    update = loop.duel.update

    def spoiled(moment: Moment, feed: Feed, *, watched: bool = False) -> dict[str, Tensor]:
        measured = update(moment, feed, watched=watched)
        if moment.step == 500:
            with torch.no_grad():
                for parameter in loop.duel.game.players["generator"].parameters():
                    parameter.mul_(3.0)
        return measured

    loop.duel.update = spoiled  # type: ignore[method-assign]
    loop.run()
    last_kept = [event for event in examined(witness) if event.kept][-1]
    assert last_kept.step <= 500
    assert Checkpoints(tmp_path).best() == last_kept.step
    assert examined(witness)[-1].score > 2 * last_kept.score


@pytest.mark.parametrize("stop_at", [1, 99, 100, 140])
def test_examinations_resume_to_the_same_bits_and_the_same_choice(stop_at: int, tmp_path: Path) -> None:
    whole, rest_of = Witness([]), Witness([])
    a_loop(tmp_path / "whole", steps=200, examine_every=20, observers=[whole]).run()
    a_loop(tmp_path / "parts", steps=200, examine_every=20, stop_at=stop_at).run()
    rest = a_loop(tmp_path / "parts", steps=200, examine_every=20, observers=[rest_of])
    rest.resume()
    rest.run()
    known = [(e.step, e.score, e.gain, e.kept) for e in examined(whole) if e.step > stop_at]
    assert [(e.step, e.score, e.gain, e.kept) for e in examined(rest_of)] == known
    assert Checkpoints(tmp_path / "parts").best() == Checkpoints(tmp_path / "whole").best()
    ours, theirs = Checkpoints(tmp_path / "parts").load(), Checkpoints(tmp_path / "whole").load()
    assert_same(ours.tensors, theirs.tensors)


def test_when_memory_runs_out_in_an_examination_the_training_goes_on_and_says_so(tmp_path: Path) -> None:
    witness = Witness([])
    loop = a_loop(tmp_path, steps=30, examine_every=10, observers=[witness])
    examiner = loop._examiner
    assert examiner is not None
    examine = examiner.examine

    def hungry(step: int, kimg: float) -> Examined:
        if step == 20:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")
        return examine(step, kimg)

    examiner.examine = hungry  # type: ignore[method-assign]
    assert loop.run().reason == "done"
    assert [event.step for event in examined(witness)] == [10]
    assert any("no longer scored" in event.what for event in witness.events if isinstance(event, Decision))
    assert Checkpoints(tmp_path).load().step == 30


def test_examining_changes_no_weight(tmp_path: Path) -> None:
    watched, alone = a_loop(tmp_path / "a", steps=20, examine_every=3), a_loop(tmp_path / "b", steps=20)
    watched.run()
    alone.run()
    assert_same(collect(watched.duel, watched.ema), collect(alone.duel, alone.ema))


def test_a_training_that_no_longer_improves_ends_and_says_so(tmp_path: Path) -> None:
    still = replace(RECIPE, generator=replace(ADAM, lr=constant(0.0)))
    loop = a_loop(tmp_path, steps=1000, recipe=still, examine_every=20, may_stop=True)
    stopped = loop.run()
    assert stopped.reason == "done"
    assert "has not improved" in stopped.message
    assert 600 <= loop.step < 700
    again = a_loop(tmp_path, steps=1000, recipe=still, examine_every=20, may_stop=True)
    again.resume()
    assert again.run().message == stopped.message
    assert again.step == loop.step


def test_a_training_whose_length_was_set_goes_on_to_its_end(tmp_path: Path) -> None:
    still = replace(RECIPE, generator=replace(ADAM, lr=constant(0.0)))
    loop = a_loop(tmp_path, steps=300, recipe=still, examine_every=10)
    assert loop.run().message == "Training is complete."
    assert loop.step == 300
