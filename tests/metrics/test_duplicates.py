"""Samples that repeat each other are found; samples that merely look alike are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics.duplicates import Duplicates, twinness
from ganforge.metrics.features._features import Kernel
from tests.metrics.cases import a_case, blurred


def with_twins(rows: Tensor, share: float, *, jitter: float = 0.0, each: int = 2) -> Tensor:
    """The first of the rows, so that `share` of the first half and of the second come `each` times."""
    made = rows.clone()
    for half in made.chunk(2):
        count = round(share * len(half)) // each * each
        half[:count] = half[:count:each].repeat_interleave(each, dim=0)
    return made + jitter * Draws(0, "jitter").normal(*rows.shape)


@pytest.mark.parametrize("share", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("each", [2, 10])
def test_the_score_is_the_share_of_samples_that_have_a_twin(share: float, each: int) -> None:
    (score,) = Duplicates().judge(a_case(400, 16, spoil=lambda x: with_twins(x, share, each=each)))
    assert score.value.value == pytest.approx(share, abs=0.03)
    assert score.floor is not None and score.floor.value < 0.05
    assert "repeat themselves" in score.remarks[0].words
    assert score.headline and set(score.shown[0].samples) <= set(range(400))


@pytest.mark.parametrize("each", [2, 20])
def test_twins_need_not_be_equal(each: int) -> None:
    (score,) = Duplicates().judge(a_case(400, 16, spoil=lambda x: with_twins(x, 0.4, jitter=0.005, each=each)))
    assert score.value.value > 0.35 and score.remarks


@pytest.mark.parametrize("kernel", ["cubic", "gaussian"])
def test_it_grows_with_duplication(kernel: Kernel) -> None:
    def value(share: float) -> float:
        return Duplicates().judge(a_case(200, 8, kernel, spoil=lambda x: with_twins(x, share)))[0].value.value

    values = [value(share) for share in (0.0, 0.1, 0.2, 0.5, 1.0)]
    assert values == sorted(values) and len(set(values)) == 5


def test_blurred_samples_and_missing_kinds_are_no_twins() -> None:
    for case in (
        a_case(400, 16, spoil=blurred(0.5)),
        a_case(400, 16, kinds=(0, 1)),
    ):
        (score,) = Duplicates().judge(case)
        assert score.value.value < 0.05 and not score.remarks


def test_data_that_repeat_themselves_excuse_samples_that_do() -> None:
    # Rows of small whole numbers: many are equal, in the data and in the samples
    def rows(place: str, high: int) -> Tensor:
        return Draws(0, place).integers(high, 300, 3).float()

    real, held_out = rows("real", 6), rows("held out", 6)
    for high, found in ((6, False), (2, True)):
        twins = twinness(rows("samples", high), real) <= 1
        floor = twinness(held_out, real) <= 1
        assert (float(twins.double().mean()) > float(floor.double().mean()) + 0.15) is found


def test_equal_rows_are_as_near_as_can_be() -> None:
    assert (twinness(torch.ones(9, 2), Draws(0, "real").normal(9, 2)) == 0).all()


def with_one_item(rows: Tensor, share: float, *, jitter: float = 0.0) -> Tensor:
    """One sample in the place of this share of all."""
    draws = Draws(2, "one item")
    made = torch.where(draws.uniform(len(rows))[:, None] < share, rows[:1], rows)
    return made + jitter * draws.normal(*rows.shape)


@pytest.mark.parametrize("jitter", [0.0, 0.005])
@pytest.mark.parametrize("share", [0.05, 0.1])
def test_one_item_that_comes_again_and_again_is_named(share: float, jitter: float) -> None:
    case = a_case(200, 16, spoil=lambda x: with_one_item(x, share, jitter=jitter), training=1000, more=1000)
    (score,) = Duplicates().judge(case)
    (remark,) = score.remarks
    assert "one and the same item again and again" in remark.words and score.headline
    places = score.shown[0].samples
    assert len(places) == 16
    assert float((case.more_samples[list(places)] - case.more_samples[places[0]]).abs().max()) < 0.1


def test_an_item_that_is_as_frequent_in_the_data_is_not_held_against_the_samples() -> None:
    # As zeros are in many tables: here in the training items and in the samples, and held out as well
    case = a_case(200, 16, training=1000, more=1000)
    more, training, held_out = (with_one_item(x, 0.1) for x in (case.more_samples, case.training, case.held_out))
    same = (rows.where(rows != rows[:1], torch.zeros(16)) for rows in (more, training, held_out))
    more, training, held_out = same
    real = replace(
        case, samples=more[:200], more_samples=more, training=training, reference=training[:200], held_out=held_out
    )
    (score,) = Duplicates().judge(real)
    assert not score.remarks


@pytest.mark.parametrize("kept", [0.0, 0.02])
def test_samples_that_are_all_the_same_are_called_so(kept: float) -> None:
    (score,) = Duplicates().judge(a_case(60, 8, spoil=lambda x: x[:1] + kept * (x - x[:1])))
    (remark,) = score.remarks
    assert remark.words == "are all the same or nearly so" and remark.weight == 1.0


def test_half_of_the_samples_the_same_are_not_all() -> None:
    (score,) = Duplicates().judge(a_case(60, 8, spoil=lambda x: with_one_item(x, 0.5), more=300))
    assert "make one and the same item again and again (48 % of them are)" in score.remarks[0].words


def test_dense_numbers_are_no_item_that_comes_again() -> None:
    for seed in range(8):
        (score,) = Duplicates().judge(a_case(4, 1, seed=seed, training=40, more=1000))
        assert not score.remarks
