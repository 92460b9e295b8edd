"""What holds for every projection, and what clipping does."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor, nn

from ganforge.core.contracts import Projection
from ganforge.core.errors import SettingError
from ganforge.core.settings import Part
from ganforge.losses.projection import PROJECTIONS

NAMES = PROJECTIONS.names()
every_projection = pytest.mark.parametrize("name", NAMES)


def weights_of(scale: float) -> list[nn.Parameter]:
    torch.manual_seed(0)
    return [nn.Parameter(scale * torch.randn(shape)) for shape in ((8, 3), (8,), (4, 2, 3, 3))]


def values(weights: list[nn.Parameter]) -> list[Tensor]:
    return [weight.detach().clone() for weight in weights]


def test_the_projections_are_found_by_scanning() -> None:
    assert "weight-clipping" in NAMES


@every_projection
def test_it_cites_a_paper_and_keeps_the_contract(name: str) -> None:
    assert re.search(r"arXiv:\d{4}\.\d{4,5}", PROJECTIONS.summary(name))
    assert isinstance(PROJECTIONS.get(name)(), Projection)


@every_projection
def test_it_moves_large_weights_once_and_for_all(name: str) -> None:
    """A projection, applied to what it made, changes nothing: resumed runs may apply it to saved weights."""
    weights = weights_of(scale=100.0)
    places = [weight.data_ptr() for weight in weights]
    before, project = values(weights), PROJECTIONS.get(name)()
    project(weights)
    once = values(weights)
    project(weights)
    assert not any(torch.equal(a, b) for a, b in zip(before, once, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(once, values(weights), strict=True))
    assert [weight.data_ptr() for weight in weights] == places
    assert all(weight.requires_grad and weight.is_leaf for weight in weights)


def test_clipping_keeps_each_number_between_its_bounds() -> None:
    weight = nn.Parameter(torch.tensor([-3.0, -0.5, 0.25, 0.5, 9.0]))
    Part("weight-clipping", {"bound": 0.5}).build(PROJECTIONS.get("weight-clipping"))([weight])
    assert weight.tolist() == [-0.5, -0.5, 0.25, 0.5, 0.5]


@every_projection
@pytest.mark.parametrize("bound", [0.0, -0.01, float("nan"), float("inf")])
def test_a_bound_that_leaves_nothing_or_everything_is_refused(name: str, bound: float) -> None:
    with pytest.raises(SettingError, match="bound is"):
        Part(name, {"bound": bound}).build(PROJECTIONS.get(name))
