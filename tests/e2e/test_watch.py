"""Watching a run that is training, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from tests.e2e.conftest import drawn

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.e2e.conftest import Studio


def frames_of(studio: Studio, run: str) -> int:
    return len(studio.served.ask(f"/api/runs/{run}")["frames"])


def test_the_list_shows_every_run_with_state_progress_and_newest_samples(page: Page, studio: Studio) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    for run in (studio.ring, studio.bars):
        card = page.get_by_role("listitem").filter(has_text=run)
        expect(card).to_contain_text("Training")
        expect(card).to_contain_text("samples")
        picture = card.get_by_role("img", name=f"Newest samples of {run}")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100


def test_the_list_can_be_searched_and_narrowed(page: Page, studio: Studio) -> None:
    page.goto("/")
    page.get_by_role("searchbox", name="Search").fill("ring")
    expect(page.get_by_role("listitem").filter(has_text=studio.bars)).to_have_count(0)
    expect(page.get_by_role("listitem").filter(has_text=studio.ring)).to_be_visible()
    page.get_by_role("searchbox", name="Search").fill("nothing is called so")
    expect(page.get_by_text("No run matches.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("listitem").filter(has_text=studio.bars)).to_be_visible()
    page.get_by_role("radio", name="Finished").click()
    expect(page.get_by_text("No run matches.")).to_be_visible()


def test_a_run_is_reached_from_the_list_by_one_click(page: Page, studio: Studio) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile(studio.bars)).click()
    expect(page).to_have_url(re.compile(f"/run/{studio.bars}$"))
    expect(page.get_by_role("heading", name="What is happening")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()


def test_samples_asked_for_now_appear_by_themselves(page: Page, studio: Studio) -> None:
    page.goto(f"/run/{studio.bars}")
    history = page.get_by_role("slider", name="History")
    expect(history).to_be_visible()
    before = int(history.get_attribute("max") or 0)
    page.get_by_role("button", name="Sample now").click()
    expect(page.get_by_role("status", name="Notices")).to_contain_text("New samples were drawn.")
    expect(history).to_have_attribute("max", re.compile(rf"^(?!{before}$)\d+$"))
    assert frames_of(studio, studio.bars) > before


def test_the_slider_goes_through_the_whole_history(page: Page, studio: Studio) -> None:
    page.goto(f"/run/{studio.bars}")
    picture = page.get_by_role("img", name=re.compile("Samples"))
    expect(picture).to_be_visible()
    if frames_of(studio, studio.bars) < 2:
        page.get_by_role("button", name="Sample now").click()
    history = page.get_by_role("slider", name="History")
    expect(history).to_be_enabled()
    history.fill("0")
    expect(page.get_by_role("img", name="Samples before training")).to_be_visible()
    expect(history).to_have_attribute("aria-valuetext", "before training")
    page.get_by_role("button", name="To the newest").click()
    expect(page.get_by_role("img", name="Samples before training")).to_have_count(0)


def test_curves_can_be_zoomed_and_shown_whole_again(page: Page, studio: Studio) -> None:
    page.goto(f"/run/{studio.ring}")
    losses = page.get_by_role("figure").filter(has=page.get_by_role("heading", name="Losses", exact=True))
    expect(losses.locator("canvas")).to_be_visible()
    losses.scroll_into_view_if_needed()
    canvas = losses.locator("canvas").first
    before = drawn(canvas)
    page.get_by_role("button", name="Nearer").click()
    page.wait_for_timeout(400)
    near = drawn(canvas)
    assert near != before
    page.get_by_role("button", name="All", exact=True).last.click()
    page.wait_for_timeout(400)
    assert drawn(canvas) != near


def test_another_run_is_laid_over_the_curves_and_taken_out_again(page: Page, studio: Studio) -> None:
    page.goto(f"/run/{studio.ring}")
    page.get_by_label("Compare with").select_option(studio.bars)
    chip = page.get_by_role("button", name=f"Take {studio.bars} out of the charts")
    expect(chip).to_be_visible()
    expect(page.get_by_text(f"{studio.bars} discriminator").first).to_be_visible()
    chip.click()
    expect(page.get_by_text(f"{studio.bars} discriminator")).to_have_count(0)


def test_runs_ticked_in_the_list_are_compared(page: Page, studio: Studio) -> None:
    page.goto("/")
    for run in (studio.ring, studio.bars):
        page.get_by_role("checkbox", name=f"Compare {run}").check()
    page.get_by_role("button", name="Compare 2 runs").click()
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    for run in (studio.ring, studio.bars):
        expect(page.get_by_text(f"{run} discriminator").first).to_be_visible()


def test_what_is_happening_and_the_doctors_words_stand_beside_the_pictures(page: Page, studio: Studio) -> None:
    page.goto(f"/run/{studio.bars}")
    happening = page.get_by_role("region", name="What is happening")
    expect(happening).to_contain_text("Phase 1")
    expect(happening).to_contain_text("Phase 2")
    expect(happening).to_contain_text(re.compile(r"mean score is|first updates"))
    expect(page.get_by_role("region", name="What the doctor saw and did")).to_be_visible()
    about = page.get_by_role("region", name="About this run")
    expect(about).to_contain_text("bars")
    expect(about).to_contain_text("auto")


def test_a_run_is_paused_saved_and_goes_on(page: Page, studio: Studio) -> None:
    page.goto(f"/run/{studio.ring}")
    notices = page.get_by_role("status", name="Notices")
    page.get_by_role("button", name="Save now").click()
    expect(notices).to_contain_text("A checkpoint was saved.")
    page.get_by_role("button", name="Pause").click()
    expect(notices).to_contain_text("The run is paused.")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    stood = studio.served.ask(f"/api/runs/{studio.ring}")
    assert stood["paused"]
    page.get_by_role("button", name="Go on").click()
    expect(notices).to_contain_text("The run goes on.")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function(
        "([run, kimg]) => fetch(`/api/runs/${run}`).then(a => a.json()).then(a => a.kimg > kimg)",
        arg=[studio.ring, stood["kimg"]],
    )


def test_the_game_is_seen_in_the_plane_and_played_on_phase_by_phase(page: Page, studio: Studio) -> None:
    page.goto(f"/run/{studio.ring}")
    board = page.get_by_role("img", name=re.compile("Map of the plane with 600 real points and 300 forgeries"))
    expect(board).to_be_visible()
    with_verdict = drawn(board)
    page.get_by_role("checkbox", name="The detective’s verdict").uncheck()
    page.wait_for_timeout(200)
    assert drawn(board) != with_verdict
    page.get_by_role("button", name="Play on from here").click()
    moves = page.get_by_role("region", name="Playing on, step by step")
    moves.get_by_role("button", name=re.compile("detective learns")).click()
    expect(moves).to_contain_text(re.compile(r"The detective learned, from \d+ real points"))
    moves.get_by_role("button", name=re.compile("forger learns")).click()
    expect(moves).to_contain_text(re.compile(r"its forgeries moved by [\d.]+ %"))
    moves.get_by_role("checkbox", name=re.compile("10")).check()
    moves.get_by_role("button", name=re.compile("detective learns")).click()
    expect(moves).to_contain_text("The detective learned 10 times")
    moves.get_by_role("button", name="Back to the run").click()
    expect(page.get_by_role("button", name="Play on from here")).to_be_visible()


def test_stopping_asks_first(page: Page, studio: Studio) -> None:
    page.goto(f"/run/{studio.bars}")
    page.get_by_role("button", name="Stop", exact=True).last.click()
    question = page.get_by_role("dialog", name="Stop this run?")
    expect(question).to_be_visible()
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    assert studio.served.ask(f"/api/runs/{studio.bars}")["state"] == "training"


def test_the_whole_picture_is_on_the_screen(page: Page, studio: Studio) -> None:
    for height in (900, 700):
        page.set_viewport_size({"width": 1280, "height": height})
        page.goto(f"/run/{studio.bars}")
        canvas = page.locator(".stage-box canvas")
        expect(canvas).to_have_attribute("width", re.compile(r"\d{3}"))
        box = canvas.bounding_box()
        assert box is not None
        assert 200 < box["y"] + box["height"] <= height
