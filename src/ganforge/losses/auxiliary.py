"""The two terms of an auxiliary classifier, one a phase (AC-GAN, arXiv:1610.09585, eq. 3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy

from ganforge.core.contracts import Turn, View
from ganforge.core.errors import SettingError
from ganforge.core.schedule import Schedule, constant


@dataclass(frozen=True)
class DiscriminatorClassLoss:
    """`L_C`: the discriminator tells the classes of real samples and of forgeries; averaged over judges."""

    weight: Schedule = constant(1.0)
    every: int = 1
    name: str = "classes"
    differentiates: frozenset[str] = frozenset()

    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        """The mean cross-entropy on real samples plus that on forgeries; 0 for a judge that does not classify."""
        losses = [classification(turn.real(judge)) + classification(turn.fake(judge)) for judge in turn.judges]
        return torch.stack(losses).mean()


@dataclass(frozen=True)
class GeneratorClassLoss:
    """What `L_C` is to the generator: its forgeries are to be told as what they were made to be."""

    weight: Schedule = constant(1.0)
    every: int = 1
    name: str = "classes"
    differentiates: frozenset[str] = frozenset()

    def __call__(self, turn: Turn) -> Float[Tensor, ""]:
        """The mean cross-entropy on forgeries; 0 for a judge that does not classify."""
        return torch.stack([classification(turn.fake(judge)) for judge in turn.judges]).mean()


def classification(view: View) -> Float[Tensor, ""]:
    """Cross-entropy of a judge's logits with the labels, averaged over samples; 0 if the judge does not classify.

    Raises:
        SettingError: the judge classifies, and the samples have no labels.
    """
    if view.scores.classes is None:
        return torch.zeros((), device=view.x.device)
    if view.condition is None or view.condition.labels is None:
        raise SettingError(
            "The discriminator names the classes of samples that have no labels. Train on labelled data, or use a "
            "discriminator that does not classify."
        )
    return cross_entropy(view.scores.classes.float(), view.condition.labels)
