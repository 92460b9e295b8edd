"""What every penalty (regulariser) of the discriminator is, and how a recipe's settings become one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from ganforge.core.contracts import Turn, View
from ganforge.core.errors import SettingError
from ganforge.core.recipe import PenaltySettings
from ganforge.core.registry import Registry
from ganforge.core.schedule import Schedule
from ganforge.core.settings import Part, to_json


@dataclass(frozen=True)
class Penalty(ABC):
    """A term of the discriminators' phase beside the adversarial one; its settings are fields.

    Calling it gives the unweighted loss: `weight` and `every` are applied by the duel.
    """

    name: ClassVar[str]
    """For the journal and curves."""
    differentiates: ClassVar[frozenset[str]]
    """"real" and/or "fake": the inputs of the discriminators that it takes gradients with respect to."""

    weight: Schedule
    """Its strength (gamma) over the run."""
    every: int = 1
    """Applied in every n-th step, n times as strong."""

    @abstractmethod
    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        """The unweighted loss."""


def gradient_penalty(view: View) -> Float[Tensor, ""]:
    """Half the squared norm of a score's gradient with respect to what was judged, averaged over scores.

    `1/2 * mean_i |d(sum of the scores of x_i) / dx_i|^2`, exact, and differentiable once more with respect to the
    discriminator's weights (double backward). All scales and patches of a sample are summed; where several samples
    are judged at once, x_i is all of them.

    Args:
        view: a look whose `x` requires grad.
    """
    return 0.5 * _gradient(view).square().sum() / _count(view)


def gradient_norms(view: View) -> Float[Tensor, "scores"]:
    """The norm of each score's gradient with respect to what was judged; sums as in `gradient_penalty`.

    Where the gradient is 0 the norm, which has no slope there, counts as constant.

    Args:
        view: a look whose `x` requires grad.
    """
    gradient = _gradient(view).flatten(1)
    missing = judged_at_once(view) * _count(view) - len(gradient)
    rows = pad(gradient, (0, 0, 0, missing)) if missing else gradient  # the last pack of a part may not be full
    norms: Tensor = torch.linalg.vector_norm(rows.reshape(_count(view), -1), dim=1)
    return norms


def judged_at_once(view: View) -> int:
    """How many samples, one after the other, each score is given for: 1, or the size of a pack (arXiv:1712.04086)."""
    return -(-len(view.x) // _count(view))


def _gradient(view: View) -> Float[Tensor, "n ..."]:
    total = torch.stack([scores.float().sum() for scores in view.scores.adversarial]).sum()
    (gradient,) = torch.autograd.grad(total, view.x, create_graph=True)
    # In float32: squares of bfloat16 gradients, summed over a picture, would lose most of their digits.
    return gradient.float()


def _count(view: View) -> int:
    """How many scores were given."""
    return len(view.scores.adversarial[0])


PENALTIES: Registry[type[Penalty]] = Registry("ganforge.losses.penalties", "penalty", "PENALTY")
"""Every penalty by name."""


def make_penalty(settings: PenaltySettings) -> Penalty:
    """The penalty that a recipe describes.

    Raises:
        UnknownNameError: there is no penalty of that name.
        SettingError: it has no such setting, or a setting has the wrong type.
    """
    part = settings.penalty
    for field in ("weight", "every"):
        if field in part.settings:
            raise SettingError(
                f"'{part.name}': '{field}' is {part.settings[field]!r} among the penalty's own settings; "
                f"set it beside the penalty's name, as penalties.N.{field}."
            )
    everything = {**part.settings, "weight": to_json(settings.weight), "every": settings.every}
    return Part(part.name, everything).build(PENALTIES.get(part.name))
