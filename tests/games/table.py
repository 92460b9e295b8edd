"""A table in miniature: a category through Gumbel-softmax, a number, a condition vector, packing.

The product does not ship it yet; it holds the contracts to what CTGAN (arXiv:1907.00503) will need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganforge.core.contracts import Phase, Turn
from ganforge.core.errors import SettingError
from ganforge.core.records import Batch, Condition, Forgery, Scores
from ganforge.core.schedule import Schedule, constant
from ganforge.core.seeding import Draws
from ganforge.games._game import Game
from ganforge.losses.adversarial import DiscriminatorLoss, GeneratorLoss
from ganforge.losses.objectives.relativistic import Relativistic
from ganforge.losses.penalties.r1 import R1
from ganforge.losses.penalties.r2 import R2

CATEGORIES = 3
MEANS = torch.tensor([-2.0, 0.0, 3.0])
SPREAD = 0.3
LATENT = 8
PACK = 2


def head(raw: Tensor, draws: Draws) -> Tensor:
    """Soft one-hot categories by the Gumbel-softmax trick (arXiv:1611.01144), then the number."""
    logits = raw[:, :CATEGORIES] + draws.gumbel(len(raw), CATEGORIES)
    return torch.cat([(logits / 0.2).softmax(dim=1), raw[:, CATEGORIES:]], dim=1)


def conditions(condition: Condition | None) -> Tensor:
    """The condition vector."""
    if condition is None or condition.vector is None:
        raise SettingError("A table needs a condition vector.")
    return condition.vector


class Table(Game):
    """Rows that are asked to be of a category; the judge looks at two rows at once."""

    judges: ClassVar[Mapping[str, str]] = {"judge": "x"}
    averaged = ("clerk",)

    def __init__(self) -> None:
        super().__init__()
        width = 64
        self.players = nn.ModuleDict(
            {
                "clerk": nn.Sequential(
                    nn.Linear(LATENT + CATEGORIES, width),
                    nn.LeakyReLU(0.2),
                    nn.Linear(width, width),
                    nn.LeakyReLU(0.2),
                    nn.Linear(width, CATEGORIES + 1),
                ),
                "judge": nn.Sequential(
                    nn.Linear(PACK * (2 * CATEGORIES + 1), width),
                    nn.LeakyReLU(0.2),
                    nn.Linear(width, width),
                    nn.LeakyReLU(0.2),
                    nn.Linear(width, 1),
                ),
            }
        )

    def raw(self, condition: Condition | None, draws: Draws) -> Tensor:
        wanted = conditions(condition)
        rows: Tensor = self.players["clerk"](torch.cat([draws.normal(len(wanted), LATENT), wanted], dim=1))
        return rows

    def forge(self, batch: Batch, draws: Draws) -> Forgery:
        return Forgery({"x": head(self.raw(batch.condition, draws), draws)}, batch.condition)

    def judge(self, player: str, x: Tensor, condition: Condition | None) -> Scores:
        rows = torch.cat([x, conditions(condition)], dim=1)
        return Scores((self.players[player](rows.reshape(len(rows) // PACK, -1))[:, 0],))


@dataclass(frozen=True)
class AsAsked:
    """The category that was asked for is the one that is made (arXiv:1907.00503, section 4.3)."""

    weight: Schedule = field(default_factory=lambda: constant(1.0))
    every: int = 1
    name: str = "as asked"
    differentiates: frozenset[str] = frozenset()

    def __call__(self, turn: Turn) -> Tensor:
        made = turn.forgery.fake["x"][:, :CATEGORIES]
        return cross_entropy(made.clamp_min(1e-6).log(), conditions(turn.batch.condition).argmax(dim=1))


PHASES = (
    Phase(
        "judge",
        ("judge",),
        "judge",
        (DiscriminatorLoss(Relativistic()), R1(weight=constant(0.1), every=1), R2(weight=constant(0.1), every=1)),
    ),
    Phase("clerk", ("clerk",), "clerk", (GeneratorLoss(Relativistic()), AsAsked())),
)


class TableFeed:
    """Training by sampling: categories equally often, whatever their share."""

    def batch(self, seen: int, count: int) -> Batch:
        draws = Draws(2, "table", seen)
        category = draws.integers(CATEGORIES, count)
        one_hot = torch.eye(CATEGORIES)[category]
        number = MEANS[category] + SPREAD * draws.normal(count)
        x = torch.cat([one_hot, number[:, None]], dim=1)
        return Batch({"x": x}, Condition(vector=one_hot), torch.arange(count))
