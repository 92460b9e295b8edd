"""The training items that are most like a sample, in the features in which the run is scored."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganforge.core.contracts import Source
from ganforge.core.errors import GanforgeError
from ganforge.core.seeding import Draws
from ganforge.examining import extractor_for
from ganforge.metrics._cache import real_features
from ganforge.metrics._neighbours import nearest
from ganforge.metrics.features._features import Extractor
from ganforge.studio.errors import NotNow
from ganforge.studio.shelf import Opened

MOST = 20_000
"""Training items that are searched; of more, so many at random."""
AT_ONCE = 500
"""Items whose features are made between two looks at how far it is."""
KEPT = 2
"""Indexes in memory; 20,000 pictures' features are 50 MB."""
PATIENCE = 8.0
"""Seconds that the first question waits before it is told to ask again."""
_TYPICAL = 1_000
"""Items whose nearest neighbour is sought, for what is usual."""


@dataclass(frozen=True)
class Likenesses:
    """What is nearest to a sample."""

    x: Float[Tensor, "n ..."]
    """The training items, as the networks see them, the nearest first."""
    distances: list[float]
    typical: float
    """Median distance of a training item to the nearest other one."""
    searched: int
    """Training items that were searched."""
    features: str
    """What was compared, for people."""


@dataclass(frozen=True)
class _Known:
    """The features of a run's training items."""

    data: Source
    rows: Int[Tensor, "m"]
    features: Float[Tensor, "m d"]
    """In half precision where nothing is lost by it."""
    typical: float
    extractor: Extractor


@dataclass
class _Index:
    """An index while it is made and after."""

    opened: Opened
    over: threading.Event = field(default_factory=threading.Event)
    share: float = 0.0
    """How much of it is made."""
    known: _Known | None = None
    error: Exception | None = None

    def make(self) -> None:
        try:
            self.known = self._made()
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            self.error = error
        self.over.set()

    def _made(self) -> _Known:
        run, data = self.opened.run, self.opened.data()
        train = self.opened.split().train
        rows = train[Draws(0, "nearest").permutation(len(train))[:MOST]].sort().values
        extractor = extractor_for(run.domain, run.game)
        parts = []
        for part in torch.split(rows, AT_ONCE):
            features = real_features(data, part, extractor)
            half = features.half()
            parts.append(half if torch.equal(half.float(), features) else features)
            self.share = sum(map(len, parts)) / len(rows)
        features = torch.cat(parts)
        whole = features.float()
        between = nearest(whole[:: max(1, len(whole) // _TYPICAL)], whole, 2)[0]
        # The nearest of all is the item itself
        typical = float(between[:, -1].median()) if len(whole) > 1 else 0.0
        return _Known(data, rows, features, typical, extractor)


class Nearest:
    """Answers for all runs; the index of each is made in the background when it is first asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._indexes: OrderedDict[str, _Index] = OrderedDict()

    def to(self, opened: Opened, x: Float[Tensor, "1 ..."], n: int, *, patience: float = PATIENCE) -> Likenesses:
        """The training items nearest to a sample.

        Args:
            opened: the run.
            x: the sample, as the networks see it.
            n: how many; fewer where there are not so many.
            patience: seconds to wait for the index.

        Raises:
            NotNow: the index is being made; the message says how far it is.
            NotYet: the run's data are not where they were.
        """
        known = self._known(opened, patience)
        distances, places = nearest(known.extractor(x), known.features.float(), n)
        items = known.data.batch(known.rows[places[0]]).real["x"]
        return Likenesses(items, distances[0].tolist(), known.typical, len(known.rows), known.extractor.label)

    def _known(self, opened: Opened, patience: float) -> _Known:
        index = self._index(opened)
        index.over.wait(patience)
        if index.known is not None:
            return index.known
        if index.error is None:
            raise NotNow(
                f"The training items are being looked at, {100 * index.share:.0f} % done. Ask again in a moment."
            )
        with self._lock:  # the next question tries again
            if self._indexes.get(_key(opened)) is index:
                del self._indexes[_key(opened)]
        if isinstance(index.error, GanforgeError):
            raise index.error
        raise NotNow(f"The training items could not be looked at ({index.error}). Ask again.") from index.error

    def _index(self, opened: Opened) -> _Index:
        with self._lock:
            index = self._indexes.get(_key(opened))
            if index is None:
                index = self._indexes[_key(opened)] = _Index(opened)
                threading.Thread(target=index.make, name="nearest", daemon=True).start()
            self._indexes.move_to_end(_key(opened))
            while len(self._indexes) > KEPT:
                self._indexes.popitem(last=False)
            return index


def _key(opened: Opened) -> str:
    """The items are the same for all checkpoints of a run."""
    return f"{opened.run.path}\x1f{opened.run.data.fingerprint}"


def told(found: Likenesses, item: str) -> str:
    """What the distances mean, for people."""
    if not found.distances or found.typical <= 0:
        return f"Searched: {found.searched:,} training items, by {found.features}."
    times = found.distances[0] / found.typical
    if times < 0.01:
        said = f"Its nearest {item} is the same: a copy, as near as can be seen."
    else:
        said = f"Its nearest {item} is {_as_far(times)} as {item}s are from each other: {_judged(times)}."
    return f"{said} Searched: {found.searched:,}, by {found.features}."


def _as_far(times: float) -> str:
    return "as far away" if 0.95 <= times < 1.05 else f"{times:.2g} times as far away"


def _judged(times: float) -> str:
    if times < 0.5:
        return "it may be a copy"
    return "not a copy" if times < 2.5 else "not a copy, and unlike all of them"
