"""The judge of single items: real ones pass as often as promised, nonsense never, and the flaw is where it glows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from ganforge.api import Run
from ganforge.core.errors import SettingError
from ganforge.judging._rows import ENOUGH, FILLED, Rows
from ganforge.judging.items import EYE, ItemJudge, Sight
from ganforge.trained import same_data, stored_split
from tests.studio.players import SIDE, Pixels, crosses, trained


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(crosses(900, 0), tmp_path_factory.mktemp("crosses"))


@pytest.fixture(scope="module")
def judge(run: Run) -> ItemJudge:
    return ItemJudge(run, same_data(run.folder), stored_split(run.folder))


def seen(run: Run, pictures: Pixels) -> Tensor:
    return run.domain.read(pictures).x


def test_new_real_items_are_judged_real_as_often_as_promised(run: Run, judge: ItemJudge) -> None:
    realness = judge.judge(seen(run, crosses(300, 5))).realness
    assert 0.45 < float(realness.mean()) < 0.7
    assert float((realness < 0.05).double().mean()) < 0.1


def nonsense(kind: str) -> Pixels:
    random = np.random.default_rng(7)
    real = crosses(20, 6)
    return {
        "black": np.zeros_like(real),
        "white": np.full_like(real, 255),
        "flat": np.broadcast_to(random.integers(0, 256, size=(20, 1, 1)), real.shape).astype(np.uint8),
        "noise": random.integers(0, 256, size=real.shape).astype(np.uint8),
        "inverted": 255 - real,
        "stripes": np.where(np.arange(SIDE) % 2, 210, 10).astype(np.uint8)[None].repeat(SIDE, 0)[None].repeat(20, 0),
        "scribble": (random.random(real.shape) > 0.6).astype(np.uint8) * 210,
    }[kind]


@pytest.mark.parametrize("kind", ["black", "white", "flat", "noise", "inverted", "stripes", "scribble"])
def test_what_is_no_item_at_all_is_forged(run: Run, judge: ItemJudge, kind: str) -> None:
    realness = judge.judge(seen(run, nonsense(kind))).realness
    assert float((realness < 0.02).double().mean()) >= 0.95


def test_what_is_placed_a_pixel_off_or_drawn_with_another_pen_may_pass(run: Run, judge: ItemJudge) -> None:
    real = crosses(40, 9)
    inked = (real > 100).astype(np.uint8)
    beside = np.maximum(np.roll(real, 1, 1), np.roll(real, 1, 2)) // 2
    for other in (np.roll(real, 1, 2), np.roll(real, (1, -1), (1, 2)), inked * 210):
        assert float(judge.judge(seen(run, other)).realness.mean()) > 0.1
    # Twice as thick as any
    assert float(judge.judge(seen(run, np.maximum(real, beside))).realness.mean()) > 0.02


def test_another_checkpoint_needs_not_learn_the_data_again(
    run: Run, judge: ItemJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("the data were looked at again")

    monkeypatch.setattr(Sight, "__init__", never)
    again = ItemJudge(run, same_data(run.folder), stored_split(run.folder), sight=judge.sight)
    x = seen(run, crosses(8, 3))
    assert torch.equal(again.judge(x).realness, judge.judge(x).realness)


@pytest.mark.parametrize("corner", [(0, 0), (0, 7), (7, 4)])
def test_the_heat_lies_where_the_flaw_is(run: Run, judge: ItemJudge, corner: tuple[int, int]) -> None:
    top, left = corner
    spoilt = crosses(12, 8)
    spoilt[:, top : top + 4, left : left + 4] = np.random.default_rng(1).integers(0, 256, size=(12, 4, 4))
    heat = judge.judge(seen(run, spoilt)).heat
    assert heat is not None and heat.shape == (12, SIDE, SIDE)
    assert float(heat.min()) >= 0 and float(heat.max()) <= 1
    share = heat[:, top : top + 4, left : left + 4].sum((1, 2)) / heat.sum((1, 2)).clamp_min(1e-6)
    assert float(share.mean()) > 2 * 16 / SIDE**2


def test_what_is_said_of_an_item_does_not_depend_on_the_others(run: Run, judge: ItemJudge) -> None:
    x = seen(run, crosses(6, 3))
    together = judge.judge(x).realness
    alone = torch.cat([judge.judge(x[at : at + 1]).realness for at in range(6)])
    torch.testing.assert_close(alone, together, rtol=0, atol=0.03)


def test_it_says_what_a_person_would(run: Run, judge: ItemJudge) -> None:
    assert "are brighter than the data" in judge.judge(seen(run, nonsense("white")[:1])).told


def test_the_report_split_is_never_looked_at(run: Run) -> None:
    split = stored_split(run.folder)
    rows = Rows.of(split)
    used = set(rows.training.tolist()) | set(rows.calibration.tolist())
    assert not used & set(split.report.tolist())
    assert not set(rows.training.tolist()) & set(rows.calibration.tolist())


def test_where_few_are_held_out_training_items_fill_up_and_the_discriminator_is_not_asked(
    run: Run, judge: ItemJudge
) -> None:
    split = stored_split(run.folder)
    assert len(split.select) < ENOUGH
    assert len(judge.rows.calibration) == min(FILLED, len(split.select) + len(split.train) // 3)
    assert EYE not in judge.judge(seen(run, crosses(1, 0))).aspects


def test_where_many_are_held_out_the_discriminator_is_one_of_the_eyes(run: Run) -> None:
    split = stored_split(run.folder)
    order = torch.cat([split.select, split.train])
    other = dataclasses.replace(split, select=order[:ENOUGH], train=order[ENOUGH : ENOUGH + 100])
    assert Rows.of(other).unseen
    judge = ItemJudge(run, same_data(run.folder), other)
    made = judge.judge(seen(run, crosses(1, 0)))
    assert EYE in made.aspects
    assert 0.0 <= judge.forgeries_at <= 1.0


def test_too_few_items_are_refused_with_the_number_that_is_needed(run: Run) -> None:
    split = stored_split(run.folder)
    with pytest.raises(SettingError, match="3 items are too few"):
        Rows.of(dataclasses.replace(split, train=split.train[:3]))
