"""What each cause does: to the recipe's settings, to the rows that are trained on, to the length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch

from ganforge.bench._hospital_bugs import (
    Bug,
    FirstBatch,
    InOrder,
    generator_sign,
    labels_shuffled,
    one_optimizer,
    penalty_sign,
    restarting,
)
from ganforge.bench._hospital_data import Damage
from ganforge.core.recipe import Recipe
from ganforge.core.schedule import Schedule
from ganforge.core.settings import to_json

Settings = Mapping[str, Any]
Side = Literal["generator", "discriminator"]
BOTH: tuple[Side, ...] = ("generator", "discriminator")
HOT = (100.0, 30.0, 300.0, 100.0)
"""How many times too high a rate is, one case after the other."""
NO_PENALTY: Settings = {"penalties": [], "projections": []}


@dataclass(frozen=True)
class Sabotage:
    """How a cause is brought about."""

    bases: tuple[str, ...]
    """Data and recipe of each case: "ring/auto"."""
    settings: Callable[[Recipe, int], Settings] = lambda recipe, number: {}
    """Values of the recipe by path, from the sound recipe and the case's number."""
    damage: Damage | None = None
    bug: Bug | None = None
    """What is wrong in the code."""
    as_many_samples: bool = False
    """Whether the twin's number of samples is kept, and not its number of updates."""


def scaled(schedule: Schedule, factor: float) -> dict[str, Any]:
    """A schedule with all values times a factor, as plain values."""
    plain: dict[str, Any] = to_json(schedule)
    plain["start"] *= factor
    if plain["end"] is not None:
        plain["end"] *= factor
    return plain


def rates(recipe: Recipe, sides: tuple[Side, ...], factor: float) -> Settings:
    """Learning rates times a factor."""
    return {f"{side}.lr": scaled(getattr(recipe, side).lr, factor) for side in sides}


def penalties(recipe: Recipe, factor: float) -> Settings:
    """Penalties that are so many times as strong."""
    return {
        f"penalties.{place}.weight": scaled(penalty.weight, factor) for place, penalty in enumerate(recipe.penalties)
    }


def _each(name: str, value: Any) -> Settings:
    return {f"{side}.{name}": value for side in BOTH}


def _clipped(bound: float) -> Settings:
    return {"penalties": [], "projections": [{"name": "weight-clipping", "settings": {"bound": bound}}]}


def _fading(recipe: Recipe) -> Settings:
    """Down to a thousandth within a fifth of the run, to nothing after that."""
    return {
        f"{side}.lr": to_json(Schedule((start := getattr(recipe, side).lr.start), start * 1e-40, shape="geometric"))
        for side in BOTH
    }


def _gone(recipe: Recipe, side: Side) -> Settings:
    """One player's rate: down to a hundredth within a twentieth of the run, to nothing within a tenth."""
    start = getattr(recipe, side).lr.start
    return {f"{side}.lr": to_json(Schedule(start, start * 1e-300, shape="geometric"))}


def _rising(recipe: Recipe, factor: float) -> Settings:
    """From where they begin up to so many times that, in a straight line."""
    return {
        f"{side}.lr": to_json(Schedule(start := getattr(recipe, side).lr.start, factor * start, shape="linear"))
        for side in BOTH
    }


SABOTAGES: Mapping[str, Sabotage] = {
    "generator-rate-high": Sabotage(
        ("ring/auto", "moons/r3gan", "normal/pacgan", "digits16/auto"),
        lambda recipe, number: rates(recipe, ("generator",), HOT[number]),
    ),
    "discriminator-rate-high": Sabotage(
        ("spiral/auto", "normal/r3gan", "moons/pacgan", "digits16/auto"),
        lambda recipe, number: rates(recipe, ("discriminator",), HOT[number]),
    ),
    "both-rates-high": Sabotage(
        ("checkerboard/auto", "pinwheel/wgan-gp", "ring/r3gan", "icons16/auto"),
        lambda recipe, number: rates(recipe, BOTH, HOT[number]),
    ),
    "wasserstein-unbounded": Sabotage(
        ("moons/wgan-gp", "normal/wgan-gp", "pinwheel/wgan-gp", "checkerboard/wgan-gp"),
        lambda recipe, number: NO_PENALTY,
    ),
    "minimax-twenty-steps": Sabotage(
        ("ring/auto", "moons/r3gan", "grid/auto"),
        lambda recipe, number: {**NO_PENALTY, "objective": "minimax", "discriminator_steps": 20},
    ),
    "latent-one": Sabotage(
        ("normal/auto", "roll/auto", "mixture/r3gan", "digits16/auto"),
        lambda recipe, number: {"latent": {"normal": 1}},
    ),
    "latent-coins": Sabotage(
        ("moons/auto", "spiral/auto", "normal/r3gan", "icons16/auto"),
        lambda recipe, number: {"latent": {"signs": 3}},
    ),
    "batch-two": Sabotage(
        ("ring/auto", "moons/r3gan", "checkerboard/auto", "digits16/auto"), lambda recipe, number: {"batch": 2}
    ),
    "dead-start": Sabotage(
        ("moons/auto", "ring/r3gan", "normal/auto", "roll/wgan-gp"),
        lambda recipe, number: {"networks.settings.init": "small", "networks.settings.depth": 10},
    ),
    "betas-bad": Sabotage(
        ("ring/auto", "moons/r3gan", "normal/wgan-gp", "icons16/auto"),
        lambda recipe, number: _each("betas", [0.999, 0.5]),
    ),
    "missing-not-at-random": Sabotage(("moons/auto", "normal/r3gan", "grid/auto", "roll/wgan-gp"), damage="missing"),
    "thirty-samples": Sabotage(("moons/auto", "spiral/auto", "normal/r3gan", "digits16/auto"), damage="thirty"),
    "discriminator-tiny": Sabotage(
        ("grid/auto", "pinwheel/r3gan", "moons/pacgan", "checkerboard/wgan-gp"),
        lambda recipe, number: {
            "networks.settings.discriminator_width": 1,
            "networks.settings.discriminator_depth": 1,
            "networks.settings.fourier": 0,
        },
    ),
    "discriminator-huge": Sabotage(
        ("ring/r3gan", "grid/auto", "spiral/auto", "normal/r3gan"),
        lambda recipe, number: {
            **NO_PENALTY,
            "networks.settings.discriminator_width": 384,
            "networks.settings.discriminator_depth": 6,
        },
    ),
    "average-too-long": Sabotage(
        ("ring/auto", "normal/auto", "pinwheel/r3gan", "digits16/auto"),
        lambda recipe, number: {"ema.half_life_kimg": 1000.0 * recipe.ema.half_life_kimg, "ema.ramp_up": 1000.0},
    ),
    "penalty-crushing": Sabotage(
        ("grid/auto", "moons/r3gan", "checkerboard/wgan-gp", "icons16/auto"),
        lambda recipe, number: penalties(recipe, 1e4),
    ),
    "clipping-tight": Sabotage(
        ("moons/wgan-gp", "normal/wgan-gp", "roll/wgan-gp", "pinwheel/wgan-gp"),
        lambda recipe, number: _clipped(5e-4),
    ),
    "clipping-loose": Sabotage(
        ("checkerboard/wgan-gp", "normal/wgan-gp", "roll/wgan-gp", "moons/wgan-gp"),
        lambda recipe, number: _clipped(10.0),
    ),
    "rates-low": Sabotage(
        ("ring/auto", "checkerboard/auto", "mixture/r3gan", "digits16/auto"),
        lambda recipe, number: rates(recipe, BOTH, 1 / 300),
    ),
    "generator-rate-low": Sabotage(
        ("spiral/auto", "pinwheel/r3gan", "normal/pacgan", "icons16/auto"),
        lambda recipe, number: rates(recipe, ("generator",), 1e-3),
    ),
    "discriminator-rate-low": Sabotage(
        ("grid/auto", "moons/wgan-gp", "roll/auto", "icons16/auto"),
        lambda recipe, number: rates(recipe, ("discriminator",), 1e-3),
    ),
    "eps-huge": Sabotage(
        ("circles/auto", "pinwheel/r3gan", "normal/wgan-gp", "digits16/auto"),
        lambda recipe, number: _each("eps", 10.0),
    ),
    "rates-fade-early": Sabotage(
        ("grid/auto", "moons/r3gan", "roll/auto", "icons16/auto"), lambda recipe, number: _fading(recipe)
    ),
    "generator-tiny": Sabotage(
        ("ring/auto", "normal/r3gan", "spiral/auto", "roll/wgan-gp"),
        lambda recipe, number: {
            "networks.settings.width": 2,
            "networks.settings.depth": 1,
            "networks.settings.discriminator_width": 128,
            "networks.settings.discriminator_depth": 3,
        },
    ),
    "deep-start": Sabotage(
        ("moons/auto", "normal/auto", "checkerboard/auto", "circles/auto"),
        lambda recipe, number: {"networks.settings.init": "torch", "networks.settings.depth": 16},
    ),
    "generator-spectral": Sabotage(
        ("ring/r3gan", "grid/auto", "mixture/auto", "checkerboard/wgan-gp"),
        lambda recipe, number: {"networks.settings.generator_spectral": True},
    ),
    "discriminator-dropout": Sabotage(
        ("ring/auto", "moons/pacgan", "normal/auto", "roll/wgan-gp"),
        lambda recipe, number: {
            "networks.settings.discriminator_dropout": 0.9,
            "networks.settings.discriminator_input_dropout": 0.5,
        },
    ),
    "momentum-high": Sabotage(
        ("spiral/auto", "moons/pacgan", "normal/r3gan", "icons16/auto"),
        lambda recipe, number: {**_each("method", "sgd"), **_each("betas", [0.99, 0.0]), **_each("lr", 0.1)},
    ),
    "packing-starved": Sabotage(
        ("moons/pacgan", "ring/auto", "normal/pacgan", "spiral/auto"),
        lambda recipe, number: {"batch": 4, "packing": 4},
    ),
    "least-squares-hot": Sabotage(
        ("circles/auto", "moons/r3gan", "normal/pacgan", "digits16/auto"),
        lambda recipe, number: {**NO_PENALTY, "objective": "least-squares", **rates(recipe, BOTH, 100.0)},
    ),
    "far-outlier": Sabotage(("moons/auto", "grid/auto", "normal/r3gan", "table/auto"), damage="outlier"),
    "three-rows": Sabotage(("moons/auto", "spiral/auto", "normal/r3gan", "table/auto"), damage="three"),
    "fifty-rows-large-judge": Sabotage(
        ("moons/pacgan", "spiral/auto", "normal/pacgan", "roll/auto"),
        lambda recipe, number: {
            **NO_PENALTY,
            "networks.settings.discriminator_width": 256,
            "networks.settings.discriminator_depth": 4,
        },
        damage="fifty",
    ),
    "fourier-too-high": Sabotage(
        ("moons/auto", "normal/auto", "checkerboard/auto", "roll/auto"),
        lambda recipe, number: {
            **NO_PENALTY,
            "networks.settings.fourier": 128,
            "networks.settings.fourier_highest": 1e5,
        },
    ),
    "missing-coded": Sabotage(("moons/auto", "normal/r3gan", "roll/auto", "table/auto"), damage="coded"),
    "column-stuck": Sabotage(("normal/auto", "roll/auto", "mixture/r3gan", "table/auto"), damage="stuck"),
    "unpenalised-ten-steps": Sabotage(
        ("ring/r3gan", "spiral/auto", "grid/auto", "moons/r3gan"),
        lambda recipe, number: {**NO_PENALTY, "objective": "non-saturating", "discriminator_steps": 10},
    ),
    "default-row": Sabotage(("moons/auto", "normal/r3gan", "ring/auto", "roll/wgan-gp"), damage="default"),
    "rates-backwards": Sabotage(
        ("circles/auto", "pinwheel/r3gan", "moons/pacgan"),
        lambda recipe, number: {**rates(recipe, ("generator",), 10.0), **rates(recipe, ("discriminator",), 1 / 30)},
    ),
    "rates-rising": Sabotage(
        ("roll/auto", "ring/r3gan", "normal/pacgan"), lambda recipe, number: _rising(recipe, 100.0)
    ),
    "hinge-bare-hot": Sabotage(
        ("checkerboard/auto", "circles/r3gan", "ring/pacgan"),
        lambda recipe, number: {
            **NO_PENALTY,
            "objective": "hinge",
            **_each("betas", [0.9, 0.999]),
            **_each("lr", 0.01),
        },
    ),
    "undecayed-unaveraged": Sabotage(
        ("mixture/auto", "moons/r3gan", "circles/pacgan"),
        lambda recipe, number: {
            **{f"{side}.lr": 10.0 * getattr(recipe, side).lr.start for side in BOTH},
            "ema.half_life_kimg": 0.001,
        },
    ),
    "descent-plain": Sabotage(
        ("pinwheel/auto", "mixture/r3gan", "ring/pacgan"),
        lambda recipe, number: {**_each("method", "sgd"), **_each("betas", [0.0, 0.0])},
    ),
    "penalty-too-rare": Sabotage(
        ("spiral/auto", "normal/r3gan", "circles/auto"),
        lambda recipe, number: {f"penalties.{place}.every": 250 for place in range(len(recipe.penalties))},
    ),
    "clipping-left-over": Sabotage(
        ("ring/auto", "circles/r3gan", "normal/pacgan"),
        lambda recipe, number: {"projections": [{"name": "weight-clipping"}]},
    ),
    "discriminator-batch-norm": Sabotage(
        ("checkerboard/auto", "pinwheel/r3gan", "moons/pacgan"),
        lambda recipe, number: {"networks.settings.discriminator_norm": "batch"},
    ),
    "discriminator-saturating": Sabotage(
        ("spiral/auto", "moons/r3gan", "circles/pacgan"),
        lambda recipe, number: {
            "networks.settings.discriminator_depth": 10,
            "networks.settings.discriminator_activation": "tanh",
            "networks.settings.init": "torch",
        },
    ),
    "noise-unfading": Sabotage(
        ("roll/auto", "mixture/r3gan", "ring/pacgan"),
        lambda recipe, number: {"augment": {"name": "noise", "settings": {"strength": {"start": 3.0}}}},
    ),
    "units-mixed": Sabotage(("table/auto", "moons/r3gan", "normal/pacgan"), damage="units"),
    "rounded": Sabotage(("pinwheel/auto", "ring/r3gan", "circles/pacgan"), damage="rounded"),
    "discriminator-fades": Sabotage(
        ("spiral/auto", "moons/r3gan", "normal/pacgan"), lambda recipe, number: _gone(recipe, "discriminator")
    ),
    "generator-fades": Sabotage(
        ("checkerboard/auto", "pinwheel/r3gan", "circles/pacgan"), lambda recipe, number: _gone(recipe, "generator")
    ),
    "regularised-thrice": Sabotage(
        ("ring/auto", "mixture/r3gan", "moons/wgan-gp"),
        lambda recipe, number: {
            "networks.settings.discriminator_spectral": True,
            "networks.settings.discriminator_dropout": 0.5,
            **penalties(recipe, 100.0),
        },
    ),
    "penalty-feeble": Sabotage(
        ("ring/r3gan", "circles/r3gan", "normal/wgan-gp"), lambda recipe, number: penalties(recipe, 1e-4)
    ),
    "batch-enormous": Sabotage(
        ("normal/auto", "pinwheel/r3gan", "circles/auto"), lambda recipe, number: {"batch": 8192}, as_many_samples=True
    ),
    "players-mismatched": Sabotage(
        ("spiral/auto", "mixture/r3gan", "moons/pacgan"),
        lambda recipe, number: {
            "networks.settings.width": 256,
            "networks.settings.depth": 5,
            "networks.settings.discriminator_width": 8,
            "networks.settings.discriminator_depth": 1,
            "networks.settings.fourier": 0,
        },
    ),
    "rmsprop-default": Sabotage(
        ("roll/auto", "normal/r3gan", "ring/pacgan"),
        lambda recipe, number: {**_each("method", "rmsprop"), **_each("betas", [0.0, 0.99]), **_each("lr", 0.01)},
    ),
    "generator-sign": Sabotage(("moons/auto", "ring/r3gan", "normal/wgan-gp"), bug=Bug(generator_sign)),
    "penalty-sign": Sabotage(("pinwheel/auto", "moons/r3gan", "checkerboard/wgan-gp"), bug=Bug(penalty_sign)),
    "labels-shuffled": Sabotage(("circles/auto", "pinwheel/r3gan", "moons/pacgan"), bug=Bug(labels_shuffled)),
    "one-optimiser": Sabotage(("normal/auto", "circles/r3gan", "pinwheel/wgan-gp"), bug=Bug(one_optimizer)),
    "discriminator-restarted": Sabotage(("spiral/auto", "mixture/r3gan", "circles/pacgan"), bug=Bug(restarting(50))),
    "weight-decay": Sabotage(("ring/auto", "normal/r3gan", "checkerboard/wgan-gp"), bug=Bug(weight_decay=1.0)),
    "gradients-kept": Sabotage(("mixture/auto", "moons/r3gan", "ring/pacgan"), bug=Bug(keeps_gradients=True)),
    "same-batch": Sabotage(("moons/auto", "ring/pacgan", "roll/wgan-gp"), bug=Bug(feed=FirstBatch)),
    "unshuffled": Sabotage(
        ("checkerboard/auto", "circles/r3gan", "roll/wgan-gp"), damage="sorted", bug=Bug(feed=InOrder)
    ),
    "generator-tanh": Sabotage(("normal/auto", "ring/r3gan", "circles/pacgan"), bug=Bug(output=torch.tanh)),
    "generator-relu": Sabotage(("moons/auto", "mixture/r3gan", "digits16/auto"), bug=Bug(output=torch.relu)),
    "page-repeated": Sabotage(("checkerboard/auto", "normal/r3gan", "circles/pacgan"), damage="page"),
    "pictures-unscaled": Sabotage(("digits16/auto", "icons16/auto", "digits16/dcgan"), damage="unscaled"),
}
"""By the cause's name."""
