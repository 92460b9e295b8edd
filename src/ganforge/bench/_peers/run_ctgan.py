"""ctgan on rows of numbers: its training loop, without the fitting of mixtures before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from ctgan import CTGAN  # type: ignore[import-not-found]
from ctgan.synthesizers import ctgan as module  # type: ignore[import-not-found]

from ._clock import Clock, asked, told

ROWS = 5_000
"""Of the data: an epoch must be short, for the clock is looked at after each."""
OWN_BATCH = 500
PACK = 10
"""Its batch must be a multiple of this."""
DIMS = (128, 128, 128)
"""Of Ganforge's default for numbers."""


def main() -> None:
    """Train for as long as asked."""
    wanted = asked()
    torch.set_num_threads(wanted.threads)
    batch = OWN_BATCH if wanted.own else wanted.batch // PACK * PACK
    clock = Clock(wanted.seconds)

    def epochs(numbers: Any, **shown: Any) -> Iterator[int]:
        """In the place of its progress bar."""
        yield from (number for number, _ in enumerate(clock.steps_that_fit()))

    module.tqdm = epochs
    sizes = {} if wanted.own else {"generator_dim": DIMS, "discriminator_dim": DIMS}
    model = CTGAN(batch_size=batch, enable_gpu=False, epochs=1, **sizes)
    model.fit(np.load(wanted.data)[:ROWS])
    weights = sum(weight.numel() for weight in model._generator.parameters())  # noqa: SLF001 - it has no other name
    networks = f"{'its own networks' if wanted.own else '3 layers of 128'}, weights of its generator alone"
    told(clock, batch, networks, weights, steps_each=ROWS // batch)


if __name__ == "__main__":
    main()
