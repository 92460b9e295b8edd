"""What holds for every metric, whichever there are."""

from __future__ import annotations

import math
import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from ganforge.core.seeding import Draws
from ganforge.metrics._metric import METRICS, Case, Score
from ganforge.metrics.features._features import Kernel
from tests.metrics.cases import a_case

NAMES = METRICS.names()
DRAWS = 20
every_metric = pytest.mark.parametrize("name", NAMES)
both_kernels = pytest.mark.parametrize("kernel", ["cubic", "gaussian"])


def judged(name: str, case: Case) -> tuple[Score, ...]:
    return METRICS.get(name)().judge(case)


def tensors(case: Case) -> list[Tensor]:
    return [value for field in fields(case) if isinstance(value := getattr(case, field.name), Tensor)]


def test_the_metrics_are_found_by_scanning() -> None:
    assert {"frechet", "kernel", "precision-recall"} <= set(NAMES)


@every_metric
def test_it_cites_its_source_and_tells_a_person_what_it_is(name: str) -> None:
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|doi:10\.", METRICS.summary(name))
    about = METRICS.get(name).about
    assert about.endswith(".") and about[0].isupper() and len(about) < 400


@every_metric
def test_its_options_have_defaults_and_are_frozen(name: str) -> None:
    metric = METRICS.get(name)()
    assert is_dataclass(metric) and hash(metric) == hash(METRICS.get(name)())


@every_metric
@both_kernels
@pytest.mark.parametrize("labelled", [False, True])
def test_its_scores_are_whole(name: str, kernel: Kernel, labelled: bool) -> None:
    case = a_case(120, 8, kernel, labelled=labelled)
    before = [tensor.clone() for tensor in tensors(case)]
    scores = judged(name, case)
    assert scores
    for score in scores:
        assert score.metric == name and score.label and score.name
        assert score.count > 0
        assert score.floor is None or score.count <= len(case.more_samples)
        assert score.floor is not None or score.note
        for estimate in (score.value, score.floor, score.difference):
            if estimate is not None:
                assert math.isfinite(estimate.value) and math.isfinite(estimate.error) and estimate.error >= 0
                assert estimate.low <= estimate.value <= estimate.high
        for exhibit in score.shown:
            assert all(0 <= place < len(case.more_samples) for place in exhibit.samples)
            assert all(0 <= place < len(case.training) for place in exhibit.training)
    assert sum(score.headline for score in scores) <= 2
    for tensor, kept in zip(tensors(case), before, strict=True):
        assert torch.equal(tensor, kept)


def test_no_two_scores_have_one_name() -> None:
    case = a_case(60, 8, labelled=True)
    names = [score.name for name in NAMES for score in judged(name, case)]
    assert len(names) == len(set(names))


@every_metric
def test_the_same_seed_gives_the_same_bits(name: str) -> None:
    assert judged(name, a_case(60, 8, labelled=True)) == judged(name, a_case(60, 8, labelled=True))


@every_metric
@both_kernels
@pytest.mark.parametrize("n", [4, 12, 40, 200])
def test_real_items_are_accused_of_nothing_however_few(name: str, kernel: Kernel, n: int) -> None:
    for seed in range(DRAWS // 2):
        for score in judged(name, a_case(n, 8, kernel, seed=seed, labelled=seed % 2 == 0)):
            assert math.isfinite(score.value.value) and score.value.low <= score.value.value <= score.value.high
            assert not score.remarks, (seed, score)


@every_metric
def test_few_items_give_wide_intervals(name: str) -> None:
    def widths(n: int) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for seed in range(4):
            for score in judged(name, a_case(n, 8, seed=seed, labelled=True)):
                found.setdefault(score.name, []).append(score.value.high - score.value.low)
        return {score: sum(values) / len(values) for score, values in found.items()}

    few, many = widths(5), widths(150)
    for score in set(few) & set(many):
        # What makes its own samples, such as paths, does not depend on how many the case has
        assert few[score] >= many[score]


@every_metric
@pytest.mark.parametrize("kernel", ["gaussian"])
def test_items_that_are_all_equal_break_nothing(name: str, kernel: Kernel) -> None:
    case = a_case(20, 4, kernel, spoil=torch.zeros_like, labelled=True)
    for tensor in tensors(case):
        tensor.zero_()
    for score in judged(name, case):
        assert math.isfinite(score.value.value) and not score.remarks


def plain(rows: Tensor, sort: str, d: int) -> Tensor:
    """Rows of `d` columns in which little differs, made of rows of one column."""
    direction = Draws(5, "direction").normal(1, d)
    if sort == "constant but for rounding":
        return 1 + direction + 1e-7 * rows * direction
    if sort == "along a line":
        return 1 + rows * direction
    if sort == "two distinct":
        return 1 + (rows > 0) * direction
    if sort == "nearly all alike":
        return 1 + (rows > 2.5) * direction
    return torch.zeros(len(rows), d)


@every_metric
@pytest.mark.parametrize(("kernel", "d"), [("cubic", 100), ("gaussian", 3)])
@pytest.mark.parametrize(
    "sort", ["constant", "constant but for rounding", "along a line", "two distinct", "nearly all alike"]
)
def test_features_in_which_little_differs_break_nothing(name: str, kernel: Kernel, d: int, sort: str) -> None:
    # As pictures of one colour, of one line, or of two kinds only have
    for labelled in (False, True):
        case = a_case(60, 1, kernel, labelled=labelled)
        rows: dict[str, Any] = {
            key: plain(getattr(case, key), sort, d) for key in ("reference", "held_out", "training")
        }
        more = plain(case.more_samples, sort, d)
        for score in judged(name, replace(case, **rows, samples=more[:60], more_samples=more)):
            assert math.isfinite(score.value.value) and score.value.low <= score.value.value <= score.value.high
            assert not score.remarks, score


@every_metric
def test_samples_in_which_little_differs_break_nothing(name: str) -> None:
    for distinct in (1, 2):
        case = a_case(60, 100, "cubic")
        more = case.more_samples[torch.arange(120) % distinct]
        for score in judged(name, replace(case, samples=more[:60], more_samples=more)):
            assert math.isfinite(score.value.value) and score.value.low <= score.value.value <= score.value.high
