"""Playing against a generator that is training meanwhile, in a real browser."""

from __future__ import annotations

import io
import json
import re
import shutil
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route
    from tests.e2e.conftest import Studio, Witness


def rules(page: Page, run: str, mode: str, clock: str = "no") -> None:
    """Set up a short round of the detective's game, and begin it."""
    page.goto(f"/run/{run}/play")
    page.get_by_role("button", name="Take the case").click()
    page.get_by_role("radiogroup", name="The game").get_by_role("radio", name=mode).click()
    page.get_by_role("radiogroup", name="Questions").get_by_role("radio", name="5", exact=True).click()
    page.get_by_role("radiogroup", name="Against the clock").get_by_role("radio", name=clock, exact=True).click()
    page.get_by_label(re.compile("Your name")).fill("Ada")
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("real or forged|is forged"))).to_be_visible()


def go_on_by_hand(page: Page) -> None:
    page.get_by_role("checkbox", name="After a right answer, go on by itself").uncheck()


def ending(page: Page) -> Locator:
    expect(page.get_by_text("The case is closed")).to_be_visible()
    end = page.get_by_role("main")
    expect(end).to_contain_text(re.compile(r"You were right in \d of 5 .*the discriminator in \d"))
    return end


@pytest.fixture
def standing(studio: Studio) -> Iterator[None]:
    """The trainings wait meanwhile: results and the judge are of one checkpoint, and the judge takes a while."""
    runs = (studio.ring, studio.bars)
    for run in runs:
        obeyed(studio, run, "pause")
    yield
    for run in runs:
        obeyed(studio, run, "resume")


def obeyed(studio: Studio, run: str, command: str) -> None:
    """Send a command, and wait until the training has answered."""
    base = f"/api/runs/{run}/control"
    sent = studio.served.ask(base, {"command": command})["id"]
    ends = time.monotonic() + 60
    while (answer := studio.served.ask(f"{base}/{sent}"))["state"] == "waiting" and time.monotonic() < ends:
        time.sleep(0.1)
    assert answer["state"] == "done", answer


@pytest.mark.parametrize("which", ["bars", "ring"])
def test_one_at_a_time_is_played_to_its_end_with_the_discriminator_beside(
    page: Page, studio: Studio, which: str
) -> None:
    rules(page, getattr(studio, which), "One at a time")
    go_on_by_hand(page)
    for question in range(5):
        expect(page.get_by_role("img", name="Item 1")).to_be_visible()
        page.get_by_role("button", name=re.compile(r"^Forged|^Real")).nth(question % 2).click()
        told = page.get_by_text(re.compile("discriminator", re.IGNORECASE)).last
        expect(told).to_be_visible()
        page.get_by_role("button", name=re.compile("^Next|See how you did")).click()
    end = ending(page)
    expect(end).to_contain_text("with 95 % intervals")
    expect(end).to_contain_text("Discriminator")
    expect(end).to_contain_text(re.compile("Forgeries that fooled you|No forgery fooled you"))
    expect(end).to_contain_text(re.compile("Real ones that you denied|You denied nothing real"))
    results = studio.served.ask(f"/api/runs/{getattr(studio, which)}/play/results")
    assert results["answers"] + results["others"] >= 5  # those about an earlier checkpoint count apart


@pytest.mark.usefixtures("standing")
def test_the_forgery_is_found_among_several_by_keys_alone(page: Page, studio: Studio) -> None:
    rules(page, studio.bars, "Find the forgery")
    go_on_by_hand(page)
    for _ in range(5):
        expect(page.get_by_role("img", name="Item 4")).to_be_visible()
        page.keyboard.press("2")
        expect(page.get_by_role("button", name=re.compile("^Next|See how you did"))).to_be_visible()
        page.keyboard.press("Enter")
    ending(page)
    expect(page.get_by_role("region", name="All players so far")).to_contain_text("Ada")


def test_time_runs_out_against_the_clock(page: Page, studio: Studio) -> None:
    rules(page, studio.bars, "One at a time", clock="5 s")
    expect(page.get_by_text("Time is up.")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Leave the round").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Leave the round").click()
    expect(page.get_by_role("button", name="Begin", exact=True)).to_be_visible()


def test_who_looks_long_at_the_truth_still_has_the_whole_time_for_the_next_question(page: Page, studio: Studio) -> None:
    rules(page, studio.bars, "One at a time", clock="5 s")
    go_on_by_hand(page)
    page.get_by_role("button", name=re.compile("^Real")).click()
    onwards = page.get_by_role("button", name=re.compile("^Next"))
    expect(onwards).to_be_visible()
    page.wait_for_timeout(8_000)  # the next question is here already, and its limit and the grace would be over
    onwards.click()
    expect(page.get_by_role("img", name="Item 1")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Real")).click()
    expect(page.get_by_text(re.compile("The discriminator said"))).to_be_visible()
    expect(page.get_by_text("Time is up.")).to_have_count(0)


def test_an_answer_whose_verdict_was_lost_is_sent_again_and_counts_once(
    page: Page, studio: Studio, witness: Witness
) -> None:
    rules(page, studio.bars, "One at a time")
    go_on_by_hand(page)
    witness.expected = ("Failed to load resource", "ERR_FAILED")
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(route.fetch().status)  # the server has it; the page never hears of it
        route.abort()

    page.route(re.compile(r"/play/rounds/[^/]+/0$"), lose)
    page.get_by_role("button", name=re.compile("^Real")).click()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text(re.compile("The discriminator said"))).to_be_visible()
    assert lost == [200]
    page.get_by_role("button", name=re.compile("^Next")).click()
    expect(page.get_by_role("img", name="Item 1")).to_be_visible()
    expect(page.get_by_role("img", name="2 of 5")).to_be_visible()


def test_the_focus_goes_to_each_new_stage_and_the_truth_is_said_once(page: Page, studio: Studio) -> None:
    def focused() -> str:
        return str(page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.textContent"))

    page.goto(f"/run/{studio.bars}/play")
    page.get_by_role("button", name="Take the case").press("Enter")
    expect(page.get_by_role("heading", name="You are the detective")).to_be_focused()
    page.get_by_role("radiogroup", name="Questions").get_by_role("radio", name="5", exact=True).click()
    page.get_by_role("button", name="Begin", exact=True).press("Enter")
    question = page.get_by_role("heading", name="Is this real or forged?")
    go_on_by_hand(page)
    for number in range(5):
        if number:
            expect(question).to_be_focused()
        expect(page.get_by_role("img", name="Item 1")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Real")).press("Enter")
        expect(page.get_by_role("heading", name=f"Question {number + 1} of 5: the truth")).to_be_focused()
        said = page.locator("[aria-live]", has_text="The discriminator said")
        expect(said).to_have_count(1)
        assert not focused().startswith("BODY")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The case is closed")).to_be_focused()
    page.get_by_role("button", name="Change the rules").press("Enter")
    expect(page.get_by_role("heading", name="You are the detective")).to_be_focused()
    page.get_by_role("button", name="Another role").press("Enter")
    expect(page.get_by_role("heading", name="Real or forged?")).to_be_focused()


@pytest.mark.parametrize("which", ["bars", "ring"])
def test_real_ones_are_shown_before_the_first_question(page: Page, studio: Studio, which: str) -> None:
    page.goto(f"/run/{getattr(studio, which)}/play?as=detective")
    strip = page.get_by_role("region", name="Real ones look like this")
    expect(strip.get_by_role("img")).to_have_count(8)
    expect(strip).to_contain_text("none of them is asked about")
    expect(page.get_by_role("button", name="Begin", exact=True)).to_be_visible()


def test_data_that_have_moved_are_told_before_the_round(page: Page, studio: Studio, witness: Witness) -> None:
    run = shutil.copytree(
        studio.runs / studio.bars, studio.runs / "0099-moved", ignore=shutil.ignore_patterns("*.tmp*")
    )
    try:
        facts = json.loads((run / "run.json").read_text())
        facts["data"]["source"] = str(run / "gone")
        (run / "run.json").write_text(json.dumps(facts))
        witness.expected = ("Failed to load resource",)
        page.goto(f"/run/{run.name}/play?as=detective")
        expect(page.get_by_text(re.compile("put the data back where they were"))).to_be_visible()
        expect(page.get_by_role("button", name="Begin", exact=True)).to_have_count(0)
    finally:
        shutil.rmtree(run)


def the_forger(page: Page, run: str) -> Locator:
    """The forger's table, once the judge is there; returns what the judge says."""
    page.goto(f"/run/{run}/play")
    page.get_by_role("button", name="Pick up the brush").click()
    judge = page.get_by_role("region", name="The judge")
    expect(judge).to_be_visible(timeout=180_000)
    return judge


@pytest.mark.usefixtures("standing")
def test_what_is_drawn_is_judged_live_and_the_heat_map_shows_what_gives_it_away(page: Page, studio: Studio) -> None:
    judge = the_forger(page, studio.bars)
    paper = page.get_by_role("application", name=re.compile("Drawing paper, 16 by 16"))
    box = paper.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.8, steps=8)
    page.mouse.up()
    expect(judge).to_contain_text(re.compile("passes for real|forged", re.IGNORECASE))
    expect(judge.get_by_role("img", name="As the judge sees it")).to_be_visible()
    judge.get_by_role("checkbox", name="Show what gives it away").check()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.get_by_role("button", name="Redo").click()
    page.get_by_role("radio", name="Eraser").click()
    paper.focus()
    paper.press("Shift+ArrowRight")
    page.get_by_role("button", name="Begin anew").click()
    expect(judge).to_contain_text("Draw, and the judge will speak.")


@pytest.mark.usefixtures("standing")
def test_a_picture_that_is_brought_is_judged_and_what_is_none_is_refused(page: Page, studio: Studio) -> None:
    judge = the_forger(page, studio.bars)
    picture = io.BytesIO()
    Image.new("RGB", (200, 120), (10, 200, 90)).save(picture, format="PNG")
    bring = page.locator("input[type=file]")
    bring.set_input_files({"name": "green.png", "mimeType": "image/png", "buffer": picture.getvalue()})
    expect(judge.get_by_role("img", name="As the judge sees it")).to_be_visible()
    expect(judge.get_by_text(re.compile(r"^forged$", re.IGNORECASE)).first).to_be_visible()
    bring.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    expect(page.get_by_role("status", name="Notices")).to_contain_text("That is no picture.")


@pytest.mark.usefixtures("standing")
def test_points_are_placed_in_the_plane_and_judged(page: Page, studio: Studio) -> None:
    judge = the_forger(page, studio.ring)
    plane = page.get_by_role("application", name=re.compile("The plane"))
    box = plane.bounding_box()
    assert box is not None
    for place in range(12):
        page.mouse.click(box["x"] + box["width"] * (0.2 + 0.05 * place), box["y"] + box["height"] * 0.5)
    expect(judge).to_contain_text(re.compile("passes for real|forged", re.IGNORECASE))
