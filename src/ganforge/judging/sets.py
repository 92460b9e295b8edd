"""The judge of sets: where one item alone says little (a row of numbers), some of them together are judged.

A set of n is compared with sets of n real items: how far its rows lie from real ones, on average and at worst, and how
far all of it lies from the data's distribution (the kernel distance of ganforge.metrics.kernel). The least of these
shares counts, compared with what it is for real sets.

Where data are narrow, nobody's hand is as steady as they are, and all that is placed by hand would be at 0. So one in
five of the real sets is shaken, more or less: between the first and the last of these, what is placed by hand is told
from what is placed better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganforge.core.contracts import Source
from ganforge.core.errors import SettingError
from ganforge.core.records import Split
from ganforge.core.seeding import Draws
from ganforge.examining import extractor_for
from ganforge.judging._calibrated import Calibrated, Combined
from ganforge.judging._rows import Rows
from ganforge.judging.forging import forged
from ganforge.metrics._neighbours import nearest
from ganforge.metrics.features._features import Extractor
from ganforge.metrics.kernel import KernelFunction, kernel_for
from ganforge.trained import Run

KEPT, REFERENCE, POOL = 10_000, 1_000, 2_000
"""Training items whose distances count; of them, those whose distribution counts; real items that sets are made of."""
SETS, SHAKEN_SETS, FORGED_SETS = 400, 100, 50
"""Real sets that a set is compared with, real ones that are shaken, and forged ones."""
HANDS, UNSTEADY = 10, 0.1
"""So many hands shake, each more than the one before; the last by so much of the data's deviation."""
NEIGHBOURS = 5
LARGEST = 300
"""Items in a set, at most."""
MEAN, WORST, SPREAD = "where they lie", "the oddest of them", "how they are spread"
"""The kinds of oddness, by name."""


@dataclass(frozen=True)
class SetJudgement:
    """What the judge makes of one set."""

    realness: float
    """Share of sets of as many held-out items, one in five of them shaken, that look less real, 0 to 1.

    Of real sets it is hardly ever below 0.2, and as often anywhere above.
    """
    forgeries_at: float
    """The median of sets that the generator made."""
    aspects: dict[str, float]
    """The same by each kind of oddness alone."""
    each: Float[Tensor, "n"]
    """Of each item: the share of held-out items that lie farther from the data."""


@dataclass(frozen=True)
class _Pool:
    """Items of which sets are made, with all that sets need to know of them."""

    odd: Float[Tensor, "p"]
    """Log of the share of held-out items that are odder, its sign changed."""
    near: Float[Tensor, "p"]
    """Mean kernel with the reference."""
    within: Float[Tensor, "p p"]
    """Kernel with each other; 0 on the diagonal."""

    def oddness(self, rows: Int[Tensor, "s n"]) -> Float[Tensor, "3 s"]:
        """Of s sets of n items of the pool."""
        n = rows.shape[1]
        odd = self.odd[rows]
        pairs = torch.stack([self.within[some][:, some].sum() for some in rows]) / max(1, n * (n - 1))
        return torch.stack([odd.mean(1), odd.amax(1), pairs - 2 * self.near[rows].mean(1)])


@dataclass(frozen=True)
class _Scale:
    """For sets of one size."""

    real: Combined
    forgeries_at: float


class SetJudge:
    """Compares sets of items with sets of real ones."""

    def __init__(
        self, run: Run, data: Source, split: Split, progress: Callable[[float], None] = lambda share: None
    ) -> None:
        """As for `ItemJudge`."""
        # No player is asked, so that those of the training items do that are not compared with
        self.rows = Rows.of(split, enough=POOL, filled=POOL)
        self._extractor: Extractor = extractor_for(run.domain, run.game)
        training = self._features(data, self.rows.training[:KEPT])
        progress(0.3)
        self._training, self._reference = training, training[:REFERENCE]
        self._kernel: KernelFunction = kernel_for(self._extractor.kernel, self._reference)
        real = self._features(data, self.rows.calibration[:POOL])
        self._each = Calibrated.on(self._far(real))
        progress(0.5)
        self._real = self._pool(real, self._each.own_share(self._far(real)))
        shaken = self._shaken(data)
        self._hands = [self._pool(each, self._each.share(self._far(each))) for each in shaken]
        progress(0.8)
        made = self._extractor(forged(run, data, split, REFERENCE, Draws(0, "judged forgeries")))
        self._made = self._pool(made, self._each.share(self._far(made)))
        self._scales: dict[int, _Scale] = {}
        progress(1.0)

    @property
    def calibrated_on(self) -> int:
        """Real items that sets are made of."""
        return len(self._real.odd)

    def judge(self, x: Float[Tensor, "n ..."]) -> SetJudgement:
        """What it makes of the items as the networks see them, all together.

        Raises:
            SettingError: there are none, or too many.
        """
        if not 1 <= len(x) <= LARGEST:
            raise SettingError(f"A set of {len(x)} cannot be judged; give 1 to {LARGEST}.")
        features = self._extractor(x)
        each = self._each.share(self._far(features))
        scale = self._scales.get(len(x)) or self._scaled(len(x))
        odd = self._pool(features, each).oddness(torch.arange(len(x))[None])
        shares = scale.real.shares(odd)[:, 0].tolist()
        return SetJudgement(
            float(scale.real.share(odd)[0]),
            scale.forgeries_at,
            dict(zip((MEAN, WORST, SPREAD), shares, strict=True)),
            each.float(),
        )

    def _scaled(self, n: int) -> _Scale:
        """What sets of n real and of n forged items come to; kept, as the same sizes are asked for again."""
        draws = Draws(0, "sets", n)
        odd = [self._real.oddness(_sets(len(self._real.odd), n, SETS, draws))]
        odd += [each.oddness(_sets(len(each.odd), n, SHAKEN_SETS // HANDS, draws)) for each in self._hands]
        real = Combined.on(torch.cat(odd, 1))
        made = self._made.oddness(_sets(len(self._made.odd), n, FORGED_SETS, draws))
        self._scales[n] = _Scale(real, float(real.share(made).median()))
        return self._scales[n]

    def _shaken(self, data: Source) -> list[Tensor]:
        """Features of real items as each hand would have placed them."""
        draws, rows = Draws(0, "hands"), self.rows.calibration[: max(LARGEST, SHAKEN_SETS)]
        x = data.batch(rows).real["x"]
        unit = UNSTEADY * data.batch(self.rows.training[:REFERENCE]).real["x"].std(0)
        return [self._extractor(x + unit * (hand + 1) / HANDS * draws.normal(*x.shape)) for hand in range(HANDS)]

    def _features(self, data: Source, rows: Tensor) -> Tensor:
        return torch.cat([self._extractor(data.batch(part).real["x"]) for part in torch.split(rows, 1024)])

    def _far(self, features: Tensor) -> Tensor:
        return nearest(features, self._training, NEIGHBOURS)[0].mean(1)

    def _pool(self, features: Tensor, shares: Tensor) -> _Pool:
        within = self._kernel(features, features).double().fill_diagonal_(0)
        return _Pool(-shares.double().log(), self._kernel(features, self._reference).double().mean(1), within)


def _sets(pool: int, n: int, count: int, draws: Draws) -> Int[Tensor, "count n"]:
    """Sets without repetition, or with it where there are not so many items."""
    if n > pool:
        return draws.integers(pool, count, n)
    return torch.stack([draws.permutation(pool)[:n] for _ in range(count)])
