"""The auxiliary classifier's terms."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from ganforge.core.contracts import Term, View
from ganforge.core.errors import SettingError
from ganforge.core.records import Condition, Scores
from ganforge.losses.auxiliary import DiscriminatorClassLoss, GeneratorClassLoss, classification

BOTH = [DiscriminatorClassLoss, GeneratorClassLoss]
LABELS = torch.tensor([0, 2, 1])


def a_look(logits: Tensor | None, condition: Condition | None) -> View:
    return View(torch.zeros(3, 2), Scores((torch.zeros(3),), logits), condition)


def by_value(x: Tensor) -> Tensor:
    """Logits of three classes: the columns of x."""
    return x


@pytest.mark.parametrize("term", BOTH)
def test_it_is_a_term_of_the_journal(term: type[Any]) -> None:
    made = term()
    assert isinstance(made, Term)
    assert made.name == "classes"
    assert made.differentiates == frozenset()


def test_a_judge_without_a_clue_pays_the_logarithm_of_the_number_of_classes() -> None:
    loss = classification(a_look(torch.zeros(3, 5), Condition(labels=LABELS)))
    torch.testing.assert_close(loss, torch.tensor(math.log(5)))


def test_the_right_answer_costs_least_and_rough_logits_are_compared_in_float32() -> None:
    right, wrong = torch.eye(3)[LABELS], torch.eye(3)[LABELS.flip(0)]
    costs = [classification(a_look(8 * x.bfloat16(), Condition(labels=LABELS))) for x in (right, wrong)]
    assert costs[0] < 0.01
    assert costs[1] > 3
    assert all(cost.dtype == torch.float32 and cost.shape == () for cost in costs)


def test_the_discriminator_tells_both_kinds_and_the_generator_is_told_by_its_own(turn_of: Any) -> None:
    real, fake = torch.randn(3, 3), torch.randn(3, 3)
    condition = Condition(labels=LABELS)

    def turn() -> Any:
        return turn_of({"d": lambda x: (x.sum(1),)}, real, fake, condition=condition, classifier=by_value)

    costs = {side: classification(a_look(x, condition)) for side, x in (("real", real), ("fake", fake))}
    torch.testing.assert_close(DiscriminatorClassLoss()(turn()), costs["real"] + costs["fake"])
    generators = turn()
    torch.testing.assert_close(GeneratorClassLoss()(generators), costs["fake"])
    assert set(generators.looks) == {"fake"}


@pytest.mark.parametrize("term", BOTH)
def test_where_nobody_classifies_it_is_nothing_and_does_no_harm(turn_of: Any, term: type[Any]) -> None:
    w = torch.ones(3, requires_grad=True)
    turn = turn_of({"d": lambda x: (x @ w,)}, torch.ones(2, 3), torch.ones(2, 3))
    nothing = term()(turn)
    assert nothing == 0
    assert not nothing.requires_grad
    (turn.fake("d").scores.adversarial[0].mean() + 3 * nothing).backward()
    torch.testing.assert_close(w.grad, torch.ones(3))


@pytest.mark.parametrize("condition", [None, Condition()])
def test_classes_of_samples_without_labels_are_refused(condition: Condition | None) -> None:
    with pytest.raises(SettingError, match="no labels"):
        classification(a_look(torch.zeros(3, 3), condition))
