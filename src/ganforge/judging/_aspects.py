"""What an item can be odd in: in how it looks, in what it shows, in its details, and in the discriminator's eye.

Each compares an item with real training items that it keeps, and gives a number: higher is odder. None of them knows
any forgery, so that all are as good against what nobody thought of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Domain
from ganforge.core.records import Trait
from ganforge.core.seeding import Draws
from ganforge.metrics._neighbours import nearest
from ganforge.metrics.features._features import Extractor, Seen

NEIGHBOURS = 5
"""Training items that an item is compared with."""
BANK = 1 << 20
"""Distances between places of one item and remembered places, at most: a few hundredths of a second."""
WORST = 10
"""One in so many of an item's places, the oddest, make its details odd."""
RIDGE = 1e-3
"""Least variance of traits in any direction, as a share of the usual one."""


@dataclass(frozen=True)
class Looks:
    """What a person would name: how far its traits lie from the data's middle, in the data's own spread."""

    middle: Float[Tensor, "t"]
    unit: Float[Tensor, "t"]
    inverse: Float[Tensor, "t t"]

    @staticmethod
    def of(domain: Domain, x: Float[Tensor, "m ..."]) -> Looks:
        """How real training items look, m >= 2."""
        traits = domain.traits(x)
        values = _table(traits)
        middle = values.mean(0)
        least = torch.tensor([trait.visible for trait in traits]).double()
        unit = torch.maximum(values.std(0, correction=0), least).clamp_min(1e-9)
        scaled = (values - middle) / unit
        spread = scaled.T @ scaled / len(scaled) + RIDGE * torch.eye(len(unit)).double()
        return Looks(middle, unit, torch.linalg.inv(spread))

    def oddness(self, traits: Sequence[Trait]) -> Float[Tensor, "n"]:
        """The squared distance."""
        scaled = self._scaled(traits)
        return ((scaled @ self.inverse) * scaled).sum(1)

    def told(self, traits: Sequence[Trait], beyond: float = 2.0) -> tuple[str, ...]:
        """What is said of the first item: the traits that are farthest from the data's middle, the farthest first."""
        off = self._scaled(traits)[0]
        order = off.abs().argsort(descending=True).tolist()
        return tuple(
            traits[at].more if off[at] > 0 else traits[at].less for at in order if abs(float(off[at])) > beyond
        )

    def _scaled(self, traits: Sequence[Trait]) -> Tensor:
        return (_table(traits) - self.middle) / self.unit


def _table(traits: Sequence[Trait]) -> Float[Tensor, "n t"]:
    return torch.stack([trait.values.double() for trait in traits], 1)


@dataclass(frozen=True)
class Kind:
    """What it shows: how far it lies from the training items nearest to it, in an extractor's features."""

    training: Float[Tensor, "m d"]

    def oddness(self, features: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """The mean distance to its nearest neighbours."""
        return nearest(features, self.training, NEIGHBOURS)[0].mean(1)


@dataclass(frozen=True)
class Details:
    """Its parts: how far what is seen at each place lies from anything seen anywhere in training items.

    A memory of places, as in Roth et al., Towards total recall in industrial anomaly detection (arXiv:2106.08265,
    section 3), chosen at random instead of as a core set.
    """

    memory: Float[Tensor, "m d"]
    units: tuple[float, ...]
    """Of each scale of the maps: its usual deviation, by which it is divided."""
    usual: float
    """Distance that a real item's places hardly ever reach: one in ten."""
    extreme: float
    """One in a thousand."""

    @staticmethod
    def of(seen: Seen, held_out: Seen, seed: int = 0) -> Details:
        """The places of real training items, and how far those of other real items lie from them."""
        units = tuple(max(1e-6, float(scale.std((0, 2, 3)).square().mean().sqrt())) for scale in seen.places)
        rows = _rows(seen, units)
        here = seen.places[0].shape[2] * seen.places[0].shape[3]
        kept = Draws(seed, "places").permutation(len(rows))[: max(500, BANK // here)]
        bare = Details(rows[kept].contiguous(), units, 0.0, 1.0)
        far = bare.map(held_out).flatten()[: 1 << 22].sort().values
        usual, extreme = (float(far[min(len(far) - 1, int(share * len(far)))]) for share in (0.9, 0.999))
        return Details(bare.memory, units, usual, max(extreme, usual + 1e-6))

    def map(self, seen: Seen) -> Float[Tensor, "n i j"]:
        """The distance at each place."""
        n, _, i, j = seen.places[0].shape
        return nearest(_rows(seen, self.units), self.memory)[0][:, 0].reshape(n, i, j)

    def oddness(self, far: Float[Tensor, "n i j"]) -> Float[Tensor, "n"]:
        """The mean over an item's oddest places."""
        flat = far.flatten(1)
        return flat.topk(max(1, flat.shape[1] // WORST), dim=1).values.mean(1)

    def heat(self, far: Float[Tensor, "n i j"]) -> Float[Tensor, "n i j"]:
        """0 where a place is as usual, 1 where it is twice as far out as real items' places hardly ever are."""
        return ((far - self.usual) / (2 * (self.extreme - self.usual))).clamp(0, 1).float()


def _rows(seen: Seen, units: Sequence[float]) -> Float[Tensor, "places d"]:
    """A row a place: what is seen there on all scales, each scale as heavy as any other."""
    scaled = [scale / (unit * scale.shape[1] ** 0.5) for scale, unit in zip(seen.places, units, strict=True)]
    together = torch.cat(scaled, 1).permute(0, 2, 3, 1)
    return together.reshape(-1, together.shape[3]).contiguous()


def seen_of(extractor: Extractor, x: Float[Tensor, "n ..."], part: int) -> Seen:
    """What the extractor sees of many items, so many at once."""
    looks = [extractor.see(some) for some in torch.split(x, part)]
    scales = tuple(torch.cat([look.places[at] for look in looks]) for at in range(len(looks[0].places)))
    return Seen(torch.cat([look.features for look in looks]), scales)
