"""Where a handler fails in a way that nobody foresaw: an answer in words, and the studio goes on."""

from __future__ import annotations

import logging

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ganforge.core.errors import GanforgeError

UNFORESEEN = "The studio could not do this"
"""Begins the words of what is a fault of the studio's own."""
_log = logging.getLogger(__name__)


class Mishaps:
    """ASGI middleware: a file that cannot be read, or a fault of ours, is answered with 503 and words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            Exception: it failed after the answer had begun; nothing can be told then.
        """
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await JSONResponse({"error": _words(error)}, 503)(scope, receive, send)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, GanforgeError):
        where = f" ({error.filename})" if isinstance(error.filename, str) else ""
        return f"A file cannot be used: {error.strerror or error}{where}. Mend or remove it, and ask again."
    _log.error("A request failed.", exc_info=error)
    return f"{UNFORESEEN}: {type(error).__name__}. The terminal where it runs tells more; the run is not touched."
