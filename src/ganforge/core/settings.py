"""Frozen dataclasses to JSON and back, and one value of one of them replaced by its path."""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec

from ganforge.core.errors import SettingError

Settings = TypeVar("Settings")
Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Part:
    """A member of a registry by name, with the settings that differ from its defaults."""

    name: str
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def build(self, cls: type[Settings]) -> Settings:
        """An instance of the member's dataclass; unknown settings and wrong types are refused."""
        known = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
        for key in self.settings:
            if key not in known:
                raise SettingError(
                    f"'{self.name}' has no setting '{key}'. It has: {', '.join(known) or 'none'}. To exchange "
                    f"a part and drop the settings of the one before, set its name alone: --set networks=NAME."
                )
        return from_json(cls, dict(self.settings), what=f"'{self.name}'")


def to_json(value: Any) -> Any:
    """A (nested) dataclass as plain dicts, lists, strings and numbers; a set as a sorted list."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Not msgspec's: it leaves out fields that it has itself left at their defaults
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: to_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(part) for part in value]
    return sorted(value) if isinstance(value, set | frozenset) else msgspec.to_builtins(value)


def from_json(cls: type[Settings], data: Any, *, what: str = "") -> Settings:
    """The dataclass `cls` from plain values: ints become floats where floats are meant, strings are parsed.

    Raises:
        SettingError: a value has the wrong type; the message names its place.
    """
    try:
        return msgspec.convert(data, cls, strict=False)
    except msgspec.ValidationError as error:
        raise SettingError(f"{what or cls.__name__}: {error}{_choices(cls, str(error))}") from error


def _choices(cls: Any, error: str) -> str:
    """What may stand at the place that an error names, where there is a list of it."""
    place = re.search(r"`\$\.([\w.\[\]]+)`", error)
    if place is None or "enum" not in error:
        return ""
    kind = cls
    for field in re.findall(r"\w+", place[1]):
        hints = typing.get_type_hints(kind) if dataclasses.is_dataclass(kind) else {}
        kind = hints.get(field)
    literals = [kind, *typing.get_args(kind)]
    names = [name for literal in literals if typing.get_origin(literal) is Literal for name in typing.get_args(literal)]
    return f". There are: {', '.join(names)}" if names else ""


def with_value(settings: Settings, path: str, value: Any) -> Settings:
    """A copy of `settings` in which the value at the dotted `path` is replaced, parsed and checked.

    `with_value(recipe, "generator.lr.start", "1e-3")`; a number in the path is a place in a list.
    A text is read as JSON where it is JSON, else taken as it is. In place of a `Part` its name is enough, in place of
    a schedule the number that it is to have all along; "none" takes away a part that may be missing.
    """
    tree = to_json(settings)
    node: Any = tree
    *parents, last = path.split(".")
    for key in parents:
        node = _child(node, key, path)
    _child(node, last, path, open_ended=len(parents) > 0 and parents[-1] == "settings")
    place: Any = int(last) if isinstance(node, list) else last
    old = node.get(place) if isinstance(node, dict) else node[place]
    kinds = typing.get_args(typing.get_type_hints(type(settings)).get(path))
    if old is None and Part in kinds:
        old = to_json(Part(""))  # there is none yet, but there may be one
    none = value == "none" and {Part, types.NoneType} <= set(kinds)
    node[place] = None if none else _in_short(old, _parsed(value))
    return from_json(type(settings), tree, what=path)


def _child(node: Any, key: str, path: str, *, open_ended: bool = False) -> Any:
    if isinstance(node, list):
        if key.isdigit() and int(key) < len(node):
            return node[int(key)]
        raise SettingError(f"'{path}': '{key}' is no place in a list of {len(node)}.")
    if isinstance(node, dict):
        if key in node or open_ended:
            return node.get(key)
        raise SettingError(f"'{path}': there is no '{key}' here. There is: {', '.join(node)}.")
    raise SettingError(f"'{path}': nothing lies below '{key}'.")


def _in_short(old: Any, value: Any) -> Any:
    """The value written out: a name where a part stands is that part, a number where a schedule stands is constant."""
    if isinstance(old, dict) and isinstance(value, str) and old.keys() == {"name", "settings"}:
        return {"name": value}
    if isinstance(old, dict) and isinstance(value, int | float) and old.keys() >= {"start", "end", "shape"}:
        return {"start": value}
    return value


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
