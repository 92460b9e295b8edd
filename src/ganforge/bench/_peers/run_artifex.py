"""artifex's DCGAN by its own GANTrainer, compiled as its documentation shows, on pictures padded to 32 x 32.

Patched: D has no batch norm. With it the trainer's generator step fails, compiled or not: it changes D's statistics
from within the generator's gradient, which flax refuses.
"""

from __future__ import annotations

import jax  # type: ignore[import-not-found]
import numpy as np
import optax  # type: ignore[import-not-found]
from artifex.generative_models.core.configuration.gan_config import DCGANConfig  # type: ignore[import-not-found]
from artifex.generative_models.core.configuration.network_configs import ConvDiscriminatorConfig, ConvGeneratorConfig  # type: ignore[import-not-found]
from artifex.generative_models.models.gan import DCGAN  # type: ignore[import-not-found]
from artifex.generative_models.training.trainers import GANTrainer, GANTrainingConfig  # type: ignore[import-not-found]
from flax import nnx  # type: ignore[import-not-found]

from ._clock import Clock, asked, told

SIDE, LATENT = 32, 100
OWN_BATCH, OWN_WIDTHS = 64, (512, 256, 128, 64)
"""Its documentation's example."""
WIDTHS = (128, 64, 32)
"""From the smallest maps to the largest; as in Ganforge's default for its D."""


def main() -> None:
    """Train for as long as asked."""
    wanted = asked()
    pixels = np.load(wanted.data).astype(np.float32)[:, None] / 127.5 - 1
    edge = (SIDE - pixels.shape[-1]) // 2
    pictures = np.pad(pixels, ((0, 0), (0, 0), (edge, edge), (edge, edge)), constant_values=-1.0)
    batch, widths = (OWN_BATCH, OWN_WIDTHS) if wanted.own else (wanted.batch, WIDTHS)
    kernels = {"kernel_size": (4, 4), "stride": (2, 2), "padding": "SAME"}
    config = DCGANConfig(
        name="dcgan",
        generator=ConvGeneratorConfig(
            name="g",
            latent_dim=LATENT,
            hidden_dims=widths,
            output_shape=(1, SIDE, SIDE),
            activation="relu",
            batch_norm=True,
            **kernels,
        ),
        discriminator=ConvDiscriminatorConfig(
            name="d",
            hidden_dims=widths[::-1],
            input_shape=(1, SIDE, SIDE),
            activation="leaky_relu",
            leaky_relu_slope=0.2,
            batch_norm=False,
            **kernels,
        ),
    )
    model = DCGAN(config, rngs=nnx.Rngs(params=0, dropout=1, sample=2))
    trainer = GANTrainer(GANTrainingConfig(loss_type="vanilla"))
    of_generator = nnx.Optimizer(model.generator, optax.adam(2e-4, b1=0.5), wrt=nnx.Param)
    of_discriminator = nnx.Optimizer(model.discriminator, optax.adam(2e-4, b1=0.5), wrt=nnx.Param)
    discriminator_step, generator_step = nnx.jit(trainer.discriminator_step), nnx.jit(trainer.generator_step)
    key, dice, clock = jax.random.key(0), np.random.default_rng(0), Clock(wanted.seconds)
    for _ in clock.steps_that_fit():
        key, for_z, for_d = jax.random.split(key, 3)
        z = jax.random.normal(for_z, (batch, LATENT))
        real = pictures[dice.integers(len(pictures), size=batch)]
        discriminator_step(model.generator, model.discriminator, of_discriminator, real, z, for_d)
        loss, _ = generator_step(model.generator, model.discriminator, of_generator, z)
        loss.block_until_ready()
    weights = sum(leaf.size for leaf in jax.tree.leaves(nnx.state(model, nnx.Param)))
    told(clock, batch, f"DCGAN, {' '.join(map(str, widths))} channels, 32 x 32", weights)


if __name__ == "__main__":
    main()
