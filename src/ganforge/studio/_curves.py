"""A run's journal as charts on the wire."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from pydantic import BaseModel, Field

from ganforge.report._curves import wants_log
from ganforge.report._panels import Panel, panels
from ganforge.studio._journal import RATE, Kept, Placed
from ganforge.studio._series import Drawn, Series, plain

_Z = 1.959964
"""Standard errors of a 95 % interval."""
_MOST_POINTS = 5000
_SHARES = frozenset({"variety", "apart", "drift"})
"""Charts of shares: 0.01 beside 0.9 is nothing beside nearly all, and an axis of powers would hide that."""

Most = Annotated[int, Field(ge=2, le=_MOST_POINTS)]


class Line(BaseModel):
    """One value; each point stands for its neighbours too, from `low` to `high`."""

    name: str
    title: str
    kimg: list[float]
    mean: list[float | None]
    """None = not finite."""
    low: list[float | None] | None
    high: list[float | None] | None


class Chart(BaseModel):
    """Lines that share an axis."""

    name: str
    title: str
    about: str
    unit: str
    log: bool
    floor: float | None
    """As good as real data; None where there is no such value, or the axis cannot show it."""
    lines: list[Line]


class Curves(BaseModel):
    """All charts of a run, or of a part of it."""

    reach_kimg: float
    """k samples ever shown; treatments take none of them back."""
    charts: list[Chart]


def curves(kept: Kept, start: float, end: float, most: int) -> Curves:
    """The part of a run from `start` to `end` k samples, in at most `most` points a line."""
    charts = [_quality(list(kept.scores), start, end)]
    charts += [_chart(kept, panel, start, end, most) for panel in panels(name for name in kept.series if name != RATE)]
    speed = kept.series.get(RATE)
    if speed is not None:
        line = _line(RATE, "samples/s", speed.drawn(start, end, most), math.inf)
        charts.append(
            Chart(
                name="rate",
                title="Speed",
                about="Real samples shown a second.",
                unit="samples/s",
                log=False,
                floor=None,
                lines=[line],
            )
        )
    return Curves(reach_kimg=kept.reach, charts=[chart for chart in charts if chart is not None and chart.lines])


def _quality(scores: list[Placed], start: float, end: float) -> Chart | None:
    there = [each for each in scores if start <= each.kimg <= end]
    if not there:
        return None
    score = np.array([each.record["score"] for each in there])
    error = np.array([each.record["error"] for each in there])
    log = wants_log([each.record["score"] for each in scores if math.isfinite(each.record["score"])])
    line = Line(
        name="distance",
        title="distance",
        kimg=[round(each.kimg, 4) for each in there],
        mean=plain(score),
        low=plain(score - _Z * error),
        high=plain(score + _Z * error),
    )
    return Chart(
        name="quality",
        title="Distance to the data",
        about="A quick score (kernel distance, lower is better) with its 95 % interval, against data set aside for "
        "this. At 0, or below, no difference was seen.",
        unit="",
        log=log,
        floor=None if log else 0.0,
        lines=[line],
    )


def _chart(kept: Kept, panel: Panel, start: float, end: float, most: int) -> Chart:
    series = [kept.series[name] for name in panel.values]
    lines = [
        _line(name, title, each.drawn(start, end, most), panel.most)
        for name, title, each in zip(panel.values, panel.lines, series, strict=True)
    ]
    return Chart(
        name=panel.name,
        title=panel.title,
        about=panel.about,
        unit="",
        log=panel.name not in _SHARES and _log(series),
        floor=1.0 if panel.name == "variety" else None,
        lines=[line for line in lines if line.kimg],
    )


def _log(series: list[Series]) -> bool:
    return wants_log([value for each in series for value in each.bounds() or ()])


def _line(name: str, title: str, drawn: Drawn, highest: float) -> Line:
    def bounded(values: list[float | None] | None) -> list[float | None] | None:
        if values is None or math.isinf(highest):
            return values
        return [None if value is None else min(value, highest) for value in values]

    return Line(
        name=name,
        title=title,
        kimg=drawn.kimg,
        mean=bounded(drawn.mean) or [],
        low=bounded(drawn.low),
        high=bounded(drawn.high),
    )
