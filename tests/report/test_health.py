"""The section on health, and what the curves show of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ganforge.core.settings import Json
from ganforge.report._curves import charts, health_charts, story, x_scale
from ganforge.report._health import Episode
from ganforge.report._page import build
from ganforge.report.page import before_and_after, sampled
from ganforge.watch.history import history
from tests.report.pages import Node, contents, examined, picture, read, records
from tests.watch.told import INSPECTED, finding, journal, judged, treated

TREATED = journal(INSPECTED, finding(), treated(), judged())


def page(told: list[Json] | None, **changes: object) -> Node:
    made = contents(told, history=None if told is None else history(told), **changes)
    return read(build(made).removeprefix("<!DOCTYPE html>\n"))


def health(shown: Node) -> Node:
    return next(section for section in shown.all("section") if section.attributes.get("id") == "health")


def test_a_run_without_findings_says_so_in_one_quiet_sentence() -> None:
    section = health(page(journal(INSPECTED)))
    assert section.one("p", "lead").text == "The doctor watched this run and found nothing amiss."
    assert not section.all("ol")
    unwatched = health(page(journal()))
    assert unwatched.one("p", "lead").text.startswith("Nobody watched this run")
    assert not any(section.attributes.get("id") == "health" for section in page(None).all("section"))


def test_findings_and_treatments_are_told_in_order_and_in_words() -> None:
    items = health(page(TREATED)).one("ol").all("li")
    assert [item.classes[0] for item in items] == ["found", "treated", "judged"]
    places = ["course 1, 6.0k samples", "course 1, 7.0k samples", "course 2, 9.0k samples"]
    assert [item.one("time").text for item in items] == places
    assert "Mode collapse (serious)" in items[0].text
    assert finding().sentence in items[0].text
    assert "probe.variety 0.0300" in items[0].text
    assert "lower the generator's learning rate from 0.2 to 0.002" in items[1].text
    assert "worked" in items[2].text


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (TREATED, "recovered"),
        (journal(INSPECTED, finding()), "not cured"),
        (journal(INSPECTED, finding(), treated(), reason=None), "being treated"),
        (journal(INSPECTED, finding(), reason="unhealthy"), "was ended"),
        (journal(INSPECTED, finding(severity="mild")), "Only small things"),
        (journal(INSPECTED, probes=False), "not known: no probes looked"),
        (journal(INSPECTED, coverage=0.1), "not well: its samples are of quality 0.10"),
        (journal(INSPECTED, finding(), treated(), judged(), coverage=0.5), "signs are gone; its samples are of"),
    ],
)
def test_one_sentence_says_how_it_stands(told: list[Json], words: str) -> None:
    assert words in health(page(told)).one("p", "lead").text


def test_a_run_that_was_given_up_says_so_at_the_top() -> None:
    notices = [notice.text for notice in page(journal(INSPECTED, finding(), reason="unhealthy")).all("p", "notice")]
    assert notices == ["This training was given up: It ended: unhealthy."]


def test_what_people_and_models_wrote_is_escaped() -> None:
    nasty = replace(finding(), sentence="<script>alert(1)</script>", evidence={"<b>": 1.0})
    section = health(page(journal(INSPECTED, nasty)))
    assert not section.all("script") and not section.all("b")
    assert "<script>alert(1)</script>" in section.text


def test_alarms_and_treatments_are_marked_on_every_curve_but_speed() -> None:
    told = story(TREATED)
    assert [(sign.kind, sign.x) for sign in told.signs] == [("found", 6.0), ("treated", 7.0)]
    assert {len(chart.signs) for chart in charts(told, 0) if chart.title != "Speed"} == {2}
    assert all(len(chart.signs) == 2 for chart in health_charts(told))
    marks = page(TREATED).all("path", "sign")
    assert {mark.one("title").text for mark in marks} >= {finding().sentence}
    assert not story(journal(INSPECTED, finding(severity="mild"))).signs


def test_a_course_that_fell_apart_does_not_flatten_what_came_after() -> None:
    told = [dict(record) for record in TREATED]
    for record in told[: next(at for at, record in enumerate(told) if record["event"] == "treated")]:
        if record["event"] == "record":
            record["values"] = {**record["values"], "discriminator.real": -4e6}
    scores = next(chart for chart in charts(story(told), 0) if chart.title == "What the discriminator thinks")
    assert min(y for line in scores.lines for y in line.y) > -10.0
    assert "drawn at the edge" in scores.about
    untouched = next(chart for chart in charts(story(TREATED), 0) if chart.title == "What the discriminator thinks")
    assert "drawn at the edge" not in untouched.about
    alone = [record for record in told if record["event"] != "treated"]
    whole = next(chart for chart in charts(story(alone), 0) if chart.title == "What the discriminator thinks")
    assert min(y for line in whole.lines for y in line.y) == -4e6, "where nothing was treated nothing is hidden"


def test_courses_are_numbered_where_there_is_room() -> None:
    labels = page(TREATED).all("div", "signs")
    assert labels and all([span.text for span in label.all("span")] == ["course 2"] for label in labels)
    crowded = journal(INSPECTED, finding(), treated(), treated(45, 40, 2, taken=75), treated(90, 40, 3, taken=120))
    shown = page(crowded).all("div", "signs")[0].all("span")
    assert [span.text for span in shown] == ["course 2", "course 4"]


def test_what_a_treatment_took_back_is_shown_before_what_came_instead() -> None:
    told = story(TREATED)
    places = [record["kimg"] for record in told.records]
    assert places == sorted(places)
    # 100 steps that count and the 30 that were taken back
    assert told.reach == pytest.approx(13.0)
    assert told.kimg == pytest.approx(10.0)
    assert x_scale(told).high == pytest.approx(13.0)


def test_the_generator_in_use_is_found_by_the_updates_ever_done() -> None:
    scores = [examined(500, 0.5), examined(600, 0.4)]
    again = [examined(500, 0.2), examined(600, 0.3, kept=False)]
    events = [*records(0)[:1], *scores, next(r for r in TREATED if r["event"] == "treated"), *again]
    quick = charts(story(events), 800)[0]  # step 500 of the second time: 300 updates were taken back
    (used,) = [mark for mark in quick.marks if mark.strong]
    assert used.y == 0.2


def test_probes_have_curves_of_their_own_and_are_no_penalties() -> None:
    told = story(TREATED)
    titles = [chart.title for chart in charts(told, 0)]
    assert "Penalties" not in titles
    scores = next(chart for chart in charts(told, 0) if chart.title == "What the discriminator thinks")
    assert [line.name for line in scores.lines] == ["real", "forged"]
    assert [[line.name for line in chart.lines] for chart in health_charts(told)] == [
        ["fidelity", "coverage", "variety"],
        ["apart"],
        ["drift"],
    ]
    assert health_charts(story(journal(probes=False))) == ()


def test_samples_that_fly_apart_do_not_flatten_the_other_lines() -> None:
    told = [dict(record) for record in TREATED]
    for record in told:
        if record["event"] == "record":
            record["values"] = {**record["values"], "probe.variety": 9e4}
    assert max(y for line in health_charts(story(told))[0].lines for y in line.y) == 2.0


def test_the_pictures_of_a_treatment_are_the_last_before_it_and_the_last_of_its_trial() -> None:
    (treatment,) = history(TREATED).treatments
    found = before_and_after(treatment, TREATED)
    assert found is not None
    (before, first), (after, last) = found
    assert (before, first["step"]) == (700, 700)
    # judged at step 900, which was the 1,200th update: 300 were taken back
    assert (after, last["step"]) == (1200, 900)
    assert before_and_after(treatment, [record for record in TREATED if record["event"] != "sampled"]) is None


def test_a_treatment_that_was_followed_by_another_ends_where_that_begins() -> None:
    told = journal(
        INSPECTED, finding(), treated(), judged(85, worked=False), treated(90, 40, 2, taken=120), judged(95, 2)
    )
    first, second = history(told).treatments
    found = before_and_after(first, told)
    assert found is not None and found[1][1]["step"] == 850
    found = before_and_after(second, told)
    assert found is not None and (found[0][1]["step"], found[1][1]["step"]) == (900, 950)


def test_before_and_after_stand_side_by_side() -> None:
    episode = Episode("Treatment 1: less", picture("At 7.0k samples: mode collapse"), picture("At 9.0k samples: well"))
    pair = health(page(TREATED, episodes=(episode,))).one("div", "pair")
    assert pair.one("h3").text == "Treatment 1: less"
    assert [caption.text for caption in pair.all("figcaption")] == [
        "At 7.0k samples: mode collapse",
        "At 9.0k samples: well",
    ]
    assert [image.attributes["alt"] for image in pair.all("img")] == [c.text for c in pair.all("figcaption")]


def test_pictures_are_named_by_the_updates_ever_done() -> None:
    numbers = [number for number, _ in sampled(TREATED)]
    assert numbers == sorted(numbers)
    assert [number for number, _ in sampled([{"event": "sampled", "step": 7, "kimg": 0.7}])] == [7]
