"""Options of the fully connected pair."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import nn

from ganforge.core.errors import SettingError
from ganforge.core.settings import Part
from ganforge.networks.blocks.activations import ActivationName
from ganforge.networks.blocks.dense import FourierFeatures
from ganforge.networks.mlp import MlpPair


def linear_layers(network: nn.Module) -> list[tuple[int, int]]:
    return [(m.in_features, m.out_features) for m in network.modules() if isinstance(m, nn.Linear)]


def test_width_and_depth_are_those_of_the_hidden_layers() -> None:
    pair = MlpPair(width=16, depth=2)
    assert linear_layers(pair.generator((2,), 5, 0)) == [(5, 16), (16, 16), (16, 2)]
    assert linear_layers(pair.discriminator((2,), 0)) == [(2, 16), (16, 16), (16, 1)]


def test_the_discriminator_can_differ() -> None:
    pair = MlpPair(
        width=16, depth=1, activation="relu", discriminator_width=8, discriminator_depth=2,
        discriminator_activation="tanh", fourier=3,
    )  # fmt: skip
    assert linear_layers(pair.generator((2,), 5, 0)) == [(5, 16), (16, 2)]
    judge = pair.discriminator((2,), 0)
    assert linear_layers(judge) == [(2 + 2 * 3, 8), (8, 8), (8, 1)]
    assert sum(isinstance(module, nn.Tanh) for module in judge.modules()) == 2


@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_every_activation_can_be_named_in_a_recipe(activation: str) -> None:
    pair = Part("mlp", {"activation": activation, "width": 8}).build(MlpPair)
    x = pair.generator((2,), 3, 0)(torch.randn(4, 3), None)
    assert torch.isfinite(pair.discriminator((2,), 0)(x, None).adversarial[0]).all()


def test_fourier_features_keep_the_input_and_travel_with_the_weights() -> None:
    torch.manual_seed(0)
    features = FourierFeatures(2, 5, highest=30.0)
    x = torch.randn(7, 2)
    out = features(x)
    angles = x @ features.directions
    torch.testing.assert_close(out, torch.cat([x, torch.sin(angles), torch.cos(angles)], dim=1))
    frequencies = features.directions.norm(dim=0)
    torch.testing.assert_close(frequencies[[0, -1]], torch.tensor([1.0, 30.0]))
    assert "directions" in features.state_dict()
    assert not list(features.parameters())


def test_he_keeps_the_size_of_what_goes_through() -> None:
    torch.manual_seed(0)
    hidden = MlpPair(width=512, depth=6, init="he").discriminator((512,), 0).get_submodule("hidden")
    assert 0.5 < hidden(torch.randn(64, 512), None).square().mean().item() < 2.0


def test_he_spreads_the_kinks_of_the_first_layer_over_the_data() -> None:
    torch.manual_seed(0)
    first = MlpPair(width=400, init="he").discriminator((784,), 0).get_submodule("hidden.0")
    assert isinstance(first, nn.Linear)
    assert -1 <= first.bias.min() < -0.9 and 0.9 < first.bias.max() <= 1


def test_small_first_weights_lie_between_their_bounds_in_every_layer() -> None:
    torch.manual_seed(0)
    pair = MlpPair(width=200, init="small", discriminator_pieces=2, discriminator_labels="auxiliary")
    for network, bound in ((pair.generator((30,), 20, 3), 0.05), (pair.discriminator((30,), 3), 0.005)):
        layers = [module for module in network.modules() if isinstance(module, nn.Linear)]
        assert len(layers) >= 4
        for layer in layers:
            assert 0.9 * bound < layer.weight.max() <= bound
            assert -bound <= layer.weight.min() < -0.9 * bound
            assert not layer.bias.any()


def test_a_share_of_a_samples_numbers_is_hidden_from_the_discriminator_in_training_only() -> None:
    judge = MlpPair(width=8, depth=1, discriminator_input_dropout=0.2).discriminator((1, 100, 100), 0)
    seen: list[torch.Tensor] = []
    judge.get_submodule("hidden").register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    x = torch.ones(1, 1, 100, 100)
    torch.manual_seed(0)
    judge(x, None)
    judge.eval()
    judge(x, None)
    assert set(seen[0].flatten().tolist()) == {0.0, 1.25}  # the mean stays
    assert abs((seen[0] == 0).float().mean().item() - 0.2) < 0.02
    assert set(seen[1].flatten().tolist()) == {1.0}


@pytest.mark.parametrize(
    "settings",
    [
        {"width": 0},
        {"depth": 0},
        {"fourier": -1},
        {"fourier_highest": 0.0},
        {"fourier_highest": -3.0},
        {"fourier_highest": float("inf")},
        {"fourier_highest": float("nan")},
        {"discriminator_width": 0},
        {"discriminator_dropout": 1.0},
        {"discriminator_input_dropout": -0.1},
        {"discriminator_input_dropout": 1.0},
        {"activation": "rely"},
    ],
)
def test_impossible_options_are_refused_by_name(settings: dict[str, object]) -> None:
    with pytest.raises(SettingError, match=next(iter(settings))):
        Part("mlp", settings).build(MlpPair)
