"""particlegan's GANTrainer with its default recipe, on rows of numbers."""

from __future__ import annotations

import numpy as np
import torch
from particlegan import GANTrainer, get_recipe, init  # type: ignore[import-not-found]
from torch import nn

from ._clock import Clock, asked, told

OWN_WIDTH, OWN_DEPTH = 128, 1
"""Of the networks in its first example."""
WIDTH, DEPTH = 128, 3
"""Of Ganforge's default for numbers."""


def dense(inputs: int, width: int, depth: int, outputs: int) -> nn.Sequential:
    """Hidden layers, and a linear one."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(inputs, width), nn.LeakyReLU(0.2)]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def main() -> None:
    """Train for as long as asked."""
    wanted = asked()
    torch.set_num_threads(wanted.threads)
    rows = torch.from_numpy(np.load(wanted.data)).float()
    rows = (rows - rows.mean(0)) / rows.std(0)
    width, depth = (OWN_WIDTH, OWN_DEPTH) if wanted.own else (WIDTH, DEPTH)
    recipe = get_recipe(total_steps=100_000) if wanted.own else get_recipe(total_steps=100_000, batch_size=wanted.batch)
    generator = dense(recipe.z_dim, width, depth, rows.shape[1])
    discriminator = dense(rows.shape[1], width, depth, 1)
    init.deterministic_orthogonal_(generator, seed=0)
    init.deterministic_orthogonal_(discriminator, seed=1)
    prior = init.deterministic_orthogonal_(recipe.make_prior())
    trainer = GANTrainer(recipe, generator, discriminator, prior=prior, seed=0)
    clock = Clock(wanted.seconds)
    for _ in clock.steps_that_fit():
        trainer.step(rows[torch.randint(len(rows), (recipe.batch_size,))])
    weights = sum(w.numel() for net in (generator, discriminator) for w in net.parameters())
    told(clock, recipe.batch_size, f"its default recipe, {depth} layers of {width}", weights)


if __name__ == "__main__":
    main()
