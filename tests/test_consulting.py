"""How a run is, for people: what was found and done, and what to do next."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from ganforge.consulting import Consultation, consult, flags, lines
from ganforge.core.errors import RunError
from ganforge.core.records import Change, DataCard, Event, Finding, Remedy
from ganforge.core.settings import to_json, with_value
from ganforge.recipes._recipes import RECIPES
from ganforge.runs.files import to_text
from ganforge.runs.folder import RunFolder
from tests.watch.told import INSPECTED, finding, journal, judged, treated

CARD = DataCard("table", "points", 200, (2,), "0123", source="table.csv")


def a_run(*events: Event, state: str = "done", doctor: str | None = "watch", **settings: Any) -> RunFolder:
    """A run's folder with such a journal; its recipe is the usual one with these values."""
    folder = RunFolder.create(Path("runs"), "table")
    for line in journal(*events, reason=None if state == "training" else state):
        folder.journal.append(line)
    recipe = RECIPES.get("auto")(CARD)
    for path, value in settings.items():
        recipe = with_value(recipe, path.replace("__", "."), value)
    facts = {
        "seed": 0,
        "options": {} if doctor is None else {"doctor": doctor},
        "data": to_json(CARD),
        "domain": {"name": "points", "state": {}},
        "recipe": to_json(recipe),
        "plan": {},
    }
    folder.write_facts(facts)
    folder.beat(state)
    return folder


def text(consultation: Consultation) -> str:
    return "\n".join(f"{heading}: {line}" for heading, line in lines(consultation))


def test_a_healthy_run_needs_nothing() -> None:
    a_run(INSPECTED)
    found = consult("1")
    assert found.history.state == "healthy"
    assert found.next == ("Nothing needs to be done.",)
    assert text(found).startswith(
        "Now: Healthy at 10.0k samples (100 % of the run).\nData: 200 items; 180 to train on;"
    )


def test_a_watched_run_that_ails_is_told_how_to_be_cured() -> None:
    a_run(INSPECTED, finding(ailment="divergence"), generator__lr__start=0.5)
    found = consult("1")
    assert found.history.state == "ailing"
    assert "Ailing: divergence" in text(found)
    assert finding().sentence in text(found) and "probe.variety 0.03" in text(found)
    assert any("--doctor treat" in line for line in found.next)
    by_hand = [line for line in found.next if line.startswith("Or by hand")]
    assert 1 <= len(by_hand) <= 3
    assert "--set generator.lr.start=0.002" in by_hand[0]
    assert len({line.partition("--set")[2] for line in by_hand}) == len(by_hand)


def test_where_all_was_tried_nothing_more_is_advised() -> None:
    events = (finding(ailment="divergence"), treated(), judged(worked=False))
    a_run(INSPECTED, *events, state="unhealthy", doctor="treat", generator__lr__start=0.5)
    found = consult("1")
    assert found.history.state == "given up"
    assert "Given up" in text(found) and "Treatment 1 did not work" in text(found)
    assert any("All that promised to help was tried" in line for line in found.next)
    assert not any(line.startswith("Or by hand") for line in found.next)


def test_a_run_that_broke_down_untreated_says_why_it_ended() -> None:
    a_run(INSPECTED, finding(ailment="divergence"), state="not finite", generator__lr__start=0.5)
    found = consult("1")
    assert "Given up" in text(found) and "It ended: not finite." in text(found)
    assert any("--doctor treat" in line for line in found.next)
    assert any(line.startswith("Or by hand") for line in found.next)


@pytest.mark.parametrize(
    ("events", "state", "doctor", "words"),
    [
        ((finding(), treated()), "training", "treat", "Wait: it is judged"),
        ((finding(),), "training", "treat", "decides what is tried next"),
        ((finding(), treated(), judged()), "done", "treat", "what helped is kept"),
        ((finding(),), "done", None, "--doctor treat"),
    ],
)
def test_what_to_do_next_follows_from_how_it_stands(
    events: tuple[Event, ...], state: str, doctor: str | None, words: str
) -> None:
    a_run(INSPECTED, *events, state=state, doctor=doctor)
    assert any(words in line for line in consult("1").next)


def test_what_was_interrupted_within_a_trial_goes_on_within_it() -> None:
    a_run(INSPECTED, finding(), treated(), state="interrupted", doctor="treat")
    found = consult("1")
    assert found.history.state == "in treatment"
    assert found.next[0].startswith("Treatment 1 is in its trial")
    assert found.next[1] == "Go on: ganforge train --resume 1"


def test_what_was_interrupted_before_a_trial_goes_on_with_the_doctor() -> None:
    a_run(INSPECTED, finding(), state="interrupted", doctor="treat")
    assert any("--resume 1" in line for line in consult("1").next)
    assert not any("All that promised" in line for line in consult("1").next)


def test_a_run_is_resumed_by_the_path_that_was_asked_for() -> None:
    a_run(INSPECTED, state="interrupted")
    path = next(Path("runs").iterdir())
    assert consult(path).next == (f"Go on: ganforge train --resume {path}",)


def test_trouble_with_the_data_is_not_said_to_be_treated() -> None:
    for mode in ("watch", "treat"):
        a_run(INSPECTED, finding(0, ailment="data-trouble"), doctor=mode)
    for asked in ("1", "2"):
        found = consult(asked)
        assert found.history.state == "ailing"
        assert "The data have to be mended" in found.next[0]
        assert not any(words in line for line in found.next for words in ("--doctor treat", "by hand", "before more"))


def test_what_ended_within_a_trial_is_not_said_to_have_been_tried() -> None:
    a_run(INSPECTED, finding(), treated(), doctor="treat")
    assert any("within the trial of treatment 1" in line for line in consult("1").next)


def test_a_run_that_nobody_could_look_at_is_not_called_healthy() -> None:
    Path("blind.jsonl").write_bytes(b"".join(to_text(line) for line in journal(probes=False)))
    found = consult("blind.jsonl")
    assert text(found).startswith("Now: Not known: no probes looked at its samples,")
    assert "Nothing needs to be done." not in found.next


@pytest.mark.parametrize(
    ("events", "coverage", "words", "advice"),
    [
        ((finding(), treated(), judged()), 0.9, "Treated, and well since", "what helped is kept"),
        ((finding(), treated(), judged()), 0.5, "Treated; the signs are gone, and its samples", "A longer run"),
        (
            (finding(), treated(), judged()),
            0.0,
            "Treated, but not well: its samples are of quality 0.00",
            "train longer",
        ),
        ((), 0.1, "Nothing was found, but it is not well", "train longer"),
    ],
)
def test_nothing_is_called_well_against_what_the_last_probes_say(
    events: tuple[Event, ...], coverage: float, words: str, advice: str
) -> None:
    lines = journal(INSPECTED, *events, coverage=coverage)
    Path("lone.jsonl").write_bytes(b"".join(to_text(line) for line in lines))
    found = consult("lone.jsonl")
    assert words in text(found)
    assert any(advice in line for line in found.next)


def test_a_run_can_be_named_in_every_way_and_so_can_its_journal() -> None:
    folder = a_run(INSPECTED, finding())
    asked = ("1", "0001-table", str(folder.path), str(folder.path / "journal.jsonl"))
    assert len({to_text(consult(each).as_json()) for each in asked}) == 1


def test_a_journal_alone_says_what_it_can() -> None:
    Path("lone.jsonl").write_bytes(b"".join(to_text(line) for line in journal(INSPECTED, finding())))
    found = consult("lone.jsonl")
    assert found.run == "lone.jsonl"
    assert found.history.state == "ailing"
    assert any("--doctor treat" in line for line in found.next)


def test_a_journal_from_before_the_doctor_is_looked_at_and_what_is_missing_is_said() -> None:
    old = journal(probes=False)
    for line in old:
        if line["event"] == "record" and line["step"] >= 50:
            line["values"]["generator.adversarial"] = float("inf")
    Path("old.jsonl").write_bytes(b"".join(to_text(line) for line in old))
    found = consult("old.jsonl")
    assert not found.history.watched
    assert isinstance(found.history.told[0], Finding)
    assert "no probes" in text(found) and "nobody watched it" in text(found)


def test_a_run_that_has_not_begun_has_nothing_to_say() -> None:
    folder = a_run()
    (folder.path / "journal.jsonl").unlink()
    found = consult("1")
    assert "Nothing can be said yet." in text(found)
    assert found.next == ("Ask again when it has trained for a while.",)


def test_what_is_no_run_is_refused() -> None:
    Path("notes.txt").write_text("nothing")
    for asked in ("99", "notes.txt", "nowhere.jsonl"):
        with pytest.raises(RunError):
            consult(asked)


def test_as_json_everything_is_there() -> None:
    a_run(INSPECTED, finding(), treated(), judged())
    made = json.loads(to_text(consult("1").as_json()))
    assert [event["event"] for event in made["told"]] == ["finding", "treated", "judged"]
    assert made["told"][0]["evidence"] == {"probe.variety": 0.03}
    assert made["state"] == "treated" and made["watched"] is True and made["next"]


def test_flags_name_only_what_differs_and_can_be_typed() -> None:
    recipe = RECIPES.get("auto")(CARD)
    tree = to_json(recipe)
    louder = [{**penalty, "weight": {**penalty["weight"], "start": 2.0}} for penalty in tree["penalties"]]
    changes = (
        Change("generator.lr", tree["generator"]["lr"], {**tree["generator"]["lr"], "start": 1e-4}),
        Change("penalties", tree["penalties"], louder),
        Change("augment", None, {"name": "noise", "settings": {}}),
        Change("batch", recipe.batch, recipe.batch),
    )
    typed = shlex.split(flags(Remedy("x", "do it", changes)))
    assert typed[::2] == ["--set"] * (len(typed) // 2)
    for pair in typed[1::2]:
        path, _, value = pair.partition("=")
        recipe = with_value(recipe, path, value)
    assert recipe.generator.lr.start == 1e-4
    assert [penalty.weight.start for penalty in recipe.penalties] == [2.0] * len(louder)
    assert recipe.augment is not None and recipe.augment.name == "noise"
    assert len(typed) == 2 * (1 + len(louder) + 1)
