"""What a duel changes about its own execution while it goes on, told in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ganforge.core.records import Decision
from ganforge.core.settings import Json
from ganforge.training.duel import Duel


class Execution(NamedTuple):
    """How updates are computed at some moment."""

    micro_batches: int
    refusal: str | None
    """Why the plan's compiled code is not used."""

    @staticmethod
    def of(duel: Duel) -> Execution:
        """As it is now."""
        return Execution(duel.micro_batches, duel.refusal)

    def save(self) -> Json:
        """As plain values."""
        return self._asdict()

    @staticmethod
    def restore(duel: Duel, saved: Json) -> None:
        """Have a duel go on as it was when this was saved."""
        duel.micro_batches = int(saved["micro_batches"])
        if saved.get("refusal") is not None:
            duel.refuse(str(saved["refusal"]))


def decisions(step: int, duel: Duel, before: Execution) -> Iterator[Decision]:
    """What changed since, for the journal: later steps depend on it."""
    now = Execution.of(duel)
    if now.micro_batches != before.micro_batches:
        what = f"Memory ran out: the batch of {duel.batch} is now computed in {now.micro_batches} parts."
        yield Decision(step, what, {"micro_batches": float(now.micro_batches)})
    if now.refusal is not None and now.refusal != before.refusal:
        yield Decision(step, now.refusal)
