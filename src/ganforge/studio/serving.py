"""The server: pages at once, the API as soon as what it needs is imported.

torch takes a second to import. Whoever opens the studio should not wait for it before anything is on the screen, so the
pages are answered from the start, and what is asked of the API meanwhile waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from ganforge.studio.pages import Pages
from ganforge.studio.safety import Access, Guard

_GRACE = 1
"""Seconds that open streams may keep the server from ending."""
_BEHIND = 10
"""By so much less urgent than other processes, in the system's own measure: a training on this machine comes first."""


class Front:
    """An ASGI application that answers with the pages until the whole one is there."""

    def __init__(self, make: Callable[[], ASGIApp], access: Access) -> None:
        """`make` gives the whole application; called once, in a thread."""
        self._make = make
        self._early = Guard(Pages(), access)
        self._whole: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._whole is None:
            self._whole = asyncio.create_task(asyncio.to_thread(self._make))
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if self._whole.done() or (scope["type"] == "http" and scope["path"].startswith("/api")):
            await (await asyncio.shield(self._whole))(scope, receive, send)
        else:
            await self._early(scope, receive, send)


def serve(runs: Path, access: Access, bound: socket.socket) -> NoReturn:
    """Serve the studio until Ctrl-C, and end this process.

    Args:
        runs: the folder of all runs.
        access: who may ask.
        bound: where; listening already.
    """
    _give_way()

    def make() -> ASGIApp:
        with _uncollected():
            import torch

            from ganforge.studio.app import make_app
        # One sample is too little work to share, and beside a training threads wait for each other: 160 ms, not 1
        torch.set_num_threads(1)
        return make_app(runs, access)

    config = uvicorn.Config(
        Front(make, access),
        log_level="critical",
        lifespan="on",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=64 * 2**10,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[bound])
    # A judge or an export that is being made in a thread is not waited for: nothing of it is written but whole files.
    # Left to itself, torch would abort the process noisily where the interpreter ends below a computation.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _give_way() -> None:
    """Be less urgent than what else the machine does; the browser that was opened from here stays as it was."""
    if sys.platform != "win32":
        os.nice(_BEHIND)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Modules stay: to look for what of them can be thrown away took a seventh of the time to import them."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def _live(receive: Receive, send: Send) -> None:
    """Say that the application began, and that it ended; nothing else is to be done for either."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
