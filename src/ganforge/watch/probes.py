"""Looks at the players from outside: what D tells apart and knows by heart, how various and how near G's samples are.

All players are at rest (evaluation mode) while they are looked at, everything random is drawn from generators of its
own, and nothing is changed: a training is the same to the bit with and without its prober.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from ganforge.core.contracts import Source
from ganforge.core.plan import ExecutionPlan
from ganforge.core.records import Batch, Split
from ganforge.core.seeding import Draws
from ganforge.games._game import PlayableGame, at_rest

FEW_NUMBERS, MANY_ITEMS, FEW_ITEMS = 256, 256, 64
"""Samples of up to so many numbers are looked at in so many items; larger ones in fewer."""
SIDE = 8
"""Pictures are compared at so many pixels a side: what is looked for is visible there, and distances mean something."""
NEIGHBOURHOOD = 50
"""One in so many real items lies in the neighbourhood of a real item (arXiv:2002.09797), and at least FEWEST do."""
FEWEST = 2
TWIN_SHARE = 0.01
"""This share of real items have a neighbour so near that two forgeries at that distance count as twins."""
ENOUGH = 32
"""With fewer held-out items, forgeries are compared with training items."""
SHARE = 0.01
"""Of a run's time that looks may take."""
LOOKS = (24, 128)
"""At least and at most so many looks a run."""


@dataclass(frozen=True)
class _Real:
    """Real items that forgeries are compared with; the same all through a run."""

    features: Float[Tensor, "n d"]
    radius: Float[Tensor, "n"]
    """How far the neighbourhood of each reaches."""
    spread: float
    """Mean distance of two of them."""
    rank: float
    twins: float
    """Two items nearer than this are twins."""
    coverage: float
    """That other real items reach."""
    fidelity: float
    floor: float
    """Mean distance of an item to the nearest other real one, in spreads."""


class GameProber:
    """Looks at a game's generator and its average, and at its discriminator."""

    def __init__(
        self, game: PlayableGame, averaged: PlayableGame, data: Source, split: Split, seed: int, plan: ExecutionPlan
    ) -> None:
        """
        Args:
            game: as it is trained.
            averaged: with the averaged generator.
            plan: how it is computed, and how often it is looked at.
        """
        self._game = game
        self._averaged = averaged
        self._data = data
        self._split = split
        self._seed = seed
        self._plan = plan
        self._count = MANY_ITEMS if data.card.shape and _numbers(data) <= FEW_NUMBERS else FEW_ITEMS
        self._real = _compared_with(data, split, self._count)

    @property
    def every(self) -> int:
        """Updates between two looks."""
        return self._plan.watch_steps

    @torch.no_grad()
    def look(self, step: int, seen: int) -> dict[str, float]:
        """What is seen after `step` updates; see docs/doctor.md for the names."""
        draws = Draws(self._seed, "probe", step)
        train = self._batch(_some(self._split.train, self._count, draws))
        held = self._batch(_some(self._split.select, self._count, draws))
        with at_rest(self._game.players), self._autocast():
            z = self._game.latents(len(train), Draws(self._seed, "probed", step, device=self._plan.device))
            labels = None if train.condition is None else train.condition.labels
            now = self._sampled(self._game, z, labels)
            mean = self._sampled(self._averaged, z, labels)
            scores = {
                "real": self._scores(train.real["x"], train),
                "select": self._scores(held.real["x"], held),
                "fake": self._scores(now, train),
            }
        every = torch.cat([*scores.values(), now.flatten(), mean.flatten()])
        nonfinite = float((~torch.isfinite(every)).float().mean())
        if nonfinite:
            return {"probe.nonfinite": nonfinite}
        memory = above(scores["real"], scores["select"]) if self._split.held_out else 0.5
        judged = torch.cat([*scores.values()])
        seen_by_d = {
            "probe.apart": above(scores["real"], scores["fake"]),
            "probe.memory": memory,
            "probe.spread": float(judged.std()) if len(judged) > 1 else 0.0,
            "probe.nonfinite": nonfinite,
        }
        means = {f"probe.{name}": float(values.mean()) for name, values in scores.items()}
        return means | seen_by_d | self._compared(_features(now), _features(mean))

    def _compared(self, now: Float[Tensor, "n d"], mean: Float[Tensor, "n d"]) -> dict[str, float]:
        """The samples beside real items; 1 = as theirs, but twins and drift, where 0 is."""
        real = self._real
        spread = max(real.spread, 1e-12)
        between = torch.cdist(now, now)
        seen: dict[str, float] = {}
        for whose, samples in (("", now), ("average_", mean)):
            to_real = torch.cdist(samples, real.features)
            coverage, fidelity = near(to_real, real.radius)
            seen |= {
                f"probe.{whose}coverage": coverage / real.coverage,
                f"probe.{whose}fidelity": fidelity / real.fidelity,
                f"probe.{whose}missed": float(to_real.amin(0).mean()) / spread,
                f"probe.{whose}strayed": float(to_real.amin(1).mean()) / spread,
            }
        return seen | {
            "probe.floor": real.floor,
            "probe.variety": _mean_distance(between) / spread,
            "probe.rank": effective_rank(now) / real.rank,
            "probe.twins": float((_nearest(between) < real.twins).float().mean()) - TWIN_SHARE,
            "probe.drift": float((now - mean).square().sum(1).mean().sqrt()) / spread,
        }

    def _sampled(self, game: PlayableGame, z: Tensor, labels: Int[Tensor, "n"] | None) -> Tensor:
        return game.sample(z, labels, Draws(self._seed, "probed head", device=self._plan.device)).float()

    def _scores(self, x: Tensor, like: Batch) -> Float[Tensor, "n"]:
        judge = next(iter(self._game.judges))
        condition = None if like.condition is None else like.condition.part(0, len(x))
        scores = self._game.judge(judge, x, condition).adversarial[0].float()
        return scores.reshape(len(scores), -1).mean(1)

    def _batch(self, rows: Int[Tensor, "n"]) -> Batch:
        return self._data.batch(rows).to(self._plan.device)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._plan.device, dtype=torch.bfloat16, enabled=self._plan.precision == "bfloat16")


def with_watching(plan: ExecutionPlan, prober: GameProber, steps: int, report_steps: int) -> ExecutionPlan:
    """The plan with as many looks as SHARE of the run's time allow, timed with these networks.

    Args:
        steps: updates of the whole run.
        report_steps: updates between two records; looks are taken at records.
    """
    if steps < LOOKS[0]:
        return plan
    threads = torch.get_num_threads()
    torch.set_num_threads(plan.threads)
    try:
        prober.look(0, 0)  # allocates and chooses kernels
        seconds = statistics.median(_timed(prober) for _ in range(5))
    finally:
        torch.set_num_threads(threads)
    run_seconds = plan.kimg * 1000.0 / plan.samples_per_second
    looks = min(max(run_seconds * SHARE / seconds, LOOKS[0]), LOOKS[1])
    records = max(1, round(steps / looks / report_steps))
    return replace(plan, watch_steps=records * report_steps)


def above(first: Float[Tensor, "n"], second: Float[Tensor, "m"]) -> float:
    """How often one of `first` is larger than one of `second`; ties count half (the area under the ROC curve)."""
    return float((first[:, None] - second[None]).sign().mean()) * 0.5 + 0.5


def effective_rank(x: Float[Tensor, "n d"]) -> float:
    """exp of the entropy of the covariance's eigenvalues, each as its share (Roy, Vetterli 2007, eq. 4); at least 1."""
    values = torch.linalg.svdvals(x - x.mean(0)).square()
    share = values / values.sum().clamp_min(1e-30)
    return float(torch.special.entr(share).sum().exp().clamp_min(1.0))


def near(between: Float[Tensor, "n m"], radius: Float[Tensor, "m"]) -> tuple[float, float]:
    """Coverage and fidelity: the share of real items that have a sample in their neighbourhood, and the share of
    samples that lie in the neighbourhood of any (arXiv:2002.09797, eq. 10; arXiv:1904.06991, eq. 1).

    Args:
        between: distances of n samples to m real items.
        radius: how far the neighbourhood of each real item reaches.
    """
    inside = between <= radius
    return float(inside.any(0).float().mean()), float(inside.any(1).float().mean())


def _compared_with(data: Source, split: Split, count: int) -> _Real:
    """Held-out items where there are enough, else training items; and what other training items reach."""
    draws = Draws(0, "probe real")
    order = split.train[draws.permutation(len(split.train))]
    held = split.select[draws.permutation(len(split.select))][:count]
    rows, others = (held, order[:count]) if len(held) >= ENOUGH else (order[:count], order[count : 2 * count])
    features = _features(data.batch(rows).real["x"])
    between = torch.cdist(features, features)
    neighbours = max(FEWEST, len(features) // NEIGHBOURHOOD)
    radius = between.sort(1).values[:, min(neighbours, len(features) - 1)]
    nearest, spread = _nearest(between), _mean_distance(between)
    coverage, fidelity, floor = 1.0, 1.0, float(nearest.mean())
    if len(others) >= ENOUGH:
        to_real = torch.cdist(_features(data.batch(others).real["x"]), features)
        coverage, fidelity = near(to_real, radius)
        floor = float(to_real.amin(0).mean())
    return _Real(
        features,
        radius,
        spread,
        effective_rank(features),
        float(nearest.quantile(TWIN_SHARE)) if len(nearest) else 0.0,
        max(coverage, 0.1),  # a floor: shares of it are formed
        max(fidelity, 0.1),
        floor / max(spread, 1e-12),
    )


def _features(x: Float[Tensor, "n ..."]) -> Float[Tensor, "n d"]:
    """What distances are taken of: rows as they are, pictures at a few pixels."""
    if x.ndim == 4:
        height, width = x.shape[2:]
        x = adaptive_avg_pool2d(x, (min(SIDE, height), min(SIDE, width)))
    return x.float().flatten(1).cpu()


def _mean_distance(between: Float[Tensor, "n n"]) -> float:
    return float(between.sum()) / max(1, between.numel() - len(between))


def _nearest(between: Float[Tensor, "n n"]) -> Float[Tensor, "n"]:
    """Distance of each to its nearest other."""
    apart: Tensor = between + torch.eye(len(between)) * torch.finfo(between.dtype).max
    return apart.amin(1)


def _some(rows: Int[Tensor, "n"], count: int, draws: Draws) -> Int[Tensor, "m"]:
    """So many of the rows, all of them where there are no more."""
    return rows if len(rows) <= count else rows[draws.integers(len(rows), count)]


def _numbers(data: Source) -> int:
    return int(torch.tensor(data.card.shape).prod())


def _timed(prober: GameProber) -> float:
    began = time.perf_counter()
    prober.look(0, 0)
    return time.perf_counter() - began
