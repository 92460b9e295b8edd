"""The answer in plain words: put together of what the scores remark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ganforge.metrics._metric import CERTAIN, Aspect, Remark, Score

NAMED = 3
"""Faults of one aspect that the sentence names; the rest is counted."""
_CLOSE = "close to the floor in "
FEW = 200
"""With fewer items on a side, the sentence says that small faults would not show."""


def sentence(scores: Sequence[Score], *, count: int, holds_out: bool) -> str:
    """What a careful person would say of these scores."""
    fidelity, variety = _remarks(scores, "both", "fidelity"), _remarks(scores, "variety")
    copying = _remarks(scores, "memorisation")
    clauses = []
    if fidelity or variety:
        clauses.append(f"The samples {_listed([*_named(fidelity), *_named(variety)])}")
    good = [_good(aspect, scores) for aspect, faults in (("fidelity", fidelity), ("variety", variety)) if not faults]
    all_good = good == [_CLOSE + "fidelity", _CLOSE + "variety"]
    clauses += ["close to the floor in fidelity and in variety"] if all_good else good
    if not holds_out:
        clauses.append("whether they are copies cannot be told, since nothing was held out")
    elif copying:
        clauses.append(f"they {_listed(_named(copying))}")
    else:
        clauses.append("no sign of memorisation")
    if count < FEW:
        clauses.append(f"with {count} items on each side only large faults show")
    text = "; ".join(clauses)
    return text[0].upper() + text[1:] + "."


def _good(aspect: str, scores: Iterable[Score]) -> str:
    """What is said of an aspect in which nothing was remarked."""
    worse = [score for score in scores if score.aspect == aspect and _is_worse(score)]
    return f"a little behind the floor in {aspect}" if worse else _CLOSE + aspect


def _is_worse(score: Score) -> bool:
    """Whether it is worse than its floor for certain."""
    if score.difference is None or score.better == "floor":
        return False
    towards = score.difference.value if score.better == "low" else -score.difference.value
    return towards > CERTAIN * score.difference.error


def _remarks(scores: Iterable[Score], *aspects: Aspect) -> list[Remark]:
    found = [remark for score in scores for remark in score.remarks if remark.aspect in aspects]
    return sorted(found, key=lambda remark: -remark.weight)


def _named(remarks: Sequence[Remark]) -> list[str]:
    words = list(dict.fromkeys(remark.words for remark in remarks))
    more = len(words) - NAMED
    return words[:NAMED] if more <= 1 else [*words[:NAMED], f"have {more} more faults that the report lists"]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
