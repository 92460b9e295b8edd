"""Vendi score: how many different items there seem to be, as a share of what the data have (arXiv:2210.02410, eq. 2).

exp(entropy of the eigenvalues of K / n) for a kernel with k(x, x) = 1; n for items that have nothing in common, 1 for
copies of one. It grows with n, so both sides have equally many rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.metrics._metric import Case, Metric, Remark, Score
from ganforge.metrics._resampling import certain, compared_rows
from ganforge.metrics._words import percent

ROUNDED = 1e-5
"""Features of equal items differ by less, as a share of their usual length."""

Diversity = Callable[[Float[Tensor, "n d"]], float]


def vendi_of(gram: Float[Tensor, "n n"]) -> float:
    """exp(entropy) of the eigenvalues of a matrix with trace 1 (of K / n, or of its other Gram matrix)."""
    values = torch.linalg.eigvalsh(gram)
    values = values[values > 0]
    return float(torch.exp(-(values * values.log()).sum()))


def by_cosine(rows: Float[Tensor, "n d"]) -> float:
    """With the cosine of two rows as seen from their mean, so that a shift of all of them is no loss of variety."""
    rows = rows.double()
    centred = rows - rows.mean(0)
    # What differs from the mean by rounding only has no direction
    still = centred.norm(dim=1, keepdim=True) <= ROUNDED * float(rows.square().sum(1).mean().sqrt())
    unit = torch.nn.functional.normalize(torch.where(still, 0.0, centred), dim=1)
    n, d = unit.shape
    gram = unit @ unit.T if n <= d else unit.T @ unit
    return vendi_of(gram / max(1e-12, float(gram.trace())))


def by_gaussian(rows: Float[Tensor, "n d"], width: float) -> float:
    """With exp(-distance^2 / (2 width^2)) of two rows."""
    rows = rows.double()
    return vendi_of(torch.exp(torch.cdist(rows, rows).square() * (-0.5 / width**2)) / len(rows))


@dataclass(frozen=True)
class Vendi(Metric):
    """The samples' Vendi score over the reference's."""

    about: ClassVar[str] = (
        "How varied the samples are, as a share of the data: 1 = as varied, 0.5 = half as many different things. Noise "
        "raises it too, so it says nothing about how real they look."
    )
    most: int = 2000
    """Rows that are looked at, at most."""
    replicate_rows: int = 500
    replicates: int = 24
    matters: float = 0.1
    """A loss of so much of the variety is put into words."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """One score, with a remark where variety is lost."""
        n = min(case.count, self.most)
        samples, reference, held_out = (rows[:n] for rows in (case.samples, case.reference, case.held_out))
        diversity = self._diversity(case, reference)

        def share(rows: Tensor, real: Tensor) -> Mapping[str, float]:
            return {"vendi": diversity(rows) / diversity(real)}

        made = compared_rows(
            (samples, reference, held_out),
            share,
            seed=case.seed,
            most=self.replicate_rows,
            replicates=self.replicates,
        )["vendi"]
        lost = -made.difference.value
        remarks: tuple[Remark, ...] = ()
        if lost >= self.matters and certain(made.difference):
            words = f"are less varied than the data ({percent(made.value.value)} of its diversity)"
            remarks = (Remark("variety", words, min(1.0, lost)),)
        return (
            Score(
                metric="vendi",
                name="vendi",
                label="diversity (Vendi)",
                aspect="variety",
                value=made.value,
                floor=made.floor,
                difference=made.difference,
                better="floor",
                count=n,
                note="as a share of the data's; noise raises it",
                remarks=remarks,
                headline=True,
            ),
        )

    def _diversity(self, case: Case, reference: Float[Tensor, "n d"]) -> Diversity:
        if case.kernel == "cubic":
            return by_cosine
        some = reference[:1000].double()
        width = float(torch.pdist(some).median()) if len(some) > 1 else 1.0
        return lambda rows: by_gaussian(rows, width or 1.0)


METRIC = Vendi
