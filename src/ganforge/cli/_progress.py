"""The progress of a training in the terminal: k samples, rate, time left, the two scores, the distance to the data."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ganforge.core.records import (
    Decision,
    Event,
    Examined,
    Finding,
    Started,
    StepRecord,
    Stopped,
    Treated,
    TreatmentJudged,
)
from ganforge.watch._ailment import TOO_SHORT, is_hardly_trained
from ganforge.watch._course import MOST
from ganforge.watch.history import PROBES, finding_line, judgement_line, treatment_line

LINES_WITHOUT_TERMINAL = 10
"""Where there is no terminal to draw a bar in, so many lines are printed over a run."""


class ProgressBar:
    """An observer that draws a bar, or prints a line now and then where the output is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = 0.0
        self._next_line = 0.0
        self._quality = ""
        self._rate = 0.0
        self._watched = self._alarmed = False
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
                self._print(event.what)
            case Finding():
                self._alarmed = self._alarmed or event.severity != "mild"
                self._print(f"{_at(event.kimg)} {finding_line(event)}", alarm=event.severity != "mild")
            case Treated():
                self._print(f"{_at(event.kimg)} {treatment_line(event)}")
                self._total = event.total_kimg or self._total
                if event.number == 1:
                    self._print(self._at_most(event))
                self._go_back(event)
            case TreatmentJudged():
                self._print(f"{_at(event.kimg)} {judgement_line(event)}")
            case Stopped():
                self._bar.stop()
                progress = event.kimg / self._total if self._total else 0.0
                short = event.reason == "done" and is_hardly_trained(event.step, progress)
                if self._watched and not self._alarmed and short:
                    self._print(
                        f"The run was {event.step} updates long: too few for the doctor to tell how it is. In a run of "
                        f"fewer than {TOO_SHORT} he names only what speaks for itself."
                    )

    def _at_most(self, treated: Treated) -> str:
        """How long it can take at most: each of the treatments that may still come begins from the start again."""
        kimg = MOST * self._total - treated.to_kimg
        minutes = f", some {kimg * 1000 / self._rate / 60:,.0f} min at this rate" if self._rate else ""
        return (
            f"There are at most {MOST} treatments, and after each training goes on to the planned length at most: up "
            f"to {kimg:,.0f}k samples more{minutes}; as a rule it is far less. Ctrl-C saves."
        )

    def _print(self, text: str, *, alarm: bool = False) -> None:
        self._console.print(f"[bold red]{escape(text)}[/]" if alarm else escape(text), soft_wrap=True, highlight=False)

    def _go_back(self, treated: Treated) -> None:
        """The bar and the next line printed stand where training goes on."""
        self._bar.update(self._task, total=self._total, completed=treated.to_kimg)
        self._next_line = min(self._next_line, treated.to_kimg)
        self._quality = ""

    def _record(self, record: StepRecord) -> None:
        self._rate = record.samples_per_second
        self._watched = self._watched or any(name.startswith(PROBES) for name in record.values)
        rate = f"{record.samples_per_second:,.0f}/s"
        scores = _scores(record) + self._quality
        self._bar.update(self._task, completed=record.kimg, rate=rate, scores=scores)
        if not self._console.is_terminal and record.kimg >= self._next_line:
            left = max(0.0, self._total - record.kimg) * 1000 / record.samples_per_second / 60
            self._console.print(
                f"{record.kimg:,.1f} of {self._total:,.1f}k samples, {rate}, {left:.1f} min left, {scores}"
            )
            self._next_line += self._total / LINES_WITHOUT_TERMINAL


def _scores(record: StepRecord) -> str:
    """What the judges think of real and fake samples on average."""
    trained = {name: value for name, value in record.values.items() if not name.startswith(PROBES)}
    real = [value for name, value in trained.items() if name.endswith(".real")]
    fake = [value for name, value in trained.items() if name.endswith(".fake")]
    if not real or not fake:
        return ""
    return f"scores: real {real[0]:+.2f}, fake {fake[0]:+.2f}"


def _at(kimg: float) -> str:
    return f"[{kimg:,.1f}k samples]"
