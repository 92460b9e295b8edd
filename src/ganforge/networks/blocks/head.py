"""What every discriminator ends in: features become a score, with the company and the label taken into account."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganforge.core.records import Condition, Scores
from ganforge.networks.blocks.labels import embedded, labels_of
from ganforge.networks.blocks.minibatch import Discrimination, Minibatch, StandardDeviation

DiscriminatorLabels = Literal["projection", "auxiliary", "embedding"]
"""How D is told the label: as `+ embed(y) . f` (arXiv:1802.05637, eq. 3); not at all, it must name it itself (AC-GAN,
arXiv:1610.09585); or beside its input (arXiv:1411.1784)."""


class Head(nn.Module):
    """`w . f + b`, with features of the batch beside f, and what is done with the label.

    Args:
        features: length of f.
        classes: how many labels there are; 0 = none.
        labels: how D is told the label; "embedding" is done at the input (`LabelledInput`) and not here.
        minibatch: which features of the batch stand beside f.
    """

    def __init__(
        self,
        features: int,
        classes: int,
        labels: DiscriminatorLabels = "projection",
        minibatch: Minibatch = "none",
    ) -> None:
        super().__init__()
        self.classes = classes if labels == "projection" else 0
        self.company: StandardDeviation | Discrimination | None = None
        if minibatch != "none":
            self.company = StandardDeviation() if minibatch == "stddev" else Discrimination(features)
        self.linear = nn.Linear(features + (self.company.added if self.company else 0), 1)
        self.embedding = nn.Embedding(classes, features) if self.classes else None
        if self.embedding is not None:
            # So that the label's share starts as large as the rest: torch's N(0, 1) would drown it.
            nn.init.normal_(self.embedding.weight, std=features**-0.5)
        self.classifier = nn.Linear(features, classes) if classes and labels == "auxiliary" else None

    def forward(self, f: Float[Tensor, "n features"], condition: Condition | None) -> Scores:
        """One score a sample, and the labels' logits where it classifies; float32.

        Computed in float32: rounded to bfloat16, scores that lie away from 0 would be the same for most samples, and
        what an objective compares are their differences.
        """
        with torch.autocast(f.device.type, enabled=False):
            f = f.to(self.linear.weight.dtype)
            beside = f if self.company is None else torch.cat([f, self.company(f)], dim=1)
            score: Tensor = self.linear(beside).squeeze(1)
            if self.embedding is not None:
                score = score + (embedded(self.embedding, labels_of(condition, self.classes)) * f).sum(1)
            return Scores((score,), None if self.classifier is None else self.classifier(f))
