"""The journal's values as TensorBoard events, where the extra `tensorboard` is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ganforge.core.errors import MissingExtraError
from ganforge.core.records import Event, Examined, Finding, StepRecord, Stopped, Treated, TreatmentJudged


def require_tensorboard() -> None:
    """
    Raises:
        MissingExtraError: tensorboardX is not installed.
    """
    if importlib.util.find_spec("tensorboardX") is None:
        raise MissingExtraError("tensorboardX", "tensorboard")


class TensorBoard:
    """An observer that writes every value against the number of real samples shown."""

    def __init__(self, folder: Path) -> None:
        """
        Raises:
            MissingExtraError: tensorboardX is not installed.
        """
        require_tensorboard()
        from tensorboardX import SummaryWriter

        self._writer = SummaryWriter(str(folder))

    def see(self, event: Event) -> None:
        """Write a record's values; close at the end."""
        match event:
            case StepRecord():
                at = round(event.kimg * 1000)
                for name, value in event.values.items():
                    self._writer.add_scalar(name.replace(".", "/"), value, at)
                self._writer.add_scalar("samples_per_second", event.samples_per_second, at)
            case Examined():
                self._writer.add_scalar("kernel_distance", event.score, round(event.kimg * 1000))
            case Finding():
                self._note(event.kimg, f"{event.ailment} ({event.severity}): {event.sentence}")
            case Treated():
                self._note(event.kimg, f"Treatment {event.number} for {event.ailment}: {event.remedy.words}")
            case TreatmentJudged():
                worked = "worked" if event.worked else "did not work"
                self._note(event.kimg, f"Treatment {event.number} {worked}: {event.words}")
            case Stopped():
                self._writer.close()

    def _note(self, kimg: float, text: str) -> None:
        self._writer.add_text("doctor", text, round(kimg * 1000))
