from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ganforge.core.errors import GanforgeError, UnknownNameError
from ganforge.core.registry import Registry

Greet = Callable[[], str]


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry[Greet]]:
    package = tmp_path / "greetings_of_the_test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "_shared.py").touch()
    (package / "good_day.py").write_text('"""Said at noon."""\ndef greet():\n    return "good day"\n')
    (package / "hello.py").write_text('"""Said always.\n\nAnd often."""\nraise RuntimeError("imported")\n')
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry("greetings_of_the_test", "greeting", "greet")
    for name in [name for name in sys.modules if name.startswith("greetings_of_the_test")]:
        del sys.modules[name]


def test_each_file_is_a_member_named_after_it(registry: Registry[Greet]) -> None:
    assert registry.names() == ("good-day", "hello")


def test_a_member_is_imported_only_when_it_is_asked_for(registry: Registry[Greet]) -> None:
    assert registry.get("good-day")() == "good day"
    assert registry.summary("hello") == "Said always.\n\nAnd often."
    with pytest.raises(RuntimeError, match="imported"):
        registry.get("hello")


def test_a_new_file_is_a_new_member(registry: Registry[Greet], tmp_path: Path) -> None:
    (tmp_path / "greetings_of_the_test" / "bye.py").write_text("def greet():\n    return 'bye'\n")
    assert registry.names() == ("bye", "good-day", "hello")
    assert registry.summary("bye") == ""


@pytest.mark.parametrize("name", ["helo", "", "_shared", "__init__", "good_day", "../hello"])
def test_an_unknown_name_is_told_with_those_there_are(registry: Registry[Greet], name: str) -> None:
    with pytest.raises(UnknownNameError, match="There are: good-day, hello") as caught:
        registry.get(name)
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, GanforgeError)


def test_a_near_miss_is_guessed(registry: Registry[Greet]) -> None:
    with pytest.raises(UnknownNameError, match="There is no greeting called 'helo'. Did you mean 'hello'?"):
        registry.summary("helo")


def test_a_package_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownNameError, match=r"no package ganforge\.nowhere"):
        Registry("ganforge.nowhere", "thing", "thing").names()
