"""Unpaired translation in miniature: two generators, two discriminators, a cycle, a pool of past forgeries.

The product does not ship it yet; it holds the contracts to what CycleGAN (arXiv:1703.10593) will need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ganforge.core.contracts import Phase, Turn
from ganforge.core.records import Batch, Condition, Forgery, Scores
from ganforge.core.schedule import Schedule, constant
from ganforge.core.seeding import Draws
from ganforge.games._game import Game
from ganforge.losses.adversarial import DiscriminatorLoss, GeneratorLoss
from ganforge.losses.objectives.non_saturating import NonSaturating
from ganforge.losses.penalties.r1 import R1

POOL = 64


def dense(inputs: int, outputs: int) -> nn.Sequential:
    """A small network of points."""
    return nn.Sequential(
        nn.Linear(inputs, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, outputs)
    )


class Unpaired(Game):
    """Points of the set "a" become points of the set "b" and back."""

    judges: ClassVar[Mapping[str, str]] = {"judge_a": "a", "judge_b": "b"}
    averaged = ("a_to_b", "b_to_a")

    def __init__(self) -> None:
        super().__init__()
        shapes = {"a_to_b": 2, "b_to_a": 2, "judge_a": 1, "judge_b": 1}
        self.players = nn.ModuleDict({name: dense(2, outputs) for name, outputs in shapes.items()})
        self.register_buffer("pool", torch.zeros(2, POOL, 2))
        self.register_buffer("pooled", torch.zeros((), dtype=torch.int64))

    def forge(self, batch: Batch, draws: Draws) -> Forgery:
        return Forgery({"b": self.players["a_to_b"](batch.real["a"]), "a": self.players["b_to_a"](batch.real["b"])})

    def exhibit(self, forgery: Forgery, draws: Draws) -> Forgery:
        """Half of what the judges see are forgeries of the past."""
        n = len(forgery.fake["a"])
        filled = int(self.get_buffer("pooled"))
        slots = draws.integers(POOL, n)
        shown = {}
        for number, name in enumerate(("a", "b")):
            fresh = forgery.fake[name]
            pool = self.get_buffer("pool")[number]
            old = draws.uniform(n) < (0.5 if filled >= POOL else 0.0)
            shown[name] = torch.where(old[:, None], pool[slots], fresh)
            pool[slots] = fresh.detach()
        self.get_buffer("pooled").add_(n)
        return Forgery(shown)

    def judge(self, player: str, x: Tensor, condition: Condition | None) -> Scores:
        return Scores((self.players[player](x)[:, 0],))


@dataclass(frozen=True)
class Cycle:
    """There and back again should change nothing (arXiv:1703.10593 eq. 2)."""

    weight: Schedule
    every: int = 1
    name: str = "cycle"
    differentiates: frozenset[str] = frozenset()

    def __call__(self, turn: Turn) -> Tensor:
        game, fake, real = turn.game, turn.forgery.fake, turn.batch.real
        assert isinstance(game, Unpaired)
        back = game.players["b_to_a"](fake["b"]) - real["a"], game.players["a_to_b"](fake["a"]) - real["b"]
        loss: Tensor = back[0].abs().mean() + back[1].abs().mean()
        return loss


PHASES = (
    Phase(
        "generators",
        ("a_to_b", "b_to_a"),
        "generators",
        (GeneratorLoss(NonSaturating()), Cycle(constant(2.0))),
    ),
    Phase(
        "judges",
        ("judge_a", "judge_b"),
        "judges",
        (DiscriminatorLoss(NonSaturating()), R1(weight=constant(0.3), every=4)),
    ),
)


class UnpairedFeed:
    """Set "a": two clusters on the x axis. Set "b": the same, moved up by four."""

    shift = torch.tensor([0.0, 4.0])

    def batch(self, seen: int, count: int) -> Batch:
        draws = Draws(1, "unpaired", seen)
        real = {}
        for name, shift in (("a", 0.0), ("b", 1.0)):
            sides = draws.integers(2, count).float() * 2 - 1
            centres = torch.stack([sides * 2, torch.zeros(count)], dim=1)
            real[name] = centres + 0.2 * draws.normal(count, 2) + shift * self.shift
        return Batch(real, None, torch.arange(count))
