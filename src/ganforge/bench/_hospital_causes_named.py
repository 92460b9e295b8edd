"""Causes that the list had with which the hospital began; see `_hospital_causes`."""

from __future__ import annotations

from ganforge.bench._hospital_cause import (
    ASLEEP,
    COLLAPSE,
    DATA,
    DIVERGENCE,
    MEMORISING,
    OSCILLATION,
    STAGNATION,
    STRONG,
    Cause,
)

NAMED: tuple[Cause, ...] = (
    Cause(
        "generator-rate-high",
        "the generator's learning rate is 30 to 300 times too high",
        named=True,
        half="untouched",
        names={
            DIVERGENCE: "its weights and samples are thrown far out",
            OSCILLATION: "each step overshoots what the last one found",
            COLLAPSE: "its units die at the first large steps, and one sample is left for every z",
            STRONG: "thrown off the data, it is told apart with ease and never comes closer",
        },
    ),
    Cause(
        "discriminator-rate-high",
        "the discriminator's learning rate is 30 to 300 times too high",
        named=True,
        half="tuning",
        names={
            DIVERGENCE: "its scores and losses run away",
            OSCILLATION: "its scores swing from step to step",
            STRONG: "it wins at once and leaves no slope to learn from",
            ASLEEP: "its units die at the first large steps, and it says the same of everything",
        },
    ),
    Cause(
        "both-rates-high",
        "both learning rates are 30 to 300 times too high",
        named=True,
        half="tuning",
        names={
            DIVERGENCE: "weights, scores and samples run away",
            OSCILLATION: "both overshoot in turn",
            COLLAPSE: "the generator's units die, and one sample is left for every z",
            ASLEEP: "the discriminator's units die, and it says the same of everything",
        },
    ),
    Cause(
        "wasserstein-unbounded",
        "a Wasserstein objective without penalty or clipping",
        named=True,
        half="tuning",
        names={
            DIVERGENCE: "nothing bounds the critic's scores: they grow for ever",
            OSCILLATION: "the generator chases scores whose slope grows without end",
        },
    ),
    Cause(
        "minimax-twenty-steps",
        "the minimax objective without penalty, 20 steps of the discriminator for one of the generator",
        named=True,
        half="untouched",
        names={
            STRONG: "the textbook's case: D is right throughout, and log(1 - D) has no slope there",
            COLLAPSE: "a generator without slope stays on, or falls back to, a few places",
            STAGNATION: "a generator without slope stands still",
        },
    ),
    Cause(
        "latent-one",
        "z is a single normal number",
        named=True,
        half="untouched",
        names={
            COLLAPSE: "a curve cannot fill the data's space: most of their variety is missing",
            STRONG: "what does not lie on the curve is told apart with ease, whatever G learns",
        },
    ),
    Cause(
        "latent-coins",
        "z is three coins and nothing else: only 8 different samples can be made",
        named=True,
        half="untouched",
        names={
            COLLAPSE: "it makes the same few samples again and again",
            STRONG: "8 places are told apart with ease, whatever G learns",
        },
    ),
    Cause(
        "batch-two",
        "batches of two samples, for as many updates as the twin takes",
        named=True,
        half="tuning",
        names={
            OSCILLATION: "gradients of two samples are mostly noise: the game jumps about",
            STAGNATION: "what noise brings it also takes: it comes no closer",
            COLLAPSE: "two samples tell nothing of variety: G is pulled to where the last pair was",
            DIVERGENCE: "rates that suit 256 samples are far too high for two",
        },
        curable=False,  # the planned samples are too few for larger batches
    ),
    Cause(
        "dead-start",
        "ten layers in both networks that begin with tiny weights and no biases",
        named=True,
        half="tuning",
        names={
            STAGNATION: "no gradient passes ten such layers: nothing moves",
            ASLEEP: "the discriminator says the same of everything",
            COLLAPSE: "one sample for every z is total collapse by any measure",
        },
    ),
    Cause(
        "betas-bad",
        "Adam's betas exchanged: momentum 0.999, running square 0.5",
        named=True,
        half="untouched",
        names={
            OSCILLATION: "momentum of a thousand steps swings through every optimum",
            DIVERGENCE: "a long mean over a short root takes steps that grow without bound",
            COLLAPSE: "the generator is carried far past the data and dies there",
        },
    ),
    Cause(
        "missing-not-at-random",
        "NaN in every row above the 55th percentile of a column: those rows cannot be used",
        named=True,
        half="untouched",
        names={DATA: "nearly half of the rows are left out, and not by chance"},
        curable=False,
    ),
    Cause(
        "thirty-samples",
        "30 samples and no more",
        named=True,
        half="tuning",
        names={
            MEMORISING: "D knows 30 samples by heart after a few thousand steps",
            DATA: "30 samples are too few to learn from",
            STRONG: "a D that knows all data by heart is always right",
        },
        curable=False,
    ),
    Cause(
        "discriminator-tiny",
        "a discriminator of one hidden unit",
        named=True,
        half="untouched",
        names={
            ASLEEP: "one unit cannot tell good forgeries from bad ones",
            COLLAPSE: "one unit is content with forgeries in one place",
            OSCILLATION: "its border swings to wherever the forgeries are not",
        },
    ),
    Cause(
        "discriminator-huge",
        "a discriminator of six layers of 384 units and no penalty, against the usual generator",
        named=True,
        half="tuning",
        names={
            STRONG: "it is right throughout, and far too steep to learn from",
            COLLAPSE: "few places remain where a far stronger opponent gives a slope",
            OSCILLATION: "a steep opponent drives the forgeries from place to place",
            DIVERGENCE: "nothing bounds its scores",
        },
    ),
)
