"""Precision and recall by nearest neighbours (Kynkäänniemi et al., arXiv:1904.06991, eqs. 1 and 2, k = 3).

The manifold of a set is the union of balls about its rows that reach to the k-th nearest other row. Precision is the
share of samples inside of the real manifold, recall the share of real items inside of the samples' manifold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ganforge.metrics._metric import Case, Metric, Remark, Score
from ganforge.metrics._neighbours import radii, reached
from ganforge.metrics._resampling import Compared, certain, compared
from ganforge.metrics._words import fraction, nearly_all


def precision_and_recall(
    samples: Float[Tensor, "n d"], reference: Float[Tensor, "m d"], k: int = 3
) -> Mapping[str, float]:
    """Both shares, from 0 to 1; n >= 2 and m >= 2. Of fewer than k + 1 rows the farthest takes the k-th's place."""
    precise, recalled = reached(samples, radii(samples, k), reference, radii(reference, k))
    return {"precision": float(precise.double().mean()), "recall": float(recalled.double().mean())}


@dataclass(frozen=True)
class PrecisionRecall(Metric):
    """Which share of the samples is real, and which share of the data they reach."""

    about: ClassVar[str] = (
        "Precision: the share of samples that lie where real items are. Recall: the share of real items that lie where "
        "samples are. Real data do not reach 1 either: see the floor."
    )
    k: int = 3
    replicates: int = 24
    tells: float = 0.5
    """Where precision is less than this share of real data's, recall says nothing of the samples' variety."""
    matters: float = 0.1
    """So much less than real data have is put into words."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """Precision and recall, each with a remark where it falls short of real data's."""
        made = compared(case, lambda a, b: precision_and_recall(a, b, self.k), replicates=self.replicates, share=True)
        precision, recall = made["precision"], made["recall"]
        real = precision.value.value >= self.tells * precision.floor.value
        return (
            self._score(case, "precision", precision, told=True),
            self._score(case, "recall", recall, told=real),
        )

    def _score(self, case: Case, name: str, found: Compared, *, told: bool) -> Score:
        value, floor = found.value.value, found.floor.value
        remarks: tuple[Remark, ...] = ()
        if told and floor - value >= self.matters and certain(found.difference):
            lost = 1 - value / floor
            figures = f"({name} {value:.2f}, real data {floor:.2f})"
            if name == "precision":
                most = f"look like no real item in {fraction(lost)} of the cases"
                words = "hardly ever look like a real item" if nearly_all(lost) else most
                remarks = (Remark("fidelity", f"{words} {figures}", lost),)
            else:
                most = f"leave {fraction(lost)} of the data unreached"
                words = "reach hardly anything of the data's variety" if nearly_all(lost) else most
                remarks = (Remark("variety", f"{words} {figures}", lost),)
        return Score(
            metric="precision-recall",
            name=name,
            label=name,
            aspect="fidelity" if name == "precision" else "variety",
            value=found.value,
            floor=found.floor,
            difference=found.difference,
            better="high",
            count=case.count,
            note=f"by the {self.k} nearest neighbours",
            remarks=remarks,
            headline=True,
        )


METRIC = PrecisionRecall
