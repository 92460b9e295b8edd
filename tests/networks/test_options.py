"""Options that every pair of networks has: each is honoured, or refused with the reason."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
import torch
from torch import Tensor, nn

from ganforge.core.errors import SettingError
from ganforge.core.records import Condition, Scores
from ganforge.core.settings import Part
from ganforge.networks._pair import PAIRS, Discriminator, Pair
from ganforge.networks.blocks.head import DiscriminatorLabels
from ganforge.networks.blocks.minibatch import Minibatch
from tests.networks.players import (
    BATCH,
    Shape,
    asked,
    every_pair,
    every_small_pair,
    latents,
    players,
    samples,
    small,
)

COMMON = tuple(field.name for field in fields(Pair))


def others(name: str, option: str) -> list[object]:
    """Other values of an option than the pair's own default, by the option's type."""
    pair = PAIRS.get(name)()
    default = getattr(pair, option)
    if default is None:  # then D has what G has
        default = getattr(pair, option.removeprefix("discriminator_"))
    kinds = get_type_hints(Pair)[option]
    if kinds is bool:
        return [not default]
    if kinds is int or int in get_args(kinds):
        return [default + 2]
    names = [kind for kind in (kinds, *get_args(kinds)) if get_origin(kind) is Literal]
    return [value for kind in names for value in get_args(kind) if value != default]


def beside(name: str, option: str) -> dict[str, object]:
    """What an option needs so that it can have an effect."""
    told = option == "generator_labels" and option not in PAIRS.get(name).lacks
    return {"generator_norm": "batch"} if told else {}


def seen(name: str, shape: Shape, settings: dict[str, object]) -> tuple[list[object], list[Tensor]]:
    """What tells two pairs of networks apart: what they are made of, and what comes out of them."""
    both = players(name, shape, 3, 0, settings)
    parts: list[object] = [part for network in both for part in shapes(network)]
    scores = both[1](samples(shape), asked(3))
    return parts, [both[0](latents(), asked(3)), *scores.adversarial]


@every_small_pair
@pytest.mark.parametrize("option", COMMON)
def test_every_common_option_changes_the_networks_or_is_refused(name: str, shape: Shape, option: str) -> None:
    values = others(name, option)
    assert values
    for value in values:
        settings = {**beside(name, option), option: value}
        if option in PAIRS.get(name).lacks:
            with pytest.raises(SettingError, match=option):
                players(name, shape, 3, 0, settings)
            continue
        parts, outputs = seen(name, shape, settings)
        usual_parts, usual_outputs = seen(name, shape, beside(name, option))
        same = all(a.equal(b) for a, b in zip(outputs, usual_outputs, strict=True))
        assert parts != usual_parts or not same, value


@every_small_pair
def test_an_option_of_one_network_leaves_the_other_as_it_is(name: str, shape: Shape) -> None:
    """An option of D is not read by G, nor the other way round."""
    usual = players(name, shape, 3)
    for option in COMMON:
        player, _, rest = option.partition("_")
        if not rest or player not in ("generator", "discriminator") or option in PAIRS.get(name).lacks:
            continue
        for value in others(name, option):
            settings = {**beside(name, option), option: value}
            generator, discriminator = players(name, shape, 3, 0, settings)
            other, unchanged = (discriminator, usual[1]) if player == "generator" else (generator, usual[0])
            assert shapes(other) == shapes(unchanged), (option, value)


def shapes(network: nn.Module) -> list[tuple[str, object]]:
    return [(key, tuple(tensor.shape)) for key, tensor in network.state_dict().items()]


@every_pair
def test_what_it_lacks_is_a_common_option_and_told_with_the_reason(name: str) -> None:
    pair = PAIRS.get(name)
    assert set(pair.lacks) <= set(COMMON)
    for option, reason in pair.lacks.items():
        with pytest.raises(SettingError, match=re.escape(reason)):
            Part(name, {option: others(name, option)[0]}).build(pair)


# -- What the discriminator is told of labels and of the batch


@every_small_pair
@pytest.mark.parametrize("way", get_args(DiscriminatorLabels))
def test_each_way_to_tell_the_discriminator_the_label(name: str, shape: Shape, way: DiscriminatorLabels) -> None:
    _, discriminator = players(name, shape, 3, 0, {"discriminator_labels": way})
    zeros, ones = (judged(discriminator, samples(shape), label) for label in (0, 1))
    differs = not torch.allclose(zeros.adversarial[0], ones.adversarial[0])
    if way == "auxiliary":  # it is not told: it says the label itself
        assert not differs
        assert zeros.classes is not None and zeros.classes.shape == (BATCH, 3)
        assert zeros.classes.dtype == torch.float32
        assert ones.classes is not None and torch.equal(zeros.classes, ones.classes)
        discriminator(samples(shape), None)  # nor asks for it
        assert not torch.allclose(zeros.classes[0], zeros.classes[1])
    else:
        assert differs
        assert zeros.classes is None
    assert players(name, shape, 0, 0, {"discriminator_labels": way})[1](samples(shape), None).classes is None


def judged(discriminator: Discriminator, x: Tensor, label: int) -> Scores:
    return discriminator(x, Condition(labels=torch.full((len(x),), label)))


@pytest.mark.parametrize(
    ("name", "shape"), [(name, shape) for name, shape in small() if "generator_labels" not in PAIRS.get(name).lacks]
)
def test_normalisations_tell_the_generator_the_label(name: str, shape: Shape) -> None:
    for norm in ("batch", "layer"):
        settings: dict[str, object] = {"generator_labels": "normalisation", "generator_norm": norm}
        generator, _ = players(name, shape, 3, 0, settings)
        zeros, ones = (Condition(labels=torch.full((BATCH,), label)) for label in (0, 1))
        assert not torch.allclose(generator(latents(), zeros), generator(latents(), ones))
        generator.eval()
        mixed = generator(latents(), Condition(labels=torch.tensor([0, 1, 0, 1])))
        torch.testing.assert_close(mixed[::2], generator(latents(), zeros)[::2], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(mixed[1::2], generator(latents(), ones)[1::2], rtol=1e-4, atol=1e-5)


@every_small_pair
@pytest.mark.parametrize("way", get_args(Minibatch))
def test_features_of_the_batch_show_a_collapse(name: str, shape: Shape, way: Minibatch) -> None:
    _, discriminator = players(name, shape, 0, 0, {"minibatch": way})
    x = samples(shape)
    among_others = discriminator(x, None).adversarial[0][0]
    copies = x[:1].expand(BATCH, *shape).contiguous().requires_grad_()
    among_copies = discriminator(copies, None).adversarial[0]
    assert torch.allclose(among_others, among_copies[0], rtol=1e-4, atol=1e-5) == (way == "none")
    (slope,) = torch.autograd.grad(among_copies.sum(), copies)
    assert torch.isfinite(slope).all()
