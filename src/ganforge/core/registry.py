"""Registries that find their members by scanning a package: one file is one member, its name is the file's name."""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar, cast

from ganforge.core.errors import UnknownNameError

Member = TypeVar("Member")


@dataclass(frozen=True)
class Registry(Generic[Member]):
    """The members of one package, imported only when asked for.

    A module `wgan_gp.py` is the member `wgan-gp`. What the registry hands out is the attribute of
    that module called `attribute`; packages' own `__init__` and names with a leading underscore are no members.
    """

    package: str
    """Dotted name of the package that is scanned."""
    kind: str
    """What a member is called in messages: "objective", "recipe"."""
    attribute: str
    """Name of the public class or function that each module must define."""

    @cached_property
    def _folder(self) -> Path:
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise UnknownNameError(f"There is no package {self.package} to look for a {self.kind} in.")
        return Path(spec.origin).parent

    def names(self) -> tuple[str, ...]:
        """All members' names, sorted, without importing any of them."""
        stems = (file.stem for file in self._folder.glob("*.py"))
        return tuple(sorted(stem.replace("_", "-") for stem in stems if not stem.startswith("_")))

    def summary(self, name: str) -> str:
        """The docstring of the member's module, read without importing it."""
        source = (self._folder / f"{self._stem(name)}.py").read_text(encoding="utf-8")
        return ast.get_docstring(ast.parse(source)) or ""

    def get(self, name: str) -> Member:
        """Import and return the member called `name`.

        Raises:
            UnknownNameError: no file has that name; the message lists those that exist.
        """
        module = importlib.import_module(f"{self.package}.{self._stem(name)}")
        return cast("Member", getattr(module, self.attribute))

    def _stem(self, name: str) -> str:
        names = self.names()
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UnknownNameError(f"There is no {self.kind} called '{name}'.{hint} There are: {', '.join(names)}.")
        return name.replace("-", "_")
