"""The averaged generator and the order of the real samples."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from ganforge.core.recipe import EmaSettings
from ganforge.core.records import Batch
from ganforge.training.ema import Ema
from ganforge.training.feed import ShuffledFeed
from tests.training.small import RECIPE, a_game, two_modes


def test_after_a_half_life_half_of_the_average_is_newer() -> None:
    game = a_game(RECIPE, two_modes())
    ema = Ema(game, EmaSettings(half_life_kimg=1.0, ramp_up=1.0))
    with torch.no_grad():
        for parameter in ema.players.parameters():
            parameter.zero_()
        for parameter in game.players["generator"].parameters():
            parameter.fill_(1.0)
    for _ in range(10):
        ema.update(seen=10**6, added=100)
    for parameter in ema.players.parameters():
        assert torch.allclose(parameter, torch.full_like(parameter, 0.5), atol=1e-5)


def test_the_beginning_is_forgotten() -> None:
    game = a_game(RECIPE, two_modes())
    ema = Ema(game, EmaSettings(half_life_kimg=1e6, ramp_up=0.05))
    start = [parameter.clone() for parameter in ema.players.parameters()]
    with torch.no_grad():
        for parameter in game.players["generator"].parameters():
            parameter.add_(1.0)
    for step in range(1, 101):
        ema.update(seen=step * 64, added=64)
    for before, after in zip(start, ema.players.parameters(), strict=True):
        assert torch.allclose(after - before, torch.ones_like(before), atol=1e-3)


def test_the_average_takes_no_part_in_training() -> None:
    ema = Ema(a_game(RECIPE, two_modes()), EmaSettings(half_life_kimg=1.0))
    assert not any(parameter.requires_grad for parameter in ema.players.parameters())


def a_feed(n: int, seed: int = 0) -> ShuffledFeed:
    return ShuffledFeed(lambda rows: Batch({"x": rows[:, None].float()}, None, rows), torch.arange(n) * 3, seed)


@given(n=st.integers(1, 40), count=st.integers(1, 100), epoch=st.integers(0, 3))
def test_every_epoch_shows_each_row_once(n: int, count: int, epoch: int) -> None:
    feed = a_feed(n)
    start, end = epoch * n, (epoch + 1) * n
    rows = [feed.batch(seen, min(count, end - seen)).rows for seen in range(start, end, count)]
    assert torch.cat(rows).sort().values.tolist() == [3 * i for i in range(n)]


@given(n=st.integers(1, 40), seen=st.integers(0, 200), count=st.integers(1, 100))
def test_a_batch_depends_only_on_what_was_seen_before(n: int, seen: int, count: int) -> None:
    walked = a_feed(n)
    for before in range(0, seen, 7):
        walked.batch(before, 7)
    assert torch.equal(walked.batch(seen, count).rows, a_feed(n).batch(seen, count).rows)
    assert len(walked.batch(seen, count)) == count


def test_epochs_and_seeds_differ_in_order() -> None:
    feed = a_feed(50)
    assert not torch.equal(feed.batch(0, 50).rows, feed.batch(50, 50).rows)
    assert not torch.equal(feed.batch(0, 50).rows, a_feed(50, seed=1).batch(0, 50).rows)
