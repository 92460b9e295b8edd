"""The pages' build: only where something has changed, and never at the cost of the installation."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).parent.parent


def loaded() -> ModuleType:
    """The script, without what hatchling alone can give."""
    code = (REPOSITORY / "hatch_build.py").read_text(encoding="utf-8").split('if __name__ == "__main__":')[0]
    spec = importlib.util.spec_from_loader("hatch_build", loader=None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(REPOSITORY / "hatch_build.py")
    exec(compile(code, "hatch_build.py", "exec"), module.__dict__)  # noqa: S102 - the repository's own file
    return module


@pytest.fixture
def hook() -> ModuleType:
    return loaded()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a web/ that needs no package, and a build that writes one page."""
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "package.json").write_text(json.dumps({"name": "pages", "private": True}))
    (web / "package-lock.json").write_text(json.dumps({"name": "pages", "lockfileVersion": 3, "packages": {}}))
    (web / "node_modules").mkdir()
    (web / "node_modules" / ".package-lock.json").write_text("{}")
    (web / "src" / "page").write_text("hello")
    (web / "build.mjs").write_text(
        'import { mkdirSync, readFileSync, writeFileSync } from "node:fs";\n'
        'const out = "../src/ganforge/studio/pages";\n'
        "mkdirSync(out, { recursive: true });\n"
        'writeFileSync(`${out}/index.html`, readFileSync("src/page", "utf8"));\n'
    )
    return tmp_path


needs_node = pytest.mark.skipif(loaded().find_node() is None, reason="there is no Node; scripts/check brings one")


def page(root: Path) -> Path:
    return root / "src" / "ganforge" / "studio" / "pages" / "index.html"


@needs_node
def test_pages_are_built_and_then_left_alone_until_something_changes(hook: ModuleType, root: Path) -> None:
    assert not hook.is_built(root)
    assert hook.bring_up_to_date(root) == ""
    assert page(root).read_text() == "hello"
    page(root).write_text("not built again")
    assert hook.bring_up_to_date(root) == ""
    assert page(root).read_text() == "not built again"
    (root / "web" / "src" / "page").write_text("changed")
    assert not hook.is_built(root)
    assert hook.bring_up_to_date(root) == ""
    assert page(root).read_text() == "changed"


@needs_node
def test_a_build_that_fails_is_told_and_breaks_nothing(hook: ModuleType, root: Path) -> None:
    (root / "web" / "build.mjs").write_text('throw new Error("no such thing");')
    told = hook.bring_up_to_date(root)
    assert "no such thing" in told
    assert "Later: python hatch_build.py" in told
    assert not hook.is_built(root)


def test_without_a_node_the_installation_goes_on(hook: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert hook.find_node() is None
    assert "there is no Node" in hook.bring_up_to_date(root)


def test_an_old_node_is_none(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v12.22.0\n")
    old.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(old))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert hook.find_node() is None


def test_pages_that_came_with_a_package_without_sources_are_taken_as_they_are(hook: ModuleType, tmp_path: Path) -> None:
    page(tmp_path).parent.mkdir(parents=True)
    page(tmp_path).write_text("hello")
    assert hook.is_built(tmp_path)


def test_what_was_fetched_is_no_source(hook: ModuleType, root: Path) -> None:
    before = hook.fingerprint(root)
    (root / "web" / "node_modules" / "more").write_text("fetched")
    assert hook.fingerprint(root) == before
    (root / "web" / "src" / "more").write_text("")
    assert hook.fingerprint(root) != before


@pytest.mark.skipif(os.name == "nt", reason="paths are written for a shell")
def test_the_script_says_which_node_it_would_take() -> None:
    command = [sys.executable, str(REPOSITORY / "hatch_build.py"), "--node"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == bool(done.stdout.strip())
