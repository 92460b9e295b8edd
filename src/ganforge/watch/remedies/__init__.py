"""One remedy a file; listing and lookup: `ganforge.watch._remedy`."""
