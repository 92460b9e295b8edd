"""One phase's view of one step: forgeries and scores, each computed at most once and only if a term asks."""

from __future__ import annotations

from functools import cached_property

import torch

from ganforge.core.contracts import Phase, Term, View
from ganforge.core.records import Batch, Forgery
from ganforge.core.seeding import Draws
from ganforge.games._game import Game


class GameTurn:
    """The view that a phase's terms share (see `ganforge.core.contracts.Turn`)."""

    def __init__(self, game: Game, phase: Phase, terms: tuple[Term, ...], batch: Batch, draws: Draws) -> None:
        self.game = game
        self.batch = batch
        self.draws = draws
        trained_judges = tuple(player for player in phase.trains if player in game.judges)
        self.judges = trained_judges or tuple(game.judges)
        self._forgers_learn = len(trained_judges) < len(phase.trains)
        self._differentiated = frozenset[str]().union(*(term.differentiates for term in terms))
        self._real: dict[str, View] = {}
        self._fake: dict[str, View] = {}

    @cached_property
    def forgery(self) -> Forgery:
        """The turn's forgeries, attached to the graph only if a forger learns from them."""
        with torch.set_grad_enabled(self._forgers_learn):
            return self.game.forge(self.batch, self.draws)

    @property
    def forged(self) -> tuple[torch.Tensor, ...]:
        """The forgeries as tensors, if any term has asked for them."""
        return tuple(self.forgery.fake.values()) if "forgery" in self.__dict__ else ()

    @cached_property
    def _exhibited(self) -> Forgery:
        return self.forgery if self._forgers_learn else self.game.exhibit(self.forgery, self.draws)

    def real(self, judge: str) -> View:
        """The judge's look at the real samples."""
        if judge not in self._real:
            x = self.batch.real[self.game.judges[judge]]
            if "real" in self._differentiated:
                x = x.detach().requires_grad_()
            self._real[judge] = View(x, self.game.judge(judge, x, self.batch.condition), self.batch.condition)
        return self._real[judge]

    def fake(self, judge: str) -> View:
        """The judge's look at the forgeries."""
        if judge not in self._fake:
            forgery = self._exhibited
            x = forgery.fake[self.game.judges[judge]]
            if "fake" in self._differentiated:
                x = x.detach().requires_grad_()
            self._fake[judge] = View(x, self.game.judge(judge, x, forgery.condition), forgery.condition)
        return self._fake[judge]
