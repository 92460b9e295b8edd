"""Class labels as numbers: beside z in a generator, beside the sample in a discriminator."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition

MOST_NUMBERS = 64
"""A label is never told to a network with more numbers than this, but for the pixels of a map."""


def labels_of(condition: Condition | None, classes: int) -> Int[Tensor, "n *pack"]:
    """The labels that a network made for `classes` classes cannot do without.

    Raises:
        SettingError: there are none.
    """
    if condition is None or condition.labels is None:
        raise SettingError(
            f"These networks were made for {classes} classes, and no labels were given. Say which class each sample "
            f"is to be, or train without labels."
        )
    return condition.labels


def embedded(embedding: nn.Embedding, labels: Int[Tensor, "n *pack"]) -> Float[Tensor, "n width"]:
    """What the labels are embedded to; the sum where several samples are judged at once."""
    numbers: Tensor = embedding(labels)
    return numbers.sum(1) if labels.ndim == 2 else numbers


class LabelledLatent(nn.Module):
    """z with a learned embedding of the label behind it; z alone without classes.

    Args:
        latent: length of z.
        classes: how many labels there are; 0 = none.
    """

    def __init__(self, latent: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        # What follows is linear: as many numbers as classes tell all there is to tell.
        numbers = min(classes, MOST_NUMBERS)
        self.embedding = nn.Embedding(classes, numbers) if classes else None
        self.width = latent + numbers
        """Length of what comes out."""

    def forward(self, z: Float[Tensor, "n latent"], condition: Condition | None) -> Float[Tensor, "n width"]:
        """z and its label as one vector."""
        if self.embedding is None:
            return z
        return torch.cat([z, self.embedding(labels_of(condition, self.classes))], dim=1)


class LabelledInput(nn.Module):
    """A sample with a learned embedding of its label beside it (arXiv:1411.1784): more columns, or one more map.

    Args:
        shape: of one sample: (columns,) or (channels, height, width).
        classes: how many labels there are; 0 = the sample alone.
    """

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.classes = classes
        self._beside = (1, *shape[1:]) if len(shape) > 1 else (min(classes, MOST_NUMBERS),)
        self.embedding = nn.Embedding(classes, math.prod(self._beside)) if classes else None
        self.shape = (shape[0] + self._beside[0], *shape[1:]) if classes else shape
        """Shape of what comes out."""

    def forward(self, x: Float[Tensor, "n *shape"], condition: Condition | None) -> Float[Tensor, "n *wider"]:
        """The sample and its label as one tensor."""
        if self.embedding is None:
            return x
        beside = embedded(self.embedding, labels_of(condition, self.classes)).reshape(-1, *self._beside)
        return torch.cat([x, beside.to(x.dtype)], dim=1)
