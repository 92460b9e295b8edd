"""Memorisation: copies are found and counted, and nothing else is called one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from scipy.stats import betabinom, mannwhitneyu

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import Case, Score
from ganforge.metrics.memorisation import Memorisation, Ratios, _chance, _closer, _ratios
from tests.metrics.cases import a_case


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
