"""What holds on every page: no request elsewhere, no error, narrow and wide, light and dark, by keyboard alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.e2e.conftest import Studio, Witness

PAGES = ("/", "/run/{bars}", "/run/{ring}", "/run/{bars}/explore", "/run/{ring}/explore", "/run/{bars}/play",
         "/run/{ring}/play", "/compare?runs={ring},{bars}")  # fmt: skip


def address(studio: Studio, path: str) -> str:
    return path.format(ring=studio.ring, bars=studio.bars)


def settled(page: Page) -> None:
    """Wait until the page shows what it is about."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


@pytest.mark.parametrize("path", PAGES)
def test_at_360_pixels_nothing_is_cut_off_and_the_page_does_not_scroll_sideways(
    page: Page, studio: Studio, path: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address(studio, path))
    settled(page)
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sticking = page.evaluate(
        """[...document.querySelectorAll('main button, main a, main input, main select, main h1, main h2')]
            .filter(e => e.checkVisibility({opacityProperty: true}))
            .filter(e => !e.closest('.hidden, [hidden], .mark-sign, table'))
            .map(e => [e.tagName, e.getAttribute('aria-label') ?? e.textContent, e.getBoundingClientRect()])
            .filter(([, , box]) => box.width > 1 && (box.right > 361 || box.left < -1))
            .map(([tag, words]) => `${tag} ${words}`)"""
    )
    assert sticking == []


@pytest.mark.parametrize("path", PAGES)
def test_every_control_has_a_name_and_every_picture_words(page: Page, studio: Studio, path: str) -> None:
    page.goto(address(studio, path))
    settled(page)
    nameless = page.evaluate(
        """[...document.querySelectorAll(
                'button, a, input, select, canvas[role], img, [role=slider], [role=application]')]
            .filter(e => e.checkVisibility() && !e.closest('[aria-hidden=true]'))
            .filter(e => !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.getAttribute('alt')
                || e.textContent.trim() || e.labels?.length || e.title))
            .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_dark_is_by_preference_and_by_a_switch_that_is_remembered(page: Page, studio: Studio) -> None:
    def ground() -> int:
        return sum(
            int(n) for n in re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]
        )

    page.emulate_media(color_scheme="light")
    page.goto("/")
    settled(page)
    assert ground() > 600
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => getComputedStyle(document.body).backgroundColor !== 'rgb(251, 250, 247)'")
    assert ground() < 200
    switch = page.get_by_role("button", name=re.compile("^Colours: "))
    switch.click()
    expect(switch).to_have_accessible_name("Colours: light")
    assert ground() > 600
    page.reload()
    settled(page)
    assert ground() > 600


def test_a_run_is_found_watched_explored_and_played_by_keyboard_alone(page: Page, studio: Studio) -> None:
    page.goto("/")
    settled(page)
    page.keyboard.press("/")
    page.keyboard.type("bars")
    link = page.get_by_role("link", name=re.compile(studio.bars))
    for _ in range(30):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    outlines = "link => [null, '::after'].map(part => getComputedStyle(link, part).outlineStyle)"
    assert "solid" in link.evaluate(outlines)  # where one is can be seen
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/run/{studio.bars}$"))
    settled(page)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_contain_text("Pause or go on")
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("e")
    expect(page.get_by_role("region", name="Directions")).to_be_visible()
    page.keyboard.press("y")
    expect(page.get_by_role("heading", name="Real or forged?")).to_be_visible()
    page.keyboard.press("w")
    expect(page.get_by_role("heading", name="What is happening")).to_be_visible()


def test_the_first_tab_leads_past_the_banner(page: Page, studio: Studio) -> None:
    page.goto("/")
    settled(page)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()


def test_a_page_that_is_not_there_says_so_and_leads_back(page: Page, studio: Studio, witness: Witness) -> None:
    witness.expected = ("404",)
    page.goto("/nowhere")
    expect(page.get_by_text("There is no such page.")).to_be_visible()
    page.goto("/run/0099-none")
    expect(page.get_by_role("heading", name="This run is not there", exact=False)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="To the runs").click()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()


def test_inline_scripts_and_styles_are_refused_by_the_policy(page: Page, studio: Studio, witness: Witness) -> None:
    witness.expected = ("Content Security Policy",)
    page.goto("/")
    settled(page)
    assert page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
            const script = document.createElement('script');
            script.textContent = 'window.broken = true';
            document.body.append(script);
        })"""
    ).startswith("script-src")
    assert page.evaluate("window.broken") is None


def test_the_token_with_which_one_arrives_leaves_the_address_bar(page: Page, studio: Studio) -> None:
    page.goto(address(studio, "/compare?runs={ring}&token=a-secret"))
    settled(page)
    assert "secret" not in page.url
    assert page.url.endswith(address(studio, "/compare?runs={ring}"))
