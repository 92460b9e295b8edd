"""The page: whole, self-contained and right whatever the run was."""

from __future__ import annotations

import math
import re
import shlex
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from ganforge.core.recipe import EmaSettings, OptimizerSettings, Recipe
from ganforge.core.records import DataCard, Skipped
from ganforge.core.schedule import constant
from ganforge.core.settings import Json, Part, with_value
from ganforge.metrics._evaluation import CHOSEN_BY_COUNTED, Shown
from ganforge.recipes._recipes import RECIPES
from ganforge.report._about import repeat_command
from ganforge.report._charts import draw
from ganforge.report._curves import charts, story, x_scale
from ganforge.report._page import Contents, build
from tests.report.pages import (
    CARD,
    Node,
    contents,
    evaluation,
    examined,
    facts,
    numbers_in,
    picture,
    read,
    records,
    score,
    stopped,
)

NASTY = "</script><script>alert('1')</script><img src=x onerror=\"alert(2)\"> & Söhne \udcff\0"


def page_of(what: Contents) -> Node:
    return read(build(what).removeprefix("<!DOCTYPE html>\n"))


def test_the_page_is_whole_and_asks_for_nothing() -> None:
    page = page_of(contents(real=picture("real ones")))
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("h1").text == "digits"
    assert len(page.all("main")) == 1
    for node in page.walk():
        for name, value in node.attributes.items():
            if name in ("src", "href", "srcset", "poster", "data", "action"):
                assert value.startswith("data:"), f"<{node.name} {name}> leads out of the page"
            assert not name.startswith("on")
    style, script = page.one("style").text, page.one("script").text
    for text in (style, script):
        assert not re.search(r"https?:|//\w|@import|url\(|fetch\(|XMLHttp", text.replace("// ", ""))
    policy = next(meta for meta in page.all("meta") if "http-equiv" in meta.attributes)
    assert policy.attributes["content"].startswith("default-src 'none'")
    assert {image.attributes["alt"] for image in page.all("img")} >= {"samples", "real ones", "Nearest neighbours"}
    for image in page.all("img"):
        assert image.attributes["alt"]
        assert image.attributes["src"].startswith("data:image/")
        assert int(image.attributes["width"]) > 0


def test_headings_follow_each_other_without_leaps() -> None:
    levels = [int(node.name[1]) for node in page_of(contents()).walk() if re.fullmatch(r"h[1-6]", node.name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_everything_stands_in_its_order() -> None:
    text = page_of(contents(journal=[*records(), examined(20, 0.1)])).one("main").text
    words = (
        "digits",
        "recipe auto",
        "2.0k samples",
        "22 November 2026",
        "The samples are blurrier than the data.",
        "none of them chosen",
        "Beside real data",
        "Only 250 items were held out.",
        "How it grew",
        "How it trained",
        "Distance to the data",
        "Losses",
        "Nearest neighbours",
        "From one to the next",
        "What the run was",
        "ganforge generate runs/0007-digits -n 64",
        "What the words mean",
    )
    places = [text.find(word) for word in words]
    assert -1 not in places
    assert places == sorted(places)
    assert "Made with Ganforge 9.9.9" in page_of(contents()).one("footer").text


def test_the_same_run_gives_the_same_page() -> None:
    assert build(contents()) == build(contents())


def test_what_the_user_wrote_is_text_and_no_html() -> None:
    card = DataCard(
        NASTY, "images", 9, (1, 2, 2), "0", NASTY, classes=(NASTY,), skipped=(Skipped(NASTY, NASTY),), notes=(NASTY,)
    )
    judged = evaluation(
        score(NASTY, note=NASTY),
        sentence=NASTY,
        cautions=(NASTY,),
        features_label=NASTY,
        which=NASTY,
        shown=(Shown(NASTY, NASTY),),
    )
    journal = [
        *records(values={f"{NASTY}.adversarial": 1.0, NASTY: 2.0}),
        {"event": "decision", "what": NASTY},
        stopped(NASTY, NASTY),
    ]
    own = replace(RECIPES.get("auto")(CARD), name=NASTY, why=NASTY)
    made = contents(
        journal, name=NASTY, path=NASTY, data=card, recipe=own, evaluation=judged, exhibits=(picture(NASTY),)
    )
    html = build(made)
    html.encode("utf-8")
    page = read(html.removeprefix("<!DOCTYPE html>\n"))
    assert len(page.all("script")) == 1
    assert all(image.attributes["src"].startswith("data:") for image in page.all("img"))
    assert not [node for node in page.walk() if "onerror" in node.attributes]
    assert page.one("h1").text.startswith("</script><script>alert")


def examined_twice(**odd: Any) -> list[Json]:
    return [{**examined(5, 0.5), **odd}, examined(10, 0.4)]


ODD: dict[str, list[Json]] = {
    "nothing": [],
    "only begun": records()[:1],
    "one record": [*records(1)],
    "many records": records(2000),
    "numbers that are none": records(values={"discriminator.r1": float("nan"), "generator.adversarial": float("inf")}),
    "nothing but such": records(3, dict.fromkeys(["discriminator.real", "discriminator.fake"], float("nan"))),
    "huge numbers": records(300, {"discriminator.r1": 1e308, "discriminator.real": -1e308}),
    "nothings": records(values={"discriminator.r1": 0.0, "generator.adversarial": 0.0}),
    "values of no kind": [*records(2), {"event": "record", "kimg": 1.0, "values": {"x": None, "y": "z"}}],
    "records without a place": [{"event": "record"}, {"event": "record", "kimg": "nan", "values": {}}, {}],
    "not ended": records()[:-1],
    "interrupted": [*records()[:-1], stopped("interrupted", "Stopped as asked.")],
    "out of time": [*records()[:-1], stopped("out of time", "It took too long.")],
    "not finite": [*records()[:-1], stopped("not finite", "Training stopped at step 20.")],
    "taken up again": [*records(), {"event": "resumed", "to_step": 20, "step": 20, "kimg": 2.0}, stopped("done")],
    "examined": [*records(), *examined_twice()],
    "examined, not finite": [*records(), *examined_twice(score=float("nan"), error=float("inf"))],
    "examined, below nothing": [*records(), *examined_twice(score=-0.01), examined(15, 100.0)],
    "examined only": examined_twice(),
    "gradients and rates": records(
        values={"generator.gradient_norm": 1.0, "generator.lr": 1e-3, "discriminator.lr": 1e-4}
    ),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("judged", [True, False], ids=["judged", "not judged"])
def test_the_page_is_right_for_odd_runs(name: str, judged: bool) -> None:
    made = contents(ODD[name], evaluation=evaluation() if judged else None, samples=picture() if judged else None)
    page = page_of(replace(made, growth=(), walk=None, exhibits=()))
    for path in page.all("path"):
        assert not re.search("nan|inf", path.attributes["d"])
    assert "What the run was" in page.text
    assert ("Beside real data" in page.text) == judged
    assert ("Not judged yet" in page.text) != judged
    assert ("How it trained" in page.text) == bool(page.all("figure", "chart"))


def notices(name: str, **changes: Any) -> list[str]:
    return [node.text for node in page_of(contents(ODD[name], **changes)).all("p", "notice")]


def test_how_it_ended_is_said_where_it_matters() -> None:
    assert notices("examined") == []
    assert notices("taken up again") == []
    assert "has not ended" in notices("not ended")[0]
    assert "Stopped as asked." in notices("interrupted")[0]
    assert "It took too long. That was at 2.0 of 2.0k samples." in notices("out of time")
    assert "no longer finite" in notices("not finite")[0]
    assert "Taken up again 1 time" in page_of(contents(ODD["taken up again"])).text


def test_scores_of_another_step_than_the_samples_are_told() -> None:
    (notice,) = notices("examined", step=15)
    assert "step 20" in notice
    assert "step 15" in notice


def test_what_for_certain_means_stands_beside_what_an_interval_is() -> None:
    terms = {div.one("dt").text: div.one("dd").text for div in page_of(contents()).one("section", "words").all("div")}
    names = list(terms)
    assert names.index("For certain") == names.index("95 % interval") + 1
    assert "at least 4 standard errors, more where there are few items" in terms["For certain"]
    assert "does not mean equal" in terms["For certain"]


def test_the_split_is_told_as_the_scores_used_it() -> None:
    apart, together = (
        next(div.text for div in page_of(contents(evaluation=judged)).all("div") if div.text.startswith("Split"))
        for judged in (evaluation(), evaluation(cautions=("Another.", CHOSEN_BY_COUNTED)))
    )
    assert "5 % to choose by, 5 % for scores" in apart and "both" not in apart
    assert "the scores on this page are of both 5 %" in together


def test_the_checkpoint_in_use_is_the_large_dot() -> None:
    journal = [*records(), examined(5, 0.5), examined(10, 0.3), examined(15, 0.4, kept=False)]
    chart = charts(story(journal), in_use=10)[0]
    assert [(mark.x, mark.y, mark.strong) for mark in chart.marks] == [(0.5, 0.5, False), (1.0, 0.3, True)]
    assert "in use" in chart.marks[1].tip
    line = chart.lines[0]
    assert line.y == (0.5, 0.3, 0.4)
    assert line.low == pytest.approx([y - 1.96 * 0.01 for y in line.y], abs=1e-4)


@pytest.mark.parametrize(("lowest", "log"), [(0.001, True), (0.0, False), (-0.002, False)])
def test_a_score_of_nothing_or_less_lies_where_it_is(lowest: float, log: bool) -> None:
    chart = charts(story([*records(), examined(5, 0.5), examined(10, 0.1), examined(15, lowest)]), 0)[0]
    assert chart.log is log
    assert ("no difference was seen" in chart.about) is not log
    figure = draw(chart, x_scale(story([examined(15, 0.0)])))
    assert figure is not None
    heights = [y for _, y in numbers_in(read(figure.text).one("path", "line").attributes["d"])]
    assert heights[2] > heights[1] > heights[0]


@pytest.mark.parametrize(("error", "promised"), [(0.01, True), (math.inf, False), (math.nan, False)])
def test_no_interval_is_promised_where_there_is_none(error: float, promised: bool) -> None:
    chart = charts(story([*records(), *(examined(at, 1 / at, error=error) for at in (5, 10))]), 10)[0]
    assert ("95 % interval" in chart.about) is promised
    assert all(("±" in mark.tip) is promised for mark in chart.marks)
    figure = draw(chart, x_scale(story([examined(10, 0.0)])))
    assert figure is not None
    assert bool(read(figure.text).all("path", "band")) is promised


def test_a_line_is_the_mean_of_its_records_and_its_band_their_range() -> None:
    losses = next(chart for chart in charts(story(records(600)), 0) if chart.title == "Losses")
    discriminator = losses.lines[0]
    assert (discriminator.name, discriminator.tone, len(discriminator.x)) == ("discriminator", "real", 120)
    group = [1.4 - at / 100 for at in range(1, 6)]
    assert discriminator.y[0] == pytest.approx(sum(group) / 5)
    assert (discriminator.low[0], discriminator.high[0]) == (min(group), max(group))
    assert discriminator.x[-1] == 60.0
    assert losses.lines[1].tone == "forged"


def test_where_numbers_broke_is_marked() -> None:
    journal = records(10)
    for record in journal[6:-1]:
        record["values"]["generator.adversarial"] = float("nan")
    losses = next(chart for chart in charts(story(journal), 0) if chart.title == "Losses")
    assert losses.broken_at == pytest.approx(0.6)
    assert "not finite" in page_of(contents(journal)).text


def test_charts_are_named_by_what_was_journaled() -> None:
    titles = [chart.title for chart in charts(story(ODD["gradients and rates"]), 0)]
    assert titles == [
        "What the discriminator thinks",
        "Losses",
        "Penalties",
        "Gradient norms",
        "Learning rates",
        "Speed",
    ]


def test_eight_moments_stand_side_by_side_the_others_wait_for_the_slider() -> None:
    figures = page_of(contents()).one("div", "growth").all("figure")
    shown = [figure for figure in figures if "between" not in figure.classes]
    assert len(figures) == 21
    assert len(shown) == 8
    assert (shown[0], shown[-1]) == (figures[0], figures[-1])
    assert figures[0].one("figcaption").text == "before the first step"
    assert not page_of(contents(growth=contents().growth[:1])).all("div", "growth")


def test_left_out_items_are_listed_and_many_are_counted() -> None:
    skipped = tuple(Skipped(f"{at}.png", "truncated") for at in range(60))
    text = page_of(contents(data=replace(CARD, skipped=skipped))).text
    assert "Left out: 60 items" in text
    assert "0.png: truncated" in text
    assert "and 10 more" in text


def again(recipe: Recipe, card: DataCard = CARD, **options: Any) -> list[str]:
    told = facts(card)
    told["options"].update(options)
    return shlex.split(repeat_command(told, recipe, card))


def test_the_command_repeats_the_run() -> None:
    assert again(RECIPES.get("auto")(CARD)) == shlex.split("ganforge train digits --recipe auto --kimg 2.0 --seed 3")
    card = replace(CARD, source="/a b/it's")
    assert again(RECIPES.get("auto")(card), card, size=[48, 64], labels=True) == [
        *("ganforge", "train", "/a b/it's", "--recipe", "auto", "--size", "64x48", "--labels"),
        *("--kimg", "2.0", "--seed", "3"),
    ]


@pytest.mark.parametrize("name", RECIPES.names())
def test_settings_that_were_changed_are_part_of_the_command(name: str) -> None:
    usual = RECIPES.get(name)(CARD)
    changed = replace(
        usual,
        batch=3 * usual.batch,
        networks=Part("resnet", {"width": 8}),
        penalties=(),
        ema=EmaSettings(7.0),
        generator=OptimizerSettings(constant(0.5), betas=(0.1, 0.2)),
    )
    words = again(changed)
    rebuilt = usual
    for at, word in enumerate(words):
        if word == "--set":
            path, _, value = words[at + 1].partition("=")
            rebuilt = with_value(rebuilt, path, value)
    assert rebuilt == changed
    assert "--set" not in again(usual)


def test_a_run_that_no_command_can_repeat_says_so() -> None:
    assert again(RECIPES.get("auto")(CARD), replace(CARD, source="")) == []
    assert again(replace(RECIPES.get("auto")(CARD), name="my own")) == []
    assert "There is no command for it" in page_of(contents(data=replace(CARD, source=""))).text
