"""Evaluations: what is compared with what, what is kept, and what is said of samples of every kind."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganforge.api import Options, Run, train
from ganforge.core.contracts import DataOptions, Source
from ganforge.core.errors import RunError, SettingError
from ganforge.core.records import Split
from ganforge.core.settings import from_json, to_json
from ganforge.data._opening import open_source
from ganforge.evaluation import FILE, Real, Samples, evaluate, judge, kept_evaluation
from ganforge.examining import extractor_for
from ganforge.metrics._evaluation import CHOSEN_BY_COUNTED, Evaluation
from ganforge.metrics._metric import METRICS
from ganforge.metrics._verdict import BLIND
from ganforge.runs.files import from_text, to_text
from tests.training.small import RECIPE


def rows(n: int, seed: int, *, kinds: int = 4) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Points about the corners of a square, or some of them."""
    random = np.random.default_rng(seed)
    corners = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])[random.integers(kinds, size=n)]
    return corners + 0.4 * random.standard_normal((n, 2))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs")
    np.save(folder / "corners.npy", rows(3000, 0))
    options = Options(recipe=RECIPE, kimg=20.0, threads=1, out=folder / "runs", report=False)
    return train(str(folder / "corners.npy"), options)


def everything(samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]], source: Source) -> str:
    """The sentence about these rows."""
    x = source.domain.read(samples).x
    return judge(Samples(x), source, source.split, extractor_for(source.domain), asked=1000, seed=0).sentence


def test_every_score_has_its_size_its_interval_and_its_floor(run: Run) -> None:
    made = evaluate(run)
    assert made.count == len(np.load(str(run.data.source))) * 5 // 100
    assert {score.metric for score in made.scores} >= set(METRICS.names()) - {"path-length"}
    for score in made.scores:
        assert score.count >= 2
        assert score.value.low <= score.value.value <= score.value.high
        assert (score.floor is not None and score.difference is not None) or score.note
    assert made.features_label
    assert made.sentence.endswith(".")
    assert run.which in made.which


def test_an_evaluation_is_kept_and_read_again(run: Run) -> None:
    made = evaluate(run)
    assert kept_evaluation(run.folder) == made
    (run.path / FILE).write_text("{broken")
    assert kept_evaluation(run.folder) is None


def test_the_same_seed_gives_the_same_scores_and_another_seed_others(run: Run) -> None:
    first, again, other = (evaluate(run, seed=seed) for seed in (0, 0, 1))
    assert to_json(first.scores) == to_json(again.scores)
    assert to_json(first.scores) != to_json(other.scores)


def test_somebody_elses_samples_are_judged_and_not_kept(run: Run) -> None:
    (run.path / FILE).unlink(missing_ok=True)
    made = evaluate(run, samples=rows(400, 7))
    assert made.which == "other samples"
    assert kept_evaluation(run.folder) is None
    assert not [remark for score in made.scores for remark in score.remarks]


def test_samples_that_lie_sorted_are_not_accused_of_missing_what_comes_last(run: Run) -> None:
    fresh = rows(2000, 7)
    made = evaluate(run, samples=fresh[fresh[:, 0].argsort()])
    assert not [remark for score in made.scores for remark in score.remarks]


def test_only_an_evaluation_of_full_size_on_the_usual_features_is_kept_for_the_report(run: Run) -> None:
    made = evaluate(run)
    evaluate(run, asked=30)
    evaluate(run, features="discriminator")
    assert kept_evaluation(run.folder) == made


def test_a_run_that_cannot_be_written_to_is_judged_all_the_same(run: Run) -> None:
    evaluate(run)
    kept = (run.path / FILE).read_bytes()
    (run.path / FILE).unlink()
    (run.path / FILE).mkdir()
    told: list[str] = []
    assert evaluate(run, tell=told.append).sentence
    assert any("could not be kept" in text for text in told)
    (run.path / FILE).rmdir()
    (run.path / FILE).write_bytes(kept)


def test_fewer_samples_than_asked_shrink_both_sides(run: Run) -> None:
    assert evaluate(run, asked=40).count == 40
    assert evaluate(run, samples=rows(12, 7)).count == 12


def test_the_run_s_own_features_are_marked_as_partial(run: Run) -> None:
    made = evaluate(run, features="discriminator")
    assert made.partial
    assert any("flatter" in caution for caution in made.cautions)


@pytest.mark.parametrize("asked", [-3, 0, 1])
def test_too_few_samples_are_refused(run: Run, asked: int) -> None:
    with pytest.raises(SettingError, match="at least 2"):
        evaluate(run, asked=asked)


def test_data_that_have_changed_or_gone_are_told(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="have changed"):
        evaluate(run, source=rows(3000, 1))


def test_the_reference_is_trained_on_and_the_held_out_items_are_not() -> None:
    split = Split(torch.arange(900), torch.arange(900, 950), torch.arange(950, 1000))
    real = Real.of(split, seed=0)
    assert set(real.training.tolist()) == set(range(900))
    assert set(real.held_out.tolist()) == set(range(950, 1000))
    assert real.training[:50].tolist() != list(range(50))
    assert not real.with_select


def test_a_tiny_report_split_takes_the_select_split_along() -> None:
    source = open_source(rows(40, 0), DataOptions())
    real = Real.of(source.split, seed=0)
    assert real.with_select
    assert len(real.held_out) == 4


@pytest.mark.parametrize("count", [6, 19, 20, 40, 100])
def test_small_sets_get_wide_intervals_a_caution_and_no_accusation(count: int) -> None:
    source = open_source(rows(count, 0), DataOptions())
    x = source.domain.read(rows(200, 9)).x
    judged = judge(Samples(x), source, source.split, extractor_for(source.domain), asked=1000, seed=0)
    assert judged.cautions
    assert (CHOSEN_BY_COUNTED in judged.cautions) == judged.real.with_select
    assert not [remark for score in judged.scores for remark in score.remarks]
    if judged.case.count < BLIND:
        assert "too few to say more" in judged.sentence
        assert "close to the floor" not in judged.sentence.lower()
    else:
        assert "only large faults show" in judged.sentence
    widths = [score.value.high - score.value.low for score in judged.scores if score.name == "precision"]
    assert widths[0] > (0.3 if count <= 40 else 0.2)


def test_without_anything_held_out_copying_is_not_judged() -> None:
    source = open_source(rows(16, 0), DataOptions())
    assert not source.split.held_out
    judged = judge(
        Samples(source.batch(source.split.train).real["x"]),
        source,
        source.split,
        extractor_for(source.domain),
        asked=1000,
        seed=0,
    )
    assert "cannot be told" in judged.sentence
    assert not [score for score in judged.scores if any(r.aspect == "memorisation" for r in score.remarks)]


@pytest.fixture(scope="module")
def corners() -> Source:
    return open_source(rows(6000, 0), DataOptions())


def test_real_items_are_not_accused(corners: Source) -> None:
    assert everything(rows(300, 5), corners) == (
        "Close to the floor in fidelity and in variety; no sign of memorisation."
    )


def often_equal(kind: str, n: int, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Rows of which many are equal by nature."""
    random = np.random.default_rng(seed)
    match kind:
        case "whole numbers to 10":
            return random.integers(0, 10, (n, 2)).astype(float)
        case "whole numbers to 50":
            return random.integers(0, 50, (n, 2)).astype(float)
        case "counts":
            return random.poisson(20, (n, 2)).astype(float)
        case "three dice":
            return random.integers(1, 7, (n, 3)).astype(float)
        case "one rounded column":
            return np.round(random.standard_normal((n, 1)), 1)
    empty = random.standard_normal((n, 3))
    empty[random.random(n) < 0.2] = 0.0
    return empty


@pytest.mark.parametrize(
    "kind",
    ["whole numbers to 10", "whole numbers to 50", "counts", "three dice", "one rounded column", "a fifth all zero"],
)
def test_real_rows_that_are_often_equal_are_not_accused(kind: str) -> None:
    source = open_source(often_equal(kind, 5000, 0), DataOptions())
    for seed in (1, 2):
        told = everything(often_equal(kind, 600, seed), source)
        assert "The samples" not in told and "; they" not in told, told


def test_a_missing_corner_is_named(corners: Source) -> None:
    assert "miss" in everything(rows(300, 5, kinds=3), corners)


def test_copies_are_named(corners: Source) -> None:
    copies = corners.domain.decode(corners.batch(corners.split.train[:1000]).real["x"])
    assert "cop" in everything(copies, corners)


def test_repetition_is_named(corners: Source) -> None:
    assert "repeat" in everything(np.repeat(rows(30, 5), 10, axis=0), corners)


def test_a_wrong_scale_is_named_with_its_column(corners: Source) -> None:
    wide = rows(300, 5)
    wide[:, 1] *= 1.5
    assert "'y'" in everything(wide, corners) or " y" in everything(wide, corners)


def test_a_run_without_labels_on_data_that_have_classes_is_told_the_class_it_misses(tmp_path: Path) -> None:
    """Bright and dark pictures in two folders: the run was not told, but who reads the scores should be."""
    random = np.random.default_rng(0)
    for name, level in (("dark", 40), ("bright", 200)):
        (tmp_path / "sorted" / name).mkdir(parents=True)
        for number in range(400):
            pixels = np.clip(level + 20 * random.standard_normal((12, 12)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "sorted" / name / f"{number}.png")
    options = Options(recipe="dcgan", kimg=0.1, threads=1, out=tmp_path / "runs", report=False)
    unlabelled = train(str(tmp_path / "sorted"), replace(options, settings={"networks.settings.width": 8}))
    only_dark = np.clip(40 + 20 * random.standard_normal((200, 12, 12)), 0, 255).astype(np.uint8)
    made = evaluate(unlabelled, samples=only_dark)
    (balance,) = [score for score in made.scores if score.name == "class_balance"]
    assert "'bright'" in balance.remarks[0].words
    assert not [score for score in made.scores if score.name == "as_asked"]


def test_an_evaluation_survives_json_with_bounds_that_are_infinite(run: Run) -> None:
    made = evaluate(run, asked=2)
    assert any(score.value.error == float("inf") for score in made.scores)
    text = to_text(to_json(made))
    json.loads(text)  # plain JSON: infinities are texts
    content = from_text(text)
    assert content is not None
    assert from_json(Evaluation, content) == made
