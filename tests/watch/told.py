"""A made-up journal of a run that fell ill and was treated."""

from __future__ import annotations

from typing import Any

from ganforge.core.records import Change, Event, Finding, Inspected, Remedy, Severity, Treated, TreatmentJudged
from ganforge.core.settings import Json
from ganforge.runs.recorder import journal_record

REMEDY = Remedy(
    "learning-rates",
    "lower the generator's learning rate from 0.2 to 0.002",
    (Change("generator.lr.start", 0.2, 0.002),),
    reinitialise=frozenset({"discriminator"}),
)


EACH = 10
"""Events and records are placed in hundredths of the run, of so many updates each."""


def finding(step: int = 60, severity: Severity = "serious", ailment: str = "mode-collapse") -> Finding:
    sentence = "The generator makes almost the same sample: they differ only 0.03 times as much as real ones."
    return Finding(ailment, severity, step * EACH, step / 10, (step - 10) * EACH, {"probe.variety": 0.03}, sentence)


def treated(step: int = 70, to_step: int = 40, number: int = 1, taken: int | None = None) -> Treated:
    ever = step if taken is None else taken
    return Treated(step * EACH, step / 10, to_step * EACH, to_step / 10, ever * EACH, number, "mode-collapse", REMEDY)


def judged(step: int = 90, number: int = 1, *, worked: bool = True) -> TreatmentJudged:
    words = "the samples vary as real ones do" if worked else "the samples are still alike"
    return TreatmentJudged(step * EACH, step / 10, number, worked, words)


INSPECTED = Inspected({"data.count": 200.0, "data.train": 180.0, "data.distinct": 180.0, "data.farthest": 25.0})


def journal(
    *events: Event, last: int = 100, reason: str | None = "done", probes: bool = True, coverage: float = 0.8
) -> list[Json]:
    """A run of 1,000 updates and 10k samples with these events in it, each after the update it names.

    A treatment takes back what it says; there is a record every 50 updates, and samples numbered as they were drawn.
    """
    waiting, told, step, taken = list(events), [], 0, 0
    told.append({"event": "started", "step": 0, "kimg": 0.0, "total_kimg": 10.0, "attempt": 1, "taken": 0})
    while True:
        told.append({"event": "sampled", "step": step * EACH, "kimg": step / 10, "taken": taken * EACH})
        while waiting and getattr(waiting[0], "step", 0) <= step * EACH:
            event = waiting.pop(0)
            told.append(journal_record(event))
            step = event.to_step // EACH if isinstance(event, Treated) else step
        if step >= last:
            break
        step, taken = step + 5, taken + 5
        told.append(_record(step, taken, probes=probes, coverage=coverage))
    if reason is not None:
        words = {"event": "stopped", "reason": reason, "message": f"It ended: {reason}."}
        told.append({**words, "step": step * EACH, "kimg": step / 10})
    return told


def _record(step: int, taken: int, *, probes: bool, coverage: float) -> Json:
    probed = {
        "probe.coverage": coverage,
        "probe.fidelity": 0.9,
        "probe.variety": 0.8,
        "probe.apart": 0.7,
        "probe.drift": 0.1,
    }
    seen = {"discriminator.real": 0.2, "discriminator.fake": -0.2, "discriminator.apart": 0.6, "probe.real": 0.1}
    losses = {"discriminator.adversarial": 1.0 + taken / 1000, "generator.adversarial": 0.7}
    values: dict[str, Any] = {**losses, **seen, **(probed if probes else {})}
    if not probes:
        del values["probe.real"]
    return {
        "event": "record",
        "step": step * EACH,
        "kimg": step / 10,
        "samples_per_second": 9.0,
        "attempt": 1,
        "values": values,
    }
