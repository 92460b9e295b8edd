"""Which real items a judge compares with, and which it is calibrated on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from ganforge.core.errors import SettingError
from ganforge.core.records import Split
from ganforge.core.seeding import Draws

ENOUGH, MOST = 200, 1_000
"""Items of the select split to be calibrated on: so many if they can be had, and not more than so many."""
FILLED = 400
"""Where they are fewer, so many together with training items."""
FEWEST = 10
"""With fewer training items there is nothing to compare with."""


@dataclass(frozen=True)
class Rows:
    """Rows of a source by their use in judging."""

    training: Int[Tensor, "m"]
    """To compare with."""
    calibration: Int[Tensor, "n"]
    """Not among them, and not in the report split where anything is held out."""
    unseen: bool
    """Whether no player ever saw those of the calibration."""

    @staticmethod
    def of(split: Split, *, enough: int = ENOUGH, filled: int = FILLED) -> Rows:
        """The select split, and where it is small some of the training items, which are then not compared with.

        Args:
            split: the run's.
            enough: with so many items, those of the select split do.
            filled: else, so many are taken all together, but no more than a third of the training items.

        Raises:
            SettingError: there are too few items.
        """
        if len(split.train) < FEWEST:
            raise SettingError(
                f"{len(split.train)} items are too few for a judge, which compares with some and is calibrated on "
                f"others: {FEWEST} are needed. Train on more data."
            )
        training = split.train[Draws(0, "reference").permutation(len(split.train))]
        select = split.select[Draws(0, "calibration").permutation(len(split.select))][: max(MOST, enough)]
        if split.held_out and len(select) >= enough:
            return Rows(training, select, unseen=True)
        kept = select if split.held_out else select[:0]
        more = min(filled - len(kept), len(training) // 3 if split.held_out else len(training) // 2)
        cut = len(training) - more
        return Rows(training[:cut], torch.cat([kept, training[cut:]]), unseen=False)
