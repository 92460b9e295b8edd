"""A live picture of the training in a notebook."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable
from typing import Any

from PIL import Image
from torch import Tensor

from ganforge.core.records import Event, Finding, Sampled, Started, StepRecord, Stopped, Treated, TreatmentJudged
from ganforge.watch.history import finding_line, judgement_line, treatment_line


class LivePicture:
    """An observer that keeps one output of the cell up to date: the fixed samples, and how far the training is."""

    def __init__(self, picture: Callable[[Tensor], Image.Image]) -> None:
        """`picture` makes something to look at of samples as the networks see them."""
        from IPython.display import display

        self._picture = picture
        self._total = 0.0
        self._image = display(_html(""), display_id=True)
        self._line = display(_html("preparing"), display_id=True)
        self._doctor = display(_html(""), display_id=True)
        self._told: list[str] = []

    def see(self, event: Event) -> None:
        """Redraw."""
        match event:
            case Started():
                self._total = event.total_kimg
            case Sampled():
                self._image.update(self._picture(event.samples))
            case StepRecord():
                text = f"{event.kimg:,.1f} of {self._total:,.1f}k samples, {event.samples_per_second:,.0f}/s"
                self._line.update(_html(text))
            case Finding():
                self._tell(event.kimg, finding_line(event))
            case Treated():
                self._total = event.total_kimg or self._total
                self._tell(event.kimg, treatment_line(event))
            case TreatmentJudged():
                self._tell(event.kimg, judgement_line(event))
            case Stopped():
                self._line.update(_html(f"{event.message} ({event.kimg:,.1f}k samples)"))

    def _tell(self, kimg: float, text: str) -> None:
        """What the doctor says stays, line below line."""
        self._told.append(html.escape(f"[{kimg:,.1f}k samples] {text}"))
        self._doctor.update(_html("<br>".join(self._told)))


def _html(text: str) -> Any:
    from IPython import display

    return display.HTML(text)


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"
