"""Word of every change in a run to whoever watches it: one look at the files for all viewers together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass

from ganforge.core.errors import GanforgeError

_EVERY = 0.5
"""Seconds between two looks."""
_ALIVE = 15.0
"""Seconds after which a silent stream says that it is alive."""


@dataclass(frozen=True)
class Beat:
    """How a run stands, for those who have its page open."""

    version: int
    state: str
    kimg: float
    frame: str | None
    """Address of the newest samples."""

    def sent(self) -> bytes:
        """As a server-sent event."""
        return f"event: changed\ndata: {json.dumps(asdict(self))}\n\n".encode()


class _Channel:
    """One run's viewers, and the task that looks at its files for them."""

    def __init__(self) -> None:
        self.viewers = 0
        self.beat: Beat | None = None
        self.over = False
        """The run is gone."""
        self.news = asyncio.Condition()
        self.task: asyncio.Task[None] | None = None

    async def after(self, seen: Beat | None) -> Beat | None:
        """The next news; None where there is none for a while."""
        try:
            async with asyncio.timeout(_ALIVE), self.news:
                await self.news.wait_for(lambda: self.over or self.beat not in (None, seen))
        except TimeoutError:
            return None
        return self.beat if self.beat != seen else None


class Pulses:
    """All channels; they live on one event loop."""

    def __init__(self, look: Callable[[str], Beat]) -> None:
        """`look` tells how a run stands now; called in a thread."""
        self._look = look
        self._channels: dict[str, _Channel] = {}

    async def of(self, run: str) -> AsyncIterator[bytes]:
        """How the run stands, and then every change, as long as somebody listens."""
        channel = self._channels.setdefault(run, _Channel())
        channel.viewers += 1
        if channel.task is None:
            channel.task = asyncio.create_task(self._follow(run, channel))
        try:
            seen: Beat | None = None
            while not channel.over:
                beat = await channel.after(seen)
                yield b": alive\n\n" if beat is None else beat.sent()
                seen = seen if beat is None else beat
        finally:
            channel.viewers -= 1
            if channel.viewers == 0:
                channel.task.cancel()
                if self._channels.get(run) is channel:
                    del self._channels[run]

    async def _follow(self, run: str, channel: _Channel) -> None:
        while not channel.over:
            try:
                beat = await asyncio.to_thread(self._look, run)
            except GanforgeError:  # the folder was removed or renamed
                channel.over = True
            else:
                if beat == channel.beat:
                    await asyncio.sleep(_EVERY)
                    continue
                channel.beat = beat
            async with channel.news:
                channel.news.notify_all()
            await asyncio.sleep(_EVERY)
