"""Two numbers as a plane: where a point of the networks lies in the units of the data, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Domain, Unit


@dataclass(frozen=True)
class Axes:
    """How each of the two axes is scaled and shifted."""

    columns: tuple[Unit, Unit]
    """In the order of the networks' axes."""
    places: tuple[int, int]
    """Where the columns stand in decoded rows: constant columns may stand between them."""

    @classmethod
    def of(cls, domain: Domain) -> Axes | None:
        """The axes of a domain; None where its samples are not two numbers."""
        if domain.singly or domain.shape() != (2,):
            return None
        units = domain.units()
        varying = sorted((unit.axis, place) for place, unit in enumerate(units) if unit.scale)
        if [axis for axis, _ in varying] != [0, 1]:
            return None
        (_, x), (_, y) = varying
        return cls((units[x], units[y]), (x, y))

    @property
    def names(self) -> tuple[str, str]:
        """Of the columns."""
        return (self.columns[0].name, self.columns[1].name)

    @property
    def scale(self) -> Float[Tensor, "2"]:
        """Units of the data in one unit of the networks, float64."""
        return torch.tensor([unit.scale for unit in self.columns], dtype=torch.float64)

    @property
    def shift(self) -> Float[Tensor, "2"]:
        """Where the networks' zero lies in the units of the data, float64."""
        return torch.tensor([unit.shift for unit in self.columns], dtype=torch.float64)

    def outward(self, x: Float[Tensor, "n 2"]) -> Float[Tensor, "n 2"]:
        """Points of the networks in the units of the data, float64, not rounded."""
        return x.detach().double() * self.scale + self.shift

    def inward(self, places: Float[Tensor, "n 2"]) -> Float[Tensor, "n 2"]:
        """Points in the units of the data as the networks see them, float32."""
        return ((places.double() - self.shift) / self.scale).float()

    def shown(self, domain: Domain, x: Float[Tensor, "n 2"]) -> Float[Tensor, "n 2"]:
        """Samples as the domain gives them to the user: whole where the data are."""
        rows = np.asarray(domain.decode(x), dtype=np.float64)
        return torch.from_numpy(rows[:, list(self.places)])


def window(places: Float[Tensor, "n 2"], margin: float = 0.15) -> tuple[float, float, float, float]:
    """The rectangle (x0, x1, y0, y1) around points with a margin, as a share of its sides."""
    (x0, y0), (x1, y1) = places.amin(0).tolist(), places.amax(0).tolist()
    dx, dy = margin * ((x1 - x0) or 1.0), margin * ((y1 - y0) or 1.0)
    return (x0 - dx, x1 + dx, y0 - dy, y1 + dy)


def grid(bounds: tuple[float, float, float, float], n: int) -> Float[Tensor, "cells 2"]:
    """The middles of n x n equal cells, row by row from the lowest y, each row from the lowest x."""
    x0, x1, y0, y1 = bounds
    share = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    y, x = torch.meshgrid(y0 + share * (y1 - y0), x0 + share * (x1 - x0), indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)
