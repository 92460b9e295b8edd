"""Memorisation: copies are found and counted, and nothing else is called one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from scipy.stats import betabinom, mannwhitneyu
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Case, Score
from ganforge.metrics.memorisation import Memorisation, Ratios, _chance, _closer, _ratios
from tests.metrics.cases import a_case, noisy


def judged(case: Case) -> dict[str, Score]:
    return {score.name: score for score in Memorisation().judge(case)}


def with_copies(case: Case, share: float, noise: float = 0.0) -> Case:
    k = len(case.more_samples)
    draws = Draws(case.seed, "copies")
    which = draws.integers(len(case.training), k)
    copies = case.training[which] + noise * draws.normal(k, case.training.shape[1])
    more = torch.where(draws.uniform(k)[:, None] < share, copies, case.more_samples)
    return replace(case, samples=more[: case.count], more_samples=more)


@pytest.mark.parametrize("n", [4, 12, 60, 250])
def test_new_items_are_not_called_copies(n: int) -> None:
    for seed in range(5):
        scores = judged(a_case(n, seed=seed, training=1000, more=400))
        assert not any(score.remarks for score in scores.values())


def test_the_share_of_copies_is_told_rightly() -> None:
    for share in (0.1, 0.3, 1.0):
        copies = judged(with_copies(a_case(250, training=2000, more=1500), share))["copies"]
        assert copies.remarks
        assert copies.value.value == pytest.approx(share, abs=0.04)
        assert copies.value.low <= share <= copies.value.high


def test_few_held_out_items_show_whole_copying_but_no_little() -> None:
    assert judged(with_copies(a_case(12, training=500, more=300), 1.0))["copies"].remarks
    assert not judged(with_copies(a_case(12, training=500, more=300), 0.1))["copies"].remarks


def test_near_copies_are_closer_than_new_items() -> None:
    closeness = []
    for noise in (0.3, 0.5, 0.8, 1.2):
        scores = judged(with_copies(a_case(250, training=2000, more=1000), 1.0, noise=noise))
        closeness.append(scores["closeness"].value.value)
        remarks = [remark for score in scores.values() for remark in score.remarks]
        assert len(remarks) == (noise < 1)  # either, never both
    assert closeness == sorted(closeness, reverse=True)
    assert closeness[0] > 0.9
    assert closeness[-1] < 0.6


@pytest.mark.parametrize("shrunk", [0.3, 0.7])
def test_typical_samples_are_no_copies(shrunk: float) -> None:
    # What is blurry or typical is near to all real items, trained on or not
    middle = a_case(1).training.mean(0)
    case = a_case(250, training=2000, more=1000, spoil=lambda rows: middle + shrunk * (rows - middle))
    assert not any(score.remarks for score in judged(case).values())


def test_missing_kinds_are_no_copies() -> None:
    assert not any(score.remarks for score in judged(a_case(250, training=2000, more=1000, kinds=(0, 3))).values())


def test_duplicates_in_the_data_themselves_are_not_held_against_the_samples() -> None:
    case = a_case(200, training=1000, more=800)
    held_out, more = case.held_out.clone(), case.more_samples.clone()
    held_out[::4] = case.training[: len(held_out[::4])]  # a quarter of all real items occurs twice
    more[::4] = case.training[500 : 500 + len(more[::4])]
    twice = replace(case, held_out=held_out, more_samples=more, samples=more[:200])
    assert not any(score.remarks for score in judged(twice).values())


def test_numbers_of_a_few_values_are_no_copies() -> None:
    case = a_case(200, d=2, training=1000, more=800)
    few = {
        name: getattr(case, name).round() for name in ("samples", "reference", "held_out", "training", "more_samples")
    }
    assert not any(score.remarks for score in judged(replace(case, **few)).values())


@pytest.mark.parametrize("apart", [0.0, 6.0])
def test_fewer_than_chance_are_no_copies_and_no_negative_share(apart: float) -> None:
    copies = judged(a_case(250, training=1000, more=1000, spoil=lambda rows: rows.mean(0) + apart * (rows + 9)))[
        "copies"
    ]
    assert copies.value.value == 0 and copies.value.low == 0 < copies.value.high <= 1
    assert copies.floor is not None and copies.floor.low == 0
    assert copies.difference is not None and copies.difference.low < 0 == copies.difference.value
    assert copies.better == "floor" and not copies.remarks


def test_the_pictures_of_pairs_say_which_row_is_which() -> None:
    case = a_case(20)
    for one in (case, replace(case, holds_out=False)):
        (pairs,) = Memorisation().judge(one)[0].shown
        assert pairs.title == "Samples nearest to a training item (above), and that training item (below)"


def test_pairs_to_look_at_are_samples_beside_what_they_copy() -> None:
    case = with_copies(a_case(100, training=400, more=300), 0.2)
    (pairs,) = judged(case)["copies"].shown
    assert len(pairs.samples) == len(pairs.training) == 16 == len(set(pairs.training))
    for sample, item in zip(pairs.samples, pairs.training, strict=True):
        assert torch.equal(case.more_samples[sample], case.training[item])


def test_a_part_of_the_training_items_is_told() -> None:
    case = replace(a_case(40), training_total=5000)
    assert "160 of the 5,000" in judged(case)["copies"].note


def test_without_held_out_items_only_identity_is_told_and_nothing_remarked() -> None:
    case = replace(with_copies(a_case(10, training=10, more=40), 0.5), holds_out=False)
    (score,) = Memorisation().judge(case)
    copied = (torch.cdist(case.more_samples.double(), case.training.double()).min(1).values < 1e-3).double().mean()
    assert score.value.value == pytest.approx(float(copied))
    assert score.floor is None and not score.remarks and "cannot be told" in score.note


def test_samples_and_held_out_items_search_among_equally_many() -> None:
    case = a_case(6, d=3, training=20, more=10)
    found = _ratios(case, case.more_samples, case.held_out)
    raw = []
    for i, sample in enumerate(case.more_samples.double()):
        others = [row for j, row in enumerate(case.held_out.double()) if j != i % 6]
        near = min(float((sample - row).norm()) for row in others)
        raw.append(math.log(min(float((sample - row).norm()) for row in case.training.double()) / near))
    shift = raw[0] - float(found.samples[0])  # one cell: all are moved by its median
    assert [float(ratio) + shift for ratio in found.samples] == pytest.approx(raw, abs=1e-6)


def test_the_chance_is_that_of_the_beta_binomial() -> None:
    samples, held_out = Draws(0, "a").normal(80).double(), Draws(0, "b").normal(40).double()
    none = torch.zeros(80, dtype=torch.long)
    found = Ratios(samples, held_out, none, none[:40], none)
    for rank in (1, 3, 20):
        count = int((samples <= held_out.sort().values[rank - 1]).sum())
        assert _chance(found, rank) == pytest.approx(float(betabinom(80, rank, 41 - rank).sf(count - 1)), rel=1e-6)


def test_closeness_is_the_share_of_pairs_won() -> None:
    samples, held_out = Draws(0, "a").integers(9, 50).double(), Draws(0, "b").integers(9, 30).double()
    none = torch.zeros(50, dtype=torch.long)
    value = _closer(Ratios(samples, held_out, none, none[:30], none)).value
    wins = float(mannwhitneyu(held_out.numpy(), samples.numpy()).statistic) / (50 * 30)
    assert value == pytest.approx(wins, rel=1e-9)


def test_it_is_the_same_every_time() -> None:
    case = a_case(60)
    assert Memorisation().judge(case) == Memorisation().judge(case)


def collapsed(case: Case, rows: Tensor, jitter: float = 0.0) -> Case:
    """All samples are of these few rows."""
    draws = Draws(case.seed, "collapsed")
    k = len(case.more_samples)
    more = rows[draws.integers(len(rows), k)] + jitter * draws.normal(k, rows.shape[1])
    return replace(case, samples=more[: case.count], more_samples=more)


@pytest.mark.parametrize("distinct", [1, 2, 5, 10])
@pytest.mark.parametrize("jitter", [0.0, 0.01])
def test_a_few_new_items_again_and_again_are_no_copies(distinct: int, jitter: float) -> None:
    for seed in range(5):
        case = a_case(120, seed=seed, training=1000, more=600)
        scores = judged(collapsed(case, case.more_samples[:distinct], jitter)).values()
        assert not any(score.remarks for score in scores)


def test_a_few_training_items_again_and_again_are_copies() -> None:
    case = a_case(250, training=1000, more=600)
    copies = judged(collapsed(case, case.training[:3]))["copies"]
    assert "nearly all are" in copies.remarks[0].words and copies.value.value > 0.95
    assert copies.count == 600
    assert len(copies.shown[0].samples) == 3


def test_the_share_of_copies_is_that_of_all_samples() -> None:
    case = with_copies(a_case(250, training=2000, more=1500), 0.2)
    often = case.more_samples.clone()
    often[::2] = a_case(1, seed=9).held_out  # half of the samples are one new item
    (copies, _) = Memorisation().judge(replace(case, samples=often[:250], more_samples=often))
    assert copies.remarks and copies.value.value == pytest.approx(0.1, abs=0.04)


def test_copies_of_held_out_items_are_a_leak() -> None:
    for share, leaked in ((1.0, True), (0.0, False)):
        case = a_case(150, training=1000, more=500)
        held_out = case.held_out[Draws(0, "leaked").integers(150, 500)]
        more = torch.where(Draws(1, "leaked").uniform(500)[:, None] < share, held_out, case.more_samples)
        closeness = judged(replace(case, samples=more[:150], more_samples=more))["closeness"]
        assert [remark.weight for remark in closeness.remarks] == [0.9] * leaked
        assert all("the split has leaked" in remark.words for remark in closeness.remarks)


@pytest.mark.parametrize("strength", [0.5, 1.0, 3.0])
def test_noise_is_no_leak(strength: float) -> None:
    for d in (2, 16):
        scores = judged(a_case(150, d, training=1000, more=500, spoil=noisy(strength)))
        assert not any(score.remarks for score in scores.values())


def test_one_value_that_is_frequent_everywhere_is_no_copy() -> None:
    for seed in range(5):
        case = a_case(200, 3, seed=seed, training=2000, more=800)
        rows: dict[str, Any] = {name: getattr(case, name).clone() for name in ("held_out", "training", "more_samples")}
        for name, part in rows.items():
            part[Draws(seed, name).uniform(len(part)) < 0.2] = 0
        real = replace(case, **rows, samples=rows["more_samples"][:200], reference=rows["training"][:200])
        assert not any(score.remarks for score in judged(real).values())
