"""The averaged generator: an exponential moving average of the weights, which is what is saved, shown and measured."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from ganforge.core.recipe import EmaSettings
from ganforge.games._game import Game


class Ema:
    """Averages of a game's `averaged` players. Normalisation statistics are averaged with the weights."""

    def __init__(self, game: Game, settings: EmaSettings) -> None:
        self._game = game
        self._settings = settings
        self.players = nn.ModuleDict({name: copy.deepcopy(game.players[name]) for name in game.averaged})
        self.players.requires_grad_(False).eval()

    @torch.no_grad()
    def update(self, seen: int, added: int) -> None:
        """Move towards the players as they are after `seen` real samples, `added` of them in the last step."""
        half_life = min(self._settings.half_life_kimg * 1000.0, max(1.0, seen * self._settings.ramp_up))
        newer = 1.0 - 0.5 ** (added / half_life)
        for name, average in self.players.items():
            ours, theirs = _floats(average), _floats(self._game.players[name])
            torch._foreach_lerp_(ours, theirs, newer)
            for mine, its in zip(average.buffers(), self._game.players[name].buffers(), strict=True):
                if not mine.is_floating_point():
                    mine.copy_(its)


def _floats(module: nn.Module) -> list[Tensor]:
    buffers = [buffer for buffer in module.buffers() if buffer.is_floating_point()]
    return [*(parameter.data for parameter in module.parameters()), *buffers]
