"""Pictures of every page of the studio, wide and narrow, light and dark, as palette PNGs; see `scripts/screenshots`."""  # noqa: INP001

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ganforge.bench._common import command_line
from ganforge.bench._studio_browser import chromium
from ganforge.bench._studio_server import Served, served
from ganforge.core.errors import GanforgeError, SettingError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
MOST = 150_000
"""Bytes of one picture."""
WIDE, NARROW = (1280, 860), (360, 740)
TALLEST = 2200
"""Pixels of a page that are kept from its top."""
LOOKS = (("wide", WIDE, "light"), ("wide", WIDE, "dark"), ("narrow", NARROW, "light"), ("narrow", NARROW, "dark"))
SECONDS = 60_000


@dataclass(frozen=True)
class Scene:
    """One picture: a page, and what is done on it first."""

    name: str
    path: str
    """With {pictures} and {points} for the runs."""
    act: Callable[[Page], None]


def shown(page: Page) -> None:
    """Nothing but waiting until all is there."""


def stepping(page: Page) -> None:
    """Play on in the plane, one phase after the other."""
    page.get_by_role("button", name="Play on from here").click()
    for name in ("detective learns", "forger learns"):
        page.get_by_role("button", name=re.compile(name)).click()
        page.get_by_text(re.compile("picks the real one in .* before")).first.wait_for()


def walked(page: Page) -> None:
    """Walk away from a sample, keep two, look for copies."""
    keep = page.get_by_role("button", name="Keep", exact=True)
    page.get_by_role("button", name=re.compile("Walk from sample 9$")).wait_for()
    keep.click()
    page.get_by_role("button", name="Go to favourite 1").wait_for()
    page.get_by_role("button", name=re.compile("Walk from sample 9$")).click()
    keep.click()
    page.get_by_role("button", name="Go to favourite 2").wait_for()
    directions = page.get_by_role("region", name="Directions").get_by_role("slider")
    directions.first.fill(str(0.5 * float(directions.first.get_attribute("max") or 1)))
    look = page.get_by_role("button", name="Look among the training samples")
    look.click()
    page.get_by_role("region", name="Is it a copy?").get_by_role("img").first.wait_for()


def unkept(page: Page) -> None:
    """Take back what `walked` kept."""
    for _ in range(2):
        page.get_by_role("button", name="Remove favourite 1", exact=True).click()
        page.wait_for_timeout(300)


def asked(page: Page, mode: str) -> None:
    """A question of the detective's game."""
    page.get_by_role("button", name="Take the case").click()
    page.get_by_role("radio", name=mode).click()
    page.get_by_role("radiogroup", name="Questions").get_by_role("radio", name="5", exact=True).click()
    page.get_by_role("button", name="Begin", exact=True).click()
    page.get_by_role("img", name="Item 1").or_(
        page.get_by_role("button", name="Item 1 is the forgery")
    ).first.wait_for()


def several(page: Page) -> None:
    """A question with several items, answered."""
    asked(page, "Find the forgery")
    page.get_by_role("checkbox", name=re.compile("go on by itself")).uncheck()
    page.get_by_role("button", name="Item 2 is the forgery").click()
    page.get_by_role("button", name=re.compile("^Next")).wait_for()


def ended(page: Page) -> None:
    """The end of a round."""
    asked(page, "One at a time")
    page.get_by_role("checkbox", name=re.compile("go on by itself")).uncheck()
    for number in range(5):
        page.get_by_role("button", name=re.compile("^Forged|^Real")).nth(number % 2).click()
        page.get_by_role("button", name=re.compile("^Next|See how you did")).click()
    page.get_by_text("The case is closed").wait_for()


def forged(page: Page) -> None:
    """A drawing that is judged."""
    page.get_by_role("button", name="Pick up the brush").click()
    judge = page.get_by_role("region", name="The judge")
    judge.wait_for(timeout=300_000)
    paper = page.get_by_role("application").first
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    if box is None:
        return
    if page.get_by_role("application", name=re.compile("Drawing paper")).count():
        stroke = ((0.35, 0.25), (0.65, 0.22), (0.55, 0.45), (0.45, 0.8))
        page.mouse.move(box["x"] + box["width"] * stroke[0][0], box["y"] + box["height"] * stroke[0][1])
        page.mouse.down()
        for x, y in stroke[1:]:
            page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=8)
        page.mouse.up()
    else:
        for place in range(24):
            page.mouse.click(box["x"] + box["width"] * (0.1 + 0.035 * place), box["y"] + box["height"] * 0.4)
    judge.get_by_text(re.compile("passes for real|forged", re.IGNORECASE)).first.wait_for()
    heat = judge.get_by_role("checkbox", name="Show what gives it away")
    if heat.count():
        heat.check()


SCENES = (
    Scene("runs", "/", shown),
    Scene("watch", "/run/{pictures}", shown),
    Scene("watch-plane", "/run/{points}", shown),
    Scene("watch-plane-steps", "/run/{points}", stepping),
    Scene("compare", "/compare?runs={pictures},{points}", shown),
    Scene("explore", "/run/{pictures}/explore", walked),
    Scene("explore-points", "/run/{points}/explore", shown),
    Scene("play", "/run/{pictures}/play", shown),
    Scene("play-detective", "/run/{pictures}/play", several),
    Scene("play-ending", "/run/{pictures}/play", ended),
    Scene("play-forger", "/run/{pictures}/play", forged),
    Scene("play-forger-points", "/run/{points}/play", forged),
)


def take(browser: Browser, studio: Served, scene: Scene, runs: dict[str, str], out: Path) -> None:
    """All pictures of one scene."""
    for width, (across, down), scheme in LOOKS:
        context = browser.new_context(
            viewport={"width": across, "height": down},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(SECONDS)
        page = context.new_page()
        page.goto(studio.address + scene.path.format(**runs))
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_timeout(1500)
        scene.act(page)
        page.wait_for_timeout(1200)
        page.evaluate("() => scrollTo(0, 0)")
        page.wait_for_timeout(300)
        path = out / f"{scene.name}-{width}-{scheme}.png"
        path.write_bytes(compressed(page.screenshot(full_page=True)))
        if scene.act is walked:
            unkept(page)
        context.close()
        sys.stderr.write(f"{path.name}: {path.stat().st_size / 1000:.0f} kB\n")


def compressed(png: bytes) -> bytes:
    """The top of a picture in as many colours as fit into MOST bytes.

    Raises:
        SettingError: not even a few colours do.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
    for colours in (256, 128, 64, 32, 16):
        file = io.BytesIO()
        few = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(file, format="PNG", optimize=True)
        if file.tell() <= MOST:
            return file.getvalue()
    raise SettingError(f"A screenshot of {picture.width} x {picture.height} pixels does not fit into {MOST:,} bytes.")


def trained(stack: ExitStack) -> Path:
    """Small trainings: digits for a minute, points on a ring for half."""
    runs = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "runs"
    for data, minutes in (("ring", "0.5"), ("digits", "1.5")):
        sys.stderr.write(f"Training on {data} for {minutes} minutes ...\n")
        command_line(["train", data, "--minutes", minutes, "--no-report", "--out", str(runs)])
    return runs


def main(arguments: list[str]) -> None:
    """Take all pictures; those named after the two folders alone, where any are."""
    with ExitStack() as stack:
        runs = Path(arguments[0]) if arguments else trained(stack)
        out = Path(arguments[1]) if len(arguments) > 1 else ROOT / "docs" / "studio"
        out.mkdir(parents=True, exist_ok=True)
        studio = stack.enter_context(served(runs, Path(stack.enter_context(tempfile.TemporaryDirectory())) / "log"))
        there = [run for run in studio.ask("/api/runs?limit=500")["runs"] if run["ready"]]
        points = next((run["id"] for run in there if run["plane"]), None)
        pictures = next((run["id"] for run in there if run["singly"]), None)
        if points is None or pictures is None:
            raise SettingError(
                f"In {runs} a run on pictures and one on points in the plane are needed, with checkpoints."
            )
        browser = stack.enter_context(chromium())
        for scene in SCENES:
            if len(arguments) < 3 or scene.name in arguments[2:]:
                take(browser, studio, scene, {"points": points, "pictures": pictures}, out)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except GanforgeError as error:
        sys.exit(f"ganforge: {error}")
