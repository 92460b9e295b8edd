"""GAN as it was in 2014: two dense networks, minimax, descent with momentum (arXiv:1406.2661).

The hyperparameters that the paper leaves out are those of its authors' MNIST experiment.
"""

from __future__ import annotations

from ganforge.core.recipe import EmaSettings, LatentSettings, Lineage, OptimizerSettings, Recipe
from ganforge.core.records import DataCard
from ganforge.core.schedule import Schedule
from ganforge.core.settings import Part
from ganforge.recipes._recipes import (
    SAME_ON_NUMBERS,
    SHOWS_THE_AVERAGE,
    budget_for,
    latent_for,
    networks_for_numbers,
    of_pictures,
)

LINEAGE = Lineage(
    paper=(
        "Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville, Bengio, "
        "Generative Adversarial Networks (2014), arXiv:1406.2661"
    ),
    brought=(
        "The game itself: G learns from nothing but D's gradient; no likelihood, no Markov chain. "
        "D learns to tell real from fake, G to lower log(1 - D(G(z)))."
    ),
    cures=(
        "The blur and the slow sampling of the likelihood models of its day. It leaves all that the other recipes "
        "cure: G's gradient vanishes where D wins, modes are dropped, the two circle each other."
    ),
    use="To see where it began and why there are other recipes. Not for results.",
    deviations=(
        (
            "G's loss is the minimax one of the paper's algorithm 1, which saturates; the paper itself says that "
            "log D(G(z)) works better, and the authors' code has it: --set objective.name=non-saturating."
        ),
        (
            "What the paper leaves out is from the authors' MNIST experiment: networks, small first weights, dropout, "
            "batches of 100, rates (D's half of G's, since there D's loss is halved) and their fall. There the fall is "
            "over 250 epochs, here over the run; their momentum rises from 0.5 to 0.7, here it stays at 0.5."
        ),
        (
            "z is uniform in [-1, 1], theirs in +-sqrt(3). Pictures lie in [-1, 1] and end in tanh, theirs in [0, 1] "
            "and in a sigmoid, whose first biases give the mean picture; here they are 0."
        ),
        SHOWS_THE_AVERAGE,
        SAME_ON_NUMBERS + " Their first weights are torch's, and there is no dropout.",
    ),
)

DENSE = {
    "width": 1200,
    "depth": 2,
    "init": "small",
    "discriminator_width": 240,
    "discriminator_pieces": 5,
    "discriminator_dropout": 0.5,
    "discriminator_input_dropout": 0.2,
}
"""The MNIST networks: G of 1200 rectifiers twice, D of 240 maxout units of 5 pieces twice, with dropout."""


def recipe(data: DataCard) -> Recipe:
    """The paper's game with its authors' MNIST hyperparameters."""
    pictures = of_pictures(data)
    return Recipe(
        name="gan",
        why="the GAN of 2014, as it was",
        networks=Part("mlp", DENSE) if pictures else networks_for_numbers({"init": "torch"}),
        objective=Part("minimax"),
        generator=_sgd(0.1),
        discriminator=_sgd(0.05),
        batch=100,
        latent=LatentSettings(uniform=100) if pictures else latent_for(data),
        ema=EmaSettings(half_life_kimg=5.0),
        budget=budget_for(data),
        lineage=LINEAGE,
    )


def _sgd(rate: float) -> OptimizerSettings:
    """Falls to 0.6 of its rate, as 1 / 1.000004 an update does in 250 epochs of 500 updates."""
    lr = Schedule(rate, end=0.6 * rate, shape="geometric")
    return OptimizerSettings(lr=lr, betas=(0.5, 0.0), method="sgd")
