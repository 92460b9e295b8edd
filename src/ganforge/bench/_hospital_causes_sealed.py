"""Causes of the sealed part, written when the fresh part had been looked at; see `_hospital_causes`.

Whoever wrote them had not opened the doctor's signs; docs/hospital.md says what they had seen.
"""

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

SEALED: tuple[Cause, ...] = (
    Cause(
        "discriminator-fades",
        "a scheduler that is stepped too often: the discriminator's rate is gone after a tenth of the run, and the "
        "generator goes on",
        named=False,
        half="sealed",
        names={
            ASLEEP: "from then on it follows no more",
            COLLAPSE: "against an opponent that stands still, G gathers at the place that scores highest",
            DIVERGENCE: "a score that nobody corrects may rise without end: forgeries run away along it",
        },
    ),
    Cause(
        "generator-fades",
        "a scheduler that is stepped too often: the generator's rate is gone after a tenth of the run, and the "
        "discriminator goes on",
        named=False,
        half="sealed",
        names={
            STRONG: "it learns on against forgeries that stay as they are: ever more surely right",
            STAGNATION: "the generator moves no more",
        },
    ),
    Cause(
        "regularised-thrice",
        "a discriminator that is held by all means at once: spectral normalisation, half of its units left out, and "
        "penalties 100 times as strong",
        named=False,
        half="sealed",
        names={
            ASLEEP: "held so fast, it cannot tell anything apart",
            STAGNATION: "a flat D has no slope to learn from",
        },
    ),
    Cause(
        "penalty-feeble",
        "penalties 10,000 times too weak, as if meant for another scale of the data",
        named=False,
        half="sealed",
        names={
            DIVERGENCE: "next to nothing bounds the scores",
            OSCILLATION: "a steep opponent drives the forgeries from place to place",
            STRONG: "as steep as it likes, it is right and leaves nothing to learn from",
            COLLAPSE: "few places remain where so steep an opponent gives a slope",
        },
    ),
    Cause(
        "batch-enormous",
        "batches of 8,192 for as many samples as the twin is shown: 62 or fewer updates",
        named=False,
        half="sealed",
        names={
            STAGNATION: "in so few steps nothing is learned within the run",
            ASLEEP: "the discriminator's share in it: it hardly moves",
        },
    ),
    Cause(
        "players-mismatched",
        "a generator of five layers of 256 units against a discriminator of eight units in all",
        named=False,
        half="sealed",
        names={
            ASLEEP: "eight units cannot tell good forgeries from bad ones",
            COLLAPSE: "eight units are content with forgeries in a few places",
            OSCILLATION: "their borders swing to wherever the forgeries are not",
        },
    ),
    Cause(
        "rmsprop-default",
        "RMSProp for both players at the rate that torch has where none is given, 0.01, to the very end",
        named=False,
        half="sealed",
        names={
            OSCILLATION: "both overshoot in turn",
            DIVERGENCE: "its first step is ten rates long: weights, scores and samples may run away",
            COLLAPSE: "the generator's units die at the first steps, and one sample is left for every z",
            ASLEEP: "the discriminator's units die at the first steps, and it says the same of everything",
        },
    ),
    Cause(
        "generator-sign",
        "the sign of the generator's loss is wrong: it raises what it should lower",
        named=False,
        half="sealed",
        names={
            STRONG: "G moves to where D is surest: forgeries are told apart with ease",
            DIVERGENCE: "forgeries flee from the data, the farther the better",
            COLLAPSE: "all gather where the score is lowest",
        },
        curable=False,
    ),
    Cause(
        "penalty-sign",
        "the sign of the penalties is wrong: the discriminator is rewarded for a slope",
        named=False,
        half="sealed",
        names={
            DIVERGENCE: "a slope that is rewarded grows without end, and the scores with it",
            OSCILLATION: "the generator chases slopes that are far too steep",
        },
        curable=False,
    ),
    Cause(
        "labels-shuffled",
        "samples are shuffled and their labels are not: D is told by a coin of each sample whether it is real",
        named=False,
        half="sealed",
        names={
            ASLEEP: "what it is told says nothing, and it cannot tell anything apart",
            STAGNATION: "a slope that is nothing but noise teaches nothing",
        },
        curable=False,
    ),
    Cause(
        "one-optimiser",
        "the generator's optimiser was given all weights: in its steps the discriminator's move as well",
        named=False,
        half="sealed",
        names={
            ASLEEP: "in each step of G it is moved to like what G makes",
            DIVERGENCE: "both raise the forgeries' scores together, and nothing stops them",
            COLLAPSE: "what is liked anyway needs no variety",
        },
        curable=False,
    ),
    Cause(
        "discriminator-restarted",
        "the discriminator's first weights are loaded again inside of the loop, every 50 of its updates",
        named=False,
        half="sealed",
        names={
            ASLEEP: "it never gets beyond its beginnings",
            OSCILLATION: "all that it said is unsaid again and again: G is sent back and forth",
            STAGNATION: "G is taught the same first lesson over and over",
        },
        curable=False,
    ),
    Cause(
        "weight-decay",
        "a weight decay of 1 in both optimisers, in the gradient, as torch's Adam has it",
        named=False,
        half="sealed",
        names={
            ASLEEP: "the discriminator's weights are pulled to nothing, and it says the same of everything",
            COLLAPSE: "the generator's weights are pulled to nothing: one sample is left for every z",
            STAGNATION: "what a step brings the decay takes",
        },
        curable=False,
    ),
    Cause(
        "gradients-kept",
        "gradients are never cleared: each step goes by the sum of all there ever were",
        named=False,
        half="sealed",
        names={
            OSCILLATION: "momentum without end swings through every optimum; in a game, ever wider",
            DIVERGENCE: "in a game, momentum without end has no resting point",
            COLLAPSE: "the generator is carried far past the data and dies there",
        },
        curable=False,
    ),
    Cause(
        "same-batch",
        "the loader is made anew in each step, by the same seed: every step is shown the same first batch",
        named=False,
        half="sealed",
        names={
            MEMORISING: "D knows the one batch by heart",
            STRONG: "a D that knows all that is real by heart is always right",
        },
        curable=False,
    ),
    Cause(
        "unshuffled",
        "rows are sorted by a column and are never shuffled: each batch is a sliver of the data",
        named=False,
        half="sealed",
        names={
            OSCILLATION: "each batch shows another part: both players run after it",
            COLLAPSE: "at any time G makes what is just being shown, and little else",
        },
        curable=False,
    ),
    Cause(
        "generator-tanh",
        "a tanh behind the generator's last layer, and numbers that are standardised: they reach beyond 1",
        named=False,
        half="sealed",
        names={
            STRONG: "what lies beyond 1 is told apart with ease, whatever G learns",
            COLLAPSE: "much of the data is out of reach, and samples gather at the border",
            STAGNATION: "it soon is as good as it can be, which is poor",
        },
        curable=False,
    ),
    Cause(
        "generator-relu",
        "a ReLU was left behind the generator's last layer: nothing below the middle can be made",
        named=False,
        half="sealed",
        names={
            STRONG: "what lies below the middle is told apart with ease, whatever G learns",
            COLLAPSE: "more than half of the data is out of reach, and what is stuck at 0 is the same for every z",
            STAGNATION: "it soon is as good as it can be, which is poor, and at 0 it has no slope",
        },
        curable=False,
    ),
    Cause(
        "page-repeated",
        "a download that got the same page of 100 rows a hundred times",
        named=False,
        half="sealed",
        names={
            DATA: "nearly every row equals another",
            MEMORISING: "what is learned is a hundred rows by heart",
        },
        curable=False,
    ),
    Cause(
        "pictures-unscaled",
        "pictures that were scaled to 0 to 1 are saved as whole numbers of 0 to 255: all is black, or next to it",
        named=False,
        half="sealed",
        names={DATA: "what was 255 levels of grey is two that can hardly be told apart"},
        curable=False,
    ),
)
