"""Directions in latent space along which a generator's samples change most.

Closed-form factorisation (Shen and Zhou, arXiv:2007.06600, eq. 5): the eigenvectors of A^T A, where A are the weights
of the linear layers that take z. They are found by watching which layers are given z as it is, so that no architecture
has to be known. Where there is none, principal components (Härkönen et al., GANSpace, arXiv:2004.02546, section 2.2):
of many samples, led back to z by regression.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ganforge.core.contracts import Domain
from ganforge.core.seeding import Draws
from ganforge.games._game import PlayableGame

Method = Literal["factorisation", "components"]
MOST = 10
"""So many directions are handed out."""
DRAWN = 1024
"""z that are drawn to learn how they are spread."""
LOOKED_AT = 32
"""Samples whose change along a direction gives it its name."""
FOR_COMPONENTS = 512
"""Samples of which principal components are taken."""
NOTABLE = 0.5
"""A direction is named after what changes by at least so many standard deviations over two typical steps."""


@dataclass(frozen=True)
class Direction:
    """One direction."""

    name: str
    """What grows along it where a person would see it ("brightness"), else its number."""
    share: float
    """Of all that a step in z changes: the eigenvalue's share, or the component's of the variance."""
    z: Float[Tensor, "latent"]
    """Of length 1."""


@dataclass(frozen=True)
class Directions:
    """What is known of a generator's latent space."""

    method: Method
    found: tuple[Direction, ...]
    """The one along which most changes first."""
    step: float
    """Standard deviation of z along any line."""
    bounded: bool
    """Whether all of z lies within -1 and 1."""


def directions_of(game: PlayableGame, domain: Domain, classes: int) -> Directions:
    """The directions of a trained game; the same for the same weights.

    Args:
        game: in evaluation mode, on the CPU.
        domain: of its samples, whose traits give directions their names.
        classes: how many labels it was trained with; 0 = none. Samples are made of all of them in turn.
    """
    z = game.latents(DRAWN, Draws(0, "spread"))
    smooth = _smooth(game, z.shape[1])

    def samples(rows: Tensor) -> Tensor:
        return game.sample(rows, labels_in_turn(len(rows), classes), Draws(0, "directions"))

    weights = first_weights(game, z[:2], labels_in_turn(2, classes))
    method: Method = "components" if weights is None else "factorisation"
    vectors, shares = _components(samples, z, smooth) if weights is None else _factors(weights, smooth)
    step = float(z[:, smooth].std())
    named = _named(vectors, shares, step, z[:LOOKED_AT], samples, domain)
    return Directions(method, named, step, bool(z.abs().max() <= 1.0))


def labels_in_turn(n: int, classes: int) -> Int[Tensor, "n"] | None:
    """All labels one after the other; None where there are none."""
    return torch.arange(n) % classes if classes else None


def first_weights(
    game: PlayableGame, z: Float[Tensor, "n latent"], labels: Int[Tensor, "n"] | None
) -> Float[Tensor, "units latent"] | None:
    """Weights of the linear layers that are given z as it is, alone or with something (a label) behind it.

    None where the generator has no such layer.
    """
    latent = z.shape[1]
    found: list[Tensor] = []

    def look(layer: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
        (x,) = given
        if isinstance(layer, nn.Linear) and _begins_with(x, z):
            weights: Tensor = layer.weight
            found.append(weights.detach()[:, :latent].float())

    layers = [layer for layer in game.modules() if isinstance(layer, nn.Linear)]
    hooks = [layer.register_forward_hook(look) for layer in layers]
    try:
        game.sample(z, labels, Draws(0, "directions"))
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat(found) if found else None


def _begins_with(x: Tensor, z: Float[Tensor, "n latent"]) -> bool:
    """Whether each row of what a layer is given begins with a z."""
    return x.ndim == 2 and x.shape[1] >= z.shape[1] and torch.equal(x[:, : z.shape[1]].float(), z.float())


def _smooth(game: PlayableGame, latent: int) -> Bool[Tensor, "latent"]:
    """Which numbers of z can be moved in small steps: not coins, which truncation leaves as they are.

    All of them where there is nothing else.
    """
    moved = game.truncated(torch.ones(1, latent), 0.5)[0] != 1.0
    return moved if moved.any() else torch.ones(latent, dtype=torch.bool)


def _factors(
    weights: Float[Tensor, "units latent"], smooth: Bool[Tensor, "latent"]
) -> tuple[Float[Tensor, "k latent"], Float[Tensor, "k"]]:
    """Eigenvectors of A^T A by falling eigenvalue, and these as shares; only smooth numbers of z are moved."""
    A = weights[:, smooth].double()
    values, vectors = torch.linalg.eigh(A.T @ A)
    shares = values.flip(0).clamp_min(0) / values.clamp_min(0).sum().clamp_min(1e-300)
    return _spread_out(vectors.T.flip(0)[:MOST], smooth), shares[:MOST].float()


def _components(
    samples: Callable[[Tensor], Tensor], z: Float[Tensor, "n latent"], smooth: Bool[Tensor, "latent"]
) -> tuple[Float[Tensor, "k latent"], Float[Tensor, "k"]]:
    """Principal components of samples; the step in z that moves them along each (GANSpace, section 2.2)."""
    z = z[:FOR_COMPONENTS]
    x = samples(z).flatten(1).double()
    x = x - x.mean(0)
    values, places = torch.linalg.eigh(x @ x.T)
    along = places.T.flip(0)[: min(MOST, int(smooth.sum()))]  # unit coordinates of each sample on each component
    shares = values.flip(0)[: len(along)].clamp_min(0) / values.clamp_min(0).sum().clamp_min(1e-300)
    steps = along @ z[:, smooth].double()
    return _spread_out(steps / steps.norm(dim=1, keepdim=True).clamp_min(1e-12), smooth), shares.float()


def _spread_out(vectors: Tensor, smooth: Bool[Tensor, "latent"]) -> Float[Tensor, "k latent"]:
    """Vectors over the smooth numbers as vectors over all of z; the largest of each is positive."""
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    whole = torch.zeros(len(vectors), len(smooth))
    whole[:, smooth] = (vectors * torch.where(largest < 0, -1.0, 1.0)).float()
    return whole


def _named(
    vectors: Float[Tensor, "k latent"],
    shares: Float[Tensor, "k"],
    step: float,
    z: Float[Tensor, "n latent"],
    samples: Callable[[Tensor], Tensor],
    domain: Domain,
) -> tuple[Direction, ...]:
    """Each direction with a name, turned so that what it is named after grows along it."""
    spread = {trait.name: float(trait.values.std().clamp_min(1e-12)) for trait in domain.traits(samples(z))}
    named, taken = list[Direction](), set[str]()
    for number, (vector, share) in enumerate(zip(vectors, shares.tolist(), strict=True), start=1):
        more, less = (domain.traits(samples(z + sign * step * vector)) for sign in (1.0, -1.0))
        changes = {
            up.name: float((up.values - down.values).mean()) / spread[up.name]
            for up, down in zip(more, less, strict=True)
            if up.name not in taken
        }
        name = max(changes, key=lambda trait: abs(changes[trait]), default="")
        seen = name and abs(changes[name]) >= NOTABLE
        if seen:
            taken.add(name)
        turned = -vector if seen and changes[name] < 0 else vector
        named.append(Direction(name if seen else f"direction {number}", share, turned))
    return tuple(named)
