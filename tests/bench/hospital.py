"""What the tests of the hospital share: two small cases, outcomes by hand, and a ward of them that is diagnosed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ganforge.bench._hospital_cases import Case
from ganforge.bench._hospital_measure import Measured
from ganforge.bench._hospital_recording import Outcome
from ganforge.bench._hospital_replay import Diagnosis, diagnose
from ganforge.core.records import Finding
from ganforge.core.settings import Json

TINY = Case("sound-moons-pacgan-twin-0", "moons", "pacgan", 0, 4.0, "tuning")
SICK = replace(TINY, name="frozen", cause="rates-low", settings={"generator.lr": 1e-6, "discriminator.lr": 1e-6})


def measured(score: float, error: float = 0.01, covered: float = 1.0) -> Measured:
    return Measured(score, error, 0.05, covered)


TWINS = [measured(0.10), measured(0.12), measured(0.11)]


def finding(ailment: str, kimg: float, severity: str = "serious") -> Finding:
    return Finding(ailment, severity, int(kimg), kimg, 0, {"x": 1.0}, "It is ill.")  # type: ignore[arg-type]


def journalled(folder: Path, case: Case, found: Measured) -> Outcome:
    """An outcome with a run whose journal says its name."""
    run = folder / case.name / "0001-array"
    run.mkdir(parents=True)
    facts = dict.fromkeys(("data", "domain", "options", "recipe", "seed"), 0) | {"plan": {"kimg": 100.0}}
    (run / "run.json").write_text(json.dumps(facts))
    (run / "journal.jsonl").write_text(json.dumps({"event": "started", "of": case.name}) + "\n")
    return Outcome(case, "done", found, 1.0, folder / case.name)


SAID = {
    "right": [finding("stagnation", 49.0)],
    "mild-first": [finding("mode-collapse", 10.0, "mild"), finding("stagnation", 20.0, "grave")],
    "late": [finding("stagnation", 51.0)],
    "wrong": [finding("mode-collapse", 10.0), finding("stagnation", 11.0)],
    "nothing": [],
    "harmless": [finding("mode-collapse", 10.0)],
    "accused": [finding("oscillation", 90.0)],
}


def says(records: Iterable[Json]) -> list[Finding]:
    return SAID.get(next(iter(records))["of"], [])


def ward_of(folder: Path) -> list[Diagnosis]:
    """Five sick ones of whom something else is said, one without harm, three twins, one accused, one poor."""
    sick = [replace(SICK, name=name) for name in ("right", "mild-first", "late", "wrong", "nothing")]
    outcomes = [journalled(folder, case, measured(0.5)) for case in sick]
    outcomes.append(journalled(folder, replace(SICK, name="harmless"), measured(0.11)))
    outcomes += [journalled(folder, replace(TINY, name=f"twin-{seed}"), twin) for seed, twin in enumerate(TWINS)]
    outcomes.append(journalled(folder, replace(TINY, name="accused", varied="wide"), measured(0.11)))
    outcomes.append(journalled(folder, replace(TINY, name="poor", varied="short"), measured(0.40)))
    return diagnose(outcomes, says)
