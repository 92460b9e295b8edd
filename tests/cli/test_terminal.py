"""What is drawn in a terminal."""

from __future__ import annotations

import io

from PIL import Image
from rich.console import Console

from ganforge.cli._picture import show_picture
from ganforge.cli._progress import ProgressBar
from ganforge.core.records import Decision, Started, StepRecord, Stopped


def a_console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80, color_system="truecolor" if terminal else None)
    return console, out


def test_a_picture_is_drawn_in_colour_two_pixels_a_cell() -> None:
    console, out = a_console(terminal=True)
    picture = Image.new("RGB", (40, 20), (200, 100, 50))
    show_picture(picture, console)
    lines = out.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0].count("▀") == 40
    assert "38;2;200;100;50" in lines[0]


def test_a_picture_wider_than_the_terminal_is_made_smaller() -> None:
    console, out = a_console(terminal=True)
    show_picture(Image.new("RGB", (800, 400)), console)
    assert out.getvalue().splitlines()[0].count("▀") == 80


def test_no_picture_is_drawn_into_a_file() -> None:
    console, out = a_console(terminal=False)
    show_picture(Image.new("RGB", (40, 20)), console)
    assert out.getvalue() == ""


def a_training(bar: ProgressBar, records: int) -> None:
    bar.see(Started(0, 0.0, 100.0, 1))
    for i in range(1, records + 1):
        values = {"discriminator.real": 1.0, "discriminator.fake": -0.5}
        bar.see(StepRecord(i, 100.0 * i / records, values, 1234.0))
    bar.see(Decision(records, "Memory ran out: the batch is now computed in 2 parts."))
    bar.see(Stopped(records, 100.0, "done", "Training is complete."))


def test_without_a_terminal_a_line_is_printed_now_and_then() -> None:
    console, out = a_console(terminal=False)
    a_training(ProgressBar(console), records=500)
    lines = out.getvalue().splitlines()
    assert 10 <= len(lines) <= 13
    assert "1,234/s" in lines[0]
    assert "real +1.00, fake -0.50" in lines[0]
    assert "2 parts" in lines[-1]


def test_in_a_terminal_the_bar_counts_k_samples() -> None:
    console, out = a_console(terminal=True)
    a_training(ProgressBar(console), records=5)
    assert "of 100.0k samples" in out.getvalue()
