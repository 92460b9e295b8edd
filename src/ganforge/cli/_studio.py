"""What the commands that open the studio share."""

from __future__ import annotations

import errno
import socket
import threading
import webbrowser
from pathlib import Path

from rich.console import Console

from ganforge.core.errors import MachineError, SettingError

PORT = 7788
"""Where the studio is unless told otherwise."""
_TRIED = 20
"""So many ports from the usual one on are tried."""
LOCAL = "127.0.0.1"


def open_studio(runs: Path, *, page: str, port: int | None, host: str | None, browser: bool) -> None:
    """Serve the studio and show a page of it.

    Args:
        runs: the folder of all runs.
        page: the address's path: "/", "/run/0001-digits/play".
        port: None = the usual one, or the next that is free; 0 = any that is free.
        host: None = this machine alone; else what to listen on, and a token is asked for.
        browser: open it.

    Raises:
        SettingError: the port is out of range or taken, or the host is not this machine's.
        MachineError: no port is free.
    """
    from ganforge.studio.pages import BUILT
    from ganforge.studio.safety import Access
    from ganforge.studio.serving import serve

    console = Console(highlight=False)
    with _bound(host or LOCAL, port) as bound:
        taken = bound.getsockname()[1]
        access = Access.on(host or LOCAL, taken)
        if port is None and taken != PORT:
            console.print(f"Port {PORT} is taken; this is the next free one.")
        if not (BUILT / "index.html").is_file():
            console.print("The studio's pages are not built; its address tells how to build them.", style="bold red")
        address, *others = access.addresses_of(page)
        console.print(f"Studio: {address}", markup=False, soft_wrap=True)
        for other in others:
            console.print(f"    or: {other}", markup=False, soft_wrap=True)
        if access.token is not None:
            console.print("Whoever has this address can see and stop the runs. It is sent without encryption.")
        console.print("Ctrl-C ends it; no run is touched by that.", style="dim")
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        serve(runs, access, bound)


def _bound(host: str, port: int | None) -> socket.socket:
    """A listening socket: requests that come before the server is ready wait in its queue."""
    if port is not None and not 0 <= port < 2**16:
        raise SettingError(f"--port {port} is none; give a number from 1 to 65535, or 0 for any that is free.")
    wanted = range(PORT, PORT + _TRIED) if port is None else (port,)
    for number in wanted:
        try:
            family = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0][0]
            return socket.create_server((host, number), family=family, backlog=256)
        except socket.gaierror as error:
            raise SettingError(f"--host {host} is not known here; give an address of this machine.") from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise SettingError(f"--host {host} is not an address of this machine; 0.0.0.0 is all.") from error
            if error.errno == errno.EACCES:
                raise SettingError(f"--port {number} may not be used; give one from 1024 on.") from error
            if error.errno != errno.EADDRINUSE:
                raise MachineError(f"The studio cannot listen on {host}:{number}: {error.strerror}.") from error
    if port is not None:
        raise SettingError(f"Port {port} is taken by another program; leave --port out to take the next free one.")
    raise MachineError(f"The ports {PORT} to {PORT + _TRIED - 1} are all taken; --port 0 takes any that is free.")
