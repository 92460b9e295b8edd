"""The second baseline of `bench speed`: the loop of tutorials, on the same networks.

A `DataLoader` over a `Dataset` that turns one picture after the other into floats, real and fake samples each with a
backward pass of their own, the discriminator not frozen while the generator learns, every loss read with `.item()` in
every step, float32, torch's Adam as it comes. As the DCGAN tutorial of PyTorch does, it makes the forgeries once a
step, for both phases (Ganforge makes new ones: decision 20). Penalties are those of the recipe, in the same steps; an
average of the weights is not kept, for tutorials have none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ganforge.bench._speed_cases import Opened
from ganforge.bench._speed_eager import Networks, penalty_of, plain_optimizer, set_rate
from ganforge.core.errors import SettingError
from ganforge.losses.objectives.non_saturating import NonSaturating


class PictureSet(Dataset[Tensor]):
    """Bytes in memory, made floats sample by sample."""

    def __init__(self, pixels: npt.NDArray[np.uint8]) -> None:
        """`pixels` are (n, h, w) or (n, h, w, 3)."""
        self.pixels = pixels if pixels.ndim == 4 else pixels[..., None]

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> Tensor:
        """One picture (c, h, w) in [-1, 1]."""
        picture = torch.from_numpy(self.pixels[index]).permute(2, 0, 1).contiguous()
        return picture.float().div(255).sub(0.5).div(0.5)


class RowSet(Dataset[Tensor]):
    """Rows of numbers, made tensors row by row."""

    def __init__(self, rows: npt.NDArray[np.float32]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Tensor:
        """One row."""
        return torch.tensor(self.rows[index])


class NaiveLoop:
    """Trains step by step, as `EagerLoop` does."""

    def __init__(self, opened: Opened, total_steps: int, seed: int = 0) -> None:
        """
        Raises:
            SettingError: the recipe is none that the tutorials' loop can train.
        """
        self.recipe = recipe = opened.recipe
        if recipe.discriminator_steps != 1 or recipe.projections:
            raise SettingError(
                f"The naive baseline takes one step of each player and projects nothing; '{recipe.name}' asks for more."
            )
        self.networks = Networks(opened, seed)
        self.done = 0
        self.told = (0.0, 0.0)
        """The last losses of D and G."""
        self._total_steps = total_steps
        self._loader = DataLoader(_dataset(opened), batch_size=recipe.batch, shuffle=True, drop_last=True)
        self._batches: Iterator[Tensor] = iter(self._loader)
        self.generator_optimizer = plain_optimizer(self.networks.generator, recipe.generator)
        self.discriminator_optimizer = plain_optimizer(self.networks.discriminator, recipe.discriminator)
        self._bce = torch.nn.BCEWithLogitsLoss()
        self._labels = type(self.networks.objective) is NonSaturating  # whose losses are cross entropies

    @property
    def samples_per_step(self) -> int:
        """Real samples shown in one step."""
        return self.recipe.batch

    @property
    def cycle(self) -> int:
        """After so many steps the lazy penalties come round again."""
        return math.lcm(*(penalty.every for penalty in self.recipe.penalties))

    def step(self) -> None:
        """Discriminator, then generator."""
        progress = min(1.0, self.done / self._total_steps)
        kimg = self.done * self.samples_per_step / 1000
        set_rate(self.discriminator_optimizer, self.recipe.discriminator, progress, kimg)
        set_rate(self.generator_optimizer, self.recipe.generator, progress, kimg)
        real, fake = self._next_batch(), self.networks.forge(self.recipe.batch)
        self.networks.discriminator.zero_grad()
        of_discriminator = self._separately(real, fake) if self._labels else self._together(real, fake, progress)
        if self._labels:
            self._penalise(real, fake.detach(), progress)
        self.discriminator_optimizer.step()
        self.networks.generator.zero_grad()
        of_generator = self._fooled(real, fake)
        of_generator.backward()  # type: ignore[no-untyped-call]
        self.generator_optimizer.step()
        self.told = (of_discriminator, of_generator.item())
        self.done += 1

    def _separately(self, real: Tensor, fake: Tensor) -> float:
        """Two losses, two backward passes."""
        on_real = self.networks.judge(real)
        of_real = self._bce(on_real, torch.ones_like(on_real))
        of_real.backward()
        on_fake = self.networks.judge(fake.detach())
        of_fake = self._bce(on_fake, torch.zeros_like(on_fake))
        of_fake.backward()
        return float(of_real.item() + of_fake.item())

    def _together(self, real: Tensor, fake: Tensor, progress: float) -> float:
        """Where the loss compares real samples with forgeries it is one."""
        on_real, on_fake = self.networks.judge(real), self.networks.judge(fake.detach())
        loss = self.networks.objective.discriminator_loss(on_real, on_fake).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        self._penalise(real, fake.detach(), progress)
        return float(loss.item())

    def _penalise(self, real: Tensor, fake: Tensor, progress: float) -> None:
        """Each penalty that is due, with forward and backward passes of its own."""
        for settings in self.recipe.penalties:
            if self.done % settings.every == 0:
                on, off = real.detach().requires_grad_(), fake.detach().requires_grad_()
                nothing = torch.empty(len(on) // self.recipe.packing)  # only its length is asked for
                on_real = self.networks.judge(on) if settings.penalty.name == "r1" else nothing
                on_fake = self.networks.judge(off) if settings.penalty.name == "r2" else nothing
                penalty = penalty_of(self.networks, settings, on, off, on_real, on_fake)
                (penalty * (settings.weight.at(progress) * settings.every)).backward()  # type: ignore[no-untyped-call]

    def _fooled(self, real: Tensor, fake: Tensor) -> Tensor:
        on_fake = self.networks.judge(fake)
        if self._labels:
            loss: Tensor = self._bce(on_fake, torch.ones_like(on_fake))
            return loss
        return self.networks.objective.generator_loss(self.networks.judge(real), on_fake).mean()

    def _next_batch(self) -> Tensor:
        batch = next(self._batches, None)
        if batch is None:
            self._batches = iter(self._loader)
            batch = next(self._batches)
        return batch


def _dataset(opened: Opened) -> Dataset[Tensor]:
    real = opened.data.batch(opened.data.split.train).real["x"]
    if real.ndim == 4:
        return PictureSet(opened.data.domain.decode(real))
    return RowSet(real.numpy())
