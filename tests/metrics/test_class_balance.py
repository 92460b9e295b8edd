"""Class balance: what is missing is named, by class or as a kind, and nothing is where nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.linear_model import Ridge

from ganforge.core.seeding import Draws
from ganforge.metrics._kinds import RIDGE, _Classifier, cluster, nearest_centre
from ganforge.metrics._metric import Case, Remark, Score
from ganforge.metrics.class_balance import ClassBalance, _surprise, _variations
from tests.metrics.cases import KINDS, a_case, some_items


def judged(case: Case) -> dict[str, Score]:
    return {score.name: score for score in ClassBalance().judge(case)}


def remarks(case: Case) -> list[Remark]:
    return [remark for score in judged(case).values() for remark in score.remarks]


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("n", [4, 12, 60, 250])
def test_nothing_is_said_of_new_items(n: int, labelled: bool) -> None:
    for seed in range(5):
        assert not remarks(a_case(n, seed=seed, training=max(36, 4 * n), labelled=labelled))


def test_a_class_that_is_missing_is_named_with_its_share() -> None:
    case = a_case(200, kinds=tuple(k for k in range(KINDS) if k != 3), labelled=True, more=1000)
    (remark,) = remarks(case)
    assert remark.words.startswith("hardly make any 'kind 3' (") and "instead of 1" in remark.words
    assert remark.aspect == "variety"


def test_many_missing_classes_are_counted() -> None:
    words = " ".join(remark.words for remark in remarks(a_case(200, kinds=(0, 1), labelled=True, more=1000)))
    assert "and 3 more" in words and "make too many 'kind" in words


def test_a_cluster_that_is_missing_is_shown_by_its_training_items() -> None:
    case = a_case(250, kinds=tuple(k for k in range(KINDS) if k != 3), training=2000, more=1500)
    score = judged(case)["class_balance"]
    assert score.remarks and "miss" in score.remarks[0].words
    _, kinds = some_items(2000, 16, seed=0, place="training")
    shown = kinds[torch.tensor(score.shown[0].training)]
    assert (shown == 3).double().mean() > 0.8


@pytest.mark.parametrize("labelled", [True, False])
def test_the_fewer_kinds_the_farther_from_the_floor(labelled: bool) -> None:
    left = [judged(a_case(200, kinds=tuple(range(kept)), labelled=labelled))["class_balance"] for kept in (8, 6, 4, 1)]
    differences = [score.difference.value for score in left if score.difference is not None]
    assert differences == sorted(differences) and len(set(differences)) == 4
    assert abs(differences[0]) < 0.1 and differences[-1] > 0.5


def test_what_looks_like_no_item_is_not_said_to_miss_kinds() -> None:
    case = a_case(200, spoil=lambda rows: rows + 10.0)
    assert not remarks(case)
    assert "only 0 % of the samples are like any item" in judged(case)["class_balance"].note


def test_samples_that_are_not_what_was_asked_for_are_remarked() -> None:
    case = a_case(200, labelled=True)
    assert case.labels is not None and case.labels.samples is not None
    order = Draws(0, "mixed up").permutation(200)
    mixed = replace(case, labels=replace(case.labels, samples=case.labels.samples[order]))
    assert judged(case)["as_asked"].value.value > 0.9
    score = judged(mixed)["as_asked"]
    assert score.value.value < 0.3 and "not of the class that was asked for" in score.remarks[0].words


def test_a_class_of_which_only_one_item_is_made_is_hardly_covered() -> None:
    case = a_case(250, labelled=True)
    assert case.labels is not None and case.labels.samples is not None
    kinds = case.labels.samples
    same = torch.where((kinds == 2)[:, None], case.samples[int((kinds == 2).nonzero()[0])], case.samples)
    scores = judged(replace(case, samples=same, more_samples=same))
    assert scores["coverage: kind 2"].remarks and not scores["coverage: kind 1"].remarks
    assert next(name for name in scores if name.startswith("coverage")) == "coverage: kind 2"  # the worst is first


def test_the_coverage_of_a_class_counts_that_class_alone() -> None:
    case = a_case(200, labelled=True)
    assert case.labels is not None
    counts = case.labels.reference.bincount().tolist()
    found = {score.name: score.count for score in ClassBalance().judge(case) if score.name.startswith("coverage")}
    assert found == {f"coverage: kind {kind}": count for kind, count in enumerate(counts)}


def test_samples_that_are_never_what_was_asked_for_are_said_to_be_so() -> None:
    case = a_case(300, labelled=True)
    assert case.labels is not None and case.labels.samples is not None
    wrong = replace(case.labels, samples=(case.labels.samples + 1) % 8)
    (remark,) = next(
        score.remarks for score in ClassBalance().judge(replace(case, labels=wrong)) if score.name == "as_asked"
    )
    assert remark.words.startswith("are hardly ever of the class that was asked for (")


def test_an_imbalance_in_which_no_kind_stands_out_is_remarked() -> None:
    twice = (*range(KINDS), 0, 1, 2, 3)
    words = [remark.words for remark in remarks(a_case(400, kinds=twice, training=2000, more=4000))]
    assert len(words) == 1 and words[0].startswith("make some kinds too often and others too seldom (for 1")


def test_too_few_items_for_clusters_give_no_score() -> None:
    assert ClassBalance().judge(a_case(3, training=6)) == ()


def test_shares_and_their_errors_are_those_of_drawing_items() -> None:
    known = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    made = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
    value, _, difference = _variations(made, known, known, 200, 400)
    assert value.value == pytest.approx(0.2) and difference.value == pytest.approx(0.2)
    random = np.random.default_rng(0)
    first, second = random.multinomial(200, made, 4000) / 200, random.multinomial(400, known, 4000) / 400
    spread = (np.abs(first - second).sum(1) / 2).std()
    assert value.error == pytest.approx(float(spread), rel=0.1)


def test_equal_shares_are_no_surprise_and_missing_ones_are() -> None:
    known = torch.tensor([0.1, 0.9], dtype=torch.float64)
    assert _surprise(known, known, 100, 1000).tolist() == pytest.approx([0.0, 0.0], abs=1e-6)
    none = _surprise(torch.tensor([0.0, 1.0], dtype=torch.float64), known, 100, 1000)
    assert 4 < float(none[0]) < 6


def test_clusters_are_as_tight_as_those_of_others() -> None:
    rows, _ = some_items(600, 5, seed=1, place="clusters")
    centres = cluster(rows, KINDS, Draws(0, "centres"))
    ours = float((rows - centres[nearest_centre(rows, centres)]).square().sum())
    theirs = KMeans(KINDS, n_init=1, random_state=0).fit(rows.numpy()).inertia_
    assert ours < 1.3 * theirs


def test_copies_of_two_items_make_two_clusters() -> None:
    assert len(cluster(torch.tensor([[0.0], [0.0], [1.0]]), 5, Draws(0, "x"))) == 2


@pytest.mark.parametrize("d", [6, 90])
def test_the_classifier_is_ridge_regression(d: int) -> None:
    rows, kinds = some_items(60, d, seed=0, place="ridge")
    x = ((rows - rows.mean(0)) / rows.std(0, correction=0)).double().numpy()
    wanted = torch.nn.functional.one_hot(kinds, KINDS).double().numpy()
    theirs = Ridge(alpha=RIDGE * 60).fit(x, wanted).predict(x).argmax(1)
    assert _Classifier(rows, kinds, KINDS)(rows).tolist() == theirs.tolist()


def test_it_is_the_same_every_time() -> None:
    for labelled in (True, False):
        case = a_case(60, labelled=labelled)
        assert ClassBalance().judge(case) == ClassBalance().judge(case)
