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
        self._settings = settings
        self.players = nn.ModuleDict({name: copy.deepcopy(game.players[name]) for name in game.averaged})
        self.players.requires_grad_(False).eval()
        pairs = [
            pair
            for name, average in self.players.items()
            for pair in zip(_numbers(average), _numbers(game.players[name]), strict=True)
        ]
        self._averages = [mine for mine, _ in pairs if mine.is_floating_point()]
        self._sources = [its for _, its in pairs if its.is_floating_point()]
        self._counters = [(mine, its) for mine, its in pairs if not mine.is_floating_point()]

    @torch.no_grad()
    def update(self, seen: int, added: int) -> None:
        """Move towards the players as they are after `seen` real samples, `added` of them in the last step."""
        half_life = min(self._settings.half_life_kimg * 1000.0, max(1.0, seen * self._settings.ramp_up))
        newer = 1.0 - 0.5 ** (added / half_life)
        torch._foreach_lerp_(self._averages, self._sources, newer)
        for mine, its in self._counters:
            mine.copy_(its)


def _numbers(module: nn.Module) -> list[Tensor]:
    return [*(parameter.data for parameter in module.parameters()), *module.buffers()]
