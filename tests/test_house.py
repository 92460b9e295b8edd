"""The house rules that a linter does not know."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ganforge
from ganforge.augment._operation import OPERATIONS
from ganforge.augment._policy import POLICIES
from ganforge.core.registry import Registry
from ganforge.data._opening import DOMAINS
from ganforge.losses.objective import OBJECTIVES
from ganforge.losses.penalty import PENALTIES
from ganforge.losses.projection import PROJECTIONS
from ganforge.metrics._metric import METRICS
from ganforge.metrics.features._features import FEATURES
from ganforge.networks._pair import PAIRS
from ganforge.recipes._recipes import RECIPES

SOURCE = Path(ganforge.__file__).parent
REGISTRIES: list[Registry[object]] = [DOMAINS, OBJECTIVES, PENALTIES, PROJECTIONS, PAIRS, RECIPES, POLICIES, OPERATIONS]  # type: ignore[list-item]
MEMBERS = {name for registry in REGISTRIES for name in registry.names()}
JUDGING: list[Registry[object]] = [METRICS, FEATURES]  # type: ignore[list-item]
BLIND = ("training", "games", "cli", "metrics", "report", "watch", "studio")


def words(tree: ast.AST) -> set[str]:
    """Every identifier, module and text in the code, but for docstrings and messages of more than a word."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)):
                found.add(text)
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                found.add(name)
            case ast.ImportFrom(module=str(module)):
                found.update(module.split("."))
            case ast.alias(name=name):
                found.update(name.split("."))
    return found


@pytest.mark.parametrize("room", BLIND)
def test_no_member_of_a_registry_is_named_where_all_must_be_treated_alike(room: str) -> None:
    for path in (SOURCE / room).rglob("*.py"):
        named = words(ast.parse(path.read_text(encoding="utf-8"))) & (MEMBERS | {m.replace("-", "_") for m in MEMBERS})
        assert not named, f"{path.name} names {named}"


@pytest.mark.parametrize("registry", [*REGISTRIES, *JUDGING], ids=lambda registry: registry.kind)
def test_every_member_can_be_imported_and_tells_what_it_is(registry: Registry[object]) -> None:
    assert registry.names()
    for name in registry.names():
        assert registry.get(name) is not None
        assert len(registry.summary(name)) > 30


@pytest.mark.parametrize(
    "registry", [OBJECTIVES, PENALTIES, PROJECTIONS, METRICS, POLICIES, OPERATIONS], ids=lambda registry: registry.kind
)
def test_every_method_cites_its_source(registry: Registry[object]) -> None:
    for name in registry.names():
        assert "arXiv:" in registry.summary(name) or "doi:" in registry.summary(name), name


def test_every_metric_is_explained_to_users() -> None:
    text = (SOURCE.parent.parent / "docs" / "quality.md").read_text(encoding="utf-8")
    assert not [name for name in METRICS.names() if f"(`{name}`)" not in text]


def test_files_are_short_enough_to_be_read_at_once() -> None:
    long = {str(path): n for path in SOURCE.rglob("*.py") if (n := len(path.read_text().splitlines())) > 400}
    assert not long
