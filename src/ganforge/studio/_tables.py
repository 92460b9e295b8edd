"""The dealers of the runs that were played last."""

from __future__ import annotations

import threading
from collections import OrderedDict

from ganforge.studio._dealing import Dealer
from ganforge.studio.shelf import Opened

KEPT = 4
"""Runs whose thresholds are remembered."""


class Tables:
    """A dealer a run, for its present best checkpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[Opened, Dealer]] = OrderedDict()

    def of(self, run: str, opened: Opened) -> Dealer:
        """The dealer of a checkpoint."""
        with self._lock:
            known = self._known.get(run)
            if known is None or known[0] is not opened:
                known = self._known[run] = (opened, Dealer(opened))
            self._known.move_to_end(run)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            return known[1]
