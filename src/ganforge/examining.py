"""The quick score of a training: planned at its start, made for its loop, summed up at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ganforge.core.contracts import Domain, Source
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import Recipe
from ganforge.core.seeding import Draws
from ganforge.core.settings import Json
from ganforge.games._game import PlayableGame
from ganforge.metrics._cache import real_features
from ganforge.metrics._examiner import (
    ERRORS,
    LEAST_FRUITLESS,
    MOST_REAL,
    KernelExaminer,
    Regime,
    Sampler,
    choose_regime,
)
from ganforge.metrics.features._features import FEATURES, Extractor, Setting

SHORTEST_SECONDS = 15.0
"""Shorter trainings are not examined: reading the extractor's weights would take longer."""
FROM_HERE = 0.25
"""A score that improved within this last share of a training was still improving."""


def with_examinations(
    plan: ExecutionPlan, game: PlayableGame, data: Source, recipe: Recipe, *, seed: int
) -> ExecutionPlan:
    """The plan with as many examinations as 5 % of the run's time allow, timed with these networks."""
    run_seconds = plan.kimg * 1000.0 / plan.samples_per_second
    if run_seconds < SHORTEST_SECONDS:
        return plan
    steps = max(1, round(plan.kimg * 1000.0 / _samples_per_step(recipe)))
    threads = torch.get_num_threads()
    torch.set_num_threads(plan.threads)
    try:
        extractor, real = _real_features(data)

        def cost(samples: int) -> float:
            examiner = KernelExaminer(_sampler(game, data, plan, seed), extractor, real, Regime(1, samples, steps))
            examiner.examine(0, 0.0)  # allocates and chooses kernels
            return examiner.examine(0, 0.0).seconds

        regime = choose_regime(cost, run_seconds, steps)
    finally:
        torch.set_num_threads(threads)
    return plan if regime is None else replace(plan, examine_steps=regime.every, examine_samples=regime.samples)


def make_examiner(
    plan: ExecutionPlan, averaged: PlayableGame, data: Source, total_steps: int, seed: int
) -> KernelExaminer | None:
    """The examiner of a planned training; `averaged` is the game with the averaged generator. None = none planned."""
    if plan.examine_steps == 0:
        return None
    extractor, real = _real_features(data)
    regime = Regime(plan.examine_steps, plan.examine_samples, total_steps)
    return KernelExaminer(_sampler(averaged, data, plan, seed), extractor, real, regime)


def outlook(records: Sequence[Json], *, chosen_length: bool) -> Iterator[str]:
    """What the examinations say at the end: which generator is kept, and whether more training would help.

    Args:
        records: the run's journal.
        chosen_length: the user set how long to train, so that it did not stop by itself.
    """
    examined = [record for record in records if record.get("event") == "examined"]
    if not examined:
        return
    kept = [record for record in examined if record["kept"]][-1]
    last = examined[-1]
    told = f"Kept: the generator of {kept['kimg']:,.0f}k samples, at a kernel distance of {_distance(kept)}"
    yield f"{told}." if kept is last else f"{told}; at the end it was worse: {_distance(last)}."
    improved = [examined[0], *(record for record in examined[1:] if record["gain"] > ERRORS * record["gain_error"])]
    since = last["kimg"] - improved[-1]["kimg"]
    if not chosen_length or len(examined) < LEAST_FRUITLESS:
        return
    if since <= FROM_HERE * last["kimg"]:
        yield "The score was still improving: a longer training would likely help."
    else:
        yield f"For {since:,.0f}k samples the score has not improved beyond its error: more would hardly help."


def _distance(examined: Json) -> str:
    alike = " (no difference from real data can be seen)" if examined["score"] < ERRORS * examined["error"] else ""
    return f"{examined['score']:.4f} ± {examined['error']:.4f}{alike}"


def extractor_for(domain: Domain, game: PlayableGame | None = None, name: str | None = None) -> Extractor:
    """The feature extractor called `name`, or the one that the domain puts first."""
    return FEATURES.get(name or domain.features[0]).make(Setting(domain, game))


def _real_features(data: Source) -> tuple[Extractor, Tensor]:
    extractor = extractor_for(data.domain)
    return extractor, real_features(data, data.split.select[:MOST_REAL], extractor)


def _sampler(game: PlayableGame, data: Source, plan: ExecutionPlan, seed: int) -> Sampler:
    """Samples of fixed z; of a run with labels, in the shares that the select split has."""
    condition = data.batch(data.split.select).condition
    labels = None if condition is None else condition.labels

    def sample(count: int) -> Tensor:
        z = game.latents(count, Draws(seed, "examined", device=plan.device))
        asked = None if labels is None else labels[torch.arange(count) % len(labels)].to(plan.device)
        return game.sample(z, asked, Draws(seed, "examined head", device=plan.device)).cpu()

    return sample


def _samples_per_step(recipe: Recipe) -> int:
    return recipe.batch * recipe.discriminator_steps
