"""WGAN-GP: D's slope is held near 1 on the lines between real samples and forgeries (arXiv:1704.00028, eq. 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Turn, View
from ganforge.core.errors import SettingError
from ganforge.losses.penalty import Penalty, gradient_norms, judged_at_once


@dataclass(frozen=True)
class WganGp(Penalty):
    """`E (|grad D(x_hat)| - target)^2`, `x_hat = e * real + (1 - e) * fake`, e uniform in [0, 1) for each score."""

    name: ClassVar[str] = "wgan-gp"
    differentiates: ClassVar[frozenset[str]] = frozenset()  # with respect to x_hat only, which is its own

    target: float = 1.0
    """The slope that D is to have; 1 bounds it as the Wasserstein distance asks, 0 flattens D (arXiv:1802.10169)."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.target < math.inf:
            raise SettingError(f"target is {self.target}; a slope must be a number from 0 up.")

    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        """The unweighted penalty, averaged over judges."""
        misses = [gradient_norms(_between(turn, judge)) - self.target for judge in turn.judges]
        return torch.stack([miss.square().mean() for miss in misses]).mean()


def _between(turn: Turn, judge: str) -> View:
    """The judge's look at points between real samples and forgeries; samples judged at once have one e."""
    real, fake = turn.real(judge), turn.fake(judge)
    e = turn.draws.uniform(len(real.scores.adversarial[0])).repeat_interleave(judged_at_once(real))
    e = e[: len(real.x)].reshape(-1, *[1] * (real.x.ndim - 1))
    x_hat = torch.lerp(fake.x, real.x, e).detach().requires_grad_()
    return View(x_hat, turn.game.judge(judge, x_hat, real.condition), real.condition)


PENALTY = WganGp
