"""The page: everything that a run has to tell, put together as one HTML document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ganforge.core.recipe import Recipe
from ganforge.core.records import DataCard
from ganforge.core.settings import Json
from ganforge.metrics._evaluation import Evaluation
from ganforge.people import People
from ganforge.report import _about, _health, _people, _scores
from ganforge.report._charts import draw
from ganforge.report._curves import Story, charts, x_scale
from ganforge.report._health import Episode
from ganforge.report._html import Content, Html, tag
from ganforge.report._pictures import Picture, shown
from ganforge.report._words import date, k_samples
from ganforge.watch.history import History

IN_STRIP = 8
"""Moments that are shown side by side; those between them are seen with the slider."""
_STYLE = Path(__file__).with_name("style.css")
_SCRIPT = Path(__file__).with_name("script.js")
# The page may ask for nothing: the browser itself holds it to that
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


@dataclass(frozen=True)
class Moment:
    """The fixed samples at one point of the training."""

    kimg: float
    picture: Picture


@dataclass(frozen=True)
class Contents:
    """All that goes into a page."""

    name: str
    """Of the run: "0007-digits"."""
    path: str
    """Of its folder, as commands need it."""
    facts: Json
    """What run.json says."""
    recipe: Recipe
    data: DataCard
    step: int
    """Of the generator that is used."""
    kimg: float
    total_kimg: float
    story: Story
    evaluation: Evaluation | None
    samples: Picture | None
    """New samples, large."""
    people: People | None = None
    """What those said who were asked "real or forged?"; None = nothing is known."""
    real: Picture | None = None
    """Real ones to be seen beside them."""
    history: History | None = None
    """What the doctor said; None = nothing is known."""
    episodes: Sequence[Episode] = ()
    """Treatments to be looked at."""
    growth: Sequence[Moment] = ()
    walk: Picture | None = None
    """A way through latent space."""
    exhibits: Sequence[Picture] = field(default=())
    """What the evaluation shows; the title is the text for those who cannot see it."""


def build(contents: Contents) -> str:
    """The page as HTML text, ASCII but for what people wrote."""
    title = f"{contents.data.name} · Ganforge report"
    head = tag(
        "head",
        tag("meta", attributes={"charset": "utf-8"}),
        tag("meta", attributes={"http-equiv": "Content-Security-Policy", "content": _POLICY}),
        tag("meta", attributes={"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        tag("meta", attributes={"name": "color-scheme", "content": "light dark"}),
        tag("title", title),
        tag("link", attributes={"rel": "icon", "href": "data:,"}),
        Html(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>"),
    )
    body = tag(
        "body",
        tag("main", _top(contents), *_sections(contents)),
        _foot(contents),
        Html(f"<script>{_SCRIPT.read_text(encoding='utf-8')}</script>"),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, attributes={'lang': 'en'}).text}\n"


def _sections(contents: Contents) -> tuple[Content, ...]:
    evaluation = contents.evaluation
    return (
        _samples(contents),
        _scores.section(evaluation) if evaluation is not None else None,
        _people.section(contents.people),
        _growth(contents.growth),
        _curves(contents),
        _health.section(contents.history, contents.episodes, contents.story),
        _exhibits(contents.exhibits),
        _walk(contents.walk),
        _about.section(contents.path, contents.facts, contents.recipe, contents.data, contents.story, evaluation),
        _about.words(evaluation),
    )


def _top(contents: Contents) -> Html:
    evaluation = contents.evaluation
    made = date(evaluation.made if evaluation is not None else str(contents.facts.get("created", "")))
    line = [f"recipe {contents.recipe.name}", k_samples(contents.kimg), made, f"run {contents.name}"]
    return tag(
        "header",
        tag("p.eyebrow", "Forged from"),
        tag("h1", contents.data.name),
        tag("p.line", *_apart([text for text in line if text])),
        tag("p.sentence", evaluation.sentence) if evaluation is not None else _unjudged(contents),
        *(tag("p.notice", text) for text in _notices(contents)),
    )


def _apart(texts: Sequence[str]) -> list[Html]:
    """Texts that may be broken only between them."""
    return [tag("span", text) for text in texts]


def _unjudged(contents: Contents) -> Html:
    return tag(
        "p.sentence.open",
        "Not judged yet: how good these samples are is told by ",
        tag("code", f"ganforge evaluate {contents.name}"),
    )


def _notices(contents: Contents) -> list[str]:
    """What must be known before anything else is believed."""
    told = contents.story
    notices = []
    reason = None if told.stopped is None else told.stopped.get("reason")
    if told.stopped is None:
        notices.append(f"This training has not ended: {_progress(contents)}.")
    elif reason == "not finite":
        notices.append(f"This training failed: its numbers were no longer finite. {_progress(contents).capitalize()}.")
    elif reason == "unhealthy":
        notices.append(f"This training was given up: {told.stopped.get('message', '')}".strip())
    elif reason != "done":
        notices.append(f"{told.stopped.get('message', '')} That was at {_progress(contents, told.kimg)}.".strip())
    evaluation = contents.evaluation
    if evaluation is not None and evaluation.step != contents.step:
        notices.append(
            f"The scores are those of step {evaluation.step:,}; the samples shown are of step {contents.step:,}. "
            "Evaluate again for scores of these."
        )
    return notices


def _progress(contents: Contents, kimg: float | None = None) -> str:
    if kimg is None:
        return f"what is shown stands at {contents.kimg:,.1f} of {contents.total_kimg:,.1f}k samples"
    return f"{kimg:,.1f} of {contents.total_kimg:,.1f}k samples"


def _samples(contents: Contents) -> Html | None:
    if contents.samples is None:
        return None
    if contents.real is None:
        return tag("figure.hero", shown(contents.samples), tag("figcaption", "New samples, none of them chosen."))
    return tag(
        "div.pair",
        tag("figure", shown(contents.real), tag("figcaption", "Real")),
        tag("figure.forged", shown(contents.samples), tag("figcaption", "Forged: as many, none of them chosen")),
    )


def _growth(growth: Sequence[Moment]) -> Html | None:
    if len(growth) < 2:
        return None
    last = len(growth) - 1
    count = min(IN_STRIP, len(growth))
    chosen = {round(at * last / (count - 1)) for at in range(count)}
    figures = [
        tag(
            "figure" if at in chosen else "figure.between",
            shown(moment.picture),
            tag("figcaption", k_samples(moment.kimg) if moment.kimg else "before the first step"),
        )
        for at, moment in enumerate(growth)
    ]
    return tag(
        "section",
        tag("h2", "How it grew"),
        tag("p.lead", "The same noise, forged again and again while the generator learned."),
        tag("div.growth", *figures),
        attributes={"id": "growth"},
    )


def _curves(contents: Contents) -> Html | None:
    made = charts(contents.story, contents.step)
    scale = x_scale(contents.story)
    drawn = [figure for chart in made if (figure := draw(chart, scale)) is not None]
    if not drawn:
        return None
    broken = any(chart.broken_at is not None for chart in made)
    return tag(
        "section",
        tag("h2", "How it trained"),
        tag(
            "p.lead",
            "Over the k samples shown. A line is the mean of neighbouring records, the band around it their range. ",
            "Where a dashed line stands, numbers were not finite. " if broken else None,
            _how_to_read_signs(contents.story),
        ),
        tag("div.charts", *drawn),
        attributes={"id": "curves"},
    )


def _how_to_read_signs(told: Story) -> str | None:
    if not told.signs:
        return None
    treated = any(sign.kind == "treated" for sign in told.signs)
    more = "; a dotted one: a treatment. What that took back is shown too" if treated else ""
    return f"A vertical line in colour: the doctor's alarm (see Health){more}."


def _exhibits(exhibits: Sequence[Picture]) -> Html | None:
    if not exhibits:
        return None
    figures = (tag("figure", tag("figcaption", tag("h3", each.alt)), shown(each)) for each in exhibits)
    return tag("section", tag("h2", "A closer look"), tag("div.exhibits", *figures), attributes={"id": "exhibits"})


def _walk(walk: Picture | None) -> Html | None:
    if walk is None:
        return None
    return tag(
        "section",
        tag("h2", "From one to the next"),
        tag(
            "p.lead",
            "A walk through the noise, row by row. Where the samples change smoothly, the generator has learned what "
            "lies between them and not only single items.",
        ),
        tag("figure.hero", shown(walk)),
        attributes={"id": "walk"},
    )


def _foot(contents: Contents) -> Html:
    version = contents.facts.get("versions", {}).get("ganforge", "")
    return tag("footer", tag("p", f"Made with Ganforge {version}".strip()))
