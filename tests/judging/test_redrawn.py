"""Real pictures as another hand would have made them: near where they were, with lines a little thicker or thinner."""

from __future__ import annotations

import torch

from ganforge.core.seeding import Draws
from ganforge.judging._nonsense import nonsense
from ganforge.judging._redrawn import PLACED, redrawn


def bars(ground: float) -> torch.Tensor:
    x = torch.full((200, 1, 28, 28), ground)
    x[:, :, 8:20, 13:15] = -ground
    return x


def middle(x: torch.Tensor, ground: float) -> torch.Tensor:
    """(n, 2): where the ink lies, in pixels."""
    ink = (x - ground).abs()[:, 0]
    at = torch.arange(28.0)
    whole = ink.sum((1, 2))
    return torch.stack([(ink.sum(2) * at).sum(1) / whole, (ink.sum(1) * at).sum(1) / whole], 1)


def test_ink_moves_by_no_more_than_a_hand_strays_and_its_amount_changes_both_ways() -> None:
    for ground in (-1.0, 1.0):
        x = bars(ground)
        made = redrawn(x, Draws(0, "r"))
        off = middle(made, ground) - middle(x, ground)
        assert 1.0 < float(off.abs().max()) < PLACED * 28 + 0.6
        assert float(off.mean(0).abs().max()) < 0.4
        amount = (made - ground).abs().sum((1, 2, 3)) / (x - ground).abs().sum((1, 2, 3))
        assert float(amount.amin()) < 0.9 and float(amount.amax()) > 1.3 and float(amount.amin()) > 0.3
        assert float(made.abs().max()) <= 1


def test_it_is_the_same_for_the_same_dice_and_leaves_what_it_is_given() -> None:
    x = bars(-1.0)[:4]
    kept = x.clone()
    assert torch.equal(redrawn(x, Draws(1, "r")), redrawn(x, Draws(1, "r")))
    assert not torch.equal(redrawn(x, Draws(1, "r")), redrawn(x, Draws(2, "r")))
    assert torch.equal(x, kept)


def test_nonsense_is_as_many_as_real_pictures_and_within_their_range() -> None:
    for channels, height, width in ((1, 28, 28), (3, 20, 33)):
        made = nonsense(Draws(0, "x").uniform(40, channels, height, width) * 2 - 1, Draws(0, "n"))
        assert made.shape == (40, channels, height, width)
        assert bool(torch.isfinite(made).all()) and float(made.abs().max()) <= 1
