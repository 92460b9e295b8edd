"""One generator, one discriminator: noise becomes samples, samples become scores (arXiv:1406.2661)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganforge.augment._policy import Augmenter, make_augmenter
from ganforge.core.contracts import Domain, Phase, Term
from ganforge.core.errors import SettingError
from ganforge.core.recipe import LatentSettings, Recipe
from ganforge.core.records import Batch, Condition, DataCard, Forgery, Scores
from ganforge.core.seeding import Draws
from ganforge.games._game import Appraisal, PlayableGame, at_rest
from ganforge.losses.adversarial import DiscriminatorLoss, GeneratorLoss
from ganforge.losses.auxiliary import DiscriminatorClassLoss, GeneratorClassLoss
from ganforge.losses.objective import OBJECTIVES
from ganforge.losses.penalty import make_penalty
from ganforge.losses.projection import PROJECTIONS
from ganforge.networks._pair import PAIRS, Discriminator, Generator

GENERATOR, DISCRIMINATOR = "generator", "discriminator"


class NoiseGame(PlayableGame):
    """The original game. Labels, where the data have them, are given to both players."""

    judges: ClassVar[Mapping[str, str]] = {DISCRIMINATOR: "x"}
    averaged = (GENERATOR,)

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        latent: LatentSettings,
        domain: Domain,
        packing: int = 1,
        classes: int = 0,
        augmenter: Augmenter | None = None,
    ) -> None:
        super().__init__()
        self.players = nn.ModuleDict({GENERATOR: generator, DISCRIMINATOR: discriminator})
        self.latent = latent
        self._domain = domain
        self.judged_together = packing
        self._classes = classes
        self.augmenter = augmenter

    @classmethod
    def make(cls, recipe: Recipe, data: DataCard, domain: Domain) -> NoiseGame:
        pair = recipe.networks.build(PAIRS.get(recipe.networks.name))
        refusal = pair.takes(data.shape)
        if refusal is not None:
            raise SettingError(f"Recipe '{recipe.name}': the pair '{recipe.networks.name}' {refusal}")
        classes = len(data.classes)
        packs = recipe.packing
        if packs > 1 and classes and pair.classifies:
            raise SettingError(
                f"Recipe '{recipe.name}': a discriminator that judges {packs} samples at once cannot name the label of "
                "each. Set packing=1, or networks.settings.discriminator_labels=projection."
            )
        generator = pair.generator(data.shape, recipe.latent.length, classes)
        judged = (data.shape[0] * packs, *data.shape[1:])
        discriminator = pair.discriminator(judged, classes * packs)
        augment = recipe.augment
        augmenter = None if augment is None else make_augmenter(augment, domain.augmentations, data.shape)
        game = cls(generator, discriminator, recipe.latent, domain, packs, classes, augmenter)
        game.undecided = recipe.objective.build(OBJECTIVES.get(recipe.objective.name)).undecided
        return game

    @classmethod
    def phases(cls, recipe: Recipe) -> tuple[Phase, ...]:
        objective = recipe.objective.build(OBJECTIVES.get(recipe.objective.name))
        d_terms: list[Term] = [DiscriminatorLoss(objective)]
        g_terms: list[Term] = [GeneratorLoss(objective)]
        if recipe.networks.build(PAIRS.get(recipe.networks.name)).classifies:
            d_terms.append(DiscriminatorClassLoss(recipe.class_weight))
            g_terms.append(GeneratorClassLoss(recipe.class_weight))
        d_terms += [make_penalty(settings) for settings in recipe.penalties]
        return (
            Phase(
                name=DISCRIMINATOR,
                trains=(DISCRIMINATOR,),
                optimizer=DISCRIMINATOR,
                terms=tuple(d_terms),
                repeat=recipe.discriminator_steps,
                after=tuple(part.build(PROJECTIONS.get(part.name)) for part in recipe.projections),
            ),
            Phase(name=GENERATOR, trains=(GENERATOR,), optimizer=GENERATOR, terms=tuple(g_terms)),
        )

    def forge(self, batch: Batch, draws: Draws) -> Forgery:
        z = self.latents(len(batch), draws)
        raw = self.players[GENERATOR](z, batch.condition)
        return Forgery({"x": self._domain.head(raw.float(), draws)}, batch.condition)

    def judge(self, player: str, x: Tensor, condition: Condition | None) -> Scores:
        # At rest D sees things as they are
        if self.augmenter is not None and self.players[player].training:
            x = self.augmenter(x)
        if self.judged_together > 1:
            x, condition = self._packed(x, condition)
        scores: Scores = self.players[player](x, condition)
        return replace(scores, adversarial=tuple(scale.float() for scale in scores.adversarial))

    @property
    def steered(self) -> bool:
        return self.augmenter is not None and self.augmenter.steered

    def after_judging(self, judge: str, real_sign: Float[Tensor, ""], seen: int, progress: float) -> None:
        if self.augmenter is not None:
            self.augmenter.after_judging(real_sign, seen, progress)

    def steering(self) -> Mapping[str, Tensor]:
        """How strongly D's input is augmented."""
        # A copy: the strength itself moves on while the journal adds up what it was
        return {f"{DISCRIMINATOR}.augment": self.augmenter.strength.clone()} if self.augmenter is not None else {}

    def _packed(self, x: Tensor, condition: Condition | None) -> tuple[Tensor, Condition | None]:
        """Samples that follow each other, laid behind each other along their first axis (arXiv:1712.04086, section 2).

        What is missing in the last pack is taken from the first. In training nothing is: a batch is a multiple of a
        pack and is cut between packs alone.
        """
        count = -(-len(x) // self.judged_together) * self.judged_together
        if count != len(x):
            x = x[torch.arange(count, device=x.device) % len(x)]
        packed = x.reshape(count // self.judged_together, -1, *x.shape[2:])
        if condition is None or condition.labels is None:
            return packed, condition
        labels = condition.labels[torch.arange(count, device=x.device) % len(condition.labels)]
        # Each place in a pack has labels of its own, so that D knows which sample is to be what
        places = torch.arange(self.judged_together, device=x.device) * self._classes
        return packed, replace(condition, labels=labels.reshape(-1, self.judged_together) + places)

    def latents(self, n: int, draws: Draws) -> Float[Tensor, "n latent"]:
        coins = draws.integers(2, n, self.latent.signs) * 2.0 - 1.0
        parts = [draws.normal(n, self.latent.normal), coins]
        if self.latent.uniform:
            parts.insert(1, draws.uniform(n, self.latent.uniform) * 2.0 - 1.0)
        return torch.cat(parts, dim=1)

    def truncated(self, z: Float[Tensor, "n latent"], factor: float) -> Float[Tensor, "n latent"]:
        coins = self.latent.normal + self.latent.uniform
        return torch.cat([z[:, :coins] * factor, z[:, coins:]], dim=1)

    def between(
        self, start: Float[Tensor, "latent"], end: Float[Tensor, "latent"], share: float
    ) -> Float[Tensor, "latent"]:
        normal, coins_from = self.latent.normal, self.latent.normal + self.latent.uniform
        # Nothing was trained between the two sides of a coin: each turns at a moment of its own
        turned = (torch.arange(self.latent.signs) + 0.5) / max(1, self.latent.signs) < share
        coins = torch.where(turned, end[coins_from:], start[coins_from:])
        uniform = torch.lerp(start[normal:coins_from], end[normal:coins_from], share)
        return torch.cat([great_circle(start[:normal], end[:normal], share), uniform, coins])

    @torch.no_grad()
    def sample(self, z: Float[Tensor, "n latent"], labels: Int[Tensor, "n"] | None, draws: Draws) -> Tensor:
        condition = None if labels is None else Condition(labels=labels)
        return self._domain.head(self.players[GENERATOR](z, condition).float(), draws)

    @torch.no_grad()
    def appraise(self, x: Tensor) -> Appraisal:
        judge = cast("Discriminator", self.players[DISCRIMINATOR])
        with at_rest(self.players):
            shown = [self._beside_forgeries(x, label) for label in range(max(1, self._classes))]
            # Where labels are not told beside the input, the features are the same for all
            looked = shown if judge.input.classes else shown[:1]
            features = [judge.features(packed, condition).float() for packed, condition in looked]
            of_each = features * (len(shown) // len(features))
            scores = [_scores_each(judge, f, told) for f, (_, told) in zip(of_each, shown, strict=True)]
        return Appraisal(torch.stack(scores).amax(0), torch.stack(features).mean(0))

    def _beside_forgeries(self, x: Tensor, label: int) -> tuple[Tensor, Condition | None]:
        """Each sample as the judge is used to see it: with a label, and where it sees packs, with the same company.

        Others that are asked about cannot be the company: what is said of one would depend on them.
        """
        labels = torch.full((len(x) * self.judged_together,), label)
        condition = Condition(labels=labels) if self._classes else None
        if self.judged_together == 1:
            return x, condition
        others, draws = self.judged_together - 1, Draws(0, "company")
        company = self.sample(self.latents(others, draws), labels[:others] if self._classes else None, draws)
        packs = torch.cat([x[:, None], company.expand(len(x), *company.shape)], dim=1)
        return self._packed(packs.flatten(0, 1), condition)


def _scores_each(judge: Discriminator, features: Tensor, condition: Condition | None) -> Tensor:
    """Scores of features; one by one where the head would compare them with each other."""
    rows = 1 if judge.head.company is not None else len(features)
    parts = range(0, len(features), rows)
    looks = [
        judge.head(features[i : i + rows], None if condition is None else condition.part(i, i + rows)) for i in parts
    ]
    return torch.cat([scale.float() for look in looks for scale in look.adversarial])


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
