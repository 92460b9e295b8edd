"""Fresh forgeries of a run, with the classes that real items have."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Source
from ganforge.core.records import Split
from ganforge.core.seeding import Draws
from ganforge.trained import CHUNK, Run


def forged(run: Run, data: Source, split: Split, count: int, dice: Draws) -> Float[Tensor, "n ..."]:
    """So many forgeries as the networks make them.

    Args:
        run: whose generator.
        data: whose classes are asked for, as often as they occur among the training items.
        split: the run's.
        count: n >= 1.
        dice: other dice, other forgeries.
    """
    labels = None
    if run.classes:
        condition = data.batch(split.train[dice.integers(len(split.train), count)]).condition
        labels = None if condition is None else condition.labels
    seed = int(dice.integers(1 << 62, 1))
    z = torch.cat([run.game.latents(min(CHUNK, count - at), Draws(seed, "z", at)) for at in range(0, count, CHUNK)])
    return run.raw(z, labels, seed=seed)
