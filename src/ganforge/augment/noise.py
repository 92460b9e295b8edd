"""Instance noise: what D sees is blurred by noise that fades (arXiv:1610.04490, section 3.3; arXiv:1701.04862).

Data and forgeries that lie on different thin sheets can be told apart without error, and then D's slope says nothing.
With noise on both they overlap, and D has something to say from the first step on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.augment._operation import Operation
from ganforge.augment._policy import Augmenter, Policy
from ganforge.augment.operations.noise import Noise, with_noise
from ganforge.core.errors import SettingError
from ganforge.core.schedule import Schedule


class Fading(Augmenter):
    """Noise of the same strength on all samples."""

    steered: ClassVar[bool] = True
    now: Tensor
    """The strength at this moment."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__()
        self._schedule = schedule
        self.register_buffer("now", torch.tensor(schedule.at(0.0)))

    @property
    def strength(self) -> Float[Tensor, ""]:
        """In standard deviations of the data."""
        return self.now

    def forward(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n ..."]:
        return with_noise(x, self.now)

    def after_judging(self, real_sign: Float[Tensor, ""], seen: int, progress: float) -> None:
        """The schedule's value here."""
        self.now.fill_(self._schedule.at(progress))


@dataclass(frozen=True)
class InstanceNoise(Policy):
    """Nothing but noise, whatever else suits the data."""

    fades: ClassVar[bool] = True
    preferred: ClassVar[tuple[str, ...]] = ("noise",)

    strength: Schedule = field(default_factory=lambda: Schedule(0.3, end=0.0))
    """In standard deviations of the data, over the run. It is nearly gone some time before the end, so that what is
    fine is learned too."""

    def make(self, operations: Sequence[Operation]) -> Fading:
        if not any(isinstance(operation, Noise) for operation in operations):
            raise SettingError("These data do not bear noise; choose another augmentation, or augment=null for none.")
        return Fading(self.strength)


POLICY = InstanceNoise
