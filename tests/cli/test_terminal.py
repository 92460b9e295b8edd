"""What is drawn in a terminal."""

from __future__ import annotations

import io

from PIL import Image
from rich.console import Console

from ganforge.cli._picture import show_picture
from ganforge.cli._progress import ProgressBar
from ganforge.core.records import Decision, Finding, Severity, Started, StepRecord, Stopped
from ganforge.watch.history import treatment_line
from tests.watch.told import finding, judged, treated

AT_MOST = "There are at most 6 treatments, and after each training goes on to the planned length at most: up to "


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


def test_what_the_doctor_says_is_a_line_of_its_own_when_he_says_it() -> None:
    console, out = a_console(terminal=False)
    bar = ProgressBar(console)
    bar.see(Started(0, 0.0, 10.0, 1))
    for event in (finding(), treated(), judged()):
        bar.see(event)
    assert out.getvalue().splitlines() == [
        f"[6.0k samples] The doctor: mode collapse (serious): {finding().sentence}",
        f"[7.0k samples] {treatment_line(treated())}",
        f"{AT_MOST}56k samples more; as a rule it is far less. Ctrl-C saves.",
        "[9.0k samples] Treatment 1 worked: the samples vary as real ones do.",
    ]


def test_an_alarm_is_seen_in_a_terminal_and_what_is_mild_is_not_one() -> None:
    def drawn(severity: Severity) -> str:
        console, out = a_console(terminal=True)
        ProgressBar(console).see(finding(severity=severity))
        return out.getvalue()

    assert "\x1b[1;31m[6.0k samples] The doctor" in drawn("grave")
    assert "\x1b[1;31m" not in drawn("mild")


def test_after_a_treatment_lines_are_printed_from_where_it_went_back_to() -> None:
    console, out = a_console(terminal=False)
    bar = ProgressBar(console)
    bar.see(Started(0, 0.0, 10.0, 1))
    for step in range(5, 75, 5):
        bar.see(StepRecord(step, step / 10, {}, 100.0))
    bar.see(treated(70, 40))
    before = len(out.getvalue().splitlines())
    bar.see(StepRecord(45, 4.5, {}, 100.0))
    assert len(out.getvalue().splitlines()) == before + 1


def test_how_long_it_may_take_is_told_once_and_by_the_rate() -> None:
    console, out = a_console(terminal=False)
    bar = ProgressBar(console)
    bar.see(Started(0, 0.0, 10.0, 1))
    bar.see(StepRecord(1, 1.0, {}, 100.0))
    bar.see(treated(70, 0))
    bar.see(treated(70, 0, number=2))
    assert out.getvalue().count("60k samples more, some 10 min at this rate") == 1


def test_no_time_left_is_none() -> None:
    console, out = a_console(terminal=False)
    bar = ProgressBar(console)
    bar.see(Started(0, 0.0, 10.0, 1))
    bar.see(StepRecord(101, 10.01, {}, 100.0))
    assert " 0.0 min left" in out.getvalue()


def test_a_run_too_short_for_the_doctor_says_so_at_its_end() -> None:
    def last_word(step: int, *events: Finding) -> str:
        console, out = a_console(terminal=False)
        bar = ProgressBar(console)
        bar.see(Started(0, 0.0, 10.0, 1))
        bar.see(StepRecord(step, 10.0, {"probe.coverage": 0.1}, 100.0))
        for event in events:
            bar.see(event)
        bar.see(Stopped(step, 10.0, "done", "Training is complete."))
        return out.getvalue()

    assert "The run was 47 updates long: too few" in last_word(47)
    assert "too few" not in last_word(4700)
    assert "too few" not in last_word(47, finding())


def test_the_scores_in_the_line_are_those_of_the_training_and_not_of_the_probes() -> None:
    console, out = a_console(terminal=False)
    bar = ProgressBar(console)
    bar.see(Started(0, 0.0, 10.0, 1))
    probed = {"probe.real": 9.0, "probe.fake": 8.0}
    bar.see(StepRecord(1, 1.0, {**probed, "discriminator.real": 1.0, "discriminator.fake": -1.0}, 100.0))
    assert "scores: real +1.00, fake -1.00" in out.getvalue()
