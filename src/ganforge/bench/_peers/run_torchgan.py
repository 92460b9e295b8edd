"""torchgan's DCGAN by its own Trainer, on pictures padded to 32 x 32 (its networks take powers of 2 alone).

Patched: it imports torchvision, whose build from the package registry does not fit a torch for CPUs alone and fails as
it begins; the module that torchgan names is imported without that beginning. The training is left in the middle of an
epoch, for at its end torchgan draws a grid by an argument that torchvision has renamed since, and fails.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from ._clock import Clock, asked, told

SIDE = 32
OWN_BATCH, OWN_WIDTH = 64, 64
"""Of its tutorial, and the default of its networks."""
WIDTHS = (16, 32)
"""Channels of G's largest and D's largest maps, as in Ganforge's default."""


def without_its_beginning(name: str) -> None:
    """From now on a package's modules can be imported, while the package itself does nothing."""
    found = importlib.util.find_spec(name)
    if found is not None and found.submodule_search_locations is not None:
        package = types.ModuleType(name)
        package.__path__ = list(found.submodule_search_locations)
        sys.modules[name] = package


def patch_torchvision() -> None:
    """Make the one module of it that is needed importable; nothing where it works as it is."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        for module in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[module]
        without_its_beginning("torchvision")
        importlib.import_module("torchvision.utils")


class TimeOver(Exception):
    """The training has lasted as long as asked."""


class Timed:
    """A DataLoader that is left when the time is over."""

    def __init__(self, loader: DataLoader[tuple[Tensor, ...]], clock: Clock) -> None:
        self._loader = loader
        self._clock = clock
        self.batch_size = loader.batch_size

    def __iter__(self) -> Iterator[list[Tensor]]:
        steps = self._clock.steps_that_fit()
        while True:
            for data in self._loader:
                if next(steps, steps) is steps:
                    raise TimeOver
                yield data


def main() -> None:
    """Train for as long as asked."""
    patch_torchvision()
    from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss  # type: ignore[import-not-found]
    from torchgan.models import DCGANDiscriminator, DCGANGenerator  # type: ignore[import-not-found]
    from torchgan.trainer import Trainer  # type: ignore[import-not-found]

    wanted = asked()
    torch.set_num_threads(wanted.threads)
    pixels = torch.from_numpy(np.load(wanted.data)).float()[:, None] / 127.5 - 1
    edge = (SIDE - pixels.shape[-1]) // 2
    pictures = nn.functional.pad(pixels, (edge,) * 4, value=-1.0)
    labels = torch.zeros(len(pictures), dtype=torch.long)
    batch = OWN_BATCH if wanted.own else wanted.batch
    of_generator, of_discriminator = (OWN_WIDTH, OWN_WIDTH) if wanted.own else WIDTHS
    adam = {"name": torch.optim.Adam, "args": {"lr": 0.0002, "betas": (0.5, 0.999)}}
    trainer = Trainer(
        {
            "generator": {
                "name": DCGANGenerator,
                "args": {"out_channels": 1, "step_channels": of_generator},
                "optimizer": adam,
            },
            "discriminator": {
                "name": DCGANDiscriminator,
                "args": {"in_channels": 1, "step_channels": of_discriminator},
                "optimizer": adam,
            },
        },
        [MinimaxGeneratorLoss(), MinimaxDiscriminatorLoss()],
        device=torch.device("cpu"),
        epochs=1,
        sample_size=batch,
    )
    clock = Clock(wanted.seconds)
    loader = DataLoader(TensorDataset(pictures, labels), batch_size=batch, shuffle=True, drop_last=True)
    with contextlib.suppress(TimeOver):
        trainer(Timed(loader, clock))
    weights = sum(w.numel() for net in (trainer.generator, trainer.discriminator) for w in net.parameters())
    told(clock, batch, f"DCGAN, {of_generator} and {of_discriminator} channels, 32 x 32", weights)


if __name__ == "__main__":
    main()
