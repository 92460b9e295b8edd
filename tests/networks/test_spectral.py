"""Spectral normalisation of every pair of networks that can have it."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ganforge.core.records import Scores
from ganforge.networks._pair import PAIRS
from ganforge.networks.blocks.spectral import Spectral
from tests.networks.players import Shape, asked, latents, pairs_of_tensors, players, samples, small

BOTH_SPECTRAL: dict[str, object] = {"generator_spectral": True, "discriminator_spectral": True}
every_spectral_pair = pytest.mark.parametrize(
    ("name", "shape"), [(name, shape) for name, shape in small() if not set(BOTH_SPECTRAL) & set(PAIRS.get(name).lacks)]
)


def largest_singular_values(network: nn.Module) -> dict[str, float]:
    """Of every linear layer's and convolution's weights, with outputs as rows."""
    found: dict[str, float] = {}
    for name, layer in network.named_modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            weight = layer.weight.detach()
            matrix = (weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else weight).flatten(1)
            found[name] = float(torch.linalg.matrix_norm(matrix, 2))
    return found


def moved(network: nn.Module, by: float = 1.0) -> None:
    """As by training: every weight elsewhere than where the power iteration began."""
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(by * torch.randn_like(weight) * (weight.std() if weight.numel() > 1 else 1.0))


@every_spectral_pair
def test_the_largest_singular_values_are_one(name: str, shape: Shape) -> None:
    attention: dict[str, object] = {} if "attention" in PAIRS.get(name).lacks else {"attention": 8}
    both = players(name, shape, 3, 0, {**BOTH_SPECTRAL, **attention})
    for network, x in zip(both, (latents(), samples(shape)), strict=True):
        moved(network)
        for _ in range(60):
            network(x, asked(3))
        for layer, value in largest_singular_values(network.eval()).items():
            assert value == pytest.approx(1.0, abs=0.02), layer


@every_spectral_pair
def test_an_average_of_spectral_networks_is_normalised(name: str, shape: Shape) -> None:
    """Weights and the vectors of the power iteration are averaged alike; sigma is that of the averaged weights."""
    generator, _ = players(name, shape, 0, 0, BOTH_SPECTRAL)
    average = copy.deepcopy(generator).eval()
    for _ in range(40):
        moved(generator, 0.05)
        generator(latents(), None)
        for mine, its in pairs_of_tensors(average, generator):
            if mine.is_floating_point():
                mine.lerp_(its, 0.2)
    before = average(latents(), None)
    assert torch.isfinite(before).all()
    assert torch.equal(average(latents(), None), before)  # looking changes nothing
    for layer, value in largest_singular_values(average).items():
        assert value == pytest.approx(1.0, abs=0.1), layer


@every_spectral_pair
def test_spectral_networks_travel_by_copy_and_by_state(name: str, shape: Shape) -> None:
    both = players(name, shape, 3, 0, BOTH_SPECTRAL)
    strangers = players(name, shape, 3, 1, BOTH_SPECTRAL)
    for network, stranger, x in zip(both, strangers, (latents(), samples(shape)), strict=True):
        network(x, asked(3))  # the power iteration is under way
        stranger.load_state_dict(network.state_dict())
        travellers = (stranger, copy.deepcopy(network))
        for _ in range(2):
            said = out(network, x)
            assert all(torch.equal(out(other, x), said) for other in travellers)
        for other in travellers:
            assert any(isinstance(module, Spectral) for module in other.modules())
            assert all(torch.equal(a, b) for a, b in pairs_of_tensors(other, network))


def out(network: nn.Module, x: Tensor) -> Tensor:
    """What it says: samples or scores."""
    said = network(x, asked(3))
    return said.adversarial[0] if isinstance(said, Scores) else said


@every_spectral_pair
def test_only_the_discriminators_embeddings_are_normalised(name: str, shape: Shape) -> None:
    for network, expected in zip(players(name, shape, 3, 0, BOTH_SPECTRAL), (False, True), strict=True):
        embeddings = [module for module in network.modules() if isinstance(module, nn.Embedding)]
        assert embeddings
        assert all(parametrize.is_parametrized(embedding) == expected for embedding in embeddings)
