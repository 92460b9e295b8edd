"""The quick score of a training: planned at its start, made for its loop, summed up at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ganforge.core.contracts import Domain, Source
from ganforge.core.events import read_event
from ganforge.core.plan import ExecutionPlan
from ganforge.core.recipe import Recipe
from ganforge.core.records import Examined, Treated
from ganforge.core.seeding import Draws
from ganforge.core.settings import Json
from ganforge.games._game import PlayableGame
from ganforge.metrics._cache import real_features
from ganforge.metrics._examiner import (
    ERRORS,
    FEWEST,
    LEAST_FRUITLESS,
    MOST_REAL,
    POWER,
    SEEN,
    KernelExaminer,
    Regime,
    Sampler,
    choose_regime,
)
from ganforge.metrics.features._features import FEATURES, Extractor, Setting
from ganforge.training.best import Best

FEWEST_REAL = 10
"""With fewer items in the select split a score would say nothing."""
SHORTEST_SECONDS = 15.0
"""Shorter trainings are not examined: reading the extractor's weights would take longer."""
FROM_HERE = 0.25
"""A score that improved within this last share of a training was still improving."""


def with_examinations(
    plan: ExecutionPlan, game: PlayableGame, data: Source, recipe: Recipe, *, seed: int
) -> ExecutionPlan:
    """The plan with as many examinations as 5 % of the run's time allow, timed with these networks."""
    run_seconds = plan.kimg * 1000.0 / plan.samples_per_second
    if run_seconds < SHORTEST_SECONDS or len(data.split.select) < FEWEST_REAL:
        return plan
    steps = max(1, round(plan.kimg * 1000.0 / _samples_per_step(recipe)))
    threads = torch.get_num_threads()
    torch.set_num_threads(plan.threads)
    try:
        examiner = KernelExaminer(_sampler(game, data, plan, seed), *_real_features(data), Regime(1, FEWEST, steps))
        examiner.cost(FEWEST)  # allocates and chooses kernels
        regime = choose_regime(examiner.cost, run_seconds, steps)
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


def outlook(records: Sequence[Json], *, chosen_length: bool, compared: str) -> Iterator[str]:
    """What the examinations say at the end: which generator is kept, and whether more training would help.

    Args:
        records: the run's journal as it went: what treatments took back may hold the best.
        chosen_length: the user set how long to train, so that it did not stop by itself.
        compared: how many items of which features the score compares, for people.
    """
    kept, examined = best_examination(records), _of_the_last_course(records)
    if kept is None or not examined:
        return
    last, first = examined[-1], examined[0]
    against = f"{compared} of the select split"
    before = "" if any(kept is record for record in examined) else ", of before a treatment,"
    told = f"Kept: the generator of {kept['kimg']:,.0f}k samples{before} at a kernel distance of"
    told = f"{told} {_distance(kept, first)}"
    yield (
        f"{told} to {against}."
        if kept is last
        else f"{told} to {against}; at the end it was worse: {_distance(last, first)}."
    )
    if not chosen_length:
        return
    if len(examined) < LEAST_FRUITLESS:
        yield f"It was examined {len(examined)} times: too few to tell whether a longer training would help."
        return
    improved = [first, *(record for record in examined[1:] if record["gain"] > ERRORS * record["gain_error"])]
    since = last["kimg"] - improved[-1]["kimg"]
    if since <= FROM_HERE * last["kimg"]:
        yield "The score was still improving: a longer training would likely help."
    else:
        yield f"For {since:,.0f}k samples the score has not improved beyond its error: more would hardly help."


def best_examination(records: Sequence[Json]) -> Json | None:
    """The record of the examination whose generator is kept, by the rule by which the training chose it.

    Args:
        records: as `Journal.as_it_went()` gives them.
    """
    best, kept = Best(), list[Json]()
    for at, record in enumerate(records):
        event = read_event(record) if record.get("event") in ("examined", "treated") else None
        if isinstance(event, Treated):
            best.begin_anew()
        elif isinstance(event, Examined) and event.kept and not _is_passed_over(event, records[at + 1 :]):
            best.keep(len(kept), event)
            kept.append(record)
    return None if best.number is None else kept[best.number]


def _is_passed_over(examined: Examined, later: Sequence[Json]) -> bool:
    """Where something is done about what was found at the same update, the moment is not saved."""
    for record in later:
        if record.get("event") in ("record", "examined"):
            return False
        if record.get("event") == "treated" or record.get("reason") == "unhealthy":
            return record.get("step") == examined.step
    return False


def _of_the_last_course(records: Sequence[Json]) -> list[Json]:
    """The examinations that count, without what treatments took back."""
    examined: list[Json] = []
    for record in records:
        if record.get("event") == "treated" and isinstance(record.get("to_kimg"), int | float):
            examined = [each for each in examined if each["kimg"] <= record["to_kimg"]]
        elif record.get("event") == "examined" and "kept" in record:
            examined.append(record)
    return examined


def _distance(examined: Json, first: Json) -> str:
    small = examined["score"] < SEEN * examined["error"] and examined["error"] < POWER * first["score"]
    return f"{examined['score']:.4f} ± {examined['error']:.4f}{' (no difference can be seen)' if small else ''}"


def extractor_for(domain: Domain, game: PlayableGame | None = None, name: str | None = None) -> Extractor:
    """The feature extractor called `name`, or the one that the domain puts first."""
    return FEATURES.get(name or domain.features[0]).make(Setting(domain, game))


def what_is_compared(plan: ExecutionPlan, data: Source) -> str:
    """The sizes and the features of the quick score, for people."""
    if plan.examine_steps == 0:
        return ""
    real = len(_real_rows(data))
    return f"{real:,} items ({plan.examine_samples:,} samples, {extractor_for(data.domain).label})"


def _real_rows(data: Source) -> Tensor:
    """Items of the select split in random order: data often lie sorted by class."""
    order = Draws(0, "examined rows").permutation(len(data.split.select))
    return data.split.select[order[:MOST_REAL]]


def _real_features(data: Source) -> tuple[Extractor, Tensor]:
    extractor = extractor_for(data.domain)
    return extractor, real_features(data, _real_rows(data), extractor)


def _sampler(game: PlayableGame, data: Source, plan: ExecutionPlan, seed: int) -> Sampler:
    """Samples of fixed z; of a run with labels, in the shares that the select split has."""
    condition = data.batch(_real_rows(data)).condition
    labels = None if condition is None else condition.labels

    def sample(count: int) -> Tensor:
        z = game.latents(count, Draws(seed, "examined", device=plan.device))
        asked = None if labels is None else labels[torch.arange(count) % len(labels)].to(plan.device)
        return game.sample(z, asked, Draws(seed, "examined head", device=plan.device)).cpu()

    return sample


def _samples_per_step(recipe: Recipe) -> int:
    return recipe.batch * recipe.discriminator_steps
