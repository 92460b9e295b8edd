"""Exploring what a generator has learned so far, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from tests.e2e.conftest import CLASSES, drawn

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page
    from tests.e2e.conftest import Studio


def opened(page: Page, studio: Studio) -> Locator:
    """The page, once its picture is there; returns the picture."""
    page.goto(f"/run/{studio.bars}/explore")
    picture = page.get_by_role("img", name=re.compile("^The sample, "))
    expect(picture).to_be_visible()
    expect(page.get_by_role("button", name="Walk from sample 48")).to_be_visible()
    return picture


def until_changed(page: Page, picture: Locator, before: str) -> str:
    """Wait until the canvas shows something else."""
    page.wait_for_function(
        "([canvas, before]) => canvas.toDataURL() !== before", arg=[picture.element_handle(), before]
    )
    return drawn(picture)


def test_another_seed_gives_other_samples_and_the_same_seed_the_same(page: Page, studio: Studio) -> None:
    picture = opened(page, studio)
    first = drawn(picture)
    seed = page.get_by_role("spinbutton", name="Seed")
    seed.fill("5")
    seed.press("Enter")
    second = until_changed(page, picture, first)
    seed.fill("0")
    seed.press("Enter")
    assert until_changed(page, picture, second) == first


def test_a_sample_of_the_wall_is_chosen_and_walked_from_by_a_direction(page: Page, studio: Studio) -> None:
    picture = opened(page, studio)
    before = drawn(picture)
    page.get_by_role("button", name="Walk from sample 7", exact=True).click()
    chosen = until_changed(page, picture, before)
    direction = page.get_by_role("region", name="Directions").get_by_role("slider").first
    direction.fill(direction.get_attribute("max") or "1")
    moved = until_changed(page, picture, chosen)
    expect(page.get_by_role("img", name=re.compile("moved"))).to_be_visible()
    page.get_by_role("button", name="Back to where it was").click()
    assert until_changed(page, picture, moved) == chosen


def test_the_map_is_dragged_by_mouse_and_by_keys(page: Page, studio: Studio) -> None:
    picture = opened(page, studio)
    before = drawn(picture)
    latent_map = page.get_by_role("slider", name=re.compile("Map through latent space"))
    box = latent_map.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.2, steps=5)
    page.mouse.up()
    dragged = until_changed(page, picture, before)
    latent_map.focus()
    latent_map.press("ArrowLeft")
    until_changed(page, picture, dragged)
    latent_map.press("Home")
    page.wait_for_function("([canvas, was]) => canvas.toDataURL() === was", arg=[picture.element_handle(), before])


def test_truncation_and_class_change_the_wall(page: Page, studio: Studio) -> None:
    picture = opened(page, studio)
    first = drawn(picture)
    truncation = page.get_by_role("slider", name="Truncation")
    truncation.fill("0.1")
    typical = until_changed(page, picture, first)
    kind = page.get_by_label("Class")
    assert set(kind.locator("option").all_inner_texts()) == {"all classes", *CLASSES}
    kind.select_option(CLASSES[0])
    page.get_by_role("button", name="Walk from sample 2", exact=True).click()
    until_changed(page, picture, typical)


def test_the_nearest_training_samples_are_told(page: Page, studio: Studio) -> None:
    opened(page, studio)
    nearest = page.get_by_role("region", name="Is it a copy?")
    nearest.get_by_role("button", name="Look among the training samples").click()
    expect(nearest.get_by_role("img").first).to_be_visible()
    expect(nearest).to_contain_text(re.compile("[Cc]opy|neighbours"))


def test_favourites_are_kept_walked_between_saved_as_gif_and_removed(page: Page, studio: Studio) -> None:
    opened(page, studio)
    kept = page.get_by_role("region", name="Favourites")
    keep = page.get_by_role("button", name="Keep", exact=True)
    keep.click()
    expect(kept.get_by_role("button", name="Go to favourite 1")).to_be_visible()
    page.get_by_role("button", name="Walk from sample 9", exact=True).click()
    keep.click()
    expect(kept.get_by_role("button", name="Go to favourite 2")).to_be_visible()
    between = kept.get_by_role("img", name="Between the two favourites")
    expect(between).to_be_visible()
    with page.expect_download() as saved:
        kept.get_by_role("button", name="Save as GIF").click()
    assert saved.value.suggested_filename.endswith(".gif")
    assert saved.value.path().read_bytes()[:6] == b"GIF89a"
    page.reload()
    expect(kept.get_by_role("button", name="Go to favourite 2")).to_be_visible()
    for _ in range(2):
        left = kept.get_by_role("button", name=re.compile("Remove favourite")).count()
        kept.get_by_role("button", name="Remove favourite 1").click()
        expect(kept.get_by_role("button", name=re.compile("Remove favourite"))).to_have_count(left - 1)


def test_the_sample_is_downloaded_as_a_picture(page: Page, studio: Studio) -> None:
    opened(page, studio)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Picture", exact=True).click()
    assert saved.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_rows_of_numbers_are_explored_too(page: Page, studio: Studio) -> None:
    page.goto(f"/run/{studio.ring}/explore")
    picture = page.get_by_role("img", name=re.compile("^The sample, "))
    expect(picture).to_be_visible()
    before = drawn(picture)
    direction = page.get_by_role("region", name="Directions").get_by_role("slider").first
    direction.fill(direction.get_attribute("max") or "1")
    until_changed(page, picture, before)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Rows", exact=True).click()
    assert saved.value.path().read_text().startswith("x,y")
