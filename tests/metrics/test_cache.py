"""Features of real items are computed once, whatever happens to the files they are kept in."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import DataOptions, Source
from ganforge.data._opening import open_source
from ganforge.metrics import _cache
from ganforge.metrics._cache import real_features
from ganforge.metrics.features._features import Extractor, Kernel, Setting


class Counting(Extractor):
    """Means and sums of rows; it counts how many it was asked for."""

    kernel: ClassVar[Kernel] = "gaussian"

    def __init__(self, label: str = "counting", *, round_to: torch.dtype = torch.float32) -> None:
        self.asked = 0
        self._label = label
        self._round_to = round_to

    @classmethod
    def make(cls, setting: Setting) -> Counting:
        return cls()

    @property
    def label(self) -> str:
        return self._label

    def extract(self, x: Float[Tensor, "n columns"]) -> Float[Tensor, "n 2"]:
        self.asked += len(x)
        return torch.stack([x.mean(1), x.sum(1)], dim=1).to(self._round_to).float()


class Partial(Counting):
    """Of a run's own."""

    partial: ClassVar[bool] = True


ROWS = torch.tensor([5, 3, 30, 7])


def a_source(seed: int = 0) -> Source:
    return open_source(np.random.default_rng(seed).standard_normal((1200, 3)), DataOptions())


def kept() -> list[Path]:
    return sorted((Path(os.environ["GANFORGE_CACHE"]) / "features").glob("*.safetensors"))


def test_they_are_those_of_the_rows_in_their_order_and_computed_once() -> None:
    source, extractor = a_source(), Counting()
    first = real_features(source, ROWS, extractor)
    assert torch.equal(first, Counting()(source.batch(ROWS).real["x"]))
    assert torch.equal(real_features(source, ROWS, extractor), first)
    assert extractor.asked == len(ROWS)


def test_many_rows_are_read_part_by_part() -> None:
    source, rows = a_source(), torch.arange(1200).flip(0)
    expected = Counting()(source.batch(rows).real["x"])
    assert torch.equal(real_features(source, rows, Counting()), expected)
    assert torch.equal(real_features(source, rows, Counting()), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_nothing_is_lost_by_keeping_them_and_half_the_space_is_taken_where_that_is_so(dtype: torch.dtype) -> None:
    source, rows = a_source(), torch.arange(1000)
    first = real_features(source, rows, Counting(round_to=dtype))
    assert torch.equal(real_features(source, rows, Counting(round_to=dtype)), first)
    assert (kept()[0].stat().st_size < 1000 * 2 * 4) == (dtype is torch.float16)


@pytest.mark.parametrize(
    "other",
    [
        lambda: (a_source(1), ROWS, Counting()),
        lambda: (a_source(), ROWS.flip(0), Counting()),
        lambda: (a_source(), ROWS[:3], Counting()),
        lambda: (a_source(), ROWS, Counting("another")),
    ],
    ids=["data", "order", "rows", "features"],
)
def test_another_question_has_another_answer(other: Callable[[], tuple[Source, Tensor, Counting]]) -> None:
    real_features(a_source(), ROWS, Counting())
    source, rows, extractor = other()
    assert torch.equal(real_features(source, rows, extractor), Counting()(source.batch(rows).real["x"]))
    assert extractor.asked == len(rows) and len(kept()) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-3]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"x" * 200),
        lambda file: (file.unlink(), file.mkdir()),
    ],
    ids=["cut", "empty", "something else", "a folder"],
)
def test_a_damaged_file_is_not_believed(damage: Callable[[Path], object]) -> None:
    source = a_source()
    first = real_features(source, ROWS, Counting())
    damage(kept()[0])
    again = Counting()
    assert torch.equal(real_features(source, ROWS, again), first)
    assert again.asked == len(ROWS)


def test_a_file_of_another_length_is_not_believed() -> None:
    source = a_source()
    real_features(source, ROWS[:3], Counting())
    three = kept()[0].read_bytes()
    first = real_features(source, ROWS, Counting())
    for file in kept():
        file.write_bytes(three)
    assert torch.equal(real_features(source, ROWS, Counting()), first)


def test_what_a_run_shaped_itself_is_never_kept() -> None:
    source, extractor = a_source(), Partial()
    for _ in range(2):
        real_features(source, ROWS, extractor)
    assert extractor.asked == 2 * len(ROWS) and kept() == []


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    source = a_source()
    features = real_features(source, ROWS, Counting(), cache=tmp_path / "file")
    assert torch.equal(features, Counting()(source.batch(ROWS).real["x"]))


def test_what_was_not_asked_for_longest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    source = a_source()
    real_features(source, ROWS, Counting("first"))
    one = kept()[0].stat().st_size
    monkeypatch.setattr(_cache, "MOST_BYTES", 2 * one + one // 2)
    real_features(source, ROWS, Counting("second"))
    for age, file in enumerate(sorted(kept(), key=lambda file: file.stat().st_mtime_ns, reverse=True)):
        os.utime(file, ns=(10**18 - age * 10**9,) * 2)
    real_features(source, ROWS, Counting("first"))  # wanted again: now the second is the oldest
    real_features(source, ROWS, Counting("third"))
    asked = [Counting(label) for label in ("first", "third", "second")]
    for extractor in asked:
        real_features(source, ROWS, extractor)
    assert [extractor.asked for extractor in asked] == [0, 0, len(ROWS)]


def test_the_newest_stays_however_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cache, "MOST_BYTES", 1)
    source, extractor = a_source(), Counting()
    for _ in range(2):
        real_features(source, ROWS, extractor)
    assert extractor.asked == len(ROWS)


def test_data_of_another_fingerprint_are_other_data() -> None:
    source = a_source()
    real_features(source, ROWS, Counting())
    source.card = replace(source.card, fingerprint="another")
    extractor = Counting()
    real_features(source, ROWS, extractor)
    assert extractor.asked == len(ROWS)
