"""The run's own discriminator: what it makes of a sample just before its score, for data that nothing else knows.

It learned from this run's forgeries what to look at, so that the scores flatter or wrong the run: they compare
checkpoints of one run, and say nothing beside another's.
"""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ganforge.core.errors import SettingError
from ganforge.games._game import PlayableGame
from ganforge.metrics.features._features import Extractor, Kernel, Setting


class Discriminator(Extractor):
    """Features of a trained game's judge."""

    kernel: ClassVar[Kernel] = "gaussian"
    partial: ClassVar[bool] = True

    def __init__(self, game: PlayableGame) -> None:
        self._game = game

    @classmethod
    def make(cls, setting: Setting) -> Discriminator:
        if setting.game is None:
            others = ", ".join(name for name in setting.domain.features if name != "discriminator")
            raise SettingError(
                "The features 'discriminator' are those of a run's own discriminator, and there is no run here. "
                f"Name a run, or take other features: {others}."
            )
        return cls(setting.game)

    @property
    def label(self) -> str:
        return "the run's own discriminator (partial to the run)"

    def extract(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n d"]:
        return self._game.appraise(x).features


EXTRACTOR = Discriminator
