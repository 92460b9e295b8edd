"""The progress of a training in the terminal: k samples, rate, time left, the two scores, the distance to the data."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ganforge.core.records import Decision, Event, Examined, Started, StepRecord, Stopped

LINES_WITHOUT_TERMINAL = 10
"""Where there is no terminal to draw a bar in, so many lines are printed over a run."""


class ProgressBar:
    """An observer that draws a bar, or prints a line now and then where the output is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = 0.0
        self._next_line = 0.0
        self._quality = ""
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.1f} of {task.total:,.1f}k samples"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[scores]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("training", total=None, rate="", scores="", visible=False)

    def close(self) -> None:
        """Give the terminal its cursor back, however the training ended."""
        self._bar.stop()

    def see(self, event: Event) -> None:
        """Draw what happened."""
        match event:
            case Started():
                self._total = event.total_kimg
                self._next_line = event.kimg
                self._bar.start()
                self._bar.update(self._task, total=event.total_kimg, completed=event.kimg, visible=True)
            case StepRecord():
                self._record(event)
            case Examined():
                self._quality = f", distance {event.score:.4f} ± {event.error:.4f}{' (kept)' if event.kept else ''}"
            case Decision():
                self._console.print(event.what)
            case Stopped():
                self._bar.stop()

    def _record(self, record: StepRecord) -> None:
        rate = f"{record.samples_per_second:,.0f}/s"
        scores = _scores(record) + self._quality
        self._bar.update(self._task, completed=record.kimg, rate=rate, scores=scores)
        if not self._console.is_terminal and record.kimg >= self._next_line:
            left = (self._total - record.kimg) * 1000 / record.samples_per_second / 60
            self._console.print(
                f"{record.kimg:,.1f} of {self._total:,.1f}k samples, {rate}, {left:.1f} min left, {scores}"
            )
            self._next_line += self._total / LINES_WITHOUT_TERMINAL


def _scores(record: StepRecord) -> str:
    """What the judges think of real and fake samples on average."""
    real = [value for name, value in record.values.items() if name.endswith(".real")]
    fake = [value for name, value in record.values.items() if name.endswith(".fake")]
    if not real or not fake:
        return ""
    return f"scores: real {real[0]:+.2f}, fake {fake[0]:+.2f}"
