"""Causes that the list did not have with which the hospital began; see `_hospital_causes`."""

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

UNNAMED: tuple[Cause, ...] = (
    Cause(
        "average-too-long",
        "the averaged generator forgets its beginning a thousand times too slowly",
        named=False,
        half="untouched",
        names={STAGNATION: "the game goes well, but what is shown of it stands still"},
    ),
    Cause(
        "penalty-crushing",
        "penalties 10,000 times too strong",
        named=False,
        half="untouched",
        names={
            ASLEEP: "D is pressed flat and cannot tell anything apart",
            STAGNATION: "a flat D has no slope to learn from",
        },
    ),
    Cause(
        "clipping-tight",
        "a Wasserstein objective whose critic is clipped to +-0.0005 in place of a penalty",
        named=False,
        half="tuning",
        names={
            ASLEEP: "the critic's scores are all the same",
            STAGNATION: "its slope is next to nothing",
        },
    ),
    Cause(
        "clipping-loose",
        "a Wasserstein objective whose critic is clipped to +-10 in place of a penalty",
        named=False,
        half="tuning",
        names={
            DIVERGENCE: "scores grow by orders of magnitude before any weight is clipped",
            OSCILLATION: "the generator chases slopes that are far too steep",
        },
    ),
    Cause(
        "rates-low",
        "both learning rates are 300 times too low",
        named=False,
        half="untouched",
        names={
            STAGNATION: "at this pace nothing is learned within the run",
            ASLEEP: "the discriminator's share in it: it hardly moves",
        },
    ),
    Cause(
        "generator-rate-low",
        "the generator's learning rate is 1,000 times too low",
        named=False,
        half="tuning",
        names={
            STRONG: "the discriminator is far ahead and stays there",
            STAGNATION: "the generator hardly moves",
        },
    ),
    Cause(
        "discriminator-rate-low",
        "the discriminator's learning rate is 1,000 times too low",
        named=False,
        half="untouched",
        names={
            ASLEEP: "it does not follow: it tells nothing apart",
            COLLAPSE: "against an opponent that stands still, G gathers at the place that scores highest",
            DIVERGENCE: "a score that nobody corrects may rise without end: forgeries run away along it",
        },
    ),
    Cause(
        "eps-huge",
        "Adam's eps is 10: every step is a hundredth or less of what it should be",
        named=False,
        half="untouched",
        names={
            STAGNATION: "at this pace nothing is learned within the run",
            ASLEEP: "the discriminator's share in it: it hardly moves",
        },
    ),
    Cause(
        "rates-fade-early",
        "both rates fall to nothing within the first tenth of the run",
        named=False,
        half="tuning",
        names={
            STAGNATION: "from then on nothing moves",
            ASLEEP: "the discriminator's share in it: it no longer moves",
        },
    ),
    Cause(
        "generator-tiny",
        "a generator of one layer of two units",
        named=False,
        half="untouched",
        names={
            COLLAPSE: "two units cannot make the data's variety",
            STRONG: "what they can make is told apart with ease",
            STAGNATION: "it soon is as good as it can be, which is poor",
        },
    ),
    Cause(
        "deep-start",
        "sixteen layers in both networks, torch's first weights, no normalisation",
        named=False,
        half="tuning",
        names={
            STAGNATION: "no gradient passes sixteen such layers",
            ASLEEP: "the discriminator says the same of everything",
            COLLAPSE: "z is lost on its way: one sample for every z",
        },
    ),
    Cause(
        "generator-spectral",
        "spectral normalisation of the generator, which must stretch z and now cannot",
        named=False,
        half="tuning",
        names={
            COLLAPSE: "samples stay close together: much of the data is out of reach",
            STRONG: "what is out of reach is told apart with ease",
            STAGNATION: "it soon is as good as it can be, which is poor",
        },
    ),
    Cause(
        "discriminator-dropout",
        "dropout of 0.9 of the discriminator's units, and of 0.5 of its input",
        named=False,
        half="tuning",
        names={
            ASLEEP: "what is left of it cannot tell anything apart",
            STAGNATION: "a slope that is mostly noise teaches nothing",
            OSCILLATION: "the noise of its slope keeps the generator moving about",
        },
    ),
    Cause(
        "momentum-high",
        "plain descent at rate 0.1 with momentum 0.99 for both",
        named=False,
        half="tuning",
        names={
            OSCILLATION: "momentum swings through every optimum; in a game, ever wider",
            DIVERGENCE: "in a game, momentum that high has no resting point",
            COLLAPSE: "the generator is carried far past the data and dies there",
        },
    ),
    Cause(
        "packing-starved",
        "batches of 4 judged in packs of 4: one decision an update",
        named=False,
        half="tuning",
        names={
            OSCILLATION: "gradients of one decision are mostly noise: the game jumps about",
            STAGNATION: "what noise brings it also takes: it comes no closer",
            DIVERGENCE: "rates that suit 64 decisions are far too high for one",
            COLLAPSE: "G is pulled to where the last pack was",
        },
        curable=False,  # the planned samples are too few for larger batches
    ),
    Cause(
        "least-squares-hot",
        "least squares without penalty, both rates 100 times too high",
        named=False,
        half="untouched",
        names={
            DIVERGENCE: "squares punish every overshoot with a larger one",
            OSCILLATION: "both overshoot in turn",
            COLLAPSE: "the generator's units die, and one sample is left for every z",
            ASLEEP: "the discriminator's units die, and it says the same of everything",
        },
    ),
    Cause(
        "far-outlier",
        "one row whose numbers are 100,000 times as far out as the data reach",
        named=False,
        half="untouched",
        names={DATA: "all other rows are squeezed into one place"},
        curable=False,
    ),
    Cause(
        "three-rows",
        "three different rows, repeated ten thousand times",
        named=False,
        half="untouched",
        names={
            DATA: "nearly every row equals another",
            MEMORISING: "what is learned is three rows by heart",
        },
        curable=False,
    ),
    Cause(
        "fifty-rows-large-judge",
        "50 samples and a discriminator of four layers of 256 units without penalty",
        named=False,
        half="tuning",
        names={
            MEMORISING: "D knows the 50 by heart",
            DATA: "50 samples are too few to learn from",
            STRONG: "a D that knows all data by heart is always right",
        },
        curable=False,
    ),
    Cause(
        "fourier-too-high",
        "the discriminator sees Fourier features of far too high frequency, without penalty",
        named=False,
        half="untouched",
        names={
            MEMORISING: "with such features it knows single samples by heart",
            STRONG: "a D that looks at the last digits is always right, and its slope says nothing",
            OSCILLATION: "its slope changes sign from one place to the next",
            STAGNATION: "such a slope leads nowhere",
        },
    ),
    Cause(
        "missing-coded",
        "missing numbers are written as a code far outside the data, in one row of twenty",
        named=False,
        half="tuning",
        names={DATA: "numbers far off the scale squeeze the rest"},
        curable=False,
    ),
    Cause(
        "column-stuck",
        "a sensor is stuck: one column always has the same value",
        named=False,
        half="untouched",
        names={DATA: "a column says nothing"},
        curable=False,
    ),
    Cause(
        "unpenalised-ten-steps",
        "no penalty and ten steps of the discriminator for one of the generator, non-saturating",
        named=False,
        half="untouched",
        names={
            STRONG: "nothing holds a D that is ten steps ahead",
            COLLAPSE: "G is driven into a few places at a time",
            OSCILLATION: "G is driven from place to place",
            MEMORISING: "ahead so far, D learns single samples by heart",
        },
    ),
    Cause(
        "default-row",
        "four rows of five are one and the same: a form's default values",
        named=False,
        half="tuning",
        names={DATA: "most rows equal another"},
        curable=False,
    ),
)
