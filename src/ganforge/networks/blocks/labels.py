"""Class labels: beside z in a generator, as a projection in a discriminator."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition

MOST_NUMBERS = 64
"""A label is never told to a generator with more numbers than this."""


def labels_of(condition: Condition | None, classes: int) -> Int[Tensor, "n"]:
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


class Score(nn.Module):
    """A discriminator's last layer: `w . f + b`, and with classes `+ embed(y) . f` (arXiv:1802.05637, eq. 3).

    Args:
        features: length of f.
        classes: how many labels there are; 0 = none.
    """

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.linear = nn.Linear(features, 1)
        self.embedding = nn.Embedding(classes, features) if classes else None
        if self.embedding is not None:
            # So that the label's share starts as large as the rest: torch's N(0, 1) would drown it.
            nn.init.normal_(self.embedding.weight, std=features**-0.5)

    def forward(self, f: Float[Tensor, "n features"], condition: Condition | None) -> Float[Tensor, "n"]:
        """One score a sample, float32."""
        score: Tensor = self.linear(f).squeeze(1).float()
        if self.embedding is None:
            return score
        embedded: Tensor = self.embedding(labels_of(condition, self.classes))
        return score + (embedded * f.float()).sum(1)
