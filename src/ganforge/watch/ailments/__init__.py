"""One ailment a file; listing and lookup: `ganforge.watch._ailment`."""
