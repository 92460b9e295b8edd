"""Perceptual path length: how much pictures change on a short step through latent space (arXiv:1812.04948, sec. 4.1).

Long paths mean that the generator jumps between pictures. Which network measures the change, and so the unit, differs
from the paper's (VGG16 with weights fitted to people's judgement): compare lengths in the same features only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.metrics._metric import Case, Estimate, Metric, Score
from ganforge.metrics._resampling import estimate


@dataclass(frozen=True)
class PathLength(Metric):
    """How smoothly pictures change with z."""

    about: ClassVar[str] = (
        "How much pictures change on a short step through latent space. Lower is smoother; real pictures have no such "
        "path, so compare runs on the same data with it."
    )
    pairs: int = 1000
    """Places in latent space that are looked at."""
    cut: float = 0.01
    """Share of the shortest and of the longest paths that is left out."""

    def judge(self, case: Case) -> tuple[Score, ...]:
        """One score without a floor, where a path means something."""
        if case.path_lengths is None:
            return ()
        lengths = case.path_lengths(self.pairs)
        return (
            Score(
                metric="path-length",
                name="path_length",
                label="path length",
                aspect="fidelity",
                value=trimmed_mean(lengths, self.cut),
                floor=None,
                difference=None,
                better="low",
                count=len(lengths),
                note="real items have no latent space, so there is no floor; compare runs in the same features",
            ),
        )


def trimmed_mean(values: Float[Tensor, "n"], cut: float) -> Estimate:
    """Mean without the share `cut` of the lowest and of the highest; error by Tukey and McLaughlin 1963, section 4."""
    ordered = values.double().sort().values
    n, left_out = len(ordered), int(cut * len(ordered))
    kept = ordered[left_out : n - left_out]
    pulled_in = ordered.clamp(kept[0], kept[-1])
    error = float(pulled_in.std()) / ((1 - 2 * left_out / n) * n**0.5) if n > 1 else torch.inf
    return estimate(float(kept.mean()), error, len(kept))


METRIC = PathLength
