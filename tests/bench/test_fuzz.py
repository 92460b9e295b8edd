"""A small part of the fuzz bench; the whole is `ganforge bench fuzz`."""

from __future__ import annotations

from ganforge.bench.fuzz import make_files, measure


def test_a_hundred_fuzzed_pictures_are_each_read_or_skipped_by_name() -> None:
    outcome = measure(make_files(100, seed=1))
    assert outcome.passed, outcome
    assert outcome.read + outcome.skipped == outcome.files == 100
    assert outcome.read > 5 and outcome.skipped > 20


def test_the_same_seed_makes_the_same_files() -> None:
    assert make_files(12, seed=3) == make_files(12, seed=3)
