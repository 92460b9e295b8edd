"""The quick score of a training: its plan, its shares of classes, and what is said at the end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ganforge.core.contracts import DataOptions
from ganforge.core.seeding import Draws
from ganforge.data._opening import open_source
from ganforge.examining import (
    SHORTEST_SECONDS,
    _real_rows,
    best_examination,
    extractor_for,
    make_examiner,
    outlook,
    with_examinations,
)
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.recorder import journal_record
from tests.training.small import PLAN, RECIPE, a_game, two_modes
from tests.watch.told import treated


def record(kimg: float, score: float, gain: float, *, kept: bool = True) -> dict[str, object]:
    return {
        "event": "examined",
        "step": round(kimg * 10),
        "kimg": kimg,
        "score": score,
        "error": 0.01,
        "gain": gain,
        "gain_error": 0.004,
        "kept": kept,
        "seconds": 0.1,
    }


def test_a_run_that_is_long_enough_is_examined_and_a_short_one_is_not() -> None:
    source = two_modes()
    game = a_game(RECIPE, source)
    long = replace(PLAN, kimg=1000.0, samples_per_second=1000.0)  # 1,000 seconds
    planned = with_examinations(long, game, source, RECIPE, seed=0)
    assert planned.examine_steps > 0
    assert planned.examine_samples >= 200
    assert replace(planned, examine_steps=0, examine_samples=0) == long
    short = replace(PLAN, kimg=1.0, samples_per_second=1.1 * 1000 / SHORTEST_SECONDS)
    assert with_examinations(short, game, source, RECIPE, seed=0) == short
    assert make_examiner(short, game, source, 10, seed=0) is None


def test_classes_are_asked_for_as_often_as_they_occur() -> None:
    """The examiner's samples are compared with the select split as a whole: other shares would be a difference."""
    pictures = np.zeros((400, 8, 8), dtype=np.uint8)
    pictures[:, :, :] = np.arange(400)[:, None, None] % 251
    pictures[:300, 0, 0] = np.arange(300) % 199
    path = "pictures.npz"
    np.savez(path, x=pictures, y=np.asarray([0] * 300 + [1] * 100))
    source = open_source(path, DataOptions(labels=True))
    recipe = RECIPES.get("dcgan")(source.card)
    game = a_game(recipe, source)
    asked = []
    real_sample = game.sample

    def sample(z: torch.Tensor, labels: torch.Tensor | None, draws: Draws) -> torch.Tensor:
        assert labels is not None
        asked.append(labels)
        return real_sample(z, labels, draws)

    game.sample = sample  # type: ignore[method-assign]
    examiner = make_examiner(replace(PLAN, examine_steps=1, examine_samples=400), game, source, 10, seed=0)
    assert examiner is not None
    examiner.examine(1, 0.1)
    condition = source.batch(source.split.select).condition
    assert condition is not None
    assert condition.labels is not None
    share = float(condition.labels.float().mean())
    assert float(asked[0].float().mean()) == pytest.approx(share, abs=0.05)


def test_the_end_tells_which_generator_is_kept_and_whether_it_got_worse_since() -> None:
    records = [record(100, 0.5, 0.0), record(200, 0.2, 0.3), record(300, 0.9, -0.7, kept=False)]
    (told,) = outlook(records, chosen_length=False, compared="250 items")
    assert "200k samples" in told
    assert "0.2000 ± 0.0100" in told
    assert "at the end it was worse: 0.9000" in told


def test_the_best_may_be_of_before_a_treatment() -> None:
    treatment: dict[str, object] = {**journal_record(treated(70, 20)), "step": 3000, "kimg": 300.0, "to_kimg": 100.0}
    worse = [record(100, 0.5, 0.0), record(200, 0.2, 0.3), treatment, record(200, 0.4, 0.1)]
    assert best_examination(worse) is worse[1]
    (told,) = outlook(worse, chosen_length=False, compared="250 items")
    assert "200k samples, of before a treatment, at a kernel distance of 0.2000" in told
    assert "at the end it was worse: 0.4000" in told
    level = [*worse[:3], record(200, 0.21, 0.3)]
    assert best_examination(level) is level[3], "the later where they are level"


def test_a_moment_at_which_something_is_done_is_not_the_best() -> None:
    treatment = {**journal_record(treated(70, 20)), "step": 2000, "kimg": 200.0, "to_kimg": 0.0}
    records = [record(100, 0.5, 0.0), record(200, 0.2, 0.3), treatment]
    assert best_examination(records) is records[0]
    ended = [record(100, 0.5, 0.0), record(200, 0.2, 0.3), {"event": "stopped", "reason": "unhealthy", "step": 2000}]
    assert best_examination(ended) is ended[0]
    assert best_examination([{"event": "started"}]) is None


def test_a_score_near_nothing_is_said_to_be_no_difference() -> None:
    seen = [record(100, 0.9, 0.0), record(200, -0.004, 0.9)]
    (told,) = outlook(seen, chosen_length=False, compared="250 items")
    assert "no difference can be seen" in told
    (blind,) = outlook([record(100, 0.02, 0.0), record(200, 0.01, 0.01)], chosen_length=False, compared="3 items")
    assert "no difference" not in blind  # nothing could have been seen


@pytest.mark.parametrize(
    ("last_gain", "words"), [(7, "a longer training would likely help"), (3, "more would hardly help")]
)
def test_a_run_of_a_length_that_was_set_is_told_whether_more_would_help(last_gain: int, words: str) -> None:
    records = [record(100 * n, 1.0 / n, 0.1 if n <= last_gain else 0.001) for n in range(1, 9)]
    assert words in list(outlook(records, chosen_length=True, compared="250 items"))[-1]
    assert len(list(outlook(records, chosen_length=False, compared="250 items"))) == 1


def test_too_few_examinations_are_said_to_be_too_few() -> None:
    *_, told = outlook([record(100, 1.0, 0.0), record(200, 0.5, 0.4)], chosen_length=True, compared="250 items")
    assert "too few to tell" in told


def test_data_that_lie_sorted_by_class_are_examined_in_all_classes() -> None:
    pictures = np.zeros((2000, 4, 4), dtype=np.uint8)
    pictures.reshape(2000, 16)[:, :2] = np.random.default_rng(0).permutation(2000)[:, None] % (200, 251)
    pictures[np.arange(2000), 1, 1] = np.arange(2000) // 200 * 20
    np.savez("sorted.npz", x=pictures, y=np.arange(2000) // 200)
    source = open_source("sorted.npz", DataOptions(labels=True))
    first = source.batch(_real_rows(source)[:40]).condition
    assert first is not None and first.labels is not None
    assert len(set(first.labels.tolist())) >= 8


def test_a_run_that_was_not_examined_has_nothing_to_tell() -> None:
    assert list(outlook([{"event": "started"}, {"event": "record"}], chosen_length=True, compared="250 items")) == []


def test_an_extractor_of_another_kind_of_data_is_refused() -> None:
    with pytest.raises(ValueError, match="efficientnet"):
        extractor_for(two_modes().domain, name="efficientnet")
