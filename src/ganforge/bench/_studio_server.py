"""A studio to be measured: the command itself, in a process of its own, and pages of it without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ganforge.bench._common import begin_command_line
from ganforge.core.errors import MachineError

PATIENCE = 60.0
"""Seconds in which a studio must be there."""
ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Served:
    """A studio that answers."""

    port: int
    pid: int
    log: Path
    """What it prints."""

    @property
    def address(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, body: object = None) -> Any:
        """What the API answers; `body` makes it a POST.

        Raises:
            MachineError: it answered with an error.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            sent = None if body is None else json.dumps(body)
            headers = {"content-type": "application/json", "origin": self.address}
            connection.request("GET" if body is None else "POST", path, sent, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise MachineError(f"The studio answered {path} with {answer.status}: {content[:200].decode()}")
        return json.loads(content) if answer.headers.get_content_type() == "application/json" else content

    def memory(self) -> float:
        """MB that its process holds in memory."""
        seen = subprocess.run(["ps", "-o", "rss=", "-p", str(self.pid)], capture_output=True, text=True, check=True)
        return int(seen.stdout) / 1024


@contextlib.contextmanager
def served(runs: Path, log: Path, *, cores: int | Sequence[int] | None = None, asked: bool = True) -> Iterator[Served]:
    """Within, `ganforge studio` serves a folder of runs.

    Args:
        runs: the folder.
        log: what the studio prints goes there.
        cores: as for `begin_command_line`.
        asked: wait for its first answer.

    Raises:
        MachineError: it is not there in time.
    """
    process = begin_command_line(["studio", str(runs), "--no-browser", "--port", "0"], log, cores=cores)
    try:
        studio = Served(_port(process, log), process.pid, log)
        if asked:
            studio.ask("/api/runs?limit=1")
        yield studio
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """As the command prints it."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        found = ADDRESS.search(log.read_bytes())
        if found is not None:
            return int(found[1])
        time.sleep(0.01)
    raise MachineError(f"The studio did not start: {log.read_text(errors='replace')[-500:]}")


@dataclass
class Viewers:
    """Pages that follow one run, without drawing anything."""

    port: int
    run: str
    plane: bool = False
    """Also read the plane, every other second, as the page does where samples are two numbers."""
    told: int = 0
    """Changes told to all of them together."""
    asked: int = 0
    """Requests that were answered well."""
    failures: int = 0
    """Streams that ended, and requests that were not answered well."""

    async def follow(self) -> None:
        """One page's stream of changes, until it is cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            await self._send(writer, f"/api/runs/{quote(self.run)}/events")
            async for line in reader:
                self.told += line.startswith(b"data:")
            self.failures += 1  # it ended by itself
        except OSError:
            self.failures += 1
        finally:
            writer.close()

    async def look(self, every: float = 1.0) -> None:
        """What one page asks for when the run has changed: the run, its curves, its newest picture; until cancelled."""
        base, count = f"/api/runs/{quote(self.run)}", 0
        while True:
            detail = await self._get(base)
            await self._get(f"{base}/curves?most=600")
            frames = json.loads(detail)["frames"] if detail else []
            if frames:
                await self._get(frames[-1]["url"])
            if self.plane and count % 2 == 0:
                await self._get(f"{base}/plane?checkpoint=newest")
            count += 1
            await asyncio.sleep(every)

    async def _get(self, path: str) -> bytes:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                await self._send(writer, path)
                head, _, body = (await asyncio.wait_for(reader.read(-1), PATIENCE)).partition(b"\r\n\r\n")
            finally:
                writer.close()
        except (OSError, TimeoutError):
            self.failures += 1
            return b""
        good = head.startswith(b"HTTP/1.1 200")
        self.asked += good
        self.failures += not good
        return body if good else b""

    async def _send(self, writer: asyncio.StreamWriter, path: str) -> None:
        lines = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n"
        writer.write(lines.encode())
        await writer.drain()
