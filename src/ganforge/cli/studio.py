"""Watch, explore and play with all your runs in the browser, live and finished ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def command(
    runs: Path = Path("runs"),
    /,
    *,
    port: int | None = None,
    host: str | None = None,
    browser: Annotated[bool, Parameter(negative="--no-browser")] = True,
) -> None:
    """Open the studio: watch trainings live, explore what generators learned, and play against them.

    It reads run folders and lives in a process of its own: no training notices it, and ending it ends no run.

    Parameters
    ----------
    runs
        The folder of runs; ./runs if not given. One run's folder opens at that run.
    port
        Where to listen; 7788 or the next that is free if not given. 0 = any that is free.
    host
        Listen on this address too, for other machines to reach; a token in the printed address is asked for then.
        This machine alone if not given.
    browser
        --no-browser: print the address, and open nothing.
    """
    from ganforge.cli._studio import open_studio
    from ganforge.core.errors import SettingError

    if (runs / "run.json").is_file():
        whole = runs.resolve()
        open_studio(whole.parent, page=f"/run/{whole.name}", port=port, host=host, browser=browser)
        return
    if runs.exists() and not runs.is_dir():
        raise SettingError(f"{runs} is a file; give the folder in which runs lie.")
    if not runs.exists() and runs != Path("runs"):
        raise SettingError(f"There is no folder {runs}. Give the one in which runs lie; `ganforge train` makes ./runs.")
    open_studio(runs, page="/", port=port, host=host, browser=browser)
