"""How the run fared: what the doctor found, what was done about it, whether it helped, with pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ganforge.core.records import Finding, Treated, TreatmentJudged
from ganforge.report._charts import figures
from ganforge.report._curves import Story, health_charts, x_scale
from ganforge.report._html import Content, Html, tag
from ganforge.report._pictures import Picture, shown
from ganforge.report._words import k_samples, number
from ganforge.watch.history import SEVERITIES, History, in_few, judgement_line, title, treatment_line

_STATES = {
    "ailing": "It is not well: what was found below was not cured.",
    "in treatment": "It is being treated; whether it helps is not known yet.",
    "given up": "It was ended because of what ails it.",
}


@dataclass(frozen=True)
class Episode:
    """One treatment, to be looked at."""

    heading: str
    before: Picture
    after: Picture


def section(told: History | None, episodes: Sequence[Episode], story: Story) -> Html | None:
    """The section; one quiet sentence where nothing was found. None where nothing is known."""
    if told is None:
        return None
    drawn = health_charts(story)
    return tag(
        "section.health",
        tag("h2", "Health"),
        tag("p.lead", sentence(told)),
        tag("ol", *_timeline(told)) if told.told else None,
        tag("div.episodes", *map(_episode, episodes)) if episodes else None,
        tag("div.charts", figures(drawn, x_scale(story))) if drawn else None,
        attributes={"id": "health"},
    )


def sentence(told: History) -> str:
    if told.state == "not known":
        return f"How it is is not known: {told.unknown}."
    if told.state == "not well":
        before = "It was treated, and the signs are gone" if told.treatments else "Nothing was found that has a name"
        return f"{before}, and yet it is not well: {told.reached}."
    if not told.told:
        watched = "The doctor watched this run and found nothing amiss."
        return watched if told.watched else "Nobody watched this run; its journal shows nothing amiss."
    opening = "" if told.watched else "Nobody watched this run; looked at afterwards, this is seen. "
    if told.state == "treated":
        recovered = "and recovered" if told.well else f"and the signs are gone; {told.reached}"
        return f"{opening}It was ill, was treated, {recovered}."
    milder = "Only small things were found; none of them is a cause for alarm."
    return opening + _STATES.get(told.state, milder)


def _timeline(told: History) -> Iterator[Html]:
    course = 1
    for event in told.told:
        when = f"course {course}, {k_samples(event.kimg)}" if told.treatments else k_samples(event.kimg)
        match event:
            case Finding():
                name = "li.found.mild" if event.severity == "mild" else "li.found"
                yield _line(
                    name,
                    when,
                    tag("strong", f"{title(event.ailment)} ({SEVERITIES[event.severity]})"),
                    tag("p", event.sentence),
                    _evidence(event),
                )
            case Treated():
                yield _line("li.treated", when, treatment_line(event))
                course += 1
            case TreatmentJudged():
                yield _line("li.judged", when, judgement_line(event))


def _line(name: str, when: str, *content: Content) -> Html:
    return tag(name, tag("time", when), tag("div", *content))


def _evidence(finding: Finding) -> Html | None:
    if not finding.evidence:
        return None
    numbers = in_few([f"{name} {number(value)}" for name, value in finding.evidence.items()])
    return tag("small", f"By: {numbers}.")


def _episode(episode: Episode) -> Html:
    return tag(
        "div.pair",
        tag("h3", episode.heading),
        *(tag("figure", shown(picture), tag("figcaption", picture.alt)) for picture in (episode.before, episode.after)),
    )
