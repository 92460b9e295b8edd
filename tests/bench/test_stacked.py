"""StackedMNIST: what nobody may have seen, figures on samples whose faults are known, copies of a running training."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import ganforge
from ganforge.bench import _digit_judge, _stacked
from ganforge.bench._digit_judge import train_classifier
from ganforge.bench._stacked import (
    HITS,
    MOST_WRONG,
    SAMPLES,
    UNSEEN_EACH,
    score_stacks,
    split_digits,
    stacked,
    take_snapshot,
    train_with_snapshots,
    training_seconds,
)
from ganforge.core.errors import RunError
from ganforge.core.settings import Json
from ganforge.runs.folder import RunFolder


def _each_triple(times: int) -> np.ndarray:
    return np.repeat(np.stack(np.unravel_index(np.arange(1000), (10, 10, 10)), axis=1), times, axis=0)


def test_the_unseen_digits_are_balanced_and_nowhere_among_those_seen() -> None:
    seen, unseen = split_digits()
    assert (len(seen.digits), len(unseen.digits)) == (4000, 1000)
    assert np.bincount(unseen.digits).tolist() == [UNSEEN_EACH] * 10
    assert np.bincount(seen.digits).tolist() == [400] * 10
    assert not {row.tobytes() for row in seen.pixels} & {row.tobytes() for row in unseen.pixels}
    assert (split_digits()[1].pixels == unseen.pixels).all()


def test_stacks_hold_three_of_the_digits_given() -> None:
    pixels = np.arange(7, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), dtype=np.uint8)
    pictures = stacked(pixels, 2000, seed=3)
    assert pictures.shape == (2000, 28, 28, 3)
    assert (pictures == pictures[:, :1, :1]).all()  # one digit a channel
    triples = {tuple(row) for row in pictures[:, 0, 0].tolist()}
    assert len(triples) > 300  # of 343: the channels are independent
    assert (stacked(pixels, 2000, seed=3) == pictures).all()
    assert not (stacked(pixels, 2000, seed=4) == pictures).all()


def test_even_samples_have_no_divergence() -> None:
    scores = score_stacks(_each_triple(26))
    assert (scores.modes, scores.touched) == (1000, 1000)
    assert scores.reverse_kl == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("kept", [1, 10, 400])
def test_the_divergence_of_missing_modes_is_exact(kept: int) -> None:
    triples = _each_triple(26).reshape(1000, 26, 3)[:kept].reshape(-1, 3)
    scores = score_stacks(triples)
    assert (scores.modes, scores.touched) == (kept, kept)
    assert scores.reverse_kl == pytest.approx(np.log(1000 / kept))


def test_uneven_shares_diverge_as_the_formula_says() -> None:
    halves = np.array([[0, 0, 0]] * 75 + [[9, 9, 9]] * 25)
    assert score_stacks(halves).reverse_kl == pytest.approx(0.75 * np.log(750) + 0.25 * np.log(250))


def test_a_mode_counts_from_five_hits() -> None:
    rare = np.array([[1, 2, 3]] * (HITS - 1) + [[3, 2, 1]] * HITS + [[0, 0, 7]])
    scores = score_stacks(rare)
    assert (scores.modes, scores.touched) == (1, 3)


def test_a_perfect_sampler_diverges_by_what_chance_makes() -> None:
    """E[KL] is about (modes - 1) / (2 n): Miller and Madow's bias of a plug-in entropy."""
    values = [
        score_stacks(np.random.default_rng(seed).integers(10, size=(SAMPLES, 3))).reverse_kl for seed in range(20)
    ]
    assert np.mean(values) == pytest.approx(999 / (2 * SAMPLES), rel=0.02)
    assert max(abs(np.array(values) - np.mean(values))) < 0.003


def test_the_time_of_training_is_read_from_the_journal() -> None:
    records: list[Json] = [
        {"event": "started", "step": 0},
        {"event": "record", "step": 10, "kimg": 1.0, "samples_per_second": 100.0},
        {"event": "saved", "step": 12},
        {"event": "record", "step": 20, "kimg": 2.0, "samples_per_second": 50.0},
        {"event": "record", "step": 30, "kimg": 4.0, "samples_per_second": 1000.0},
    ]
    assert training_seconds(records) == pytest.approx(10.0 + 20.0 + 2.0)
    assert training_seconds(records, until_step=25) == pytest.approx(30.0)
    assert training_seconds(records[:1]) == 0.0


TINY = {"networks.settings.width": 2, "networks.settings.discriminator_width": 2}


def _tiny_pictures() -> np.ndarray:
    return stacked(split_digits()[0].pixels, 64, seed=0)


def test_a_snapshot_makes_the_samples_of_its_moment(tmp_path: Path) -> None:
    options = ganforge.Options(kimg=1.0, out=tmp_path / "runs", settings=TINY, threads=1)
    run = ganforge.train(_tiny_pictures(), options)
    snapshot = take_snapshot(run.folder, tmp_path / "snapshots" / "early")
    samples = run.sample(4)
    first = run.folder.checkpoints.steps()[0]
    assert first < run.step
    for path in (run.path / "checkpoints").glob(f"{run.step:08d}*"):  # the run goes back; its copy does not follow
        path.unlink()
    copy = ganforge.load(snapshot)
    assert copy.step == run.step
    assert (copy.sample(4) == samples).all()
    assert not (ganforge.load(run.path).sample(4) == samples).all()


def test_a_snapshot_says_nothing_of_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    options = ganforge.Options(kimg=1.0, out=tmp_path / "runs", settings=TINY, threads=1)
    run = ganforge.train(_tiny_pictures(), options)
    run.folder.journal.append({"event": "record", "step": run.step + 1, "kimg": 99.0, "samples_per_second": 1.0})
    copy = RunFolder.open(take_snapshot(run.folder, tmp_path / "copy"))
    assert copy.journal.records() == run.folder.journal.records()[:-1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are bound to cores")
def test_a_training_is_copied_on_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stacked, "LOOK_SECONDS", 0.05)
    file = tmp_path / "stacks.npy"
    np.save(file, _tiny_pictures())
    settings = [word for path, value in TINY.items() for word in ("--set", f"{path}={value}")]
    arguments = ["train", str(file), "--kimg", "12", *settings]  # ends by its samples, however slow the machine is
    early, end = train_with_snapshots(arguments, (5.0, 0.005), tmp_path / "here")
    first, last = ganforge.load(early), ganforge.load(end)
    assert early.name == "after-0.005-minutes"
    assert 0 <= first.step < last.step
    assert last.folder.status() == "done"
    assert first.sample(3).shape == (3, 28, 28, 3)
    assert last.recipe.budget.minutes == 5.0
    with pytest.raises(RunError, match="there already"):
        train_with_snapshots(arguments, (5.0,), tmp_path / "here")


def test_the_classifier_is_a_function_of_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_digit_judge, "STEPS", 5)
    digits = split_digits()[0].labelled()
    first, again, other = (train_classifier(digits, seed).state_dict() for seed in (0, 0, 1))
    assert all(bool((first[name] == again[name]).all()) for name in first)
    assert not all(bool((first[name] == other[name]).all()) for name in first)


@pytest.mark.slow
def test_the_classifier_errs_rarely_on_digits_it_never_saw() -> None:
    seen, unseen = split_digits()
    held_out = unseen.labelled()
    wrong = (train_classifier(seen.labelled()).digits(held_out.x) != held_out.y).float().mean()
    assert float(wrong) <= MOST_WRONG
    assert held_out.x.dtype == torch.float32
