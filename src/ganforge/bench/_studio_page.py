"""A page of the studio without a browser, a process of its own: `python -m ganforge.bench._studio_page PORT RUN PLANE`.

It follows and asks until a line comes in, then prints what it was told, was given, and was refused.
"""

from __future__ import annotations

import asyncio
import sys

from ganforge.bench._studio_server import Viewers


async def _open(port: int, run: str, *, plane: bool) -> Viewers:
    page = Viewers(port, run, plane)
    tasks = [asyncio.create_task(page.follow()), asyncio.create_task(page.look())]
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return page


def main() -> None:
    """Be a page."""
    port, run, plane = sys.argv[1:]
    page = asyncio.run(_open(int(port), run, plane=plane == "1"))
    print(page.told, page.asked, page.failures)


if __name__ == "__main__":
    main()
