"""What every game has: players, forging, judging. A new kind of game is one file beside this one."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from jaxtyping import Float
from torch import Tensor, nn

from ganforge.core.contracts import Domain, Phase
from ganforge.core.recipe import Recipe
from ganforge.core.records import Batch, Condition, DataCard, Forgery, Scores
from ganforge.core.registry import Registry
from ganforge.core.seeding import Draws

AnyGame = TypeVar("AnyGame", bound="Game")  # typing.Self is not understood by the run-time checker of the tests


class Game(nn.Module, ABC):
    """Who plays, how forgeries are made and how they are judged.

    Everything in the module's state (weights, buffers such as a pool of past forgeries) is saved with a run.
    """

    players: nn.ModuleDict
    """All networks by name."""
    judges: ClassVar[Mapping[str, str]]
    """The discriminators among the players, each with the name of the samples it judges ("x"; "a", "b")."""
    judged_together: int = 1
    """So many samples that follow each other are judged as one (packing); a batch is never cut between them."""
    undecided: float | None = 0.0
    """A judge's score of a sample that is as likely real as not; None = scores mean nothing but beside each other."""
    averaged: ClassVar[tuple[str, ...]]
    """The players of which a moving average is kept."""

    @abstractmethod
    def forge(self, batch: Batch, draws: Draws) -> Forgery:
        """As many fake samples as the batch has real ones."""

    def exhibit(self, forgery: Forgery, draws: Draws) -> Forgery:
        """What the discriminators are trained on; a game may mix in past forgeries (arXiv:1612.07828, section 2.3)."""
        return forgery

    @abstractmethod
    def judge(self, player: str, x: Tensor, condition: Condition | None) -> Scores:
        """Scores of `x`. The only door to a discriminator: augmentation, noise and packing happen here."""

    @property
    def steered(self) -> bool:
        """Whether something in the game is steered by how its judges judge (adaptive augmentation)."""
        return False

    def after_judging(self, judge: str, real_sign: Tensor, seen: int, progress: float) -> None:
        """Told after each update of a judge, if `steered`: how surely it takes real samples for real."""

    def steering(self) -> Mapping[str, Tensor]:
        """What is steered as it stands now, for the journal."""
        return {}

    def with_players(self: AnyGame, players: nn.ModuleDict) -> AnyGame:
        """The same game with other networks in these players' places (the averaged ones); nothing is copied."""
        twin = copy.copy(self)
        twin._modules = {**self._modules}  # noqa: SLF001 - its own twin's
        twin.players = nn.ModuleDict({**self.players, **players})
        return twin


@dataclass(frozen=True)
class Appraisal:
    """What a judge makes of things that nobody has to compete with, each looked at by itself."""

    scores: Float[Tensor, "n"]
    """Higher is more real; of the class that it would pass for best, where the judge wants to be told one."""
    features: Float[Tensor, "n d"]
    """What the judge's score is made of."""


class PlayableGame(Game):
    """A game that a recipe can name: it can be built for data, says how it is trained, and draws samples."""

    @classmethod
    @abstractmethod
    def make(cls, recipe: Recipe, data: DataCard, domain: Domain) -> PlayableGame:
        """The game with fresh networks, initialised from torch's global seed.

        Raises:
            SettingError: the recipe's networks cannot make such samples.
        """

    @classmethod
    @abstractmethod
    def phases(cls, recipe: Recipe) -> tuple[Phase, ...]:
        """The phases of one step, in order."""

    @abstractmethod
    def latents(self, n: int, draws: Draws) -> Tensor:
        """`n` fresh z."""

    @abstractmethod
    def truncated(self, z: Tensor, factor: float) -> Tensor:
        """The same z nearer to the middle of latent space (`factor` below 1): more typical, less varied samples."""

    @abstractmethod
    def between(self, start: Tensor, end: Tensor, share: float) -> Tensor:
        """The z at `share` (0 to 1) of the way from one z to another."""

    @abstractmethod
    def sample(self, z: Tensor, labels: Tensor | None, draws: Draws) -> Tensor:
        """The samples that the generator makes of `z`, as the networks see them. No gradient is kept."""

    @abstractmethod
    def appraise(self, x: Tensor) -> Appraisal:
        """What the judge makes of each sample, whichever others are asked about with it. No gradient is kept."""


@contextmanager
def at_rest(players: nn.ModuleDict) -> Iterator[None]:
    """Within, nothing is left out at random and no statistics move, whether the players are in training or not."""
    training = players.training
    players.eval()
    try:
        yield
    finally:
        players.train(training)


GAMES: Registry[type[PlayableGame]] = Registry("ganforge.games", "game", "GAME")
