"""Play "Real or forged?" with a run, in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def command(
    run: str,
    /,
    *,
    port: int | None = None,
    host: str | None = None,
    browser: Annotated[bool, Parameter(negative="--no-browser")] = True,
) -> None:
    """Open the studio at a run's game: tell real items from forged ones, or forge one yourself.

    Parameters
    ----------
    run
        The run's folder, number or name.
    port
        Where to listen; 7788 or the next that is free if not given. 0 = any that is free.
    host
        Listen on this address too, for other machines to reach; a token in the printed address is asked for then.
        This machine alone if not given.
    browser
        --no-browser: print the address, and open nothing.
    """
    from ganforge.cli._studio import open_studio
    from ganforge.runs.folder import RunFolder

    whole = RunFolder.open(Path(run)).path.resolve()
    open_studio(whole.parent, page=f"/run/{whole.name}/play", port=port, host=host, browser=browser)
