"""Causes of the fresh part, written when the untouched half had been looked at; see `_hospital_causes`.

Whoever wrote them knew what a journal holds, but not by which signs the doctor tells its ailments, nor what it had
missed; docs/hospital.md says what they had seen.
"""

from __future__ import annotations

from ganforge.bench._hospital_cause import (
    ASLEEP,
    COLLAPSE,
    DATA,
    DIVERGENCE,
    OSCILLATION,
    STAGNATION,
    STRONG,
    Cause,
)

FRESH: tuple[Cause, ...] = (
    Cause(
        "rates-backwards",
        "the two rates the wrong way round: the generator's 10 times too high, the discriminator's 30 times too low",
        named=False,
        half="fresh",
        names={
            ASLEEP: "it does not follow a generator that learns 300 times as fast",
            COLLAPSE: "G gathers at the place that scores highest before that place is corrected",
            OSCILLATION: "G runs from place to place, always ahead of the correction",
            DIVERGENCE: "scores that rise outwards are corrected too late: forgeries run away along them",
        },
    ),
    Cause(
        "rates-rising",
        "the schedule's sign is wrong: both rates rise in a straight line to 100 times where they began",
        named=False,
        half="fresh",
        names={
            OSCILLATION: "from some point on both overshoot in turn",
            DIVERGENCE: "steps that grow without end throw weights, scores and samples out",
            COLLAPSE: "the generator's units die when the steps have become too large",
            ASLEEP: "the discriminator's units die when the steps have become too large",
        },
    ),
    Cause(
        "hinge-bare-hot",
        "a classifier's habits: hinge without penalty, Adam's betas 0.9 and 0.999, a constant rate of 0.01",
        named=False,
        half="fresh",
        names={
            OSCILLATION: "momentum and large steps in a game that nothing damps: it circles",
            DIVERGENCE: "nothing bounds the scores, and the hinge's other side has no bound for G",
            COLLAPSE: "G is thrown into one place and follows it about, or its units die",
            STRONG: "unpenalised, D can win at once: beyond the margin it is content and as steep as it likes",
        },
    ),
    Cause(
        "undecayed-unaveraged",
        "both rates 10 times too high to the very end, and no average of the generator to hide it",
        named=False,
        half="fresh",
        names={
            OSCILLATION: "the game keeps swinging, and what is shown is wherever it just is",
            DIVERGENCE: "rates that never come down may throw it out for good",
        },
    ),
    Cause(
        "descent-plain",
        "plain descent without momentum, at the rates that were meant for Adam",
        named=False,
        half="fresh",
        names={
            STAGNATION: "steps as small as the gradient itself: nothing is learned within the run",
            ASLEEP: "the discriminator's share in it: it hardly moves",
        },
    ),
    Cause(
        "penalty-too-rare",
        "laziness overdone: penalties in every 250th step, and there 250 times as strong",
        named=False,
        half="fresh",
        names={
            OSCILLATION: "D is struck flat at a blow and grows steep again, over and over",
            ASLEEP: "after each blow D is flat, and Adam's running square keeps it from moving",
            DIVERGENCE: "between the blows nothing bounds it, and each blow is out of all proportion",
        },
    ),
    Cause(
        "clipping-left-over",
        "a line that was left over from a Wasserstein critic: weights clipped to +-0.01 under another objective",
        named=False,
        half="fresh",
        names={
            ASLEEP: "with weights that small its scores are all the same",
            STAGNATION: "its slope is next to nothing",
        },
    ),
    Cause(
        "discriminator-batch-norm",
        "batch normalisation in the discriminator, which judges real and forged batches apart",
        named=False,
        half="fresh",
        names={
            OSCILLATION: "its slopes change with each batch's statistics",
            DIVERGENCE: "each batch is centred and scaled by itself: forgeries that drift off as one go unnoticed",
            ASLEEP: "what tells the batches apart, their place and their width, is normalised away",
        },
    ),
    Cause(
        "discriminator-saturating",
        "a discriminator of ten tanh layers with torch's first weights",
        named=False,
        half="fresh",
        names={
            ASLEEP: "little passes ten such layers: it says nearly the same of everything",
            STAGNATION: "next to no slope comes back through them",
        },
    ),
    Cause(
        "noise-unfading",
        "noise of 3 standard deviations of the data on all that is judged, to the very end",
        named=False,
        half="fresh",
        names={
            ASLEEP: "through so much noise nothing can be told apart",
            STAGNATION: "what is finer than the noise is never learned",
        },
    ),
    Cause(
        "units-mixed",
        "half of the rows have one column in another unit: a thousand times as large",
        named=False,
        half="fresh",
        names={DATA: "half of the column is squeezed into one place by the other half"},
        curable=False,
    ),
    Cause(
        "rounded",
        "numbers are saved without decimals: rounded to half a standard deviation",
        named=False,
        half="fresh",
        names={
            DATA: "few different numbers are left, and most rows equal another",
            STRONG: "what lies between the steps is told apart with ease, and a G without steps must lie there",
        },
        curable=False,
    ),
)
