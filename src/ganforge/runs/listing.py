"""The runs in a folder."""

from __future__ import annotations

from pathlib import Path

from ganforge.runs.folder import RunFolder, is_run


def runs_below(parent: Path) -> list[RunFolder]:
    """All runs directly in `parent`, sorted by number; folders and files that are no runs are ignored."""
    if not parent.is_dir():
        return []
    runs = [RunFolder(path) for path in parent.iterdir() if is_run(path)]
    return sorted(runs, key=lambda run: (run.number or 0, run.name))
