"""The board on which the game of two numbers is seen: real points, forgeries, D's verdict, where forgeries are pushed.

Everything is a copy of what a checkpoint holds. Looking changes nothing; playing on changes the copy alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Phase, Source
from ganforge.core.errors import RunError
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import Recipe
from ganforge.core.records import Batch, Split
from ganforge.core.seeding import Draws
from ganforge.core.settings import from_json
from ganforge.games._game import PlayableGame, at_rest
from ganforge.runs.checkpoints import Checkpoint
from ganforge.runs.folder import RunFolder
from ganforge.staging import feed, optimizers, phases, players
from ganforge.studio._plane_axes import Axes, grid, window
from ganforge.training.duel import Duel, Moment
from ganforge.training.ema import Ema
from ganforge.training.state import restore
from ganforge.training.turn import GameTurn
from ganforge.watch.probes import above

Side = Literal["discriminator", "generator"]
"""Whose turn it is: phase 1, those who judge; phase 2, those who forge."""

REAL, FAKE, CELLS = 600, 300, 48
"""Real points and forgeries shown at most, and cells of the heat map along each side."""
FINE = 3
"""A cell's verdict is the mean over so many points along each side: D's verdict may change within a cell."""
LIVELY = 0.85
"""A game that is played on is at most so far in its schedules: at a run's end learning rates are near 0, and nobody
would see a move."""
ENOUGH = 32
"""With fewer held-out points, D's scores are compared with those of the real points shown."""


@dataclass(frozen=True)
class Look:
    """What is to be seen at one moment. Points are in the units of the data."""

    step: int
    seen: int
    """Real samples shown to D so far."""
    bounds: tuple[float, float, float, float]
    """Of the plane: x0, x1, y0, y1; from the real points alone, so that it stays where it is."""
    columns: tuple[str, str]
    real: Float[Tensor, "n 2"]
    fake: Float[Tensor, "m 2"]
    push: Float[Tensor, "m 2"]
    """The way in which G's own loss falls fastest at each forgery, in the units of the data; all are scaled alike, so
    that the longest would cross the plane: as shares of the plane's sides its length is 1."""
    push_scale: float
    """How much G's loss of one forgery falls on a unit of the networks' way, where it falls fastest."""
    verdict: Float[Tensor, "cells"]
    """Of each cell, row by row from the lowest y: how sure D's score says "real", 0 to 1; see `_sureness`."""
    real_score: float
    fake_score: float
    told_apart: float
    """How often D scores a real point above a forgery, over all pairs: 0.5 = it guesses."""


class Board:
    """The players of one checkpoint, as they are trained, with fixed points to look at them by."""

    def __init__(self, folder: RunFolder, data: Source, axes: Axes, split: Split, checkpoint: Checkpoint) -> None:
        """
        Args:
            folder: of the run.
            data: the run's.
            axes: of its domain.
            split: the run's.
            checkpoint: from which the players are copied, with their optimisers.

        Raises:
            RunError: the checkpoint does not fit the run's recipe.
        """
        facts, known = folder.facts(), checkpoint.facts
        recipe = from_json(Recipe, known.get("recipe", facts["recipe"]), what="the checkpoint")
        plan = _here(from_json(ExecutionPlan, facts["plan"], what="run.json"))
        seed = int(facts["seed"])
        with torch.random.fork_rng(devices=[]):
            game = players(recipe, data, seed, int(known.get("treatments", 0)))
        self.duel = Duel(game, phases(recipe), optimizers(recipe), batch=recipe.batch, seed=seed, plan=plan)
        restore(self.duel, Ema(game, recipe.ema), checkpoint.tensors)
        self.duel.micro_batches = int(known.get("micro_batches", plan.micro_batches))
        self.step = int(known.get("step", checkpoint.step))
        """Updates done; the next one's number."""
        self.total_steps = max(1, round(plan.kimg * 1000 / self.duel.samples_per_step))
        self._met: Tensor | None = None
        """The forgeries that D's verdict is measured by: those shown when D last moved, so that it is D's moves alone
        that change the map."""
        self._moved: Side | None = None
        """Who has moved in the update that is under way."""
        self._game: PlayableGame = game
        self._feed = feed(data, split, seed)
        self._domain = data.domain
        self._axes = axes
        self._real = _points(data, split.train, REAL)
        held = split.select if len(split.select) >= ENOUGH else split.train
        self._compared = _points(data, held, REAL)
        self._shown = _batch(data, split.train, FAKE - FAKE % game.judged_together)
        self._bounds = window(self._axes.outward(self._real))

    @property
    def seen(self) -> int:
        """Real samples shown to D so far."""
        return self.step * self.duel.samples_per_step

    @property
    def _progress(self) -> float:
        return min(LIVELY, self.step / self.total_steps)

    def phases_of(self, side: Side) -> tuple[Phase, ...]:
        """The phases in which this side moves."""
        judges = self._game.judges.keys()
        return tuple(p for p in self.duel.phases if (judges >= set(p.trains)) == (side == "discriminator"))

    def shown_by(self, sides: tuple[Side, ...]) -> int:
        """Real samples that a move of these sides shows to D."""
        return self.duel.samples_per_step if "discriminator" in sides else 0

    def play(self, side: Side) -> bool:
        """This side's part of the next update; whether it had anything to do.

        With the generator's part an update is done. Both sides in turn are what the training would have done, to the
        bit, but near its end (see LIVELY); the discriminator a second time in a row begins the next update, with other
        samples.
        """
        if self._moved == side:
            self.step += 1
        moment = Moment(self.step, self.seen, self._progress)
        with torch.random.fork_rng(devices=[]):
            moved = [bool(self.duel.play(phase, moment, self._feed)) for phase in self.phases_of(side)]
        self._moved = side if side == "discriminator" else None
        if side == "discriminator":
            self._met = None
        self.step += side == "generator"
        return any(moved)

    def look(self) -> Look:
        """What is to be seen now.

        Raises:
            RunError: the numbers are no longer finite.
        """
        fake, push = self._pushed()
        real_scores, fake_scores = self._scores(self._real), self._scores(fake)
        places = self._scores(self._axes.inward(grid(self._bounds, CELLS * FINE)))
        if self._met is None:
            self._met = fake
        known, forged = self._scores(self._compared), self._scores(self._met)
        if not _finite(fake, push, real_scores, fake_scores, places, known, forged):
            raise RunError("The numbers of this game are no longer finite: there is nothing to see. Begin anew.")
        x0, x1, y0, y1 = self._bounds
        # Along the axes a forgery moves by units of the networks: what is steepest depends on the units
        moved = push.double() * self._axes.scale
        longest = float((moved / torch.tensor([x1 - x0, y1 - y0]).double()).norm(dim=1).max())
        return Look(
            self.step,
            self.seen,
            self._bounds,
            self._axes.names,
            self._axes.shown(self._domain, self._real),
            self._axes.shown(self._domain, fake),
            moved / longest if longest > 0 else moved,
            float(push.norm(dim=1).max()),
            _sureness(places, known, forged).reshape(CELLS, FINE, CELLS, FINE).mean((1, 3)).flatten(),
            float(real_scores.mean()),
            float(fake_scores.mean()),
            above(real_scores, fake_scores),
        )

    def _scores(self, x: Float[Tensor, "n 2"]) -> Float[Tensor, "n"]:
        return self._game.appraise(x).scores.float()

    def _pushed(self) -> tuple[Float[Tensor, "m 2"], Float[Tensor, "m 2"]]:
        """The forgeries, and minus the gradient of the loss of each, in the networks' units, all players at rest."""
        forging = self.phases_of("generator")
        terms = tuple(term for phase in forging for term in phase.terms)
        with at_rest(self._game.players):
            turn = GameTurn(self._game, forging[0], terms, self._shown, Draws(0, "plane"))
            (fake,) = turn.forgery.fake.values()
            total = torch.zeros(())
            for term in terms:
                total = total + term(turn) * term.weight.at(self._progress)
            (slope,) = torch.autograd.grad(total, [fake], materialize_grads=True)
        # The loss is a mean over the forgeries: times their number, it is what each is told
        return fake.detach(), -slope * len(fake)


def _sureness(scores: Float[Tensor, "n"], real: Float[Tensor, "m"], forged: Float[Tensor, "k"]) -> Float[Tensor, "n"]:
    """How sure the scores say "real": the share of real points that score no higher, beside the share of forgeries that
    score no lower.

    0 = below every real point; 1 = above every forgery; 0.5 = as likely the one as the other. Only the order of scores
    counts, so that it means the same for every objective.
    """
    real, forged = real.sort().values, forged.sort().values
    as_real = torch.searchsorted(real, scores, right=True) / len(real)
    as_forged = 1 - torch.searchsorted(forged, scores) / len(forged)
    # Between all forgeries and all real points neither reaches: undecided
    either = as_real + as_forged
    return torch.where(either > 0, as_real / either.clamp_min(1e-12), 0.5)


def _finite(*tensors: Tensor) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors)


def _points(data: Source, rows: Tensor, count: int) -> Float[Tensor, "n 2"]:
    """A fixed sample, as the networks see it."""
    chosen = rows[Draws(0, "plane real").permutation(len(rows))][:count]
    (x,) = data.batch(chosen).real.values()
    return x


def _batch(data: Source, rows: Tensor, count: int) -> Batch:
    """A fixed batch of exactly so many; few rows are taken several times."""
    order = rows[Draws(0, "plane batch").permutation(len(rows))]
    return data.batch(order[torch.arange(count) % len(order)])


def _here(plan: ExecutionPlan) -> ExecutionPlan:
    """The plan as a server carries it out: on the CPU, whatever it was trained on, and without compiling."""
    plan = replace(plan, compiled=False)
    return plan if plan.device == "cpu" else replace(plan, device="cpu", precision="float32", channels_last=False)
