"""The answer in plain words: put together of what the scores remark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ganforge.metrics._metric import Aspect, Remark, Score
from ganforge.metrics._resampling import certain

NAMED = 3
"""Faults of one aspect that the sentence names; the rest is counted."""
FEW = 200
"""With fewer items on a side, the sentence says that small faults would not show."""
SUSPECT = 2.0
"""A score so many standard errors behind its floor is not certainly worse, and not called close to it either."""
BLIND = 12
"""With fewer items on a side nothing but gross faults can be certain, so that nothing is called good."""


def sentence(scores: Sequence[Score], *, count: int, holds_out: bool) -> str:
    """What a careful person would say of these scores.

    Args:
        scores: all of them.
        count: items on each side.
        holds_out: whether copies can be told at all.
    """
    faults = _by_gravity(remark for score in scores for remark in score.remarks)
    seen = [remark for remark in faults if remark.aspect != "memorisation"]
    copying = [remark for remark in faults if remark.aspect == "memorisation"]
    clauses = []
    if seen:
        clauses.append(f"The samples {_named(seen)}")
    clauses += _rest(scores, {remark.aspect for remark in seen}, count)
    if not holds_out:
        clauses.append("whether they are copies cannot be told, since nothing was held out")
    elif copying:
        clauses.append(f"they {_listed([remark.words for remark in copying])}")
    elif any(score.aspect == "memorisation" for score in scores) and not any(
        score.aspect == "memorisation" and score.difference is not None for score in scores
    ):
        clauses.append("whether they are copies cannot be told, since equal items are common in these data")
    elif count >= BLIND:
        clauses.append("no sign of memorisation")
    if count < BLIND:
        clauses.append(f"{count} items on each side are too few to say more")
    elif count < FEW:
        clauses.append(f"with {count} items on each side only large faults show")
    text = "; ".join(clauses)
    return text[0].upper() + text[1:] + "."


def _rest(scores: Sequence[Score], faulty: set[Aspect], count: int) -> list[str]:
    """What is said of fidelity and of variety where nothing was remarked: a score of both speaks of each."""
    if count < BLIND:
        return []
    clauses: dict[str, list[str]] = {}
    for aspect in ("fidelity", "variety"):
        if aspect in faulty or ("both" in faulty and aspect == "fidelity"):
            continue
        of_it = [score for score in scores if score.aspect in (aspect, "both")]
        certainly = [
            score.label for score in of_it if _towards(score) and score.difference and certain(score.difference)
        ]
        perhaps = [score.label for score in of_it if _towards(score) > SUSPECT]
        if certainly:
            words = "behind the floor in {}" + f" (by {_listed(certainly[:2])})"
        elif len(perhaps) >= max(2, len(of_it) // 4):
            words = "perhaps a little behind the floor in {}"
        else:
            words = "close to the floor in {}"
        clauses.setdefault(words, []).append(aspect)
    return [words.format(" and in ".join(aspects)) for words, aspects in clauses.items()]


def _towards(score: Score) -> float:
    """By how many standard errors a score is worse than its floor; 0 where it is better, or cannot be told."""
    difference = score.difference
    if difference is None or not math.isfinite(difference.value) or not 0 < difference.error < math.inf:
        return 0.0
    errors = difference.value / difference.error
    return max(0.0, {"low": errors, "high": -errors, "floor": abs(errors)}[score.better])


def _by_gravity(remarks: Iterable[Remark]) -> list[Remark]:
    """The gravest first, each text once."""
    first: dict[str, Remark] = {}
    for remark in sorted(remarks, key=lambda remark: -remark.weight):
        first.setdefault(remark.words, remark)
    return list(first.values())


def _named(remarks: Sequence[Remark]) -> str:
    """The gravest of each aspect by name, beginning with the aspect of the gravest of all; the others counted."""
    first = [remark for remark in remarks if remark.aspect == remarks[0].aspect]
    others = [remark for remark in remarks if remark.aspect != remarks[0].aspect]
    words = [remark.words for part in (first, others) for remark in part[:NAMED]]
    more = len(remarks) - len(words)
    if more:
        words.append(f"have {more} more {'fault' if more == 1 else 'faults'} that the report lists")
    return _listed(words)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
