"""The journal as charts: losses, scores, rates, what the probes saw, and the quick score with its error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ganforge.core.settings import Json
from ganforge.report._charts import Chart, Line, Mark, Scale, Sign, Tone
from ganforge.report._panels import Panel, panels
from ganforge.report._words import k_samples, number

_POINTS = 120
"""A line has no more: each is the mean of its records, the band goes from the least to the greatest of them."""
_LOG_FROM = 30.0
"""Axes are logarithmic where the greatest value is so many times the least."""
_SHADES: tuple[Tone, ...] = ("real", "other", "another")
_Z = 1.959964
_BEYOND, _BEYOND_LOG = 2.0, 30.0
"""Where a run was treated, an axis reaches beyond the values of the last course by so many times their range, or, where
it is logarithmic, so many times higher and lower: one that fell apart must not flatten what came after."""


@dataclass(frozen=True)
class Story:
    """What the journal tells, sorted; "kimg" counts all samples ever shown, those that treatments took back too."""

    records: tuple[Json, ...] = ()
    """Of losses and scores."""
    examined: tuple[Json, ...] = ()
    decisions: tuple[str, ...] = ()
    resumed: int = 0
    """How often it was taken up again."""
    stopped: Json | None = None
    """The last word; None = it has not been said."""
    signs: tuple[Sign, ...] = ()
    """Alarms and treatments."""
    kimg: float = 0.0
    """How far it is: k samples shown, without what treatments took back."""

    @property
    def reach(self) -> float:
        """k samples ever shown at the last thing journaled."""
        return max((float(record["kimg"]) for record in (*self.records, *self.examined)), default=0.0)


def story(journal: Sequence[Json]) -> Story:
    """The journal's records by kind, as it went; what lacks its place in the run is left out."""
    placed = _placed(journal)

    def of(kind: str) -> tuple[Json, ...]:
        return tuple(record for record in placed if record.get("event") == kind and _finite(record.get("kimg")))

    begun = [at for at, record in enumerate(journal) if record.get("event") in ("started", "resumed")]
    after = journal[begun[-1] :] if begun else journal
    records = tuple(record for record in of("record") if isinstance(record.get("values"), dict))
    examined = tuple(record for record in of("examined") if isinstance(record.get("score"), int | float))
    last = max((*records, *examined), key=lambda record: float(record["kimg"]), default=None)
    return Story(
        records=records,
        examined=examined,
        decisions=tuple(str(record.get("what", "")) for record in journal if record.get("event") == "decision"),
        resumed=sum(record.get("event") == "resumed" for record in journal),
        stopped=next((record for record in reversed(after) if record.get("event") == "stopped"), None),
        signs=_signs(of("finding"), of("treated")),
        kimg=0.0 if last is None else float(last["kimg"]) - float(last["taken back"]),
    )


def _placed(journal: Sequence[Json]) -> list[Json]:
    """Each record at the k samples ever shown, with the updates ever "taken"."""
    back, ahead, placed = 0.0, 0, []
    for record in journal:
        own: Json = {}
        if _finite(record.get("kimg")):
            own = {"kimg": float(record["kimg"]) + back, "taken back": back}
        if isinstance(record.get("step"), int):
            own["taken"] = int(record["step"]) + ahead
        placed.append({**record, **own})
        if record.get("event") == "treated" and own and _finite(record.get("to_kimg")):
            back += float(record["kimg"]) - float(record["to_kimg"])
        if isinstance(record.get("to_step"), int) and isinstance(record.get("taken"), int):
            ahead = int(record["taken"]) - int(record["to_step"])
    return placed


def _signs(findings: Sequence[Json], treatments: Sequence[Json]) -> tuple[Sign, ...]:
    alarms = (finding for finding in findings if finding.get("severity") != "mild")
    found = [Sign(float(each["kimg"]), str(each.get("sentence", "")), "found") for each in alarms]
    treated = [
        Sign(
            float(each["kimg"]),
            f"Treatment {each.get('number', '')}: {each['remedy'].get('words', '')}",
            "treated",
            f"course {number}",
        )
        for number, each in enumerate(treatments, start=2)
        if isinstance(each.get("remedy"), dict)
    ]
    return (*found, *treated)


def charts(told: Story, in_use: int) -> tuple[Chart, ...]:
    """Every chart that the journal gives; `in_use`: after how many updates the generator that is used was saved."""
    told_of = [_quick_score(told.examined, in_use), *_of_records(told.records)]
    signed = [_signed(chart, told.signs) for chart in told_of if chart is not None]
    speed = _speed(told.records)
    return (*signed, *(() if speed is None else (speed,)))


def health_charts(told: Story) -> tuple[Chart, ...]:
    """What the probes saw: how real and how varied the forgeries are, what D can tell, and how steady the samples."""
    health = (panel for panel in _panels(told.records) if panel.of_probes)
    made = (_chart(told.records, panel, _tone_in_turn) for panel in health)
    return tuple(_signed(chart, told.signs) for chart in made if chart is not None)


def _signed(chart: Chart, signs: Sequence[Sign]) -> Chart:
    """With alarms and treatments, and with the axis of the last course."""
    begun = max((sign.x for sign in signs if sign.kind == "treated"), default=None)
    signed = replace(chart, signs=tuple(signs))
    if begun is None:
        return signed
    last = [y for line in chart.lines for x, y in zip(line.x, line.y, strict=True) if x > begun and math.isfinite(y)]
    positive = [y for y in last if y > 0 or not chart.log]
    if len(positive) < 2:
        return signed
    low, high = _bounds(min(positive), max(positive), log=chart.log)
    if all(low <= y <= high for line in chart.lines for y in line.y if math.isfinite(y)):
        return signed

    def within(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(min(max(y, low), high) if math.isfinite(y) else y for y in values)

    lines = tuple(replace(line, y=within(line.y), low=within(line.low), high=within(line.high)) for line in chart.lines)
    marks = tuple(replace(mark, y=within((mark.y,))[0]) for mark in chart.marks)
    about = f"{chart.about} What lies far from the last course is drawn at the edge."
    return replace(signed, lines=lines, marks=marks, about=about)


def _bounds(low: float, high: float, *, log: bool) -> tuple[float, float]:
    if log:
        return low / _BEYOND_LOG, high * _BEYOND_LOG
    reach = _BEYOND * max(high / 2 - low / 2, abs(high) / 10, abs(low) / 10, 1e-6) * 2
    return low - reach, high + reach


def x_scale(told: Story) -> Scale:
    """From nothing to the last thing journaled."""
    return Scale(0.0, told.reach or 1.0)


def _quick_score(examined: Sequence[Json], in_use: int) -> Chart | None:
    if not examined:
        return None
    x = tuple(float(record["kimg"]) for record in examined)
    y = tuple(float(record["score"]) for record in examined)
    errors = [float(record.get("error", math.nan)) for record in examined]
    finite = [score for score in y if math.isfinite(score)]
    line = Line(
        "samples",
        x,
        y,
        "forged",
        tuple(score - _Z * error for score, error in zip(y, errors, strict=True)),
        tuple(score + _Z * error for score, error in zip(y, errors, strict=True)),
    )
    marks = [
        Mark(
            float(record["kimg"]),
            score,
            f"{_with_error(score, error)} after {k_samples(record['kimg'])}: "
            f"{'in use' if record.get('taken') == in_use else 'kept'}",
            strong=record.get("taken") == in_use,
        )
        for record, score, error in zip(examined, y, errors, strict=True)
        if record.get("kept") or record.get("taken") == in_use
    ]
    used = any(mark.strong for mark in marks)
    return Chart(
        "Distance to the data, while it trained",
        "A quick score (kernel distance, lower is better) against data set aside for this"
        f"{', with its 95 % interval' if sum(map(math.isfinite, errors)) > 1 else ''}. "
        f"{'About 0, or below, no difference was seen. ' if min(finite, default=1.0) <= 0 else ''}"
        f"A small dot: a checkpoint that was kept{'; the large one: the one in use' if used else ''}.",
        (line,),
        tuple(marks),
        log=wants_log(finite),
        holds_bands=True,
        broken_at=_first_broken(x, y),
    )


def _with_error(score: float, error: float) -> str:
    return f"{number(score, error)} ± {number(_Z * error, error)}" if math.isfinite(error) else number(score)


def _of_records(records: Sequence[Json]) -> list[Chart | None]:
    game = (panel for panel in _panels(records) if not panel.of_probes)
    return [_chart(records, panel, _tone_in_turn if panel.name == "penalties" else _tone_of_side) for panel in game]


def _panels(records: Sequence[Json]) -> tuple[Panel, ...]:
    return panels(name for record in records for name in record["values"])


def _speed(records: Sequence[Json]) -> Chart | None:
    x = [float(record["kimg"]) for record in records]
    y = [float(record.get("samples_per_second", math.nan)) for record in records]
    if not any(map(math.isfinite, y)):
        return None
    return Chart("Speed", "Real samples shown a second.", (_line("samples/s", x, y, "other"),))


def _chart(records: Sequence[Json], panel: Panel, tone: Callable[[str, int], Tone]) -> Chart | None:
    lines, broken, finite = [], [], []
    for at, name in enumerate(panel.values):
        there = [record for record in records if isinstance(record["values"].get(name), int | float)]
        x = [float(record["kimg"]) for record in there]
        y = [min(float(record["values"][name]), panel.most) for record in there]
        broken += [found for found in (_first_broken(x, y),) if found is not None]
        finite += [value for value in y if math.isfinite(value)]
        if x:
            lines.append(_line(panel.lines[at], x, y, tone(name, at)))
    if not lines:
        return None
    return Chart(
        panel.title,
        panel.about,
        tuple(lines),
        gap=panel.name == "scores" and len(panel.values) == 2,
        log=wants_log([value for line in lines for value in line.y if math.isfinite(value)]) and min(finite) > 0,
        broken_at=min(broken, default=None),
    )


def _tone_of_side(name: str, at: int) -> Tone:
    """What is forged, and who forges it, in the accent colour; the rest in ink and its shades."""
    if name.endswith(".fake") or name.startswith("generator"):
        return "forged"
    return "real" if at < 2 else _tone_in_turn(name, at)


def _tone_in_turn(name: str, at: int) -> Tone:
    return _SHADES[at % len(_SHADES)]


def _line(name: str, x: Sequence[float], y: Sequence[float], tone: Tone) -> Line:
    """The records in at most `_POINTS` groups of neighbours."""
    size = -(-len(x) // _POINTS)
    groups = [range(start, min(start + size, len(x))) for start in range(0, len(x), size)]
    middle, mean, low, high = [], [], [], []
    for group in groups:
        there = [y[at] for at in group if math.isfinite(y[at])]
        whole = len(there) == len(group)
        middle.append(x[group[-1]])
        mean.append(sum(value / len(there) for value in there) if whole else math.nan)  # a sum may be no float
        low.append(min(there) if whole else math.nan)
        high.append(max(there) if whole else math.nan)
    band = (tuple(low), tuple(high)) if size > 1 else ((), ())
    return Line(name, tuple(middle), tuple(mean), tone, *band)


def wants_log(values: Sequence[float]) -> bool:
    return bool(values) and min(values) > 0 and max(values) / _LOG_FROM > min(values)


def _first_broken(x: Sequence[float], y: Sequence[float]) -> float | None:
    return next((at for at, value in zip(x, y, strict=True) if not math.isfinite(value)), None)


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
