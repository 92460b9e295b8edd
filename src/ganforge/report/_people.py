"""What people said who were asked "real or forged?"."""

from __future__ import annotations

from ganforge.metrics._words import percent
from ganforge.people import People, Share
from ganforge.report._html import Html, tag
from ganforge.report._words import counted


def section(told: People | None) -> Html | None:
    """The sentence and the rates in numbers; nothing where nobody has played."""
    if told is None or not (told.answers or told.others):
        return None
    rows = [
        _row("Wrong, one at a time", told.error_rate, 0.5),
        _row("Forgeries called real", told.fooled, 0.5),
        _row("Real items called forged", told.denied, 0.5),
        _row("Wrong, out of several", told.picked, told.guessing),
    ]
    head = ("people", "share (95 % interval)", "guessing")
    return tag(
        "section",
        tag("h2", "Real or forged?"),
        tag("p.lead", told.words),
        tag(
            "table.scores",
            tag("caption", f"Answers of {counted(told.players, 'player')} in {counted(told.rounds, 'round')}"),
            tag("thead", tag("tr", *(tag("th", text, attributes={"scope": "col"}) for text in head))),
            tag("tbody", *(row for row in rows if row is not None)),
        )
        if told.answers
        else None,
        attributes={"id": "people"},
    )


def _row(what: str, share: Share | None, guessing: float | None) -> Html | None:
    if share is None or guessing is None:
        return None
    value = f"{percent(share.value)} ({percent(share.low)} to {percent(share.high)})"
    return tag(
        "tr",
        tag("th", what, tag("small", counted(share.count, "answer")), attributes={"scope": "row"}),
        tag("td", value, attributes={"data-of": "people"}),
        tag("td", percent(guessing), attributes={"data-of": "guessing"}),
    )
