"""The studio's pages in a real browser, timed: the first picture, the slider, the curves; and how large they are."""

from __future__ import annotations

import gzip
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganforge.bench._common import command_line, only_run
from ganforge.bench._studio_browser import chromium
from ganforge.bench._studio_server import Served, served
from ganforge.core.errors import MachineError
from ganforge.runs.folder import RunFolder
from ganforge.studio.pages import BUILT

WARM = 3
"""Looks that are not counted: kernels are chosen, caches filled."""
FRAME = 1000.0 / 60.0
"""Milliseconds of a frame of most screens."""
RUNTIME = b"ort-wasm"
"""Stands in the code of the in-browser runtime, which names its WebAssembly; it is loaded only where it is used."""


@dataclass(frozen=True)
class Times:
    """What was timed, in milliseconds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of all."""
        return statistics.median(self.values)

    def at(self, share: float) -> float:
        """The value that this share of all lie below."""
        return float(np.quantile(self.values, share))


def first_picture(runs: Path, repeats: int) -> Times:
    """From the command to the first picture of the list, on the screen; the browser is open already.

    Args:
        runs: a folder of runs with pictures.
        repeats: of which the first is not counted.
    """
    seconds = []
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        for number in range(repeats + 1):
            page = browser.new_page()
            began = time.perf_counter()
            with served(runs, Path(scratch) / f"log{number}", asked=False) as studio:
                page.goto(studio.address, wait_until="commit")
                page.wait_for_function(
                    "() => (image => image?.complete && image.naturalWidth > 0)(document.querySelector('main img'))"
                )
                page.evaluate("() => new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))")
                seconds.append(time.perf_counter() - began)
            page.close()
    return Times(tuple(1000 * value for value in seconds[1:]))


@dataclass(frozen=True)
class Slider:
    """From a slider to its picture."""

    side: int
    """Of the pictures, in pixels."""
    server: Times
    """One z sent, one picture received, as a page does it."""
    browser: Times | None
    """From the slider's event to the changed canvas, where the generator runs in the browser; None = it does not."""
    words: str
    """Where the page says its pictures are made."""


def slider(minutes: float, count: int, side: int = 64) -> Slider:
    """Train a generator of pictures of so many pixels for a moment, and pull a slider of its page."""
    with tempfile.TemporaryDirectory() as scratch:
        runs = Path(scratch) / "runs"
        command_line(
            ["train", "icons", "--size", str(side), "--minutes", str(minutes), "--no-report", "--out", str(runs)]
        )
        run = only_run(runs).name
        with served(runs, Path(scratch) / "log") as studio:
            server = _decoded(studio, run, count)
            browser, words = _pulled(studio, run, count)
    return Slider(side, server, browser, words)


def _decoded(studio: Served, run: str, count: int) -> Times:
    z = studio.ask(f"/api/runs/{run}/explore/samples", {"seed": 0, "n": 1, "truncation": 1.0, "class": None})["z"]
    taken = []
    for number in range(count + WARM):
        z[0][0] = number / count
        began = time.perf_counter()
        studio.ask(f"/api/runs/{run}/explore/decode", {"z": z, "class": None})
        taken.append(1000 * (time.perf_counter() - began))
    return Times(tuple(taken[WARM:]))


_PULL = """async count => {
    const slider = document.querySelector('[aria-label="Directions"] input[type=range]');
    const canvas = document.querySelector('canvas[aria-label^="The sample"]');
    const pen = canvas.getContext('2d');
    const shown = () => pen.getImageData(0, 0, canvas.width, canvas.height).data.join();
    const taken = [];
    for (let number = 0; number < count; number++) {
        const before = shown(), began = performance.now();
        slider.valueAsNumber = Number(slider.min) + (number % 2 ? 0.2 : 0.8) * (slider.max - slider.min);
        slider.dispatchEvent(new Event('input', {bubbles: true}));
        while (shown() === before && performance.now() - began < 2000) await new Promise(go => setTimeout(go, 0));
        taken.push(performance.now() - began);
    }
    return taken;
}"""


def _pulled(studio: Served, run: str, count: int) -> tuple[Times | None, str]:
    """The times in the browser, once its own generator is there."""
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{studio.address}/run/{run}/explore")
        where = page.get_by_text("Made ").first
        where.wait_for()
        ends = time.monotonic() + 120
        while "in your browser" not in where.inner_text() and time.monotonic() < ends:
            time.sleep(1)
        words = where.inner_text()
        if "in your browser" not in words:
            return None, words
        taken = [float(value) for value in page.evaluate(_PULL, count + WARM)]
        return Times(tuple(taken[WARM:])), words


@dataclass(frozen=True)
class Panning:
    """Curves that are moved along."""

    points: int
    """In the journal, over all curves."""
    frames: Times
    """Milliseconds between two frames while they move."""


def long_journal(runs: Path, points: int) -> str:
    """A run whose journal is made longer: as many records as give so many points; returns its name."""
    command_line(["train", "ring", "--kimg", "20", "--threads", "1", "--no-report", "--out", str(runs)])
    folder = RunFolder(only_run(runs))
    records = [record for record in folder.journal.records() if record["event"] == "record"]
    if not records:
        raise MachineError("A short training has told of no updates; its journal cannot be made longer.")
    each = max(len(record["values"]) for record in records)
    random = np.random.default_rng(0)
    last, kimg = records[-1], float(records[-1]["kimg"])
    for number in range(points // each):
        values = {
            name: value * float(random.normal(1.0, 0.1))
            for name, value in records[number % len(records)]["values"].items()
        }
        folder.journal.append(
            {**last, "step": last["step"] + number + 1, "kimg": kimg + 0.1 * number, "values": values}
        )
    return folder.name


_PAN = """async seconds => {
    const box = document.querySelector('[data-chart] .plot .u-over') ?? document.querySelector('[data-chart] .plot');
    box.scrollIntoView();
    const {left, top, width, height} = box.getBoundingClientRect();
    const frames = [];
    let last = performance.now();
    const ends = last + 1000 * seconds;
    for (let number = 0; last < ends; number++) {
        const turn = {deltaX: 12 * (number % 120 < 60 ? 1 : -1), bubbles: true, cancelable: true,
            clientX: left + width / 2, clientY: top + height / 2};
        box.dispatchEvent(new WheelEvent('wheel', turn));
        await new Promise(shown => requestAnimationFrame(shown));
        const now = performance.now();
        frames.push(now - last);
        last = now;
    }
    return frames;
}"""


def pan(points: int, seconds: float) -> Panning:
    """Move along the curves of a long journal, zoomed in, frame by frame."""
    with tempfile.TemporaryDirectory() as scratch:
        runs = Path(scratch) / "runs"
        run = long_journal(runs, points)
        with served(runs, Path(scratch) / "log") as studio, chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{studio.address}/run/{run}")
            page.locator("[data-chart] canvas").first.wait_for()
            for _ in range(2):
                page.get_by_role("button", name="Nearer").click()
            page.wait_for_timeout(500)
            frames = page.evaluate(_PAN, seconds)
    return Panning(points, Times(tuple(float(value) for value in frames[WARM:])))


@dataclass(frozen=True)
class Size:
    """What the pages weigh, compressed by gzip, in bytes."""

    own: int
    """Code, styles and pictures of the pages."""
    runtime: int
    """What runs a generator in the browser; loaded only where it is used."""


def weigh(files: Sequence[Path] | None = None) -> Size:
    """The built pages.

    Raises:
        MachineError: they are not built.
    """
    found = [path for path in BUILT.rglob("*") if path.is_file()] if files is None else list(files)
    if not found:
        raise MachineError("The pages are not built. Build them with: python hatch_build.py")
    own = runtime = 0
    for path in found:
        content = path.read_bytes()
        size = len(gzip.compress(content, 9, mtime=0))
        if path.suffix == ".wasm" or RUNTIME in content:
            runtime += size
        else:
            own += size
    return Size(own, runtime)
