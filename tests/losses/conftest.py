"""A turn small enough to be read: fixed samples, judges that are plain functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import torch
from torch import Tensor

from ganforge.core.contracts import View
from ganforge.core.records import Batch, Condition, Forgery, Scores
from ganforge.core.seeding import Draws

Judge = Callable[[Tensor], tuple[Tensor, ...]]
Classifier = Callable[[Tensor], Tensor]


class SmallGame:
    """Judges by name."""

    def __init__(self, judges: Mapping[str, Judge], classifier: Classifier | None) -> None:
        self.judges = judges
        self._classifier = classifier

    def judge(self, player: str, x: Tensor, condition: Condition | None) -> Scores:
        return Scores(self.judges[player](x), None if self._classifier is None else self._classifier(x))


class SmallTurn:
    """A `ganforge.core.contracts.Turn` of given samples; it remembers what it was asked for."""

    def __init__(
        self,
        judges: Mapping[str, Judge],
        real: Tensor,
        fake: Tensor,
        differentiates: frozenset[str] = frozenset(),
        *,
        condition: Condition | None = None,
        classifier: Classifier | None = None,
    ) -> None:
        self.game = SmallGame(judges, classifier)
        self.judges = tuple(judges)
        self.batch = Batch({"x": real}, condition, torch.arange(len(real)))
        self.draws = Draws(0, "turn")
        self.forgery = Forgery({"x": fake}, condition)
        self.looks: list[str] = []
        self._differentiates = differentiates

    def real(self, judge: str) -> View:
        return self._look("real", judge, self.batch.real["x"])

    def fake(self, judge: str) -> View:
        return self._look("fake", judge, self.forgery.fake["x"])

    def _look(self, which: str, judge: str, x: Tensor) -> View:
        self.looks.append(which)
        if which in self._differentiates:
            x = x.detach().requires_grad_()
        return View(x, self.game.judge(judge, x, self.batch.condition), self.batch.condition)


@pytest.fixture
def turn_of() -> type[SmallTurn]:
    """The class of small turns."""
    return SmallTurn
