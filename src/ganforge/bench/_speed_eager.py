"""The first baseline of `bench speed`: a plain PyTorch loop, as somebody writes it who knows GANs and PyTorch.

Float32, contiguous N,C,H,W, torch's Adam as it comes, all data in memory as floats, forgeries without a graph where the
generator does not learn, the discriminator frozen while it does. The networks, the objective's formula and the
schedules are the recipe's own; of Ganforge's training nothing is used. It computes what Ganforge computes: a test holds
the gradients of a step against each other.
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

from ganforge.augment._policy import make_augmenter
from ganforge.bench._speed_cases import Opened
from ganforge.core.errors import SettingError
from ganforge.core.recipe import OptimizerSettings, PenaltySettings, Recipe
from ganforge.core.seeding import Draws
from ganforge.losses.objective import OBJECTIVES
from ganforge.losses.projection import PROJECTIONS
from ganforge.networks._pair import PAIRS


class Networks:
    """Fresh players by a recipe's own pair, and how they are asked."""

    def __init__(self, opened: Opened, seed: int) -> None:
        recipe, data = opened.recipe, opened.data
        torch.manual_seed(seed)
        pair = recipe.networks.build(PAIRS.get(recipe.networks.name))
        channels, *sides = data.card.shape
        self.generator: nn.Module = pair.generator(data.card.shape, recipe.latent.length, 0)
        self.discriminator: nn.Module = pair.discriminator((channels * recipe.packing, *sides), 0)
        self.objective = recipe.objective.build(OBJECTIVES.get(recipe.objective.name))
        self._recipe = recipe
        self._domain = data.domain
        self._unused = Draws(seed, "head")  # heads of pictures and numbers draw nothing
        part = recipe.augment
        self._augmenter = None if part is None else make_augmenter(part, data.domain.augmentations, data.card.shape)

    def latents(self, n: int) -> Tensor:
        """Fresh z (n, latent)."""
        latent = self._recipe.latent
        parts = [
            torch.randn(n, latent.normal),
            torch.rand(n, latent.uniform) * 2 - 1,
            torch.randint(2, (n, latent.signs)) * 2.0 - 1,
        ]
        return torch.cat(parts, dim=1)

    def forge(self, n: int) -> Tensor:
        """Fresh forgeries."""
        return self._domain.head(self.generator(self.latents(n), None), self._unused)

    def judge(self, x: Tensor) -> Tensor:
        """Scores, higher is more real."""
        if self._augmenter is not None:
            x = self._augmenter(x)
        if self._recipe.packing > 1:
            x = x.reshape(len(x) // self._recipe.packing, -1, *x.shape[2:])
        scores: Tensor = self.discriminator(x, None).adversarial[0]
        return scores


class EagerLoop:
    """Trains step by step; for its speed alone, so that nothing is kept or shown."""

    def __init__(self, opened: Opened, total_steps: int, seed: int = 0) -> None:
        """`total_steps` is the length that the recipe's schedules are laid over."""
        self.networks = Networks(opened, seed)
        self.recipe = opened.recipe
        self.real = opened.data.batch(opened.data.split.train).real["x"].contiguous()
        self.done = 0
        self._total_steps = total_steps
        self._order = torch.randperm(len(self.real))
        self._shown = 0
        self.average = copy.deepcopy(self.networks.generator).requires_grad_(False)
        self.generator_optimizer = plain_optimizer(self.networks.generator, self.recipe.generator)
        self.discriminator_optimizer = plain_optimizer(self.networks.discriminator, self.recipe.discriminator)
        self._projections = [part.build(PROJECTIONS.get(part.name)) for part in self.recipe.projections]

    @property
    def samples_per_step(self) -> int:
        """Real samples shown in one step."""
        return self.recipe.batch * self.recipe.discriminator_steps

    @property
    def cycle(self) -> int:
        """After so many steps the lazy penalties come round again."""
        return math.lcm(*(penalty.every for penalty in self.recipe.penalties))

    def step(self) -> None:
        """Discriminator, generator, average."""
        progress = min(1.0, self.done / self._total_steps)
        kimg = self.done * self.samples_per_step / 1000
        set_rate(self.discriminator_optimizer, self.recipe.discriminator, progress, kimg)
        set_rate(self.generator_optimizer, self.recipe.generator, progress, kimg)
        real = self.real[:0]
        for _ in range(self.recipe.discriminator_steps):
            with torch.no_grad():
                passing = self.networks.forge(self.recipe.batch)
            real = self.next_batch()
            self._discriminator_step(real, passing, progress)
        self._generator_step(real, self.networks.forge(self.recipe.batch))
        self.done += 1
        self._move_average()

    def next_batch(self) -> Tensor:
        """Real samples, each once an epoch."""
        if self._shown + self.recipe.batch > len(self.real):
            self._order, self._shown = torch.randperm(len(self.real)), 0
        rows = self._order[self._shown : self._shown + self.recipe.batch]
        self._shown += self.recipe.batch
        return self.real[rows]

    def _discriminator_step(self, real: Tensor, fake: Tensor, progress: float) -> None:
        due = [penalty for penalty in self.recipe.penalties if self.done % penalty.every == 0]
        names = {settings.penalty.name for settings in due}
        real.requires_grad_("r1" in names)
        fake.requires_grad_("r2" in names)
        on_real, on_fake = self.networks.judge(real), self.networks.judge(fake)
        loss = self.networks.objective.discriminator_loss(on_real, on_fake).mean()
        for settings in due:
            penalty = penalty_of(self.networks, settings, real, fake, on_real, on_fake)
            loss = loss + penalty * (settings.weight.at(progress) * settings.every)
        self.discriminator_optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.discriminator_optimizer.step()
        for projection in self._projections:
            projection(self.networks.discriminator.parameters())

    def _generator_step(self, real: Tensor, fake: Tensor) -> None:
        self.networks.discriminator.requires_grad_(False)
        on_fake = self.networks.judge(fake)
        compares = self.networks.objective.generator_sees_real
        on_real = self.networks.judge(real.detach()) if compares else torch.full_like(on_fake, torch.nan)
        loss = self.networks.objective.generator_loss(on_real, on_fake).mean()
        self.generator_optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.generator_optimizer.step()
        self.networks.discriminator.requires_grad_(True)

    @torch.no_grad()
    def _move_average(self) -> None:
        seen = self.done * self.samples_per_step
        ema = self.recipe.ema
        half_life = min(ema.half_life_kimg * 1000, max(1.0, seen * ema.ramp_up))
        newer = 1 - 0.5 ** (self.samples_per_step / half_life)
        for mine, its in zip(self.average.parameters(), self.networks.generator.parameters(), strict=True):
            mine.lerp_(its, newer)
        for average, now in zip(self.average.buffers(), self.networks.generator.buffers(), strict=True):
            if average.is_floating_point():
                average.lerp_(now, newer)
            else:
                average.copy_(now)


def penalty_of(
    networks: Networks, settings: PenaltySettings, real: Tensor, fake: Tensor, on_real: Tensor, on_fake: Tensor
) -> Tensor:
    """The unweighted penalty.

    Raises:
        SettingError: the baselines do not have it.
    """
    match settings.penalty.name:
        case "r1":
            return slopes(on_real, real).square().sum() / (2 * len(on_real))
        case "r2":
            return slopes(on_fake, fake).square().sum() / (2 * len(on_fake))
        case "wgan-gp":
            share = torch.rand(len(on_real)).repeat_interleave(len(real) // len(on_real))
            share = share.reshape(-1, *[1] * (real.ndim - 1))
            between = torch.lerp(fake, real, share).requires_grad_()
            norms = slopes(networks.judge(between), between).reshape(len(on_real), -1).norm(dim=1)
            off: Tensor = norms - float(settings.penalty.settings.get("target", 1.0))
            return off.square().mean()
        case name:
            raise SettingError(f"The baselines have no penalty '{name}'; they have r1, r2 and wgan-gp.")


def slopes(scores: Tensor, x: Tensor) -> Tensor:
    """The gradient of each score with respect to its sample, to be differentiated once more."""
    (slope,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return slope


def plain_optimizer(network: nn.Module, settings: OptimizerSettings) -> torch.optim.Optimizer:
    """As torch makes it when nothing is said of fusing."""
    rate, (decay, square_decay) = settings.lr.at(0.0), settings.betas
    match settings.method:
        case "adam":
            return torch.optim.Adam(network.parameters(), rate, settings.betas, settings.eps)
        case "rmsprop":
            return torch.optim.RMSprop(network.parameters(), rate, square_decay, settings.eps)
        case "sgd":
            return torch.optim.SGD(network.parameters(), rate, momentum=decay)


def set_rate(optimizer: torch.optim.Optimizer, settings: OptimizerSettings, progress: float, kimg: float) -> None:
    """The learning rate as its schedule has it."""
    for group in optimizer.param_groups:
        group["lr"] = settings.lr.at(progress, kimg)


def steps_over(recipe: Recipe, kimg: float) -> int:
    """Steps of a training of so many k samples."""
    return max(1, round(kimg * 1000 / (recipe.batch * recipe.discriminator_steps)))
