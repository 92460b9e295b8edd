"""Line charts: inline SVG that stretches with the page, its numbers and names in HTML so that they never shrink."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ganforge.report._html import Html, tag, together

WIDTH, HEIGHT = 1000, 400
"""The chart's own coordinates; x to the right, y downwards, both stretched to the space there is."""
Tone = Literal["forged", "real", "other", "another"]
"""How a line is drawn: all that is forged in the accent colour, all that is real in ink."""
_NAMES_APART = 9.0
"""Percent of the height between two names at the end of lines, at least."""
_LINEAR_TICKS, _MOST_TICKS = 4, 6
_LABELS_APART, _LATE = 0.24, 0.8
"""Share of the width between two labels of signs, at least; from here on they stand to the left of their line."""
_LARGEST, _SMALLEST = 1e300, 1e-300
"""Beyond these there is no room for an axis."""


@dataclass(frozen=True)
class Line:
    """A line, with a band around it where `low` and `high` are given."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    """What is not finite is a gap."""
    tone: Tone = "real"
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Mark:
    """A dot."""

    x: float
    y: float
    tip: str
    """Told when it is pointed at."""
    strong: bool = False
    """The one among many."""


@dataclass(frozen=True)
class Sign:
    """A vertical line: something happened here that every curve may show."""

    x: float
    tip: str
    """Told when it is pointed at."""
    kind: Literal["found", "treated"]
    label: str = ""
    """Written beside it, where there is room."""


@dataclass(frozen=True)
class Chart:
    """Lines over the k samples shown."""

    title: str
    about: str
    """A sentence or two: what it shows and how to read it."""
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...] = ()
    signs: tuple[Sign, ...] = ()
    gap: bool = False
    """The area between the first two lines is filled."""
    log: bool = False
    """A logarithmic axis; what is 0 or less lies on its lower edge."""
    holds_bands: bool = False
    """The axis is as long as the bands, not only as the lines."""
    broken_at: float | None = None
    """From here on numbers were not finite."""


@dataclass(frozen=True)
class Scale:
    """Numbers to places between 0 and 1."""

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high end; what lies beyond stays at the end."""
        low, high = self.low, self.high
        if self.log:
            value, low, high = (math.log10(max(part, self.low)) for part in (value, low, high))
        # Halves, since the distance between two floats may be no float
        return min(1.0, max(0.0, (value / 2 - low / 2) / (high / 2 - low / 2)))

    def ticks(self) -> tuple[float, ...]:
        """Round numbers within the scale."""
        if self.log:
            powers = _thinned(
                range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1)
            )
            if len(powers) > 1:
                return tuple(10.0**power for power in powers)
        return nice_ticks(self.low, self.high)


def nice_ticks(low: float, high: float, count: int = _LINEAR_TICKS) -> tuple[float, ...]:
    """About `count` multiples of 1, 2 or 5 times a power of ten between `low` and `high`."""
    rough = (high / 2 - low / 2) / count * 2
    if not (0 < rough < math.inf):
        return (low,)
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * min((1, 2, 5, 10), key=lambda factor: abs(math.log(factor * power / rough)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(at * step for at in range(first, last + 1)) if last - first < 10 * count else (low, high)


def scale_of(values: Iterable[float], *, log: bool = False, zero: bool = False) -> Scale | None:
    """A scale that holds all finite values, a little wider than they are; None where there are none."""
    finite = [
        min(max(value, _SMALLEST if log else -_LARGEST), _LARGEST)
        for value in values
        if math.isfinite(value) and (value > 0 or not log)
    ]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    if log:
        return Scale(low / 1.15, high * 1.15, log=True) if high / low > 1.001 else Scale(low / 2, high * 2, log=True)
    low = min(0.0, low) if zero else low
    if high / 2 - low / 2 <= 1e-9 * max(abs(low), abs(high), 1e-12):
        reach = max(abs(low) / 2, 0.5)
        return Scale(low - (0.0 if zero and low == 0 else reach), high + reach)
    margin = (high / 2 - low / 2) * 0.12
    return Scale(low if zero and low == 0 else low - margin, high + margin)


def draw(chart: Chart, x_scale: Scale) -> Html | None:
    """The chart as a figure; None where it holds no finite number."""
    values = [value for line in chart.lines for value in line.y]
    if chart.holds_bands:
        values += [value for line in chart.lines for value in (*line.low, *line.high)]
    y_scale = scale_of(values, log=chart.log)
    if y_scale is None:
        return None
    told = "; ".join(f"{line.name}: {_ends(line)}" for line in chart.lines)
    inside = [
        *(_rule(y_scale.place(tick)) for tick in y_scale.ticks()),
        _between(chart.lines[0], chart.lines[1], x_scale, y_scale) if chart.gap and len(chart.lines) > 1 else None,
        *(_band(line, x_scale, y_scale) for line in chart.lines),
        *(_path(line, x_scale, y_scale) for line in chart.lines),
        *(_sign(sign, x_scale) for sign in chart.signs),
        *(_dot(mark, x_scale, y_scale) for mark in sorted(chart.marks, key=lambda mark: mark.strong)),
        _break(chart.broken_at, x_scale),
    ]
    box = {
        "viewBox": f"0 0 {WIDTH} {HEIGHT}",
        "preserveAspectRatio": "none",
        "role": "img",
        "aria-label": f"{chart.title}. {told}",
    }
    return tag(
        "figure.chart",
        tag("figcaption", tag("h3", chart.title), tag("p", chart.about)),
        tag(
            "div.plot",
            tag("div.ys", *(_at("top", 1 - y_scale.place(t), tick_text(t, y_scale)) for t in y_scale.ticks())),
            tag("svg", *inside, attributes=box),
            tag("div.signs", *_labels(chart.signs, x_scale)) if any(sign.label for sign in chart.signs) else None,
            tag("div.names", *_names(chart, y_scale)),
            tag("div.xs", *(_at("left", x_scale.place(t), tick_text(t, x_scale)) for t in x_scale.ticks())),
        ),
    )


def tick_text(value: float, scale: Scale) -> str:
    """A tick as a short number: "0.05", "20k"."""
    size = abs(value)
    if size < 1e-12 * max(abs(scale.low), abs(scale.high)):
        return "0"
    if 1e-4 <= size < 1e6:
        text = f"{value:,.6g}"
    else:
        text = f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return text.replace("-", "−")


def _thinned(powers: Sequence[int]) -> list[int]:
    return [power for power in powers if power % math.ceil(len(powers) / _MOST_TICKS) == 0]


def _xy(x: float, y: float, x_scale: Scale, y_scale: Scale) -> str:
    return f"{WIDTH * x_scale.place(x):.1f} {HEIGHT * (1 - y_scale.place(y)):.1f}"


def _path(line: Line, x_scale: Scale, y_scale: Scale) -> Html:
    """The line in as many pieces as there are gaps; a point alone is drawn as a dot by its round ends."""
    steps, pen_down = [], False
    for x, y in zip(line.x, line.y, strict=True):
        if math.isfinite(y) and math.isfinite(x):
            steps.append(f"{'L' if pen_down else 'M'}{_xy(x, y, x_scale, y_scale)}{'' if pen_down else 'h0'}")
        pen_down = math.isfinite(y) and math.isfinite(x)
    tip = tag("title", f"{line.name}: {_ends(line)}")
    return tag(f"path.line.{line.tone}", tip, attributes={"d": "".join(steps) or "M0 0"})


def _band(line: Line, x_scale: Scale, y_scale: Scale) -> Html | None:
    edges = zip(line.x, line.low, line.high, strict=False)
    finite = [(x, low, high) for x, low, high in edges if math.isfinite(low) and math.isfinite(high)]
    if len(finite) < 2:
        return None
    upper = [_xy(x, high, x_scale, y_scale) for x, _, high in finite]
    lower = [_xy(x, low, x_scale, y_scale) for x, low, _ in reversed(finite)]
    return tag(f"path.band.{line.tone}", attributes={"d": f"M{'L'.join([*upper, *lower])}Z"})


def _between(first: Line, second: Line, x_scale: Scale, y_scale: Scale) -> Html | None:
    low_of = dict(zip(second.x, second.y, strict=True))
    both = [(x, low_of.get(x, math.nan), y) for x, y in zip(first.x, first.y, strict=True)]
    x, low, high = zip(*both, strict=True) if both else ((), (), ())
    return _band(Line("gap", x, y=(), tone="other", low=low, high=high), x_scale, y_scale)


def _dot(mark: Mark, x_scale: Scale, y_scale: Scale) -> Html | None:
    """A line of no length with round ends: a circle would be stretched."""
    if not (math.isfinite(mark.x) and math.isfinite(mark.y)):
        return None
    name = "path.dot.strong" if mark.strong else "path.dot"
    return tag(name, tag("title", mark.tip), attributes={"d": f"M{_xy(mark.x, mark.y, x_scale, y_scale)}h0"})


def _rule(place: float) -> Html:
    return tag("path.rule", attributes={"d": f"M0 {HEIGHT * (1 - place):.1f}h{WIDTH}"})


def _sign(sign: Sign, x_scale: Scale) -> Html:
    place = {"d": f"M{WIDTH * x_scale.place(sign.x):.1f} 0v{HEIGHT}"}
    return tag(f"path.sign.{sign.kind}", tag("title", sign.tip), attributes=place)


def _labels(signs: Sequence[Sign], x_scale: Scale) -> list[Html]:
    """What is written beside signs; those too near to the one before have only their line."""
    spans, last = [], -math.inf
    for sign in signs:
        place = x_scale.place(sign.x)
        if sign.label and place - last >= _LABELS_APART:
            style = {"style": f"left:{100 * place:.1f}%"}
            spans.append(tag("span.late" if place > _LATE else "span", sign.label, attributes=style))
            last = place
    return spans


def _break(at: float | None, x_scale: Scale) -> Html | None:
    if at is None:
        return None
    tip = tag("title", "from here on numbers were not finite")
    return tag("path.break", tip, attributes={"d": f"M{WIDTH * x_scale.place(at):.1f} 0v{HEIGHT}"})


def _at(side: str, place: float, text: str) -> Html:
    return tag("span", text, attributes={"style": f"{side}:{100 * place:.1f}%"})


def _ends(line: Line) -> str:
    finite = [y for y in line.y if math.isfinite(y)]
    return f"{finite[0]:.3g} at first, {finite[-1]:.3g} at last" if finite else "no finite number"


def _names(chart: Chart, y_scale: Scale) -> list[Html]:
    """Names at the ends of the lines, moved apart where they would lie over each other."""
    ends = []
    for line in chart.lines:
        finite = [y for y in line.y if math.isfinite(y)]
        if finite:
            ends.append((100 * (1 - y_scale.place(finite[-1])), line))
    ends.sort(key=lambda end: end[0])
    tops: list[float] = []
    for top, _ in ends:
        tops.append(max(top, tops[-1] + _NAMES_APART) if tops else max(top, 3.0))
    overshoot = max(0.0, tops[-1] - 97.0) if tops else 0.0
    spans = []
    for top, (_, line) in zip(tops, ends, strict=True):
        style = {"style": f"top:{max(0.0, top - overshoot):.1f}%"}
        spans.append(tag(f"span.{line.tone}", line.name, attributes=style))
    return spans


def figures(charts: Iterable[Chart], x_scale: Scale) -> Html:
    """All charts that have something to show."""
    return together(draw(chart, x_scale) for chart in charts)
