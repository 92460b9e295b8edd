"""One generator, one discriminator: noise becomes samples, samples become scores (arXiv:1406.2661)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganforge.core.contracts import Domain, Phase
from ganforge.core.errors import SettingError
from ganforge.core.recipe import LatentSettings, Recipe
from ganforge.core.records import Batch, Condition, DataCard, Forgery, Scores
from ganforge.core.seeding import Draws
from ganforge.games._game import PlayableGame
from ganforge.losses.adversarial import DiscriminatorLoss, GeneratorLoss
from ganforge.losses.objective import OBJECTIVES
from ganforge.losses.penalty import make_penalty
from ganforge.networks._pair import PAIRS, Discriminator, Generator

GENERATOR, DISCRIMINATOR = "generator", "discriminator"


class NoiseGame(PlayableGame):
    """The original game. Labels, where the data have them, are given to both players."""

    judges: ClassVar[Mapping[str, str]] = {DISCRIMINATOR: "x"}
    averaged = (GENERATOR,)

    def __init__(
        self, generator: Generator, discriminator: Discriminator, latent: LatentSettings, domain: Domain
    ) -> None:
        super().__init__()
        self.players = nn.ModuleDict({GENERATOR: generator, DISCRIMINATOR: discriminator})
        self.latent = latent
        self._domain = domain

    @classmethod
    def make(cls, recipe: Recipe, data: DataCard, domain: Domain) -> NoiseGame:
        pair = recipe.networks.build(PAIRS.get(recipe.networks.name))
        refusal = pair.takes(data.shape)
        if refusal is not None:
            raise SettingError(f"Recipe '{recipe.name}': the networks '{recipe.networks.name}' {refusal}")
        classes = len(data.classes)
        generator = pair.generator(data.shape, recipe.latent.length, classes)
        return cls(generator, pair.discriminator(data.shape, classes), recipe.latent, domain)

    @classmethod
    def phases(cls, recipe: Recipe) -> tuple[Phase, ...]:
        objective = recipe.objective.build(OBJECTIVES.get(recipe.objective.name))
        penalties = tuple(make_penalty(settings) for settings in recipe.penalties)
        return (
            Phase(
                name=DISCRIMINATOR,
                trains=(DISCRIMINATOR,),
                optimizer=DISCRIMINATOR,
                terms=(DiscriminatorLoss(objective), *penalties),
                repeat=recipe.discriminator_steps,
            ),
            Phase(name=GENERATOR, trains=(GENERATOR,), optimizer=GENERATOR, terms=(GeneratorLoss(objective),)),
        )

    def forge(self, batch: Batch, draws: Draws) -> Forgery:
        z = self.latents(len(batch), draws)
        raw = self.players[GENERATOR](z, batch.condition)
        return Forgery({"x": self._domain.head(raw.float(), draws)}, batch.condition)

    def judge(self, player: str, x: Tensor, condition: Condition | None) -> Scores:
        scores: Scores = self.players[player](x, condition)
        return replace(scores, adversarial=tuple(scale.float() for scale in scores.adversarial))

    def latents(self, n: int, draws: Draws) -> Float[Tensor, "n latent"]:
        coins = draws.integers(2, n, self.latent.signs) * 2.0 - 1.0
        return torch.cat([draws.normal(n, self.latent.normal), coins], dim=1)

    def truncated(self, z: Float[Tensor, "n latent"], factor: float) -> Float[Tensor, "n latent"]:
        return torch.cat([z[:, : self.latent.normal] * factor, z[:, self.latent.normal :]], dim=1)

    def between(
        self, start: Float[Tensor, "latent"], end: Float[Tensor, "latent"], share: float
    ) -> Float[Tensor, "latent"]:
        normal = self.latent.normal
        # Nothing was trained between the two sides of a coin: each turns at a moment of its own
        turned = (torch.arange(self.latent.signs) + 0.5) / max(1, self.latent.signs) < share
        coins = torch.where(turned, end[normal:], start[normal:])
        return torch.cat([great_circle(start[:normal], end[:normal], share), coins])

    @torch.no_grad()
    def sample(self, z: Float[Tensor, "n latent"], labels: Int[Tensor, "n"] | None, draws: Draws) -> Tensor:
        condition = None if labels is None else Condition(labels=labels)
        return self._domain.head(self.players[GENERATOR](z, condition).float(), draws)


def great_circle(start: Float[Tensor, "latent"], end: Float[Tensor, "latent"], share: float) -> Float[Tensor, "latent"]:
    """The point at `share` of the way from one normal vector to another on a great circle (Shoemake 1985).

    On the straight line between them vectors would be shorter than normal ones are.
    """
    cosine = torch.dot(start, end) / (start.norm() * end.norm()).clamp_min(1e-12)
    angle = torch.arccos(cosine.clamp(-1.0, 1.0))
    if float(angle.sin().abs()) < 1e-4:
        return torch.lerp(start, end, share)
    return (torch.sin((1 - share) * angle) * start + torch.sin(share * angle) * end) / torch.sin(angle)


GAME = NoiseGame
