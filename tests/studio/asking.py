"""Asks a studio as a browser or a program would, without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import httpx

from ganforge.studio.app import make_app
from ganforge.studio.safety import Access

LOCAL = Access("127.0.0.1", 7788)


class Asking:
    """One browser: what it is told to keep it shows again."""

    def __init__(self, runs: Path, access: Access = LOCAL, base: str = "http://127.0.0.1:7788") -> None:
        self.app = make_app(runs, access)
        self._base = base
        self._cookies = httpx.Cookies()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return self.ask("POST", path, body=body, headers=headers)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """`headers` with underscores for dashes."""
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url=self._base, cookies=self._cookies) as client:
                answer = await client.request(method, path, json=body, content=content, headers=named)
                self._cookies = client.cookies
                return answer

        return anyio.run(asked)
