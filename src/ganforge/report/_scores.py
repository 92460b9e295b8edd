"""Scores beside the floor: a picture first, then the numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ganforge.metrics._evaluation import Evaluation
from ganforge.metrics._metric import Aspect, Estimate, Score
from ganforge.metrics._resampling import certain
from ganforge.report._charts import Scale
from ganforge.report._html import Content, Html, tag
from ganforge.report._words import counted, estimate, number

_ASPECTS: dict[Aspect, str] = {
    "fidelity": "Fidelity: do they look real?",
    "variety": "Variety: does every kind occur?",
    "both": "Both at once",
    "memorisation": "Memorisation: are they copies?",
}
_BETTER = {"low": "lower is better", "high": "higher is better", "floor": "the nearer to real data, the better"}
_EDGE = 6.0
"""Percent of the strip that are left free at each end."""


@dataclass(frozen=True)
class Verdict:
    """What a comparison with the floor comes to."""

    words: str
    differs: bool
    """For certain."""


def verdict(score: Score) -> Verdict:
    """The score beside its floor in a few words."""
    difference = score.difference
    if not math.isfinite(score.value.value):
        return Verdict("could not be computed", differs=False)
    if score.floor is None or difference is None:
        return Verdict("nothing to compare it with", differs=False)
    if not math.isfinite(difference.error) or not math.isfinite(difference.value):
        return Verdict("too few samples to tell", differs=False)
    if certain(difference):
        return Verdict(_direction(score, difference), differs=True)
    if score.remarks:
        return Verdict("see the remark", differs=True)
    if difference.low > 0 or difference.high < 0:
        return Verdict(f"perhaps {_direction(score, difference)}", differs=False)
    return Verdict("no certain difference", differs=False)


def _direction(score: Score, difference: Estimate) -> str:
    if score.better == "floor":
        return "differs from real data"
    worse = (difference.value > 0) == (score.better == "low")
    return "worse than real data" if worse else "beyond real data"


def section(evaluation: Evaluation) -> Html:
    """The picture of the headline scores, cautions, and the tables."""
    chosen = [score for score in evaluation.scores if score.headline] or list(evaluation.scores)
    shown = [score for aspect in _ASPECTS for score in chosen if score.aspect == aspect]
    rest = [score for aspect in _ASPECTS for score in evaluation.scores if score.aspect == aspect if score not in shown]
    return tag(
        "section",
        tag("h2", "Beside real data"),
        tag("p.lead", _how_to_read(evaluation)),
        _legend(),
        tag("div.strips", *_rows(shown)),
        _cautions(evaluation),
        _table(shown, evaluation, "The same in numbers") if shown else None,
        tag(
            "details",
            tag("summary", f"{counted(len(rest), 'more score')}"),
            _table(rest, evaluation, "The other scores"),
        )
        if rest
        else None,
        attributes={"id": "scores"},
    )


def strip(score: Score) -> Html:
    """One score on a scale of its own: the floor's interval as a band, the value with its whisker."""
    scale = strip_scale(score)
    judged = verdict(score)
    error = _error(score)
    beside = "" if score.floor is None else f", real data {estimate(score.floor, error)}"
    words = f"{score.label}: samples {estimate(score.value, error)}{beside}; {judged.words}"
    label = tag("div.what", tag("h4", score.label), tag("p", _BETTER[score.better]))
    told = tag("div.told.differs" if judged.differs else "div.told", judged.words)
    if scale is None:
        return tag("div.strip", label, tag("p.quiet", number(score.value.value)), told)
    marks: list[Content] = [tag("title", words), _rail()]
    texts = [_text(scale, score.value, error, "value")]
    if score.floor is not None:
        marks += [_band(scale, score.floor), _tick(scale, score.floor)]
        texts.append(_text(scale, score.floor, error, "floor"))
    marks += [_whisker(scale, score.value), _dot(scale, score.value)]
    name = "div.strip.certain" if judged.differs else "div.strip"
    drawing = tag("svg", *marks, attributes={"role": "img", "aria-label": words})
    return tag(name, label, tag("div.scale", texts[0], drawing, *texts[1:]), told)


def strip_scale(score: Score) -> Scale | None:
    """Holds value and floor with their intervals; None where the value is no number."""
    if not math.isfinite(score.value.value):
        return None
    told = [score.value] + ([score.floor] if score.floor is not None else [])
    ends = [end for one in told for end in (one.value, one.low, one.high) if math.isfinite(end)]
    low, high = min(ends), max(ends)
    if low == high:
        reach = abs(low) / 2 or 0.5
        return Scale(low - reach, high + reach)
    return Scale(low, high)


def percent(scale: Scale, value: float) -> float:
    """Where a number lies on the strip, in percent of its width."""
    return _EDGE + (100 - 2 * _EDGE) * scale.place(value)


def _how_to_read(evaluation: Evaluation) -> str:
    held = "held-out real data, which it never saw" if evaluation.holds_out else "another part of the training data"
    return (
        f"{counted(evaluation.count, 'sample')} of {evaluation.which} ({evaluation.kimg:,.0f}k samples) and as much of "
        f"{held} were each compared with {counted(evaluation.count, 'training item')}, as seen by "
        f"{evaluation.features_label}. A score can only be as good as what real data gets."
    )


def _legend() -> Html:
    return tag(
        "p.legend",
        tag("span.key.real", "real data, with its 95 % interval"),
        tag("span.key.hollow", "samples: no certain difference"),
        tag("span.key.forged", "samples: different for certain"),
    )


def _rows(scores: Sequence[Score]) -> list[Html]:
    rows: list[Html] = []
    for at, score in enumerate(scores):
        if at == 0 or scores[at - 1].aspect != score.aspect:
            rows.append(tag("h3", _ASPECTS[score.aspect]))
        rows.append(strip(score))
    return rows


def _cautions(evaluation: Evaluation) -> Html | None:
    texts = list(evaluation.cautions)
    if evaluation.partial:
        texts.append("These features were shaped by this run itself: the scores flatter it.")
    return tag("ul.cautions", *(tag("li", text) for text in texts)) if texts else None


def _table(scores: Sequence[Score], evaluation: Evaluation, caption: str) -> Html:
    head = ("score", "samples", "real data", "difference")
    return tag(
        "table.scores",
        tag("caption", f"{caption}, with 95 % intervals"),
        tag("thead", tag("tr", *(tag("th", text, attributes={"scope": "col"}) for text in head))),
        tag("tbody", *(_row(score, evaluation) for score in scores)),
    )


def _row(score: Score, evaluation: Evaluation) -> Html:
    basis = f"n = {score.count:,} · {evaluation.features_label}"
    note = tag("details", tag("summary", "what to know"), tag("p", score.note)) if score.note else None
    found = (tag("small.found", f"The samples {remark.words}.") for remark in score.remarks)
    error = _error(score)
    difference: Content = estimate(score.difference, error)
    if verdict(score).differs:
        difference = tag("strong", difference)
    return tag(
        "tr",
        tag("th", score.label, tag("small", basis), *found, note, attributes={"scope": "row"}),
        tag("td", estimate(score.value, error), attributes={"data-of": "samples"}),
        tag("td", estimate(score.floor, error), attributes={"data-of": "real data"}),
        tag("td", difference, attributes={"data-of": "difference"}),
    )


def _percent(scale: Scale, value: float) -> str:
    return f"{percent(scale, value):.2f}%"


def _rail() -> Html:
    return tag("line.rail", attributes={"x1": "0%", "x2": "100%", "y1": "12", "y2": "12"})


def _band(scale: Scale, floor: Estimate) -> Html:
    """The floor's interval; over the whole strip where it has no bounds."""
    low = percent(scale, floor.low) if math.isfinite(floor.low) else 0.0
    high = percent(scale, floor.high) if math.isfinite(floor.high) else 100.0
    width = {"x": f"{low:.2f}%", "width": f"{max(0.6, high - low):.2f}%", "y": "2", "height": "20", "rx": "3"}
    return tag("rect.floor", attributes=width)


def _tick(scale: Scale, floor: Estimate) -> Html | None:
    if not math.isfinite(floor.value):
        return None
    at = _percent(scale, floor.value)
    return tag("line.middle", attributes={"x1": at, "x2": at, "y1": "2", "y2": "22"})


def _whisker(scale: Scale, value: Estimate) -> Html:
    low = percent(scale, value.low) if math.isfinite(value.low) else 0.0
    high = percent(scale, value.high) if math.isfinite(value.high) else 100.0
    ends = {"x1": f"{low:.2f}%", "x2": f"{high:.2f}%", "y1": "12", "y2": "12"}
    return tag("line.whisker", attributes=ends)


def _dot(scale: Scale, value: Estimate) -> Html:
    return tag("circle.value", attributes={"cx": _percent(scale, value.value), "cy": "12", "r": "6"})


def _text(scale: Scale, told: Estimate, error: float, kind: str) -> Html:
    """The number at its place, moved inwards near the ends so that it is not cut."""
    if not math.isfinite(told.value):
        return tag(f"span.{kind}", number(told.value))
    place = percent(scale, told.value)
    shift = -100 * (place - _EDGE) / (100 - 2 * _EDGE)
    style = f"left:{place:.2f}%;transform:translateX({shift:.0f}%)"
    return tag(f"span.{kind}", number(told.value, error), attributes={"style": style})


def _error(score: Score) -> float:
    """The larger standard error of value and floor: both are written with its digits, so that they can be compared."""
    told = [score.value] + ([score.floor] if score.floor is not None else [])
    return max((one.error for one in told if math.isfinite(one.error)), default=math.nan)
