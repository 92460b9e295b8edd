"""The worked examples in CONTRIBUTING.md: each is one file, and the product takes it up as it is."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ganforge
from ganforge.core.registry import Registry
from ganforge.data._opening import DOMAINS
from ganforge.evaluation import evaluate
from ganforge.losses.objective import OBJECTIVES
from ganforge.losses.penalty import PENALTIES
from ganforge.metrics._metric import METRICS
from ganforge.networks._pair import PAIRS
from ganforge.recipes._recipes import LINEAGES, RECIPES

TEXT = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
Add = Callable[[Registry[Any], str, str], None]
QUICK = {"batch": "32"}


def example(heading: str) -> str:
    """The code below a heading."""
    section = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found, heading
    return found.group(1)


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Add]:
    """Adds a file to a registry's package, as seen by this test alone."""
    added: list[str] = []

    def put(registry: Registry[Any], name: str, code: str) -> None:
        package = importlib.import_module(registry.package)
        folder = tmp_path / registry.package
        folder.mkdir()
        for path in Path(package.__path__[0]).glob("*.py"):
            (folder / path.name).symlink_to(path)
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [str(folder), *package.__path__])
        for each in (registry, *(other for other in (RECIPES, LINEAGES) if other.package == registry.package)):
            monkeypatch.setitem(each.__dict__, "_folder", folder)
        added.append(f"{registry.package}.{name}")

    yield put
    for name in added:
        sys.modules.pop(name, None)


def rows() -> np.ndarray:
    return np.random.default_rng(0).normal([3.0, -1.0], [1.0, 0.1], size=(300, 2))


def test_the_objective_of_the_example_trains(add: Add) -> None:
    add(OBJECTIVES, "logcosh", example("Adding an objective"))
    options = ganforge.Options(kimg=0.5, threads=1, settings={**QUICK, "objective.name": "logcosh"})
    assert ganforge.train(rows(), options).sample(3).shape == (3, 2)


def test_the_architecture_of_the_example_trains(add: Add) -> None:
    add(PAIRS, "linear", example("Adding an architecture"))
    networks = '{"name": "linear", "settings": {"width": 8}}'
    options = ganforge.Options(kimg=0.5, threads=1, settings={**QUICK, "networks": networks})
    assert ganforge.train(rows(), options).sample(3).shape == (3, 2)


def test_the_penalty_of_the_example_trains(add: Add) -> None:
    add(PENALTIES, "drift", example("Adding a penalty"))
    penalties = '[{"penalty": {"name": "drift"}, "weight": {"start": 0.001}, "every": 1}]'
    run = ganforge.train(rows(), ganforge.Options(kimg=0.5, threads=1, settings={**QUICK, "penalties": penalties}))
    assert run.sample(3).shape == (3, 2)
    assert all("discriminator.drift" in record["values"] for record in run.history())


@pytest.mark.parametrize("source", ["numbers", "pictures"])
def test_the_recipe_of_the_example_trains_and_is_told_of(add: Add, source: str) -> None:
    add(RECIPES, "geometric", example("Adding a recipe"))
    pictures = np.random.default_rng(0).integers(0, 255, (40, 8, 8), dtype=np.uint8)
    data = rows() if source == "numbers" else pictures
    run = ganforge.train(data, ganforge.Options(recipe="geometric", kimg=0.2, threads=1, settings=QUICK))
    assert run.recipe.lineage == LINEAGES.get("geometric")
    assert "geometric" in RECIPES.names()


def test_the_domain_of_the_example_trains_and_writes_its_own_kind_of_file(add: Add, tmp_path: Path) -> None:
    add(DOMAINS, "times", example("Adding a domain"))
    file = tmp_path / "visits.times"
    file.write_text("\n".join(f"{h:02}:{m:02}" for h in (8, 9, 17) for m in range(60)) + "\nnoon\n")
    run = ganforge.train(file, ganforge.Options(kimg=0.5, threads=1, settings=QUICK))
    assert [item.name for item in run.data.skipped] == ["line 181"]
    (written,) = run.write(run.sample(20), tmp_path / "made")
    assert all(re.fullmatch(r"[0-2]\d:[0-5]\d", line) for line in written.read_text().split())
    assert ganforge.load(run.path).sample(2).tolist() == run.sample(2).tolist()


def test_the_metric_of_the_example_judges_every_run(add: Add) -> None:
    add(METRICS, "energy", example("Adding a metric"))
    options = ganforge.Options(kimg=0.5, threads=1, settings=QUICK, report=False)
    made = evaluate(ganforge.train(rows(), options), source=rows())
    (score,) = [score for score in made.scores if score.metric == "energy"]
    assert score.floor is not None
    assert score.value.low < score.value.value < score.value.high
    assert score.value.value > score.floor.value  # hardly trained


def test_every_example_in_the_text_is_tested() -> None:
    assert TEXT.count("```python") == 6
