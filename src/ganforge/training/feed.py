"""Real samples in training order."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

from ganforge.core.records import Batch
from ganforge.core.seeding import Draws


class ShuffledFeed:
    """Every epoch shows each row once, in an order of its own; the order is a function of the seed and the epoch."""

    def __init__(self, batch: Callable[[Tensor], Batch], rows: Int[Tensor, "n"], seed: int) -> None:
        self._batch = batch
        self._rows = rows
        self._seed = seed
        self._orders: dict[int, Tensor] = {}

    def batch(self, seen: int, count: int) -> Batch:
        """The `count` samples that follow after `seen`; small sets are shown several times in one batch."""
        n = len(self._rows)
        pieces = []
        position, wanted = seen, count
        while wanted > 0:
            epoch, start = divmod(position, n)
            piece = self._order(epoch)[start : start + wanted]
            pieces.append(piece)
            position += len(piece)
            wanted -= len(piece)
        return self._batch(torch.cat(pieces))

    def _order(self, epoch: int) -> Tensor:
        if epoch not in self._orders:
            self._orders = {e: order for e, order in self._orders.items() if e == epoch - 1}
            self._orders[epoch] = self._rows[Draws(self._seed, "order", epoch).permutation(len(self._rows))]
        return self._orders[epoch]
