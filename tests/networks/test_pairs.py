"""What holds for every pair of networks, at every shape that it takes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import get_args

import pytest
import torch
from torch import Tensor

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition
from ganforge.networks._pair import PAIRS
from ganforge.networks.blocks.head import DiscriminatorLabels
from tests.networks.players import (
    BATCH,
    LATENT,
    Shape,
    asked,
    every_number_of_classes,
    every_pair,
    every_shape,
    every_small_pair,
    latents,
    pairs_of_tensors,
    players,
    samples,
    small,
    taken,
)


def test_the_pairs_are_found_by_scanning() -> None:
    assert set(PAIRS.names()) >= {"mlp", "dcgan"}


@every_pair
def test_it_cites_a_paper(name: str) -> None:
    assert re.search(r"arXiv:\d{4}\.\d{4,5}", PAIRS.summary(name))


@every_pair
def test_some_shape_is_taken(name: str) -> None:
    assert any(taker == name for taker, _ in taken())


@every_shape
@every_number_of_classes
@pytest.mark.parametrize("bf16", [False, True])
def test_samples_scores_and_slopes_are_as_promised(name: str, shape: Shape, classes: int, bf16: bool) -> None:
    generator, discriminator = players(name, shape, classes)
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        raw = generator(latents(), asked(classes))
        scores = discriminator(raw, asked(classes)).adversarial
    assert raw.shape == (BATCH, *shape)
    assert all(len(scale) == BATCH for scale in scores)
    assert all(x.dtype == torch.float32 and torch.isfinite(x).all() for x in (raw, *scores))
    torch.stack([scale.square().mean() for scale in scores]).sum().backward()  # type: ignore[no-untyped-call]
    for network in (generator, discriminator):
        for parameter_name, parameter in network.named_parameters():
            assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), parameter_name
            assert parameter.grad.abs().sum() > 0, parameter_name


@every_shape
@every_number_of_classes
def test_first_weights_follow_from_the_seed(name: str, shape: Shape, classes: int) -> None:
    once, again, other = (players(name, shape, classes, seed) for seed in (1, 1, 2))
    for first, same, different in zip(once, again, other, strict=True):
        assert all(torch.equal(a, b) for a, b in pairs_of_tensors(first, same))
        assert not all(torch.equal(a, b) for a, b in pairs_of_tensors(first, different))
    assert torch.equal(once[0](latents(), asked(classes)), again[0](latents(), asked(classes)))


@every_shape
def test_a_sample_does_not_depend_on_its_neighbours_once_trained(name: str, shape: Shape) -> None:
    generator, discriminator = players(name, shape, 0)
    generator.eval()
    discriminator.eval()
    together = generator(latents(), None)
    alone = generator(latents()[1:2], None)
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-5)
    scores, score = (discriminator(x.detach(), None).adversarial[0] for x in (together, together[1:2]))
    torch.testing.assert_close(scores[1:2], score, rtol=1e-4, atol=1e-5)


@every_shape
def test_labels_make_a_difference(name: str, shape: Shape) -> None:
    generator, discriminator = players(name, shape, 3)
    zeros, ones = (Condition(labels=torch.full((BATCH,), label)) for label in (0, 1))
    assert not torch.allclose(generator(latents(), zeros), generator(latents(), ones))
    x = torch.randn(BATCH, *shape)
    assert not torch.allclose(discriminator(x, zeros).adversarial[0], discriminator(x, ones).adversarial[0])


@every_shape
@every_number_of_classes
def test_a_score_is_made_of_the_features_of_each_sample_by_itself(name: str, shape: Shape, classes: int) -> None:
    _, discriminator = players(name, shape, classes)
    discriminator.eval()
    features = discriminator.features(samples(shape), asked(classes))
    assert features.ndim == 2 and len(features) == BATCH and features.std(0).max() > 0
    scores, expected = discriminator.head(features, asked(classes)), discriminator(samples(shape), asked(classes))
    assert torch.equal(scores.adversarial[0], expected.adversarial[0])
    alone = discriminator.features(samples(shape)[1:2], None if classes == 0 else Condition(labels=torch.tensor([1])))
    torch.testing.assert_close(features[1:2], alone, rtol=1e-4, atol=1e-5)


@every_small_pair
@pytest.mark.parametrize("labels", get_args(DiscriminatorLabels))
def test_features_know_the_label_only_where_it_is_told_beside_the_input(name: str, shape: Shape, labels: str) -> None:
    _, discriminator = players(name, shape, 3, 0, {"discriminator_labels": labels})
    told = [Condition(labels=torch.full((BATCH,), label)) for label in (0, 1)]
    zeros, ones = (discriminator.features(samples(shape), condition) for condition in told)
    assert torch.equal(zeros, ones) == (discriminator.input.classes == 0)
    assert (discriminator.input.classes > 0) == (labels == "embedding")


@every_shape
@pytest.mark.parametrize("condition", [None, Condition()])
def test_missing_labels_are_told(name: str, shape: Shape, condition: Condition | None) -> None:
    generator, discriminator = players(name, shape, 3)
    with pytest.raises(SettingError, match="made for 3 classes"):
        generator(latents(), condition)
    with pytest.raises(SettingError, match="made for 3 classes"):
        discriminator(torch.zeros(BATCH, *shape), condition)


@every_shape
def test_without_classes_labels_are_ignored(name: str, shape: Shape) -> None:
    generator, discriminator = players(name, shape, 0)
    x = generator(latents(), None)
    assert torch.equal(x, generator(latents(), asked(3)))
    assert torch.equal(discriminator(x, None).adversarial[0], discriminator(x, asked(3)).adversarial[0])


@every_pair
@pytest.mark.parametrize("shape", [(), (0,), (1, 0, 5)])
def test_a_shape_that_cannot_be_is_refused(name: str, shape: Shape) -> None:
    pair = PAIRS.get(name)()
    reason = pair.takes(shape)
    assert reason is not None and reason.startswith("needs")
    with pytest.raises(SettingError, match="needs"):
        pair.generator(shape, LATENT, 0)
    with pytest.raises(SettingError, match="needs"):
        pair.discriminator(shape, 0)


@pytest.mark.parametrize(("name", "shape"), [(name, shape) for name, shape in taken() if len(shape) == 3])
def test_channels_last_changes_nothing_but_the_layout(name: str, shape: Shape) -> None:
    plain, other = players(name, shape, 0), players(name, shape, 0)
    turned = [network.to(memory_format=torch.channels_last) for network in other]  # type: ignore[call-overload]
    x = plain[0](latents(), None)
    torch.testing.assert_close(turned[0](latents(), None), x, rtol=1e-3, atol=1e-4)
    as_turned = x.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(
        turned[1](as_turned, None).adversarial[0], plain[1](x, None).adversarial[0], rtol=1e-3, atol=1e-4
    )


FEATURES: list[dict[str, object]] = [
    {},
    {"attention": 8},
    {"minibatch": "stddev"},
    {"minibatch": "discrimination"},
    {"discriminator_norm": "layer"},
    {"discriminator_spectral": True},
    {"discriminator_labels": "auxiliary"},
    {"discriminator_labels": "embedding"},
]


def featured() -> Iterator[tuple[str, Shape, dict[str, object]]]:
    for (name, shape), settings in itertools.product(small(), FEATURES):
        if not set(settings) & set(PAIRS.get(name).lacks):
            yield name, shape, settings


@pytest.mark.parametrize(("name", "shape", "settings"), list(featured()))
@pytest.mark.parametrize("bf16", [False, True])
def test_the_slope_of_a_slope_is_finite(name: str, shape: Shape, settings: dict[str, object], bf16: bool) -> None:
    """R1 and its kin differentiate the discriminator twice."""
    _, discriminator = players(name, shape, 3, 0, settings)
    x = samples(shape).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        score = discriminator(x, asked(3)).adversarial[0].sum()
        (slope,) = torch.autograd.grad(score, x, create_graph=True)
        penalty = slope.square().sum()
    penalty.backward()  # type: ignore[no-untyped-call]
    slopes = [(weight.ndim, weight.grad) for weight in discriminator.parameters() if weight.grad is not None]
    assert all(torch.isfinite(slope).all() for _, slope in slopes)
    moving = [bool(slope.any()) for axes, slope in slopes if axes > 1]  # behind rectifiers biases do not change a slope
    assert sum(moving) > len(moving) / 2


@every_small_pair
def test_a_slope_of_a_slope_is_what_differences_say(name: str, shape: Shape) -> None:
    """Of a smooth discriminator: with rectifiers the slope jumps."""
    _, discriminator = players(name, shape, 0, 0, {"discriminator_activation": "softplus"})
    discriminator.double()
    torch.manual_seed(5)
    x, towards = torch.randn(BATCH, *shape).double(), torch.randn(BATCH, *shape).double()

    def slope(at: Tensor) -> Tensor:
        at = at.requires_grad_()
        return torch.autograd.grad(discriminator(at, None).adversarial[0].sum(), at, create_graph=True)[0]

    (curvature,) = torch.autograd.grad((slope(x) * towards).sum(), x)
    step = 1e-2
    ahead, behind = (slope((x + sign * step * towards).detach()) for sign in (1, -1))
    torch.testing.assert_close(curvature, (ahead - behind) / (2 * step), rtol=0.02, atol=1e-3)


@every_small_pair
def test_half_precision_says_nearly_the_same(name: str, shape: Shape) -> None:
    generator, discriminator = players(name, shape, 3)
    x, z = samples(shape), latents()
    exact = generator(z, asked(3)), discriminator(x, asked(3)).adversarial[0]
    with torch.autocast("cpu", torch.bfloat16):
        half = generator(z, asked(3)), discriminator(x, asked(3)).adversarial[0]
    for a, b in zip(exact, half, strict=True):
        assert (a - b).square().mean() < 0.05**2 * a.square().mean()


@every_pair
def test_scores_far_from_zero_still_tell_samples_apart_in_half_precision(name: str) -> None:
    shape = next(shape for taker, shape in taken() if taker == name)
    torch.manual_seed(0)
    discriminator = PAIRS.get(name)(width=16).discriminator(shape, 0)
    x = torch.randn(64, *shape)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        discriminator.get_submodule("head.linear").bias.fill_(8.0)  # type: ignore[operator]
        scores = discriminator(x, None).adversarial[0]
    # Where the step between two numbers of bfloat16 is 1/16, there would be a handful of different scores
    assert len(set(scores.tolist())) > 40
