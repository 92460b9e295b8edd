"""The sentence: it names what was remarked, never contradicts the table, and says what cannot be told."""

from __future__ import annotations

import math
from dataclasses import replace

from ganforge.metrics._metric import Aspect, Estimate, Remark, Score
from ganforge.metrics._verdict import BLIND, FEW, sentence


def about(value: float, error: float) -> Estimate:
    return Estimate(value, value - 1.96 * error, value + 1.96 * error, error)


def score(
    aspect: Aspect,
    errors: float = 0.0,
    *remarks: Remark,
    label: str = "a score",
    better: str = "low",
    error: float = 0.1,
) -> Score:
    """One that is so many standard errors above its floor."""
    return Score(
        metric="m",
        name=label,
        label=label,
        aspect=aspect,
        value=about(1.0 + errors * error, error),
        floor=about(1.0, error),
        difference=about(errors * error, error),
        better=better,  # type: ignore[arg-type]
        count=500,
        remarks=remarks,
    )


FINE = (score("fidelity"), score("variety"), score("both"), score("both", label="another"))


def said(*scores: Score, count: int = 500, holds_out: bool = True) -> str:
    return sentence(scores, count=count, holds_out=holds_out)


def test_without_any_fault_all_is_close_to_the_floor() -> None:
    assert said(*FINE) == "Close to the floor in fidelity and in variety; no sign of memorisation."


def test_a_fault_is_named_and_the_other_aspect_is_judged_by_its_own_scores() -> None:
    blurred = score("fidelity", 9.0, Remark("fidelity", "are blurrier than the data", 0.5))
    assert said(blurred, score("variety")) == (
        "The samples are blurrier than the data; close to the floor in variety; no sign of memorisation."
    )


def test_a_score_of_both_that_is_far_off_forbids_to_call_either_close() -> None:
    told = said(score("fidelity"), score("variety"), score("both", 6.0, label="kernel distance"))
    assert told.startswith("Behind the floor in fidelity and in variety (by kernel distance)")
    assert "close" not in told.lower()


def test_a_score_that_should_be_as_its_floor_counts_in_both_directions() -> None:
    for errors in (7.0, -7.0):
        assert (
            "behind the floor in fidelity" in said(score("fidelity", errors, better="floor"), score("variety")).lower()
        )


def test_what_is_better_than_its_floor_is_not_held_against_the_samples() -> None:
    assert "close to the floor in fidelity" in said(score("fidelity", -9.0), score("variety")).lower()


def test_several_scores_that_lean_to_the_worse_are_not_called_close() -> None:
    leaning = [score("both", 3.0, label=f"score {number}") for number in range(3)]
    assert said(*leaning).startswith("Perhaps a little behind the floor")


def test_copies_are_told_last_and_their_absence_is_said() -> None:
    copies = score("memorisation", 9.0, Remark("memorisation", "contain copies", 0.7))
    assert said(*FINE, copies).endswith("; they contain copies.")


def test_copying_is_not_judged_where_nothing_was_held_out() -> None:
    assert "cannot be told, since nothing was held out" in said(*FINE, holds_out=False)


def test_copying_is_not_judged_where_its_scores_could_not_be_held_against_anything() -> None:
    blind = replace(score("memorisation"), floor=None, difference=None)
    assert "since equal items are common in these data" in said(*FINE, blind)
    assert "no sign of memorisation" in said(*FINE, blind, score("memorisation"))


def test_few_items_say_so_and_hardly_any_are_no_grounds_for_praise() -> None:
    assert f"with {FEW - 1} items on each side only large faults show" in said(*FINE, count=FEW - 1)
    assert said(*FINE, count=BLIND - 1) == f"{BLIND - 1} items on each side are too few to say more."


def test_the_gravest_faults_are_named_and_the_rest_counted_once() -> None:
    many = [Remark("fidelity", f"have fault {n}", n / 10) for n in range(6)]
    varied = [Remark("variety", f"lack {n}", n / 20) for n in range(5)]
    told = said(score("fidelity", 9.0, *many), score("variety", 9.0, *varied))
    assert "have fault 5, have fault 4, have fault 3, lack 4, lack 3, lack 2" in told
    assert told.count("more faults") == 1
    assert "have 5 more faults that the report lists" in told


def test_the_gravest_of_all_is_named_first_and_hides_no_cause() -> None:
    same = Remark("variety", "are all the same or nearly so", 1.0)
    told = said(score("fidelity", 9.0, Remark("fidelity", "are taller", 0.4)), score("variety", 9.0, same))
    assert told.startswith("The samples are all the same or nearly so and are taller; ")


def test_scores_that_could_not_be_computed_say_nothing() -> None:
    nothing = score("fidelity", math.nan, error=math.inf)
    assert said(nothing, score("variety"), score("both")) == said(score("variety"), score("both"))
