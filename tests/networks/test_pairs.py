"""What holds for every pair of networks, at every shape that it takes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition
from ganforge.networks._pair import PAIRS, Discriminator, Generator

SHAPES = [(1,), (2,), (20,), (1, 28, 28), (3, 32, 48), (1, 1, 1), (3, 7, 100), (1, 64, 64)]
LATENT, BATCH = 5, 4

Shape = tuple[int, ...]


def taken() -> Iterator[tuple[str, Shape]]:
    for name, shape in itertools.product(PAIRS.names(), SHAPES):
        if PAIRS.get(name)().takes(shape) is None:
            yield name, shape


every_pair = pytest.mark.parametrize("name", PAIRS.names())
every_shape = pytest.mark.parametrize(("name", "shape"), list(taken()))
every_number_of_classes = pytest.mark.parametrize("classes", [0, 3])


def players(name: str, shape: Shape, classes: int, seed: int = 0) -> tuple[Generator, Discriminator]:
    torch.manual_seed(seed)
    pair = PAIRS.get(name)()
    return pair.generator(shape, LATENT, classes), pair.discriminator(shape, classes)


def asked(classes: int) -> Condition | None:
    return Condition(labels=torch.arange(BATCH) % classes) if classes else None


def latents() -> Tensor:
    return torch.randn(BATCH, LATENT, generator=torch.Generator().manual_seed(3))


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


def pairs_of_tensors(a: nn.Module, b: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
    ours, theirs = a.state_dict(), b.state_dict()
    assert list(ours) == list(theirs)
    return zip(ours.values(), theirs.values(), strict=True)


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
