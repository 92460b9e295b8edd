"""The last words of a training."""

from __future__ import annotations

from collections.abc import Mapping

from ganforge.runs.checkpoints import Checkpoints

MESSAGES: Mapping[str, str] = {
    "done": "Training is complete.",
    "interrupted": "Stopped as asked; everything is saved.",
    "out of time": "The run took much longer than planned and was stopped; everything is saved.",
}
"""By the reason of the end."""


def not_finite(step: int, what: str, checkpoints: Checkpoints) -> str:
    """Where and why numbers ended a training, what is kept, and what to do."""
    good = checkpoints.steps()
    kept = f"The last good checkpoint, of step {good[-1]}, is kept." if good else "There is no good checkpoint yet."
    if good and int(checkpoints.load(good[-1]).facts["seen"]) == 0:
        kept = "There is no good checkpoint but that of the untrained networks."
    return (
        f"Training stopped at step {step}: {what}. {kept} "
        "Going on would end the same way. Start a new run with --doctor treat; or by hand: lower learning rates "
        "usually cure it, --set generator.lr.start=... --set discriminator.lr.start=..., a fraction of those in "
        "run.json."
    )
