"""Normalisations of features, plain or told the label, and stacks of layers that pass the label on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jaxtyping import Float
from torch import Tensor, nn

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition
from ganforge.networks.blocks.labels import labels_of

Norm = Literal["none", "batch", "layer"]
"""Over the batch (arXiv:1502.03167), over all features of a sample (arXiv:1607.06450), or not at all."""


class Labelled(nn.Module):
    """A layer that is told the condition."""

    if TYPE_CHECKING:  # nn.Module leaves it untyped

        def __call__(self, x: Tensor, condition: Condition | None) -> Tensor: ...


class Layers(nn.ModuleList, Labelled):
    """Layers in a row; those that take a condition are told it."""

    if TYPE_CHECKING:

        def __call__(self, x: Tensor, condition: Condition | None) -> Tensor: ...

    def forward(self, x: Float[Tensor, "n *features"], condition: Condition | None) -> Float[Tensor, "n *out"]:
        """What the last layer makes of it."""
        for layer in self:
            x = layer(x, condition) if isinstance(layer, Labelled) else layer(x)
        return x


class ConditionalNorm(Labelled):
    """A normalisation whose scale and shift are learned for each label (arXiv:1610.07629, eq. 5).

    Args:
        norm: "batch" or "layer".
        channels: of what is normalised.
        classes: how many labels there are.
        axes: of a sample: 1 for rows of numbers, 3 for maps.
    """

    def __init__(self, norm: Norm, channels: int, classes: int, axes: int) -> None:
        super().__init__()
        self.classes = classes
        self.norm = _plain(norm, channels, axes, affine=False)
        self.scale, self.shift = nn.Embedding(classes, channels), nn.Embedding(classes, channels)
        nn.init.ones_(self.scale.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Float[Tensor, "n channels *sides"], condition: Condition | None) -> Float[Tensor, "..."]:
        """Normalised, scaled and shifted, of the same shape."""
        labels = labels_of(condition, self.classes)
        shape = (*x.shape[:2], *(1 for _ in x.shape[2:]))
        scaled: Tensor = self.norm(x) * self.scale(labels).view(shape) + self.shift(labels).view(shape)
        return scaled


class RowsNorm(nn.BatchNorm1d):
    """Batch normalisation of rows of numbers, with a clear word where there is nothing to normalise over."""

    def forward(self, x: Float[Tensor, "n channels"]) -> Float[Tensor, "n channels"]:
        """Of the same shape.

        Raises:
            SettingError: a single row, in training.
        """
        if self.training and len(x) == 1:
            raise SettingError(
                "Batch normalisation compares the rows of a batch, and there is a single one (a batch of 1, or of one "
                "pack). Make the batch larger, or choose networks.settings.generator_norm=layer (discriminator_norm)."
            )
        return super().forward(x)


def normalised(norm: Norm, channels: int, *, classes: int = 0, axes: int = 3) -> list[nn.Module]:
    """The normalisation that stands behind a layer: one, told the label if there are `classes`, or none.

    Args:
        norm: which one.
        channels: of what is normalised.
        classes: how many labels there are; 0 = it is not told the label.
        axes: of a sample: 1 for rows of numbers, 3 for maps.
    """
    if norm == "none":
        return []
    if classes:
        return [ConditionalNorm(norm, channels, classes, axes)]
    return [_plain(norm, channels, axes, affine=True)]


def _plain(norm: Norm, channels: int, axes: int, *, affine: bool) -> nn.Module:
    if norm == "layer":
        return nn.GroupNorm(1, channels, affine=affine)
    return RowsNorm(channels, affine=affine) if axes == 1 else nn.BatchNorm2d(channels, affine=affine)
