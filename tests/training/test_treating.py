"""What the loop does for a doctor: records to look at, ways back, changed recipes, and an end where nothing helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch

from ganforge.core.contracts import Advice
from ganforge.core.errors import RunError, UnhealthyError
from ganforge.core.recipe import LatentSettings, Recipe
from ganforge.core.records import (
    Change,
    Event,
    Examined,
    Finding,
    Inspected,
    Remedy,
    Sampled,
    StepRecord,
    Stopped,
    Treated,
)
from ganforge.core.schedule import constant
from ganforge.core.settings import Json, Part
from ganforge.runs.checkpoints import Checkpoints
from ganforge.training.loop import Loop
from ganforge.training.stage import Care, Stage
from ganforge.training.state import collect
from tests.training.small import RECIPE, Witness, a_loop, assert_same, two_modes

STEPS = 40
LOWER = Remedy("lower", "lower the rate", (Change("discriminator.lr.start", 2e-3, 1e-3),))


def finding(step: int, since: int) -> Finding:
    return Finding("something", "serious", step, step * 0.064, since, {"number": 1.0}, "Something is wrong.")


@dataclass
class Script:
    """A doctor who says at the n-th record, counted through all courses, what stands in the script."""

    lines: dict[int, Advice]
    suspicious: bool = False
    heard: int = 0
    seen: list[Event] = field(default_factory=list)

    def see(self, event: Event) -> Advice:
        self.seen.append(event)
        if not isinstance(event, StepRecord):
            return Advice()
        self.heard += 1
        return self.lines.get(self.heard, Advice())

    @property
    def well(self) -> bool:
        return not self.suspicious

    def save(self) -> Json:
        return {"heard": self.heard}

    def restore(self, saved: Json) -> None:
        self.heard = saved["heard"]


def advised(remedy: Remedy, recipe: Recipe, step: int = 20, since: int = 15) -> Advice:
    return Advice((finding(step, since),), remedy, "something", recipe)


def a_treated_loop(
    folder: Path,
    lines: dict[int, Advice],
    *,
    treats: bool = True,
    stop_at: int | None = None,
    witness: Witness | None = None,
    suspicious: bool = False,
    examine_every: int = 0,
) -> Loop:
    """A small training of 40 steps with a record at each, cared for by a doctor who follows a script."""
    source = two_modes()
    observers = [] if witness is None else [witness]

    def restage(recipe: Recipe, number: int) -> Stage:
        steps = round(STEPS * RECIPE.batch / recipe.batch)
        torch.manual_seed(100 + number)
        made = a_loop(folder, steps=steps, recipe=recipe, source=source, watch_every=5, examine_every=examine_every)
        with torch.no_grad():
            for parameter in made.duel.game.parameters():
                parameter.add_(0.01 * number)  # other first weights
        return made.stage

    care = Care(Script(lines, suspicious), Inspected({"data.count": 2000.0}), treats, restage)
    loop = a_loop(
        folder,
        steps=STEPS,
        source=source,
        observers=observers,
        draw=lambda: torch.zeros(1, 1),
        watch_every=5,
        examine_every=examine_every,
        care=care,
    )
    loop._asked_to_stop = lambda: loop.taken == stop_at
    return loop


def weights(loop: Loop) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in collect(loop.duel, loop.ema).items()}


SLOWER = replace(RECIPE, discriminator=replace(RECIPE.discriminator, lr=constant(1e-3)))
REMEDIES: dict[str, tuple[Remedy, Recipe]] = {
    "from here": (replace(LOWER, back_to="here"), SLOWER),
    "from a healthy moment": (replace(LOWER, back_to="healthy"), SLOWER),
    "from the start": (replace(LOWER, back_to="start"), SLOWER),
    "a fresh discriminator": (replace(LOWER, back_to="healthy", reinitialise=frozenset({"discriminator"})), RECIPE),
    "another optimiser": (
        replace(LOWER, back_to="healthy"),
        replace(RECIPE, generator=replace(RECIPE.generator, method="rmsprop")),
    ),
    "another latent": (
        replace(LOWER, back_to="start", reinitialise=frozenset({"generator", "discriminator"})),
        replace(RECIPE, latent=LatentSettings(normal=5)),
    ),
    "minibatch features": (
        replace(LOWER, back_to="healthy", reinitialise=frozenset({"discriminator"})),
        replace(RECIPE, networks=Part("mlp", {"width": 32, "depth": 2, "minibatch": "stddev"})),
    ),
    "half the batch": (replace(LOWER, back_to="healthy"), replace(RECIPE, batch=32)),
}


@pytest.mark.parametrize("name", REMEDIES)
def test_a_treated_training_goes_on_to_the_same_bits_wherever_it_is_stopped(name: str, tmp_path: Path) -> None:
    lines = {20: advised(*REMEDIES[name])}
    whole = a_treated_loop(tmp_path / "whole", lines)
    whole.run()
    for stop_at in (4, 19, 20, 21, 33):
        folder = tmp_path / str(stop_at)
        assert a_treated_loop(folder, lines, stop_at=stop_at).run().reason == "interrupted"
        rest = a_treated_loop(folder, lines)
        rest.resume()
        rest.run()
        assert (rest.step, rest.taken) == (whole.step, whole.taken)
        assert_same(weights(whole), weights(rest))


def test_a_treatment_goes_back_to_the_newest_moment_that_was_well_before_the_signs_began(tmp_path: Path) -> None:
    witness = Witness([])
    lines = {20: advised(*REMEDIES["from a healthy moment"], since=15)}
    a_treated_loop(tmp_path, lines, witness=witness).run()
    (treated,) = [event for event in witness.events if isinstance(event, Treated)]
    assert (treated.step, treated.to_step, treated.taken, treated.number) == (20, 12, 20, 1)
    records = [event.step for event in witness.events if isinstance(event, StepRecord)]
    assert records == [*range(1, 21), *range(13, 41)]


def test_a_run_that_was_never_well_begins_again(tmp_path: Path) -> None:
    witness = Witness([])
    lines = {20: advised(*REMEDIES["from a healthy moment"])}
    a_treated_loop(tmp_path, lines, witness=witness, suspicious=True).run()
    (treated,) = [event for event in witness.events if isinstance(event, Treated)]
    assert treated.to_step == 0


def test_numbers_that_are_not_finite_are_left_to_a_doctor_who_treats(tmp_path: Path) -> None:
    for treats in (True, False):
        witness = Witness([])
        lines = {20: advised(*REMEDIES["from the start"])}
        loop = a_treated_loop(tmp_path / str(treats), lines, treats=treats, witness=witness)
        _poison(loop, at=20)
        if not treats:
            with pytest.raises(UnhealthyError, match="finite"):
                loop.run()
            continue
        assert loop.run().reason == "done"
        assert all(torch.isfinite(tensor).all() for tensor in weights(loop).values())


def test_where_nothing_is_left_to_try_the_training_ends_with_the_account(tmp_path: Path) -> None:
    witness = Witness([])
    lines = {20: advised(*REMEDIES["from here"]), 30: Advice(give_up="Tried it all.")}
    loop = a_treated_loop(tmp_path, lines, witness=witness)
    with pytest.raises(UnhealthyError, match="Tried it all"):
        loop.run()
    assert isinstance(witness.events[-1], Stopped)
    assert witness.events[-1].reason == "unhealthy"
    assert Checkpoints(tmp_path).load().step == 30


def test_a_doctor_who_only_watches_is_told_of_all_and_changes_nothing(tmp_path: Path) -> None:
    plain = a_loop(tmp_path / "plain", steps=STEPS, source=two_modes())
    plain.run()
    lines = {20: advised(*REMEDIES["from the start"])}
    for treats, told in ((False, lines), (True, {})):
        witness = Witness([])
        watched = a_treated_loop(tmp_path / str(treats), told, treats=treats, witness=witness)
        watched.run()
        assert_same(weights(plain), weights(watched))
        assert bool([event for event in witness.events if isinstance(event, Finding)]) == (not treats)
        assert isinstance(watched._care, Care)
        assert isinstance(watched._care.doctor, Script)
        assert Inspected in [type(event) for event in watched._care.doctor.seen]


def test_what_was_found_is_drawn(tmp_path: Path) -> None:
    witness = Witness([])
    a_treated_loop(tmp_path, {17: Advice((finding(17, 15),))}, witness=witness).run()
    at = witness.events.index(next(event for event in witness.events if isinstance(event, Finding)))
    assert isinstance(witness.events[at + 1], Sampled)


@pytest.mark.parametrize("scores", [(0.5, 0.1), (0.1, 0.5)])
def test_the_best_of_all_courses_is_kept(scores: Sequence[float], tmp_path: Path) -> None:
    lines = {25: advised(*REMEDIES["from the start"])}
    loop = a_treated_loop(tmp_path, lines, examine_every=10)
    given = iter((scores[0], scores[0], scores[1], scores[1], scores[1], scores[1]))

    def examine(step: int, kimg: float) -> Examined:
        return Examined(step, kimg, next(given), 0.01, 0.0, 0.0, kept=True, seconds=0.0)

    restage = loop._care.restage if loop._care is not None else None
    assert restage is not None

    def with_scores(recipe: Recipe, number: int) -> Stage:
        stage = restage(recipe, number)
        assert stage.examiner is not None
        stage.examiner.examine = examine  # type: ignore[method-assign]
        return stage

    assert loop._care is not None
    loop._care = replace(loop._care, restage=with_scores)
    assert loop._examiner is not None
    loop._examiner.examine = examine  # type: ignore[method-assign]
    loop.run()
    assert Checkpoints(tmp_path).best() == (65 if scores[1] < scores[0] else 20)


def test_a_treated_run_cannot_be_resumed_without_a_doctor(tmp_path: Path) -> None:
    a_treated_loop(tmp_path, {20: advised(*REMEDIES["from here"])}, stop_at=30).run()
    with pytest.raises(RunError, match="--doctor"):
        a_loop(tmp_path, steps=STEPS).resume()


def _poison(loop: Loop, at: int) -> None:
    update = loop.duel.update

    def poisoned(*arguments: object, **named: object) -> dict[str, torch.Tensor]:
        measured = update(*arguments, **named)  # type: ignore[arg-type]
        if loop.step + 1 == at:
            with torch.no_grad():
                next(loop.duel.game.parameters()).fill_(torch.nan)
            measured["discriminator.adversarial"] = torch.tensor(torch.nan)
        return measured

    loop.duel.update = poisoned  # type: ignore[method-assign]


def test_a_moment_in_which_a_treatment_is_due_is_neither_the_best_nor_one_to_come_back_to(tmp_path: Path) -> None:
    """An examination, a tenth of the run and the doctor's advice fall on one update, which is never saved as it was."""
    witness = Witness([])
    lines = {20: advised(*REMEDIES["from a healthy moment"], since=20), 29: advised(*REMEDIES["from the start"])}
    loop = a_treated_loop(tmp_path, lines, witness=witness, examine_every=10)
    loop.run()
    returned = [event.to_step for event in witness.events if isinstance(event, Treated)]
    assert returned == [16, 0]
    checkpoints = Checkpoints(tmp_path)
    best = checkpoints.best()
    assert best is not None
    assert checkpoints.load(best).facts["seen"] > 0
    examined = [event.step for event in witness.events if isinstance(event, Examined) and event.step == 20]
    assert len(examined) >= 2
