"""A studio with two runs that are training meanwhile, and a real browser that nothing may be wrong in."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from ganforge.bench._studio_browser import chromium, installed
from ganforge.bench._studio_server import Served, served
from ganforge.studio.pages import BUILT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

SECONDS = 20.0
"""How long a page may take for anything: the machine is busy with the trainings."""
CLASSES = ("upright", "across")
SMALL = ("--set", "networks.settings.width=16", "--set", "batch=32")


@dataclass(frozen=True)
class Studio:
    """What is served, and what trains."""

    served: Served
    runs: Path
    ring: str
    """The run on points in the plane."""
    bars: str
    """The run on pictures of two classes."""


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """`ganforge studio` over two runs that train as long as the tests run."""
    folder = tmp_path_factory.mktemp("studio")
    if installed() is None or not (BUILT / "index.html").is_file():
        reason = "the studio's pages are tested in Chromium (apt install chromium), built (python hatch_build.py)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    runs = folder / "runs"
    runs.mkdir()
    with ExitStack() as stack:
        ring = _training(stack, folder, runs, "ring")
        bars = _training(stack, folder, runs, str(_bars(folder / "bars")), "--labels", *SMALL)
        yield Studio(stack.enter_context(served(runs, folder / "studio.log")), runs, _begun(*ring), _begun(*bars))


def _bars(folder: Path, each: int = 300) -> Path:
    """Pictures of one bright bar on dark ground, upright or across, sorted by which."""
    random = np.random.default_rng(0)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for number in range(each):
            picture = random.integers(0, 40, (16, 16)).astype(np.uint8)
            place, start, length = random.integers(2, 13), random.integers(1, 6), random.integers(7, 10)
            picture[start : start + length, place : place + 2] = random.integers(170, 256, (length, 2))
            Image.fromarray(picture if name == CLASSES[0] else picture.T.copy()).save(folder / name / f"{number}.png")
    return folder


def _training(
    stack: ExitStack, folder: Path, runs: Path, data: str, *more: str
) -> tuple[subprocess.Popen[bytes], Path, Path, str]:
    """`ganforge train` that goes on until it is stopped."""
    name = Path(data).name
    log = folder / f"{name}.log"
    arguments = ["train", data, "--kimg", "1000000", "--threads", "1", "--out", str(runs), *more]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GANFORGE_CACHE": str(folder / "cache")}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "ganforge.cli", *arguments],
            env=environment, stdout=file, stderr=subprocess.STDOUT, cwd=folder,
        )  # fmt: skip
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process, log, runs, name


def _begun(process: subprocess.Popen[bytes], log: Path, runs: Path, data: str) -> str:
    """The run's name, once it has a checkpoint and has told of its first updates; it gives way to all else then."""
    ends = time.monotonic() + 120
    while time.monotonic() < ends and process.poll() is None:
        for run in runs.glob(f"[0-9]*-{data}"):
            journal = run / "journal.jsonl"
            if any((run / "checkpoints").glob("*.json")) and b'"record"' in journal.read_bytes():
                if sys.platform != "win32":
                    os.setpriority(os.PRIO_PROCESS, process.pid, 19)
                return run.name
        time.sleep(0.2)
    pytest.fail(f"The training on {data} did not begin: {log.read_text(errors='replace')[-800:]}")


@dataclass
class Witness:
    """What must not happen on any page."""

    host: str
    wrong: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of messages that a test provokes."""

    def watch(self, page: Page) -> None:
        page.on("request", lambda request: self.asked(request.url))
        page.on("console", self.said)
        page.on("pageerror", lambda error: self.wrong.append(f"error on the page: {error}"))

    def asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self.wrong.append(f"request to {url}")

    def said(self, message: ConsoleMessage) -> None:
        # A refused inline style or a script from elsewhere is told here too
        if message.type in {"error", "warning"} and not any(part in message.text for part in self.expected):
            self.wrong.append(f"{message.type}: {message.text}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:  # closed after each module: it keeps an event loop that other tests would meet
        yield opened


@pytest.fixture
def witness(studio: Studio) -> Iterator[Witness]:
    witness = Witness(urlsplit(studio.served.address).netloc)
    yield witness
    assert witness.wrong == []


@pytest.fixture
def page(studio: Studio, browser: Browser, witness: Witness) -> Iterator[Page]:
    context = browser.new_context(
        base_url=studio.served.address, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(SECONDS * 1000)
    expect.set_options(timeout=SECONDS * 1000)
    opened = context.new_page()
    witness.watch(opened)
    yield opened
    context.close()


def drawn(canvas: Locator) -> str:
    """What a canvas shows."""
    return str(canvas.evaluate("canvas => canvas.toDataURL()"))
