"""What a journal tells of a run's health."""

from __future__ import annotations

import pytest

from ganforge.core.records import Event, Treated
from ganforge.core.settings import Json
from ganforge.watch._ailment import AILMENTS
from ganforge.watch.history import (
    History,
    State,
    finding_line,
    history,
    in_few,
    in_short,
    inspection_line,
    judgement_line,
    title,
    treatment_line,
)
from tests.watch.told import INSPECTED, finding, journal, judged, treated


@pytest.mark.parametrize(
    ("events", "reason", "state"),
    [
        ((), "done", "healthy"),
        ((), None, "healthy"),
        ((finding(severity="mild"),), "done", "healthy"),
        ((finding(),), None, "ailing"),
        ((finding(), treated()), None, "in treatment"),
        ((finding(), treated(), finding(75, ailment="oscillation")), None, "in treatment"),
        ((finding(), treated()), "done", "ailing"),  # it ended before anybody could say whether it helped
        ((finding(), treated(), judged()), None, "treated"),
        ((finding(), treated(), judged(), finding(95, "mild")), "done", "treated"),
        ((finding(), treated(), judged(), finding(95)), "done", "ailing"),
        ((finding(), treated(), judged(worked=False)), None, "ailing"),
        ((finding(), treated(), judged(85, worked=False), treated(90, 40, 2, 120)), None, "in treatment"),
        ((finding(),), "unhealthy", "given up"),
        ((finding(),), "not finite", "given up"),
        ((), "not finite", "given up"),
        ((finding(), treated()), "interrupted", "in treatment"),
    ],
)
def test_how_a_run_stands(events: tuple[Event, ...], reason: str | None, state: State) -> None:
    assert history(journal(INSPECTED, *events, reason=reason)).state == state


@pytest.mark.parametrize(
    ("events", "coverage", "reason", "state", "well"),
    [
        ((), 0.1, "done", "not well", False),
        ((), 0.1, None, "healthy", False),  # it may still become good
        ((finding(), treated(), judged()), 0.1, None, "not well", False),
        ((finding(), treated(), judged()), 0.5, "done", "treated", False),
        ((finding(), treated(), judged()), 0.9, "done", "treated", True),
        ((finding(),), 0.1, "done", "ailing", False),
    ],
)
def test_a_run_is_well_only_where_the_last_probes_say_so(
    events: tuple[Event, ...], coverage: float, reason: str | None, state: State, *, well: bool
) -> None:
    told = history(journal(INSPECTED, *events, reason=reason, coverage=coverage))
    assert (told.state, told.well) == (state, well)
    assert told.quality == pytest.approx(coverage)
    assert f"quality {coverage:.2f}" in told.reached


def test_a_score_that_got_worse_at_the_end_is_not_well() -> None:
    def scored(score: float) -> Json:
        figures = {"score": score, "error": 0.01, "gain": 0.0, "gain_error": 0.01, "kept": False, "seconds": 0.1}
        return {"event": "examined", "step": 1000, "kimg": 10.0, **figures}

    def told(*scores: float) -> History:
        return history([*journal(INSPECTED, finding(), treated(), judged()), *map(scored, scores)])

    assert told(0.2, 0.21).well
    assert not told(0.2, 0.5).well
    assert "they had been better" in told(0.2, 0.5).reached


def test_what_was_not_seen_is_not_called_healthy() -> None:
    assert history(journal(probes=False)).state == "not known"
    assert "no probes" in history(journal(probes=False)).unknown
    early = history(journal(INSPECTED, last=10, reason=None))
    assert early.state == "not known" and "too early" in early.unknown
    over = history(journal(INSPECTED, last=10))
    assert over.state == "not known" and "100 updates are too few to tell" in over.unknown
    assert history([]).state == "not known"
    assert history(journal(INSPECTED, finding(), probes=False)).state == "ailing"


@pytest.mark.parametrize("coverage", [0.1, 0.9])
def test_a_run_too_short_to_be_looked_at_is_called_neither_healthy_nor_not_well(coverage: float) -> None:
    records = [
        {**record, "step": record["step"] * 3 // 10} if "step" in record else record
        for record in journal(INSPECTED, coverage=coverage)
    ]
    told = history(records)
    assert told.state == "not known" and "fewer than 400 cannot be judged" in told.unknown


def test_what_lies_in_the_data_no_treatment_has_cured() -> None:
    in_data = finding(0, ailment="data-trouble")
    assert history(journal(INSPECTED, in_data, finding(), treated(), judged())).alarms == (in_data,)


def test_after_a_treatment_a_place_is_one_of_the_course() -> None:
    assert history(journal(INSPECTED, finding(), treated())).when(2.5) == "at 2.5k samples (25 % of this course)"


def test_how_many_are_different_is_told_of_those_looked_at() -> None:
    assert "all different (180 looked at)" in inspection_line({"data.distinct": 180.0, "data.looked": 180.0})
    assert "90 different (180 looked at)" in inspection_line({"data.distinct": 90.0, "data.looked": 180.0})


def test_everything_that_was_said_is_told_in_order() -> None:
    events = (finding(), treated(), judged())
    told = history(journal(INSPECTED, *events))
    assert told.told == events
    assert told.data == INSPECTED.values
    assert (told.kimg, told.total_kimg, told.reason) == (10.0, 10.0, "done")
    (treatment,) = told.treatments
    assert (treatment.treated, treatment.judged) == events[1:]
    assert told.watched and not told.missing


def test_a_run_is_where_it_went_on_and_not_where_it_had_been() -> None:
    records = journal(INSPECTED, finding(), treated(), reason=None)
    at = next(at for at, record in enumerate(records) if record["event"] == "treated")
    assert history(records[:at]).kimg == 7.0
    assert history(records[: at + 2]).kimg == 4.5


def test_only_what_nothing_has_cured_is_an_alarm() -> None:
    events = (finding(), treated(), judged(), finding(92, "mild"), finding(95, "grave"))
    assert history(journal(INSPECTED, *events)).alarms == (finding(95, "grave"),)
    assert history(journal(INSPECTED, *events[:4])).alarms == ()
    assert history(journal(INSPECTED, finding(), treated(), judged(worked=False))).alarms == (finding(),)


def test_a_run_that_nobody_watched_is_looked_at_afterwards() -> None:
    records = journal()
    for record in records:
        if record["event"] == "record" and record["step"] > 50:
            record["values"]["generator.adversarial"] = float("nan")
    told = history(records)
    assert not told.watched
    assert told.state == "ailing"
    assert any("inspected" in text for text in told.missing)
    assert history(records, again=False).told == ()


def test_what_could_not_be_looked_at_is_said() -> None:
    assert any("no probes" in text for text in history(journal(probes=False)).missing)
    assert any("no record" in text for text in history([]).missing)
    assert not history(journal(INSPECTED)).missing


def test_lines_of_another_version_are_left_out() -> None:
    strange: list[Json] = [{"event": "finding", "step": 3, "kimg": 0.3}, {"event": "treated", "remedy": "pray"}]
    told = history([*journal(INSPECTED), *strange])
    assert told.told == ()
    assert title("tomorrow-sickness") == "Tomorrow sickness"
    assert title(AILMENTS.names()[0]) == AILMENTS.get(AILMENTS.names()[0]).title


def test_a_place_in_the_run_is_told_with_its_share() -> None:
    assert history(journal(INSPECTED)).when(2.5) == "at 2.5k samples (25 % of the run)"
    assert history([]).when(2.5) == "at 2.5k samples"


def test_of_many_numbers_the_first_are_told() -> None:
    assert in_few(["a 1", "b 2"]) == "a 1, b 2"
    assert in_few([f"v{i} nan" for i in range(14)]) == "v0 nan, v1 nan, v2 nan and 11 more"


def test_lines_say_what_happens() -> None:
    line = finding_line(finding())
    assert line == f"The doctor: mode collapse (serious): {finding().sentence}"
    assert treatment_line(treated()) == (
        "Treatment 1: lower the generator's learning rate from 0.2 to 0.002; discriminator anew; back to 4.0k samples."
    )
    assert treatment_line(treated(70, 0)).endswith("; back to the start.")
    assert treatment_line(treated(70, 70)).endswith("; on from here.")
    assert judgement_line(judged()) == "Treatment 1 worked: the samples vary as real ones do."
    assert judgement_line(judged(worked=False)) == "Treatment 1 did not work: the samples are still alike."


def test_the_inspection_is_told_without_what_is_nothing() -> None:
    line = inspection_line(INSPECTED.values)
    assert line.startswith("The data: 200 items; 180 to train on;")
    assert "equal" not in line and "25" in line
    assert "farthest" not in inspection_line({"data.count": 5.0, "data.farthest": 2.0})
    assert inspection_line({}) == "The data: nothing to tell."


def test_a_list_of_runs_names_the_first_alarm() -> None:
    def short(*events: Event, reason: str | None = "done") -> str:
        return in_short(history(journal(*events, reason=reason), again=False))

    assert short() == ""
    assert short(INSPECTED) == "healthy"
    assert short(INSPECTED, finding(), treated(), judged()) == "treated"
    assert short(INSPECTED, finding(), finding(65, "grave", "divergence")) == "ailing: mode collapse and 1 more"
    assert short(INSPECTED, finding(), reason="unhealthy") == "given up: mode collapse"


def test_everything_is_told_as_it_went_with_what_was_taken_back() -> None:
    told = history(journal(INSPECTED, finding(60), treated(60, 20), finding(50), treated(50, 0, 2), judged(30)))
    shown = [kimg for kimg, _ in told.as_it_went()]
    events = list(told.told)
    assert [event for _, event in told.as_it_went()] == events
    taken = [0.0, 0.0, events[1].kimg - _to(events[1])]
    taken += [taken[-1], taken[-1] + events[3].kimg - _to(events[3])]
    assert shown == pytest.approx([before + event.kimg for before, event in zip(taken, events, strict=True)])
    assert shown == sorted(shown)


def _to(event: object) -> float:
    assert isinstance(event, Treated)
    return event.to_kimg
