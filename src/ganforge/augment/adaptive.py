"""Adaptive augmentation: as probable as D's certainty about real samples asks for (ADA, arXiv:2006.06676, section 3).

A discriminator that learns a small set by heart scores every training picture above 0: r = E[sign D(real)] goes to 1
(equation 1). Where 0 means nothing to the objective, scores are counted from half-way between the means of real and
fake ones, so that r is 0 where they lie together, as there. The probability p of each operation goes up while r is
above a target, and down while it is below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.augment._operation import Operation
from ganforge.augment._policy import Augmenter, Policy
from ganforge.core.errors import SettingError

UNTOLD = -1
"""Stands for "never" among counts of samples."""


class Adapting(Augmenter):
    """The control loop. It is computed on the device, so that nothing waits for it."""

    steered: ClassVar[bool] = True
    p: Tensor
    """The probability of each operation, for each sample."""
    certainty: Tensor
    """The running mean of the signs of D's scores of real samples: r."""
    told_at: Tensor
    """Real samples shown when it was last told of signs."""

    def __init__(self, operations: Sequence[Operation], settings: Adaptive) -> None:
        super().__init__()
        self._operations = tuple(operations)
        self._settings = settings
        self.register_buffer("p", torch.tensor(settings.start))
        self.register_buffer("certainty", torch.tensor(settings.target))
        self.register_buffer("told_at", torch.tensor(UNTOLD))

    @property
    def strength(self) -> Float[Tensor, ""]:
        """The probability."""
        return self.p

    def forward(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n ..."]:
        # At p = 0 too: what is measured to plan a run costs what the run will
        for operation in self._operations:
            x = operation(x, self.p)
        return x

    @torch.no_grad()
    def after_judging(self, real_sign: Float[Tensor, ""], seen: int, progress: float) -> None:
        """Move r towards the sign just seen, and p by the share of `adjust_kimg` that has passed since the last time.

        The first time only says where the count stands: a policy may be taken up in the midst of a run.
        """
        mine = self._settings
        passed = torch.where(self.told_at == UNTOLD, 0, seen - self.told_at).clamp(min=0).to(self.p.dtype)
        newer = 1.0 - 0.5 ** (passed / (1000.0 * mine.half_life_kimg))
        self.certainty.lerp_(real_sign.to(self.certainty.dtype), newer)
        step = (self.certainty - mine.target).sign() * passed / (1000.0 * mine.adjust_kimg)
        self.p.add_(step).clamp_(0.0, mine.most)
        self.told_at.fill_(seen)


@dataclass(frozen=True)
class Adaptive(Policy):
    """p is steered so that r stays at its target."""

    adapts: ClassVar[bool] = True
    preferred: ClassVar[tuple[str, ...]] = ("translation", "affine", "brightness", "contrast", "saturation")

    target: float = 0.6
    """Of r, the mean sign of D's scores of real samples (the paper's choice, section 3)."""
    adjust_kimg: float = 50.0
    """In so many k samples p can go from 0 to 1. The paper has 500, for runs of 25,000; a small set is trained on for
    some hundred k samples here, and D knows a hundred pictures by heart after less than 50."""
    most: float = 0.8
    """p stays below: up to here G keeps to what the data are without operations (the paper's section 2.3, figure 4)."""
    start: float = 0.0
    """p at first."""
    half_life_kimg: float = 0.25
    """r is the mean over about so many k samples, half of its weight on the newest: four batches of 64, as in the
    paper."""

    operations: tuple[str, ...] = ()
    """Operations by name, instead of the preferred ones; empty = those."""

    @property
    def asked_for(self) -> tuple[str, ...]:
        """What the user has named."""
        return self.operations

    def __post_init__(self) -> None:
        for name, value in (("adjust_kimg", self.adjust_kimg), ("half_life_kimg", self.half_life_kimg)):
            if not value > 0.0:
                raise SettingError(f"{name} is {value}; it must be a number above 0.")
        if not 0.0 <= self.start <= self.most <= 1.0:
            raise SettingError(f"start is {self.start}, most is {self.most}; 0 <= start <= most <= 1 must hold.")
        if not -1.0 < self.target < 1.0:
            raise SettingError(f"target is {self.target}; the mean of signs lies between -1 and 1.")

    def make(self, operations: Sequence[Operation]) -> Adapting:
        return Adapting(operations, self)


POLICY = Adaptive
