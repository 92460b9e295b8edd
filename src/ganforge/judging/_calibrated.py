"""Oddness made a share: of real items that nobody used for anything else, how many are odder."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

ALLOWED = 4
"""Real items to one of what is allowed."""


@dataclass(frozen=True)
class Calibrated:
    """How odd real items are that were not compared with (split conformal prediction: Vovk et al. 2005, section 2)."""

    ordered: Float[Tensor, "n"]
    """Ascending, float64."""

    @staticmethod
    def on(oddness: Float[Tensor, "n"]) -> Calibrated:
        """The scale that these real items make, n >= 1; what is not finite is as odd as can be."""
        return Calibrated(oddness.double().nan_to_num(torch.inf).sort().values.contiguous())

    def share(self, oddness: Float[Tensor, "m"]) -> Float[Tensor, "m"]:
        """Of new items, each with the real ones: the share that is odder, itself and its equals counted half.

        Of new real items it is uniform between 0 and 1, up to steps of 1 / (n + 1).
        """
        below, upto = self._around(oddness)
        return (len(self.ordered) - (below + upto) / 2 + 0.5) / (len(self.ordered) + 1)

    def own_share(self, oddness: Float[Tensor, "m"]) -> Float[Tensor, "m"]:
        """The same of the items that the scale was made of."""
        below, upto = self._around(oddness)
        return (len(self.ordered) - (below + upto) / 2) / len(self.ordered)

    def odder(self, oddness: Float[Tensor, "m"]) -> Float[Tensor, "m"]:
        """How many of the real items are as odd or odder."""
        return len(self.ordered) - self._around(oddness)[0]

    def _around(self, oddness: Tensor) -> tuple[Tensor, Tensor]:
        asked = oddness.double().nan_to_num(torch.inf).contiguous()
        below = torch.searchsorted(self.ordered, asked)
        upto = torch.searchsorted(self.ordered, asked, right=True)
        return below.double(), upto.double()


@dataclass(frozen=True)
class Combined:
    """Several kinds of oddness as one share: what is very odd in one of them counts, and what is rather odd in all.

    The first is told by the least of the shares, the second by their product (Fisher 1932, section 21.1). As real items
    have them too, both are compared with real ones', and so is the lesser of the two.
    """

    parts: tuple[Calibrated, ...]
    least: Calibrated
    """Of minus the least share of each real item."""
    product: Calibrated
    """Of minus the logarithm of the product."""
    both: Calibrated
    """Of minus the lesser of what these two say."""

    @staticmethod
    def on(oddness: Float[Tensor, "parts n"], allowed: Float[Tensor, "parts k"] | None = None) -> Combined:
        """The scale that these real items make.

        Args:
            oddness: theirs, by part.
            allowed: of what else should hardly count as odd. Each part is then a share of these, and all in all one
                in five of those that are compared with is one of these: they are graded below most real items, which
                are as often anywhere above.
        """
        if allowed is None:
            parts = tuple(Calibrated.on(part) for part in oddness)
            shares = torch.stack([part.own_share(odd) for part, odd in zip(parts, oddness, strict=True)])
        else:
            parts = tuple(Calibrated.on(part) for part in allowed)
            some = allowed[:, : max(1, oddness.shape[1] // ALLOWED)]
            pairs = zip(parts, oddness, some, strict=True)
            shares = torch.stack([torch.cat([part.share(real), part.own_share(other)]) for part, real, other in pairs])
        odd = -shares.amin(0), -shares.log().sum(0)
        least, product = (Calibrated.on(values) for values in odd)
        both = torch.minimum(least.own_share(odd[0]), product.own_share(odd[1]))
        return Combined(parts, least, product, Calibrated.on(-both))

    def shares(self, oddness: Float[Tensor, "parts m"]) -> Float[Tensor, "parts m"]:
        """Of each kind of oddness, the share of real items, or of what is allowed, that is odder."""
        return torch.stack([part.share(own) for part, own in zip(self.parts, oddness, strict=True)])

    def share(self, oddness: Float[Tensor, "parts m"]) -> Float[Tensor, "m"]:
        """The share of real items that are odder all in all."""
        shares = self.shares(oddness)
        both = torch.minimum(self.least.share(-shares.amin(0)), self.product.share(-shares.log().sum(0)))
        return self.both.share(-both)
