"""The server as people start it: the address, the browser, other programs' ports, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from ganforge.cli import _studio
from ganforge.cli._main import run
from ganforge.studio import serving
from ganforge.studio.safety import Access
from ganforge.studio.serving import Front
from tests.studio.asking import LOCAL
from tests.studio.made import a_folder


def test_the_command_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    a_folder(tmp_path)
    command = [sys.executable, "-m", "ganforge.cli", "studio", str(tmp_path), "--port", "0", "--no-browser"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = next(line for line in process.stdout if line.startswith("Studio: "))
        address = line.split()[1]
        with urllib.request.urlopen(f"{address}api/runs", timeout=120) as answer:  # noqa: S310
            assert b"0001-ring" in answer.read()
        if sys.platform != "win32":  # a training on the same core comes first
            assert os.getpriority(os.PRIO_PROCESS, process.pid) > min(18, os.getpriority(os.PRIO_PROCESS, 0))
        stream = urllib.request.urlopen(f"{address}api/runs/0001-ring/events", timeout=120)  # noqa: S310
        assert stream.readline() == b"event: changed\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        assert "Traceback" not in process.stderr.read()
        stream.close()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Access]]:
    told: list[tuple[Path, Access]] = []

    def serve(runs: Path, access: Access, bound: socket.socket) -> None:
        told.append((runs, access))

    monkeypatch.setattr(serving, "serve", serve)
    return told


Told = list[tuple[Path, Access]]


def test_the_next_free_port_is_taken_and_said(
    tmp_path: Path, started: Told, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(_studio, "PORT", port)
        assert run(["studio", str(tmp_path), "--no-browser"]) == 0
        assert started[0][1].port > port
        assert f"Port {port} is taken" in capsys.readouterr().out
        assert run(["studio", str(tmp_path), "--no-browser", "--port", str(port)]) == 2
        assert "is taken by another program" in capsys.readouterr().err


def test_one_runs_folder_opens_at_that_run_and_play_at_its_game(
    tmp_path: Path, started: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_folder(tmp_path)
    assert run(["studio", str(folder.path), "--no-browser", "--port", "0"]) == 0
    assert run(["play", str(folder.path), "--no-browser", "--port", "0"]) == 0
    assert [runs for runs, _ in started] == [tmp_path, tmp_path]
    told = capsys.readouterr().out
    assert "/run/0001-ring\n" in told
    assert "/run/0001-ring/play\n" in told


def test_the_browser_is_opened_unless_told_otherwise(
    tmp_path: Path, started: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    done = threading.Event()

    def note(address: str) -> None:
        opened.append(address)
        done.set()

    monkeypatch.setattr(webbrowser, "open", note)
    run(["studio", str(tmp_path), "--no-browser", "--port", "0"])
    assert opened == []
    run(["studio", str(tmp_path), "--port", "0"])
    assert done.wait(20)
    assert opened == [started[-1][1].address_of("/")]


def test_another_host_is_served_with_a_token_in_the_address(
    tmp_path: Path, started: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["studio", str(tmp_path), "--no-browser", "--port", "0", "--host", "0.0.0.0"]) == 0  # noqa: S104
    access = started[0][1]
    assert access.token is not None
    assert f"/?token={access.token}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none"], "There is no folder none"),
        (["file"], "is a file"),
        ([".", "--port", "99999"], "is none"),
        ([".", "--host", "nowhere.invalid"], "--host nowhere.invalid"),
        ([".", "--host", "192.0.2.1"], "is not an address of this machine"),
    ],
)
def test_mistakes_are_told_with_the_cure(
    arguments: list[str], told: str, tmp_path: Path, started: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run(["studio", *arguments, "--no-browser"]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
    assert started == []


def test_pages_are_answered_while_the_rest_is_still_imported() -> None:
    ready = threading.Event()

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("the whole")(scope, receive, send)

    def make() -> Callable[..., Any]:
        ready.wait(60)
        return whole

    async def body_of(front: Front, path: str) -> bytes:
        parts: list[bytes] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            parts.append(message.get("body", b""))

        headers = [(b"host", b"127.0.0.1:7788")]
        await front({"type": "http", "method": "GET", "path": path, "headers": headers}, receive, send)
        return b"".join(parts)

    async def ask() -> list[bytes]:
        front = Front(make, LOCAL)
        early = await body_of(front, "/")
        ready.set()
        return [early, await body_of(front, "/api/runs"), await body_of(front, "/")]

    early, api, late = anyio.run(ask)
    assert early != b"the whole"
    assert len(early) > 100
    assert api == late == b"the whole"
